/* SPDX-License-Identifier: Apache-2.0 */
#include "server/queue.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "lib/test.h"

#define JOBS 500

static const struct queue_options room_for_all = { .max_queued = JOBS };
static int order[JOBS];
static _Atomic int done;

static void note(void *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        order[atomic_fetch_add(&done, 1)] = *(int *)args[i];
    }
}

static void jobs_run_one_after_another_in_their_order(void **state)
{
    static int numbers[JOBS];
    struct queue *q = NULL;
    (void)state;
    atomic_store(&done, 0);
    assert_ok(queue_new(&room_for_all, &q));
    for (int i = 0; i < JOBS; i++) {
        numbers[i] = i;
        assert_ok(queue_put(q, 0, note, &numbers[i]));
    }
    queue_stop(q); /* runs what is queued */
    assert_int_equal(atomic_load(&done), JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(order[i], i);
    }
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool is_at_gate;

static void wait_at_gate(void *const *args, size_t count)
{
    (void)args;
    (void)count;
    atomic_store(&is_at_gate, true);
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
}

static void a_full_queue_refuses(void **state)
{
    struct queue *q = NULL;
    enum iam_status st = IAM_OK;
    int taken = 0;
    (void)state;
    assert_ok(queue_new(&(struct queue_options){ .max_queued = 4 }, &q));
    atomic_store(&is_at_gate, false);
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_put(q, 0, wait_at_gate, NULL));
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
    while (st == IAM_OK && taken < 100) {
        st = queue_put(q, 0, wait_at_gate, NULL);
        taken += st == IAM_OK ? 1 : 0;
    }
    assert_int_equal(st, IAM_LIMIT);
    assert_int_equal(taken, 4);
    (void)pthread_mutex_unlock(&gate);
    queue_stop(q);
}

/* The calls that were made: by 'a' or by 'b', and how many jobs they did together. */
static struct {
    char who;
    size_t count;
} calls[8];
static size_t call_count;

static void note_call(char who, size_t count)
{
    calls[call_count].who = who;
    calls[call_count++].count = count;
}

static void note_a(void *const *args, size_t count)
{
    (void)args;
    note_call('a', count);
}

static void note_b(void *const *args, size_t count)
{
    (void)args;
    note_call('b', count);
}

static void put_many(struct queue *q, queue_job_fn *fn, int count)
{
    for (int i = 0; i < count; i++) {
        assert_ok(queue_put(q, 0, fn, NULL));
    }
}

static void assert_call(size_t at, char who, size_t count)
{
    assert_int_equal(calls[at].who, who);
    assert_int_equal(calls[at].count, count);
}

static void what_waits_together_runs_together(void **state)
{
    struct queue *q = NULL;
    (void)state;
    call_count = 0;
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_new(&room_for_all, &q));
    put_many(q, wait_at_gate, 1);
    put_many(q, note_a, 3);
    put_many(q, note_b, 1); /* nothing overtakes it */
    put_many(q, note_a, QUEUE_BATCH_MAX + 2);
    (void)pthread_mutex_unlock(&gate);
    queue_stop(q);
    assert_int_equal(call_count, 4);
    assert_call(0, 'a', 3);
    assert_call(1, 'b', 1);
    assert_call(2, 'a', QUEUE_BATCH_MAX);
    assert_call(3, 'a', 2);
}

/* ---- shares ---- */

static void let_the_thread_wait(struct queue *q)
{
    atomic_store(&is_at_gate, false);
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_put(q, 0, wait_at_gate, NULL));
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
}

static void nobody_gets_more_than_a_share(void **state)
{
    const struct queue_options options = { .max_queued = 8, .max_per_caller = 2 };
    struct queue *q = NULL;
    (void)state;
    assert_ok(queue_new(&options, &q));
    let_the_thread_wait(q);
    call_count = 0;
    assert_ok(queue_put(q, 1, note_a, NULL));
    assert_ok(queue_put(q, 1, note_a, NULL));
    assert_int_equal(queue_put(q, 1, note_a, NULL), IAM_RANGE);
    assert_ok(queue_put(q, 2, note_a, NULL));
    assert_ok(queue_put(q, 2, note_a, NULL));
    assert_int_equal(queue_put(q, 2, note_a, NULL), IAM_RANGE);
    for (int i = 0; i < 4; i++) {
        assert_ok(queue_put(q, 0, note_a, NULL)); /* nobody's */
    }
    assert_int_equal(queue_put(q, 3, note_a, NULL), IAM_LIMIT);
    (void)pthread_mutex_unlock(&gate);
    queue_stop(q);
    assert_call(0, 'a', 8);
}

