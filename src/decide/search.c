/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to the statements of a set that apply to it, through the set's index. */
#include "decide/eval.h"

/* Units of the budget for trying one statement. */
#define STATEMENT_COST 64

struct search {
    struct iam_eval *ev;
    const struct iam_policy_set *set;
    struct iam_found *found;
    enum iam_policy_kind layer;
    struct iam_str tail; /* of the resource; empty when it is no ARN */
};

static bool action_applies(const struct iam_eval *ev, const struct iam_statement *s)
{
    bool matched = false;
    for (uint32_t i = 0; i < s->action_count && !matched; i++) {
        matched = iam_glob_match(iam_glob_of(s->actions[i]), ev->action);
    }
    return matched != s->not_action;
}

static bool resource_matches(struct iam_eval *ev, const struct iam_statement *s, uint32_t which)
{
    if (which == IAM_POSTING_WHOLE) {
        return iam_resource_applies(ev, s);
    }
    const struct iam_pattern *p = &s->resources[which];
    return p->any || iam_arn_match(ev, p, &ev->resource);
}

static bool conditions_hold(struct iam_eval *ev, const struct iam_statement *s)
{
    for (uint32_t i = 0; i < s->condition_count; i++) {
        if (!iam_condition_holds(ev, &s->conditions[i], s->deny)) {
            return false;
        }
    }
    return true;
}

static enum iam_grant grant_of(const struct search *q, const struct iam_statement *s,
                               const struct iam_set_policy *entry)
{
    if (q->layer == IAM_POLICY_RCP) {
        return IAM_GRANT_SESSION; /* its Principal can only be "*" */
    }
    if (s->principals != NULL) {
        return iam_principal_grant(q->ev, s, entry);
    }
    /* A document without principals says nothing about whom a resource lets in. */
    bool needs_name = q->layer == IAM_POLICY_RESOURCE || q->layer == IAM_POLICY_TRUST;
    return needs_name && !s->deny ? IAM_GRANT_NONE : IAM_GRANT_SESSION;
}

/* How the statement names the caller; IAM_GRANT_NONE when the statement does not apply. */
static enum iam_grant try_statement(const struct search *q, const struct iam_posting *p,
                                    bool whole_action)
{
    const struct iam_set_statement *at = &q->set->statements[p->statement];
    const struct iam_statement *s = at->statement;
    enum iam_grant grant;
    if (whole_action && !action_applies(q->ev, s)) {
        return IAM_GRANT_NONE;
    }
    q->ev->broken = false;
    bool applies = iam_eval_spend(q->ev, STATEMENT_COST) && resource_matches(q->ev, s, p->resource);
    if (!applies && !q->ev->broken) {
        return IAM_GRANT_NONE;
    }
    grant = grant_of(q, s, &q->set->entries[at->entry]);
    applies = applies && grant != IAM_GRANT_NONE && conditions_hold(q->ev, s);
    if (q->ev->broken) {
        applies = s->deny;
    }
    return applies ? grant : IAM_GRANT_NONE;
}

/* A statement can be reached by several of its patterns: it is reported once. */
static bool is_recorded(const struct iam_found *f, const struct iam_set_statement *at)
{
    size_t n = f->count < IAM_DECISION_MAX_MATCHED ? f->count : IAM_DECISION_MAX_MATCHED;
    for (size_t i = 0; i < n; i++) {
        if (f->matched[i].entry == at->entry && f->matched[i].statement == at->number) {
            return true;
        }
    }
    return false;
}

static void record(const struct search *q, const struct iam_posting *p, enum iam_grant grant)
{
    const struct iam_set_statement *at = &q->set->statements[p->statement];
    struct iam_found *f = q->found;
    f->grant = grant > f->grant ? grant : f->grant;
    if (f->matched == NULL) {
        f->count = 1;
        return;
    }
    if (is_recorded(f, at)) {
        return;
    }
    if (f->count < IAM_DECISION_MAX_MATCHED) {
        f->matched[f->count] = (struct iam_matched){ q->set, q->layer, at->entry, at->number };
    }
    f->count++;
}

/* True when the search may end. */
static bool search_group(const struct search *q, const struct iam_action_group *g)
{
    struct iam_trie_walk walk = iam_trie_start(&g->resources, q->tail);
    const struct iam_trie_node *n;
    while ((n = iam_trie_next(&walk)) != NULL) {
        for (uint32_t i = 0; i < n->item_count; i++) {
            const struct iam_posting *p = &g->postings[n->first_item + i];
            enum iam_grant grant = try_statement(q, p, g->kind == IAM_GROUP_WHOLE);
            if (grant != IAM_GRANT_NONE) {
                record(q, p, grant);
                if (q->found->matched == NULL) {
                    return true;
                }
            }
        }
    }
    return false;
}

static bool group_applies(const struct iam_eval *ev, const struct iam_action_group *g, size_t rest)
{
    switch (g->kind) {
    case IAM_GROUP_EXACT:
        return rest == 0;
    case IAM_GROUP_GLOB:
        return iam_glob_match(iam_glob_of(g->pattern), ev->action);
    case IAM_GROUP_PREFIX:
    case IAM_GROUP_WHOLE:
        break;
    }
    return true;
}

void iam_set_search(struct iam_eval *ev, const struct iam_policy_set *set,
                    enum iam_policy_kind layer, bool deny, struct iam_found *found)
{
    found->count = 0;
    found->grant = IAM_GRANT_NONE;
    if (set == NULL) {
        return;
    }
    const struct iam_index *index = deny ? &set->deny : &set->allow;
    struct search q = { ev, set, found, layer, IAM_STR("") };
    if (index->actions.nodes == NULL) {
        return;
    }
    if (ev->resource.whole) {
        size_t from = ev->resource.colon[IAM_ARN_PARTS - 2] + 1;
        q.tail = (struct iam_str){ ev->resource.text.p + from, ev->resource.text.len - from };
    }
    struct iam_trie_walk walk = iam_trie_start(&index->actions, ev->action);
    const struct iam_trie_node *n;
    while ((n = iam_trie_next(&walk)) != NULL) {
        for (uint32_t i = 0; i < n->item_count; i++) {
            const struct iam_action_group *g = &index->groups[n->first_item + i];
            if (group_applies(ev, g, walk.rest.len) && search_group(&q, g)) {
                return;
            }
        }
    }
}
