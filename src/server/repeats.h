/* SPDX-License-Identifier: Apache-2.0 */
/* Which lines of the log repeat each other, and how many were left out for that. Not thread-safe.
 */
#pragma once

#include "base/str.h"

/* LIMIT: texts that are told apart at a time; a further one is never left out. */
#define REPEATS_TEXTS 64
/* The time in which a text may come a bounded number of times. */
#define REPEATS_PERIOD_MS 1000

/* A text and how often it came in its current period. */
struct repeat {
    const char *text; /* NULL: unused; borrowed */
    int kind;
    int64_t since_ms;
    unsigned count;    /* admitted since then */
    uint64_t left_out; /* not told yet */
};

/* Zero: nothing has come. */
struct repeats {
    struct repeat items[REPEATS_TEXTS];
};

/*
 * Tells whether a line with this text and of this kind is written at now_ms, given that max of them
 * may be in a period. If so, *ret_left_out is how many were left out before it and not told; they
 * count as told. text must live as long as r.
 */
bool repeats_admit(struct repeats *r, const char *text, int kind, unsigned max, int64_t now_ms,
                   uint64_t *ret_left_out);
/*
 * Finds a text of which lines were left out and whose period is over at now_ms (INT64_MAX: in any
 * case), for a line that says how many; they count as told. False when there is none.
 */
bool repeats_take(struct repeats *r, int64_t now_ms, struct repeat *ret);
