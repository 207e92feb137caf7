/* SPDX-License-Identifier: Apache-2.0 */
/* The highest time: follows the wall clock forward, and goes on without it when that is set back.
 */
#include "lib/test.h"

#include "server/clock.h"

static void follows_the_wall_clock(void **state)
{
    struct clock_mark m = { CLOCK_MARK_NONE };
    (void)state;
    assert_int_equal(clock_mark_at(&m, 1000000, 50), 1000000);
    assert_int_equal(clock_mark_at(&m, 1000100, 150), 1000100);
    assert_int_equal(clock_mark_at(&m, 9000000, 200), 9000000);
}

static void goes_on_when_the_wall_clock_is_set_back(void **state)
{
    struct clock_mark m = { CLOCK_MARK_NONE };
    (void)state;
    assert_int_equal(clock_mark_at(&m, 1000000, 50), 1000000);
    assert_int_equal(clock_mark_at(&m, 400000, 50), 1000000);
    assert_int_equal(clock_mark_at(&m, 400500, 550), 1000500);
    /* The wall clock is right again, and further than the highest time by then. */
    assert_int_equal(clock_mark_at(&m, 1002000, 1050), 1002000);
}

/* The mark of an earlier run, on a machine that was started since. */
static void is_raised_to_a_time_from_before(void **state)
{
    struct clock_mark m = { CLOCK_MARK_NONE };
    (void)state;
    assert_int_equal(clock_mark_at(&m, 5000000, 10), 5000000);
    assert_int_equal(clock_mark_at(&m, 1000, 10), 5000000);
    assert_int_equal(clock_mark_at(&m, 2000, 1010), 5001000);
}

static void never_is_before_the_wall_clock(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int64_t now = clock_now_ms();
        assert_true(clock_high_ms() >= now);
    }
    assert_true(clock_behind_ms() < 1000);
    int64_t later = clock_now_ms() + 3600000;
    clock_raise(later);
    assert_true(clock_high_ms() >= later);
    assert_true(clock_behind_ms() > 3590000);
    clock_raise(later - 1800000); /* lowers nothing */
    assert_true(clock_high_ms() >= later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_wall_clock),
        cmocka_unit_test(goes_on_when_the_wall_clock_is_set_back),
        cmocka_unit_test(is_raised_to_a_time_from_before),
        cmocka_unit_test(never_is_before_the_wall_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
