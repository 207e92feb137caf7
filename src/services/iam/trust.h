/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust policies of roles, when they are saved and when they are shown: which entity a principal
 * names is settled when the policy is saved. SPEC: IAM User Guide, "AWS JSON policy elements:
 * Principal", IAM users and roles: an ARN is turned into the unique ID, and shown as that ID once
 * the entity is gone.
 */
#pragma once

#include "dispatch/call.h"

/* Every principal that is a user, a role or a session of a role, with its unique ID. */
struct iam_trust {
    const struct iam_pinned_principal *pins;
    size_t pin_count;
};

/*
 * Checks document (MalformedPolicyDocument, LimitExceeded) and finds the principals in it. A
 * principal that does not exist is MalformedPolicyDocument, 'Invalid principal in policy:
 * "AWS":"<arn>"'. Principals may be of any account that is held here.
 */
enum iam_status iam_trust_in(struct iam_call *call, struct iam_str document,
                             struct iam_trust *ret) IAM_MUST_USE;
/*
 * Makes the trust policy as IAM shows it (transfer/trust_text.h), percent-encoded. CreateRole alone
 * returns what was sent.
 */
enum iam_status iam_trust_out(struct iam_call *call, const struct iam_role *role,
                              struct iam_str *ret) IAM_MUST_USE;
