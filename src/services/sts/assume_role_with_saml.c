/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sts:AssumeRoleWithSAML. The assertion was verified, and the trust policy of the role has decided;
 * left are how long the session lasts, its policies, and that the assertion counts once. SPEC: STS
 * API Reference, "AssumeRoleWithSAML".
 */
#include "dispatch/call.h"
#include "keeper/digest.h"
#include "services/sts/issue.h"
#include "services/sts/saml.h"
#include "store/saml_provider.h"

/* The condition keys that stay with the session. */
#define LASTING_KEYS 3

/* ---- how long ---- */

/*
 * Lets the session end when the assertion says so, which may be sooner than the caller asks for.
 * SPEC: recorded on AWS: SessionDuration shortens only, and SessionNotOnOrAfter even below 900 s.
 */
static void shorten(const struct sts_saml *saml, struct iam_session *session)
{
    int64_t wished_ms = session->issued_ms + saml->wishes.max_seconds * 1000;
    int64_t ends_ms = saml->assertion.session_ends_ms;
    if (saml->wishes.max_seconds != 0 && wished_ms < session->expires_ms) {
        session->expires_ms = wished_ms;
    }
    if (ends_ms != 0 && ends_ms < session->expires_ms) {
        session->expires_ms = ends_ms;
    }
}

/* ---- once ---- */

/*
 * Remembers that the assertion was used, as long as it could be used again. AWS does not: see
 * docs/conformance.md, "SAML".
 */
static enum iam_status use_once(struct iam_call *call, const struct sts_saml *saml)
{
    char hash[IAM_SHA256_HEX_LEN + 1];
    IAM_TRY(iam_sha256_hex(saml->assertion.id, hash));
    const struct iam_saml_use use = { .provider_id = saml->provider_id,
                                      .account = saml->evidence.account,
                                      .assertion = iam_str_c(hash),
                                      .expires_ms = saml->assertion.expires_ms };
    enum iam_status st = iam_store_saml_use_add(call->txn, &use, call->high_ms);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN, "Response has already been used");
    }
    return st;
}

/* ---- the session ---- */

static enum iam_status keep_keys(struct iam_call *call, const struct sts_saml *saml,
                                 struct iam_session *session)
{
    struct iam_tag *keys = iam_arena_zalloc(call->arena, LASTING_KEYS, sizeof(*keys));
    IAM_ENSURE(keys != NULL, IAM_NOMEM);
    keys[0] = (struct iam_tag){ IAM_STR("saml:namequalifier"), saml->name_qualifier };
    keys[1] = (struct iam_tag){ IAM_STR("saml:sub"), saml->assertion.subject };
    keys[2] = (struct iam_tag){ IAM_STR("saml:sub_type"), saml->subject_type };
    session->context = keys;
    session->context_count = LASTING_KEYS;
    session->provider_id = saml->provider_id;
    return IAM_OK;
}

static enum iam_status wish(struct iam_call *call,
                            const struct api_sts_assume_role_with_saml_in *in,
                            const struct sts_saml_wishes *asserted, struct sts_wishes *ret)
{
    *ret = (struct sts_wishes){ .policy = in->policy,
                                .tags = asserted->tags,
                                .tag_count = asserted->tag_count,
                                .transitive_keys = asserted->transitive_keys,
                                .transitive_count = asserted->transitive_count,
                                .min_token_size = in->minimum_session_token_size.value };
    return sts_wish_policies(call, &in->policy_arns, ret);
}

static enum iam_status answer(struct iam_call *call, const struct sts_saml *saml,
                              const struct sts_issued *issued, const struct iam_session *session,
                              struct api_sts_assume_role_with_saml_out *out)
{
    out->credentials = issued->credentials;
    out->subject = saml->assertion.subject;
    out->subject_type = saml->subject_type;
    out->issuer = saml->assertion.issuer;
    out->audience = saml->assertion.recipient;
    out->name_qualifier = saml->name_qualifier;
    out->source_identity = session->source_identity;
    out->session_token_utilization = issued->token_utilization;
    out->session_token_size = issued->token_size;
    if (sts_is_packed(session)) {
        out->packed_policy_size = issued->packed_size;
    }
    return sts_role_user(call, session, &out->assumed_role_user);
}

enum iam_status api_sts_assume_role_with_saml(struct iam_call *call,
                                              const struct api_sts_assume_role_with_saml_in *in,
                                              struct api_sts_assume_role_with_saml_out *out)
{
    const struct iam_role *role = api_target_entity(call, IAM_KIND_ROLE);
    const struct sts_saml *saml = call->examined;
    struct sts_wishes wishes;
    struct sts_issued issued;
    int64_t seconds = 0;

    /* The compiled view has the role but the store no longer does: it was deleted just now. */
    IAM_ENSURE(role != NULL && saml != NULL, IAM_DENIED);
    IAM_TRY(sts_role_duration(call, role, &in->duration_seconds, &seconds));
    IAM_TRY(wish(call, in, &saml->wishes, &wishes));
    IAM_TRY(sts_check_policies(call, &wishes));

    struct iam_session session =
        sts_role_session(call, IAM_KIND_SAML_SESSION, role, saml->wishes.session_name, seconds);
    shorten(saml, &session);
    IAM_TRY(keep_keys(call, saml, &session));
    IAM_TRY(sts_set_policies(call, &wishes, &session));
    IAM_TRY(sts_set_tags(call, &wishes, &session));
    IAM_TRY(sts_set_source_identity(call, saml->wishes.source_identity, &session));
    IAM_TRY(use_once(call, saml));
    IAM_TRY(sts_issue(call, &wishes, &session, &issued));
    return answer(call, saml, &issued, &session, out);
}
