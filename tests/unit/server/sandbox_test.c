/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the process gives up is gone: each test forks, gives it up in the child, and tries. Compiled
 * with the sandbox in the builds with sanitizers too.
 */
#include "lib/child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/harden.h"
#include "server/landlock.h"
#include "server/seccomp.h"

/* ---- the process ---- */

static int try_process(void)
{
    struct rlimit core;
    harden_process();
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        return 1;
    }
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) {
        return 2;
    }
    return umask(0) == 077 ? 0 : 3;
}

static void the_process_is_hardened(void **state)
{
    (void)state;
    assert_int_equal(in_child(try_process), 0);
}

static int try_capabilities(void)
{
    char line[256];
    int seen = 0;
    harden_drop_capabilities();
    FILE *status = fopen("/proc/self/status", "re");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
        if (strncmp(line, "CapEff:", 7) == 0 || strncmp(line, "CapPrm:", 7) == 0) {
            seen += strstr(line, "\t0000000000000000\n") != NULL;
        }
    }
    return seen == 2 ? 0 : 1;
}

static void capabilities_are_dropped(void **state)
{
    (void)state;
    assert_int_equal(in_child(try_capabilities), 0);
}

/* ---- system calls ---- */

static int refused_with(long result, int error)
{
    return result == -1 && errno == error ? 0 : 1;
}

static int try_socket(void)
{
    seccomp_restrict();
    return refused_with(socket(AF_INET, SOCK_STREAM, 0), ENOSYS);
}

static int try_code(void)
{
    seccomp_restrict();
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) {
        return 2;
    }
    return refused_with(mprotect(p, 4096, PROT_READ | PROT_EXEC), ENOSYS);
}

static int try_limits(void)
{
    const struct rlimit limit = { 10, 10 };
    struct rlimit old;
    seccomp_restrict();
    if (prlimit(0, RLIMIT_NOFILE, NULL, &old) != 0) {
        return 2;
    }
    return refused_with(prlimit(0, RLIMIT_NOFILE, &limit, NULL), ENOSYS);
}

static int try_exec(void)
{
    char name[] = "true";
    char *argv[] = { name, NULL };
    seccomp_restrict();
    (void)execv("/bin/true", argv);
    return 1;
}

static int try_fork(void)
{
    seccomp_restrict();
    (void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    return 1;
}

static int try_ptrace(void)
{
    seccomp_restrict();
    (void)syscall(SYS_ptrace, 0, 0, 0, 0);
    return 1;
}

static void *answer(void *arg)
{
    return arg;
}

/* The filter is for threads that were there, too: one waits in a pipe until it is in force. */
static int ends[2];

static void *exec_later(void *arg)
{
    char byte;
    char name[] = "true";
    char *argv[] = { name, NULL };
    if (read(ends[0], &byte, 1) == 1) {
        (void)execv("/bin/true", argv);
    }
    return arg;
}

static int try_older_thread(void)
{
    pthread_t thread;
    if (pipe(ends) != 0 || pthread_create(&thread, NULL, exec_later, NULL) != 0) {
        return 2;
    }
    seccomp_restrict();
    if (write(ends[1], "x", 1) != 1) {
        return 3;
    }
    (void)pthread_join(thread, NULL);
    return 1;
}

/* What the server does goes on: files, and new threads. */
static int try_work(void)
{
    pthread_t thread;
    void *result = NULL;
    int here = 0;
    seccomp_restrict();
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0) {
        return 1;
    }
    if (pthread_create(&thread, NULL, answer, &here) != 0 || pthread_join(thread, &result) != 0) {
        return 2;
    }
    return result == &here ? 0 : 3;
}

static void other_system_calls_fail(void **state)
{
    (void)state;
    assert_int_equal(in_child(try_socket), 0);
    assert_int_equal(in_child(try_code), 0);
    assert_int_equal(in_child(try_limits), 0);
    assert_int_equal(in_child(try_work), 0);
}

static void what_nobody_but_an_intruder_calls_ends_the_process(void **state)
{
    (void)state;
    assert_int_equal(in_child(try_exec), SIGSYS);
    assert_int_equal(in_child(try_fork), SIGSYS);
    assert_int_equal(in_child(try_ptrace), SIGSYS);
    assert_int_equal(in_child(try_older_thread), SIGSYS);
}

