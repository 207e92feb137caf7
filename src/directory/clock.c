/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes when memory is short: a hand goes round over everything that is kept and takes one of
 * the uses from each, and what has none left goes (the CLOCK algorithm, with counters). What is
 * asked for once goes before what is asked for again and again.
 */
#include "directory/kept_int.h"

/* Of uses: the hand comes by this often before an item that is not used any more goes. */
#define MAX_USES 3
/* The hand stops after this many steps, as look-ups wait meanwhile. */
#define MAX_STEPS 512

void iam_dir_clock_mark(struct iam_dir_item *item)
{
    unsigned char uses = atomic_load_explicit(&item->uses, memory_order_relaxed);

    /* Rarely written, so that readers do not take the line from each other; one lost is no harm. */
    if (uses < MAX_USES) {
        atomic_store_explicit(&item->uses, (unsigned char)(uses + 1), memory_order_relaxed);
    }
}

static size_t used_bytes(const struct iam_dir_state *state)
{
    return atomic_load_explicit(&state->pool->bytes, memory_order_relaxed);
}

size_t iam_dir_clock_evict(struct iam_dir_state *state, size_t max_bytes)
{
    size_t dropped = 0;

    for (size_t i = 0; i < MAX_STEPS && state->hand != NULL && used_bytes(state) > max_bytes; i++) {
        struct iam_dir_item *item = state->hand;
        state->hand = item->next;
        unsigned char uses = atomic_load_explicit(&item->uses, memory_order_relaxed);
        if (uses > 0) {
            atomic_store_explicit(&item->uses, (unsigned char)(uses - 1), memory_order_relaxed);
        } else if (iam_dir_item_is_idle(item)) {
            iam_dir_state_drop(state, item);
            dropped++;
        }
    }
    return dropped;
}
