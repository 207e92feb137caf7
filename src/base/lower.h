/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts without regard to case, as Unicode lowers them: one character to several, a sigma by its
 * place in the word; nothing is folded, composed or decomposed. Characters above U+FFFF keep their
 * case, as AWS was recorded to do.
 * SPEC: The Unicode Standard, 3.13, "Default Case Conversion", rule R2; docs/conformance.md,
 * StringEqualsIgnoreCase.
 */
#pragma once

#include "base/str.h"

/*
 * Tells whether a and b are the same in lower case. A byte that belongs to no well-formed UTF-8
 * character equals itself alone. Time is linear in the sum of the lengths.
 */
bool iam_lower_eq(struct iam_str a, struct iam_str b);

/*
 * Returns an upper bound of the work of that, in bytes looked at: eight for each, as tables are
 * searched for what is not ASCII.
 */
static inline uint64_t iam_lower_cost(size_t a_len, size_t b_len)
{
    return ((uint64_t)a_len + b_len) * 8;
}

/* More than how many times lowering makes a text longer or shorter: U+212A, K, has three bytes. */
#define IAM_LOWER_RATIO 4

/* Tells whether two bytes are characters of ASCII that differ in lower case. */
static inline bool iam_lower_ascii_differs(char a, char b)
{
    return ((a | b) & 0x80) == 0 && iam_ascii_lower(a) != iam_ascii_lower(b);
}

/* Returns false when the lengths, the first and the last byte say that a and b are not the same. */
static inline bool iam_lower_may_eq(struct iam_str a, struct iam_str b)
{
    if (a.len == 0 || b.len == 0) {
        return a.len == b.len;
    }
    return !iam_lower_ascii_differs(a.p[0], b.p[0]) &&
           !iam_lower_ascii_differs(a.p[a.len - 1], b.p[b.len - 1]) &&
           a.len / IAM_LOWER_RATIO <= b.len && b.len / IAM_LOWER_RATIO <= a.len;
}
