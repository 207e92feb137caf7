/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:GetScopedCredentials: the calling session once more, with a layer of policies that narrows it
 * or an earlier end, and nothing else changed. SPEC: STS API Reference.
 */
#include "services/sts/issue.h"

/* Sets when the session ends: not after the calling one. */
static enum iam_status set_end(struct iam_call *call, const struct api_opt_int *asked,
                               struct iam_session *session)
{
    int64_t end_ms = call->high_ms + asked->value * 1000;

    session->issued_ms = call->high_ms;
    if (!asked->is_set) {
        return IAM_OK;
    }
    if (end_ms > session->expires_ms) {
        return api_fail(call, API_ERR_INSUFFICIENT_SESSION_LIFETIME,
                        "The requested DurationSeconds exceeds the remaining lifetime of the "
                        "calling session.");
    }
    session->expires_ms = end_ms;
    return IAM_OK;
}

static enum iam_status narrow(struct iam_call *call, const struct sts_wishes *wishes,
                              struct iam_session *session)
{
    if (!iam_str_is_set(wishes->policy)) {
        return IAM_OK;
    }
    if (session->scope_count >= IAM_SESSION_SCOPES_MAX) {
        return api_fail(call, API_ERR_ACCESS_DENIED,
                        "The calling session already has %d scope-down policies.",
                        IAM_SESSION_SCOPES_MAX);
    }
    IAM_TRY(sts_check_policies(call, wishes));
    IAM_TRY(sts_set_policies(call, wishes, session));
    session->scope_count++;
    return IAM_OK;
}

static enum iam_status name_session(struct iam_call *call, struct api_sts_scoped_session **ret)
{
    struct api_sts_scoped_session *info = iam_arena_zalloc(call->arena, 1, sizeof(*info));
    IAM_ENSURE(info != NULL, IAM_NOMEM);
    info->scoped_session_id = call->subject.user_id;
    info->arn = api_subject_arn(&call->subject);
    *ret = info;
    return IAM_OK;
}

enum iam_status api_sts_get_scoped_credentials(struct iam_call *call,
                                               const struct api_sts_get_scoped_credentials_in *in,
                                               struct api_sts_get_scoped_credentials_out *out)
{
    const struct sts_wishes wishes = { .policy = in->policy,
                                       .min_token_size = in->minimum_session_token_size.value };
    struct sts_issued issued;

    IAM_ENSURE(call->caller->session != NULL, IAM_DENIED);
    struct iam_session session = *call->caller->session;
    if (!iam_str_is_set(in->policy) && !in->duration_seconds.is_set) {
        return api_fail(call, API_ERR_VALIDATION_ERROR,
                        "At least one of Policy and DurationSeconds must be provided.");
    }
    IAM_TRY(set_end(call, &in->duration_seconds, &session));
    IAM_TRY(narrow(call, &wishes, &session));
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    out->credentials = issued.credentials;
    out->session_token_utilization = issued.token_utilization;
    out->session_token_size = issued.token_size;
    out->scoped_policies_count = api_int((int64_t)session.scope_count);
    out->source_identity = session.source_identity;
    return name_session(call, &out->session_info);
}
