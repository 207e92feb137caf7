/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fetcher.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"
#include "fetch/steady.h"

/* How long an answer may take: more than a GET, and looking up a name that nobody answers for. */
#define ANSWER_MS 60000
/* How long the start takes at most, and how long who fetches waits for another process. */
#define START_MS 10000
#define AGAIN_MS 2000
/* How long the end of the parent takes at most. */
#define END_MS 5000
/* How soon it sees a process that another thread has heard of. */
#define LOOK_MS 20

struct iam_fetcher {
    pid_t pid; /* of the parent */
    int fd;    /* to the parent */
    struct iam_fetcher_options options;
    pthread_mutex_t lock; /* on everything below */
    bool is_alone;        /* the parent has ended */
    int process_pid;      /* of the process that there is */
    unsigned process;     /* counts them: channels of another are of no use */
    int idle[IAM_FETCHER_CHANNELS];
    size_t idle_count;
    size_t taken_count;  /* of the process that there is */
    bool is_renewal_due; /* is wished for, and the parent has not been told */
    bool is_renewing;    /* the parent has been told, and what came of it is not known */
};

/* A channel that a thread has. */
struct channel {
    int fd;
    int pid; /* of its process */
    unsigned process;
};

/* ---- notices ---- */

/* Drops the channels of the process that there was. The lock is held. */
static void drop(struct iam_fetcher *f)
{
    for (size_t i = 0; i < f->idle_count; i++) {
        (void)close(f->idle[i]);
    }
    f->idle_count = 0;
    f->taken_count = 0;
    f->process++;
}

static void notify(const struct iam_fetcher *f, const struct iam_fetch_notice *notice)
{
    if (f->options.notify != NULL) {
        f->options.notify(f->options.ctx, notice);
    }
}

/*
 * Tells the parent that a renewal is due. One at a time: a parent that hangs over a file of
 * authorities has no more before it than one, and all that were wished for meanwhile are the next.
 * The lock is held.
 */
static void wish_for_renewal(struct iam_fetcher *f)
{
    if (f->is_renewal_due && !f->is_renewing && !f->is_alone) {
        f->is_renewing = iam_fetch_wish(f->fd, (struct iam_fetch_wish){ 0 }) == IAM_OK;
        f->is_renewal_due = !f->is_renewing;
    }
}

/* Takes what the parent has told. The lock is held. */
static void hear(struct iam_fetcher *f)
{
    struct iam_fetch_notice notice;
    int fds[IAM_FETCHER_CHANNELS];
    size_t count = 0;
    enum iam_status st = f->is_alone ? IAM_NOT_FOUND : IAM_OK;
    while (st == IAM_OK && (st = iam_fetch_hear(f->fd, &notice, fds, &count)) == IAM_OK) {
        if (notice.event == IAM_FETCH_STARTED || notice.event == IAM_FETCH_ENDED) {
            drop(f);
            f->process_pid = notice.pid;
            memcpy(f->idle, fds, count * sizeof(fds[0]));
            f->idle_count = count;
        }
        if (notice.is_asked || notice.event == IAM_FETCH_KEPT) {
            f->is_renewing = false;
        }
        notify(f, &notice);
    }
    wish_for_renewal(f);
    if (st == IAM_IO) {
        drop(f);
        f->is_alone = true;
        notify(f, &(struct iam_fetch_notice){ .event = IAM_FETCH_ALONE });
    }
}

void iam_fetcher_look(struct iam_fetcher *f)
{
    if (f != NULL) {
        (void)pthread_mutex_lock(&f->lock);
        hear(f);
        (void)pthread_mutex_unlock(&f->lock);
    }
}

/* Waits until the parent tells something, or the time is over. */
static void wait_for_notice(const struct iam_fetcher *f, int64_t until_ms)
{
    struct pollfd fd = { .fd = f->fd, .events = POLLIN };
    int n;
    do {
        int64_t left = until_ms - iam_fetch_steady_ms();
        n = left > 0 ? poll(&fd, 1, (int)left) : 0;
    } while (n < 0 && errno == EINTR);
}

/* ---- channels ---- */

/*
 * Takes a channel that nobody uses. IAM_NOT_FOUND: there is no process; IAM_IO: nor will there be
 * one; IAM_LIMIT.
 */
static enum iam_status take_now(struct iam_fetcher *f, struct channel *ret)
{
    enum iam_status st = IAM_OK;
    (void)pthread_mutex_lock(&f->lock);
    hear(f);
    if (f->idle_count > 0) {
        *ret = (struct channel){ f->idle[--f->idle_count], f->process_pid, f->process };
        f->taken_count++;
    } else if (f->taken_count > 0) {
        st = IAM_LIMIT;
    } else {
        st = f->is_alone ? IAM_IO : IAM_NOT_FOUND;
    }
    (void)pthread_mutex_unlock(&f->lock);
    return st;
}

/*
 * Takes a channel, and waits for a process if there is none. It looks again and again, as one
 * thread alone hears a notice that several wait for. IAM_IO, IAM_LIMIT.
 */
