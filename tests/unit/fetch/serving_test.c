/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that fetches has open, and its end: a child tries. */
#include "fetch/serving.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include "lib/child.h"

enum { FIRST = STDERR_FILENO + 1, LAST = 20, FAR = 5000 };

/* Descriptors of that number, in the order in which nobody has sorted them. */
static const int keep[] = { 17, -1, 12, 13, LAST };

/* Makes the numbers from FIRST to LAST, and FAR, descriptors. */
static bool open_many(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return false;
    }
    limit.rlim_cur = FAR + 1;
    bool is_open = setrlimit(RLIMIT_NOFILE, &limit) == 0 && dup2(STDERR_FILENO, FAR) == FAR;
    for (int fd = FIRST; fd <= LAST; fd++) {
        is_open = is_open && dup2(STDERR_FILENO, fd) == fd;
    }
    return is_open;
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* Closes the others. Returns 0, or which look at what is open failed. */
static int close_others(void)
{
    if (!open_many()) {
        return 1;
    }
    iam_fetch_close_others(keep, IAM_COUNT(keep));
    for (int fd = 0; fd <= FAR; fd++) {
        bool is_kept = fd <= STDERR_FILENO || fd == 12 || fd == 13 || fd == 17 || fd == LAST;
        if (is_open(fd) != is_kept) {
            return 2;
        }
    }
    return 0;
}

/* The same on a kernel that does not know close_range. */
static int close_others_one_by_one(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = { IAM_COUNT(filter), filter };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 ||
        close_range(FIRST, LAST, 0) == 0) {
        return 3;
    }
    return close_others();
}

static void only_what_is_kept_is_open(void **state)
{
    (void)state;
    assert_int_equal(in_child(close_others), 0);
    assert_int_equal(in_child(close_others_one_by_one), 0);
}

/* Serves channels that the server has closed already. */
static int serve_nobody(void)
{
    const struct iam_fetch_setup setup = { .ca_file = NULL };
    int fds[IAM_FETCHER_CHANNELS];
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || close(pair[0]) != 0) {
            return 1;
        }
        fds[i] = pair[1];
    }
    iam_fetch_serve(&setup, NULL, fds);
}

static void it_ends_well_when_all_channels_are_closed(void **state)
{
    (void)state;
    assert_int_equal(in_child(serve_nobody), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_kept_is_open),
        cmocka_unit_test(it_ends_well_when_all_channels_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
