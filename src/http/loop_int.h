/* SPDX-License-Identifier: Apache-2.0 */
/* What the thread of a worker does. */
#pragma once

#include "http/worker_int.h"

/* Starts to watch the listeners, and the thread, with every signal blocked. IAM_IO. */
enum iam_status iam_http_loop_start(struct iam_http_worker *w) IAM_MUST_USE;
/* Closes the connections and the mailbox of a worker whose thread has ended or never ran. */
void iam_http_loop_end(struct iam_http_worker *w);
/* Returns whether the calling thread is the worker's. */
bool iam_http_loop_is_here(const struct iam_http_worker *w);
