/* SPDX-License-Identifier: Apache-2.0 */
/* The maintenance that the writer thread does between requests, about once a second. */
#pragma once

#include "directory/directory.h"
#include "server/health.h"
#include "server/last_used.h"

/*
 * Writes last-used data, unless the disk is full, reopens a directory that a failed refresh had
 * closed, and deletes changes that were applied long ago. Failures are logged; the next run tries
 * again. Then tells what state the store is in.
 */
void maintenance_run(struct iam_store *store, struct iam_directory *directory,
                     struct last_used *last_used, struct health *health);
