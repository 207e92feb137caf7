/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVARIANT: once the filter is in force, no program is executed, no process is started or looked
 * into, no socket is made but by accept, and no memory becomes executable.
 *
 * A call that no list has fails with ENOSYS, which libraries take for an older kernel, and do what
 * they did on that; the kernel's log names it. A call that only somebody makes who has taken the
 * process over ends it.
 */
#include "server/seccomp.h"

#include "server/harden.h"

#if HARDEN_SANDBOX

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>

#include "server/log.h"

#define REST SCMP_ACT_ERRNO(ENOSYS)

static const int permitted[] = {
    /* files */
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(close),
    SCMP_SYS(lseek),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup3),
    SCMP_SYS(flock),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(getdents64),
    /* connections that were accepted */
    SCMP_SYS(accept),
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    /* waiting */
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(futex),
    SCMP_SYS(nanosleep),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(sched_yield),
    SCMP_SYS(restart_syscall),
    /* memory; mmap and mprotect are below */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(munlock),
    /* threads and signals; clone is below */
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(wait4), /* for the process that fetches, which is there already */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(tgkill),
    /* the time, chance, and who one is */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrusage),
};

static const int deadly[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(init_module),
    SCMP_SYS(finit_module),
    SCMP_SYS(delete_module),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(setns),
    SCMP_SYS(unshare),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(request_key),
    SCMP_SYS(setuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setresgid),
    SCMP_SYS(capset),
};

/* Adds action for each of count calls; 0, or a negative error number. */
static int add_all(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = seccomp_rule_add(filter, action, calls[i], 0);
    }
    return result;
}

/* Permits what depends on an argument. clone3, whose flags no filter sees, is among the rest. */
static int add_conditional(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp thread[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD,
                                                   CLONE_THREAD) };
    const struct scmp_arg_cmp process[] = { SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0) };
    const struct scmp_arg_cmp no_code[] = { SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0) };
    const struct scmp_arg_cmp asking[] = { SCMP_A2(SCMP_CMP_EQ, 0) };
    int result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, thread);
    if (result == 0) {
        result = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(clone), 1, process);
    }
    if (result == 0) {
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_code);
    }
    if (result == 0) {
        result = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_code);
    }
    return result != 0
               ? result
               : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1, asking);
}

/*
 * Makes the filter and puts it in force: the kernel logs what it refuses, and looks calls up in a
 * tree.
 */
static int load(scmp_filter_ctx filter)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0) {
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_LOG, 1);
    }
    if (result == 0) {
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    }
    if (result == 0) {
        result = add_all(filter, SCMP_ACT_ALLOW, permitted, IAM_COUNT(permitted));
    }
    if (result == 0) {
        result = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly, IAM_COUNT(deadly));
    }
    if (result == 0) {
        result = add_conditional(filter);
    }
    return result == 0 ? seccomp_load(filter) : result;
}

static void restrict_by(uint32_t rest, int (*fill)(scmp_filter_ctx filter))
{
    scmp_filter_ctx filter = seccomp_init(rest);
    int result = filter != NULL ? fill(filter) : -ENOMEM;
    if (filter != NULL) {
        seccomp_release(filter);
    }
    if (result != 0) {
        log_write(LOG_LEVEL_WARN, "system calls cannot be limited",
                  LOG_FIELDS({ "error", iam_str_c(strerror(-result)) }));
    }
}

void seccomp_restrict(void)
{
    restrict_by(REST, load);
}

/* Libraries look names up with calls that are not known here: only what is deadly is refused. */
static int load_fetcher(scmp_filter_ctx filter)
{
    int result = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly, IAM_COUNT(deadly));
    return result == 0 ? seccomp_load(filter) : result;
}

void seccomp_restrict_fetcher(void)
{
    restrict_by(SCMP_ACT_ALLOW, load_fetcher);
}

#else

void seccomp_restrict(void)
{
}

void seccomp_restrict_fetcher(void)
{
}

#endif
