/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operation does before the transaction of its change, because it takes too long for it.
 * It would hold up the thread that makes all changes, and any worker: the server has one more
 * thread for this, which also bounds what preparations cost together.
 */
#pragma once

#include "dispatch/request.h"

/*
 * Prepares a request that needs it (api_request_needs_preparation) and is not done. It is
 * authorized first, so that only who may do the operation can make the server work for it; that
 * decision counts for nothing later. On failure the request is done.
 */
void api_request_prepare(struct api_request *r);
