/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions: checked in the builds that tests run, evaluated once, and silent when they hold. */
#include "lib/test.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

static int evaluations;

static bool is_so(bool value)
{
    evaluations++;
    return value;
}

static void test_what_holds(void **state)
{
    (void)state;
    evaluations = 0;
    IAM_ASSERT(is_so(true));
#ifdef NDEBUG
    assert_int_equal(evaluations, 0);
#else
    assert_int_equal(evaluations, 1);
#endif
}

/* The child ends there, and reaches its exit only where assertions are left out. */
static void test_what_does_not_hold(void **state)
{
    int status = 0;
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)signal(SIGILL, SIG_DFL);
        (void)signal(SIGTRAP, SIG_DFL);
        IAM_ASSERT(is_so(false));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
#ifdef NDEBUG
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#else
    assert_true(WIFSIGNALED(status));
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_holds),
        cmocka_unit_test(test_what_does_not_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
