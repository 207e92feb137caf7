/* SPDX-License-Identifier: Apache-2.0 */
/* What a denial says. Nothing of it is made before something was denied. */
#pragma once

#include "dispatch/call.h"

/* Writes the message of a denial, in arena, with the resource as it was asked about. */
enum iam_status api_denial_message(struct iam_arena *arena, const struct iam_decision *decision,
                                   const struct iam_request *request,
                                   struct iam_str *ret) IAM_MUST_USE;

/*
 * Refuses a call for want of a permission, as the permission's row says it. request is the question
 * that decision answers. Never returns IAM_OK: IAM_FAULT; IAM_NOMEM; IAM_DENIED for an empty row.
 */
enum iam_status api_deny(struct iam_call *call, const void *input,
                         const struct api_permission *permission,
                         const struct iam_decision *decision,
                         const struct iam_request *request) IAM_MUST_USE;
