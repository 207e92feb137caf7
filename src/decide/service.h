/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy says of a service as a whole, for reports about what somebody could use: whether it
 * allows any action of it, and whether it denies all of them. Resources and conditions of an Allow
 * do not matter, and a Deny counts only when it is for every resource and has no condition.
 * SPEC: IAM User Guide, "Refine permissions in AWS using last accessed information"; recorded:
 * docs/conformance.md, "Last accessed information".
 */
#pragma once

#include "iam/policy.h"

/*
 * Tells whether a statement of policy allows an action of service, in lower case and without
 * wildcards: any ("s3"), or a certain one ("s3:getobject").
 */
bool iam_policy_allows_service(const struct iam_policy *policy, struct iam_str service);
/* Tells whether a statement denies, everywhere and always, all actions of service, or the one. */
bool iam_policy_denies_service(const struct iam_policy *policy, struct iam_str service);

/* Is called with the namespace of an action, in lower case; false ends the walk. */
typedef bool iam_policy_service_fn(void *ctx, struct iam_str space);
/*
 * Walks the namespaces that the actions of statements which allow name, those of NotAction left
 * out; one that is named twice is told twice. Returns false when the walk was ended.
 */
bool iam_policy_each_service(const struct iam_policy *policy, iam_policy_service_fn *each,
                             void *ctx);
