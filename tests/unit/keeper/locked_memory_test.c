/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for secrets: locked, left out of dumps, with pages around it that end the process. */
#include "lib/test.h"

#include <signal.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/locked_memory.h"

static struct iam_locked_memory memory;

static int setup(void **state)
{
    (void)state;
    return iam_locked_memory_init(&memory) == IAM_OK ? 0 : -1;
}

static void *allocate(size_t bytes)
{
    return memory.alloc.alloc(memory.alloc.ctx, bytes);
}

/* Tells whether the mapping that has p carries a flag in /proc/self/smaps. */
static bool has_flag(const void *p, const char *flag)
{
    char line[512];
    bool is_in = false;
    bool found = false;
    FILE *maps = fopen("/proc/self/smaps", "re");
    assert_non_null(maps);
    while (!found && fgets(line, sizeof(line), maps) != NULL) {
        char *end;
        unsigned long from = strtoul(line, &end, 16);
        if (end > line && *end == '-') {
            is_in = (unsigned long)p >= from && (unsigned long)p < strtoul(end + 1, NULL, 16);
        }
        found = is_in && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, flag) != NULL;
    }
    assert_int_equal(fclose(maps), 0);
    return found;
}

static void is_locked_and_in_no_dump(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 15, 16, 17, 4096, 100000 };
    for (size_t i = 0; i < IAM_COUNT(sizes); i++) {
        unsigned char *p = allocate(sizes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        memset(p, 7, sizes[i]);
        assert_true(has_flag(p, " dd"));
        assert_true(memory.is_incomplete || has_flag(p, " lo"));
        memory.alloc.free(memory.alloc.ctx, p);
    }
    assert_null(allocate(SIZE_MAX));
    memory.alloc.free(memory.alloc.ctx, NULL);
}

/* Runs fn in a child with the default action for SIGSEGV; returns how it ended. */
static int in_child(void (*fn)(void))
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        fn();
        (void)syscall(SYS_exit_group, 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
}

static void write_past_the_end(void)
{
    volatile char *p = allocate(4096);
    p[4096 + alignof(max_align_t)] = 1;
}

static void the_page_after_it_cannot_be_touched(void **state)
{
    (void)state;
    assert_int_equal(in_child(write_past_the_end), SIGSEGV);
}

static void allocate_without_a_limit_left(void)
{
    struct rlimit none = { 0, 0 };
    int failed = setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0);
    char *p = failed ? NULL : allocate(100000);
    if (p == NULL) {
        (void)syscall(SYS_exit_group, 1);
        return;
    }
    p[0] = 1;
    (void)syscall(SYS_exit_group, memory.is_incomplete ? 0 : 2);
}

static void what_cannot_be_locked_is_allocated_and_told(void **state)
{
    (void)state;
    assert_int_equal(in_child(allocate_without_a_limit_left), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_locked_and_in_no_dump),
        cmocka_unit_test(the_page_after_it_cannot_be_touched),
        cmocka_unit_test(what_cannot_be_locked_is_allocated_and_told),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
