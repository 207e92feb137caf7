/* SPDX-License-Identifier: Apache-2.0 */
#include "server/repeats.h"

#include <stdio.h>

#include "lib/test.h"

static bool admit(struct repeats *r, const char *text, int64_t now_ms, uint64_t expected)
{
    uint64_t left_out = UINT64_MAX;
    bool ok = repeats_admit(r, text, 1, 1, now_ms, &left_out);
    if (ok) {
        assert_int_equal(left_out, expected);
    }
    return ok;
}

static void one_in_a_period(void **state)
{
    struct repeats r = { 0 };
    (void)state;
    assert_true(admit(&r, "a", 5000, 0));
    assert_false(admit(&r, "a", 5001, 0));
    assert_false(admit(&r, "a", 5999, 0));
    assert_true(admit(&r, "b", 5999, 0));
    assert_true(admit(&r, "a", 6000, 2));
    assert_true(admit(&r, "a", 7000, 0));
}

static void more_than_one_where_that_is_allowed(void **state)
{
    struct repeats r = { 0 };
    uint64_t left_out;
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(repeats_admit(&r, "a", 0, 3, 100, &left_out));
    }
    assert_false(repeats_admit(&r, "a", 0, 3, 100, &left_out));
    assert_true(repeats_admit(&r, "a", 1, 3, 100, &left_out));
    assert_int_equal(left_out, 0);
}

static void a_clock_set_back_silences_nothing(void **state)
{
    struct repeats r = { 0 };
    (void)state;
    assert_true(admit(&r, "a", 5000, 0));
    assert_true(admit(&r, "a", 1000, 0));
    assert_false(admit(&r, "a", 1001, 0));
}

static void what_was_left_out_is_told_once(void **state)
{
    struct repeats r = { 0 };
    struct repeat told;
    (void)state;
    assert_false(repeats_take(&r, INT64_MAX, &told));
    assert_true(admit(&r, "a", 5000, 0));
    assert_false(admit(&r, "a", 5001, 0));
    assert_false(repeats_take(&r, 5999, &told));
    assert_true(repeats_take(&r, 6000, &told));
    assert_string_equal(told.text, "a");
    assert_int_equal(told.left_out, 1);
    assert_false(repeats_take(&r, INT64_MAX, &told));
    /* The line that told it was the one of its period. */
    assert_false(admit(&r, "a", 6001, 0));
}

/* With more texts than there is room for, nothing is left out that should not be. */
static void a_full_table_leaves_nothing_out(void **state)
{
    static char texts[REPEATS_TEXTS + 1][8];
    struct repeats r = { 0 };
    (void)state;
    for (size_t i = 0; i <= REPEATS_TEXTS; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "t%zu", i);
        assert_true(admit(&r, texts[i], 1000, 0));
    }
    assert_true(admit(&r, texts[REPEATS_TEXTS], 1000, 0));
    assert_false(admit(&r, texts[0], 1000, 0));
    /* Later its place is free. */
    assert_true(admit(&r, texts[REPEATS_TEXTS], 2000, 0));
    assert_false(admit(&r, texts[REPEATS_TEXTS], 2000, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_in_a_period),
        cmocka_unit_test(more_than_one_where_that_is_allowed),
        cmocka_unit_test(a_clock_set_back_silences_nothing),
        cmocka_unit_test(what_was_left_out_is_told_once),
        cmocka_unit_test(a_full_table_leaves_nothing_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
