/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/test.h"

#include "base/heap.h"
#include "server/health.h"

static void check_text(const struct health *h, const char *expected)
{
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, iam_heap(), 4096);
    health_describe(h, &b);
    assert_int_equal(iam_buf_finish(&b, &text), IAM_OK);
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.p, expected, text.len);
    iam_buf_done(&b);
}

static void is_ready_when_nothing_is_wrong(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_is_ready(&h));
    check_text(&h, "authenticates: ok\ndecides: ok\nwrites: ok\nrecords: ok\n");
}

static void names_what_does_not_work(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_set(&h, HEALTH_DIRECTORY_CLOSED, true));
    assert_false(health_is_ready(&h));
    check_text(&h, "authenticates: the store cannot be read\ndecides: the store cannot be read\n"
                   "writes: the store cannot be read\nrecords: ok\n");
}

static void a_broken_row_takes_decisions_away(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_set(&h, HEALTH_INTEGRITY, true));
    assert_false(health_is_ready(&h));
    check_text(&h, "authenticates: ok\ndecides: a row of the store was altered or is damaged\n"
                   "writes: ok\nrecords: ok\n");
}

/* Both must end before the server is ready, and each is news once. */
static void troubles_do_not_hide_each_other(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_set(&h, HEALTH_DIRECTORY_CLOSED, true));
    assert_false(health_set(&h, HEALTH_DIRECTORY_CLOSED, true));
    assert_true(health_set(&h, HEALTH_DRAINING, true));
    assert_true(health_set(&h, HEALTH_DIRECTORY_CLOSED, false));
    assert_false(health_set(&h, HEALTH_DIRECTORY_CLOSED, false));
    assert_false(health_is_ready(&h));
    assert_true(health_set(&h, HEALTH_DRAINING, false));
    assert_true(health_is_ready(&h));
}

static void a_clock_that_is_behind_leaves_writes_and_records(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_set(&h, HEALTH_CLOCK_BEHIND, true));
    assert_false(health_is_ready(&h));
    check_text(&h, "authenticates: the clock is behind a time that was seen before\n"
                   "decides: the clock is behind a time that was seen before\n"
                   "writes: ok\nrecords: ok\n");
}

/* A warning takes nothing away, and does not hide a trouble. */
static void a_warning_is_told_and_takes_nothing_away(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_set(&h, HEALTH_AUDIT_ROOM_LOW, true));
    assert_true(health_has(&h, HEALTH_AUDIT_ROOM_LOW));
    assert_true(health_is_ready(&h));
    check_text(&h,
               "authenticates: ok\ndecides: ok\nwrites: ok\nrecords: ok, but room for the audit "
               "trail is low: strangers are only counted\n");
    assert_true(health_set(&h, HEALTH_AUDIT_FAILED, true));
    health_set_missing(&h, 17);
    assert_false(health_is_ready(&h));
    check_text(&h, "authenticates: ok\ndecides: ok\nwrites: ok\nrecords: the audit trail takes no "
                   "records, missing: 17\n");
    assert_true(health_set(&h, HEALTH_AUDIT_FAILED, false));
    health_set_missing(&h, 0);
    assert_true(health_is_ready(&h));
}

static void who_is_known_is_served_while_nobody_fetches(void **state)
{
    struct health h = { 0 };
    (void)state;
    assert_true(health_set(&h, HEALTH_NOBODY_FETCHES, true));
    assert_true(health_is_ready(&h));
    check_text(&h, "authenticates: ok, but keys of identity providers cannot be fetched\n"
                   "decides: ok\nwrites: ok\nrecords: ok\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_ready_when_nothing_is_wrong),
        cmocka_unit_test(names_what_does_not_work),
        cmocka_unit_test(a_clock_that_is_behind_leaves_writes_and_records),
        cmocka_unit_test(a_broken_row_takes_decisions_away),
        cmocka_unit_test(troubles_do_not_hide_each_other),
        cmocka_unit_test(a_warning_is_told_and_takes_nothing_away),
        cmocka_unit_test(who_is_known_is_served_while_nobody_fetches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
