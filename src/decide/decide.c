/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which policies are asked. Every explicit deny is looked for first, in every policy
 * that binds the caller; then the policies that must allow are asked, outermost first.
 * SPEC: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny
 * access"; "Cross-account policy evaluation logic".
 */
#include "decide/eval.h"

struct run {
    const struct iam_policies *policies;
    const struct iam_principal *principal;
    struct iam_eval *ev;
    struct iam_decision *ret;
};

/* ---- answers --------------------------------------------------------------------------------- */

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

/* ---- explicit deny --------------------------------------------------------------------------- */

/* Finds the statements of a set that has some that deny. Answers when one applies. */
static bool find_denials(struct run *run, const struct iam_policy_set *set,
                         enum iam_policy_kind layer)
{
    struct iam_found found = { run->ret->matched, 0, IAM_GRANT_NONE };
    iam_set_walk(run->ev, set, layer, true, &found);
    if (found.count == 0) {
        return false;
    }
    answer(run, IAM_EXPLICIT_DENY, layer, found.count);
    return true;
}

static inline bool set_denies(struct run *run, const struct iam_policy_set *set,
                              enum iam_policy_kind layer)
{
    return iam_set_has(set, true) && find_denials(run, set, layer);
}

static inline bool layers_deny(struct run *run, const struct iam_policy_set *const *layers,
                               size_t count, enum iam_policy_kind layer)
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
    if (run->ev->is_signed && layers_deny(run, p->scp, p->scp_count, IAM_POLICY_SCP)) {
        return true;
    }
    if (set_denies(run, p->resource, run->ev->resource_kind)) {
        return true;
    }
    if (run->ev->has_identity && (set_denies(run, p->identity, IAM_POLICY_IDENTITY) ||
                                  set_denies(run, p->boundary, IAM_POLICY_BOUNDARY))) {
        return true;
    }
    return run->ev->is_signed && layers_deny(run, p->session, p->session_count, IAM_POLICY_SESSION);
}

/* ---- allow ----------------------------------------------------------------------------------- */

static bool set_allows(struct run *run, const struct iam_policy_set *set,
                       enum iam_policy_kind layer)
{
    struct iam_found found = { NULL, 0, IAM_GRANT_NONE };
    iam_set_search(run->ev, set, layer, false, &found);
    return found.count > 0;
}

/* Tells whether every layer allows. A layer without a set allows nothing. */
static inline bool layers_allow(struct run *run, const struct iam_policy_set *const *layers,
                                size_t count, enum iam_policy_kind layer)
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

/*
 * Tells whether the session allows. A federated user's session without session policies has no
 * permissions of its own.
 */
static bool session_allows(struct run *run)
{
    if (run->policies->session_count == 0) {
        return run->principal->kind != IAM_PRINCIPAL_FEDERATED_USER;
    }
    return layers_allow(run, run->policies->session, run->policies->session_count,
                        IAM_POLICY_SESSION);
}

/* Asks the boundary and the session policies, which limit. Answers when they do not allow. */
static bool limits_allow(struct run *run)
{
    if (run->ev->has_identity && !boundary_allows(run)) {
        implicit_deny(run, IAM_POLICY_BOUNDARY);
        return false;
    }
    if (!session_allows(run)) {
        implicit_deny(run, IAM_POLICY_SESSION);
        return false;
    }
    return true;
}

/* Asks the caller's own side: identity policies within their limits. Answers. */
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

/*
 * Tells whether who is named by its own ARN is allowed. A boundary does not limit users that are
 * named; policies of a session do, as those who narrowed it meant.
 */
static bool entity_may(struct run *run)
{
    if (run->principal->kind != IAM_PRINCIPAL_USER && run->principal->kind != IAM_PRINCIPAL_ROOT) {
        return limits_allow(run);
    }
    if (!session_allows(run)) {
        implicit_deny(run, IAM_POLICY_SESSION);
        return false;
    }
    return true;
}

/*
 * Decides when the caller belongs to the resource's account. The statements of granted are already
 * recorded.
 */
