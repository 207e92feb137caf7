/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which policies have their say. Every explicit deny is looked for first, in every
 * policy that bears on the caller; then what must allow is asked, outermost first.
 * SPEC: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny
 * access"; "Cross-account policy evaluation logic".
 */
#include "decide/eval.h"

struct run {
    const struct iam_policies *policies;
    const struct iam_principal *principal;
    struct iam_eval *ev;
    struct iam_decision *ret;
    enum iam_policy_kind resource_kind; /* RESOURCE or TRUST */
    bool is_signed;                     /* the credentials are of an account */
    bool has_identity;                  /* identity policies and a boundary can bear on it */
};

/* ---- preparing --------------------------------------------------------------------------------
 */

static bool lower_action(struct iam_eval *ev, struct iam_str action)
{
    if (action.p == NULL || action.len == 0 || action.len > sizeof(ev->action_bytes)) {
        return false;
    }
    for (size_t i = 0; i < action.len; i++) {
        ev->action_bytes[i] = iam_ascii_lower(action.p[i]);
    }
    ev->action = (struct iam_str){ ev->action_bytes, action.len };
    return true;
}

static bool prepare(struct run *run, const struct iam_request *request)
{
    struct iam_eval *ev = run->ev;
    ev->request = request;
    ev->broken = false;
    ev->budget = IAM_EVAL_BUDGET;
    ev->cache.net_text = iam_str_absent();
    ev->cache.date_text = iam_str_absent();
    ev->has_boundary = run->has_identity && run->policies->boundary != NULL;
    if (request->resource.p == NULL || request->resource.len == 0 ||
        request->resource.len > IAM_REQUEST_MAX_RESOURCE) {
        return false;
    }
    if (run->is_signed && request->principal.account.len == 0) {
        return false;
    }
    ev->resource = iam_arn_split(request->resource);
    return lower_action(ev, request->action) &&
           iam_context_init(&ev->context, request->context, request->context_count);
}

static enum iam_policy_kind kind_of_resource_policy(const struct iam_policies *p)
{
    bool trust = p->resource != NULL && p->resource->entry_count > 0 &&
                 p->resource->entries[0].policy->kind == IAM_POLICY_TRUST;
    return trust ? IAM_POLICY_TRUST : IAM_POLICY_RESOURCE;
}

/* ---- answers ----------------------------------------------------------------------------------
 */

static void answer(struct run *run, enum iam_effect effect, enum iam_policy_kind reason,
                   size_t matched)
{
    run->ret->effect = effect;
    run->ret->reason = reason;
    run->ret->matched_count = matched;
}

static void implicit_deny(struct run *run, enum iam_policy_kind reason)
{
    answer(run, IAM_IMPLICIT_DENY, reason, 0);
}

/* ---- explicit deny ----------------------------------------------------------------------------
 */

static bool set_denies(struct run *run, const struct iam_policy_set *set,
                       enum iam_policy_kind layer)
{
    struct iam_found found = { run->ret->matched, 0, IAM_GRANT_NONE };
    iam_set_search(run->ev, set, layer, true, &found);
    if (found.count == 0) {
        return false;
    }
    answer(run, IAM_EXPLICIT_DENY, layer, found.count);
    return true;
}

static bool layers_deny(struct run *run, const struct iam_policy_set *const *layers, size_t count,
                        enum iam_policy_kind layer)
{
    for (size_t i = 0; i < count; i++) {
        if (set_denies(run, layers[i], layer)) {
            return true;
        }
    }
    return false;
}

static bool something_denies(struct run *run)
{
    const struct iam_policies *p = run->policies;
    if (layers_deny(run, p->rcp, p->rcp_count, IAM_POLICY_RCP)) {
        return true;
    }
    if (run->is_signed && layers_deny(run, p->scp, p->scp_count, IAM_POLICY_SCP)) {
        return true;
    }
    if (set_denies(run, p->resource, run->resource_kind)) {
        return true;
    }
    if (run->has_identity && (set_denies(run, p->identity, IAM_POLICY_IDENTITY) ||
                              set_denies(run, p->boundary, IAM_POLICY_BOUNDARY))) {
        return true;
    }
    return run->is_signed && layers_deny(run, p->session, p->session_count, IAM_POLICY_SESSION);
}

/* ---- allow ------------------------------------------------------------------------------------
 */

static bool set_allows(struct run *run, const struct iam_policy_set *set,
                       enum iam_policy_kind layer)
{
    struct iam_found found = { NULL, 0, IAM_GRANT_NONE };
    iam_set_search(run->ev, set, layer, false, &found);
    return found.count > 0;
}

/* Every layer allows. A layer without a set allows nothing. */
static bool layers_allow(struct run *run, const struct iam_policy_set *const *layers, size_t count,
                         enum iam_policy_kind layer)
{
    for (size_t i = 0; i < count; i++) {
        if (!set_allows(run, layers[i], layer)) {
            return false;
        }
    }
    return true;
}

static bool boundary_allows(struct run *run)
{
    return run->policies->boundary == NULL ||
           set_allows(run, run->policies->boundary, IAM_POLICY_BOUNDARY);
}

