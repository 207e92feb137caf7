/* SPDX-License-Identifier: Apache-2.0 */
/* Slices: comparison, search, trimming, decimal numbers. */
#include "lib/test.h"

static void test_equality(void **state)
{
    (void)state;
    assert_true(iam_str_eq(IAM_STR("abc"), IAM_STR("abc")));
    assert_false(iam_str_eq(IAM_STR("abc"), IAM_STR("abd")));
    assert_false(iam_str_eq(IAM_STR("abc"), IAM_STR("ab")));
    assert_true(iam_str_eq(iam_str_absent(), IAM_STR("")));
    assert_true(iam_str_eq(iam_str_absent(), iam_str_absent()));
    assert_false(iam_str_eq(iam_str_absent(), IAM_STR("a")));
    assert_true(iam_str_eq(IAM_STR("a\0b"), IAM_STR("a\0b")));
    assert_false(iam_str_eq(IAM_STR("a\0b"), IAM_STR("a\0c")));
}

static void test_equality_without_case(void **state)
{
    (void)state;
    assert_true(iam_str_eq_nocase(IAM_STR("aZ09-_"), IAM_STR("Az09-_")));
    /* Neighbours of the letters, which differ in the same bit, are not letters. */
    assert_false(iam_str_eq_nocase(IAM_STR("@"), IAM_STR("`")));
    assert_false(iam_str_eq_nocase(IAM_STR("["), IAM_STR("{")));
    assert_false(iam_str_eq_nocase(IAM_STR("\xC4"), IAM_STR("\xE4")));
    assert_false(iam_str_eq_nocase(IAM_STR("a"), IAM_STR("aa")));
}

static void test_order(void **state)
{
    (void)state;
    assert_true(iam_str_cmp(IAM_STR("a"), IAM_STR("b")) < 0);
    assert_true(iam_str_cmp(IAM_STR("b"), IAM_STR("a")) > 0);
    assert_int_equal(iam_str_cmp(IAM_STR("a"), IAM_STR("a")), 0);
    assert_true(iam_str_cmp(IAM_STR("a"), IAM_STR("aa")) < 0);
    assert_true(iam_str_cmp(IAM_STR("aa"), IAM_STR("a")) > 0);
    assert_true(iam_str_cmp(iam_str_absent(), IAM_STR("a")) < 0);
    assert_int_equal(iam_str_cmp(iam_str_absent(), IAM_STR("")), 0);
    /* Bytes are unsigned. */
    assert_true(iam_str_cmp(IAM_STR("\x7F"), IAM_STR("\x80")) < 0);
    assert_true(iam_str_cmp_nocase(IAM_STR("\x7F"), IAM_STR("\x80")) < 0);
    assert_true(iam_str_cmp_nocase(IAM_STR("aB"), IAM_STR("Ac")) < 0);
    assert_int_equal(iam_str_cmp_nocase(IAM_STR("aB"), IAM_STR("Ab")), 0);
    /* '_' lies between the upper and the lower case letters. */
    assert_true(iam_str_cmp_nocase(IAM_STR("B"), IAM_STR("_")) > 0);
    assert_true(iam_str_cmp_nocase(IAM_STR("ab"), IAM_STR("ABC")) < 0);
}

static void test_prefix_and_suffix(void **state)
{
    (void)state;
    assert_true(iam_str_starts(IAM_STR("arn:aws"), IAM_STR("arn:")));
    assert_true(iam_str_starts(IAM_STR("arn:"), IAM_STR("arn:")));
    assert_false(iam_str_starts(IAM_STR("arn"), IAM_STR("arn:")));
    assert_true(iam_str_starts(iam_str_absent(), IAM_STR("")));
    assert_false(iam_str_starts(IAM_STR("Arn:"), IAM_STR("arn:")));
    assert_true(iam_str_starts_nocase(IAM_STR("Arn:x"), IAM_STR("aRN:")));
    assert_false(iam_str_starts_nocase(IAM_STR("Ar"), IAM_STR("arn:")));
    assert_true(iam_str_ends(IAM_STR("a.json"), IAM_STR(".json")));
    assert_false(iam_str_ends(IAM_STR("a.jso"), IAM_STR(".json")));
    assert_false(iam_str_ends(IAM_STR("json"), IAM_STR(".json")));
    assert_true(iam_str_ends(IAM_STR("x"), IAM_STR("")));
    assert_true(iam_str_ends(iam_str_absent(), IAM_STR("")));
}

static void test_find(void **state)
{
    (void)state;
    struct iam_str s = IAM_STR("a:b:c");
    assert_int_equal(iam_str_find(s, ':', 0), 1);
    assert_int_equal(iam_str_find(s, ':', 1), 1);
    assert_int_equal(iam_str_find(s, ':', 2), 3);
    assert_int_equal(iam_str_find(s, ':', 4), 5);
    assert_int_equal(iam_str_find(s, ':', 5), 5);
    assert_int_equal(iam_str_find(s, ':', SIZE_MAX), 5);
    assert_int_equal(iam_str_find(iam_str_absent(), ':', 0), 0);
    assert_int_equal(iam_str_find(IAM_STR("a\0b"), 'b', 0), 2);
}

