/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of service-specific credentials. */
#include "keeper/service_password.h"

#include "lib/test.h"

static void test_passwords_are_random_base64(void **state)
{
    static const char ALPHABET[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct iam_service_password a;
    struct iam_service_password b;
    (void)state;
    assert_ok(iam_service_password_make(&a));
    assert_ok(iam_service_password_make(&b));
    assert_string_not_equal(a.text, b.text);
    assert_int_equal(strlen(a.text), IAM_SERVICE_PASSWORD_LEN);
    assert_int_equal(strspn(a.text, ALPHABET), IAM_SERVICE_PASSWORD_LEN - 1);
    assert_int_equal(a.text[IAM_SERVICE_PASSWORD_LEN - 1], '=');
}

static void test_a_hash_is_of_one_credential(void **state)
{
    static const struct iam_service_password password = { "secret" };
    static const struct iam_service_password other = { "secreu" };
    static char longest[129];
    uint8_t hash[IAM_SHA256_BYTES];
    uint8_t again[IAM_SHA256_BYTES];
    (void)state;
    memset(longest, 'A', sizeof(longest));
    assert_ok(iam_service_password_hash(IAM_STR("ACCA1"), &password, hash));
    assert_ok(iam_service_password_hash(IAM_STR("ACCA1"), &password, again));
    assert_memory_equal(hash, again, sizeof(hash));
    assert_ok(iam_service_password_hash(IAM_STR("ACCA2"), &password, again));
    assert_memory_not_equal(hash, again, sizeof(hash));
    assert_ok(iam_service_password_hash(IAM_STR("ACCA1"), &other, again));
    assert_memory_not_equal(hash, again, sizeof(hash));
    assert_ok(iam_sha256(IAM_STR("iamd v1 service credential\nACCA1\nsecret"), again));
    assert_memory_equal(hash, again, sizeof(hash));
    assert_ok(iam_service_password_hash((struct iam_str){ longest, 128 }, &password, hash));
    assert_int_equal(iam_service_password_hash((struct iam_str){ longest, 129 }, &password, hash),
                     IAM_RANGE);
    assert_int_equal(iam_service_password_hash(IAM_STR(""), &password, hash), IAM_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passwords_are_random_base64),
        cmocka_unit_test(test_a_hash_is_of_one_credential),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
