/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"
#include "policy/value.h"

static int cmp(const char *a, const char *b)
{
    struct iam_decimal x;
    struct iam_decimal y;
    if (!iam_decimal_parse(iam_str_c(a), &x) || !iam_decimal_parse(iam_str_c(b), &y)) {
        fail_msg("'%s' or '%s' is refused", a, b);
    }
    int order = iam_decimal_cmp(&x, &y);
    return (order > 0) - (order < 0);
}

static void decimals_compare_by_value(void **state)
{
    /* In rising order; each pair is compared both ways. */
    static const char *const rising[] = {
        "-1000000000000000000000000000001",
        "-1000",
        "-10.5",
        "-10.25",
        "-1",
        "-0.001",
        "0",
        "0.001",
        "0.01",
        "1",
        "1.05",
        "1.5",
        "9",
        "10",
        "10.25",
        "99999999999999999999",
        "100000000000000000000",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rising); i++) {
        for (size_t k = 0; k < IAM_COUNT(rising); k++) {
            assert_int_equal(cmp(rising[i], rising[k]), (i > k) - (i < k));
        }
    }
    assert_int_equal(cmp("-0.0", "0"), 0);
    assert_int_equal(cmp("0010.500", "10.5"), 0);
}

static void refuses_what_is_no_decimal(void **state)
{
    static const char *const bad[] = { "",   "-",   "+1",  ".5",    "5.",  "1e3",      "0x10", " 1",
                                       "1 ", "1,5", "--1", "1.2.3", "1_0", "infinity", "NaN" };
    char longest[66];
    struct iam_decimal d;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        assert_false(iam_decimal_parse(iam_str_c(bad[i]), &d));
    }
    memset(longest, '1', sizeof(longest));
    assert_true(iam_decimal_parse((struct iam_str){ longest, 64 }, &d));
    assert_false(iam_decimal_parse((struct iam_str){ longest, 65 }, &d));
}

static void dates_are_iso_or_epoch(void **state)
{
    int64_t ms = 0;
    (void)state;
    assert_true(iam_date_parse(IAM_STR("1970"), &ms));
    assert_int_equal(ms, 0);
    assert_true(iam_date_parse(IAM_STR("86400"), &ms));
    assert_int_equal(ms, 86400000);
    assert_true(iam_date_parse(IAM_STR("1970-01-02T00:00:00Z"), &ms));
    assert_int_equal(ms, 86400000);
    assert_true(iam_date_parse(IAM_STR("999999999999"), &ms));
    assert_false(iam_date_parse(IAM_STR("1000000000000"), &ms));
    assert_false(iam_date_parse(IAM_STR("-1"), &ms));
    assert_false(iam_date_parse(IAM_STR(""), &ms));
    assert_false(iam_date_parse(IAM_STR("now"), &ms));
}

static void truth_has_two_words(void **state)
{
    bool v = false;
    (void)state;
    assert_true(iam_truth_parse(IAM_STR("TrUe"), &v));
    assert_true(v);
    assert_true(iam_truth_parse(IAM_STR("false"), &v));
    assert_false(v);
    assert_false(iam_truth_parse(IAM_STR(""), &v));
    assert_false(iam_truth_parse(IAM_STR("1"), &v));
    assert_false(iam_truth_parse(IAM_STR("true "), &v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_compare_by_value),
        cmocka_unit_test(refuses_what_is_no_decimal),
        cmocka_unit_test(dates_are_iso_or_epoch),
        cmocka_unit_test(truth_has_two_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
