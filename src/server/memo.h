/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small memory of numbers, for what is only a hint: a number may be forgotten when another takes
 * its place, and one that was never set is never found. From any thread, without a lock.
 */
#pragma once

#include <stdatomic.h>

#include "base/base.h"

#define MEMO_SLOTS 1024

/* Zero: empty. */
struct memo {
    _Atomic uint64_t slots[MEMO_SLOTS];
};

static inline _Atomic uint64_t *memo_slot(struct memo *m, uint64_t number)
{
    return &m->slots[(number >> 32) % MEMO_SLOTS];
}

/* Tells whether number, which is not 0, is remembered. */
static inline bool memo_has(struct memo *m, uint64_t number)
{
    return atomic_load_explicit(memo_slot(m, number), memory_order_relaxed) == number;
}

/* Remembers number, or forgets it. */
static inline void memo_set(struct memo *m, uint64_t number, bool is_there)
{
    if (memo_has(m, number) != is_there) {
        atomic_store_explicit(memo_slot(m, number), is_there ? number : 0, memory_order_relaxed);
    }
}
