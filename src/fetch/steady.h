/* SPDX-License-Identifier: Apache-2.0 */
/* The time by which waiting is bounded. */
#pragma once

#include <time.h>

#include "base/base.h"

/* Reads the clock that nobody sets, in milliseconds. */
static inline int64_t iam_fetch_steady_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
