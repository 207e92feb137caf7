/* SPDX-License-Identifier: Apache-2.0 */
/* Heap sort: in place, and n log n also for an input that an attacker chose. */
#include "base/sort.h"

/* Moves items[i] down until items[0..n), which is a heap but for that item, is one. */
static void sift_down(const void **items, size_t n, size_t i, iam_order_fn *order)
{
    const void *moving = items[i];

    while (2 * i + 1 < n) {
        size_t child = 2 * i + 1;
        if (child + 1 < n && order(items[child], items[child + 1]) < 0) {
            child++;
        }
        if (order(moving, items[child]) >= 0) {
            break;
        }
        items[i] = items[child];
        i = child;
    }
    items[i] = moving;
}

void iam_sort(const void **items, size_t n, iam_order_fn *order)
{
    for (size_t i = n / 2; i > 0; i--) {
        sift_down(items, n, i - 1, order);
    }
    for (size_t last = n; last > 1; last--) {
        const void *largest = items[0];
        items[0] = items[last - 1];
        items[last - 1] = largest;
        sift_down(items, last - 1, 0, order);
    }
}
