/* SPDX-License-Identifier: Apache-2.0 */
/*
 * malloc and free as a struct iam_alloc. Alone in its object file, so that an archive without it
 * has no reference to the process heap.
 */
#include "base/heap.h"

#include <stdlib.h>

static void *heap_alloc(void *ctx, size_t bytes)
{
    (void)ctx;
    /* malloc(0) may return NULL, which would look like a failure. */
    return malloc(bytes > 0 ? bytes : 1);
}

static void heap_free(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

const struct iam_alloc *iam_heap(void)
{
    static const struct iam_alloc heap = { heap_alloc, heap_free, NULL };

    return &heap;
}
