/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of unique IDs: prefix, length, alphabet; what is made is read back as its kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/id.h"

struct shape {
    enum iam_kind kind;
    const char *of_zeros;
    const char *of_ones;
};

static const struct shape SHAPES[] = {
    {IAM_KIND_USER,           "AIDAAAAAAAAAAAAAAAAAA",  "AIDA77777777777777777" },
    { IAM_KIND_ROLE,          "AROAAAAAAAAAAAAAAAAAA",  "AROA77777777777777777" },
    { IAM_KIND_GROUP,         "AGPAAAAAAAAAAAAAAAAAA",  "AGPA77777777777777777" },
    { IAM_KIND_POLICY,        "ANPAAAAAAAAAAAAAAAAAA",  "ANPA77777777777777777" },
    { IAM_KIND_OIDC_PROVIDER, "OIDCAAAAAAAAAAAAAAAAA",  "OIDC77777777777777777" },
    { IAM_KIND_SAML_PROVIDER, "SAMLSPAAAAAAAAAAAAAAAA", "SAMLSP7777777777777777"},
    { IAM_KIND_SAML_KEY,      "SAMLPKAAAAAAAAAAAAAAAA", "SAMLPK7777777777777777"},
    { IAM_KIND_ACCESS_KEY,    "AKIAAAAAAAAAAAAAAAAA",   "AKIA7777777777777777"  },
    { IAM_KIND_SESSION_KEY,   "ASIAAAAAAAAAAAAAAAAA",   "ASIA7777777777777777"  },
};

static void makes_the_shape_of_each_kind(void **state)
{
    uint8_t zeros[IAM_ID_RANDOM_BYTES] = { 0 };
    uint8_t ones[IAM_ID_RANDOM_BYTES];

    (void)state;
    memset(ones, 0xFF, sizeof(ones));
    for (size_t i = 0; i < IAM_COUNT(SHAPES); i++) {
        struct iam_unique_id low = iam_id_make(SHAPES[i].kind, zeros);
        struct iam_unique_id high = iam_id_make(SHAPES[i].kind, ones);
        enum iam_kind kind;

        assert_string_equal(low.text, SHAPES[i].of_zeros);
        assert_string_equal(high.text, SHAPES[i].of_ones);
        assert_int_equal(iam_id_parse(iam_id_str(&high), &kind), IAM_OK);
        assert_int_equal(kind, SHAPES[i].kind);
    }
}

static void every_random_bit_that_counts_shows(void **state)
{
    uint8_t zeros[IAM_ID_RANDOM_BYTES] = { 0 };
    struct iam_unique_id plain = iam_id_make(IAM_KIND_USER, zeros);

    (void)state;
    for (unsigned bit = 0; bit < 85; bit++) {
        uint8_t random[IAM_ID_RANDOM_BYTES] = { 0 };

        random[bit / 8] = (uint8_t)(0x80 >> (bit % 8));
        struct iam_unique_id id = iam_id_make(IAM_KIND_USER, random);
        assert_string_not_equal(id.text, plain.text);
    }
}

static void refuses_other_texts(void **state)
{
    static const char *const BAD[] = {
        "",
        "AIDA",
        "AIDAAAAAAAAAAAAAAAAA",   /* 20 */
        "AIDAAAAAAAAAAAAAAAAAAA", /* 22 */
        "AIDAAAAAAAAAAAAAAAAAa",
        "AIDAAAAAAAAAAAAAAAAA1",
        "AIDAAAAAAAAAAAAAAAAA8",
        "aidaAAAAAAAAAAAAAAAAA",
        "AKIAAAAAAAAAAAAAAAAAA",
        "AXXAAAAAAAAAAAAAAAAAA",
    };
    enum iam_kind kind = IAM_KIND_GROUP;

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(iam_id_parse(iam_str_c(BAD[i]), &kind), IAM_SYNTAX);
        assert_int_equal(kind, IAM_KIND_GROUP);
    }
}

