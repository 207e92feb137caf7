/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwk.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include "codec/base64.h"

/* LIMITS: of texts that are only compared, and of the number of operations. */
#define TEXT_MAX 255
#define POINT_MAX (1 + 2 * 66)
/* SPEC: FIPS 186-5, A.1.1: the public exponent is greater than 2^16. */
#define EXPONENT_MIN_BITS 17
#define EXPONENT_MAX_BITS 64

/* ---- members ---- */

/* Reads a text that may be left out. IAM_SYNTAX: it is no text, or too long. */
static enum iam_status optional_text(const struct iam_json *node, struct iam_str name,
                                     struct iam_str *ret)
{
    const struct iam_json *member = iam_json_member(node, name);
    if (member == NULL) {
        *ret = iam_str_absent();
        return IAM_OK;
    }
    IAM_ENSURE(member->type == IAM_JSON_STRING && member->text.len <= TEXT_MAX, IAM_SYNTAX);
    *ret = member->text;
    return IAM_OK;
}

/* Decodes the bytes of a number. */
static enum iam_status number_bytes(struct iam_arena *arena, const struct iam_json *node,
                                    struct iam_str name, struct iam_str *ret)
{
    const struct iam_json *member = iam_json_member(node, name);
    IAM_ENSURE(member != NULL && member->type == IAM_JSON_STRING, IAM_SYNTAX);
    IAM_ENSURE(member->text.len <= IAM_JWK_RSA_MAX_BITS / 4, IAM_UNSUPPORTED);
    IAM_TRY(iam_base64url_decode(arena, member->text, ret));
    return ret->len > 0 ? IAM_OK : IAM_SYNTAX;
}

/* Tells whether the operations of the key, if it names any, have that of verifying. */
static bool may_verify(const struct iam_json *node)
{
    const struct iam_json *ops = iam_json_member(node, IAM_STR("key_ops"));
    if (ops == NULL) {
        return true;
    }
    if (ops->type != IAM_JSON_ARRAY) {
        return false;
    }
    for (const struct iam_json *op = ops->first; op != NULL; op = op->next) {
        if (op->type == IAM_JSON_STRING && iam_str_eq(op->text, IAM_STR("verify"))) {
            return true;
        }
    }
    return false;
}

/*
 * Tells whether the key is one to verify with, and public: a private key that anybody can read
 * proves nothing.
 */
static enum iam_status check_use(const struct iam_json *node)
{
    struct iam_str use;
    IAM_TRY(optional_text(node, IAM_STR("use"), &use));
    bool is_for_signatures = !iam_str_is_set(use) || iam_str_eq(use, IAM_STR("sig"));
    bool is_public = iam_json_member(node, IAM_STR("d")) == NULL;
    return is_for_signatures && is_public && may_verify(node) ? IAM_OK : IAM_UNSUPPORTED;
}

/* ---- making keys ---- */

static enum iam_status make_key(const char *type, OSSL_PARAM *params, EVP_PKEY **ret)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    IAM_ENSURE(ctx != NULL, IAM_NOMEM);
    bool is_made = EVP_PKEY_fromdata_init(ctx) == 1 &&
                   EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    IAM_ENSURE(is_made, IAM_SYNTAX);
    *ret = key;
    return IAM_OK;
}

static enum iam_status make_rsa(BIGNUM *n, BIGNUM *e, EVP_PKEY **ret)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    bool is_built = build != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
                    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1;
    OSSL_PARAM *params = is_built ? OSSL_PARAM_BLD_to_param(build) : NULL;
    enum iam_status st = params != NULL ? make_key("RSA", params, ret) : IAM_NOMEM;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    return st;
}

static bool is_good_rsa(const BIGNUM *n, const BIGNUM *e)
{
    int bits = BN_num_bits(n);
    int e_bits = BN_num_bits(e);
    return bits >= IAM_JWK_RSA_MIN_BITS && bits <= IAM_JWK_RSA_MAX_BITS && BN_is_odd(n) &&
           e_bits >= EXPONENT_MIN_BITS && e_bits <= EXPONENT_MAX_BITS && BN_is_odd(e);
}

