/* SPDX-License-Identifier: Apache-2.0 */
#include "server/queue.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "lib/test.h"

#define JOBS 500

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
    assert_ok(queue_new(JOBS, &q));
    for (int i = 0; i < JOBS; i++) {
        numbers[i] = i;
        assert_ok(queue_put(q, note, &numbers[i]));
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
    assert_ok(queue_new(4, &q));
    atomic_store(&is_at_gate, false);
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_put(q, wait_at_gate, NULL));
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
    while (st == IAM_OK && taken < 100) {
        st = queue_put(q, wait_at_gate, NULL);
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
        assert_ok(queue_put(q, fn, NULL));
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
    assert_ok(queue_new(JOBS, &q));
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
        cmocka_unit_test(stopping_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
