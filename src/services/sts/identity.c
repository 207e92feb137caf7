/* SPDX-License-Identifier: Apache-2.0 */
/* Who is calling. */
#include "api_sts.gen.h"
#include "dispatch/call.h"

/* AIDA…, AROA…:session, or the account ID of a root user. */
static enum iam_status user_id(struct iam_call *call, struct iam_str *ret)
{
    const struct iam_session *session = call->caller->session;
    if (session == NULL) {
        *ret = call->caller->principal_id;
        return IAM_OK;
    }
    return iam_arena_fmt(call->arena, ret, "%.*s:%.*s", IAM_STR_ARG(session->role_id),
                         IAM_STR_ARG(session->session_name));
}

enum iam_status api_sts_get_caller_identity(struct iam_call *call,
                                            const struct api_sts_get_caller_identity_in *in,
                                            struct api_sts_get_caller_identity_out *out)
{
    (void)in;
    IAM_TRY(user_id(call, &out->user_id));
    out->account = call->caller->account;
    out->arn = api_subject_arn(&call->subject);
    return IAM_OK;
}
