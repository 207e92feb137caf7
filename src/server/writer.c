/* SPDX-License-Identifier: Apache-2.0 */
#include "server/writer.h"

#include <pthread.h>

#include "base/heap.h"

struct job {
    writer_job_fn *fn;
    void *arg;
};

struct writer {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    struct job *ring;
    size_t cap;
    size_t head;
    size_t count;
    bool stopping;
};

/* Waits for a job; false when the writer stops and nothing is left. */
static bool take(struct writer *w, struct job *ret)
{
    (void)pthread_mutex_lock(&w->lock);
    while (w->count == 0 && !w->stopping) {
        (void)pthread_cond_wait(&w->wake, &w->lock);
    }
    bool has = w->count > 0;
    if (has) {
        *ret = w->ring[w->head];
        w->head = (w->head + 1) % w->cap;
        w->count--;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return has;
}

static void *run(void *arg)
{
    struct writer *w = arg;
    struct job job;
    while (take(w, &job)) {
        job.fn(job.arg);
    }
    return NULL;
}

static void release(struct writer *w)
{
    const struct iam_alloc *heap = iam_heap();
    (void)pthread_cond_destroy(&w->wake);
    (void)pthread_mutex_destroy(&w->lock);
    heap->free(heap->ctx, w->ring);
    heap->free(heap->ctx, w);
}

enum iam_status writer_new(size_t max_queued, struct writer **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct writer *w = heap->alloc(heap->ctx, sizeof(*w));
    IAM_ENSURE(w != NULL, IAM_NOMEM);
    *w = (struct writer){ .cap = max_queued };
    w->ring = heap->alloc(heap->ctx, max_queued * sizeof(*w->ring));
    if (w->ring == NULL) {
        heap->free(heap->ctx, w);
        return IAM_NOMEM;
    }
    (void)pthread_mutex_init(&w->lock, NULL);
    (void)pthread_cond_init(&w->wake, NULL);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        release(w);
        return IAM_IO;
    }
    *ret = w;
    return IAM_OK;
}

enum iam_status writer_put(struct writer *w, writer_job_fn *fn, void *arg)
{
    enum iam_status st = IAM_OK;
    (void)pthread_mutex_lock(&w->lock);
    if (w->stopping) {
        st = IAM_CONFLICT;
    } else if (w->count == w->cap) {
        st = IAM_LIMIT;
    } else {
        w->ring[(w->head + w->count) % w->cap] = (struct job){ fn, arg };
        w->count++;
        (void)pthread_cond_signal(&w->wake);
    }
    (void)pthread_mutex_unlock(&w->lock);
    return st;
}

void writer_stop(struct writer *w)
{
    if (w == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&w->lock);
    w->stopping = true;
    (void)pthread_cond_signal(&w->wake);
    (void)pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    release(w);
}
