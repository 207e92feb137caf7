/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/serving.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/heap.h"
#include "fetch/channel.h"

/* LIMIT: of one question and its answer. */
#define ARENA_BYTES ((size_t)2 << 20)
#define STACK_BYTES ((size_t)512 << 10)
/* LIMIT: descriptors that are looked at. The process was forked when few were open. */
#define DESCRIPTORS_MAX 4096

struct serving {
    const struct iam_fetch_trust *trust;
    const struct iam_fetch_networks *networks;
    int fd;
    pthread_t thread;
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

/* Serves a channel until the server has closed it. */
static void *serve(void *arg)
{
    const struct serving *s = arg;
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    while (serve_one(s, &arena) == IAM_OK) {
        iam_arena_wipe(&arena); /* a URL may hold a secret */
        iam_arena_clear(&arena);
    }
    iam_arena_wipe(&arena);
    iam_arena_done(&arena);
    (void)close(s->fd);
    return NULL;
}

void iam_fetch_close_others(const int *keep, size_t count)
{
    long max = sysconf(_SC_OPEN_MAX);
    int end = max > 0 && max < DESCRIPTORS_MAX ? (int)max : DESCRIPTORS_MAX;
    for (int fd = STDERR_FILENO + 1; fd < end; fd++) {
        bool is_kept = false;
        for (size_t i = 0; i < count; i++) {
            is_kept = is_kept || keep[i] == fd;
        }
        if (!is_kept) {
            (void)close(fd);
        }
    }
}

void iam_fetch_ignore_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
    for (size_t i = 0; i < IAM_COUNT(signals); i++) {
        (void)signal(signals[i], SIG_IGN);
    }
}

_Noreturn void iam_fetch_serve(const struct iam_fetch_setup *setup,
                               const struct iam_fetch_trust *trust,
                               const int fds[IAM_FETCHER_CHANNELS])
{
    static struct serving serving[IAM_FETCHER_CHANNELS];
    pthread_attr_t attr;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    (void)prctl(PR_SET_NAME, "iamd-fetcher", 0, 0, 0);
    iam_fetch_ignore_signals();
    iam_fetch_close_others(fds, IAM_FETCHER_CHANNELS);
    if (iam_fetch_init() != IAM_OK || pthread_attr_init(&attr) != 0) {
        _exit(1);
    }
    (void)pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (setup->lock_in != NULL) {
        setup->lock_in(setup);
    }
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        struct serving *s = &serving[i];
        *s = (struct serving){ .trust = trust, .networks = &setup->networks, .fd = fds[i] };
        if (pthread_create(&s->thread, &attr, serve, s) != 0) {
            _exit(1);
        }
    }
    for (size_t i = 0; i < IAM_FETCHER_CHANNELS; i++) {
        (void)pthread_join(serving[i].thread, NULL);
    }
    _exit(0);
}
