/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy set as deciding sees it: its statements, numbered, and for each effect an index from the
 * action to the statements that can apply, each narrowed by the literal beginning of the resource.
 * Immutable once made.
 */
#pragma once

#include <stdatomic.h>

#include "decide/trie.h"
#include "iam/decide.h"
#include "policy/compiled.h"

/* LIMIT: of entries in a set. */
#define IAM_SET_MAX_ENTRIES 1000000u

/* The resource of a posting when the statement's whole Resource element has to be looked at. */
#define IAM_POSTING_WHOLE UINT32_MAX

/* A statement that may apply, by way of one of its resource patterns. */
struct iam_posting {
    uint32_t statement; /* of the set */
    uint32_t resource;  /* of the statement, or IAM_POSTING_WHOLE */
};

enum iam_group_kind {
    IAM_GROUP_EXACT,  /* an action without wildcards */
    IAM_GROUP_PREFIX, /* one wildcard, a '*' at the end */
    IAM_GROUP_GLOB,
    IAM_GROUP_WHOLE /* the statement's whole Action or NotAction has to be looked at */
};

/* The postings of one action pattern. */
struct iam_action_group {
    struct iam_str pattern;
    enum iam_group_kind kind;
    const struct iam_posting *postings;
    struct iam_trie resources; /* over the sixth part of the ARN */
};

struct iam_index {
    const struct iam_action_group *groups;
    struct iam_trie actions;
};

struct iam_set_statement {
    const struct iam_statement *statement;
    uint32_t entry;
    uint32_t number; /* in its policy */
};

struct iam_set_policy {
    struct iam_policy *policy;
    struct iam_str name;
    const struct iam_principal_pin *pins;
    size_t pin_count;
};

struct iam_policy_set {
    atomic_uint refs;
    struct iam_alloc alloc;
    struct iam_arena arena;
    struct iam_set_policy *entries;
    size_t entry_count;
    const struct iam_set_statement *statements;
    size_t statement_count;
    struct iam_index deny;
    struct iam_index allow;
};

/* Tells whether set (may be NULL) has a statement of that effect. */
static inline bool iam_set_has(const struct iam_policy_set *set, bool deny)
{
    return set != NULL && (deny ? set->deny : set->allow).actions.nodes != NULL;
}

/* Fills set->deny and set->allow from set->statements. IAM_NOMEM, IAM_LIMIT. */
enum iam_status iam_index_build(struct iam_policy_set *set, struct iam_arena *scratch) IAM_MUST_USE;