static void test_sub(void **state)
{
    (void)state;
    struct iam_str s = IAM_STR("abcdef");
    assert_str(iam_str_sub(s, 0, 6), "abcdef");
    assert_str(iam_str_sub(s, 2, 3), "cde");
    assert_str(iam_str_sub(s, 4, 100), "ef");
    assert_str(iam_str_sub(s, 4, SIZE_MAX), "ef");
    assert_str(iam_str_sub(s, 6, 1), "");
    assert_str(iam_str_sub(s, SIZE_MAX, SIZE_MAX), "");
    assert_absent(iam_str_sub(iam_str_absent(), 0, 1));
    assert_absent(iam_str_sub(iam_str_absent(), 3, 1));
}

static void test_trim(void **state)
{
    (void)state;
    assert_str(iam_str_trim(IAM_STR(" \t a b\t ")), "a b");
    assert_str(iam_str_trim(IAM_STR("a")), "a");
    assert_str(iam_str_trim(IAM_STR(" \t ")), "");
    assert_str(iam_str_trim(IAM_STR("")), "");
    /* Line ends and other controls are not blanks. */
    assert_str(iam_str_trim(IAM_STR("\r\na\v")), "\r\na\v");
    assert_absent(iam_str_trim(iam_str_absent()));
}

static void test_to_u64(void **state)
{
    (void)state;
    uint64_t v = 77;
    assert_ok(iam_str_to_u64(IAM_STR("0"), 0, &v));
    assert_int_equal(v, 0);
    assert_ok(iam_str_to_u64(IAM_STR("18446744073709551615"), UINT64_MAX, &v));
    assert_true(v == UINT64_MAX);
    assert_ok(iam_str_to_u64(IAM_STR("0007"), 7, &v));
    assert_int_equal(v, 7);

    v = 77;
    assert_int_equal(iam_str_to_u64(IAM_STR("8"), 7, &v), IAM_RANGE);
    assert_int_equal(iam_str_to_u64(IAM_STR("18446744073709551616"), UINT64_MAX, &v), IAM_RANGE);
    assert_int_equal(iam_str_to_u64(IAM_STR("99999999999999999999999"), UINT64_MAX, &v), IAM_RANGE);
    static const char *const BAD[] = { "", "-", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0", "1e1" };
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(iam_str_to_u64(iam_str_c(BAD[i]), UINT64_MAX, &v), IAM_SYNTAX);
    }
    /* Syntax is judged before range. */
    assert_int_equal(iam_str_to_u64(IAM_STR("99999999999999999999999x"), 5, &v), IAM_SYNTAX);
    assert_int_equal(iam_str_to_u64(IAM_STR("1\0"), 5, &v), IAM_SYNTAX);
    assert_int_equal(iam_str_to_u64(iam_str_absent(), 5, &v), IAM_SYNTAX);
    assert_int_equal(v, 77);
}

static void test_to_i64(void **state)
{
    (void)state;
    int64_t v = 77;
    assert_ok(iam_str_to_i64(IAM_STR("-9223372036854775808"), INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MIN);
    assert_ok(iam_str_to_i64(IAM_STR("9223372036854775807"), INT64_MIN, INT64_MAX, &v));
    assert_true(v == INT64_MAX);
    assert_ok(iam_str_to_i64(IAM_STR("-0"), 0, 0, &v));
    assert_int_equal(v, 0);

    v = 77;
    static const char *const OUTSIDE[] = { "-9223372036854775809", "9223372036854775808",
                                           "18446744073709551615", "-18446744073709551616" };
    for (size_t i = 0; i < IAM_COUNT(OUTSIDE); i++) {
        enum iam_status st = iam_str_to_i64(iam_str_c(OUTSIDE[i]), INT64_MIN, INT64_MAX, &v);
        assert_int_equal(st, IAM_RANGE);
    }
    assert_int_equal(iam_str_to_i64(IAM_STR("-4"), -3, 3, &v), IAM_RANGE);
    assert_int_equal(iam_str_to_i64(IAM_STR("4"), -3, 3, &v), IAM_RANGE);
    assert_int_equal(iam_str_to_i64(IAM_STR("-"), -3, 3, &v), IAM_SYNTAX);
    assert_int_equal(iam_str_to_i64(IAM_STR("--1"), -3, 3, &v), IAM_SYNTAX);
    assert_int_equal(iam_str_to_i64(IAM_STR("+1"), -3, 3, &v), IAM_SYNTAX);
    assert_int_equal(iam_str_to_i64(iam_str_absent(), -3, 3, &v), IAM_SYNTAX);
    assert_int_equal(v, 77);
}

static void test_character_classes(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        bool upper = i >= 'A' && i <= 'Z';
        bool lower = i >= 'a' && i <= 'z';
        bool digit = i >= '0' && i <= '9';
        assert_int_equal(iam_ascii_is_alpha(c), upper || lower);
        assert_int_equal(iam_ascii_is_digit(c), digit);
        assert_int_equal(iam_ascii_is_alnum(c), upper || lower || digit);
        assert_int_equal((unsigned char)iam_ascii_lower(c), upper ? i + 32 : i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equality), cmocka_unit_test(test_equality_without_case),
        cmocka_unit_test(test_order),    cmocka_unit_test(test_prefix_and_suffix),
        cmocka_unit_test(test_find),     cmocka_unit_test(test_sub),
        cmocka_unit_test(test_trim),     cmocka_unit_test(test_to_u64),
        cmocka_unit_test(test_to_i64),   cmocka_unit_test(test_character_classes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
