/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"
#include "policy/value.h"

static int cmp(const char *a, const char *b)
{
    struct iam_decimal x;
    struct iam_decimal y;
    if (iam_decimal_parse(iam_str_c(a), &x) != IAM_OK ||
        iam_decimal_parse(iam_str_c(b), &y) != IAM_OK) {
        fail_msg("'%s' or '%s' is refused", a, b);
    }
    int order = iam_decimal_cmp(&x, &y);
    return (order > 0) - (order < 0);
}

static void decimals_compare_by_value(void **state)
{
    /* In rising order; each pair is compared both ways. */
    static const char *const rising[] = {
        "-1e2147483647",
        "-1000000000000000000000000000001",
        "-1000",
        "-10.5",
        "-10.25",
        "-1",
        "-0.001",
        "-1e-2147483647",
        "0",
        "1e-2147483647",
        "0.001",
        "0.01",
        "1",
        "1.05",
        "1.5",
        "9",
        "10",
        "10.25",
        "9007199254740992",
        "9007199254740993", /* 2^53 + 1 */
        "99999999999999999999",
        "100000000000000000000",
        "1000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
        "1e100",
        "1e2147483647",
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

static void one_number_has_many_spellings(void **state)
{
    static const char *const one[] = {
        "1",    "01",    "+1",     "1.",      "1.0",         "1e0",
        "1E+0", "10e-1", "0.1e+1", "0.001e3", "000100.0e-2", "1e-0"
    };
    static const char *const zero[] = { "0", "-0", "0.0", "0e5", "0e2147483647", ".0", "-.0" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(one); i++) {
        assert_int_equal(cmp(one[i], "1"), 0);
        assert_int_equal(cmp(one[i], "1.0000000000000000000000000001"), -1);
    }
    for (size_t i = 0; i < IAM_COUNT(zero); i++) {
        assert_int_equal(cmp(zero[i], "0"), 0);
    }
    assert_int_equal(cmp("120", "12e1"), 0);
    assert_int_equal(cmp("12.5", ".125e2"), 0);
}

/* What follows a text in memory is no part of it. */
static void a_decimal_ends_where_its_text_ends(void **state)
{
    static const char *const texts[] = { "1.9", "09", "1e05", "19", "-.09" };
    static const size_t lens[] = { 2, 1, 3, 1, 3 };
    static const char *const same[] = { "1.", "0", "1e0", "1", "-.0" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        struct iam_decimal x;
        struct iam_decimal y;
        struct iam_decimal more;
        assert_ok(iam_decimal_parse((struct iam_str){ texts[i], lens[i] }, &x));
        assert_ok(iam_decimal_parse(iam_str_c(same[i]), &y));
        assert_ok(iam_decimal_parse(IAM_STR("1.05"), &more));
        assert_int_equal(iam_decimal_cmp(&x, &y), 0);
        assert_true(iam_decimal_cmp(&more, &x) > 0 && iam_decimal_cmp(&x, &more) < 0);
    }
}

static void refuses_what_is_no_decimal(void **state)
{
    static const char *const bad[] = { "",     "-",     "+",   ".",    "1e",    "1e+", "e1",
                                       "0x10", " 1",    "1 ",  "1,5",  "--1",   "+-1", "1_0",
                                       "NaN",  "1e1.5", "1ee", "1e5x", "1.2.3", "1f",  "infinity" };
    static const char *const beyond[] = { "1e2147483648", "1e-2147483648",
                                          "1e99999999999999999999" };
    struct iam_decimal d;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        assert_int_equal(iam_decimal_parse(iam_str_c(bad[i]), &d), IAM_SYNTAX);
    }
    assert_int_equal(iam_decimal_parse(iam_str_absent(), &d), IAM_SYNTAX);
    for (size_t i = 0; i < IAM_COUNT(beyond); i++) {
        assert_int_equal(iam_decimal_parse(iam_str_c(beyond[i]), &d), IAM_LIMIT);
    }
    assert_int_equal(iam_decimal_parse(IAM_STR("1e2147483648x"), &d), IAM_SYNTAX);
}

static void dates_are_iso_or_epoch(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"1970",                          0                            },
        { "86400",                        86400000                     },
        { "+86400",                       86400000                     },
        { "1970-01-02T00:00:00Z",         86400000                     },
        { "1970-01-02T00:00:00",          86400000                     },
        { "1970-01-02T00:00",             86400000                     },
        { "1970-01-02",                   86400000                     },
        { "1970-1-2",                     86400000                     },
        { "1970-01-02t",                  86400000                     },
        { "1970-01-02TZ",                 86400000                     },
        { "1970-01-02T1",                 86400000 + 3600000           },
        { "1970-01-02T01:00:00+01:00",    86400000                     },
        { "1970-01-02T01+01",             86400000                     },
        { "1970-01-02T01+0100",           86400000                     },
        { "1970-01-02T01:30:00+01:30",    86400000                     },
        { "0",                            0                            },
        { "000",                          0                            },
        { "1970-01-01T23:00:00-01:00",    86400000                     },
        { "1970-01-02T00:00:00.0009Z",    86400000                     },
        { "1970-01-02T00:00:00.0019Z",    86400001                     },
        { "1969-12-31T23:59:59.9",        -100                         },
        { "2016-12-13t2:00:00.593194+23", INT64_C(1481511600593)       },
        { "01T",                          INT64_C(-62135596800000)     },
        { "0000-03-01",                   INT64_C(-62162035200000)     },
        { "-0001-03-01",                  INT64_C(-62193657600000)     },
        { "-292275054",                   INT64_C(-9223372017043200000)},
        { "292278993-12-31",              INT64_C(9223372017043200000) },
        { "999999999999",                 INT64_C(999999999999000)     },
        { "9223372036854775807",          INT64_MAX                    },
    };
    static const char *const bad[] = {
        "",
        "now",
        "9223372036854775808",
        "234-13",
        "2030-02-30",
        "2030-00-01",
        "2030-01-01T24:00",
        "2030-01-01T00:60",
        "2030-01-01T00:00:60",
        "2030-01-01T00:00:00.",
        "2030-01-01T00:00:00.1234567890",
        "2030-01-01T00:00:00+1",
        "2030-01-01T00:00:00+24:00",
        "2030-01-01T00:00:00+01:0",
        "2030-01-01T00:00:00+01:60",
        "2030-01-01T00:00:00ZZ",
        "2030-01-01T10.5",
        "2030-01-01 00:00:00",
        "2030-01-01T:00",
        "2030-001-01",
        "2030-",
        "-",
        "T",
        "1.5",
        "+",
        "++1",
        "292278994-01-01",
        "-292275055",
        "1000000000-01-01",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(good); i++) {
        int64_t ms = 1;
        if (!iam_date_parse(iam_str_c(good[i].text), &ms) || ms != good[i].ms) {
            fail_msg("'%s' is %lld", good[i].text, (long long)ms);
        }
    }
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        int64_t ms;
        if (iam_date_parse(iam_str_c(bad[i]), &ms)) {
            fail_msg("'%s' is taken", bad[i]);
        }
    }
}

static void every_text_but_true_is_false(void **state)
{
    (void)state;
    assert_true(iam_truth(IAM_STR("TrUe")));
    assert_false(iam_truth(IAM_STR("false")));
    assert_false(iam_truth(IAM_STR("")));
    assert_false(iam_truth(IAM_STR("1")));
    assert_false(iam_truth(IAM_STR("true ")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_compare_by_value),
        cmocka_unit_test(one_number_has_many_spellings),
        cmocka_unit_test(a_decimal_ends_where_its_text_ends),
        cmocka_unit_test(refuses_what_is_no_decimal),
        cmocka_unit_test(dates_are_iso_or_epoch),
        cmocka_unit_test(every_text_but_true_is_false),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
