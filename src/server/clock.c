/* SPDX-License-Identifier: Apache-2.0 */
#include "server/clock.h"

#include <time.h>

/* Of this process: the clock is the machine's. */
static struct clock_mark highest = { CLOCK_MARK_NONE };

/* Returns 0 when there is no such clock: then every signature is outside its window. */
static int64_t read_ms(clockid_t clock)
{
    struct timespec ts;
    if (clock_gettime(clock, &ts) != 0) {
        return 0;
    }
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t clock_now_ms(void)
{
    return read_ms(CLOCK_REALTIME);
}

int64_t clock_mark_at(struct clock_mark *mark, int64_t wall_ms, int64_t steady_ms)
{
    int64_t offset_ms = wall_ms - steady_ms;
    int64_t seen_ms = atomic_load_explicit(&mark->offset_ms, memory_order_relaxed);
    while (seen_ms < offset_ms &&
           !atomic_compare_exchange_weak_explicit(&mark->offset_ms, &seen_ms, offset_ms,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
    return steady_ms + (seen_ms < offset_ms ? offset_ms : seen_ms);
}

/*
 * Reads the wall clock first: time that passes between the two makes the mark lower, and so
 * never raises it above what the wall clock has shown. CLOCK_BOOTTIME goes on in suspension.
 */
int64_t clock_high_ms(void)
{
    int64_t wall_ms = clock_now_ms();
    return clock_mark_at(&highest, wall_ms, read_ms(CLOCK_BOOTTIME));
}

void clock_raise(int64_t ms)
{
    (void)clock_mark_at(&highest, ms, read_ms(CLOCK_BOOTTIME));
}

int64_t clock_behind_ms(void)
{
    int64_t wall_ms = clock_now_ms();
    return clock_mark_at(&highest, wall_ms, read_ms(CLOCK_BOOTTIME)) - wall_ms;
}

int64_t clock_steady_ms(void)
{
    return read_ms(CLOCK_MONOTONIC);
}
