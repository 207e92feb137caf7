/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes that wait at the same time are committed together: one transaction with a part for each
 * request, one commit, one refresh of the directory, and only then the answers.
 *
 * The outcome is the same as if the requests had run one after another. Later requests see what a
 * request changed at once in the transaction, but only after the commit in the directory, and it is
 * the directory that authorizes. INVARIANT: a request runs only in a batch that has changed nothing
 * its authorization depends on; otherwise the batch ends before it. The handlers of such operations
 * read the store, never the directory.
 */
#pragma once

#include "dispatch/request.h"

/* LIMIT: requests in one batch. IAM_TXN_CHANGES_MAX limits how much they may change. */
#define API_BATCH_MAX 64

/*
 * Runs writes that were opened, prepared where they need it, and are not done, in their order, and
 * makes their answers. Returns how many it took from the front, at least one: those are done, and
 * the rest belong to the next batch. When the commit fails, every request of the batch is answered
 * with that failure, or, when it may be in force after a crash, that its outcome is unknown. count
 * is at least 1; every request has the env of the first. Called only on the thread that makes all
 * changes.
 */
size_t api_batch_run(struct api_request *const *requests, size_t count) IAM_MUST_USE;
/*
 * Runs the third step of a request that is not done, prepared if it needs that: a write in a batch
 * of its own.
 */
void api_request_run(struct api_request *r);
