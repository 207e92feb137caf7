/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/authorize.h"

#include <stdio.h>

#include "dispatch/denial.h"
#include "dispatch/evidence.h"
#include "dispatch/factor.h"
#include "dispatch/refusal.h"
#include "dispatch/reserved.h"
#include "iam/policy.h"
#include "wire/member.h"

/* LIMIT: bytes of the policy that a grant counts as. */
#define GRANT_MAX 256

/* ---- the question ---- */

enum iam_status api_decide(const struct api_question *q, struct iam_decision *ret_decision,
                           struct iam_request *ret_request)
{
    const struct api_subject *s = q->subject;
    IAM_ENSURE(!s->view->is_broken, IAM_CORRUPT);
    /*
     * Only an account (its root user) may lack identity policies; any other principal has a set,
     * which may be empty.
     */
    IAM_ASSERT(s->view->kind == IAM_KIND_ACCOUNT || s->view->identity != NULL);

    const struct iam_policy_set *layers[IAM_SESSION_LAYERS_MAX] = { 0 };
    memcpy(layers, s->layers, sizeof(layers));
    struct iam_policies policies = { .identity =
                                         q->identity != NULL ? q->identity : s->view->identity,
                                     .boundary = s->view->boundary,
                                     .session = layers,
                                     .session_count = s->layer_count,
                                     .resource = q->resource_policy,
                                     .resource_must_allow = q->resource_must_allow };
    struct iam_request request = { .principal = api_subject_describe(s),
                                   .action = q->action,
                                   .resource = q->resource,
                                   .resource_account = q->resource_account,
                                   .context = q->context,
                                   .context_count = q->context_count };
    q->work->is_out |= !iam_decide_within(&policies, &request, &q->work->left, ret_decision);
    *ret_request = request;
    return IAM_OK;
}

/* ---- our own API ---- */

/* Compiles the policy that a grant of the account counts as: it allows action on everything. */
static enum iam_status make_grant(const struct iam_alloc *alloc, struct iam_str action,
                                  struct iam_policy_set **ret)
{
    char text[GRANT_MAX];
    struct iam_set_entry entry = { .name = IAM_STR("account") };
    int len = snprintf(text, sizeof(text),
                       "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                       "\"Action\":\"%.*s\",\"Resource\":\"*\"}]}",
                       IAM_STR_ARG(action));
    IAM_ENSURE(len > 0 && (size_t)len < sizeof(text), IAM_RANGE);
    IAM_TRY(iam_policy_parse(alloc, IAM_POLICY_IDENTITY, iam_str_c(text), &entry.policy, NULL));
    enum iam_status st = iam_policy_set_new(alloc, &entry, 1, ret);
    iam_policy_unref(entry.policy);
    return st;
}

/*
 * Decides again, with what the account grants in the place of the identity policies: those denied
 * nothing, or nobody would ask. Without a grant *decision is untouched.
 */
static enum iam_status ask_account(struct iam_call *call, const struct api_permission *permission,
                                   struct api_question q, struct iam_decision *decision)
{
    bool is_granted = false;
    struct iam_policy_set *set = NULL;
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_decision second;
    struct iam_request request;
    IAM_TRY(permission->grant(call, &is_granted));
    if (!is_granted) {
        return IAM_OK;
    }
    IAM_TRY(make_grant(&alloc, permission->action, &set));
    q.identity = set;
    enum iam_status st = api_decide(&q, &second, &request);
    /* A denial has to outlive the set: it is the first one that is told. */
    if (st == IAM_OK && second.effect == IAM_ALLOW) {
        decision->effect = IAM_ALLOW;
    }
    iam_policy_set_unref(set);
    return st;
}

/* Tells whether the trust policy of the role must allow too. */
static bool has_trust(enum api_access access)
{
    return access == API_ACCESS_TRUST || access == API_ACCESS_EVIDENCE;
}

static enum iam_status ask(struct iam_call *call, const void *input,
                           const struct api_permission *permission, struct api_target *target)
{
    struct api_context context;
    struct iam_decision decision;
    struct iam_request request;

    IAM_TRY(api_context_of_call(call, input, permission, target, &context));
    struct api_question q = {
        .subject = &call->subject,
        .action = permission->action,
        .resource = target->arn,
        .resource_account = target->account,
        .context = context.entries,
        .context_count = context.count,
        .work = &call->work,
    };
    if (has_trust(call->op->rule->access)) {
        const struct iam_view *role = target->view;
        q.resource_policy = role != NULL && !role->is_broken ? role->trust : NULL;
        q.resource_must_allow = true;
    }
    IAM_TRY(api_decide(&q, &decision, &request));
    /* Our own questions never contradict themselves; if one did, it would be denied. */
    IAM_ASSERT(decision.refused.member == IAM_MEMBER_NONE);
    if (decision.effect == IAM_IMPLICIT_DENY && permission->grant != NULL && !call->work.is_out) {
        IAM_TRY(ask_account(call, permission, q, &decision));
    }
    bool is_allowed = decision.effect == IAM_ALLOW ||
                      (call->op->rule->access == API_ACCESS_UNDENIED &&
                       decision.effect == IAM_IMPLICIT_DENY && !call->work.is_out);
    return is_allowed ? IAM_OK : api_deny(call, input, permission, &decision, &request);
}

