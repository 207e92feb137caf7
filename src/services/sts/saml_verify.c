/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom a SAML assertion proves. The provider that the request names must be there in each
 * transaction, as it was when its keys verified the assertion; that is done once.
 */
#include "dispatch/call.h"
#include "model/arn.h"
#include "services/sts/saml.h"
#include "store/saml_provider.h"

/*
 * Work, so that what takes long does not hold up a worker: reading metadata, verifying signatures,
 * opening an encrypted key.
 */
#define STEPS_METADATA_BYTE 24u
#define STEPS_RESPONSE_BYTE 16u
#define STEPS_SIGNATURES (1u << 14)
#define STEPS_PRIVATE_KEY API_STEPS_SHORT

/* What AWS's messages tell of the service within, whose words they are. */
#define OF_INNER(code)                                                          \
    " (Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: " code \
    "; Request ID: %.*s; Proxy: null)"

static enum iam_status fail_inner(struct iam_call *call, const char *why)
{
    return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN,
                    "%s" OF_INNER("AuthSamlInvalidSamlResponseException"), why,
                    IAM_STR_ARG(call->request_id));
}

/* Says why in AWS's words. SPEC: recorded on AWS, docs/conformance.md, "SAML". */
static enum iam_status fail_refused(struct iam_call *call, enum iam_saml_refusal refusal)
{
    switch (refusal) {
    case IAM_SAML_MALFORMED:
        break;
    case IAM_SAML_UNSIGNED:
        return fail_inner(call, "Response (with optional signature) must contain an assertion with "
                                "a mandatory signature");
    case IAM_SAML_FORGED:
        return api_fail(call, API_ERR_INVALID_IDENTITY_TOKEN, "Response signature invalid");
    case IAM_SAML_ISSUER:
        return fail_inner(call, "Issuer not present in specified provider");
    }
    return fail_inner(call, "Invalid base64 SAMLResponse");
}

/* ---- the provider ---- */

static enum iam_status find_provider(struct iam_call *call, struct iam_str arn,
                                     struct iam_saml_provider *ret)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || parts.kind != IAM_KIND_SAML_PROVIDER) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "%.*s is invalid", API_QUOTED(arn));
    }
    enum iam_status st =
        iam_store_saml_provider_get(call->txn, call->arena, parts.account, parts.name, ret);
    /* Names are found in any case, but an ARN has one spelling. */
    if (st == IAM_NOT_FOUND || (st == IAM_OK && !iam_str_eq(ret->arn, arn))) {
        return api_fail(
            call, API_ERR_INVALID_IDENTITY_TOKEN,
            "Specified provider doesn't exist" OF_INNER("AuthSamlManifestNotFoundException"),
            IAM_STR_ARG(call->request_id));
    }
    return st;
}

static enum iam_status read_keys(struct iam_call *call, struct iam_str provider_id,
                                 struct iam_saml_keys *ret)
{
    struct iam_saml_key_list keys = { 0 };
    IAM_TRY(iam_store_saml_key_list(call->txn, call->arena, provider_id, &keys));
    ret->keeper = call->env->keeper;
    ret->count = 0;
    for (size_t i = 0; i < keys.count && i < IAM_SAML_PRIVATE_KEYS_MAX; i++) {
        ret->items[ret->count++] =
            (struct iam_saml_private_key){ keys.items[i].id, keys.items[i].sealed_key };
    }
    return IAM_OK;
}

/* Takes the work that the verification may cost; IAM_DENIED when that is not left here. */
static enum iam_status spend(struct iam_call *call, struct iam_str document,
                             struct iam_str response, const struct iam_saml_keys *keys)
{
    uint64_t steps = STEPS_SIGNATURES + document.len * STEPS_METADATA_BYTE +
                     response.len * STEPS_RESPONSE_BYTE +
                     (keys->count > 0 ? STEPS_PRIVATE_KEY : 0u);
    return api_work_spend(&call->work, steps) ? IAM_OK : IAM_DENIED;
}

/* Reads whom the provider trusts; what was stored was readable when it was given. */
static enum iam_status read_trust(struct iam_call *call, const struct iam_saml_provider *provider,
                                  struct iam_str response, struct iam_saml_trust *ret)
{
    struct iam_saml_metadata metadata;
    enum iam_status st =
        iam_store_saml_metadata_get(call->txn, call->arena, provider->id, &metadata);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOT_FOUND ? IAM_CORRUPT : st);
    IAM_TRY(read_keys(call, provider->id, &ret->keys));
    IAM_TRY(spend(call, metadata.document, response, &ret->keys));
    st = iam_saml_metadata_recall(call->arena, metadata.document, &ret->idps);
    ret->needs_encryption = provider->needs_encryption;
    return st == IAM_SYNTAX || st == IAM_LIMIT ? IAM_CORRUPT : st;
}

/* ---- the assertion ---- */

