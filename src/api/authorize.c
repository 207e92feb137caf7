/* SPDX-License-Identifier: Apache-2.0 */
#include "api/authorize.h"

#include "api/member.h"

#define MAX_DENIAL_BYTES 4096

/* ---- the question ---- */

static struct iam_principal describe(const struct api_subject *s)
{
    struct iam_principal p = { .account = s->view->account,
                               .arn = s->view->arn,
                               .session_arn = s->session_arn,
                               .id = s->view->id };
    switch (s->view->kind) {
    case IAM_VIEW_ROOT:
        p.kind = IAM_PRINCIPAL_ROOT;
        break;
    case IAM_VIEW_USER:
        p.kind = IAM_PRINCIPAL_USER;
        break;
    case IAM_VIEW_ROLE:
        p.kind = IAM_PRINCIPAL_ASSUMED_ROLE;
        break;
    }
    return p;
}

enum iam_status api_decide(const struct api_question *q, struct iam_decision *ret_decision,
                           struct iam_request *ret_request)
{
    const struct api_subject *s = q->subject;
    IAM_ENSURE(!s->view->is_broken, IAM_CORRUPT);

    const struct iam_policy_set *layers[] = { s->session_set };
    struct iam_policies policies = { .identity = s->view->identity,
                                     .boundary = s->view->boundary,
                                     .session = layers,
                                     .session_count = s->session_set != NULL ? 1 : 0,
                                     .resource = q->resource_policy,
                                     .resource_must_allow = q->resource_must_allow };
    struct iam_request request = { .principal = describe(s),
                                   .action = q->action,
                                   .resource = q->resource,
                                   .resource_account = q->resource_account,
                                   .context = q->context,
                                   .context_count = q->context_count };
    iam_decide(&policies, &request, ret_decision);
    *ret_request = request;
    return IAM_OK;
}

enum iam_status api_denial_message(struct iam_arena *arena, const struct iam_decision *decision,
                                   const struct iam_request *request, struct iam_str *ret)
{
    char *text = iam_arena_alloc(arena, MAX_DENIAL_BYTES);
    IAM_ENSURE(text != NULL, IAM_NOMEM);
    *ret =
        (struct iam_str){ text, iam_decision_message(decision, request, text, MAX_DENIAL_BYTES) };
    return IAM_OK;
}

/* ---- our own API ---- */

static enum iam_status ask(struct iam_call *call, const void *input, struct iam_str action)
{
    struct api_context context;
    struct iam_decision decision;
    struct iam_request request;

    IAM_TRY(api_context_of_call(call, input, &context));
    struct api_question q = {
        .subject = &call->subject,
        .action = action,
        .resource = call->target.arn,
        .resource_account = call->target.account,
        .context = context.entries,
        .context_count = context.count,
    };
    if (call->op->access == API_ACCESS_TRUST) {
        const struct iam_view *role = call->target.view;
        q.resource_policy = role != NULL && !role->is_broken ? role->trust : NULL;
        q.resource_must_allow = true;
    }
    IAM_TRY(api_decide(&q, &decision, &request));
    if (decision.effect == IAM_ALLOW) {
        return IAM_OK;
    }
    struct iam_str message;
    IAM_TRY(api_denial_message(call->arena, &decision, &request, &message));
    return api_fail(call, API_ERR_ACCESS_DENIED, "%.*s", IAM_STR_ARG(message));
}

enum iam_status api_authorize_also(struct iam_call *call, const void *input, struct iam_str action)
{
    return ask(call, input, action);
}

/* ---- tags of the request ---- */

static enum iam_status refuse_tag(struct iam_call *call, const char *message)
{
    bool is_iam = iam_str_eq(call->op->service->signing_name, IAM_STR("iam"));
    return api_fail(call, is_iam ? API_ERR_INVALID_INPUT : API_ERR_INVALID_PARAMETER_VALUE, "%s",
                    message);
}

/*
 * The rules that every list of tags keeps, before the tags become condition keys: two that differ
 * in case only would be one key with two values, and what AWS reserves is not a client's (S32).
 * SPEC: IAM User Guide, "Tags for AWS Identity and Access Management resources".
 */
static enum iam_status check_request_tags(struct iam_call *call, const void *input)
{
    struct api_tags tags;
    if ((call->op->context_keys & API_KEY_REQUEST_TAGS) == 0 ||
        !api_member_tags(call->op->input, input, IAM_STR("Tags"), &tags)) {
        return IAM_OK;
    }
    for (size_t i = 0; i < tags.count; i++) {
        struct iam_str key = api_tags_get(&tags, i).key;
        if (iam_str_starts_nocase(key, IAM_STR("aws:"))) {
            return refuse_tag(call, "Tag keys that begin with aws: are reserved for system use.");
        }
        for (size_t j = 0; j < i; j++) {
            if (iam_str_eq_nocase(api_tags_get(&tags, j).key, key)) {
                return refuse_tag(call, "Duplicate tag keys found. Please note that Tag keys are "
                                        "case insensitive.");
            }
        }
    }
    return IAM_OK;
}

enum iam_status api_authorize(struct iam_call *call, const void *input)
{
    IAM_TRY(check_request_tags(call, input));
    switch (call->op->access) {
    case API_ACCESS_PUBLIC:
    case API_ACCESS_EVIDENCE:
        return IAM_OK;
    case API_ACCESS_AUTHENTICATED:
        IAM_ENSURE(call->caller->kind != IAM_CALLER_NONE, IAM_DENIED);
        return IAM_OK;
    case API_ACCESS_POLICY:
    case API_ACCESS_TRUST:
        IAM_ENSURE(call->subject.view != NULL && call->op->action.len > 0, IAM_DENIED);
        return ask(call, input, call->op->action);
    case API_ACCESS_NONE:
        break;
    }
    return IAM_DENIED;
}
