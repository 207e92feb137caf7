/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys: which PEM is taken, and that a sealed one opens for its ID alone. */
#include "lib/test.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/heap.h"
#include "keeper/keeper.h"

#define MASTER "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID IAM_STR("SAMLPK1")

static struct iam_keeper *keeper;
static struct iam_arena arena;

static int setup(void **state)
{
    const struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = MASTER };
    char error[128];
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return iam_keeper_new(&config, &keeper, error, sizeof(error));
}

static int teardown(void **state)
{
    (void)state;
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}

/* Copies what is in bio, and frees it. */
static struct iam_str text_of(BIO *bio)
{
    char *p;
    struct iam_str text;
    long len = BIO_get_mem_data(bio, &p);
    assert_ok(iam_arena_dup(&arena, (struct iam_str){ p, (size_t)len }, &text));
    BIO_free(bio);
    return text;
}

static struct iam_str pkcs8(EVP_PKEY *key, const EVP_CIPHER *cipher)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, cipher != NULL ? "pass" : NULL,
                                                   cipher != NULL ? 4 : 0, NULL, NULL),
                     1);
    return text_of(bio);
}

static struct iam_str traditional(EVP_PKEY *key)
{
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    return text_of(bio);
}

static enum iam_status seal(struct iam_str pem, struct iam_str *ret)
{
    return iam_keeper_seal_private_key(keeper, ID, pem, &arena, ret);
}

/* A changed bit anywhere in the middle is found. */
static void assert_altered(struct iam_str sealed)
{
    char *copy = iam_arena_alloc(&arena, sealed.len);
    assert_non_null(copy);
    memcpy(copy, sealed.p, sealed.len);
    copy[sealed.len / 2] ^= 1;
    assert_int_equal(iam_keeper_check_private_key(keeper, ID, (struct iam_str){ copy, sealed.len }),
                     IAM_CORRUPT);
}

static void test_what_is_taken(void **state)
{
    EVP_PKEY *rsa = EVP_RSA_gen(1024);
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    const struct iam_str pems[] = { pkcs8(rsa, NULL), traditional(rsa), pkcs8(ec, NULL),
                                    traditional(ec) };
    struct iam_str sealed;
    struct iam_str again;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(pems); i++) {
        assert_ok(seal(pems[i], &sealed));
        assert_ok(iam_keeper_check_private_key(keeper, ID, sealed));
        assert_int_equal(iam_keeper_check_private_key(keeper, IAM_STR("SAMLPK2"), sealed),
                         IAM_CORRUPT);
        assert_int_equal(iam_keeper_check_secret(keeper, ID, sealed), IAM_CORRUPT);
        assert_int_equal(iam_keeper_reseal_private_key(keeper, ID, sealed, &arena, &again),
                         IAM_EXISTS);
        assert_altered(sealed);
    }
    assert_int_equal(iam_keeper_check_private_key(keeper, ID, iam_str_absent()), IAM_CORRUPT);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
}

static void test_what_is_not(void **state)
{
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *ec = EVP_EC_gen("P-256");
    struct iam_str good = pkcs8(ec, NULL);
    struct iam_str sealed;
    char *padded = iam_arena_zalloc(&arena, 1, IAM_PRIVATE_KEY_MAX + 1);
    (void)state;
    assert_non_null(padded);
    memcpy(padded, good.p, good.len);
    memset(padded + good.len, '\n', IAM_PRIVATE_KEY_MAX + 1 - good.len);
    assert_ok(seal((struct iam_str){ padded, IAM_PRIVATE_KEY_MAX }, &sealed));
    const struct iam_str pems[] = {
        pkcs8(ed, NULL),
        pkcs8(ec, EVP_aes_128_cbc()),
        iam_str_sub(good, 0, good.len / 2),
        {padded, IAM_PRIVATE_KEY_MAX + 1},
        IAM_STR(""),
        IAM_STR("no key"),
        IAM_STR("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
    };
    for (size_t i = 0; i < IAM_COUNT(pems); i++) {
        assert_int_equal(seal(pems[i], &sealed), IAM_SYNTAX);
    }
    EVP_PKEY_free(ed);
    EVP_PKEY_free(ec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_taken),
        cmocka_unit_test(test_what_is_not),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
