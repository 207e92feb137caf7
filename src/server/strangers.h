/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many requests of callers who did not authenticate are recorded one by one. Each source (an
 * IPv4 address, a /64 of IPv6) has a number of records that grows with time, and so have all of
 * them together; what goes beyond is counted, for one summary of the source and the period.
 */
#pragma once

#include "base/str.h"

/* LIMIT: records of a source: at once, and for each second. */
#define STRANGERS_BURST 100
#define STRANGERS_PER_SECOND 1
/* LIMIT: the same for all sources together. */
#define STRANGERS_ALL_BURST 1000
#define STRANGERS_ALL_PER_SECOND 20
/* LIMIT: sources that are told apart; further ones are counted together. */
#define STRANGERS_SOURCES 1024
/* LIMIT: error codes that a summary tells apart; the last one counts all others. */
#define STRANGERS_CODES 6
/* The time that a summary is about. */
#define STRANGERS_PERIOD_MS 60000

struct strangers;

struct strangers_code {
    struct iam_str code;
    uint64_t count;
};

/* The requests of a source that were not recorded. */
struct strangers_summary {
    char source[64]; /* "192.0.2.1", "2001:db8::/64", or "other sources" */
    uint64_t count;
    int64_t first_ms;
    int64_t last_ms;
    struct strangers_code codes[STRANGERS_CODES];
    size_t code_count;
};

/* Makes the table; seed, which is never shown, spreads the sources over it. IAM_NOMEM. */
enum iam_status strangers_new(uint64_t seed, struct strangers **ret) IAM_MUST_USE;
/* Accepts NULL. */
void strangers_free(struct strangers *s);
/*
 * Tells whether a request from this address at now_ms is recorded; otherwise counts it with the
 * code of its error, a constant (may be absent). Without has_room none is recorded. Thread-safe.
 */
bool strangers_admit(struct strangers *s, struct iam_str address, struct iam_str code,
                     int64_t now_ms, bool has_room);
/*
 * Takes what was counted for a source whose period is over at now_ms (INT64_MAX: for any source).
 * False when there is none. Thread-safe.
 */
bool strangers_take(struct strangers *s, int64_t now_ms, struct strangers_summary *ret);
