/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building goes breadth first over ranges of the sorted keys: a node is a range of keys with one
 * common prefix; the keys that end there are its items, the rest is divided by its next byte.
 */
#include "decide/trie.h"

#include "policy/compiled.h"

/* A node to be made: keys [lo, hi) agree in their first depth bytes. */
struct range {
    uint32_t lo;
    uint32_t hi;
    uint32_t depth;
};

struct builder {
    const struct iam_str *keys;
    struct iam_trie_node *nodes;
    struct range *ranges; /* of the node with the same index */
    uint32_t count;
};

_Static_assert(IAM_POLICY_MAX_VALUE_BYTES <= UINT16_MAX, "keys are parts of values");
_Static_assert(IAM_TRIE_MAX_ITEMS <= 1 << 24, "item_count has 24 bits");

/* Returns the length of the common prefix of two keys that agree in their first i bytes. */
static uint32_t common(struct iam_str a, struct iam_str b, size_t i)
{
    size_t n = a.len < b.len ? a.len : b.len;
    while (i < n && a.p[i] == b.p[i]) {
        i++;
    }
    return (uint32_t)i;
}

static void add_child(struct builder *b, uint32_t lo, uint32_t hi, uint32_t depth)
{
    /* In sorted order the first and the last key share the least. */
    uint32_t until = common(b->keys[lo], b->keys[hi - 1], depth);
    struct iam_trie_node *n = &b->nodes[b->count];
    n->label = b->keys[lo].p + depth;
    n->label_len = (uint16_t)(until - depth);
    n->first_byte = (unsigned char)b->keys[lo].p[depth];
    b->ranges[b->count] = (struct range){ lo, hi, until };
    b->count++;
}

/* Tells whether the child made last comes after the one before it, when it is not the first. */
static bool is_last_in_order(const struct builder *b, uint32_t first)
{
    uint32_t last = b->count - 1;
    return last == first || b->nodes[last - 1].first_byte < b->nodes[last].first_byte;
}

static void expand(struct builder *b, uint32_t index)
{
    struct range r = b->ranges[index];
    struct iam_trie_node *n = &b->nodes[index];
    uint32_t at = r.lo;
    while (at < r.hi && b->keys[at].len == r.depth) {
        at++;
    }
    IAM_ASSERT(at - r.lo < IAM_TRIE_MAX_ITEMS);
    n->first_item = r.lo;
    n->item_count = (at - r.lo) & (IAM_TRIE_MAX_ITEMS - 1);
    n->first_child = b->count;
    while (at < r.hi) {
        uint32_t end = at + 1;
        while (end < r.hi && b->keys[end].p[r.depth] == b->keys[at].p[r.depth]) {
            end++;
        }
        add_child(b, at, end, r.depth);
        IAM_ASSERT(is_last_in_order(b, n->first_child));
        at = end;
    }
    n->child_count = (uint16_t)(b->count - n->first_child);
}

enum iam_status iam_trie_build(struct iam_arena *arena, struct iam_arena *scratch,
                               const struct iam_str *keys, size_t count, struct iam_trie *ret)
{
    /* Every node but the root has an item or at least two children. */
    size_t bound = 2 * count + 1;
    struct builder b = { keys, NULL, NULL, 1 };
    if (count == 0) {
        ret->nodes = NULL;
        return IAM_OK;
    }
    b.nodes = iam_arena_zalloc(scratch, bound, sizeof(*b.nodes));
    b.ranges = iam_arena_zalloc(scratch, bound, sizeof(*b.ranges));
    IAM_ENSURE(b.nodes != NULL && b.ranges != NULL, IAM_NOMEM);
    b.ranges[0] = (struct range){ 0, (uint32_t)count, 0 };
    for (uint32_t i = 0; i < b.count; i++) {
        expand(&b, i);
    }
    struct iam_trie_node *nodes = iam_arena_alloc(arena, b.count * sizeof(*nodes));
    IAM_ENSURE(nodes != NULL, IAM_NOMEM);
    memcpy(nodes, b.nodes, b.count * sizeof(*nodes));
    ret->nodes = nodes;
    return IAM_OK;
}
