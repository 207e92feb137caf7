/* SPDX-License-Identifier: Apache-2.0 */
/* The request's condition keys in a small hash table on the stack, made once per decision. */
#include "decide/eval.h"

#include "policy/key.h"

/* Units of the budget for looking at one slot: keys can be chosen so that they share a hash. */
#define PROBE_COST 16

static bool wrong(struct iam_request_fault *f, size_t entry, const char *why)
{
    *f = (struct iam_request_fault){ IAM_MEMBER_CONTEXT, entry, why };
    return false;
}

/* Tells whether an entry has a key and one value, as most have. */
static inline bool is_single(const struct iam_context_entry *e)
{
    return !e->is_list && e->value_count == 1 && e->key.p != NULL && e->key.len > 0 &&
           e->values != NULL && e->values[0].p != NULL && e->values[0].len <= IAM_REQUEST_MAX_VALUE;
}

/* Returns what is wrong with an entry, or NULL. */
static const char *find_wrong(const struct iam_context_entry *e)
{
    if (e->key.p == NULL || e->key.len == 0) {
        return "must have a key";
    }
    if (e->value_count > IAM_REQUEST_MAX_VALUES) {
        return "must have at most 1024 values";
    }
    if (e->value_count > 0 && e->values == NULL) {
        return "must have its values";
    }
    for (size_t i = 0; i < e->value_count; i++) {
        if (e->values[i].p == NULL) {
            return "must not have an absent value";
        }
        if (e->values[i].len > IAM_REQUEST_MAX_VALUE) {
            return "must have values of at most 65536 bytes";
        }
    }
    return e->is_list || e->value_count == 1 ? NULL : "must have one value, or be a list";
}

_Static_assert(IAM_REQUEST_MAX_CONTEXT == 512 && IAM_REQUEST_MAX_VALUES == 1024 &&
                   IAM_REQUEST_MAX_VALUE == 65536,
               "what the texts say");

bool iam_context_init(struct iam_context *c, const struct iam_context_entry *entries, size_t count,
                      struct iam_request_fault *f)
{
    uint32_t slots = 8;
    if (count == 0) {
        c->mask = 0;
        c->slots[0] = 0;
        return true;
    }
    if (count > IAM_REQUEST_MAX_CONTEXT) {
        return wrong(f, count, "must have at most 512 keys");
    }
    if (entries == NULL) {
        return wrong(f, count, "must have its entries");
    }
    while (slots < 2 * count) {
        slots *= 2;
    }
    c->entries = entries;
    c->mask = slots - 1;
    memset(c->slots, 0, slots * sizeof(c->slots[0]));
    for (size_t i = 0; i < count; i++) {
        const char *why = is_single(&entries[i]) ? NULL : find_wrong(&entries[i]);
        if (why != NULL) {
            return wrong(f, i, why);
        }
        uint16_t hash = iam_key_hash(entries[i].key);
        uint32_t at = hash & c->mask;
        for (; c->slots[at] != 0; at = (at + 1) & c->mask) {
            size_t other = c->slots[at] - 1u;
            /* Two values for one key: nobody could say which one was meant. */
            if (c->hashes[other] == hash && iam_key_eq(entries[other].key, entries[i].key)) {
                return wrong(f, i, "must be there once, in whatever case");
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
    for (uint32_t at = hash & c->mask;; at = (at + 1) & c->mask) {
        /* Of a free slot too: a statement can ask for thousands of keys that are absent. */
        if (!iam_eval_spend(ev, PROBE_COST) || c->slots[at] == 0) {
            return NULL;
        }
        size_t i = c->slots[at] - 1u;
        if (c->hashes[i] == hash && iam_key_eq(c->entries[i].key, key)) {
            return &c->entries[i];
        }
    }
}