/* What runs counts too, and no longer when it is done. */
static void what_runs_is_part_of_the_share(void **state)
{
    const struct queue_options options = { .max_queued = 8, .max_per_caller = 1 };
    struct queue *q = NULL;
    (void)state;
    assert_ok(queue_new(&options, &q));
    atomic_store(&is_at_gate, false);
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_put(q, 7, wait_at_gate, NULL));
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
    assert_int_equal(queue_put(q, 7, note_a, NULL), IAM_RANGE);
    (void)pthread_mutex_unlock(&gate);
    while (queue_put(q, 7, note_a, NULL) != IAM_OK) {
        (void)sched_yield();
    }
    queue_stop(q);
}

static void it_tells_how_long_it_is_busy(void **state)
{
    struct queue *q = NULL;
    (void)state;
    assert_ok(queue_new(&room_for_all, &q));
    assert_int_equal(queue_busy_ms(q), 0);
    let_the_thread_wait(q);
    while (queue_busy_ms(q) < 3) {
        (void)sched_yield();
    }
    (void)pthread_mutex_unlock(&gate);
    while (queue_busy_ms(q) > 0) {
        (void)sched_yield();
    }
    queue_stop(q);
}

static void what_is_taken_back_never_runs(void **state)
{
    static int numbers[QUEUE_BATCH_MAX + 2];
    void *args[QUEUE_BATCH_MAX];
    struct queue *q = NULL;
    bool rest;
    (void)state;
    assert_ok(queue_new(&room_for_all, &q));
    let_the_thread_wait(q);
    call_count = 0;
    assert_ok(queue_put(q, 0, note_b, NULL)); /* of another kind: dropped */
    for (int i = 0; i < QUEUE_BATCH_MAX + 2; i++) {
        assert_ok(queue_put(q, 1, note_a, &numbers[i]));
    }
    assert_int_equal(queue_take_back(q, note_a, args, &rest), QUEUE_BATCH_MAX - 1);
    assert_true(rest);
    assert_ptr_equal(args[0], &numbers[0]);
    assert_int_equal(queue_take_back(q, note_a, args, &rest), 3);
    assert_false(rest);
    assert_ptr_equal(args[2], &numbers[QUEUE_BATCH_MAX + 1]);
    assert_int_equal(queue_take_back(q, note_a, args, &rest), 0);
    (void)pthread_mutex_unlock(&gate);
    queue_stop(q);
    assert_int_equal(call_count, 0);
}

/* One of two threads is held up; the other one does what comes. */
static void several_threads_do_not_wait_for_each_other(void **state)
{
    static int number;
    const struct queue_options options = {
        .max_queued = 8, .max_together = 1, .threads = 2, .niceness = 1
    };
    struct queue *q = NULL;
    (void)state;
    atomic_store(&done, 0);
    assert_ok(queue_new(&options, &q));
    let_the_thread_wait(q);
    for (int i = 0; i < 3; i++) {
        assert_ok(queue_put(q, 0, note, &number));
    }
    while (atomic_load(&done) < 3) {
        (void)sched_yield();
    }
    (void)pthread_mutex_unlock(&gate);
    queue_stop(q);
}

static void stopping_nothing_is_fine(void **state)
{
    (void)state;
    queue_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_one_after_another_in_their_order),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(what_waits_together_runs_together),
        cmocka_unit_test(nobody_gets_more_than_a_share),
        cmocka_unit_test(what_runs_is_part_of_the_share),
        cmocka_unit_test(it_tells_how_long_it_is_busy),
        cmocka_unit_test(what_is_taken_back_never_runs),
        cmocka_unit_test(several_threads_do_not_wait_for_each_other),
        cmocka_unit_test(stopping_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
