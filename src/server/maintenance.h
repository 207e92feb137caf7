/* SPDX-License-Identifier: Apache-2.0 */
/* The maintenance that the writer thread does between requests, about once a second. */
#pragma once

#include "directory/directory.h"
#include "server/health.h"
#include "server/last_used.h"
#include "server/service_uses.h"
#include "server/trail.h"
#include "server/watch.h"

/* What is maintained. */
struct maintenance {
    struct iam_store *store;
    struct iam_directory *directory;
    struct last_used *last_used;
    struct service_uses *service_uses;
    struct trail *trail; /* may be NULL */
    struct watch *watch; /* may be NULL */
    struct health *health;
};

/*
 * Writes last-used data and the highest time, reopens a directory that a failed refresh had closed,
 * deletes changes that were applied long ago, keeps the audit trail, and says how the store fares.
 * Failures are logged; the next run tries again.
 */
void maintenance_run(const struct maintenance *m, int64_t now_ms);
