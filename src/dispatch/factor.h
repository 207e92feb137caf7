/* SPDX-License-Identifier: Apache-2.0 */
/* The second factor that comes with a request: a code of an MFA device of the caller. */
#pragma once

#include "dispatch/call.h"

/*
 * Checks the code in input, if the operation takes one and it is given; then the call's decisions
 * know of it, and it is used up when the call succeeds. When call->txn only reads, the call is
 * judged before it runs: the code is taken for right, and neither used up nor counted as an
 * attempt. IAM_FAULT: the code or its device is wrong, or one of the two is missing; or statuses of
 * the store.
 */
enum iam_status api_check_factor(struct iam_call *call, const void *input) IAM_MUST_USE;
