/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kind of a caller's credentials forbids, whatever the policies say: the refusals of
 * services and operations.
 */
#pragma once

#include "dispatch/call.h"

/*
 * Checks the caller, who is verified, against refusals: the first that fits is told. IAM_OK: none
 * does.
 */
enum iam_status api_check_refusals(struct iam_call *call, const struct api_refusal *refusals,
                                   size_t count) IAM_MUST_USE;
