/* SPDX-License-Identifier: Apache-2.0 */
#include "server/queue.h"

#include <pthread.h>
#include <time.h>

#include "base/heap.h"
#include "base/thread.h"
#include "server/clock.h"

/* How often queue_drain looks. */
#define DRAIN_TURN_NS 5000000

struct job {
    queue_job_fn *fn;
    void *arg;
    uint64_t caller;
};

/* Jobs of one kind that are run together. */
struct batch {
    queue_job_fn *fn;
    void *args[QUEUE_BATCH_MAX];
    uint64_t callers[QUEUE_BATCH_MAX];
    size_t count;
};

/* A thread, and what it runs. */
struct runner {
    struct queue *queue;
    pthread_t thread;
    struct batch batch; /* changed under the lock, by the thread alone; empty: it waits */
    int64_t since_ms;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct queue_options options;
    struct job *ring;
    size_t head;
    size_t count;
    bool stopping;
    unsigned runner_count;
    struct runner runners[];
};

/* ---- running ---- */

/*
 * Tells whether the first job of the queue can be done together with the batch. The lock is held.
 */
static bool fits(const struct queue *q, const struct batch *b)
{
    return q->count > 0 && b->count < q->options.max_together &&
           (b->count == 0 || q->ring[q->head].fn == b->fn);
}

static struct job pop(struct queue *q)
{
    struct job job = q->ring[q->head];
    q->head = (q->head + 1) % q->options.max_queued;
    q->count--;
    return job;
}

/*
 * Ends the batch of the runner, waits for jobs and takes them; false when the queue stops and no
 * job is left.
 */
static bool take(struct queue *q, struct runner *r)
{
    struct batch *b = &r->batch;
    (void)pthread_mutex_lock(&q->lock);
    b->count = 0;
    while (q->count == 0 && !q->stopping) {
        (void)pthread_cond_wait(&q->wake, &q->lock);
    }
    while (fits(q, b)) {
        struct job job = pop(q);
        b->fn = job.fn;
        b->args[b->count] = job.arg;
        b->callers[b->count++] = job.caller;
    }
    r->since_ms = clock_steady_ms();
    (void)pthread_mutex_unlock(&q->lock);
    return b->count > 0;
}

static void *run(void *arg)
{
    struct runner *r = arg;
    while (take(r->queue, r)) {
        r->batch.fn(r->batch.args, r->batch.count);
    }
    return NULL;
}

/* ---- life ---- */

static enum iam_status start_threads(struct queue *q)
{
    const struct iam_thread_options options = { .niceness = q->options.niceness };
    while (q->runner_count < q->options.threads) {
        struct runner *r = &q->runners[q->runner_count];
        *r = (struct runner){ .queue = q };
        IAM_TRY(iam_thread_start(&options, run, r, &r->thread));
        q->runner_count++;
    }
    return IAM_OK;
}

static enum iam_status allocate(const struct queue_options *o, struct queue **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct queue *q = heap->alloc(heap->ctx, sizeof(*q) + o->threads * sizeof(struct runner));
    IAM_ENSURE(q != NULL, IAM_NOMEM);
    *q = (struct queue){ .options = *o };
    q->ring = heap->alloc(heap->ctx, o->max_queued * sizeof(*q->ring));
    if (q->ring == NULL) {
        heap->free(heap->ctx, q);
        return IAM_NOMEM;
    }
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->wake, NULL);
    *ret = q;
    return IAM_OK;
}

enum iam_status queue_new(const struct queue_options *options, struct queue **ret)
{
    struct queue_options o = *options;
    struct queue *q;
    o.threads = o.threads == 0 ? 1 : o.threads;
    o.max_together = o.max_together == 0 ? QUEUE_BATCH_MAX : o.max_together;
    IAM_ASSERT(o.max_queued > 0 && o.threads <= QUEUE_THREADS_MAX &&
               o.max_together <= QUEUE_BATCH_MAX);
    IAM_TRY(allocate(&o, &q));
    enum iam_status st = start_threads(q);
    if (st != IAM_OK) {
        queue_stop(q);
        return st;
    }
    *ret = q;
    return IAM_OK;
}

static void refuse_further(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->stopping = true;
    (void)pthread_cond_broadcast(&q->wake);
    (void)pthread_mutex_unlock(&q->lock);
}

