/* SPDX-License-Identifier: Apache-2.0 */
#include "server/writer.h"

#include <pthread.h>
#include <stdatomic.h>

#include "lib/test.h"

#define JOBS 500

static int order[JOBS];
static _Atomic int done;

static void note(void *arg)
{
    int i = *(int *)arg;
    order[atomic_fetch_add(&done, 1)] = i;
}

static void jobs_run_one_after_another_in_their_order(void **state)
{
    static int numbers[JOBS];
    struct writer *w = NULL;
    (void)state;
    atomic_store(&done, 0);
    assert_ok(writer_new(JOBS, &w));
    for (int i = 0; i < JOBS; i++) {
        numbers[i] = i;
        assert_ok(writer_put(w, note, &numbers[i]));
    }
    writer_stop(w); /* runs what is queued */
    assert_int_equal(atomic_load(&done), JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(order[i], i);
    }
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void wait_at_gate(void *arg)
{
    (void)arg;
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
}

static void a_full_queue_refuses(void **state)
{
    struct writer *w = NULL;
    enum iam_status st = IAM_OK;
    int taken = 0;
    (void)state;
    assert_ok(writer_new(4, &w));
    (void)pthread_mutex_lock(&gate);
    /* One runs and waits, four are queued at most. */
    while (st == IAM_OK && taken < 100) {
        st = writer_put(w, wait_at_gate, NULL);
        taken += st == IAM_OK ? 1 : 0;
    }
    assert_int_equal(st, IAM_LIMIT);
    assert_in_range(taken, 4, 5);
    (void)pthread_mutex_unlock(&gate);
    writer_stop(w);
}

static void stopping_nothing_is_fine(void **state)
{
    (void)state;
    writer_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_one_after_another_in_their_order),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(stopping_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
