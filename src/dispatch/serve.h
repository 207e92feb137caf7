/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request from the wire, from its bytes to its answer, in three steps: api_request_open routes
 * and authenticates, api_request_read decodes and validates, neither touching the database; the
 * third, for which batch.h has api_request_run, authorizes, runs the handler in its transaction and
 * encodes. Before it some writes are prepared (prepare.h). A request that fails is done, and no
 * further step is run. Everything lives in the arena that the caller passes.
 */
#pragma once

#include "dispatch/request.h"

/*
 * Runs the first step. *r is always usable afterwards; r->is_done tells whether the answer is
 * already made.
 */
void api_request_open(struct api_request *r, const struct api_env *env,
                      const struct iam_authn *authn, const struct api_wire *wire,
                      struct iam_arena *arena, struct iam_str request_id);
/* Runs the second step of a request that is not done. */
void api_request_read(struct api_request *r);

/* ---- the third step in pieces, for batch.h ---- */

/*
 * Resolves, authorizes and runs the handler, in the transaction that call.txn holds. IAM_FAULT: the
 * call carries the fault. Nothing is answered yet.
 */
enum iam_status api_request_perform(struct api_request *r) IAM_MUST_USE;
/*
 * Answers with the handler's output (if st is IAM_OK), the fault that is set, or our own failure.
 */
void api_request_answer(struct api_request *r, enum iam_status st);
/* Answers that it is not known whether the request was carried out. */
void api_request_answer_unknown(struct api_request *r);
/*
 * Makes the same answer, as 503, for a request that another thread is still at: of r it reads only
 * what the first two steps have set. The body is in arena.
 */
void api_request_tell_unknown(const struct api_request *r, struct iam_arena *arena,
                              struct api_response *ret);
/* Forgets what api_request_perform did, so that it can be called again. */
void api_request_rewind(struct api_request *r);

/*
 * Runs the third step of a request that changes nothing: a read or a decision. False: it waits for
 * something from outside (call.wait), and is as it was before.
 */
bool api_request_run_reading(struct api_request *r) IAM_MUST_USE;
/*
 * Does the same within API_STEPS_SHORT. False also when it takes more; api_request_run_reading does
 * it where nobody waits.
 */
bool api_request_run_short(struct api_request *r) IAM_MUST_USE;

/* Answers with our own failure instead of running: 503 (busy) or 500. */
void api_request_refuse(struct api_request *r, enum api_error error, const char *message);
/* Frees what the request holds outside its arena. Called once, after the answer was sent. */
void api_request_close(struct api_request *r);
