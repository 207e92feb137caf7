/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:GetDelegatedAccessToken. The session acts as who accepted the delegation request, within the
 * policy of the request, until the time that was asked for has passed since the token was sent. It
 * ends with what its approver came with: the access key, and, of a session, that session.
 * SPEC: STS API Reference, "GetDelegatedAccessToken"; IAM API Reference, "AcceptDelegationRequest",
 * "SendDelegationToken".
 */
#include "codec/base64.h"
#include "keeper/sealed_text.h"
#include "services/sts/issue.h"
#include "store/delegation_request.h"

/* LIMIT: characters of a token; ours are shorter. */
#define TOKEN_MAX 1024

static enum iam_status fail_expired(struct iam_call *call)
{
    return api_fail(call, API_ERR_EXPIRED_TRADE_IN_TOKEN_EXCEPTION,
                    "The trade-in token has expired and can no longer be exchanged.");
}

/* Opens a token, which is good for the account that has asked: *ret_id is the request. */
static enum iam_status open_token(struct iam_call *call, struct iam_str token,
                                  struct iam_str *ret_id)
{
    struct iam_str sealed;
    int64_t expires_ms = 0;
    enum iam_status st =
        token.len <= TOKEN_MAX ? iam_base64url_decode(call->arena, token, &sealed) : IAM_SYNTAX;
    if (st == IAM_OK) {
        st = iam_keeper_open_text(call->env->keeper, IAM_SEALED_TRADE_IN, api_account(call), sealed,
                                  call->arena, &expires_ms, ret_id);
    }
    if (st == IAM_SYNTAX || st == IAM_CORRUPT) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "The trade-in token is not valid.");
    }
    IAM_TRY(st);
    return expires_ms > call->high_ms ? IAM_OK : fail_expired(call);
}

/* Reads the request of a token. That of another state is of another store, or was forgotten. */
static enum iam_status read_request(struct iam_call *call, struct iam_str id,
                                    struct iam_delegation_request *ret)
{
    enum iam_status st = iam_store_delegation_request_get(call->txn, call->arena, id, ret);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    bool is_good = st == IAM_OK && ret->state == IAM_DELEGATION_FINALIZED &&
                   iam_delegation_session_end(ret) > call->high_ms;
    return is_good ? IAM_OK : fail_expired(call);
}

/* ---- the session ---- */

/* Begins a session as the user, or root user, who accepted with a long-term key. */
static struct iam_session of_key(const struct iam_delegation_request *request)
{
    return (struct iam_session){ .kind = IAM_KIND_DELEGATED_SESSION,
                                 .account = request->owner_account,
                                 .issuer_id = request->approver_principal,
                                 .parent_key_id = request->approver_key_id };
}

/*
 * Begins a session as that with which the request was accepted: with its policies, its tags, and
 * what it stems from. That of a user acts as the user, but in the way of a delegated one.
 */
static enum iam_status of_session(struct iam_call *call,
                                  const struct iam_delegation_request *request,
                                  struct iam_session *ret)
{
    const struct iam_session *approver;
    enum iam_status st =
        iam_keeper_open_session(call->env->keeper, request->approver_key_id,
                                request->approver_session, NULL, call->arena, &approver, NULL);
    /* Keys that are gone are older than any session that is alive. */
    if (st == IAM_CORRUPT || (st == IAM_OK && approver->expires_ms <= call->high_ms)) {
        return fail_expired(call);
    }
    IAM_TRY(st);
    *ret = *approver;
    if (ret->kind == IAM_KIND_USER_SESSION) {
        ret->kind = IAM_KIND_DELEGATED_SESSION;
        ret->mfa_ms = 0;
    }
    return IAM_OK;
}

static enum iam_status make_session(struct iam_call *call,
                                    const struct iam_delegation_request *request,
                                    struct iam_session *ret)
{
    int64_t end_ms = iam_delegation_session_end(request);
    if (iam_str_is_set(request->approver_session)) {
        IAM_TRY(of_session(call, request, ret));
    } else {
        *ret = of_key(request);
        ret->expires_ms = end_ms;
    }
    ret->issued_ms = call->high_ms;
    ret->expires_ms = ret->expires_ms < end_ms ? ret->expires_ms : end_ms;
    return IAM_OK;
}

/*
 * Narrows the session to the policy of the request. One that came with policies has a narrower one
 * then, as with GetScopedCredentials.
 */
static enum iam_status narrow(struct iam_call *call, const struct sts_wishes *wishes,
                              struct iam_session *session)
{
    size_t before = session->layer_count;
    IAM_TRY(sts_check_policies(call, wishes));
    IAM_TRY(sts_set_policies(call, wishes, session));
    if (before <= session->scope_count) {
        return IAM_OK;
    }
    if (session->scope_count >= IAM_SESSION_SCOPES_MAX) {
        return api_fail(call, API_ERR_PACKED_POLICY_TOO_LARGE,
                        "The session that accepted the delegation request already has %d "
                        "scope-down policies.",
                        IAM_SESSION_SCOPES_MAX);
    }
    session->scope_count++;
    return IAM_OK;
}

/* Checks that who accepted is still there: nobody else is meant. */
static enum iam_status check_approver(struct iam_call *call, struct iam_str id)
{
    const struct iam_view *view;
    enum iam_status st = iam_directory_by_id(call->env->directory, call->txn, id, &view);
    if (st == IAM_NOT_FOUND) {
        return fail_expired(call);
    }
    if (st != IAM_OK) {
        return api_fail_look_up(call, st);
    }
    iam_view_unref(view);
    return IAM_OK;
}

enum iam_status
api_sts_get_delegated_access_token(struct iam_call *call,
                                   const struct api_sts_get_delegated_access_token_in *in,
                                   struct api_sts_get_delegated_access_token_out *out)
{
    struct iam_delegation_request request;
    struct iam_session session;
    struct sts_issued issued;
    struct iam_str id;
    IAM_TRY(open_token(call, in->trade_in_token, &id));
    IAM_TRY(read_request(call, id, &request));
    IAM_TRY(make_session(call, &request, &session));
    IAM_TRY(check_approver(call, session.issuer_id));
    const struct sts_wishes wishes = { .policy = request.policy };
    IAM_TRY(narrow(call, &wishes, &session));
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    out->credentials = issued.credentials;
    out->assumed_principal = request.approver_arn;
    return IAM_OK;
}
