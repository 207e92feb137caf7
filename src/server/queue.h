/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads with a bounded queue of jobs, of which no caller can take more than a share. One thread
 * runs the jobs one after another in their order; adjacent jobs of one kind can be given to it
 * together. The server has six: the writer, which alone makes changes (writes are serial in the
 * database anyway, and queued they do not hold up a worker that could decide); the preparer, which
 * does what takes too long for either (hashing a password); the slow lane and that of evidence,
 * whose threads run what would make the others' decisions wait; and two for what is asked of
 * identity providers (issuers.h).
 */
#pragma once

#include "base/base.h"

struct queue;

/* LIMIT: jobs that are run together. */
#define QUEUE_BATCH_MAX 64
/* LIMIT: threads of one queue. */
#define QUEUE_THREADS_MAX 64

struct queue_options {
    size_t max_queued;     /* that can wait */
    size_t max_per_caller; /* of them and of those that run; 0: no bound of its own */
    size_t max_together;   /* 1..QUEUE_BATCH_MAX; 0: QUEUE_BATCH_MAX */
    unsigned threads;      /* 1..QUEUE_THREADS_MAX; 0: 1. With several, jobs have no order */
    int niceness;          /* of the threads: above 0, others go first on a busy processor */
};

/*
 * Does count jobs (at least one); args has their arguments in the order in which they were queued.
 */
typedef void queue_job_fn(void *const *args, size_t count);

/* Starts the threads. IAM_NOMEM, IAM_IO. */
enum iam_status queue_new(const struct queue_options *options, struct queue **ret) IAM_MUST_USE;
/*
 * Queues arg for fn, on behalf of a caller, who is any number but 0; or of nobody (0). IAM_LIMIT
 * when the queue is full, IAM_RANGE when the caller has its share already, IAM_CONFLICT after
 * queue_stop.
 */
enum iam_status queue_put(struct queue *q, uint64_t caller, queue_job_fn *fn,
                          void *arg) IAM_MUST_USE;
/* Tells whether the queue, and the caller's share of it, has room for another job now. */
bool queue_has_room(struct queue *q, uint64_t caller);
/* Returns how long the jobs that have run longest have been running; 0: none runs. */
int64_t queue_busy_ms(struct queue *q);
/*
 * Takes jobs that have not begun from the front of the queue, which never runs them then. At most
 * QUEUE_BATCH_MAX; writes the arguments of those that are for fn to args and returns their number,
 * and drops others. *ret_rest tells whether jobs are left.
 */
size_t queue_take_back(struct queue *q, queue_job_fn *fn, void *args[QUEUE_BATCH_MAX],
                       bool *ret_rest) IAM_MUST_USE;
/*
 * Refuses further jobs, and waits until those that are queued are done, or one has been running for
 * hung_ms: then false. Accepts NULL.
 */
bool queue_drain(struct queue *q, int64_t hung_ms) IAM_MUST_USE;
/*
 * Refuses further jobs, runs those that are queued, ends the threads and frees the queue. Accepts
 * NULL.
 */
void queue_stop(struct queue *q);
