/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk through the index of a set: every posting whose action pattern names the request's
 * action and whose resource pattern begins like the request's resource. Inline, so that each user's
 * visitor becomes part of its walk.
 */
#pragma once

#include "decide/eval.h"

/*
 * Remembers whether the Action element of one statement, the one asked for last, applies: a
 * statement can have many postings in a row, and is asked once.
 */
struct iam_action_memo {
    const struct iam_statement *of; /* NULL: none yet */
    bool applies;
};

static inline bool iam_action_once(struct iam_eval *ev, struct iam_action_memo *memo,
                                   const struct iam_statement *s)
{
    if (memo->of != s) {
        memo->applies = iam_action_applies(ev, s);
        memo->of = ev->broken ? NULL : s;
    }
    return memo->applies;
}

/*
 * Is called for each posting. whole_action: the statement's Action element has yet to be looked at.
 * Returns true to end the walk.
 */
typedef bool iam_reach_fn(void *ctx, const struct iam_posting *p, bool whole_action);

static inline bool iam_reach_group(const struct iam_action_group *g, struct iam_str tail,
                                   iam_reach_fn *visit, void *ctx)
{
    struct iam_trie_walk walk = iam_trie_start(&g->resources, tail);
    const struct iam_trie_node *n;
    while ((n = iam_trie_next(&walk)) != NULL) {
        for (uint32_t i = 0; i < n->item_count; i++) {
            if (visit(ctx, &g->postings[n->first_item + i], g->kind == IAM_GROUP_WHOLE)) {
                return true;
            }
        }
    }
    return false;
}

/*
 * Tells whether the group's action pattern matches. Without a budget it does, so that a Deny is
 * looked at.
 */
static inline bool iam_group_applies(struct iam_eval *ev, const struct iam_action_group *g,
                                     size_t rest)
{
    switch (g->kind) {
    case IAM_GROUP_EXACT:
        return rest == 0;
    case IAM_GROUP_GLOB:
        return !iam_eval_spend(ev, iam_glob_cost(iam_glob_of(g->pattern), ev->action.len)) ||
               iam_glob_match(iam_glob_of(g->pattern), ev->action);
    case IAM_GROUP_PREFIX:
    case IAM_GROUP_WHOLE:
        break;
    }
    return true;
}

static inline void iam_reach(struct iam_eval *ev, const struct iam_policy_set *set, bool deny,
                             iam_reach_fn *visit, void *ctx)
{
    const struct iam_index *index = deny ? &set->deny : &set->allow;
    struct iam_str tail = IAM_STR("");
    if (!iam_set_has(set, deny)) {
        return;
    }
    if (ev->resource.whole) {
        size_t from = ev->resource.colon[IAM_ARN_PARTS - 2] + 1;
        tail = (struct iam_str){ ev->resource.text.p + from, ev->resource.text.len - from };
    }
    struct iam_trie_walk walk = iam_trie_start(&index->actions, ev->action);
    const struct iam_trie_node *n;
    while ((n = iam_trie_next(&walk)) != NULL) {
        for (uint32_t i = 0; i < n->item_count; i++) {
            const struct iam_action_group *g = &index->groups[n->first_item + i];
            if (iam_group_applies(ev, g, walk.rest.len) && iam_reach_group(g, tail, visit, ctx)) {
                return;
            }
        }
    }
}
