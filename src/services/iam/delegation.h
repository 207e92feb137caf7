/* SPDX-License-Identifier: Apache-2.0 */
/* What a delegation request asks for: shown, checked against what the caller may do, in words. */
#pragma once

#include "api_iam.gen.h"
#include "dispatch/call.h"
#include "model/delegation.h"

/* Returns the state at the time of the call. */
enum iam_delegation_state iam_delegation_state_now(const struct iam_call *call,
                                                   const struct iam_delegation_request *request);
/* Returns the name of who asks, as its policy template has it; absent: none. */
struct iam_str iam_delegation_requestor(const struct iam_call *call,
                                        const struct iam_delegation_request *request);
/*
 * Lists the permissions boundaries that roles must have which are made with the permissions asked
 * for: the values of iam:PermissionsBoundary where iam:CreateRole is allowed.
 */
enum iam_status
iam_delegation_boundaries(struct iam_call *call, const struct iam_delegation_request *request,
                          struct api_iam_role_permission_restriction_arn_list *ret) IAM_MUST_USE;
/*
 * Tells whether the caller itself may do all that is asked for: ALLOWED, DENIED, or UNSURE where
 * that cannot be decided for single actions and resources. Conditions of what is asked for are not
 * looked at. Every action on every resource is a decision, charged to the call's work.
 */
enum iam_status iam_delegation_check(struct iam_call *call,
                                     const struct iam_delegation_request *request,
                                     struct iam_str *ret) IAM_MUST_USE;
/* Says in English who asks for what, and for how long: at most 10,000 characters. */
enum iam_status iam_delegation_summary(struct iam_call *call,
                                       const struct iam_delegation_request *request,
                                       struct iam_str *ret) IAM_MUST_USE;
