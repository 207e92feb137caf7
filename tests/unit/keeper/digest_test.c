/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, HMAC and HKDF against published vectors, on several threads. */
#include "lib/test.h"

#include <pthread.h>

#include "keeper/crypto_int.h"
#include "keeper/digest.h"

static struct iam_str bytes_of(const uint8_t *p, size_t n)
{
    return (struct iam_str){ (const char *)p, n };
}

/* FIPS 180-4 example, and the empty message. */
static void test_sha256(void **state)
{
    (void)state;
    char hex[IAM_SHA256_HEX_LEN + 1];
    assert_int_equal(iam_sha256_hex(IAM_STR("abc"), hex), IAM_OK);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(iam_sha256_hex(iam_str_absent(), hex), IAM_OK);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231, test cases 1, 2 and 6 (a key longer than a block). */
static void test_hmac(void **state)
{
    (void)state;
    uint8_t mac[IAM_SHA256_BYTES];
    char hex[IAM_SHA256_HEX_LEN + 1];
    uint8_t key[131];

    memset(key, 0x0b, 20);
    assert_int_equal(iam_hmac_sha256(bytes_of(key, 20), IAM_STR("Hi There"), mac), IAM_OK);
    iam_sha256_to_hex(mac, hex);
    assert_string_equal(hex, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");

    assert_int_equal(iam_hmac_sha256(IAM_STR("Jefe"), IAM_STR("what do ya want for nothing?"), mac),
                     IAM_OK);
    iam_sha256_to_hex(mac, hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");

    memset(key, 0xaa, sizeof(key));
    assert_int_equal(iam_hmac_sha256(bytes_of(key, sizeof(key)),
                                     IAM_STR("Test Using Larger Than Block-Size Key - Hash Key "
                                             "First"),
                                     mac),
                     IAM_OK);
    iam_sha256_to_hex(mac, hex);
    assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* Neither a key nor a text; the value was computed with another implementation. */
static void test_hmac_of_nothing(void **state)
{
    (void)state;
    uint8_t mac[IAM_SHA256_BYTES];
    char hex[IAM_SHA256_HEX_LEN + 1];
    assert_int_equal(iam_hmac_sha256(iam_str_absent(), iam_str_absent(), mac), IAM_OK);
    iam_sha256_to_hex(mac, hex);
    assert_string_equal(hex, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 5869 with an empty salt; the value was computed with another implementation. */
static void test_hkdf(void **state)
{
    (void)state;
    uint8_t ikm[22];
    uint8_t a[KEEPER_KEY_BYTES];
    uint8_t b[KEEPER_KEY_BYTES];
    memset(ikm, 0x0b, sizeof(ikm));
    assert_int_equal(keeper_derive(bytes_of(ikm, sizeof(ikm)), IAM_STR("label"), a), IAM_OK);
    char hex[IAM_SHA256_HEX_LEN + 1];
    iam_sha256_to_hex(a, hex);
    assert_string_equal(hex, "251a01748cf5497142a517632da6230038a0f3eb73fc199db6ad73c9c945fb6b");
    /* S29: another label, another key. */
    assert_int_equal(keeper_derive(bytes_of(ikm, sizeof(ikm)), IAM_STR("Label"), b), IAM_OK);
    assert_memory_not_equal(a, b, sizeof(a));
    assert_int_equal(keeper_derive(bytes_of(ikm, sizeof(ikm)), IAM_STR(""), b), IAM_RANGE);
}

static void *hash_on_thread(void *arg)
{
    bool *ok = arg;
    char hex[IAM_SHA256_HEX_LEN + 1];
    uint8_t mac[IAM_SHA256_BYTES];
    for (int i = 0; i < 200 && *ok; i++) {
        *ok = iam_sha256_hex(IAM_STR("abc"), hex) == IAM_OK && strncmp(hex, "ba7816bf", 8) == 0 &&
              iam_hmac_sha256(IAM_STR("Jefe"), IAM_STR("what do ya want for nothing?"), mac) ==
                  IAM_OK &&
              mac[0] == 0x5b;
    }
    return NULL;
}

/* Contexts belong to a thread and are freed with it (LeakSanitizer looks). */
static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool ok[4] = { true, true, true, true };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hash_on_thread, &ok[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(ok[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),          cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_hmac_of_nothing), cmocka_unit_test(test_hkdf),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
