/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why: the elements of a statement asked one by one, with the same functions that deciding uses.
 *
 * INVARIANT: a statement is said to apply exactly when deciding counts it.
 */
#include "decide/reach.h"

/* LIMIT: statements of one set and effect that IAM_EXPLAIN_REACHED reports. */
#define MAX_REACHED 256u
/* A power of two, twice MAX_REACHED. */
#define REACHED_SLOTS 512u

struct explanation {
    struct iam_eval *ev;
    iam_explain_fn *each;
    void *ctx;
    enum iam_explain_scope scope;
    bool ended;
    struct iam_explained out;
};

/* ---- missing keys ---------------------------------------------------------------------------- */

static void add_missing(struct iam_explained *out, struct iam_str key)
{
    size_t n = out->missing_count < IAM_EXPLAINED_MAX_MISSING ? out->missing_count
                                                              : IAM_EXPLAINED_MAX_MISSING;
    for (size_t i = 0; i < n; i++) {
        if (iam_str_eq_nocase(out->missing[i], key)) {
            return;
        }
    }
    if (n < IAM_EXPLAINED_MAX_MISSING) {
        out->missing[n] = key;
    }
    out->missing_count = n + 1;
}

/* Tells whether as many keys are missing as are named; more are not looked for. */
static bool has_enough(const struct iam_explained *out)
{
    return out->missing_count > IAM_EXPLAINED_MAX_MISSING;
}

/* Adds the variables of a template that have neither a value nor a default. */
static void add_variables(struct explanation *x, const struct iam_template *t)
{
    for (uint32_t i = 0; t != NULL && i < t->count && !has_enough(&x->out); i++) {
        const struct iam_piece *piece = &t->pieces[i];
        if (piece->kind == IAM_PIECE_VARIABLE && !piece->has_fallback &&
            iam_context_find(x->ev, iam_piece_text(piece), piece->key_hash) == NULL) {
            add_missing(&x->out, iam_piece_text(piece));
        }
    }
}

static bool is_missing(struct explanation *x, const struct iam_condition *c)
{
    return iam_context_find(x->ev, iam_condition_key(c), c->key_hash) == NULL;
}

/* Adds what is missing for c, which does not hold. */
static void add_condition_keys(struct explanation *x, const struct iam_condition *c)
{
    if (is_missing(x, c)) {
        add_missing(&x->out, iam_condition_key(c));
        return;
    }
    for (uint32_t i = 0; i < c->value_count && !has_enough(&x->out); i++) {
        add_variables(x, iam_value_template(c, &iam_condition_values(c)[i]));
    }
}

/* ---- one statement --------------------------------------------------------------------------- */

static void set_condition(struct explanation *x, const struct iam_condition *c)
{
    x->out.condition_operator = iam_condition_operator(c);
    x->out.condition_key = iam_condition_key(c);
}

/*
 * Asks the conditions up to the first that is known not to hold, as deciding does, however many
 * keys are missing by then; those after it are only asked whether their own key is absent, which
 * costs next to nothing. Where none is known not to hold, the first that cannot be evaluated is
 * named.
 */
static bool conditions_hold(struct explanation *x, const struct iam_statement *s)
{
    bool hold = true;
    bool unknown = false;
    (void)iam_eval_known(x->ev, &unknown);
    for (uint32_t i = 0; i < s->condition_count && (hold || !has_enough(&x->out)); i++) {
        const struct iam_condition *c = &iam_statement_conditions(s)[i];
        bool was_unknown = unknown;
        if (!hold && !is_missing(x, c)) {
            continue;
        }
        bool holds = iam_condition_holds(x->ev, c, s->deny);
        bool known = iam_eval_known(x->ev, &unknown);
        if (known && holds) {
            continue;
        }
        if (hold && (known || !was_unknown)) {
            set_condition(x, c);
        }
        hold = hold && !known;
        add_condition_keys(x, c);
    }
    x->ev->broken = hold && unknown;
    return hold && !unknown;
}

static bool resource_applies(struct explanation *x, const struct iam_statement *s)
{
    if (iam_resource_applies(x->ev, s)) {
        return true;
    }
    bool broken = x->ev->broken;
    for (uint32_t i = 0; i < s->resource_count && !has_enough(&x->out); i++) {
        add_variables(x, iam_pattern_template(&iam_statement_resources(s)[i]));
    }
    x->ev->broken = broken;
    return false;
}

static enum iam_element find_failed(struct explanation *x, const struct iam_policy_set *set,
                                    enum iam_policy_kind layer, const struct iam_set_statement *at)
{
    const struct iam_statement *s = at->statement;
    if (!iam_action_applies(x->ev, s)) {
        return IAM_ELEMENT_ACTION;
    }
    if (!iam_eval_spend(x->ev, IAM_STATEMENT_COST) || !resource_applies(x, s)) {
        return IAM_ELEMENT_RESOURCE;
    }
    if (iam_statement_grant(x->ev, set, layer, at) == IAM_GRANT_NONE) {
        return IAM_ELEMENT_PRINCIPAL;
    }
    return conditions_hold(x, s) ? IAM_ELEMENT_NONE : IAM_ELEMENT_CONDITION;
}