/* A federated user's session without session policies has no permissions of its own. */
static bool session_allows(struct run *run)
{
    if (run->policies->session_count == 0) {
        return run->principal->kind != IAM_PRINCIPAL_FEDERATED_USER;
    }
    return layers_allow(run, run->policies->session, run->policies->session_count,
                        IAM_POLICY_SESSION);
}

/* The boundary and the session policies, which limit. Answers when they do not allow. */
static bool limits_allow(struct run *run)
{
    if (run->has_identity && !boundary_allows(run)) {
        implicit_deny(run, IAM_POLICY_BOUNDARY);
        return false;
    }
    if (!session_allows(run)) {
        implicit_deny(run, IAM_POLICY_SESSION);
        return false;
    }
    return true;
}

/* The caller's own side: identity policies within their limits. Answers. */
static void decide_by_identity(struct run *run)
{
    struct iam_found found = { run->ret->matched, 0, IAM_GRANT_NONE };
    if (run->principal->kind != IAM_PRINCIPAL_ROOT) {
        iam_set_search(run->ev, run->policies->identity, IAM_POLICY_IDENTITY, false, &found);
        if (found.count == 0) {
            implicit_deny(run, IAM_POLICY_IDENTITY);
            return;
        }
    }
    if (limits_allow(run)) {
        answer(run, IAM_ALLOW, IAM_POLICY_IDENTITY, found.count);
    }
}

/* The caller is of the resource's account. granted statements are already recorded. */
static void decide_same_account(struct run *run, const struct iam_found *granted)
{
    if (run->policies->resource_must_allow && granted->grant == IAM_GRANT_NONE) {
        implicit_deny(run, run->resource_kind);
        return;
    }
    switch (granted->grant) {
    case IAM_GRANT_SESSION:
        answer(run, IAM_ALLOW, run->resource_kind, granted->count);
        return;
    case IAM_GRANT_ENTITY:
        if (run->principal->kind == IAM_PRINCIPAL_USER ||
            run->principal->kind == IAM_PRINCIPAL_ROOT || limits_allow(run)) {
            answer(run, IAM_ALLOW, run->resource_kind, granted->count);
        }
        return;
    case IAM_GRANT_ACCOUNT:
    case IAM_GRANT_NONE:
        break;
    }
    decide_by_identity(run);
}

/* Both accounts must allow; what the resource policy names never lifts the caller's own limits. */
static void decide_cross_account(struct run *run, const struct iam_found *granted)
{
    bool is_granted = granted->grant != IAM_GRANT_NONE;
    decide_by_identity(run);
    if (run->ret->effect == IAM_ALLOW && !is_granted) {
        implicit_deny(run, run->resource_kind);
    }
}

static bool is_same_account(const struct run *run)
{
    struct iam_str owner = run->ev->request->resource_account;
    return !iam_str_is_set(owner) || iam_str_eq(owner, run->principal->account);
}

static void decide_allow(struct run *run)
{
    const struct iam_policies *p = run->policies;
    if (!layers_allow(run, p->rcp, p->rcp_count, IAM_POLICY_RCP)) {
        implicit_deny(run, IAM_POLICY_RCP);
        return;
    }
    if (run->is_signed && !layers_allow(run, p->scp, p->scp_count, IAM_POLICY_SCP)) {
        implicit_deny(run, IAM_POLICY_SCP);
        return;
    }
    struct iam_found granted = { run->ret->matched, 0, IAM_GRANT_NONE };
    iam_set_search(run->ev, p->resource, run->resource_kind, false, &granted);
    if (!run->is_signed) {
        /* No policies of its own: what the resource says is all there is. */
        bool allow = granted.grant != IAM_GRANT_NONE;
        answer(run, allow ? IAM_ALLOW : IAM_IMPLICIT_DENY, run->resource_kind, granted.count);
        return;
    }
    if (is_same_account(run)) {
        decide_same_account(run, &granted);
    } else {
        decide_cross_account(run, &granted);
    }
}

void iam_decide(const struct iam_policies *policies, const struct iam_request *request,
                struct iam_decision *ret)
{
    struct iam_eval ev;
    struct run run = { policies, &request->principal, &ev, ret, IAM_POLICY_RESOURCE, false, false };
    switch (request->principal.kind) {
    case IAM_PRINCIPAL_USER:
    case IAM_PRINCIPAL_ASSUMED_ROLE:
    case IAM_PRINCIPAL_FEDERATED_USER:
        run.has_identity = true;
        run.is_signed = true;
        break;
    case IAM_PRINCIPAL_ROOT:
        run.is_signed = true;
        break;
    case IAM_PRINCIPAL_ANONYMOUS:
    case IAM_PRINCIPAL_SERVICE:
    case IAM_PRINCIPAL_FEDERATED:
        break;
    }
    run.resource_kind = kind_of_resource_policy(policies);
    implicit_deny(&run, run.is_signed ? IAM_POLICY_IDENTITY : run.resource_kind);
    if (prepare(&run, request) && !something_denies(&run)) {
        decide_allow(&run);
    }
}
