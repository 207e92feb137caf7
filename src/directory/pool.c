/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counting memory. Every block has its size in front, and counts as much as the heap takes for it:
 * what the directory says it holds is near to what the process grows by.
 */
#include "directory/pool.h"

#include <stdalign.h>

#define ALIGN alignof(max_align_t)
/* Of the heap, for each block. */
#define HEAP_BYTES 8

struct block {
    alignas(max_align_t) size_t bytes; /* as counted */
};

static size_t counted(size_t bytes)
{
    size_t all = sizeof(struct block) + bytes + HEAP_BYTES;

    return (all + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
}

static void pool_unref(struct iam_pool *pool)
{
    if (atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    for (size_t i = 0; i < IAM_SHARED_KINDS; i++) {
        iam_map_done(&pool->tables[i]);
    }
    pthread_mutex_destroy(&pool->lock);
    pool->base->free(pool->base->ctx, pool);
}

static void *pool_alloc(void *ctx, size_t bytes)
{
    struct iam_pool *pool = ctx;

    if (bytes > SIZE_MAX / 2) {
        return NULL;
    }
    struct block *b = pool->base->alloc(pool->base->ctx, sizeof(*b) + bytes);
    if (b == NULL) {
        return NULL;
    }
    b->bytes = counted(bytes);
    atomic_fetch_add_explicit(&pool->bytes, b->bytes, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->refs, 1, memory_order_relaxed);
    return b + 1;
}

static void pool_free(void *ctx, void *p)
{
    struct iam_pool *pool = ctx;

    if (p == NULL) {
        return;
    }
    struct block *b = (struct block *)p - 1;
    atomic_fetch_sub_explicit(&pool->bytes, b->bytes, memory_order_relaxed);
    pool->base->free(pool->base->ctx, b);
    pool_unref(pool);
}

enum iam_status iam_pool_new(const struct iam_alloc *base, uint64_t seed, struct iam_pool **ret)
{
    struct iam_pool *pool = base->alloc(base->ctx, sizeof(*pool));
    IAM_ENSURE(pool != NULL, IAM_NOMEM);

    *pool = (struct iam_pool){
        .alloc = {pool_alloc, pool_free, pool},
        .base = base,
        .seed = seed,
    };
    if (pthread_mutex_init(&pool->lock, NULL) != 0) {
        base->free(base->ctx, pool);
        return IAM_NOMEM;
    }
    atomic_init(&pool->bytes, counted(sizeof(*pool)));
    atomic_init(&pool->refs, 1);
    atomic_init(&pool->last_mark, 0);
    for (size_t i = 0; i < IAM_SHARED_KINDS; i++) {
        /* Not from the pool itself, which they would keep alive. */
        iam_map_init(&pool->tables[i], base, seed);
    }
    *ret = pool;
    return IAM_OK;
}

void iam_pool_leave(struct iam_pool *pool)
{
    pool_unref(pool);
}

uint64_t iam_pool_mark(struct iam_pool *pool)
{
    return atomic_fetch_add_explicit(&pool->last_mark, 1, memory_order_relaxed) + 1;
}
