/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of tokens: verified with the public key alone, by libcrypto; whose key opens. */
#include "lib/test.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/heap.h"
#include "keeper/keeper.h"
#include "keeper/token_signer.h"

#define MASTER "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ACCOUNT IAM_STR("111122223333")
#define TEXT IAM_STR("eyJhbGciOiJSUzI1NiJ9.e30")

static struct iam_keeper *keeper;
static struct iam_arena arena;
static struct iam_token_key rsa;
static struct iam_token_key curve;

static int setup(void **state)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = MASTER };
    char error[128];
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_keeper_new(&config, &keeper, error, sizeof(error)));
    rsa = (struct iam_token_key){ .id = IAM_STR("RSA_0"),
                                  .account = ACCOUNT,
                                  .algorithm = IAM_TOKEN_RS256 };
    curve = (struct iam_token_key){ .id = IAM_STR("EC384_0"),
                                    .account = ACCOUNT,
                                    .algorithm = IAM_TOKEN_ES384 };
    assert_ok(iam_keeper_make_token_key(keeper, &arena, &rsa));
    assert_ok(iam_keeper_make_token_key(keeper, &arena, &curve));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}

/* Makes a public key of libcrypto from params, which are freed. */
static EVP_PKEY *public_of(const char *type, OSSL_PARAM_BLD *bld)
{
    EVP_PKEY *pkey = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
    assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
    EVP_PKEY_CTX_free(ctx);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(bld);
    return pkey;
}

static EVP_PKEY *rsa_public(struct iam_str modulus)
{
    BIGNUM *n = BN_bin2bn((const unsigned char *)modulus.p, (int)modulus.len, NULL);
    BIGNUM *e = BN_new();
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    assert_int_equal(BN_set_word(e, 65537), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n), 1);
    assert_int_equal(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e), 1);
    EVP_PKEY *pkey = public_of("RSA", bld);
    BN_free(n);
    BN_free(e);
    return pkey;
}

static EVP_PKEY *curve_public(struct iam_str point)
{
    unsigned char bytes[97] = { 4 };
    OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
    assert_int_equal(point.len, sizeof(bytes) - 1);
    memcpy(bytes + 1, point.p, point.len);
    assert_int_equal(OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, "P-384", 0),
                     1);
    assert_int_equal(
        OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes)), 1);
    return public_of("EC", bld);
}

static bool verifies(EVP_PKEY *pkey, const EVP_MD *digest, const uint8_t *signature, size_t len,
                     struct iam_str text)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, digest, NULL, pkey), 1);
    bool ok = EVP_DigestVerify(ctx, signature, len, (const unsigned char *)text.p, text.len) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static void an_rsa_signature_verifies(void **state)
{
    struct iam_str signature;
    (void)state;
    assert_int_equal(rsa.public_key.len, 256);
    assert_ok(iam_keeper_sign_token(keeper, &rsa, TEXT, &arena, &signature));
    assert_int_equal(signature.len, 256);
    EVP_PKEY *pkey = rsa_public(rsa.public_key);
    const uint8_t *p = (const uint8_t *)signature.p;
    assert_true(verifies(pkey, EVP_sha256(), p, signature.len, TEXT));
    assert_false(verifies(pkey, EVP_sha256(), p, signature.len, IAM_STR("another text")));
    EVP_PKEY_free(pkey);
}

/* Many times: numbers with leading zeros keep their 48 bytes. */
static void a_signature_of_the_curve_verifies(void **state)
{
    EVP_PKEY *pkey = curve_public(curve.public_key);
    (void)state;
    for (unsigned i = 0; i < 600; i++) {
        struct iam_str signature;
        unsigned char *der = NULL;
        assert_ok(iam_keeper_sign_token(keeper, &curve, TEXT, &arena, &signature));
        assert_int_equal(signature.len, 96);
        const unsigned char *p = (const unsigned char *)signature.p;
        ECDSA_SIG *pair = ECDSA_SIG_new();
        assert_int_equal(ECDSA_SIG_set0(pair, BN_bin2bn(p, 48, NULL), BN_bin2bn(p + 48, 48, NULL)),
                         1);
        int len = i2d_ECDSA_SIG(pair, &der);
        assert_true(verifies(pkey, EVP_sha384(), der, (size_t)len, TEXT));
        OPENSSL_free(der);
        ECDSA_SIG_free(pair);
    }
    EVP_PKEY_free(pkey);
}

static void a_key_signs_for_its_name_and_kind_alone(void **state)
{
    struct iam_str signature = iam_str_absent();
    struct iam_token_key key = rsa;
    (void)state;
    key.account = IAM_STR("444455556666");
    assert_int_equal(iam_keeper_sign_token(keeper, &key, TEXT, &arena, &signature), IAM_CORRUPT);
    key = rsa;
    key.id = IAM_STR("RSA_1");
    assert_int_equal(iam_keeper_sign_token(keeper, &key, TEXT, &arena, &signature), IAM_CORRUPT);
    key = rsa;
    key.algorithm = IAM_TOKEN_ES384;
    assert_int_equal(iam_keeper_sign_token(keeper, &key, TEXT, &arena, &signature), IAM_CORRUPT);
    key = curve;
    key.algorithm = IAM_TOKEN_RS256;
    assert_int_equal(iam_keeper_sign_token(keeper, &key, TEXT, &arena, &signature), IAM_CORRUPT);
    key = rsa;
    key.sealed_key = curve.sealed_key;
    assert_int_equal(iam_keeper_sign_token(keeper, &key, TEXT, &arena, &signature), IAM_CORRUPT);
    assert_absent(signature);
}

/* What seals it again and checks it takes it for a private key of that owner. */
static void it_is_a_private_key(void **state)
{
    struct iam_str owner;
    (void)state;
    assert_ok(iam_token_key_owner(&arena, &rsa, &owner));
    assert_ok(iam_keeper_check_private_key(keeper, owner, rsa.sealed_key));
    assert_int_equal(iam_keeper_check_private_key(keeper, rsa.id, rsa.sealed_key), IAM_CORRUPT);
}

/* Seals a key that was made elsewhere as that of key's name. */
static void seal_as(struct iam_token_key *key, EVP_PKEY *pkey)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct iam_str owner;
    char *p;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(bio, &p);
    assert_ok(iam_token_key_owner(&arena, key, &owner));
    assert_ok(iam_keeper_seal_private_key(keeper, owner, (struct iam_str){ p, (size_t)len }, &arena,
                                          &key->sealed_key));
    BIO_free(bio);
    EVP_PKEY_free(pkey);
}

/* Under the right name, but of another size or another kind: only what a token promises signs. */
static void a_key_of_another_size_signs_nothing(void **state)
{
    struct iam_str signature = iam_str_absent();
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct iam_token_key key = i < 2 ? rsa : curve;
        EVP_PKEY *const made = i == 0   ? EVP_RSA_gen(1024)
                               : i == 1 ? EVP_EC_gen("P-384")
                               : i == 2 ? EVP_EC_gen("P-256")
                                        : EVP_RSA_gen(2048);
        seal_as(&key, made);
        assert_int_equal(iam_keeper_sign_token(keeper, &key, TEXT, &arena, &signature),
                         IAM_CORRUPT);
    }
    assert_absent(signature);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_rsa_signature_verifies),
        cmocka_unit_test(a_signature_of_the_curve_verifies),
        cmocka_unit_test(a_key_signs_for_its_name_and_kind_alone),
        cmocka_unit_test(it_is_a_private_key),
        cmocka_unit_test(a_key_of_another_size_signs_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
