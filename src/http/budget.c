/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVARIANT: the budget's used_bytes is the sum, over all accounts, of what each holds beyond its
 * allowance, and stranger_bytes the same over the accounts of strangers. Allocating never takes
 * either past its maximum. They order nothing: the atomics are relaxed.
 */
#include "http/budget_int.h"

#include <stdalign.h>
#include <stddef.h>

#include "base/heap.h"

/* Precedes every piece of memory: freeing does not say its size. */
struct prefix {
    alignas(max_align_t) size_t size; /* with the prefix */
};

static size_t charge_of(const struct iam_http_account *a, size_t held)
{
    return held > a->allowance ? held - a->allowance : 0;
}

static bool take(atomic_size_t *used_bytes, size_t max_bytes, size_t bytes)
{
    size_t used = atomic_load_explicit(used_bytes, memory_order_relaxed);
    do {
        if (used > max_bytes || bytes > max_bytes - used) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(used_bytes, &used, used + bytes,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static void add(atomic_size_t *used_bytes, size_t bytes)
{
    (void)atomic_fetch_add_explicit(used_bytes, bytes, memory_order_relaxed);
}

static void give(atomic_size_t *used_bytes, size_t bytes)
{
    size_t used = atomic_fetch_sub_explicit(used_bytes, bytes, memory_order_relaxed);
    IAM_ASSERT(used >= bytes);
    (void)used;
}

static bool take_for(const struct iam_http_account *a, size_t bytes)
{
    struct iam_http_budget *b = a->budget;
    if (!take(&b->used_bytes, b->max_bytes, bytes)) {
        return false;
    }
    if (a->is_stranger && !take(&b->stranger_bytes, b->max_stranger_bytes, bytes)) {
        give(&b->used_bytes, bytes);
        return false;
    }
    return true;
}

static void give_for(const struct iam_http_account *a, size_t bytes)
{
    give(&a->budget->used_bytes, bytes);
    if (a->is_stranger) {
        give(&a->budget->stranger_bytes, bytes);
    }
}

/* Changes what a holds. Returns false, with nothing changed, when the budget does not allow it. */
static bool set_held(struct iam_http_account *a, size_t held)
{
    size_t before = charge_of(a, a->held_bytes);
    size_t after = charge_of(a, held);
    if (after > before && !take_for(a, after - before)) {
        return false;
    }
    if (after < before) {
        give_for(a, before - after);
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
        .alloc = {account_alloc, account_free, a},
        .budget = budget,
        .allowance = IAM_HTTP_STRANGER_ALLOWANCE,
        .is_stranger = true,
    };
}

void iam_http_account_set(struct iam_http_account *a, bool is_stranger, size_t allowance)
{
    if (a->is_stranger == is_stranger && a->allowance == allowance) {
        return;
    }
    size_t before = charge_of(a, a->held_bytes);
    if (before > 0) {
        give_for(a, before);
    }
    a->is_stranger = is_stranger;
    a->allowance = allowance;
    size_t after = charge_of(a, a->held_bytes);
    if (after > 0) {
        add(&a->budget->used_bytes, after);
        add(&a->budget->stranger_bytes, is_stranger ? after : 0);
    }
}
