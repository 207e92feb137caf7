/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer thread does beside requests: about once a second, between two of them. */
#pragma once

#include "directory/directory.h"
#include "server/last_used.h"

/*
 * Writes last-used data, opens a directory that a failed refresh had closed, and forgets changes
 * that are long applied. Failures are logged; the next run tries again.
 */
void maintenance_run(struct iam_store *store, struct iam_directory *directory,
                     struct last_used *last_used);
