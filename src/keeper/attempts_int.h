/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each seed was asked about codes, in windows of three minutes. A fixed number of
 * counters: a name has one in each row, and was asked at most as often as the lowest of them says.
 * So a name never has more attempts than permitted; where all its counters are also those of
 * others, it has fewer.
 */
#pragma once

#include <pthread.h>

#include "base/str.h"

/* SPEC: recorded on AWS: nine attempts for a device in three minutes, right or wrong. */
#define ATTEMPTS_MAX 9
#define ATTEMPTS_WINDOW_MS (INT64_C(3) * 60 * 1000)
#define ATTEMPTS_ROWS 2
#define ATTEMPTS_COUNTERS 8192 /* a power of two */

struct attempts {
    pthread_mutex_t lock;
    uint64_t seeds[ATTEMPTS_ROWS];
    int64_t window; /* that the counters are about */
    uint8_t counts[ATTEMPTS_ROWS][ATTEMPTS_COUNTERS];
};

/* Starts without attempts. IAM_IO: no random seed. */
enum iam_status attempts_init(struct attempts *a) IAM_MUST_USE;
void attempts_done(struct attempts *a);
/*
 * Counts an attempt for name at that time; IAM_LIMIT when there were ATTEMPTS_MAX in its window. A
 * time before the window counts in that.
 */
enum iam_status attempts_take(struct attempts *a, struct iam_str name, int64_t now_ms) IAM_MUST_USE;
