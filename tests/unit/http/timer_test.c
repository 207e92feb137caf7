/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines: order within and between kinds, moving, and leaving. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/timer_int.h"

static void init(struct iam_http_timers *t, struct iam_http_timer *timers, size_t count)
{
    const unsigned after_ms[IAM_HTTP_TIMER_KINDS] = { 10, 20, 30, 40, 50 };
    iam_http_timers_init(t, after_ms);
    for (size_t i = 0; i < count; i++) {
        timers[i] = (struct iam_http_timer){ .kind = IAM_HTTP_TIMER_KINDS };
    }
}

static void test_empty(void **state)
{
    struct iam_http_timers t;
    struct iam_http_timer one;
    (void)state;
    init(&t, &one, 1);
    assert_true(iam_http_timers_next(&t) == INT64_MAX);
    assert_null(iam_http_timers_expired(&t, INT64_MAX - 1));
    iam_http_timer_disarm(&one);
    assert_int_equal(one.kind, IAM_HTTP_TIMER_KINDS);
}

static void test_order(void **state)
{
    struct iam_http_timers t;
    struct iam_http_timer x[3];
    (void)state;
    init(&t, x, 3);
    iam_http_timer_arm(&t, &x[0], IAM_HTTP_TIMER_IDLE, 0);
    iam_http_timer_arm(&t, &x[1], IAM_HTTP_TIMER_HEADER, 5);
    iam_http_timer_arm(&t, &x[2], IAM_HTTP_TIMER_HEADER, 7);
    assert_int_equal(iam_http_timers_next(&t), 15);
    assert_null(iam_http_timers_expired(&t, 14));
    assert_ptr_equal(iam_http_timers_expired(&t, 15), &x[1]);
    iam_http_timer_disarm(&x[1]);
    assert_ptr_equal(iam_http_timers_expired(&t, 100), &x[2]);
    iam_http_timer_disarm(&x[2]);
    assert_int_equal(iam_http_timers_next(&t), 30);
    assert_ptr_equal(iam_http_timers_expired(&t, 100), &x[0]);
}

static void test_rearm(void **state)
{
    struct iam_http_timers t;
    struct iam_http_timer x[2];
    (void)state;
    init(&t, x, 2);
    iam_http_timer_arm(&t, &x[0], IAM_HTTP_TIMER_IDLE, 0);
    iam_http_timer_arm(&t, &x[1], IAM_HTTP_TIMER_IDLE, 1);
    iam_http_timer_arm(&t, &x[0], IAM_HTTP_TIMER_IDLE, 2);
    assert_ptr_equal(iam_http_timers_expired(&t, 100), &x[1]);
    iam_http_timer_arm(&t, &x[1], IAM_HTTP_TIMER_LINGER, 3);
    assert_ptr_equal(iam_http_timers_expired(&t, 52), &x[0]);
    iam_http_timer_disarm(&x[0]);
    assert_null(iam_http_timers_expired(&t, 52));
    assert_int_equal(iam_http_timers_next(&t), 53);
}

static void test_first(void **state)
{
    struct iam_http_timers t;
    struct iam_http_timer a = { .kind = IAM_HTTP_TIMER_KINDS };
    struct iam_http_timer b = { .kind = IAM_HTTP_TIMER_KINDS };
    const unsigned after_ms[IAM_HTTP_TIMER_KINDS] = { [IAM_HTTP_TIMER_IDLE] = 100 };
    (void)state;
    iam_http_timers_init(&t, after_ms);
    assert_null(iam_http_timers_first(&t, IAM_HTTP_TIMER_IDLE));
    assert_true(iam_http_timers_since(&t, IAM_HTTP_TIMER_IDLE) == INT64_MAX);
    iam_http_timer_arm(&t, &a, IAM_HTTP_TIMER_IDLE, 7);
    iam_http_timer_arm(&t, &b, IAM_HTTP_TIMER_IDLE, 9);
    assert_ptr_equal(iam_http_timers_first(&t, IAM_HTTP_TIMER_IDLE), &a);
    assert_true(iam_http_timers_since(&t, IAM_HTTP_TIMER_IDLE) == 7);
    assert_null(iam_http_timers_first(&t, IAM_HTTP_TIMER_KNOWN_IDLE));
    iam_http_timer_disarm(&a);
    assert_ptr_equal(iam_http_timers_first(&t, IAM_HTTP_TIMER_IDLE), &b);
    assert_true(iam_http_timers_since(&t, IAM_HTTP_TIMER_IDLE) == 9);
    iam_http_timer_disarm(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_rearm),
        cmocka_unit_test(test_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
