/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring on a machine that is not quiet: medians of rounds, in CPU time of the thread. */
#pragma once

#include <stddef.h>

/* Does something once; the result is used so that it is not optimised away. */
typedef unsigned bench_once_fn(void *ctx);

/* Nanoseconds of CPU for one call: the median of rounds of at least 20 ms. */
double bench_measure(bench_once_fn *once, void *ctx);
/* Sorts v; n is not 0. */
double bench_median(double *v, size_t n);
