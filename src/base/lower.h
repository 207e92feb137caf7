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
 * character equals itself alone. Time is linear.
 */
bool iam_lower_eq(struct iam_str a, struct iam_str b);

/*
 * Returns an upper bound of the work of that, in bytes looked at; it costs nothing when the lengths
 * alone say no.
 */
uint64_t iam_lower_cost(size_t a_len, size_t b_len);
