/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No secret is on the stack when a function of the keeper has returned: neither what was sealed or
 * opened, nor a key on the way there. What is freed or forgotten is wiped.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdalign.h>
#include <stdlib.h>

#include "keeper/base32.h"
#include "keeper/password.h"
#include "keeper/seed.h"
#include "keeper/service_password.h"
#include "keeper/token_signer.h"
#include "residue_rig.h"
#include "session_fixture.h"

#define ID IAM_STR("AKIDEXAMPLE")
#define SECRET IAM_STR("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

static const struct iam_key_scope SCOPE = { IAM_STR_INIT("20120215"), IAM_STR_INIT("us-east-1"),
                                            IAM_STR_INIT("iam") };

static struct iam_str sealed;
static struct iam_str again;
static uint8_t dummy[IAM_SEALED_SECRET_MAX];
static struct iam_secret_text secret;
static struct iam_signing_key key;
static size_t len;

/* Neither the key for a purpose, nor the one that it makes for a blob. */
static void assert_keys_are_gone(enum keeper_purpose purpose, struct iam_str blob)
{
    const struct keeper_purpose_key *of_purpose = ring_key(ring_newest(&keeper->ring), purpose);
    uint8_t of_blob[IAM_SHA256_BYTES];
    assert_gone(of_purpose->bytes);
    assert_ok(iam_hmac_sha256(bytes_of(of_purpose->bytes, sizeof(of_purpose->bytes)),
                              iam_str_sub(blob, 1 + KEEPER_KEY_ID_BYTES, KEEPER_SALT_BYTES),
                              of_blob));
    assert_gone(of_blob);
}

/* ---- the test itself ---- */

static void leave_it(void)
{
    char copy[64];
    memcpy(copy, bytes, PART);
    __asm__ volatile("" : : "r"(copy) : "memory");
}

static void leave_nothing(void)
{
}

/* Shows that the tests below can fail. */
static void test_residue_is_seen(void **state)
{
    (void)state;
    memcpy(bytes, "0123456789abcdef", PART);
    residue_of(leave_it);
    assert_true(residue_has(bytes, PART));
    residue_of(leave_nothing);
    assert_gone(bytes);
}

/* ---- HMAC and what is derived ---- */

static struct iam_hmac_key prepared;

static void finish_hmac(void)
{
    assert_ok(iam_hmac_with(&prepared, IAM_STR("text"), result));
}

static void make_hmac(void)
{
    assert_ok(iam_hmac_sha256(bytes_of(bytes, len), IAM_STR("text"), result));
}

static void prepare_hmac(void)
{
    assert_ok(iam_hmac_prepare(bytes_of(bytes, len), &prepared));
}

/* Neither the key, in any form that the computation gives it, nor what becomes of it. */
static void assert_hmac_leaves_nothing(void)
{
    static uint8_t block[64];
    static uint8_t pads[2][64];
    static uint8_t inside[sizeof(pads[0]) + 4];
    static uint8_t inner[IAM_SHA256_BYTES];
    static uint32_t words[8]; /* the result as the hash computes it */
    memset(block, 0, sizeof(block));
    if (len > sizeof(block)) {
        assert_ok(iam_sha256(bytes_of(bytes, len), block));
    } else {
        memcpy(block, bytes, len);
    }
    for (size_t i = 0; i < sizeof(block); i++) {
        pads[0][i] = block[i] ^ 0x36;
        pads[1][i] = block[i] ^ 0x5c;
    }
    residue_of(prepare_hmac);
    assert_gone(block);
    assert_gone(pads[0]);
    assert_gone(pads[1]);
    assert_gone(prepared.inner);
    assert_gone(prepared.outer);
    memcpy(inside, pads[0], sizeof(pads[0]));
    memcpy(inside + sizeof(pads[0]), "text", 4);
    assert_ok(iam_sha256(bytes_of(inside, sizeof(inside)), inner));
    residue_of(finish_hmac);
    assert_gone(inner);
    assert_gone(prepared.outer);
    residue_of(make_hmac);
    for (size_t i = 0; i < IAM_COUNT(words); i++) {
        const uint8_t *p = result + 4 * i;
        words[i] = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    }
    assert_gone(bytes);
    assert_gone(block);
    assert_gone(pads[0]);
    assert_gone(pads[1]);
    assert_gone(prepared.inner);
    assert_gone(prepared.outer);
    assert_gone(result);
    assert_gone(words);
}

static void test_hmac(void **state)
{
    static const size_t lens[] = { 20, 32, 64, 65, 131 };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(lens); i++) {
        len = lens[i];
        for (size_t at = 0; at < len; at++) {
            bytes[at] = (uint8_t)(at * 7 + len);
        }
        assert_hmac_leaves_nothing();
    }
}

