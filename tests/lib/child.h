/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of what a process cannot take back: a child does it. */
#pragma once

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/test.h"

/* Runs fn in a child; returns the signal that ended it, or minus its exit code, which fn returns.
 */
static inline int in_child(int (*fn)(void))
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)syscall(SYS_exit_group, fn());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}
