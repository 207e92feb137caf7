/* SPDX-License-Identifier: Apache-2.0 */
/* From a signature to the caller of a request: the verified identity and what decisions see of it.
 */
#pragma once

#include "dispatch/request.h"

/*
 * Verifies who sent request and sets r->identity and r->call.subject. Public operations have no
 * caller; one that brings evidence may be unsigned. IAM_FAULT: denied, in the words of the
 * protocol. Anything else is our own failure and denies too.
 */
enum iam_status api_caller_authenticate(struct api_request *r,
                                        const struct iam_authn_request *request) IAM_MUST_USE;
/*
 * Looks the caller up again, just before a change is made: between its arrival and its turn the key
 * may have been deleted, the role removed, a policy detached, the session ended. Called before the
 * transaction of the change begins, by the thread that makes all changes.
 */
enum iam_status api_caller_renew(struct api_request *r) IAM_MUST_USE;
