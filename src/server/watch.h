/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches the clock: keeps the highest time in the store, and tells log and health when the wall
 * clock is behind it.
 */
#pragma once

#include "server/health.h"
#include "store/store.h"

/*
 * How far the wall clock may be set back before that is a trouble. A third of the 15 minutes that a
 * signature may be off, so that the server says so while clients with the right time, and a clock
 * of their own that is up to ten minutes off, are still served; far more than what corrections of
 * NTP and leap seconds do.
 */
#define WATCH_BEHIND_MAX_MS (INT64_C(5) * 60 * 1000)
/* How old the time in the store becomes before it is written again: what a crash loses of it. */
#define WATCH_KEEP_MS (INT64_C(60) * 1000)

struct watch {
    struct iam_store *store;
    struct health *health;
    int64_t kept_ms; /* in the store; belongs to the thread that calls watch_keep */
};

/*
 * Reads the highest time from the store and raises the clock's to it, writes it when it has moved
 * by WATCH_KEEP_MS or more, and judges the wall clock. is_accepted: the operator says that the wall
 * clock is right; the time in the store becomes the present one, even an earlier one. store and
 * health are borrowed. IAM_IO, IAM_CORRUPT, IAM_NOMEM when the time cannot be read, or is to be
 * accepted and cannot be written; one that cannot be written otherwise is logged, and tried again
 * by watch_keep.
 */
enum iam_status watch_start(struct watch *w, struct iam_store *store, struct health *health,
                            bool is_accepted) IAM_MUST_USE;
/* Judges the wall clock: sets HEALTH_CLOCK_BEHIND, and logs when that changes. Any thread. */
void watch_judge(struct watch *w);
/* Writes the highest time when the one in the store is WATCH_KEEP_MS old. Holds no transaction. */
enum iam_status watch_keep(struct watch *w) IAM_MUST_USE;
/* Writes the highest time before the end; nothing happens without watch_start. */
enum iam_status watch_stop(struct watch *w) IAM_MUST_USE;
