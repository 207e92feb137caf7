/* SPDX-License-Identifier: Apache-2.0 */
#include "server/queue.h"

#include <pthread.h>

#include "base/heap.h"

struct job {
    queue_job_fn *fn;
    void *arg;
};

struct queue {
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
    queue_job_fn *fn;
    void *args[QUEUE_BATCH_MAX];
    size_t count;
};

/*
 * Tells whether the first job of the queue can be done together with the batch. The lock is held.
 */
static bool fits(const struct queue *q, const struct batch *b)
{
    return q->count > 0 && b->count < QUEUE_BATCH_MAX &&
           (b->count == 0 || q->ring[q->head].fn == b->fn);
}

/* Waits for jobs and takes them; false when the queue stops and no job is left. */
static bool take(struct queue *q, struct batch *ret)
{
    ret->count = 0;
    (void)pthread_mutex_lock(&q->lock);
    while (q->count == 0 && !q->stopping) {
        (void)pthread_cond_wait(&q->wake, &q->lock);
    }
    while (fits(q, ret)) {
        ret->fn = q->ring[q->head].fn;
        ret->args[ret->count++] = q->ring[q->head].arg;
        q->head = (q->head + 1) % q->cap;
        q->count--;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return ret->count > 0;
}

static void *run(void *arg)
{
    struct queue *q = arg;
    struct batch batch;
    while (take(q, &batch)) {
        batch.fn(batch.args, batch.count);
    }
    return NULL;
}

static void release(struct queue *q)
{
    const struct iam_alloc *heap = iam_heap();
    (void)pthread_cond_destroy(&q->wake);
    (void)pthread_mutex_destroy(&q->lock);
    heap->free(heap->ctx, q->ring);
    heap->free(heap->ctx, q);
}

enum iam_status queue_new(size_t max_queued, struct queue **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct queue *q = heap->alloc(heap->ctx, sizeof(*q));
    IAM_ENSURE(q != NULL, IAM_NOMEM);
    *q = (struct queue){ .cap = max_queued };
    q->ring = heap->alloc(heap->ctx, max_queued * sizeof(*q->ring));
    if (q->ring == NULL) {
        heap->free(heap->ctx, q);
        return IAM_NOMEM;
    }
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->wake, NULL);
    if (pthread_create(&q->thread, NULL, run, q) != 0) {
        release(q);
        return IAM_IO;
    }
    *ret = q;
    return IAM_OK;
}

enum iam_status queue_put(struct queue *q, queue_job_fn *fn, void *arg)
{
    enum iam_status st = IAM_OK;
    (void)pthread_mutex_lock(&q->lock);
    if (q->stopping) {
        st = IAM_CONFLICT;
    } else if (q->count == q->cap) {
        st = IAM_LIMIT;
    } else {
        q->ring[(q->head + q->count) % q->cap] = (struct job){ fn, arg };
        q->count++;
    }
    (void)pthread_mutex_unlock(&q->lock);
    if (st == IAM_OK) {
        /* Signalled after the lock was released: its thread would only have to wait for it. */
        (void)pthread_cond_signal(&q->wake);
    }
    return st;
}

void queue_stop(struct queue *q)
{
    if (q == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&q->lock);
    q->stopping = true;
    (void)pthread_cond_signal(&q->wake);
    (void)pthread_mutex_unlock(&q->lock);
    (void)pthread_join(q->thread, NULL);
    release(q);
}
