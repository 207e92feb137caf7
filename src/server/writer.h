/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that changes state: a bounded queue of jobs, run in order. Writes are serial in
 * the database anyway; queued here, they do not hold up a worker that could decide, and adjacent
 * jobs of one kind are run together.
 */
#pragma once

#include "base/base.h"

struct writer;

/* LIMIT: jobs that are run together. */
#define WRITER_BATCH_MAX 64

/*
 * Does count jobs (at least one); args has their arguments in the order in which they were queued.
 */
typedef void writer_job_fn(void *const *args, size_t count);

/* Starts the thread. At most max_queued jobs can wait. IAM_NOMEM, IAM_IO. */
enum iam_status writer_new(size_t max_queued, struct writer **ret) IAM_MUST_USE;
/* Queues arg for fn. IAM_LIMIT when the queue is full, IAM_CONFLICT after writer_stop. */
enum iam_status writer_put(struct writer *w, writer_job_fn *fn, void *arg) IAM_MUST_USE;
/*
 * Refuses further jobs, runs those that are queued, ends the thread and frees the writer. Accepts
 * NULL.
 */
void writer_stop(struct writer *w);
