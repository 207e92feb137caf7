/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the caller of a request from its signature: the verified identity, and the subject that
 * decisions are about.
 */
#pragma once

#include "dispatch/request.h"

/*
 * Verifies who sent request and sets r->identity and r->call.subject. Public operations have no
 * caller; a request that brings evidence may be unsigned. IAM_FAULT: denied, and the fault is set.
 * Any other failure is our own and denies too.
 */
enum iam_status api_caller_authenticate(struct api_request *r,
                                        const struct iam_authn_request *request) IAM_MUST_USE;
/*
 * Looks the caller up again, just before a change is made: while the request waited, the key may
 * have been deleted, the role removed, a policy detached or the session ended. The time of the call
 * becomes the present one, and its work is that of a write. Called before the transaction of the
 * change begins, by the thread that makes all changes.
 */
enum iam_status api_caller_renew(struct api_request *r) IAM_MUST_USE;
