/* SPDX-License-Identifier: Apache-2.0 */
#include "server/ring.h"

#include "lib/test.h"

#define CAP 16

static char bytes[CAP];

static void check_take(struct ring *r, const char *expected)
{
    char line[CAP];
    size_t n = ring_take(r, line);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(line, expected, n);
}

static void lines_come_out_in_order(void **state)
{
    struct ring r = { .bytes = bytes, .cap = CAP };
    (void)state;
    check_take(&r, "");
    assert_true(ring_put(&r, IAM_STR("one\n")));
    assert_true(ring_put(&r, IAM_STR("two\n")));
    check_take(&r, "one\n");
    check_take(&r, "two\n");
    check_take(&r, "");
}

/* Every position of the head, with lines that cross the end. */
static void lines_cross_the_end(void **state)
{
    struct ring r = { .bytes = bytes, .cap = CAP };
    (void)state;
    for (int i = 0; i < 5 * CAP; i++) {
        assert_true(ring_put(&r, IAM_STR("abcdefghij\n")));
        assert_true(ring_put(&r, IAM_STR("xyz\n")));
        check_take(&r, "abcdefghij\n");
        check_take(&r, "xyz\n");
    }
}

static void a_line_that_does_not_fit_changes_nothing(void **state)
{
    struct ring r = { .bytes = bytes, .cap = CAP };
    (void)state;
    assert_false(ring_put(&r, IAM_STR("abcdefghijklmnop\n")));
    assert_true(ring_put(&r, IAM_STR("abcdefghijklmno\n")));
    assert_false(ring_put(&r, IAM_STR("\n")));
    check_take(&r, "abcdefghijklmno\n");
    assert_true(ring_put(&r, IAM_STR("\n")));
    check_take(&r, "\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_out_in_order),
        cmocka_unit_test(lines_cross_the_end),
        cmocka_unit_test(a_line_that_does_not_fit_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
