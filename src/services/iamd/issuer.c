/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verifies an account's tokens, for anybody: the discovery document and the public keys, with
 * the members that AWS's own have. Both stay when the account issues no tokens any more.
 * SPEC: OpenID Connect Discovery 1.0, 3 and 4; RFC 7517, 4; RFC 7518, 6.2.1 and 6.3.1.
 */
#include "api_iamd.gen.h"
#include "codec/base64.h"
#include "dispatch/call.h"
#include "store/token_key.h"

#define COORDINATE_BYTES 48
/* Of a modulus or a coordinate as text. */
#define NUMBER_TEXT_MAX 512

_Static_assert(IAM_TOKEN_KEYS_FRESH_SECONDS == 3600, "max_age in api/iamd/issuer.json");

/* Answers as for any other path where there is nothing. */
static enum iam_status fail_unknown(struct iam_call *call)
{
    return api_fail(call, API_ERR_UNKNOWN_OPERATION_EXCEPTION,
                    "There is no operation at this path.");
}

static enum iam_status find(struct iam_call *call, struct iam_str issuer, struct iam_str *ret)
{
    enum iam_status st = iam_store_issuer_find(call->txn, call->arena, issuer, ret);
    return st == IAM_NOT_FOUND ? fail_unknown(call) : st;
}

static enum iam_status texts_out(struct iam_call *call, const struct iam_str *texts, size_t count,
                                 struct api_iamd_issuer_texts *ret)
{
    struct iam_str *items = iam_arena_zalloc(call->arena, count, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    memcpy(items, texts, count * sizeof(*items));
    *ret = (struct api_iamd_issuer_texts){ items, count, true };
    return IAM_OK;
}

enum iam_status
api_iamd_get_issuer_configuration(struct iam_call *call,
                                  const struct api_iamd_get_issuer_configuration_in *in,
                                  struct api_iamd_get_issuer_configuration_out *out)
{
    static const struct iam_str claims[] = {
        IAM_STR_INIT("sub"),
        IAM_STR_INIT("iss"),
        IAM_STR_INIT("aud"),
        IAM_STR_INIT("exp"),
        IAM_STR_INIT("iat"),
        IAM_STR_INIT("jti"),
        IAM_STR_INIT("https://sts.amazonaws.com/"),
    };
    static const struct iam_str algorithms[] = { IAM_STR_INIT("RS256"), IAM_STR_INIT("ES384") };
    static const struct iam_str subjects[] = { IAM_STR_INIT("public") };
    struct iam_str account;
    IAM_TRY(find(call, in->issuer, &account));
    IAM_TRY(texts_out(call, claims, IAM_COUNT(claims), &out->claims_supported));
    IAM_TRY(texts_out(call, algorithms, IAM_COUNT(algorithms),
                      &out->id_token_signing_alg_values_supported));
    IAM_TRY(texts_out(call, subjects, IAM_COUNT(subjects), &out->subject_types_supported));
    IAM_TRY(iam_arena_fmt(call->arena, &out->issuer, "%.*s/oidc/%.*s",
                          IAM_STR_ARG(call->env->base_url), IAM_STR_ARG(in->issuer)));
    return iam_arena_fmt(call->arena, &out->jwks_uri, "%.*s/.well-known/jwks.json",
                         IAM_STR_ARG(out->issuer));
}

/* ---- keys ---- */

static enum iam_status number_out(struct iam_call *call, struct iam_str bytes, struct iam_str *ret)
{
    struct iam_alloc alloc = iam_arena_allocator(call->arena);
    struct iam_buf b;
    iam_buf_init(&b, &alloc, NUMBER_TEXT_MAX);
    iam_base64url_add(&b, bytes.p, bytes.len);
    return iam_buf_finish(&b, ret);
}

/* Writes a key as AWS does, which names no algorithm at one of RSA. */
static enum iam_status key_out(struct iam_call *call, const struct iam_token_key *from,
                               struct api_iamd_issuer_key *ret)
{
    ret->kid = from->id;
    ret->use = IAM_STR("sig");
    if (from->algorithm == IAM_TOKEN_RS256) {
        ret->kty = IAM_STR("RSA");
        ret->e = IAM_STR("AQAB");
        return number_out(call, from->public_key, &ret->n);
    }
    ret->kty = IAM_STR("EC");
    ret->crv = IAM_STR("P-384");
    ret->alg = IAM_STR("ES384");
    IAM_TRY(number_out(call, iam_str_sub(from->public_key, 0, COORDINATE_BYTES), &ret->x));
    return number_out(call, iam_str_sub(from->public_key, COORDINATE_BYTES, from->public_key.len),
                      &ret->y);
}

enum iam_status api_iamd_get_issuer_keys(struct iam_call *call,
                                         const struct api_iamd_get_issuer_keys_in *in,
                                         struct api_iamd_get_issuer_keys_out *out)
{
    struct iam_token_key_list keys = { 0 };
    struct iam_str account;
    IAM_TRY(find(call, in->issuer, &account));
    IAM_TRY(iam_store_token_key_list(call->txn, call->arena, account, &keys));
    struct api_iamd_issuer_key *items =
        iam_arena_zalloc(call->arena, keys.count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < keys.count; i++) {
        IAM_TRY(key_out(call, &keys.items[i], &items[i]));
    }
    out->keys = (struct api_iamd_issuer_key_list){ items, keys.count, true };
    return IAM_OK;
}
