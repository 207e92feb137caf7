/* SPDX-License-Identifier: Apache-2.0 */
/* For secrets: comparison in time that depends on the length alone, and a wipe that stays. */
#pragma once

#include "base/base.h"

/* Tells whether the n bytes are equal. */
bool iam_ct_equal(const void *a, const void *b, size_t n);
/* Overwrites n bytes with zeros; the compiler does not remove it. p may be NULL when n is 0. */
void iam_wipe(void *p, size_t n);
