/* SPDX-License-Identifier: Apache-2.0 */
#include "issuer.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "codec/base64.h"

#define ARENA_BYTES ((size_t)16 << 20)
#define SIGNATURE_MAX 1024

static const char *const curves[ISSUER_KEY_MAX] = { NULL, "P-256", "P-384", "P-521" };
static const size_t widths[ISSUER_KEY_MAX] = { 0, 32, 48, 66 };

void issuer_open(struct issuer *issuer)
{
    iam_arena_init(&issuer->arena, iam_heap(), ARENA_BYTES);
    issuer->keys[0] = EVP_RSA_gen(2048);
    for (size_t i = 1; i < ISSUER_KEY_MAX; i++) {
        issuer->keys[i] = EVP_EC_gen(curves[i]);
    }
}

void issuer_close(struct issuer *issuer)
{
    for (size_t i = 0; i < ISSUER_KEY_MAX; i++) {
        EVP_PKEY_free(issuer->keys[i]);
    }
    iam_arena_done(&issuer->arena);
}

/* Writes a number of the key, at least width bytes wide. */
static struct iam_str number(struct issuer *issuer, size_t i, const char *name, size_t width)
{
    struct iam_alloc alloc = iam_arena_allocator(&issuer->arena);
    unsigned char bytes[SIGNATURE_MAX];
    BIGNUM *n = NULL;
    struct iam_buf b;
    struct iam_str text;
    assert_int_equal(EVP_PKEY_get_bn_param(issuer->keys[i], name, &n), 1);
    int len = width > 0 ? (int)width : BN_num_bytes(n);
    assert_int_equal(BN_bn2binpad(n, bytes, len), len);
    BN_free(n);
    iam_buf_init(&b, &alloc, sizeof(bytes) * 2);
    iam_base64url_add(&b, bytes, (size_t)len);
    assert_ok(iam_buf_finish(&b, &text));
    return text;
}

const char *issuer_jwk(struct issuer *issuer, size_t i, const char *more)
{
    struct iam_str text;
    if (curves[i] == NULL) {
        struct iam_str n = number(issuer, i, OSSL_PKEY_PARAM_RSA_N, 0);
        struct iam_str e = number(issuer, i, OSSL_PKEY_PARAM_RSA_E, 0);
        assert_ok(iam_arena_fmt(&issuer->arena, &text,
                                "{%s\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%.*s\"}", more,
                                IAM_STR_ARG(n), IAM_STR_ARG(e)));
    } else {
        struct iam_str x = number(issuer, i, OSSL_PKEY_PARAM_EC_PUB_X, widths[i]);
        struct iam_str y = number(issuer, i, OSSL_PKEY_PARAM_EC_PUB_Y, widths[i]);
        assert_ok(iam_arena_fmt(&issuer->arena, &text,
                                "{%s\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%.*s\",\"y\":\"%.*s\"}",
                                more, curves[i], IAM_STR_ARG(x), IAM_STR_ARG(y)));
    }
    return text.p;
}

struct iam_jwks *issuer_jwks(struct issuer *issuer, const char *const *members, size_t count)
{
    struct iam_alloc alloc = iam_arena_allocator(&issuer->arena);
    struct iam_jwks *jwks = NULL;
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, ARENA_BYTES);
    iam_buf_add_c(&b, "{\"keys\":[");
    for (size_t i = 0; i < count; i++) {
        iam_buf_add_c(&b, i > 0 ? "," : "");
        iam_buf_add_c(&b, members[i]);
    }
    iam_buf_add_c(&b, "]}");
    assert_ok(iam_buf_finish(&b, &text));
    assert_ok(iam_jwks_read(text, &jwks));
    return jwks;
}

static void add_part(struct iam_buf *b, const char *json)
{
    iam_base64url_add(b, json, strlen(json));
    iam_buf_add_char(b, '.');
}

struct iam_str issuer_join(struct issuer *issuer, const char *header, const char *claims,
                           struct iam_str signature)
{
    struct iam_alloc alloc = iam_arena_allocator(&issuer->arena);
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, ARENA_BYTES);
    add_part(&b, header);
    add_part(&b, claims);
    iam_base64url_add(&b, signature.p, signature.len);
    assert_ok(iam_buf_finish(&b, &text));
    return text;
}

/* Turns a signature in DER into two numbers of a fixed width. */
static size_t to_raw(const unsigned char *der, size_t len, size_t width, unsigned char *raw)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    assert_non_null(sig);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)width), width);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + width, (int)width), width);
    ECDSA_SIG_free(sig);
    return 2 * width;
}

struct iam_str issuer_sign(struct issuer *issuer, size_t i, const char *alg, const char *header,
                           const char *claims)
{
    static unsigned char signature[SIGNATURE_MAX];
    unsigned char der[SIGNATURE_MAX];
    size_t len = sizeof(der);
    const struct iam_jose_algorithm *algorithm = iam_jose_algorithm_find(iam_str_c(alg));
    struct iam_str text = issuer_join(issuer, header, claims, IAM_STR(""));
    EVP_PKEY_CTX *key_ctx;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, &key_ctx, algorithm->digest(), NULL, issuer->keys[i]),
                     1);
    if (algorithm->is_pss) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    assert_int_equal(EVP_DigestSign(ctx, der, &len, (const unsigned char *)text.p, text.len - 1),
                     1);
    EVP_MD_CTX_free(ctx);
    if (widths[i] > 0) {
        len = to_raw(der, len, widths[i], signature);
    } else {
        memcpy(signature, der, len);
    }
    return issuer_join(issuer, header, claims, (struct iam_str){ (const char *)signature, len });
}
