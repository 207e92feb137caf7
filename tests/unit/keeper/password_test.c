/* SPDX-License-Identifier: Apache-2.0 */
/* The hash of a password: libsodium's own check accepts it, and nothing else of that password. */
#include "keeper/password.h"

#include <sodium.h>

#include "lib/test.h"

#define PREFIX "$argon2id$v=19$m=19456,t=2,p=1$"

static bool fits(const struct iam_password_hash *hash, const char *password)
{
    return crypto_pwhash_str_verify(hash->text, password, strlen(password)) == 0;
}

static void test_a_hash_verifies(void **state)
{
    static const char *const passwords[] = { "a", "correct horse", "p\xc3\xa4ssw\xc3\xb6rt\t" };
    struct iam_password_hash hash;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(passwords); i++) {
        memset(&hash, 'x', sizeof(hash));
        assert_ok(iam_password_hash(iam_str_c(passwords[i]), &hash));
        assert_memory_equal(hash.text, PREFIX, sizeof(PREFIX) - 1);
        assert_non_null(memchr(hash.text, '\0', sizeof(hash.text)));
        assert_true(fits(&hash, passwords[i]));
        assert_false(fits(&hash, "A"));
        assert_false(fits(&hash, ""));
        assert_null(strstr(hash.text, "horse"));
    }
}

static void test_every_hash_has_its_own_salt(void **state)
{
    struct iam_password_hash a;
    struct iam_password_hash b;
    (void)state;
    assert_ok(iam_password_hash(IAM_STR("same"), &a));
    assert_ok(iam_password_hash(IAM_STR("same"), &b));
    assert_string_not_equal(a.text, b.text);
}

static void test_lengths_are_bounded(void **state)
{
    static char longest[IAM_PASSWORD_MAX + 1];
    struct iam_password_hash hash;
    (void)state;
    memset(longest, 'x', sizeof(longest));
    assert_ok(iam_password_hash((struct iam_str){ longest, IAM_PASSWORD_MAX }, &hash));
    assert_int_equal(iam_password_hash((struct iam_str){ longest, IAM_PASSWORD_MAX + 1 }, &hash),
                     IAM_RANGE);
    assert_int_equal(iam_password_hash(IAM_STR(""), &hash), IAM_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_hash_verifies),
        cmocka_unit_test(test_every_hash_has_its_own_salt),
        cmocka_unit_test(test_lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
