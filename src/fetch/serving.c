/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/serving.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/heap.h"
#include "fetch/channel.h"

/* LIMIT: of one question and its answer. */
#define ARENA_BYTES ((size_t)2 << 20)
#define STACK_BYTES ((size_t)512 << 10)
/* LIMIT: descriptors that are closed one at a time; no kernel permits more unless it was told to.
 */
#define DESCRIPTORS_MAX (1U << 20)
#define NO_DESCRIPTOR UINT_MAX

struct serving {
    struct iam_fetch_trust *trust;
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

/* Closes the descriptors from first to last. */
static void close_from(unsigned first, unsigned last)
{
    if (first > last || close_range(first, last, 0) == 0) {
        return;
    }
    long max = sysconf(_SC_OPEN_MAX); /* a kernel that does not know it, before 5.9 */
    unsigned end = max > 0 && max < DESCRIPTORS_MAX ? (unsigned)max : DESCRIPTORS_MAX;
    for (unsigned fd = first; fd <= last && fd < end; fd++) {
        (void)close((int)fd);
    }
}

/* Returns the lowest one of keep that is not below first, or NO_DESCRIPTOR. */
static unsigned lowest(const int *keep, size_t count, unsigned first)
{
    unsigned found = NO_DESCRIPTOR;
    for (size_t i = 0; i < count; i++) {
        unsigned fd = (unsigned)keep[i]; /* -1 is NO_DESCRIPTOR */
        found = fd >= first && fd < found ? fd : found;
    }
    return found;
}

void iam_fetch_close_others(const int *keep, size_t count)
{
    unsigned first = STDERR_FILENO + 1;
    unsigned kept;
    while ((kept = lowest(keep, count, first)) != NO_DESCRIPTOR) {
        close_from(first, kept - 1);
        first = kept + 1;
    }
    close_from(first, NO_DESCRIPTOR - 1);
}

void iam_fetch_ignore_signals(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
    for (size_t i = 0; i < IAM_COUNT(signals); i++) {
        (void)signal(signals[i], SIG_IGN);
    }
}

_Noreturn void iam_fetch_serve(const struct iam_fetch_setup *setup, struct iam_fetch_trust *trust,
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
