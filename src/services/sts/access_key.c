/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:GetAccessKeyInfo. On AWS the ID itself says whose a key is; ours are random, so that a key is
 * one that exists, whatever its state, or the one that has signed: sessions are not kept.
 * SPEC: STS API Reference, "GetAccessKeyInfo".
 */
#include "api_sts.gen.h"
#include "dispatch/call.h"

enum iam_status api_sts_get_access_key_info(struct iam_call *call,
                                            const struct api_sts_get_access_key_info_in *in,
                                            struct api_sts_get_access_key_info_out *out)
{
    struct iam_directory_key key;
    if (iam_str_eq(in->access_key_id, call->caller->access_key_id)) {
        out->account = api_account(call);
        return IAM_OK;
    }
    enum iam_status st =
        iam_directory_key(call->env->directory, call->txn, in->access_key_id, call->arena, &key);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "The access key %.*s does not exist",
                        API_QUOTED(in->access_key_id));
    }
    if (st != IAM_OK) {
        return api_fail_look_up(call, st);
    }
    out->account = key.account;
    return IAM_OK;
}
