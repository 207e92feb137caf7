/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fetcher.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/heap.h"

/* How long an answer may take: what the GET may, and looking up a name that nobody answers for. */
#define ANSWER_MS 60000
/* LIMIT: of one question and its answer. */
#define ARENA_BYTES ((size_t)2 << 20)
#define STACK_BYTES ((size_t)512 << 10)

struct iam_fetcher {
    pid_t pid;
    pthread_mutex_t lock;
    int fds[IAM_FETCHER_CHANNELS]; /* -1: the channel is of no use any more */
    bool is_taken[IAM_FETCHER_CHANNELS];
};

/* ---- the process that fetches ---- */

struct serving {
    const struct iam_fetch_trust *trust;
    const struct iam_fetch_networks *networks;
    int fd;
};

static enum iam_status serve_one(const struct serving *s, struct iam_arena *arena)
{
    struct iam_fetch_question question;
    struct iam_fetch_answer answer;
    struct iam_buf buf;
    IAM_TRY(iam_channel_read_question(s->fd, arena, &question));
    struct iam_fetch_ask ask = { .trust = s->trust, .thumbprints = question.thumbprints };
    iam_buf_init(&buf, iam_heap(), IAM_FETCH_BODY_MAX);
    iam_fetch_get(question.url.p, s->networks, &ask, &buf, &answer);
    enum iam_status st = iam_channel_answer(s->fd, &answer);
    iam_buf_done(&buf);
    return st;
}

/* Serves a channel until the server is gone. */
static void *serve(void *arg)
{
    const struct serving *s = arg;
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    while (serve_one(s, &arena) == IAM_OK) {
        iam_arena_wipe(&arena); /* a URL may hold a secret */
        iam_arena_clear(&arena);
    }
    _exit(0);
}

/* Closes what the server had open, but its standard streams and the channels. */
static void close_others(const int fds[IAM_FETCHER_CHANNELS])
{
    long max = sysconf(_SC_OPEN_MAX);
    int least = STDERR_FILENO + 1;
    for (int fd = least; fd < (max > 0 && max < 4096 ? (int)max : 4096); fd++) {
        bool is_channel = false;
        for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
            is_channel = is_channel || fds[i] == fd;
        }
        if (!is_channel) {
            (void)close(fd);
        }
    }
}

/* Leaves the end to the server: a signal to its group of processes is not for this one. */
static void ignore_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
    for (size_t i = 0; i < IAM_COUNT(signals); i++) {
        (void)signal(signals[i], SIG_IGN);
    }
}

static _Noreturn void run_process(const struct iam_fetcher_options *options,
                                  const struct iam_fetch_trust *trust,
                                  const int fds[IAM_FETCHER_CHANNELS])
{
    static struct serving serving[IAM_FETCHER_CHANNELS];
    pthread_attr_t attr;
    pthread_t thread;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "iamd-fetcher", 0, 0, 0);
    ignore_signals();
    close_others(fds);
    if (iam_fetch_init() != IAM_OK || pthread_attr_init(&attr) != 0) {
        _exit(1);
    }
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (options->lock_in != NULL) {
        options->lock_in();
    }
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        serving[i] = (struct serving){ trust, &options->networks, fds[i] };
        if (i > 0 && pthread_create(&thread, &attr, serve, &serving[i]) != 0) {
            _exit(1);
        }
    }
    (void)serve(&serving[0]);
    _exit(0);
}

/* ---- the server ---- */

static void close_all(const int fds[IAM_FETCHER_CHANNELS])
{
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        if (fds[i] >= 0) {
            (void)close(fds[i]);
        }
    }
}

static enum iam_status open_channels(int ours[IAM_FETCHER_CHANNELS],
                                     int theirs[IAM_FETCHER_CHANNELS])
{
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        ours[i] = -1;
        theirs[i] = -1;
    }
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
            close_all(ours);
            close_all(theirs);
            return IAM_IO;
        }
        ours[i] = pair[0];
        theirs[i] = pair[1];
    }
    return IAM_OK;
}

static enum iam_status start(struct iam_fetcher *f, const struct iam_fetcher_options *options,
                             const struct iam_fetch_trust *trust)
{
    int theirs[IAM_FETCHER_CHANNELS];
    IAM_TRY(open_channels(f->fds, theirs));
    f->pid = fork();
    if (f->pid == 0) {
        close_all(f->fds);
        run_process(options, trust, theirs);
    }
    close_all(theirs);
    if (f->pid < 0) {
        close_all(f->fds);
        return IAM_IO;
    }
    return IAM_OK;
}

enum iam_status iam_fetcher_start(const struct iam_fetcher_options *options,
                                  struct iam_fetcher **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct iam_fetch_trust *trust;
    errno = 0;
    IAM_TRY(iam_fetch_trust_new(options->ca_file, &trust));
    struct iam_fetcher *f = heap->alloc(heap->ctx, sizeof(*f));
    if (f == NULL) {
        iam_fetch_trust_free(trust);
        return IAM_NOMEM;
    }
    memset(f, 0, sizeof(*f));
    (void)pthread_mutex_init(&f->lock, NULL);
    enum iam_status st = start(f, options, trust);
    iam_fetch_trust_free(trust); /* the other process has its own copy */
    if (st != IAM_OK) {
        heap->free(heap->ctx, f);
        return st;
    }
    *ret = f;
    return IAM_OK;
}

/* Takes a channel that nobody uses. IAM_IO: there is none left that works. */
static enum iam_status take(struct iam_fetcher *f, size_t *ret)
{
    enum iam_status st = IAM_IO;
    (void)pthread_mutex_lock(&f->lock);
    for (size_t i = 0; st != IAM_OK && i < IAM_FETCHER_CHANNELS; i++) {
        if (f->fds[i] >= 0 && !f->is_taken[i]) {
            f->is_taken[i] = true;
            *ret = i;
            st = IAM_OK;
        } else if (f->fds[i] >= 0) {
            st = IAM_LIMIT;
        }
    }
    (void)pthread_mutex_unlock(&f->lock);
    return st;
}

/* Returns the channel; when something went wrong on it, question and answer may not fit any more.
 */
static void give_back(struct iam_fetcher *f, size_t i, bool is_broken)
{
    (void)pthread_mutex_lock(&f->lock);
    f->is_taken[i] = false;
    if (is_broken) {
        (void)close(f->fds[i]);
        f->fds[i] = -1;
    }
    (void)pthread_mutex_unlock(&f->lock);
}

enum iam_status iam_fetcher_get(struct iam_fetcher *f, const struct iam_fetch_question *question,
                                struct iam_arena *arena, struct iam_fetch_answer *ret)
{
    size_t i = 0;
    IAM_TRY(take(f, &i));
    enum iam_status st = iam_channel_ask(f->fds[i], question);
    bool is_broken = st == IAM_IO;
    if (st == IAM_OK) {
        st = iam_channel_read_answer(f->fds[i], ANSWER_MS, arena, ret);
        is_broken = st != IAM_OK;
    }
    give_back(f, i, is_broken);
    return st;
}

void iam_fetcher_stop(struct iam_fetcher *f)
{
    if (f == NULL) {
        return;
    }
    close_all(f->fds); /* which ends it */
    (void)waitpid(f->pid, NULL, 0);
    (void)pthread_mutex_destroy(&f->lock);
    iam_heap()->free(iam_heap()->ctx, f);
}
