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

static void test_a_hash_with_the_salt_of_another(void **state)
{
    struct iam_password_hash a;
    struct iam_password_hash b;
    struct iam_password_hash c;
    (void)state;
    assert_ok(iam_password_hash(IAM_STR("one"), &a));
    assert_ok(iam_password_hash_like(IAM_STR("two"), iam_str_c(a.text), &b));
    assert_true(fits(&b, "two"));
    assert_false(fits(&b, "one"));
    assert_true(iam_password_has_salt_of(iam_str_c(a.text), iam_str_c(b.text)));
    assert_false(iam_password_hash_equals(iam_str_c(a.text), iam_str_c(b.text)));
    assert_ok(iam_password_hash_like(IAM_STR("one"), iam_str_c(b.text), &c));
    assert_string_equal(a.text, c.text);
    assert_true(iam_password_hash_equals(iam_str_c(a.text), iam_str_c(c.text)));
    assert_ok(iam_password_hash(IAM_STR("one"), &c));
    assert_false(iam_password_has_salt_of(iam_str_c(a.text), iam_str_c(c.text)));
}

/* What libsodium itself has made is as good. */
static void test_a_password_is_compared(void **state)
{
    char text[crypto_pwhash_STRBYTES];
    (void)state;
    assert_true(sodium_init() >= 0);
    assert_int_equal(crypto_pwhash_str(text, "horse", 5, 2, (size_t)19 << 20), 0);
    assert_ok(iam_password_verify(IAM_STR("horse"), iam_str_c(text)));
    assert_int_equal(iam_password_verify(IAM_STR("Horse"), iam_str_c(text)), IAM_CONFLICT);
    assert_int_equal(iam_password_verify(IAM_STR("horse "), iam_str_c(text)), IAM_CONFLICT);
}

static void test_what_is_no_hash(void **state)
{
    static const char *const texts[] = {
        "",
        "$",
        PREFIX,
        PREFIX "AAAAAAAAAAAAAAAAAAAAAA",
        PREFIX "AAAAAAAAAAAAAAAAAAAAAA$",
        /* the last bits of the salt, and a character that is none */
        PREFIX "AAAAAAAAAAAAAAAAAAAAAB$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        PREFIX "AAAAAAAAAAAAAAAA.AAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        PREFIX "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    };
    struct iam_password_hash hash;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_int_equal(iam_password_hash_like(IAM_STR("a"), iam_str_c(texts[i]), &hash),
                         IAM_CORRUPT);
        assert_int_equal(iam_password_verify(IAM_STR("a"), iam_str_c(texts[i])), IAM_CORRUPT);
    }
    assert_false(iam_password_has_salt_of(IAM_STR("$"), IAM_STR("$")));
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
        cmocka_unit_test(test_a_hash_with_the_salt_of_another),
        cmocka_unit_test(test_a_password_is_compared),
        cmocka_unit_test(test_what_is_no_hash),
        cmocka_unit_test(test_lengths_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
