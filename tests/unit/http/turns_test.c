/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is: everybody's in turn, however many connections one has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/turns_int.h"

#define MEMBERS 8

static struct iam_http_turns turns;
static struct iam_http_link members[MEMBERS];

static int setup(void **state)
{
    (void)state;
    iam_http_turns_init(&turns);
    for (size_t i = 0; i < MEMBERS; i++) {
        iam_http_link_init(&members[i]);
    }
    return 0;
}

static void assert_next(size_t i)
{
    assert_true(iam_http_turns_has_some(&turns));
    assert_ptr_equal(iam_http_turns_take(&turns), &members[i]);
}

static void assert_empty(void)
{
    assert_null(iam_http_turns_take(&turns));
    assert_false(iam_http_turns_has_some(&turns));
}

static void test_nobody(void **state)
{
    (void)state;
    assert_empty();
}

static void test_one_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        iam_http_turns_add(&turns, &members[i], 7);
    }
    assert_next(0);
    assert_next(1);
    assert_next(2);
    assert_empty();
}

/* Two who came last are served after one of the many who came first. */
static void test_callers_take_turns(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        iam_http_turns_add(&turns, &members[i], 7);
    }
    iam_http_turns_add(&turns, &members[4], 8);
    iam_http_turns_add(&turns, &members[5], 9);
    assert_next(0);
    assert_next(4);
    assert_next(5);
    assert_next(1);
    iam_http_turns_add(&turns, &members[4], 8);
    assert_next(2);
    assert_next(4);
    assert_next(3);
    assert_empty();
}

static void test_added_twice(void **state)
{
    (void)state;
    iam_http_turns_add(&turns, &members[0], 7);
    iam_http_turns_add(&turns, &members[1], 7);
    iam_http_turns_add(&turns, &members[0], 7);
    assert_next(1);
    iam_http_turns_add(&turns, &members[0], 8); /* whose it is has changed */
    assert_next(0);
    assert_empty();
}

/* A connection that is closed leaves by itself. */
static void test_removed(void **state)
{
    (void)state;
    iam_http_turns_add(&turns, &members[0], 7);
    iam_http_turns_add(&turns, &members[1], 8);
    iam_http_turns_add(&turns, &members[2], 8);
    iam_http_link_remove(&members[0]);
    iam_http_link_remove(&members[1]);
    assert_next(2);
    assert_empty();
    iam_http_turns_add(&turns, &members[0], 7);
    iam_http_link_remove(&members[0]);
    assert_empty();
}

/* ---- for how long it is not looked who else has come ---- */

static void serve(uint64_t whose, int64_t now_ms, int64_t round_us)
{
    iam_http_turns_note(&turns, whose, now_ms);
    assert_int_equal(iam_http_turns_round_us(&turns, now_ms), round_us);
}

/* One caller is alone, and so is the next after it. */
static void test_alone(void **state)
{
    (void)state;
    serve(7, 0, IAM_HTTP_ROUND_ALONE_US);
    serve(7, 1, IAM_HTTP_ROUND_ALONE_US);
    serve(8, IAM_HTTP_SHARED_MS, IAM_HTTP_ROUND_ALONE_US);
    serve(8, IAM_HTTP_SHARED_MS + 1, IAM_HTTP_ROUND_ALONE_US);
}

/* Two who are served in turn share, until one of them has been alone for a while. */
static void test_shared(void **state)
{
    int64_t end = IAM_HTTP_SHARED_MS - 1 + IAM_HTTP_SHARED_MS;
    (void)state;
    serve(7, 0, IAM_HTTP_ROUND_ALONE_US);
    serve(8, IAM_HTTP_SHARED_MS - 1, IAM_HTTP_ROUND_SHARED_US);
    serve(8, end - 1, IAM_HTTP_ROUND_SHARED_US);
    serve(8, end, IAM_HTTP_ROUND_ALONE_US);
    serve(7, end + 1, IAM_HTTP_ROUND_ALONE_US);
    serve(8, end + 1, IAM_HTTP_ROUND_SHARED_US);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody, setup),
        cmocka_unit_test_setup(test_one_in_order, setup),
        cmocka_unit_test_setup(test_callers_take_turns, setup),
        cmocka_unit_test_setup(test_added_twice, setup),
        cmocka_unit_test_setup(test_removed, setup),
        cmocka_unit_test_setup(test_alone, setup),
        cmocka_unit_test_setup(test_shared, setup),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