/* ---- files ---- */

static char home[64];

static const char *in_home(const char *name)
{
    static char path[2][128];
    static unsigned turn;
    char *p = path[turn++ % 2];
    (void)snprintf(p, sizeof(path[0]), "%s/%s", home, name);
    return p;
}

static int can_open(const char *name, int flags)
{
    int fd = open(in_home(name), flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        return 0;
    }
    (void)close(fd);
    return 1;
}

static int try_files(void)
{
    char data[128];
    char audit[128];
    char cert[128];
    (void)snprintf(data, sizeof(data), "%s", in_home("data"));
    (void)snprintf(audit, sizeof(audit), "%s", in_home("log/audit.jsonl"));
    (void)snprintf(cert, sizeof(cert), "%s", in_home("tls/cert.pem"));
    const struct landlock_paths paths = { .data_dir = data, .audit_file = audit, .read = { cert } };
    landlock_restrict(&paths);
    int ok = can_open("data/file", O_RDWR | O_CREAT) && unlink(in_home("data/file")) == 0 &&
             can_open("log/audit.jsonl", O_WRONLY | O_CREAT | O_APPEND) &&
             can_open("tls/cert.pem", O_RDONLY) && can_open("archive/new.pem", O_RDONLY);
    int bad = can_open("tls/cert.pem", O_WRONLY) || can_open("tls/new.pem", O_WRONLY | O_CREAT) ||
              can_open("other", O_RDONLY) || can_open("more", O_WRONLY | O_CREAT) ||
              mkdir(in_home("data/dir"), 0700) == 0 || open("/etc/passwd", O_RDONLY) >= 0;
    return ok && !bad ? 0 : 1 + bad;
}

static unsigned open_descriptors(void)
{
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* What is permitted is not held open. */
static int try_descriptors(void)
{
    char data[128];
    (void)snprintf(data, sizeof(data), "%s", in_home("data"));
    const struct landlock_paths paths = { .data_dir = data, .read = { "/etc/passwd" } };
    unsigned before = open_descriptors();
    landlock_restrict(&paths);
    return open_descriptors() == before ? 0 : 1;
}

static int try_device(void)
{
    const struct landlock_paths paths = { .audit_file = "/dev/null" };
    landlock_restrict(&paths);
    int ok = open("/dev/null", O_WRONLY | O_CLOEXEC) >= 0;
    int bad = open("/dev/zero", O_RDONLY | O_CLOEXEC) >= 0;
    return ok && !bad ? 0 : 1;
}

static void put_file(const char *name)
{
    int fd = open(in_home(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
}

static void other_files_are_out_of_reach(void **state)
{
    (void)state;
    (void)snprintf(home, sizeof(home), "/tmp/sandbox_test.XXXXXX");
    assert_non_null(mkdtemp(home));
    assert_int_equal(mkdir(in_home("data"), 0700), 0);
    assert_int_equal(mkdir(in_home("log"), 0700), 0);
    assert_int_equal(mkdir(in_home("tls"), 0700), 0);
    assert_int_equal(mkdir(in_home("archive"), 0700), 0);
    put_file("archive/old.pem");
    put_file("archive/new.pem"); /* what the link will be to after the next renewal */
    put_file("other");
    assert_int_equal(symlink("../archive/old.pem", in_home("tls/cert.pem")), 0);
    assert_int_equal(in_child(try_files), 0);
    assert_int_equal(in_child(try_descriptors), 0);
    assert_int_equal(in_child(try_device), 0);

    static const char *const files[] = { "archive/old.pem", "archive/new.pem", "other",
                                         "tls/cert.pem", "log/audit.jsonl" };
    static const char *const dirs[] = { "archive", "tls", "log", "data", "" };
    for (size_t i = 0; i < IAM_COUNT(files); i++) {
        assert_int_equal(unlink(in_home(files[i])), 0);
    }
    for (size_t i = 0; i < IAM_COUNT(dirs); i++) {
        assert_int_equal(rmdir(in_home(dirs[i])), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_process_is_hardened),
        cmocka_unit_test(capabilities_are_dropped),
        cmocka_unit_test(other_system_calls_fail),
        cmocka_unit_test(what_nobody_but_an_intruder_calls_ends_the_process),
        cmocka_unit_test(other_files_are_out_of_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
