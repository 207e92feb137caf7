/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes when memory is short: a hand goes round over everything that is kept, takes the mark of
 * what was used since it last came by, and what has none goes (the CLOCK algorithm). A mark is one
 * byte that readers set. INVARIANT: item->next is NULL exactly when item is in no ring.
 */
#include "directory/directory_int.h"

/* The hand stops after so many steps: look-ups wait meanwhile. */
#define MAX_STEPS 512
/* Of them, those that may end with taking a mark: then marks count no more. */
#define MAX_SPARED 128

void iam_dir_clock_add(struct iam_dir_state *state, struct iam_dir_item *item)
{
    atomic_store_explicit(&item->is_used, false, memory_order_relaxed);
    if (state->hand == NULL) {
        item->next = item;
        item->prev = item;
        state->hand = item;
    } else {
        item->next = state->hand;
        item->prev = state->hand->prev;
        item->prev->next = item;
        item->next->prev = item;
    }
    state->counts[item->kind]++;
}

void iam_dir_clock_remove(struct iam_dir_state *state, struct iam_dir_item *item)
{
    if (item->next == NULL) {
        return;
    }
    if (state->hand == item) {
        state->hand = item->next != item ? item->next : NULL;
    }
    item->prev->next = item->next;
    item->next->prev = item->prev;
    item->next = NULL;
    item->prev = NULL;
    state->counts[item->kind]--;
}

void iam_dir_clock_mark(struct iam_dir_item *item)
{
    /* Written only when it changes, so that readers do not take the line from each other. */
    if (!atomic_load_explicit(&item->is_used, memory_order_relaxed)) {
        atomic_store_explicit(&item->is_used, true, memory_order_relaxed);
    }
}

static size_t used_bytes(const struct iam_dir_state *state)
{
    return atomic_load_explicit(&state->pool->bytes, memory_order_relaxed);
}

size_t iam_dir_clock_evict(struct iam_dir_state *state, size_t max_bytes)
{
    size_t dropped = 0;
    size_t spared = 0;

    for (size_t i = 0; i < MAX_STEPS && state->hand != NULL && used_bytes(state) > max_bytes; i++) {
        struct iam_dir_item *item = state->hand;
        state->hand = item->next;
        bool is_used = atomic_exchange_explicit(&item->is_used, false, memory_order_relaxed);
        if (is_used && spared < MAX_SPARED) {
            spared++;
        } else if (iam_dir_item_is_idle(item)) {
            iam_dir_state_drop(state, item);
            dropped++;
        }
    }
    return dropped;
}
