/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwt.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "codec/base64.h"

/* LIMITS of the two objects. */
#define MAX_DEPTH 16
#define MAX_NODES 2048
/* A signature of two numbers of 66 bytes each, in DER. */
#define DER_MAX 160
/* SPEC: RFC 7518, 3.5: the salt has the size of the hash. */
#define SALT_BYTES 32

/* ---- reading ---- */

/* Decodes a part and reads the object in it. */
static enum iam_status read_object(struct iam_arena *arena, struct iam_str part, size_t max_bytes,
                                   const struct iam_json **ret)
{
    struct iam_json_limits limits = { (uint32_t)max_bytes, MAX_DEPTH, MAX_NODES };
    struct iam_str text;
    IAM_TRY(iam_base64url_decode(arena, part, &text));
    IAM_TRY(iam_json_read(arena, text, &limits, ret, NULL));
    return (*ret)->type == IAM_JSON_OBJECT ? IAM_OK : IAM_SYNTAX;
}

static enum iam_status read_kid(const struct iam_json *header, struct iam_str *ret)
{
    const struct iam_json *kid = iam_json_member(header, IAM_STR("kid"));
    if (kid == NULL) {
        return IAM_OK;
    }
    IAM_ENSURE(kid->type == IAM_JSON_STRING && kid->text.len <= IAM_JWT_MAX_KID_BYTES, IAM_SYNTAX);
    *ret = kid->text;
    return IAM_OK;
}

/* Reads how the token is signed. */
static enum iam_status read_header(const struct iam_json *header, struct iam_jwt *jwt)
{
    const struct iam_json *alg = iam_json_member(header, IAM_STR("alg"));
    IAM_ENSURE(alg != NULL && alg->type == IAM_JSON_STRING, IAM_SYNTAX);
    jwt->algorithm = iam_jose_algorithm_find(alg->text);
    IAM_ENSURE(jwt->algorithm != NULL, IAM_SYNTAX);
    /* None of these extensions is known here, so that a token with one is not understood. */
    IAM_ENSURE(iam_json_member(header, IAM_STR("crit")) == NULL, IAM_SYNTAX);
    IAM_ENSURE(iam_json_member(header, IAM_STR("b64")) == NULL, IAM_SYNTAX);
    return read_kid(header, &jwt->kid);
}

enum iam_status iam_jwt_read(struct iam_arena *arena, struct iam_str text, struct iam_jwt *ret)
{
    struct iam_jwt jwt = { .kid = iam_str_absent() };
    const struct iam_json *header;
    IAM_ENSURE(text.len <= IAM_JWT_MAX_BYTES, IAM_LIMIT);
    size_t first = iam_str_find(text, '.', 0);
    size_t second = iam_str_find(text, '.', first + 1);
    IAM_ENSURE(first < text.len && second < text.len, IAM_SYNTAX);
    jwt.signed_text = iam_str_sub(text, 0, second);
    IAM_TRY(read_object(arena, iam_str_sub(text, 0, first), IAM_JWT_MAX_HEADER_BYTES, &header));
    IAM_TRY(read_header(header, &jwt));
    IAM_TRY(read_object(arena, iam_str_sub(text, first + 1, second - first - 1), IAM_JWT_MAX_BYTES,
                        &jwt.claims));
    IAM_TRY(iam_base64url_decode(arena, iam_str_sub(text, second + 1, text.len), &jwt.signature));
    IAM_ENSURE(jwt.signature.len > 0, IAM_SYNTAX);
    *ret = jwt;
    return IAM_OK;
}

/* ---- verifying ---- */

/*
 * Turns a signature that is two numbers of a fixed width into the form that OpenSSL takes. Returns
 * its length; 0: it is none.
 */
static size_t to_der(struct iam_str signature, size_t number_bytes, unsigned char der[DER_MAX])
{
    const unsigned char *p = (const unsigned char *)signature.p;
    if (signature.len != 2 * number_bytes) {
        return 0;
    }
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(p, (int)number_bytes, NULL);
    BIGNUM *s = BN_bin2bn(p + number_bytes, (int)number_bytes, NULL);
    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(sig);
        return 0;
    }
    int len = i2d_ECDSA_SIG(sig, NULL);
    bool is_short = len > 0 && len <= DER_MAX;
    if (is_short) {
        len = i2d_ECDSA_SIG(sig, &der);
    }
    ECDSA_SIG_free(sig);
    return is_short && len > 0 ? (size_t)len : 0;
}

static bool set_padding(EVP_PKEY_CTX *ctx, const struct iam_jose_algorithm *algorithm)
{
    return !algorithm->is_pss || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
                                  EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, SALT_BYTES) == 1);
}

static enum iam_status verify_with(const struct iam_jwt *jwt, EVP_PKEY *key,
                                   const unsigned char *signature, size_t len)
{
    EVP_PKEY_CTX *key_ctx;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    IAM_ENSURE(ctx != NULL, IAM_NOMEM);
    bool is_good = EVP_DigestVerifyInit(ctx, &key_ctx, jwt->algorithm->digest(), NULL, key) == 1 &&
                   set_padding(key_ctx, jwt->algorithm) &&
                   EVP_DigestVerify(ctx, signature, len, (const unsigned char *)jwt->signed_text.p,
                                    jwt->signed_text.len) == 1;
    EVP_MD_CTX_free(ctx);
    ERR_clear_error();
    return is_good ? IAM_OK : IAM_DENIED;
}

enum iam_status iam_jwt_verify(const struct iam_jwt *jwt, const struct iam_jwks *jwks)
{
    unsigned char der[DER_MAX];
    const struct iam_jwk *jwk = iam_jwks_find(jwks, jwt->kid, jwt->algorithm);
    IAM_ENSURE(jwk != NULL, IAM_NOT_FOUND);
    if (jwt->algorithm->number_bytes == 0) {
        return verify_with(jwt, jwk->key, (const unsigned char *)jwt->signature.p,
                           jwt->signature.len);
    }
    size_t len = to_der(jwt->signature, jwt->algorithm->number_bytes, der);
    return len > 0 ? verify_with(jwt, jwk->key, der, len) : IAM_DENIED;
}
