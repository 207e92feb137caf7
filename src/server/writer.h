/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one thread that changes state: a bounded queue of jobs, run in order. Writes are serial in
 * the database anyway; here they wait without holding up a worker that could decide, and those of
 * one kind that wait next to each other are run together.
 */
#pragma once

#include "base/base.h"

struct writer;

/* LIMIT: jobs that are run together. */
#define WRITER_BATCH_MAX 64

/* Does count jobs (at least one), whose arguments are in the order in which they were queued. */
typedef void writer_job_fn(void *const *args, size_t count);

/* Starts the thread. At most max_queued jobs wait. IAM_NOMEM, IAM_IO. */
enum iam_status writer_new(size_t max_queued, struct writer **ret) IAM_MUST_USE;
/* Queues arg for fn. IAM_LIMIT when the queue is full, IAM_CONFLICT after writer_stop. */
enum iam_status writer_put(struct writer *w, writer_job_fn *fn, void *arg) IAM_MUST_USE;
/* Runs what is queued, refuses more, ends the thread and frees it. Accepts NULL. */
void writer_stop(struct writer *w);
