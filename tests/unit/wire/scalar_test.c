/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and instants as text, read and written. */
#include "unit/wire/rig.h"

#include <math.h>

#include "base/heap.h"
#include "wire/scalar_int.h"

static void assert_double(double v, const char *want)
{
    struct iam_buf b;
    struct iam_str text;
    double back;

    iam_buf_init(&b, iam_heap(), 64);
    api_double_write(&b, v);
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, want);
    assert_int_equal(api_double_read(text, &back), IAM_OK);
    assert_true(back == v || !isfinite(v));
    iam_buf_done(&b);
}

static void test_doubles(void **state)
{
    (void)state;
    assert_double(0, "0");
    assert_double(-1.5, "-1.5");
    assert_double(0.1, "0.1");
    assert_double(1.0 / 3, "0.3333333333333333");
    assert_double(1e300, "1e+300");
    assert_double(-2.5e-7, "-2.5e-07");
    assert_double(123456789012345680.0, "1.2345678901234568e+17");
    assert_double(NAN, "0");
    assert_double(INFINITY, "0");
}

static void test_long_numbers(void **state)
{
    double v;

    (void)state;
    assert_int_equal(api_double_read(IAM_STR("100000000000000000000000000000"), &v), IAM_OK);
    assert_true(v == 1e29);
    assert_int_equal(api_double_read(IAM_STR("0.1000000000000000000000000000001"), &v), IAM_OK);
    assert_true(v == 0.1);
    assert_int_equal(api_double_read(IAM_STR("0e9999"), &v), IAM_OK);
    assert_true(v == 0);
    assert_int_equal(api_double_read(IAM_STR("1e-9999"), &v), IAM_OK);
    assert_true(v == 0);
    assert_int_equal(api_double_read(IAM_STR("1e99999"), &v), IAM_SYNTAX);
}

static void test_double_grammar(void **state)
{
    static const char *const bad[] = { "",   "-",    ".5",  "5.",  "1e",    "1e+", "+1", " 1",
                                       "1 ", "0x10", "inf", "nan", "1e999", "1_0", "1,5" };
    double v = 7;

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        assert_int_equal(api_double_read(iam_str_c(bad[i]), &v), IAM_SYNTAX);
    }
    assert_true(v == 7);
}

static void assert_epoch(int64_t ms, const char *want)
{
    struct iam_buf b;
    struct iam_str text;
    int64_t back;

    iam_buf_init(&b, iam_heap(), 64);
    api_epoch_write(&b, ms);
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    rig_assert_str(text, want);
    assert_int_equal(api_epoch_read(text, &back), IAM_OK);
    assert_int_equal(back, ms);
    iam_buf_done(&b);
}

static void test_epochs(void **state)
{
    int64_t ms = 7;

    (void)state;
    assert_epoch(0, "0");
    assert_epoch(1795474933000, "1795474933");
    assert_epoch(1795474933007, "1795474933.007");
    assert_epoch(-1, "-0.001");
    assert_epoch(-1500, "-1.500");
    assert_int_equal(api_epoch_read(IAM_STR("1e13"), &ms), IAM_SYNTAX);
    assert_int_equal(ms, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_long_numbers),
        cmocka_unit_test(test_double_grammar),
        cmocka_unit_test(test_epochs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
