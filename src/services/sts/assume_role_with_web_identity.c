/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:AssumeRoleWithWebIdentity. Nobody has signed the request: the token proves who sends it, and
 * is verified before the role is looked at. SPEC: STS API Reference, "AssumeRoleWithWebIdentity".
 */
#include "jose/jwt.h"
#include "model/arn.h"
#include "services/sts/issue.h"
#include "services/sts/web_identity.h"

/* SPEC: recorded on AWS: PackedPolicySize is 24 without policies and tags, and 9 for AssumeRole. */
#define PACKED_PERCENT_MORE 15

_Static_assert(offsetof(struct sts_web_identity, evidence) == 0, "the call has its address");

/* ---- the keys ---- */

static enum iam_status fail_keys(struct iam_call *call, enum api_outside_trouble trouble)
{
    switch (trouble) {
    case API_OUTSIDE_UNREACHABLE:
        return api_fail(call, API_ERR_IDP_COMMUNICATION_ERROR,
                        "Error communicating with the identity provider");
    case API_OUTSIDE_THUMBPRINT:
        return api_fail(
            call, API_ERR_INVALID_IDENTITY_TOKEN,
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint");
    default:
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                        "Couldn't retrieve verification key from your identity provider,  please "
                        "reference AssumeRoleWithWebIdentity documentation for requirements");
    }
}

/* Says that the call waits for the keys of the issuer. */
static enum iam_status wait_for_keys(struct iam_call *call, const struct api_issuer *issuer,
                                     struct iam_str kid)
{
    struct api_issuer *kept = iam_arena_alloc(call->arena, sizeof(*kept));
    IAM_ENSURE(kept != NULL, IAM_NOMEM);
    *kept = *issuer;
    call->wait.issuer = kept;
    call->wait.kid = kid;
    call->wait.is_wanted = true;
    return IAM_FAULT;
}

static enum iam_status verify_signature(struct iam_call *call, const struct api_issuer *issuer,
                                        const struct iam_jwt *jwt)
{
    const struct api_outside *outside = call->env->outside;
    enum api_outside_trouble trouble = API_OUTSIDE_NONE;
    struct iam_jwks *jwks;
    IAM_ENSURE(outside != NULL, IAM_DENIED);
    enum iam_status st = outside->keys(outside->ctx, issuer, jwt->kid, &jwks, &trouble);
    if (st == IAM_NOT_FOUND && !call->wait.is_over) {
        return wait_for_keys(call, issuer, jwt->kid);
    }
    if (st != IAM_OK) {
        return fail_keys(call, trouble);
    }
    st = iam_jwt_verify(jwt, jwks);
    iam_jwks_unref(jwks);
    if (st == IAM_NOT_FOUND) {
        return fail_keys(call, API_OUTSIDE_NONE);
    }
    return st == IAM_DENIED ? sts_fail_web_token(call) : st;
}

/* ---- the token ---- */

static enum iam_status fail_claims(struct iam_call *call, const struct iam_claims_refusal *refusal)
{
    static const enum api_error errors[] = {
        [IAM_CLAIMS_INVALID] = API_ERR_INVALID_IDENTITY_TOKEN,
        [IAM_CLAIMS_EXPIRED] = API_ERR_EXPIRED_TOKEN_EXCEPTION,
        [IAM_CLAIMS_UNKNOWN] = API_ERR_INTERNAL_FAILURE,
    };
    return api_fail(call, errors[refusal->fault], "%.*s", IAM_STR_ARG(refusal->message));
}

static enum iam_status read_token(struct iam_call *call, struct iam_str text, struct iam_jwt *ret)
{
    enum iam_status st = iam_jwt_read(call->arena, text, ret);
    if (st == IAM_SYNTAX || st == IAM_LIMIT) {
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                        "The ID Token provided is not a valid JWT.");
    }
    return st;
}

static enum iam_status find_issuer(struct iam_call *call, struct iam_str account,
                                   const struct iam_jwt *jwt, struct sts_web_issuer *ret)
{
    struct iam_claims_refusal refusal;
    struct iam_str iss;
    if (iam_claims_issuer(jwt->claims, &iss, &refusal) != IAM_OK) {
        return fail_claims(call, &refusal);
    }
    return sts_web_issuer_find(call, account, iss, ret);
}

static enum iam_status check_claims(struct iam_call *call, const struct sts_web_issuer *issuer,
                                    const struct iam_jwt *jwt, struct iam_claims *ret)
{
    const struct iam_claims_rules rules = { .now_ms = call->high_ms,
                                            .client_ids = issuer->client_ids,
                                            .client_id_count = issuer->client_id_count };
    struct iam_claims_refusal refusal;
    enum iam_status st = iam_claims_check(call->arena, jwt->claims, &rules, ret, &refusal);
    return st == IAM_DENIED ? fail_claims(call, &refusal) : st;
}

