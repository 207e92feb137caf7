/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each kind of policy says by itself, with the functions that deciding uses.
 *
 * INVARIANT: a statement is said to deny or to allow exactly when deciding counts it, for a request
 * that deciding takes.
 */
#include "iam/simulate.h"

#include "decide/eval.h"

/* Asks one set. Where something denies, nobody needs to know what else allows. */
static void ask(struct iam_eval *ev, const struct iam_policy_set *set, enum iam_policy_kind layer,
                struct iam_said *ret)
{
    struct iam_found found = { ret->matched, 0, IAM_GRANT_NONE };
    iam_set_search(ev, set, layer, true, &found);
    ret->effect = found.count > 0 ? IAM_EXPLICIT_DENY : IAM_IMPLICIT_DENY;
    if (found.count == 0) {
        iam_set_search(ev, set, layer, false, &found);
        ret->effect = found.count > 0 ? IAM_ALLOW : IAM_IMPLICIT_DENY;
    }
    ret->matched_count = found.count;
}

static bool applies(struct iam_eval *ev, const struct iam_policy_set *set, bool deny)
{
    struct iam_found found = { NULL, 0, IAM_GRANT_NONE };
    iam_set_search(ev, set, IAM_POLICY_SCP, deny, &found);
    return found.count > 0;
}

/* Asks the levels of an organization; without any, nothing is said. */
static enum iam_effect ask_levels(struct iam_eval *ev, const struct iam_policies *p)
{
    bool allowed = p->scp_count > 0;
    for (size_t i = 0; i < p->scp_count; i++) {
        if (applies(ev, p->scp[i], true)) {
            return IAM_EXPLICIT_DENY;
        }
    }
    for (size_t i = 0; i < p->scp_count && allowed; i++) {
        allowed = applies(ev, p->scp[i], false);
    }
    return allowed ? IAM_ALLOW : IAM_IMPLICIT_DENY;
}

static void clear(struct iam_said *s)
{
    s->effect = IAM_IMPLICIT_DENY;
    s->matched_count = 0;
}

bool iam_simulate_within(const struct iam_policies *policies, const struct iam_request *request,
                         uint64_t *steps, struct iam_simulated *ret)
{
    struct iam_eval ev;
    clear(&ret->identity);
    clear(&ret->boundary);
    clear(&ret->resource);
    ret->scp = IAM_IMPLICIT_DENY;
    if (!iam_eval_init_imagined(&ev, policies, request, &ret->refused)) {
        return true;
    }
    ev.budget = *steps < ev.budget ? *steps : ev.budget;
    uint64_t before = ev.budget;
    ret->scp = ask_levels(&ev, policies);
    ask(&ev, policies->resource, ev.resource_kind, &ret->resource);
    ask(&ev, policies->identity, IAM_POLICY_IDENTITY, &ret->identity);
    ask(&ev, policies->boundary, IAM_POLICY_BOUNDARY, &ret->boundary);
    *steps -= before - ev.budget;
    return !ev.exhausted;
}