static void derive(void)
{
    assert_ok(keeper_derive(bytes_of(bytes, 32), IAM_STR("label"), result));
}

static void test_derivation(void **state)
{
    static const uint8_t no_salt[IAM_SHA256_BYTES];
    static uint8_t between[IAM_SHA256_BYTES];
    (void)state;
    assert_ok(iam_hmac_sha256(bytes_of(no_salt, sizeof(no_salt)), bytes_of(bytes, 32), between));
    residue_of(derive);
    assert_gone(bytes);
    assert_gone(between);
    assert_gone(result);
}

/* ---- secrets of long-term keys ---- */

static void make_secret(void)
{
    assert_ok(iam_keeper_make_secret(keeper, ID, &arena, &sealed, &secret));
}

static void make_text(void)
{
    assert_ok(keeper_make_text(&secret));
}

static void make_dummy(void)
{
    assert_ok(keeper_make_dummy(&keeper->ring, dummy, &len));
}

/* Writes the bytes that the text of the secret encodes. */
static void decode_secret(uint8_t raw[KEEPER_SECRET_BYTES])
{
    assert_int_equal(EVP_DecodeBlock(raw, (const unsigned char *)secret.text, IAM_SECRET_TEXT_LEN),
                     KEEPER_SECRET_BYTES);
}

static void check_secret(void)
{
    assert_ok(iam_keeper_check_secret(keeper, ID, sealed));
}

static void compare_secret(void)
{
    assert_ok(iam_keeper_compare_secret(keeper, ID, sealed, iam_str_c(secret.text)));
}

static void find_signing_key(void)
{
    assert_ok(iam_keeper_signing_key(keeper, ID, sealed, &SCOPE, &key));
}

static void test_secret(void **state)
{
    static void (*const functions[])(void) = { make_secret, check_secret, compare_secret,
                                               find_signing_key };
    static uint8_t raw[KEEPER_SECRET_BYTES];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(functions); i++) {
        residue_of(functions[i]);
        assert_gone(secret.text);
        assert_keys_are_gone(KEEPER_PURPOSE_SECRET, sealed);
        decode_secret(raw);
        assert_gone(raw);
    }
    residue_of(make_text);
    decode_secret(raw);
    assert_gone(raw);
}

/* The secret of nobody is a secret too. */
static void test_dummy(void **state)
{
    (void)state;
    residue_of(make_dummy);
    assert_ok(keeper_open(ring_key(ring_newest(&keeper->ring), KEEPER_PURPOSE_SECRET),
                          KEEPER_DUMMY_ID, bytes_of(dummy, len), bytes));
    assert_gone(bytes);
}

static void reseal_secret(void)
{
    assert_ok(iam_keeper_reseal_secret(keeper, ID, sealed, &arena, &again));
}

static void test_reseal(void **state)
{
    static uint8_t raw[KEEPER_SECRET_BYTES];
    (void)state;
    make_secret();
    decode_secret(raw);
    number = 2;
    begin_rotation();
    commit();
    residue_of(reseal_secret);
    assert_gone(secret.text);
    assert_gone(raw);
    assert_keys_are_gone(KEEPER_PURPOSE_SECRET, again);
}