static struct iam_str element_name(const struct iam_statement *s, enum iam_element element)
{
    switch (element) {
    case IAM_ELEMENT_NONE:
        break;
    case IAM_ELEMENT_ACTION:
        return s->not_action ? IAM_STR("NotAction") : IAM_STR("Action");
    case IAM_ELEMENT_RESOURCE:
        return s->not_resource ? IAM_STR("NotResource") : IAM_STR("Resource");
    case IAM_ELEMENT_PRINCIPAL:
        return s->not_principal ? IAM_STR("NotPrincipal") : IAM_STR("Principal");
    case IAM_ELEMENT_CONDITION:
        return IAM_STR("Condition");
    }
    return iam_str_absent();
}

static void explain_statement(struct explanation *x, const struct iam_policy_set *set,
                              enum iam_policy_kind layer, size_t index)
{
    const struct iam_set_statement *at = &set->statements[index];
    struct iam_explained *out = &x->out;
    x->ev->broken = false;
    out->at = (struct iam_matched){ set, layer, at->entry, at->number };
    out->effect = at->statement->deny ? IAM_EXPLICIT_DENY : IAM_ALLOW;
    out->missing_count = 0;
    out->condition_operator = iam_str_absent();
    out->condition_key = iam_str_absent();
    out->failed = find_failed(x, set, layer, at);
    out->element = element_name(at->statement, out->failed);
    out->unevaluable = x->ev->broken;
    out->applies = out->failed == IAM_ELEMENT_NONE;
    if (x->ev->broken) {
        /* Principal is asked even when an earlier element already rules the statement out. */
        out->applies =
            at->statement->deny && iam_statement_grant(x->ev, set, layer, at) != IAM_GRANT_NONE;
    }
    x->ended = !x->each(x->ctx, out);
}

/* ---- sets ------------------------------------------------------------------------------------ */

/* The statements of one set that were visited, each once. */
struct reached {
    struct explanation *x;
    const struct iam_policy_set *set;
    enum iam_policy_kind layer;
    struct iam_action_memo action;
    uint32_t count;
    uint32_t slots[REACHED_SLOTS]; /* statement plus one; 0 is free */
};

static bool is_new(struct reached *r, uint32_t statement)
{
    uint32_t at = statement * 0x9e3779b1u >> 16 & (REACHED_SLOTS - 1);
    for (; r->slots[at] != 0; at = (at + 1) & (REACHED_SLOTS - 1)) {
        if (r->slots[at] == statement + 1) {
            return false;
        }
    }
    r->slots[at] = statement + 1;
    return true;
}

static bool visit(void *ctx, const struct iam_posting *p, bool whole_action)
{
    struct reached *r = ctx;
    const struct iam_statement *s = r->set->statements[p->statement].statement;
    r->x->ev->broken = false;
    if (whole_action && !iam_action_once(r->x->ev, &r->action, s) && !r->x->ev->broken) {
        return false;
    }
    if (is_new(r, p->statement)) {
        explain_statement(r->x, r->set, r->layer, p->statement);
        r->count++;
    }
    return r->x->ended || r->count == MAX_REACHED;
}

static void explain_reached(struct explanation *x, const struct iam_policy_set *set,
                            enum iam_policy_kind layer, bool deny)
{
    struct reached r = { .x = x, .set = set, .layer = layer };
    iam_reach(x->ev, set, deny, visit, &r);
}

static void explain_set(struct explanation *x, const struct iam_policy_set *set,
                        enum iam_policy_kind layer, size_t level)
{
    if (set == NULL || x->ended) {
        return;
    }
    x->out.level = level;
    x->ev->is_session = layer == IAM_POLICY_SESSION;
    if (x->scope == IAM_EXPLAIN_REACHED) {
        explain_reached(x, set, layer, true);
        if (!x->ended) {
            explain_reached(x, set, layer, false);
        }
        return;
    }
    for (size_t i = 0; i < set->statement_count && !x->ended; i++) {
        explain_statement(x, set, layer, i);
    }
}

static void explain_layers(struct explanation *x, const struct iam_policy_set *const *layers,
                           size_t count, enum iam_policy_kind layer)
{
    for (size_t i = 0; i < count && !x->ended; i++) {
        explain_set(x, layers[i], layer, i);
    }
}

bool iam_explain(const struct iam_policies *policies, const struct iam_request *request,
                 enum iam_explain_scope scope, iam_explain_fn *each, void *ctx)
{
    struct iam_eval ev;
    struct explanation x = { .ev = &ev, .each = each, .ctx = ctx, .scope = scope };
    struct iam_request_fault fault;
    if (!iam_eval_init(&ev, policies, request, &fault)) {
        return false;
    }
    explain_layers(&x, policies->rcp, policies->rcp_count, IAM_POLICY_RCP);
    if (ev.is_signed) {
        explain_layers(&x, policies->scp, policies->scp_count, IAM_POLICY_SCP);
    }
    explain_set(&x, policies->resource, ev.resource_kind, 0);
    if (ev.has_identity) {
        explain_set(&x, policies->identity, IAM_POLICY_IDENTITY, 0);
        explain_set(&x, policies->boundary, IAM_POLICY_BOUNDARY, 0);
    }
    if (ev.is_signed) {
        explain_layers(&x, policies->session, policies->session_count, IAM_POLICY_SESSION);
    }
    return true;
}
