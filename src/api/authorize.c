/* SPDX-License-Identifier: Apache-2.0 */
#include "api/authorize.h"

#include "api/member.h"
#include "api/reserved.h"

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

/*
 * AWS's words of a denial, as far as they tell nothing about what the caller may not see: whether a
 * role exists, or whose an access key is.
 */
static enum iam_status deny(struct iam_call *call, const void *input,
                            const struct iam_decision *decision, struct iam_request *request)
{
    struct iam_str message;
    if (call->op->access == API_ACCESS_TRUST && decision->effect == IAM_IMPLICIT_DENY) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "User: %.*s is not authorized to perform: %.*s on resource: %.*s",
                        IAM_STR_ARG(api_subject_arn(&call->subject)), IAM_STR_ARG(request->action),
                        IAM_STR_ARG(request->resource));
    }
    if (call->op->resource == API_RESOURCE_ACCESS_KEY_OWNER) {
        struct iam_str id = api_member_string(call->op->input, input, IAM_STR("AccessKeyId"));
        IAM_TRY(iam_arena_fmt(call->arena, &request->resource, "access key %.*s", IAM_STR_ARG(id)));
    }
    IAM_TRY(api_denial_message(call->arena, decision, request, &message));
    return api_fail(call, API_ERR_ACCESS_DENIED, "%.*s", IAM_STR_ARG(message));
}

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
    return deny(call, input, &decision, &request);
}

enum iam_status api_authorize_also(struct iam_call *call, const void *input, struct iam_str action)
{
    return ask(call, input, action);
}

enum iam_status api_authorize_tags(struct iam_call *call, const void *input, struct iam_str action)
{
    struct api_tags tags;
    bool has_tags =
        api_member_tags(call->op->input, input, IAM_STR("Tags"), &tags) && tags.count > 0;
    return has_tags ? ask(call, input, action) : IAM_OK;
}

enum iam_status api_authorize_rename(struct iam_call *call, const void *input,
                                     struct iam_str new_arn)
{
    struct iam_str old_arn = call->target.arn;
    call->target.arn = new_arn;
    enum iam_status st = ask(call, input, call->op->action);
    call->target.arn = old_arn;
    return st;
}

enum iam_status api_authorize(struct iam_call *call, const void *input)
{
    IAM_TRY(api_check_reserved(call, input));
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