static enum iam_status read_rsa(struct iam_arena *arena, const struct iam_json *node,
                                struct iam_jwk *jwk)
{
    struct iam_str n;
    struct iam_str e;
    IAM_TRY(number_bytes(arena, node, IAM_STR("n"), &n));
    IAM_TRY(number_bytes(arena, node, IAM_STR("e"), &e));
    BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.p, (int)n.len, NULL);
    BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.p, (int)e.len, NULL);
    enum iam_status st = modulus != NULL && exponent != NULL ? IAM_OK : IAM_NOMEM;
    if (st == IAM_OK) {
        st = is_good_rsa(modulus, exponent) ? make_rsa(modulus, exponent, &jwk->key)
                                            : IAM_UNSUPPORTED;
    }
    BN_free(modulus);
    BN_free(exponent);
    return st;
}

/* Finds the width of the curve's numbers; 0: it is not one of ours. */
static size_t curve_bytes(struct iam_str crv)
{
    static const struct iam_str names[] = { IAM_STR_INIT("ES256"), IAM_STR_INIT("ES384"),
                                            IAM_STR_INIT("ES512") };
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        const struct iam_jose_algorithm *algorithm = iam_jose_algorithm_find(names[i]);
        if (iam_str_eq(algorithm->crv, crv)) {
            return algorithm->number_bytes;
        }
    }
    return 0;
}

/* Makes the key of a point, which must be on its curve. */
static enum iam_status make_ec(struct iam_str crv, const unsigned char *point, size_t len,
                               EVP_PKEY **ret)
{
    char curve[sizeof("P-256")];
    unsigned char bytes[POINT_MAX];
    memcpy(curve, crv.p, crv.len);
    curve[crv.len] = '\0';
    memcpy(bytes, point, len);
    OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve,
                                                             crv.len),
                            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, len),
                            OSSL_PARAM_construct_end() };
    return make_key("EC", params, ret);
}

static enum iam_status read_ec(struct iam_arena *arena, const struct iam_json *node,
                               struct iam_jwk *jwk)
{
    unsigned char point[POINT_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
    struct iam_str x;
    struct iam_str y;
    IAM_TRY(optional_text(node, IAM_STR("crv"), &jwk->crv));
    size_t bytes = curve_bytes(jwk->crv);
    IAM_ENSURE(bytes > 0, IAM_UNSUPPORTED);
    IAM_TRY(number_bytes(arena, node, IAM_STR("x"), &x));
    IAM_TRY(number_bytes(arena, node, IAM_STR("y"), &y));
    /* SPEC: RFC 7518, 6.2.1.2: the numbers have the width of the curve, no less and no more. */
    IAM_ENSURE(x.len == bytes && y.len == bytes, IAM_SYNTAX);
    memcpy(&point[1], x.p, bytes);
    memcpy(&point[1 + bytes], y.p, bytes);
    return make_ec(jwk->crv, point, 1 + 2 * bytes, &jwk->key);
}

enum iam_status iam_jwk_read(struct iam_arena *arena, const struct iam_json *node,
                             struct iam_jwk *ret)
{
    struct iam_jwk jwk = { .key = NULL };
    IAM_ENSURE(node->type == IAM_JSON_OBJECT, IAM_SYNTAX);
    IAM_TRY(optional_text(node, IAM_STR("kty"), &jwk.kty));
    IAM_TRY(optional_text(node, IAM_STR("kid"), &jwk.kid));
    IAM_TRY(optional_text(node, IAM_STR("alg"), &jwk.alg));
    IAM_TRY(check_use(node));
    if (iam_str_eq(jwk.kty, IAM_STR("RSA"))) {
        IAM_TRY(read_rsa(arena, node, &jwk));
    } else if (iam_str_eq(jwk.kty, IAM_STR("EC"))) {
        IAM_TRY(read_ec(arena, node, &jwk));
    } else {
        return iam_str_is_set(jwk.kty) ? IAM_UNSUPPORTED : IAM_SYNTAX;
    }
    *ret = jwk;
    return IAM_OK;
}

bool iam_jwk_fits(const struct iam_jwk *jwk, const struct iam_jose_algorithm *algorithm)
{
    bool is_type = iam_str_eq(jwk->kty, algorithm->kty) && iam_str_eq(jwk->crv, algorithm->crv);
    bool is_meant = !iam_str_is_set(jwk->alg) || iam_str_eq(jwk->alg, algorithm->name);
    return is_type && is_meant;
}
