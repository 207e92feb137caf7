/* SPDX-License-Identifier: Apache-2.0 */
/* What the contracts of base/cur.h speak of. */
#pragma once

#include "str.h"

/*@ predicate cur_within{L}(char *p, char *end) =
      \base_addr(p) == \base_addr(end) && 0 <= end - p <= PTRDIFF_MAX &&
      \valid_read(p + (0 .. end - p - 1));

    predicate is_digit(char c) = '0' <= c <= '9';

    logic integer decimal{L}(char *p, integer n) =
      n <= 0 ? 0 : decimal(p, n - 1) * 10 + (p[n - 1] - '0');

    // n digits at p, not followed by another one within the limits.
    predicate digits_at{L}(char *p, char *end, integer max, integer n) =
      0 < n <= max && n <= end - p && (\forall integer i; 0 <= i < n ==> is_digit(p[i])) &&
      (n == max || n == end - p || !is_digit(p[n]));
*/
