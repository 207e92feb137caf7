/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:DecodeAuthorizationMessage. The messages are made where services ask for decisions
 * (services/iamd/denial.c), sealed for the account: another one's is as one that nobody has made.
 * SPEC: STS API Reference, "DecodeAuthorizationMessage".
 */
#include "api_sts.gen.h"
#include "codec/base64.h"
#include "dispatch/call.h"
#include "keeper/sealed_text.h"

static enum iam_status refuse(struct iam_call *call, const char *why)
{
    return api_fail(call, API_ERR_INVALID_AUTHORIZATION_MESSAGE_EXCEPTION, "%s", why);
}

enum iam_status
api_sts_decode_authorization_message(struct iam_call *call,
                                     const struct api_sts_decode_authorization_message_in *in,
                                     struct api_sts_decode_authorization_message_out *out)
{
    struct iam_str sealed;
    int64_t expires_ms = 0;
    enum iam_status st = iam_base64url_decode(call->arena, in->encoded_message, &sealed);
    if (st == IAM_OK) {
        st = iam_keeper_open_text(call->env->keeper, IAM_SEALED_MESSAGE, api_account(call), sealed,
                                  call->arena, &expires_ms, &out->decoded_message);
    }
    if (st == IAM_SYNTAX || st == IAM_CORRUPT) {
        return refuse(call, "Message is not valid");
    }
    IAM_TRY(st);
    return expires_ms > call->high_ms ? IAM_OK : refuse(call, "Message has expired");
}