static bool has_fact(const struct iam_call *call, enum api_fact fact)
{
    const struct iam_session *session = call->caller->session;
    const struct api_evidence *evidence = call->evidence;
    switch (fact) {
    case API_FACT_NONE:
        break;
    case API_FACT_TRANSITIVE_TAGS:
        return session != NULL && session->transitive_count > 0;
    case API_FACT_SOURCE_IDENTITY:
        return session != NULL && iam_str_is_set(session->source_identity);
    case API_FACT_EVIDENCE_TAGS:
        return evidence != NULL && evidence->tag_count > 0;
    case API_FACT_EVIDENCE_SOURCE_IDENTITY:
        return evidence != NULL && iam_str_is_set(evidence->source_identity);
    }
    return false;
}

/* Tells whether the input has the member. An empty list counts as absent. */
static bool is_given(const struct api_member *member, const void *input)
{
    if (!api_member_is_given(member, input)) {
        return false;
    }
    return member->shape->kind != API_LIST || api_member_list(member, input)->count > 0;
}

static bool holds(const struct iam_call *call, const void *input, const struct api_condition *c)
{
    if (iam_str_is_set(c->key)) {
        return iam_str_eq(api_member_entry(c->member, input, c->key), c->value);
    }
    return is_given(c->member, input) || has_fact(call, c->fact);
}

static bool is_needed(const struct iam_call *call, const void *input,
                      const struct api_permission *permission)
{
    for (size_t i = 0; i < permission->when_count; i++) {
        if (holds(call, input, &permission->when[i])) {
            return true;
        }
    }
    return permission->when_count == 0;
}

static enum iam_status resolve(struct iam_call *call, const void *input,
                               const struct api_permission *permission, size_t round,
                               struct api_target *ret)
{
    struct api_reference ref = { .name = api_member_text(permission->name, input),
                                 .path = api_member_text(permission->path, input),
                                 .current = api_member_text(permission->current, input),
                                 .round = round };
    *ret = (struct api_target){ .arn = IAM_STR("*"), .account = api_account(call) };
    return permission->resolve != NULL ? permission->resolve(call, input, &ref, ret) : IAM_OK;
}

/* Asks a further permission, about each resource that its resolver finds. */
static enum iam_status ask_further(struct iam_call *call, const void *input,
                                   const struct api_permission *further)
{
    if (further->resolve == NULL) {
        return ask(call, input, further, &call->target);
    }
    for (size_t round = 0;; round++) {
        struct api_target other;
        IAM_TRY(resolve(call, input, further, round, &other));
        if (other.is_moot) {
            return IAM_OK;
        }
        IAM_TRY(ask(call, input, further, &other));
        if (!other.has_more) {
            return IAM_OK;
        }
    }
}

static enum iam_status ask_all(struct iam_call *call, const void *input)
{
    const struct api_rule *rule = call->op->rule;

    /* INVARIANT: a rule without permissions is not a valid row, and permits nothing. */
    IAM_ENSURE(call->subject.view != NULL && rule->permission_count > 0, IAM_DENIED);
    IAM_TRY(resolve(call, input, &rule->permissions[0], 0, &call->target));
    IAM_TRY(ask(call, input, &rule->permissions[0], &call->target));
    for (size_t i = 1; i < rule->permission_count; i++) {
        if (is_needed(call, input, &rule->permissions[i])) {
            IAM_TRY(ask_further(call, input, &rule->permissions[i]));
        }
    }
    return IAM_OK;
}

static enum iam_status permit(struct iam_call *call, const void *input)
{
    const struct api_rule *rule = call->op->rule;

    IAM_TRY(api_check_refusals(call, rule->refusals, rule->refusal_count));
    switch (rule->access) {
    case API_ACCESS_PUBLIC:
        return IAM_OK;
    case API_ACCESS_EVIDENCE:
        IAM_ENSURE(rule->verify != NULL, IAM_DENIED);
        IAM_TRY(rule->verify(call, input));
        return ask_all(call, input);
    case API_ACCESS_AUTHENTICATED:
        IAM_ENSURE(call->caller->kind != IAM_KIND_NONE, IAM_DENIED);
        return IAM_OK;
    case API_ACCESS_UNDENIED:
    case API_ACCESS_POLICY:
    case API_ACCESS_TRUST:
        IAM_TRY(api_check_factor(call, input));
        return ask_all(call, input);
    case API_ACCESS_NONE:
        break;
    }
    return IAM_DENIED;
}

enum iam_status api_authorize(struct iam_call *call, const void *input)
{
    IAM_TRY(permit(call, input));
    return api_check_reserved(call, input);
}
