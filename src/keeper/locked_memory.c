/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper/locked_memory.h"

#include <sodium.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

/*
 * Allocates and locks. libsodium puts the end of a block at the end of a page: it is aligned as its
 * size is. It locks what it allocates but does not say whether that worked; once more does no harm
 * and tells (mlock2, as mlock does nothing under the sanitizers). What cannot be locked is left out
 * of core dumps all the same.
 */
static void *locked_alloc(void *ctx, size_t bytes)
{
    struct iam_locked_memory *m = ctx;
    size_t unit = alignof(max_align_t);
    if (bytes > SIZE_MAX - unit) {
        return NULL;
    }
    size_t size = (bytes + unit) / unit * unit; /* one byte or more: zero bytes have an address */
    void *p = sodium_malloc(size);
    if (p != NULL && mlock2(p, size, 0) != 0) {
        atomic_store(&m->is_incomplete, true);
    }
    return p;
}

static void locked_free(void *ctx, void *p)
{
    (void)ctx;
    sodium_free(p);
}

enum iam_status iam_locked_memory_init(struct iam_locked_memory *m)
{
    IAM_ENSURE(sodium_init() >= 0, IAM_IO);
    *m = (struct iam_locked_memory){
        .alloc = {locked_alloc, locked_free, m}
    };
    return IAM_OK;
}
