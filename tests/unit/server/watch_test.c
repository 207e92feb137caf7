/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The highest time in the store. The tests are in an order: what a process has seen it does not
 * forget, so the clock is behind from the second on.
 */
#include "lib/test.h"

#include "lib/row_sealer.h"
#include "server/clock.h"
#include "server/watch.h"
#include "store/clock.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static struct iam_store *store;

static int setup(void **state)
{
    const struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = ":memory:", .wait_ms = 100
    };
    char error[IAM_STORE_ERROR_MAX];
    (void)state;
    return iam_store_open(&options, &store, error) == IAM_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    iam_store_close(store);
    return 0;
}

static int64_t kept(void)
{
    struct iam_txn *txn;
    int64_t ms = -1;
    assert_int_equal(iam_store_begin(store, IAM_TXN_READ, &txn), IAM_OK);
    assert_int_equal(iam_store_clock_get(txn, &ms), IAM_OK);
    iam_txn_rollback(txn);
    return ms;
}

static void keep(int64_t ms)
{
    struct iam_txn *txn;
    assert_int_equal(iam_store_begin(store, IAM_TXN_WRITE, &txn), IAM_OK);
    assert_int_equal(iam_store_clock_set(txn, ms), IAM_OK);
    assert_int_equal(iam_txn_commit(txn), IAM_OK);
}

static void is_written_at_the_start_and_then_once_a_minute(void **state)
{
    struct health health = { 0 };
    struct watch w;
    (void)state;
    assert_int_equal(kept(), 0);
    int64_t before = clock_now_ms();
    assert_int_equal(watch_start(&w, store, &health, false), IAM_OK);
    assert_true(kept() >= before && kept() <= clock_now_ms());
    assert_true(health_is_ready(&health));

    int64_t first = kept();
    assert_int_equal(watch_keep(&w), IAM_OK);
    assert_int_equal(kept(), first);
    w.kept_ms -= WATCH_KEEP_MS;
    keep(first - WATCH_KEEP_MS);
    assert_int_equal(watch_keep(&w), IAM_OK);
    assert_true(kept() >= first);
    keep(1);
    assert_int_equal(watch_stop(&w), IAM_OK);
    assert_true(kept() >= first);
}

static void nothing_to_stop_is_fine(void **state)
{
    struct watch w = { 0 };
    (void)state;
    assert_int_equal(watch_stop(&w), IAM_OK);
}

/* A few minutes are no trouble, and yet judged by. */
static void a_little_behind(void **state)
{
    struct health health = { 0 };
    struct watch w;
    int64_t later = clock_now_ms() + WATCH_BEHIND_MAX_MS - 10000;
    (void)state;
    keep(later);
    assert_int_equal(watch_start(&w, store, &health, false), IAM_OK);
    assert_true(health_is_ready(&health));
    assert_true(clock_high_ms() >= later);
}

/* Takes the wall clock's time into the store; what this process has seen stays. */
static void an_accepted_clock(void **state)
{
    struct health health = { 0 };
    struct watch w;
    (void)state;
    keep(clock_now_ms() + 1000 * HOUR_MS);
    assert_int_equal(watch_start(&w, store, &health, true), IAM_OK);
    assert_true(kept() <= clock_now_ms() + WATCH_BEHIND_MAX_MS);
    assert_true(health_is_ready(&health));
    assert_true(clock_behind_ms() < HOUR_MS);
}

static void far_behind(void **state)
{
    struct health health = { 0 };
    struct watch w;
    int64_t later = clock_now_ms() + HOUR_MS;
    (void)state;
    keep(later);
    assert_int_equal(watch_start(&w, store, &health, false), IAM_OK);
    assert_false(health_is_ready(&health));
    assert_true(clock_high_ms() >= later);
    watch_judge(&w);
    assert_false(health_is_ready(&health));
    assert_int_equal(watch_stop(&w), IAM_OK);
    assert_true(kept() >= later);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(is_written_at_the_start_and_then_once_a_minute),
        TEST(nothing_to_stop_is_fine),
        TEST(a_little_behind),
        TEST(an_accepted_clock),
        TEST(far_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
