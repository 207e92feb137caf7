/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two kinds of access key. A long-term key is in the store, its secret sealed there; a
 * temporary key (ASIA) is in its token alone.
 * INVARIANT: whatever is wrong with a key or a token, a key of no value is derived instead, and the
 * verdict is held back until the signature was computed.
 */
#include "authn/session_int.h"

#include "base/ct.h"
#include "model/id.h"

/* Clocks of two nodes may differ by as much as a client's. */
#define ISSUE_SKEW_MS SIGV4_SKEW_MS

static enum iam_status set_invalid(const struct iam_authn *authn, const struct sigv4_call *call,
                                   struct session_caller *ret)
{
    struct session_caller caller = { .verdict = SESSION_INVALID };
    IAM_TRY(iam_keeper_dummy_signing_key(authn->keeper, &call->claim.scope, &caller.key));
    *ret = caller;
    return IAM_OK;
}

static void set_identity(const struct sigv4_call *call, enum iam_kind kind, struct iam_str account,
                         struct iam_str principal_id, const struct iam_session *session,
                         struct iam_identity *ret)
{
    *ret = (struct iam_identity){
        .kind = kind,
        .account = account,
        .principal_id = principal_id,
        .access_key_id = call->claim.access_key_id,
        .session = session,
        .signed_region = call->claim.scope.region,
        .signed_service = call->claim.scope.service,
    };
}

static enum iam_status find_long_term(const struct iam_authn *authn, const struct sigv4_call *call,
                                      struct session_caller *ret)
{
    const struct sigv4_claim *c = &call->claim;
    struct iam_key_record record = { 0 };
    enum iam_status st = authn->keys.find(authn->keys.ctx, c->access_key_id, call->arena, &record);
    if (st == IAM_NOT_FOUND) {
        return set_invalid(authn, call, ret);
    }
    IAM_TRY(st);
    if (record.kind != IAM_KIND_ACCOUNT && record.kind != IAM_KIND_USER) {
        return IAM_CORRUPT;
    }
    IAM_TRY(iam_keeper_signing_key(authn->keeper, c->access_key_id, record.sealed_secret, &c->scope,
                                   &ret->key));
    /* A permanent key with a token is refused: the token would belong to somebody else. */
    bool ok = record.is_active && !iam_str_is_set(c->token);
    ret->verdict = ok ? SESSION_VALID : SESSION_INVALID;
    set_identity(call, record.kind, record.account, record.principal_id, NULL, &ret->identity);
    return IAM_OK;
}

/* Judges the session's own state; what it stems from is looked up last. */
static enum iam_status judge_session(const struct iam_authn *authn, const struct sigv4_call *call,
                                     const struct iam_session *session, enum session_verdict *ret)
{
    if (session->issued_ms > call->request->now_ms + ISSUE_SKEW_MS) {
        *ret = SESSION_INVALID;
        return IAM_OK;
    }
    if (session->expires_ms <= call->request->now_ms) {
        *ret = SESSION_EXPIRED;
        return IAM_OK;
    }
    enum iam_status st = authn->origins.find(authn->origins.ctx, session, call->arena);
    if (st != IAM_OK && st != IAM_NOT_FOUND) {
        return st;
    }
    *ret = st == IAM_OK ? SESSION_VALID : SESSION_INVALID;
    return IAM_OK;
}

static enum iam_status find_temporary(const struct iam_authn *authn, const struct sigv4_call *call,
                                      struct session_caller *ret)
{
    const struct sigv4_claim *c = &call->claim;
    const struct iam_session *session = NULL;
    enum iam_status st = iam_str_is_set(c->token)
                             ? iam_keeper_open_session(authn->keeper, c->access_key_id, c->token,
                                                       &c->scope, call->arena, &session, &ret->key)
                             : IAM_CORRUPT;
    if (st == IAM_CORRUPT) {
        return set_invalid(authn, call, ret);
    }
    IAM_TRY(st);
    IAM_TRY(judge_session(authn, call, session, &ret->verdict));
    set_identity(call, iam_kind_acting(session->kind, iam_kind_of_id(session->issuer_id)),
                 session->account, session->issuer_id, session, &ret->identity);
    return IAM_OK;
}

enum iam_status session_find(const struct iam_authn *authn, const struct sigv4_call *call,
                             struct session_caller *ret)
{
    struct session_caller caller = { .verdict = SESSION_INVALID };
    enum iam_status st = iam_id_is_temporary(call->claim.access_key_id)
                             ? find_temporary(authn, call, &caller)
                             : find_long_term(authn, call, &caller);
    if (st == IAM_OK) {
        *ret = caller;
    }
    iam_wipe(&caller.key, sizeof(caller.key));
    return st;
}
