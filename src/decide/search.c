/* SPDX-License-Identifier: Apache-2.0 */
/* From a request to the statements of a set that apply to it, through the set's index. */
#include "decide/reach.h"

/* Units of the budget for one action pattern, before what its wildcards cost. */
#define ACTION_COST 16

struct search {
    struct iam_eval *ev;
    const struct iam_policy_set *set;
    struct iam_found *found;
    enum iam_policy_kind layer;
    struct iam_action_memo action;
};

/* Matches one action pattern. Most differ from an action in their first bytes. */
static bool action_matches(struct iam_eval *ev, struct iam_str pattern)
{
    size_t n = 0;
    while (n < pattern.len && pattern.p[n] != '*' && pattern.p[n] != '?') {
        if (n >= ev->action.len || pattern.p[n] != ev->action.p[n]) {
            return false;
        }
        n++;
    }
    if (n == pattern.len) {
        return n == ev->action.len;
    }
    if (n + 1 == pattern.len && pattern.p[n] == '*') {
        return true;
    }
    struct iam_glob glob = iam_glob_of(pattern);
    return iam_eval_spend(ev, iam_glob_cost(glob, ev->action.len)) &&
           iam_glob_match(glob, ev->action);
}

bool iam_action_applies(struct iam_eval *ev, const struct iam_statement *s)
{
    const char *at = iam_statement_actions(s);
    bool matched = false;
    if (!iam_eval_spend(ev, (uint64_t)s->action_count * ACTION_COST)) {
        return false;
    }
    for (uint32_t i = 0; i < s->action_count && !matched; i++) {
        matched = action_matches(ev, iam_action_next(&at));
    }
    /* What could not be looked at may be in the list. */
    return !ev->broken && matched != s->not_action;
}

static bool resource_matches(struct iam_eval *ev, const struct iam_statement *s, uint32_t which)
{
    if (which == IAM_POSTING_WHOLE) {
        return iam_resource_applies(ev, s);
    }
    if (iam_resource_matches(ev, &iam_statement_resources(s)[which])) {
        return true;
    }
    if (!ev->broken) {
        return false;
    }
    /* This one cannot be evaluated: the element as a whole says what that means. */
    ev->broken = false;
    return iam_resource_applies(ev, s);
}

/*
 * Tells whether all conditions hold. One that is known not to hold rules the statement out,
 * whatever cannot be evaluated besides.
 */
static bool conditions_hold(struct iam_eval *ev, const struct iam_statement *s)
{
    const struct iam_condition *conditions = iam_statement_conditions(s);
    bool unknown = false;
    (void)iam_eval_known(ev, &unknown);
    for (uint32_t i = 0; i < s->condition_count; i++) {
        bool holds = iam_condition_holds(ev, &conditions[i], s->deny);
        if (iam_eval_known(ev, &unknown) && !holds) {
            return false;
        }
    }
    ev->broken = unknown;
    return true;
}

enum iam_grant iam_statement_grant(struct iam_eval *ev, const struct iam_policy_set *set,
                                   enum iam_policy_kind layer, const struct iam_set_statement *at)
{
    const struct iam_statement *s = at->statement;
    if (layer == IAM_POLICY_RCP) {
        return IAM_GRANT_SESSION; /* its Principal can only be "*" */
    }
    if (s->principals != 0) {
        return iam_principal_grant(ev, s, &set->entries[at->entry]);
    }
    /* A document without principals does not say who may use a resource. */
    bool needs_name = layer == IAM_POLICY_RESOURCE || layer == IAM_POLICY_TRUST;
    return needs_name && !s->deny ? IAM_GRANT_NONE : IAM_GRANT_SESSION;
}

/*
 * Finds how the statement names the caller; IAM_GRANT_NONE when the statement does not apply.
 * Inline: this is the loop that a decision spends its time in.
 */
static inline __attribute__((always_inline)) enum iam_grant
try_statement(struct search *q, const struct iam_posting *p, bool whole_action)
{
    const struct iam_set_statement *at = &q->set->statements[p->statement];
    const struct iam_statement *s = at->statement;
    enum iam_grant grant;
    q->ev->broken = false;
    bool applies = iam_eval_spend(q->ev, IAM_STATEMENT_COST) &&
                   (!whole_action || iam_action_once(q->ev, &q->action, s)) &&
                   resource_matches(q->ev, s, p->resource);
    if (!applies && !q->ev->broken) {
        return IAM_GRANT_NONE;
    }
    grant = iam_statement_grant(q->ev, q->set, q->layer, at);
    applies = applies && grant != IAM_GRANT_NONE && conditions_hold(q->ev, s);
    if (q->ev->broken) {
        applies = s->deny;
    }
    return applies ? grant : IAM_GRANT_NONE;
}

/*
 * Tells whether a statement was recorded: it can be reached by several of its patterns, and is
 * reported once.
 */
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
        f->matched[f->count++] = (struct iam_matched){ q->set, q->layer, at->entry, at->number };
    } else {
        f->count = IAM_DECISION_MAX_MATCHED + 1;
    }
}

/* Records a statement that applies. Returns true when the search may end. */
static bool visit(void *ctx, const struct iam_posting *p, bool whole_action)
{
    struct search *q = ctx;
    enum iam_grant grant = try_statement(q, p, whole_action);
    if (grant != IAM_GRANT_NONE) {
        record(q, p, grant);
    }
    /* Without a budget the decision is a denial, whatever else there is. */
    return (grant != IAM_GRANT_NONE && q->found->matched == NULL) || q->ev->exhausted;
}

void iam_set_walk(struct iam_eval *ev, const struct iam_policy_set *set, enum iam_policy_kind layer,
                  bool deny, struct iam_found *found)
{
    struct search q = {
        ev, set, found, layer, {NULL, false}
    };
    ev->is_session = layer == IAM_POLICY_SESSION;
    iam_reach(ev, set, deny, visit, &q);
}