/* Neither the signing key nor those before it, derived and cached. */
static void test_signing_key(void **state)
{
    static uint8_t steps[4][IAM_SHA256_BYTES];
    const struct iam_str parts[] = { SCOPE.date, SCOPE.region, SCOPE.service,
                                     IAM_STR("aws4_request") };
    (void)state;
    assert_ok(iam_keeper_seal_given_secret(keeper, ID, SECRET, &arena, &sealed));
    for (size_t i = 0; i < IAM_COUNT(parts); i++) {
        struct iam_str from = i == 0 ? IAM_STR("AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
                                     : bytes_of(steps[i - 1], sizeof(steps[0]));
        assert_ok(iam_hmac_sha256(from, parts[i], steps[i]));
    }
    for (size_t run = 0; run < 2; run++) {
        residue_of(find_signing_key);
        assert_memory_equal(key.bytes, steps[3], sizeof(key.bytes));
        assert_gone(SECRET.p);
        for (size_t i = 0; i < IAM_COUNT(steps); i++) {
            assert_gone(steps[i]);
        }
    }
}

/* ---- sessions ---- */

static struct iam_session session;
static const struct iam_session *opened;

static void seal_session(void)
{
    assert_ok(iam_keeper_seal_session(keeper, &session, 0, &arena, &sealed, &secret));
}

static void open_session(void)
{
    assert_ok(iam_keeper_open_session(keeper, session.access_key_id, sealed, &SCOPE, &arena,
                                      &opened, &key));
}

static void test_session(void **state)
{
    static uint8_t raw[KEEPER_SECRET_BYTES];
    (void)state;
    session = fixture_session();
    residue_of(seal_session);
    decode_secret(raw);
    assert_gone(raw);
    assert_gone(secret.text);
    assert_gone(ring_key(ring_newest(&keeper->ring), KEEPER_PURPOSE_SESSION)->bytes);
    for (size_t run = 0; run < 2; run++) {
        residue_of(open_session);
        assert_gone(raw);
        assert_gone(secret.text);
        assert_gone(key.bytes);
        assert_gone(ring_key(ring_newest(&keeper->ring), KEEPER_PURPOSE_SESSION)->bytes);
    }
}

/* ---- seeds ---- */

static struct iam_seed_text seed;
static struct iam_code_search search;

static void make_seed(void)
{
    assert_ok(iam_keeper_make_seed(keeper, ID, &arena, &sealed, &seed));
}

static void find_code(void)
{
    int64_t step;
    assert_int_equal(iam_keeper_find_code(keeper, ID, sealed, &search, 1, &step), IAM_NOT_FOUND);
}

static void test_seed(void **state)
{
    static const uint8_t counter[8] = { 0, 0, 0, 0, 0, 0, 0, 9 };
    static uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len = sizeof(mac);
    (void)state;
    residue_of(make_seed);
    assert_ok(iam_base32_decode(iam_str_c(seed.text), bytes, sizeof(bytes), &len));
    assert_gone(bytes);
    assert_gone(seed.text);
    assert_non_null(HMAC(EVP_sha1(), bytes, (int)len, counter, sizeof(counter), mac, &mac_len));
    search = (struct iam_code_search){ .first = 5, .last = 9, .near = 7, .code = IAM_STR("none") };
    residue_of(find_code);
    assert_gone(bytes);
    assert_gone(mac);
    assert_keys_are_gone(KEEPER_PURPOSE_SEED, sealed);
}

/* ---- passwords ---- */

static struct iam_password_hash hash;
static struct iam_service_password service;

static void verify_password(void)
{
    assert_ok(iam_password_verify(SECRET, iam_str_c(hash.text)));
}

static void make_service_password(void)
{
    assert_ok(iam_service_password_make(&service));
}

static void hash_service_password(void)
{
    assert_ok(iam_service_password_hash(ID, &service, result));
}

static void test_passwords(void **state)
{
    const char *text;
    (void)state;
    assert_ok(iam_password_hash(SECRET, &hash));
    text = strrchr(hash.text, '$') + 1;
    residue_of(verify_password);
    assert_gone(text);
    residue_of(make_service_password);
    assert_gone(service.text);
    assert_int_equal(
        EVP_DecodeBlock(bytes, (const unsigned char *)service.text, IAM_SERVICE_PASSWORD_LEN), 45);
    assert_gone(bytes);
    residue_of(hash_service_password);
    assert_gone(service.text);
}

/* ---- private keys ---- */

static struct iam_str pem;
static struct iam_str wrapped;
static struct iam_token_key token_key;

static void seal_private_key(void)
{
    assert_ok(iam_keeper_seal_private_key(keeper, ID, pem, &arena, &sealed));
}

static void check_private_key(void)
{
    assert_ok(iam_keeper_check_private_key(keeper, ID, sealed));
}

static void unwrap(void)
{
    const struct iam_oaep oaep = { IAM_OAEP_SHA256, IAM_OAEP_SHA256 };
    assert_ok(iam_keeper_unwrap(keeper, ID, sealed, &oaep, wrapped, bytes, &len));
}

/* Encrypts 32 bytes for the key. */
static struct iam_str wrap(EVP_PKEY *pkey)
{
    static uint8_t out[256];
    size_t out_len = sizeof(out);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(ctx), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()), 1);
    assert_int_equal(EVP_PKEY_encrypt(ctx, out, &out_len, (const unsigned char *)SECRET.p, 32), 1);
    EVP_PKEY_CTX_free(ctx);
    return bytes_of(out, out_len);
}

static void test_private_key(void **state)
{
    static uint8_t der[KEEPER_OPENED_MAX];
    struct iam_str text;
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    BIO *bio = BIO_new(BIO_s_mem());
    char *p;
    (void)state;
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
    long pem_len = BIO_get_mem_data(bio, &p);
    pem = bytes_of(p, (size_t)pem_len);
    assert_ok(keeper_private_der(pkey, der, &text));
    wrapped = wrap(pkey);
    const uint8_t *middle = der + text.len / 2;
    static void (*const functions[])(void) = { seal_private_key, check_private_key, unwrap };
    for (size_t i = 0; i < IAM_COUNT(functions); i++) {
        residue_of(functions[i]);
        assert_gone(middle);
        assert_gone(der + text.len - PART);
        assert_keys_are_gone(KEEPER_PURPOSE_PRIVATE_KEY, sealed);
    }
    assert_memory_equal(bytes, SECRET.p, 32);
    assert_gone(SECRET.p);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
}

