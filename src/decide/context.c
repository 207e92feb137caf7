/* SPDX-License-Identifier: Apache-2.0 */
/* The request's condition keys in a small hash table on the stack, made once per decision. */
#include "decide/eval.h"

#include "policy/key.h"

/* Units of the budget for looking at one slot: keys can be chosen so that they share a hash. */
#define PROBE_COST 16

static bool is_well_formed(const struct iam_context_entry *e)
{
    if (e->key.p == NULL || e->key.len == 0 || e->value_count > IAM_REQUEST_MAX_VALUES ||
        (e->value_count > 0 && e->values == NULL)) {
        return false;
    }
    for (size_t i = 0; i < e->value_count; i++) {
        if (e->values[i].p == NULL || e->values[i].len > IAM_REQUEST_MAX_VALUE) {
            return false;
        }
    }
    return e->is_list || e->value_count == 1;
}

bool iam_context_init(struct iam_context *c, const struct iam_context_entry *entries, size_t count)
{
    uint32_t slots = 8;
    if (count > IAM_REQUEST_MAX_CONTEXT || (count > 0 && entries == NULL)) {
        return false;
    }
    while (slots < 2 * count) {
        slots *= 2;
    }
    c->entries = entries;
    c->mask = slots - 1;
    memset(c->slots, 0, slots * sizeof(c->slots[0]));
    for (size_t i = 0; i < count; i++) {
        if (!is_well_formed(&entries[i])) {
            return false;
        }
        uint16_t hash = iam_key_hash(entries[i].key);
        uint32_t at = hash & c->mask;
        for (; c->slots[at] != 0; at = (at + 1) & c->mask) {
            size_t other = c->slots[at] - 1u;
            /* Two values for one key: nobody could say which one was meant. */
            if (c->hashes[other] == hash && iam_key_eq(entries[other].key, entries[i].key)) {
                return false;
            }
        }
        c->hashes[i] = hash;
        c->slots[at] = (uint16_t)(i + 1);
    }
    return true;
}

const struct iam_context_entry *iam_context_find(struct iam_eval *ev, struct iam_str key,
                                                 uint16_t hash)
{
    const struct iam_context *c = &ev->context;
    for (uint32_t at = hash & c->mask; c->slots[at] != 0; at = (at + 1) & c->mask) {
        size_t i = c->slots[at] - 1u;
        if (!iam_eval_spend(ev, PROBE_COST)) {
            return NULL;
        }
        if (c->hashes[i] == hash && iam_key_eq(c->entries[i].key, key)) {
            return &c->entries[i];
        }
    }
    return NULL;
}
