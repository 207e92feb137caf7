/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread with a bounded queue of jobs, which it runs one after another in their order; adjacent
 * jobs of one kind are given to it together. The server has two: the writer, which alone makes
 * changes (writes are serial in the database anyway, and queued they do not hold up a worker that
 * could decide), and the preparer, which does what takes too long for either (hashing a password).
 */
#pragma once

#include "base/base.h"

struct queue;

/* LIMIT: jobs that are run together. */
#define QUEUE_BATCH_MAX 64

/*
 * Does count jobs (at least one); args has their arguments in the order in which they were queued.
 */
typedef void queue_job_fn(void *const *args, size_t count);

/* Starts the thread. At most max_queued jobs can wait. IAM_NOMEM, IAM_IO. */
enum iam_status queue_new(size_t max_queued, struct queue **ret) IAM_MUST_USE;
/* Queues arg for fn. IAM_LIMIT when the queue is full, IAM_CONFLICT after queue_stop. */
enum iam_status queue_put(struct queue *q, queue_job_fn *fn, void *arg) IAM_MUST_USE;
/*
 * Refuses further jobs, runs those that are queued, ends the thread and frees the queue. Accepts
 * NULL.
 */
void queue_stop(struct queue *q);
