/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wall clock, and the highest time. No other file reads a clock of the time of day.
 *
 * The wall clock may be set back, by mistake or by somebody who wants what has expired to be valid
 * again. The highest time is not: it is the wall clock while that is right, and goes on from the
 * highest value that was seen when that is set back. What is recorded has the wall clock's time;
 * what expires is judged by the highest.
 */
#pragma once

#include <stdatomic.h>

#include "base/base.h"

/* Returns the milliseconds since 1970-01-01T00:00:00Z, as the machine has them. */
int64_t clock_now_ms(void);
/* Returns milliseconds that only ever grow, for how long something takes. */
int64_t clock_steady_ms(void);
/* Returns the highest time, in the same unit; never before clock_now_ms. From any thread. */
int64_t clock_high_ms(void);
/* Makes sure that the highest time is ms or later from now on. */
void clock_raise(int64_t ms);
/* Returns how far the wall clock is behind the highest time, in milliseconds; 0: it is not. */
int64_t clock_behind_ms(void);

/* The highest time, as what is to be added to a clock that nobody sets. */
struct clock_mark {
    _Atomic int64_t offset_ms;
};

/* The mark of one who has seen nothing yet. */
#define CLOCK_MARK_NONE INT64_MIN

/*
 * Raises the mark by wall_ms, which was read while the clock that nobody sets was at steady_ms or
 * before; returns the highest time at steady_ms. From any thread.
 */
int64_t clock_mark_at(struct clock_mark *mark, int64_t wall_ms, int64_t steady_ms);