static void make_token_key(void)
{
    assert_ok(iam_keeper_make_token_key(keeper, &arena, &token_key));
}

static void sign_token(void)
{
    struct iam_str signature;
    assert_ok(iam_keeper_sign_token(keeper, &token_key, IAM_STR("text"), &arena, &signature));
}

static void test_token_key(void **state)
{
    static void (*const functions[])(void) = { sign_token, make_token_key };
    static uint8_t der[KEEPER_OPENED_MAX];
    struct iam_str owner;
    struct iam_str text;
    (void)state;
    token_key = (struct iam_token_key){ .id = IAM_STR("EC384_0"),
                                        .account = IAM_STR("111122223333"),
                                        .algorithm = IAM_TOKEN_ES384 };
    make_token_key();
    assert_ok(iam_token_key_owner(&arena, &token_key, &owner));
    for (size_t i = 0; i < IAM_COUNT(functions); i++) {
        residue_of(functions[i]);
        assert_keys_are_gone(KEEPER_PURPOSE_PRIVATE_KEY, token_key.sealed_key);
        assert_ok(keeper_open_for(keeper, KEEPER_PURPOSE_PRIVATE_KEY, owner, token_key.sealed_key,
                                  der, sizeof(der), &text));
        /* the private number follows the names of the kind of key */
        assert_gone(der + 36);
    }
}

/* ---- what is freed, and what is forgotten ---- */

/* Says how long a block is. */
union block {
    size_t bytes;
    max_align_t align;
};

static size_t unwiped;

static void *give(void *ctx, size_t n)
{
    union block *block = malloc(sizeof(*block) + n);
    (void)ctx;
    assert_non_null(block);
    memset(block + 1, 0xa5, n);
    block->bytes = n;
    return block + 1;
}

static void take_back(void *ctx, void *p)
{
    union block *block = p;
    (void)ctx;
    for (size_t i = 0; p != NULL && i < block[-1].bytes; i++) {
        unwiped += ((const char *)p)[i] != 0;
    }
    free(p != NULL ? block - 1 : NULL);
}

/* Every block that the keeper frees is wiped before. */
static void test_freed_memory(void **state)
{
    static const struct iam_alloc alloc = { give, take_back, NULL };
    const struct iam_keeper_config config = { .alloc = &alloc, .key_base64 = MASTER_A };
    struct iam_keeper *own = NULL;
    struct iam_keeper *theirs = keeper;
    char error[128];
    (void)state;
    assert_ok(iam_keeper_new(&config, &own, error, sizeof(error)));
    keeper = own;
    session = fixture_session();
    seal_session();
    open_session();
    number = 2;
    begin_rotation();
    commit();
    open_session();
    iam_keeper_free(own);
    keeper = theirs;
    assert_int_equal(unwiped, 0);
}

static bool cache_has_key(void)
{
    return memmem(keeper->cache.shards, sizeof(struct key_cache_shard) * KEY_CACHE_SHARDS,
                  key.bytes, sizeof(key.bytes)) != NULL;
}

static bool cache_has_session(void)
{
    return memmem(keeper->sessions.shards,
                  sizeof(struct session_cache_shard) * SESSION_CACHE_SHARDS, session.issuer_id.p,
                  session.issuer_id.len) != NULL;
}

static void test_forgotten(void **state)
{
    static const uint8_t nothing[KEEPER_KEY_BYTES];
    static uint8_t old[KEEPER_KEY_BYTES];
    (void)state;
    session = fixture_session();
    seal_session();
    open_session();
    assert_true(cache_has_key() && cache_has_session());
    iam_keeper_forget(keeper, session.access_key_id);
    assert_false(cache_has_key());
    memcpy(old, keeper->ring.items[0].secret, sizeof(old));
    number = 2;
    begin_rotation();
    commit();
    assert_false(cache_has_session());
    open_session();
    assert_true(cache_has_session());
    assert_non_null(memmem(&keeper->ring, sizeof(keeper->ring), old, sizeof(old)));
    iam_keeper_drop_generation(keeper, 1);
    for (size_t i = keeper->ring.count; i < IAM_RING_MAX; i++) {
        assert_int_equal(keeper->ring.items[i].number, 0);
        assert_memory_equal(keeper->ring.items[i].secret, nothing, sizeof(nothing));
    }
    assert_null(memmem(&keeper->ring, sizeof(keeper->ring), old, sizeof(old)));
    assert_false(cache_has_session());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_residue_is_seen),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_derivation),
        cmocka_unit_test_setup_teardown(test_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dummy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reseal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signing_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_passwords, setup, teardown),
        cmocka_unit_test_setup_teardown(test_private_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_freed_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forgotten, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
