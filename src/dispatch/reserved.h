/* SPDX-License-Identifier: Apache-2.0 */
/* What no client may choose: names that AWS reserves for itself, and tags with ambiguous keys. */
#pragma once

#include "dispatch/call.h"

/*
 * Checks the tags and paths of an input, before they become condition keys or the resource's ARN.
 * IAM_FAULT: InvalidInput, or InvalidParameterValue for STS.
 */
enum iam_status api_check_reserved(struct iam_call *call, const void *input) IAM_MUST_USE;