static enum iam_status verify_jwt(struct iam_call *call,
                                  const struct api_sts_assume_role_with_web_identity_in *in,
                                  struct iam_str account, struct sts_web_identity *identity)
{
    struct iam_jwt jwt;
    struct sts_web_issuer issuer;
    struct iam_claims claims;
    IAM_TRY(read_token(call, in->web_identity_token, &jwt));
    IAM_TRY(find_issuer(call, account, &jwt, &issuer));
    IAM_TRY(verify_signature(call, &issuer.issuer, &jwt));
    IAM_TRY(check_claims(call, &issuer, &jwt, &claims));
    identity->evidence.principal = issuer.principal;
    identity->evidence.provider_id = issuer.issuer.id;
    return sts_web_claims_read(call, &issuer, jwt.claims, &claims, in->role_arn, identity);
}

/* ---- who it is ---- */

/* Makes what the audit record calls the caller. SPEC: CloudTrail User Guide, WebIdentityUser. */
static enum iam_status set_names(struct iam_call *call, struct sts_web_identity *identity)
{
    struct api_evidence *e = &identity->evidence;
    const struct iam_str parts[] = { e->principal, IAM_STR(":"), identity->audience, IAM_STR(":"),
                                     identity->subject };
    e->user_id = e->principal;
    e->user_name = identity->subject;
    return iam_arena_join(call->arena, parts, IAM_COUNT(parts), &e->trail_id);
}

enum iam_status api_sts_verify_web_identity(struct iam_call *call, const void *input)
{
    const struct api_sts_assume_role_with_web_identity_in *in = input;
    struct iam_entity_arn arn;
    struct sts_web_identity *identity = iam_arena_zalloc(call->arena, 1, sizeof(*identity));
    IAM_ENSURE(identity != NULL, IAM_NOMEM);
    IAM_TRY(sts_role_arn_read(call, in->role_arn, &arn));
    identity->evidence.kind = IAM_KIND_WEB_IDENTITY;
    identity->evidence.account = arn.account;
    if (iam_str_is_set(in->provider_id)) {
        IAM_TRY(sts_web_opaque_verify(call, in->provider_id, in->web_identity_token, identity));
    } else {
        IAM_TRY(verify_jwt(call, in, arn.account, identity));
    }
    IAM_TRY(set_names(call, identity));
    enum iam_status st = api_evidence_accept(call, &identity->evidence);
    /* As for a role that is not there: nobody learns which accounts there are. */
    return st == IAM_DENIED ? api_fail(call, API_ERR_ACCESS_DENIED, "Not authorized to perform %s",
                                       "sts:AssumeRoleWithWebIdentity")
                            : st;
}

/* ---- the session ---- */

static enum iam_status wish(struct iam_call *call,
                            const struct api_sts_assume_role_with_web_identity_in *in,
                            struct sts_wishes *ret)
{
    const struct api_evidence *e = call->evidence;
    *ret = (struct sts_wishes){ .policy = in->policy,
                                .tags = e->tags,
                                .tag_count = e->tag_count,
                                .transitive_keys = e->transitive_keys,
                                .transitive_count = e->transitive_count,
                                .min_token_size = in->minimum_session_token_size.value };
    return sts_wish_policies(call, &in->policy_arns, ret);
}

static void set_origin(const struct sts_web_identity *identity, struct iam_session *session)
{
    session->provider_id = identity->evidence.provider_id;
    session->federated_provider = identity->evidence.principal;
    session->context = identity->lasting;
    session->context_count = identity->lasting_count;
}

static enum iam_status answer(struct iam_call *call, const struct sts_issued *issued,
                              const struct iam_session *session,
                              struct api_sts_assume_role_with_web_identity_out *out)
{
    const struct sts_web_identity *identity = (const void *)call->evidence;
    int64_t packed = issued->packed_size.value + PACKED_PERCENT_MORE;
    out->credentials = issued->credentials;
    out->subject_from_web_identity_token = identity->subject;
    out->packed_policy_size = api_int(packed < 100 ? packed : 100);
    out->provider = identity->evidence.principal;
    out->audience = identity->audience;
    out->source_identity = session->source_identity;
    out->session_token_utilization = issued->token_utilization;
    out->session_token_size = issued->token_size;
    return sts_role_user(call, session, &out->assumed_role_user);
}

enum iam_status
api_sts_assume_role_with_web_identity(struct iam_call *call,
                                      const struct api_sts_assume_role_with_web_identity_in *in,
                                      struct api_sts_assume_role_with_web_identity_out *out)
{
    const struct iam_role *role = api_target_entity(call, IAM_KIND_ROLE);
    struct sts_wishes wishes;
    struct sts_issued issued;
    int64_t seconds = 0;
    /* The compiled view has the role but the store no longer does: it was deleted just now. */
    IAM_ENSURE(role != NULL, IAM_DENIED);
    IAM_TRY(sts_role_duration(call, role, &in->duration_seconds, &seconds));
    IAM_TRY(wish(call, in, &wishes));
    IAM_TRY(sts_check_policies(call, &wishes));

    struct iam_session session =
        sts_role_session(call, IAM_KIND_WEB_IDENTITY_SESSION, role, in->role_session_name, seconds);
    set_origin((const void *)call->evidence, &session);
    IAM_TRY(sts_set_policies(call, &wishes, &session));
    IAM_TRY(sts_set_tags(call, &wishes, &session));
    IAM_TRY(sts_set_source_identity(call, call->evidence->source_identity, &session));
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    return answer(call, &issued, &session, out);
}