static void decide_same_account(struct run *run, const struct iam_found *granted)
{
    if (run->policies->resource_must_allow && granted->grant == IAM_GRANT_NONE) {
        implicit_deny(run, run->ev->resource_kind);
        return;
    }
    switch (granted->grant) {
    case IAM_GRANT_SESSION:
        answer(run, IAM_ALLOW, run->ev->resource_kind, granted->count);
        return;
    case IAM_GRANT_ENTITY:
        if (entity_may(run)) {
            answer(run, IAM_ALLOW, run->ev->resource_kind, granted->count);
        }
        return;
    case IAM_GRANT_ACCOUNT:
    case IAM_GRANT_NONE:
        break;
    }
    decide_by_identity(run);
}

/*
 * Decides across accounts: both must allow; what the resource policy names never lifts the caller's
 * own limits.
 */
static void decide_cross_account(struct run *run, const struct iam_found *granted)
{
    bool is_granted = granted->grant != IAM_GRANT_NONE;
    decide_by_identity(run);
    if (run->ret->effect == IAM_ALLOW && !is_granted) {
        implicit_deny(run, run->ev->resource_kind);
    }
}

static bool is_same_account(const struct run *run)
{
    struct iam_str owner = run->ev->owner;
    return !iam_str_is_set(owner) || iam_str_eq(owner, run->principal->account);
}

static void decide_allow(struct run *run)
{
    const struct iam_policies *p = run->policies;
    if (!layers_allow(run, p->rcp, p->rcp_count, IAM_POLICY_RCP)) {
        implicit_deny(run, IAM_POLICY_RCP);
        return;
    }
    if (run->ev->is_signed && !layers_allow(run, p->scp, p->scp_count, IAM_POLICY_SCP)) {
        implicit_deny(run, IAM_POLICY_SCP);
        return;
    }
    struct iam_found granted = { run->ret->matched, 0, IAM_GRANT_NONE };
    iam_set_search(run->ev, p->resource, run->ev->resource_kind, false, &granted);
    if (!run->ev->is_signed) {
        /* The caller has no policies of its own: what the resource policy says is all there is. */
        bool allow = granted.grant != IAM_GRANT_NONE;
        answer(run, allow ? IAM_ALLOW : IAM_IMPLICIT_DENY, run->ev->resource_kind, granted.count);
        return;
    }
    if (is_same_account(run)) {
        decide_same_account(run, &granted);
    } else {
        decide_cross_account(run, &granted);
    }
}

/*
 * Decides with at most max steps. Returns how many it took in *ret_used, and whether they sufficed.
 */
static bool decide(const struct iam_policies *policies, const struct iam_request *request,
                   uint64_t max, uint64_t *ret_used, struct iam_decision *ret)
{
    struct iam_eval ev;
    struct run run = { policies, &request->principal, &ev, ret };
    bool ready = iam_eval_init(&ev, policies, request, &ret->refused);
    ev.budget = max < ev.budget ? max : ev.budget;
    uint64_t before = ev.budget;
    implicit_deny(&run, ev.is_signed ? IAM_POLICY_IDENTITY : ev.resource_kind);
    if (ready && !something_denies(&run)) {
        decide_allow(&run);
    }
    if (ev.exhausted && ret->effect == IAM_ALLOW) {
        implicit_deny(&run, ret->reason);
    }
    IAM_ASSERT(ret->effect != IAM_ALLOW || (ready && !ev.exhausted));
    *ret_used = before - ev.budget;
    return !ev.exhausted;
}

void iam_decide(const struct iam_policies *policies, const struct iam_request *request,
                struct iam_decision *ret)
{
    uint64_t used;
    (void)decide(policies, request, UINT64_MAX, &used, ret);
}

bool iam_decide_within(const struct iam_policies *policies, const struct iam_request *request,
                       uint64_t *steps, struct iam_decision *ret)
{
    uint64_t used;
    bool sufficed = decide(policies, request, *steps, &used, ret);
    *steps -= used;
    return sufficed;
}
