/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that compete otherwise: they do so before anybody can tell them not to. */
#include "base/thread.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

static atomic_int tid;
static atomic_bool may_end;

static void *wait_for_end(void *arg)
{
    atomic_store(&tid, gettid());
    while (!atomic_load(&may_end)) {
        (void)sched_yield();
    }
    return arg;
}

static void test_niceness(void **state)
{
    const struct iam_thread_options options = { .niceness = 3, .turn_ns = 100000 };
    pthread_t thread;
    void *ended = NULL;
    (void)state;
    assert_int_equal(iam_thread_start(&options, wait_for_end, &thread, &thread), IAM_OK);
    while (atomic_load(&tid) == 0) {
        (void)sched_yield();
    }
    int own = getpriority(PRIO_PROCESS, 0);
    int nice = getpriority(PRIO_PROCESS, (id_t)atomic_load(&tid));
    atomic_store(&may_end, true);
    assert_int_equal(pthread_join(thread, &ended), 0);
    assert_ptr_equal(ended, &thread);
    assert_int_equal(nice, own + 3 > 19 ? 19 : own + 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_niceness),
    };
    return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