static enum iam_status take(struct iam_fetcher *f, int64_t until_ms, struct channel *ret)
{
    enum iam_status st;
    while ((st = take_now(f, ret)) == IAM_NOT_FOUND) {
        int64_t now = iam_fetch_steady_ms();
        IAM_ENSURE(now < until_ms, IAM_IO);
        wait_for_notice(f, now + LOOK_MS < until_ms ? now + LOOK_MS : until_ms);
    }
    return st;
}

/*
 * Returns the channel, on which st came of a question. When something went wrong, question and
 * answer may not fit any more; and a process that lives, but has not answered, is of no use.
 */
static void give_back(struct iam_fetcher *f, const struct channel *c, enum iam_status st)
{
    bool is_broken = st != IAM_OK && st != IAM_LIMIT && st != IAM_NOMEM;
    if (st == IAM_IO) {
        (void)iam_fetch_wish(f->fd, (struct iam_fetch_wish){ c->pid }); /* its channels are few */
    }
    (void)pthread_mutex_lock(&f->lock);
    bool is_of_now = c->process == f->process;
    f->taken_count -= is_of_now ? 1 : 0;
    if (is_of_now && !is_broken) {
        f->idle[f->idle_count++] = c->fd;
    } else {
        (void)close(c->fd);
    }
    (void)pthread_mutex_unlock(&f->lock);
}

/* Asks on a channel. IAM_NOT_FOUND: its process had ended, and has not read the question. */
static enum iam_status ask(const struct channel *c, int answer_ms,
                           const struct iam_fetch_question *question, struct iam_arena *arena,
                           struct iam_fetch_answer *ret)
{
    enum iam_status st = iam_channel_ask(c->fd, question);
    if (st != IAM_OK) {
        return st == IAM_IO ? IAM_NOT_FOUND : st;
    }
    return iam_channel_read_answer(c->fd, answer_ms, arena, ret);
}

enum iam_status iam_fetcher_get(struct iam_fetcher *f, const struct iam_fetch_question *question,
                                struct iam_arena *arena, struct iam_fetch_answer *ret)
{
    int64_t until_ms = iam_fetch_steady_ms() + AGAIN_MS;
    struct channel c;
    enum iam_status st;
    do {
        IAM_TRY(take(f, until_ms, &c));
        st = ask(&c, f->options.answer_ms, question, arena, ret);
        give_back(f, &c, st);
    } while (st == IAM_NOT_FOUND);
    if (st == IAM_IO) {
        *ret = (struct iam_fetch_answer){ .result = IAM_FETCH_UNREACHABLE,
                                          .fresh_s = IAM_FETCH_FRESH_UNSAID };
        st = IAM_OK;
    }
    return st;
}

/* ---- life ---- */

void iam_fetcher_renew(struct iam_fetcher *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->is_renewal_due = true;
    wish_for_renewal(f);
    (void)pthread_mutex_unlock(&f->lock);
}

/* Starts the parent. IAM_IO. */
static enum iam_status start_parent(struct iam_fetcher *f, struct iam_fetch_trust *trust)
{
    int pair[2];
    IAM_ENSURE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0, IAM_IO);
    f->pid = fork();
    if (f->pid == 0) {
        iam_fetch_parent_run(&f->options.setup, trust, pair[1]);
    }
    (void)close(pair[1]);
    if (f->pid < 0) {
        (void)close(pair[0]);
        return IAM_IO;
    }
    f->fd = pair[0];
    return IAM_OK;
}

enum iam_status iam_fetcher_start(const struct iam_fetcher_options *options,
                                  struct iam_fetcher **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct iam_fetch_trust *trust;
    errno = 0;
    IAM_TRY(iam_fetch_trust_new(options->setup.ca_file, &trust));
    struct iam_fetcher *f = heap->alloc(heap->ctx, sizeof(*f));
    if (f == NULL) {
        iam_fetch_trust_free(trust);
        return IAM_NOMEM;
    }
    *f = (struct iam_fetcher){ .options = *options };
    f->options.answer_ms = options->answer_ms > 0 ? options->answer_ms : ANSWER_MS;
    (void)pthread_mutex_init(&f->lock, NULL);
    enum iam_status st = start_parent(f, trust);
    iam_fetch_trust_free(trust); /* the other process has its own copy */
    if (st != IAM_OK) {
        heap->free(heap->ctx, f);
        return st;
    }
    wait_for_notice(f, iam_fetch_steady_ms() + START_MS);
    iam_fetcher_look(f);
    *ret = f;
    return IAM_OK;
}

/* Waits for the end of the parent, which may hang. */
static void wait_for_end(pid_t pid)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    int64_t until_ms = iam_fetch_steady_ms() + END_MS;
    while (waitpid(pid, NULL, WNOHANG) == 0 && iam_fetch_steady_ms() < until_ms) {
        (void)nanosleep(&pause, NULL);
    }
}

void iam_fetcher_stop(struct iam_fetcher *f)
{
    if (f == NULL) {
        return;
    }
    drop(f);
    (void)close(f->fd); /* which ends it */
    wait_for_end(f->pid);
    (void)pthread_mutex_destroy(&f->lock);
    iam_heap()->free(iam_heap()->ctx, f);
}
