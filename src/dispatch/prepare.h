/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done before the transaction of a change. A write that would have to wait is judged first,
 * so that who may not make it does not wait with those who may. And what an operation does that
 * takes too long for the transaction: it would hold up the thread that makes all changes, and any
 * worker; the server has one more thread for this, which also bounds what preparations cost
 * together.
 */
#pragma once

#include "dispatch/request.h"

/*
 * Authorizes a write that is not done, with at most as many steps; on a denial or any other failure
 * the request is done. Evidence in it is verified, which is not repeated (call.examined). A
 * permission counts for nothing later: the write is judged again when it runs. False: the work
 * (less than API_STEPS_MAX) does not suffice, and nothing is known.
 */
bool api_request_judge(struct api_request *r, uint64_t steps) IAM_MUST_USE;
/*
 * Prepares a request that needs it (api_request_needs_preparation) and is not done. It is
 * authorized first, so that only who may do the operation can make the server work for it; that
 * decision counts for nothing later. On failure the request is done.
 */
void api_request_prepare(struct api_request *r);
