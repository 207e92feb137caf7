/* SPDX-License-Identifier: Apache-2.0 */
/* The rounds of a measurement. */
#include "bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 9
#define ROUND_NS 20000000.0

static double now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int order_double(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;
    return (*x > *y) - (*x < *y);
}

double bench_median(double *v, size_t n)
{
    qsort(v, n, sizeof(*v), order_double);
    return v[n / 2];
}

double bench_measure(bench_once_fn *once, void *ctx)
{
    double rounds[ROUNDS];
    unsigned sum = 0;
    size_t calls = 64;
    for (;;) {
        double start = now_ns();
        for (size_t i = 0; i < calls; i++) {
            sum += once(ctx);
        }
        if (now_ns() - start > ROUND_NS) {
            break;
        }
        calls *= 2;
    }
    for (size_t r = 0; r < ROUNDS; r++) {
        double start = now_ns();
        for (size_t i = 0; i < calls; i++) {
            sum += once(ctx);
        }
        rounds[r] = (now_ns() - start) / (double)calls;
    }
    /* Never true, and the compiler cannot know. */
    if (sum == 0xdeadbeef) {
        (void)puts("");
    }
    return bench_median(rounds, ROUNDS);
}
