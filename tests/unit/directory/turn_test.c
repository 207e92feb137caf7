/* SPDX-License-Identifier: Apache-2.0 */
/* The turn: one at a time, and who is urgent first. */
#include <stdatomic.h>
#include <unistd.h>

#include "directory/turn.h"
#include "lib/test.h"

#define THREADS 4
#define TAKES 2000

struct waiter {
    pthread_t thread;
    bool is_urgent;
    unsigned place; /* in which it had its turn */
};

static struct iam_turn turn;
static unsigned count; /* guarded by turn */

static void *take_once(void *arg)
{
    struct waiter *w = arg;

    iam_turn_take(&turn, w->is_urgent);
    w->place = ++count;
    iam_turn_give_back(&turn);
    return NULL;
}

static unsigned urgent_count(void)
{
    pthread_mutex_lock(&turn.lock);
    unsigned n = turn.urgent_count;
    pthread_mutex_unlock(&turn.lock);
    return n;
}

/* Those who came before wait for the one who is urgent, however they wake up. */
static void test_urgent_first(void **state)
{
    struct waiter waiters[THREADS] = { 0 };
    struct waiter urgent = { .is_urgent = true };
    (void)state;

    count = 0;
    assert_int_equal(iam_turn_init(&turn), IAM_OK);
    iam_turn_take(&turn, false);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, take_once, &waiters[i]), 0);
    }
    assert_int_equal(pthread_create(&urgent.thread, NULL, take_once, &urgent), 0);
    while (urgent_count() == 0) {
        (void)usleep(1000);
    }
    iam_turn_give_back(&turn);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
    }
    assert_int_equal(pthread_join(urgent.thread, NULL), 0);
    assert_int_equal(urgent.place, 1);
    assert_int_equal(count, THREADS + 1);
    iam_turn_done(&turn);
}

static void *take_often(void *arg)
{
    struct waiter *w = arg;

    for (int i = 0; i < TAKES; i++) {
        iam_turn_take(&turn, w->is_urgent);
        count++;
        iam_turn_give_back(&turn);
    }
    return NULL;
}

static void test_one_at_a_time(void **state)
{
    struct waiter waiters[THREADS] = { [0] = { .is_urgent = true } };
    (void)state;

    count = 0;
    assert_int_equal(iam_turn_init(&turn), IAM_OK);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, take_often, &waiters[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
    }
    assert_int_equal(count, THREADS * TAKES);
    iam_turn_done(&turn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urgent_first),
        cmocka_unit_test(test_one_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
