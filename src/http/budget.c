/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVARIANT: the budget's used_bytes is the sum, over all accounts, of what each holds beyond
 * IAM_HTTP_ALLOWANCE, and never exceeds max_bytes. It orders nothing: the atomics are relaxed.
 */
#include "http/budget_int.h"

#include <stdalign.h>
#include <stddef.h>

#include "base/heap.h"

/* Precedes every piece of memory: freeing does not say its size. */
struct prefix {
    alignas(max_align_t) size_t size; /* with the prefix */
};

static size_t beyond_allowance(size_t held)
{
    return held > IAM_HTTP_ALLOWANCE ? held - IAM_HTTP_ALLOWANCE : 0;
}

static bool take(struct iam_http_budget *b, size_t bytes)
{
    size_t used = atomic_load_explicit(&b->used_bytes, memory_order_relaxed);
    do {
        IAM_ASSERT(used <= b->max_bytes);
        if (bytes > b->max_bytes - used) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&b->used_bytes, &used, used + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

/* Changes what a holds. Returns false, with nothing changed, when the budget does not allow it. */
static bool set_held(struct iam_http_account *a, size_t held)
{
    size_t before = beyond_allowance(a->held_bytes);
    size_t after = beyond_allowance(held);
    if (after > before && !take(a->budget, after - before)) {
        return false;
    }
    if (after < before) {
        size_t used =
            atomic_fetch_sub_explicit(&a->budget->used_bytes, before - after, memory_order_relaxed);
        IAM_ASSERT(used >= before - after);
    }
    a->held_bytes = held;
    return true;
}

static void *account_alloc(void *ctx, size_t bytes)
{
    struct iam_http_account *a = ctx;
    const struct iam_alloc *heap = iam_heap();
    if (bytes > SIZE_MAX / 4) {
        return NULL;
    }
    size_t size = sizeof(struct prefix) + bytes;
    if (!set_held(a, a->held_bytes + size)) {
        return NULL;
    }
    struct prefix *p = heap->alloc(heap->ctx, size);
    if (p == NULL) {
        (void)set_held(a, a->held_bytes - size);
        return NULL;
    }
    p->size = size;
    return p + 1;
}

static void account_free(void *ctx, void *memory)
{
    struct iam_http_account *a = ctx;
    const struct iam_alloc *heap = iam_heap();
    if (memory != NULL) {
        struct prefix *p = (struct prefix *)memory - 1;
        (void)set_held(a, a->held_bytes - p->size);
        heap->free(heap->ctx, p);
    }
}

void iam_http_account_init(struct iam_http_account *a, struct iam_http_budget *budget)
{
    *a = (struct iam_http_account){
        {account_alloc, account_free, a},
        budget, 0
    };
}