static void account_ids_are_twelve_digits(void **state)
{
    (void)state;
    assert_true(iam_account_id_is_valid(IAM_STR("000000000000")));
    assert_true(iam_account_id_is_valid(IAM_STR("111122223333")));
    assert_false(iam_account_id_is_valid(IAM_STR("11112222333")));
    assert_false(iam_account_id_is_valid(IAM_STR("1111222233334")));
    assert_false(iam_account_id_is_valid(IAM_STR("11112222333a")));
    assert_false(iam_account_id_is_valid(IAM_STR("aws")));
    assert_false(iam_account_id_is_valid(iam_str_absent()));
}

/* IDs of AWS's own documents are not base32, and some are longer. */
static void ids_from_elsewhere_have_a_kind(void **state)
{
    char longest[130];

    (void)state;
    assert_int_equal(iam_kind_of_id(IAM_STR("AIDAIOSFODNN7EXAMPLE1")), IAM_KIND_USER);
    assert_int_equal(iam_kind_of_id(IAM_STR("AROAIOSFODNN7EXA")), IAM_KIND_ROLE);
    assert_int_equal(iam_kind_of_id(IAM_STR("111122223333")), IAM_KIND_ACCOUNT);
    assert_int_equal(iam_kind_of_id(IAM_STR("ASIAIOSFODNN7EXAMPLE")), IAM_KIND_SESSION_KEY);
    assert_int_equal(iam_kind_of_id(IAM_STR("AROAIOSFODNN7EX")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_id(IAM_STR("AROAIOSFODNN7EX-MPLE1")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_id(IAM_STR("XROAIOSFODNN7EXAMPLE1")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_id(IAM_STR("1111222233334444")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_id(iam_str_absent()), IAM_KIND_NONE);
    memset(longest, 'A', sizeof(longest));
    memcpy(longest, "AROA", 4);
    assert_int_equal(iam_kind_of_id((struct iam_str){ longest, 128 }), IAM_KIND_ROLE);
    assert_int_equal(iam_kind_of_id((struct iam_str){ longest, 129 }), IAM_KIND_NONE);
}

static void uuids_tell_their_version(void **state)
{
    uint8_t bytes[IAM_UUID_BYTES];
    char text[IAM_UUID_CHARS + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 0x11);
    }
    iam_uuid_print(bytes, text);
    assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
    iam_uuid_set_version(bytes);
    iam_uuid_print(bytes, text);
    assert_string_equal(text, "00112233-4455-4677-8899-aabbccddeeff");
    memset(bytes, 0xff, sizeof(bytes));
    iam_uuid_set_version(bytes);
    iam_uuid_print(bytes, text);
    assert_string_equal(text, "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

static void temporary_keys_begin_with_asia(void **state)
{
    (void)state;
    assert_true(iam_id_is_temporary(IAM_STR("ASIAIOSFODNN7EXAMPLE")));
    assert_true(iam_id_is_temporary(IAM_STR("ASIA")));
    assert_false(iam_id_is_temporary(IAM_STR("AKIAIOSFODNN7EXAMPLE")));
    assert_false(iam_id_is_temporary(IAM_STR("asiaIOSFODNN7EXAMPLE")));
    assert_false(iam_id_is_temporary(iam_str_absent()));
}

static void access_key_ids_are_word_characters(void **state)
{
    char longest[IAM_ACCESS_KEY_ID_MAX + 1];

    (void)state;
    memset(longest, 'A', sizeof(longest));
    assert_true(iam_access_key_id_is_valid(IAM_STR("a_9")));
    assert_true(iam_access_key_id_is_valid((struct iam_str){ longest, IAM_ACCESS_KEY_ID_MAX }));
    assert_false(iam_access_key_id_is_valid((struct iam_str){ longest, sizeof(longest) }));
    assert_false(iam_access_key_id_is_valid(IAM_STR("AKIA/")));
    assert_false(iam_access_key_id_is_valid(IAM_STR("AKIA ")));
    assert_false(iam_access_key_id_is_valid(iam_str_absent()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_the_shape_of_each_kind),
        cmocka_unit_test(every_random_bit_that_counts_shows),
        cmocka_unit_test(refuses_other_texts),
        cmocka_unit_test(account_ids_are_twelve_digits),
        cmocka_unit_test(ids_from_elsewhere_have_a_kind),
        cmocka_unit_test(uuids_tell_their_version),
        cmocka_unit_test(temporary_keys_begin_with_asia),
        cmocka_unit_test(access_key_ids_are_word_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
