/* SPDX-License-Identifier: Apache-2.0 */
/* What no client may choose: names that AWS reserves for itself, and lists of tags that are none.
 */
#pragma once

#include "dispatch/call.h"

/*
 * Checks the tags and paths of an input, after the call was authorized: recorded on AWS, who may
 * not make a change is told so, whatever the tags are. call->target is resolved. IAM_FAULT:
 * InvalidInput, or InvalidParameterValue for STS.
 */
enum iam_status api_check_reserved(struct iam_call *call, const void *input) IAM_MUST_USE;
/* Tells whether only services have entities under the path, in whatever case it is spelled. */
bool api_is_reserved_path(struct iam_str path);