void queue_stop(struct queue *q)
{
    const struct iam_alloc *heap = iam_heap();
    if (q == NULL) {
        return;
    }
    refuse_further(q);
    for (unsigned i = 0; i < q->runner_count; i++) {
        (void)pthread_join(q->runners[i].thread, NULL);
    }
    (void)pthread_cond_destroy(&q->wake);
    (void)pthread_mutex_destroy(&q->lock);
    heap->free(heap->ctx, q->ring);
    heap->free(heap->ctx, q);
}

/* ---- jobs ---- */

static size_t count_running(const struct batch *b, uint64_t caller)
{
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++) {
        n += b->callers[i] == caller ? 1 : 0;
    }
    return n;
}

/* Counts the jobs of a caller that wait or run. The lock is held. */
static size_t count_of(const struct queue *q, uint64_t caller)
{
    size_t n = 0;
    for (unsigned i = 0; i < q->runner_count; i++) {
        n += count_running(&q->runners[i].batch, caller);
    }
    for (size_t i = 0; i < q->count; i++) {
        n += q->ring[(q->head + i) % q->options.max_queued].caller == caller ? 1 : 0;
    }
    return n;
}

/* Returns what keeps the caller from queueing another job, or IAM_OK. The lock is held. */
static enum iam_status check_room(const struct queue *q, uint64_t caller)
{
    size_t max = q->options.max_per_caller;
    IAM_ENSURE(!q->stopping, IAM_CONFLICT);
    IAM_ENSURE(q->count < q->options.max_queued, IAM_LIMIT);
    IAM_ENSURE(caller == 0 || max == 0 || count_of(q, caller) < max, IAM_RANGE);
    return IAM_OK;
}

bool queue_has_room(struct queue *q, uint64_t caller)
{
    (void)pthread_mutex_lock(&q->lock);
    enum iam_status st = check_room(q, caller);
    (void)pthread_mutex_unlock(&q->lock);
    return st == IAM_OK;
}

static enum iam_status put(struct queue *q, const struct job *job)
{
    IAM_TRY(check_room(q, job->caller));
    q->ring[(q->head + q->count) % q->options.max_queued] = *job;
    q->count++;
    return IAM_OK;
}

enum iam_status queue_put(struct queue *q, uint64_t caller, queue_job_fn *fn, void *arg)
{
    const struct job job = { fn, arg, caller };
    (void)pthread_mutex_lock(&q->lock);
    enum iam_status st = put(q, &job);
    (void)pthread_mutex_unlock(&q->lock);
    if (st == IAM_OK) {
        /* Signalled after the lock was released: its thread would only have to wait for it. */
        (void)pthread_cond_signal(&q->wake);
    }
    return st;
}

/* Returns how long what has run longest has been running; -1: nothing runs. Locked. */
static int64_t longest_ms(const struct queue *q)
{
    int64_t longest = -1;
    int64_t now = clock_steady_ms();
    for (unsigned i = 0; i < q->runner_count; i++) {
        const struct runner *r = &q->runners[i];
        int64_t ms = r->batch.count > 0 ? now - r->since_ms : -1;
        longest = ms > longest ? ms : longest;
    }
    return longest;
}

int64_t queue_busy_ms(struct queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    int64_t ms = longest_ms(q);
    (void)pthread_mutex_unlock(&q->lock);
    return ms > 0 ? ms : 0;
}

bool queue_drain(struct queue *q, int64_t hung_ms)
{
    const struct timespec turn = { .tv_nsec = DRAIN_TURN_NS };
    bool is_idle = q == NULL;
    int64_t ms = -1;
    if (q != NULL) {
        refuse_further(q);
    }
    while (!is_idle && ms < hung_ms) {
        (void)pthread_mutex_lock(&q->lock);
        ms = longest_ms(q);
        is_idle = q->count == 0 && ms < 0;
        (void)pthread_mutex_unlock(&q->lock);
        if (!is_idle) {
            (void)nanosleep(&turn, NULL);
        }
    }
    return is_idle;
}

size_t queue_take_back(struct queue *q, queue_job_fn *fn, void *args[QUEUE_BATCH_MAX],
                       bool *ret_rest)
{
    size_t count = 0;
    (void)pthread_mutex_lock(&q->lock);
    for (size_t i = 0; i < QUEUE_BATCH_MAX && q->count > 0; i++) {
        struct job job = pop(q);
        if (job.fn == fn) {
            args[count++] = job.arg;
        }
    }
    *ret_rest = q->count > 0;
    (void)pthread_mutex_unlock(&q->lock);
    return count;
}
