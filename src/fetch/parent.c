/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/parent.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fetch/steady.h"

struct parent {
    const struct iam_fetch_setup *setup;
    struct iam_fetch_trust *trust;
    int fd;    /* to the server */
    pid_t pid; /* of the process that fetches; 0: there is none */
    int64_t started_ms;
    int64_t next_ms; /* when the next is started, while there is none */
    uint32_t pause_ms;
    uint32_t starts;
};

/* Ends the process: at once the one that fetches too. */
static _Noreturn void leave(const struct parent *p)
{
    if (p->pid > 0) {
        (void)kill(p->pid, SIGKILL);
        (void)waitpid(p->pid, NULL, 0);
    }
    _exit(0);
}

static void tell(const struct parent *p, struct iam_fetch_notice notice, const int *fds)
{
    notice.starts = p->starts;
    if (iam_fetch_tell(p->fd, &notice, fds) != IAM_OK) {
        leave(p);
    }
}

/* ---- starting ---- */

static void close_all(const int fds[IAM_FETCHER_CHANNELS])
{
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

static bool open_channels(int ours[IAM_FETCHER_CHANNELS], int theirs[IAM_FETCHER_CHANNELS])
{
    bool is_open = true;
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        int pair[2] = { -1, -1 };
        is_open = is_open && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0;
        ours[i] = pair[0];
        theirs[i] = pair[1];
    }
    return is_open;
}

/* Starts a process, which takes the place of the one that there is. False: none is started. */
static bool start(struct parent *p, bool is_asked)
{
    int ours[IAM_FETCHER_CHANNELS];
    int theirs[IAM_FETCHER_CHANNELS];
    pid_t pid = open_channels(ours, theirs) ? fork() : -1;
    if (pid == 0) {
        iam_fetch_serve(p->setup, p->trust, theirs);
    }
    close_all(theirs);
    if (pid > 0) {
        p->pid = pid;
        p->started_ms = iam_fetch_steady_ms();
        p->starts++;
        tell(p,
             (struct iam_fetch_notice){
                 .event = IAM_FETCH_STARTED, .pid = pid, .is_asked = is_asked },
             ours);
    }
    close_all(ours);
    return pid > 0;
}

/* Says that there is no process, and chooses when the next one is started. */
static void plan(struct parent *p, int detail)
{
    int64_t now = iam_fetch_steady_ms();
    if (p->pause_ms == 0 || now - p->started_ms >= IAM_FETCH_PAUSE_MAX_MS) {
        p->pause_ms = IAM_FETCH_PAUSE_FIRST_MS;
    } else if (p->pause_ms < IAM_FETCH_PAUSE_MAX_MS / 2) {
        p->pause_ms *= 2;
    } else {
        p->pause_ms = IAM_FETCH_PAUSE_MAX_MS;
    }
    const struct iam_fetch_notice notice = {
        .event = IAM_FETCH_ENDED, .pid = p->pid, .detail = detail, .pause_ms = p->pause_ms
    };
    p->pid = 0;
    p->next_ms = now + p->pause_ms;
    tell(p, notice, NULL);
}

static void start_again(struct parent *p)
{
    p->started_ms = iam_fetch_steady_ms();
    if (!start(p, false)) {
        plan(p, -1);
    }
}

/* ---- what happens ---- */

/* Learns which processes have ended: the one that there is, or those that it took the place of. */
static void reap(struct parent *p)
{
    int status = 0;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == p->pid) {
            plan(p, status);
        }
    }
}

/* Has the authorities read again; if those of ca_file cannot be, all stays as it is. */
static void renew(struct parent *p)
{
    struct iam_fetch_trust *old = p->trust;
    errno = 0;
    enum iam_status st = iam_fetch_trust_new(p->setup->ca_file, &p->trust);
    int error = st == IAM_NOMEM ? ENOMEM : errno;
    bool is_done = st == IAM_OK;
    if (is_done && !start(p, true)) {
        error = errno;
        iam_fetch_trust_free(p->trust);
        p->trust = old;
        is_done = false;
    }
    if (is_done) {
        iam_fetch_trust_free(old);
    } else {
        tell(p, (struct iam_fetch_notice){ .event = IAM_FETCH_KEPT, .detail = error }, NULL);
    }
}

/* Tells whether pid is of a child that is not reaped yet, also of one that was replaced. */
static bool is_started(int pid)
{
    siginfo_t info;
    return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Does what the server wishes. */
static void obey(struct parent *p)
{
    struct iam_fetch_wish wish;
    enum iam_status st = iam_fetch_take_wish(p->fd, &wish);
    if (st == IAM_IO) {
        leave(p);
    }
    if (st == IAM_OK && wish.end_pid == 0) {
        renew(p);
    } else if (st == IAM_OK && is_started(wish.end_pid)) {
        (void)kill(wish.end_pid, SIGKILL);
    }
}

/* Waits for the server, for the end of a process, or until the next is to be started. */
static bool wait_for_server(const struct parent *p)
{
    struct pollfd fd = { .fd = p->fd, .events = POLLIN };
    sigset_t none;
    int64_t left = p->next_ms - iam_fetch_steady_ms();
    left = left > 0 ? left : 0;
    struct timespec wait = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
    (void)sigemptyset(&none);
    return ppoll(&fd, 1, p->pid == 0 ? &wait : NULL, &none) > 0;
}

static void note_end(int sig)
{
    (void)sig; /* it ends the waiting, and that is all */
}

/* Has the end of a process noticed, but only while nothing else is done. */
static void heed_ends(void)
{
    struct sigaction action = { .sa_handler = note_end };
    sigset_t signals;
    (void)sigaction(SIGCHLD, &action, NULL);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
}

_Noreturn void iam_fetch_parent_run(const struct iam_fetch_setup *setup,
                                    struct iam_fetch_trust *trust, int fd)
{
    struct parent p = { .setup = setup, .trust = trust, .fd = fd };
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "iamd-starter", 0, 0, 0);
    iam_fetch_ignore_signals();
    iam_fetch_close_others(&fd, 1);
    heed_ends();
    if (setup->lock_in_parent != NULL) {
        setup->lock_in_parent(setup);
    }
    for (;;) {
        if (p.pid == 0 && iam_fetch_steady_ms() >= p.next_ms) {
            start_again(&p);
        }
        bool is_asked = wait_for_server(&p);
        reap(&p);
        if (is_asked) {
            obey(&p);
        }
    }
}
