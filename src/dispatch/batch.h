/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes that wait together commit together: one transaction, in it a part for each request, one
 * commit and one refresh of the directory, and only then the answers.
 *
 * The outcome is that of the same requests one after another. What a request changed is seen by
 * those after it in the transaction at once, but in the directory only after the commit, and the
 * directory is what authorizes. INVARIANT: a request runs only in a batch that has changed nothing
 * its authorization depends on; otherwise the batch ends before it. The handlers of such operations
 * read the store, never the directory.
 */
#pragma once

#include "dispatch/request.h"

/* LIMIT: requests of one batch. What they may change is limited by IAM_TXN_CHANGES_MAX. */
#define API_BATCH_MAX 64

/*
 * Runs writes that were opened and are not done, in their order, and makes their answers. Returns
 * how many it took from the front: at least one, those are done; the rest belongs to the next
 * batch. When the commit or the refresh fails every one of the batch is answered with the failure.
 * count is at least 1; every request has the env of the first. On the one thread that makes all
 * changes.
 */
size_t api_batch_run(struct api_request *const *requests, size_t count) IAM_MUST_USE;
/* Runs the second step of a request that is not done, a write in a batch of its own. */
void api_request_run(struct api_request *r);
