/* SPDX-License-Identifier: Apache-2.0 */
/* The wall clock. No other file reads it. */
#pragma once

#include "base/base.h"

/* Returns the milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_ms(void);
