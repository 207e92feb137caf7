/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks. No other file reads them. */
#pragma once

#include "base/base.h"

/* Returns the milliseconds since 1970-01-01T00:00:00Z. */
int64_t clock_now_ms(void);
/* Returns milliseconds that only ever grow, for how long something takes. */
int64_t clock_steady_ms(void);
