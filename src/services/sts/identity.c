/* SPDX-License-Identifier: Apache-2.0 */
/* sts:GetCallerIdentity: who is calling. */
#include "api_sts.gen.h"
#include "dispatch/call.h"

enum iam_status api_sts_get_caller_identity(struct iam_call *call,
                                            const struct api_sts_get_caller_identity_in *in,
                                            struct api_sts_get_caller_identity_out *out)
{
    (void)in;
    out->user_id = call->subject.user_id;
    out->account = call->caller->account;
    out->arn = api_subject_arn(&call->subject);
    return IAM_OK;
}
