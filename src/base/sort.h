/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sorting without memory and with a bound on the worst case: n log n comparisons whatever the
 * input. libc's qsort promises neither.
 */
#pragma once

#include "base/base.h"

/* Returns <0, 0 or >0, as a belongs before, with or after b. Must be a total preorder. */
typedef int iam_order_fn(const void *a, const void *b);

/* Sorts n pointers in place; order is called with the pointers. Not stable. */
void iam_sort(const void **items, size_t n, iam_order_fn *order);
