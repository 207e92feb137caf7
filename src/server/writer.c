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

/* Jobs of one kind. */
struct batch {
    writer_job_fn *fn;
    void *args[WRITER_BATCH_MAX];
    size_t count;
};

/*
 * Tells whether the first job of the queue can be done together with the batch. The lock is held.
 */
static bool fits(const struct writer *w, const struct batch *b)
{
    return w->count > 0 && b->count < WRITER_BATCH_MAX &&
           (b->count == 0 || w->ring[w->head].fn == b->fn);
}

/* Waits for jobs and takes them; false when the writer stops and no job is left. */
static bool take(struct writer *w, struct batch *ret)
{
    ret->count = 0;
    (void)pthread_mutex_lock(&w->lock);
    while (w->count == 0 && !w->stopping) {
        (void)pthread_cond_wait(&w->wake, &w->lock);
    }
    while (fits(w, ret)) {
        ret->fn = w->ring[w->head].fn;
        ret->args[ret->count++] = w->ring[w->head].arg;
        w->head = (w->head + 1) % w->cap;
        w->count--;
    }
    (void)pthread_mutex_unlock(&w->lock);
    return ret->count > 0;
}

static void *run(void *arg)
{
    struct writer *w = arg;
    struct batch batch;
    while (take(w, &batch)) {
        batch.fn(batch.args, batch.count);
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
    }
    (void)pthread_mutex_unlock(&w->lock);
    if (st == IAM_OK) {
        /* Signalled after the lock was released: the writer would only have to wait for it. */
        (void)pthread_cond_signal(&w->wake);
    }
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
