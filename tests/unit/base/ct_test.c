/* SPDX-License-Identifier: Apache-2.0 */
/* Comparison and wiping of secrets: the results. That the time is constant is not tested here. */
#include "lib/test.h"

#include "base/ct.h"

static void test_equal(void **state)
{
    (void)state;
    unsigned char a[70];
    unsigned char b[70];
    for (size_t n = 0; n <= sizeof(a); n++) {
        memset(a, 0x5A, sizeof(a));
        memset(b, 0x5A, sizeof(b));
        assert_true(iam_ct_equal(a, b, n));
        for (size_t bit = 0; bit < 8 * n; bit++) {
            b[bit / 8] ^= (unsigned char)(1 << bit % 8);
            assert_false(iam_ct_equal(a, b, n));
            b[bit / 8] ^= (unsigned char)(1 << bit % 8);
        }
    }
    assert_true(iam_ct_equal(NULL, NULL, 0));
}

/* Two differences must not cancel each other. */
static void test_every_pair_of_bytes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        unsigned char a[2] = { (unsigned char)(i >> 8), (unsigned char)(i >> 8) };
        unsigned char b[2] = { (unsigned char)i, (unsigned char)i };
        assert_int_equal(iam_ct_equal(a, b, 2), a[0] == b[0]);
    }
}

static void test_wipe(void **state)
{
    (void)state;
    unsigned char a[16];
    memset(a, 0xFF, sizeof(a));
    iam_wipe(a + 1, sizeof(a) - 2);
    assert_int_equal(a[0], 0xFF);
    assert_int_equal(a[15], 0xFF);
    for (size_t i = 1; i < 15; i++) {
        assert_int_equal(a[i], 0);
    }
    iam_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_every_pair_of_bytes),
        cmocka_unit_test(test_wipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
