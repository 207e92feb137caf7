/* SPDX-License-Identifier: Apache-2.0 */
#include "dispatch/refusal.h"

static uint32_t session_bits(const struct iam_session *session)
{
    uint32_t bits = API_CALLER_SESSION;

    if (session->kind == IAM_KIND_USER_SESSION) {
        bits |= API_CALLER_USER_SESSION;
        bits |= session->mfa_ms > 0 ? 0 : API_CALLER_USER_SESSION_WITHOUT_MFA;
    }
    if (session->kind == IAM_KIND_FEDERATED_USER) {
        bits |= API_CALLER_FEDERATED_USER;
    }
    if (iam_kind_get(session->kind)->view == IAM_KIND_ROLE) {
        bits |= API_CALLER_ROLE_SESSION;
    }
    return bits;
}

/* Returns what the caller's credentials are; nothing for a request without a signature. */
static uint32_t caller_bits(const struct iam_identity *caller)
{
    uint32_t bits = caller->kind == IAM_KIND_ACCOUNT ? API_CALLER_ROOT : 0;

    if (caller->session != NULL) {
        return bits | session_bits(caller->session);
    }
    return iam_str_is_set(caller->access_key_id) ? bits | API_CALLER_LONG_TERM : bits;
}

enum iam_status api_check_refusals(struct iam_call *call, const struct api_refusal *refusals,
                                   size_t count)
{
    uint32_t bits = count > 0 ? caller_bits(call->caller) : 0;

    for (size_t i = 0; i < count; i++) {
        if ((refusals[i].callers & bits) != 0) {
            return api_fail(call, refusals[i].error, "%.*s", IAM_STR_ARG(refusals[i].message));
        }
    }
    return IAM_OK;
}
