/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A radix tree over literal prefixes: given a text, it yields the items of every key that is a
 * prefix of the text, shortest first. Built once from sorted keys, immutable, walked without
 * memory.
 */
#pragma once

#include "base/arena.h"

/* LIMIT: of items in one trie. The bytes of a key count in 16 bits. */
#define IAM_TRIE_MAX_ITEMS (1u << 24)

/* INVARIANT: the children of a node are adjacent, sorted by their first byte. */
struct iam_trie_node {
    const char *label; /* borrowed from a key */
    uint16_t label_len;
    uint16_t child_count;
    uint32_t first_child;
    uint32_t first_item;
    uint32_t item_count : 24;
    uint32_t first_byte : 8;
};

struct iam_trie {
    const struct iam_trie_node *nodes; /* [0] is the root; NULL when there is no key */
};

/*
 * Builds a trie; the item of a key is its position. keys must be sorted by iam_str_cmp, within the
 * limits, and their bytes must live as long as the trie. Nodes come from arena, working memory from
 * scratch. IAM_NOMEM.
 */
enum iam_status iam_trie_build(struct iam_arena *arena, struct iam_arena *scratch,
                               const struct iam_str *keys, size_t count,
                               struct iam_trie *ret) IAM_MUST_USE;

struct iam_trie_walk {
    const struct iam_trie *trie;
    const struct iam_trie_node *node; /* returned last; NULL before the first and after the last */
    struct iam_str rest;
};

static inline struct iam_trie_walk iam_trie_start(const struct iam_trie *trie, struct iam_str text)
{
    return (struct iam_trie_walk){ trie, NULL, text };
}

/* From this many children on a binary search pays. */
#define IAM_TRIE_LINEAR 8

/* Finds the child whose label begins with byte; NULL when there is none. */
static inline const struct iam_trie_node *iam_trie_child(const struct iam_trie_node *children,
                                                         size_t count, unsigned char byte)
{
    while (count > IAM_TRIE_LINEAR) {
        size_t half = count / 2;
        if (children[half].first_byte <= byte) {
            children += half;
            count -= half;
        } else {
            count = half;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (children[i].first_byte == byte) {
            return &children[i];
        }
    }
    return NULL;
}

/*
 * Returns the next node on the way, whose items are those of one prefix of the text; NULL at the
 * end. What is left of the text after that prefix is walk->rest until the next call.
 */
static inline const struct iam_trie_node *iam_trie_next(struct iam_trie_walk *walk)
{
    const struct iam_trie_node *n = walk->node;
    if (n == NULL) {
        walk->node = walk->trie->nodes;
        return walk->node;
    }
    const struct iam_trie_node *child = NULL;
    if (walk->rest.len > 0) {
        child = iam_trie_child(walk->trie->nodes + n->first_child, n->child_count,
                               (unsigned char)walk->rest.p[0]);
    }
    if (child != NULL && walk->rest.len >= child->label_len &&
        memcmp(walk->rest.p, child->label, child->label_len) == 0) {
        walk->rest.p += child->label_len;
        walk->rest.len -= child->label_len;
        walk->node = child;
        return child;
    }
    return NULL;
}
