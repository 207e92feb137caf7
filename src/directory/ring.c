/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of everything that is kept, over which the hand of the clock goes.
 * INVARIANT: item->next is NULL exactly when item is in no ring.
 */
#include "directory/kept_int.h"

void iam_dir_ring_add(struct iam_dir_state *state, struct iam_dir_item *item)
{
    atomic_store_explicit(&item->uses, 0, memory_order_relaxed);
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

void iam_dir_ring_remove(struct iam_dir_state *state, struct iam_dir_item *item)
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