static enum iam_status verify_response(struct iam_call *call,
                                       const struct iam_saml_provider *provider,
                                       struct iam_str response, struct iam_saml_assertion *ret)
{
    enum iam_saml_refusal refusal = IAM_SAML_MALFORMED;
    struct iam_saml_trust *trust = iam_arena_zalloc(call->arena, 1, sizeof(*trust));
    IAM_ENSURE(trust != NULL, IAM_NOMEM);
    IAM_TRY(read_trust(call, provider, response, trust));
    enum iam_status st = iam_saml_verify(call->arena, response, trust, ret, &refusal);
    IAM_ENSURE(st != IAM_DENIED, fail_refused(call, refusal));
    IAM_TRY(st);
    if (!iam_str_is_set(ret->subject)) {
        return api_fail(call, API_ERR_ACCESS_DENIED, "Not authorized to perform %.*s",
                        IAM_STR_ARG(call->op->rule->permissions[0].action));
    }
    return IAM_OK;
}

/* Returns the format of the subject as AWS tells it: without the prefix of SAML 2.0. */
static struct iam_str subject_type(struct iam_str format)
{
    const struct iam_str prefix = IAM_STR("urn:oasis:names:tc:SAML:2.0:nameid-format:");
    return iam_str_starts(format, prefix) ? iam_str_sub(format, prefix.len, format.len) : format;
}

static enum iam_status describe(struct iam_call *call, const struct iam_saml_provider *provider,
                                struct sts_saml *saml)
{
    const struct iam_saml_assertion *a = &saml->assertion;
    struct api_evidence *e = &saml->evidence;
    saml->subject_type = subject_type(a->format);
    IAM_TRY(iam_saml_name_qualifier(call->arena, a->issuer, provider->account, provider->name,
                                    &saml->name_qualifier));
    IAM_TRY(sts_saml_make_keys(call, provider->account, provider->name, saml));
    e->kind = IAM_KIND_SAML;
    e->account = provider->account;
    e->provider_id = provider->id;
    e->principal = provider->arn;
    e->user_id = provider->arn; /* SPEC: recorded on AWS */
    e->user_name = a->subject;
    e->trail_provider = saml->name_qualifier;
    e->tags = saml->wishes.tags;
    e->tag_count = saml->wishes.tag_count;
    e->transitive_keys = saml->wishes.transitive_keys;
    e->transitive_count = saml->wishes.transitive_count;
    e->source_identity = saml->wishes.source_identity;
    saml->provider_id = provider->id;
    saml->metadata_mark = provider->valid_until_ms;
    saml->needs_encryption = provider->needs_encryption;
    return iam_arena_fmt(call->arena, &e->trail_id, "%.*s:%.*s", IAM_STR_ARG(saml->name_qualifier),
                         IAM_STR_ARG(a->subject));
}

static enum iam_status check_time(struct iam_call *call, const struct sts_saml *saml)
{
    return saml->assertion.expires_ms > call->high_ms
               ? IAM_OK
               : api_fail(call, API_ERR_EXPIRED_TOKEN_EXCEPTION, "Response has expired");
}

/* Does what takes long, and nothing that another time could change. */
static enum iam_status examine(struct iam_call *call,
                               const struct api_sts_assume_role_with_saml_in *in,
                               const struct iam_saml_provider *provider,
                               const struct sts_saml **ret)
{
    struct sts_saml *saml = iam_arena_zalloc(call->arena, 1, sizeof(*saml));
    IAM_ENSURE(saml != NULL, IAM_NOMEM);
    IAM_TRY(verify_response(call, provider, in->saml_assertion, &saml->assertion));
    IAM_TRY(check_time(call, saml));
    IAM_TRY(sts_saml_read_wishes(call, in, &saml->assertion, &saml->wishes));
    IAM_TRY(describe(call, provider, saml));
    *ret = saml;
    return IAM_OK;
}

/* Checks that the provider is still as it was when it verified the assertion. */
static enum iam_status confirm(struct iam_call *call, const struct iam_saml_provider *provider,
                               const struct sts_saml *saml)
{
    bool is_same = iam_str_eq(provider->id, saml->provider_id) &&
                   provider->valid_until_ms == saml->metadata_mark &&
                   provider->needs_encryption == saml->needs_encryption;
    if (!is_same) {
        return api_fail(call, API_ERR_SERVICE_UNAVAILABLE,
                        "The identity provider was changed at this moment; try again.");
    }
    return check_time(call, saml);
}

enum iam_status api_sts_verify_saml(struct iam_call *call, const void *in)
{
    const struct api_sts_assume_role_with_saml_in *input = in;
    const struct sts_saml *saml = call->examined;
    struct iam_saml_provider provider;
    IAM_TRY(find_provider(call, input->principal_arn, &provider));
    if (saml != NULL) {
        IAM_TRY(confirm(call, &provider, saml));
    } else {
        IAM_TRY(examine(call, input, &provider, &saml));
        call->examined = saml;
    }
    return api_evidence_accept(call, &saml->evidence);
}
