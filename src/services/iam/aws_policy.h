/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies, whether they are the account's own, in the store, or AWS's, in the catalogue.
 * All fail as the store and the catalogue do.
 */
#pragma once

#include "dispatch/call.h"
#include "model/arn.h"
#include "store/policy.h"

/* Where the roles of services are, and the policies of these. */
#define IAM_SERVICE_ROLE_PATH "/aws-service-role/"

static inline bool iam_is_aws_policy(const struct iam_managed_policy *policy)
{
    return iam_str_eq(policy->account, IAM_ACCOUNT_AWS);
}

/* Returns how the store is told of the policy. */
static inline struct iam_str iam_policy_key(const struct iam_managed_policy *policy)
{
    return iam_is_aws_policy(policy) ? policy->arn : policy->id;
}

/*
 * Finds a policy that the account may use by its ARN, without counting its uses. IAM_NOT_FOUND,
 * also for a text that is not a policy's ARN.
 */
enum iam_status iam_policy_find(struct iam_call *call, struct iam_str arn,
                                struct iam_managed_policy *ret) IAM_MUST_USE;
/* Does what iam_policy_find does, and counts the uses in the account. policy was found. */
enum iam_status iam_policy_count(struct iam_call *call, const struct iam_managed_policy *policy,
                                 struct iam_managed_policy *ret) IAM_MUST_USE;
/* Reads a version of a policy that was found, with its document. IAM_NOT_FOUND. */
enum iam_status iam_policy_version(struct iam_call *call, const struct iam_managed_policy *policy,
                                   int64_t number, struct iam_policy_version *ret) IAM_MUST_USE;
/* Lists the versions as iam_store_version_list does. */
enum iam_status iam_policy_versions(struct iam_call *call, const struct iam_managed_policy *policy,
                                    const struct iam_page *page,
                                    struct iam_policy_version_list *ret) IAM_MUST_USE;
/*
 * Lists AWS's policies in AWS's order, with the uses in the account. The list continues after a
 * name.
 */
enum iam_status iam_aws_policy_list(struct iam_call *call, const struct iam_policy_filter *filter,
                                    const struct iam_page *page,
                                    struct iam_policy_list *ret) IAM_MUST_USE;
/* Tells whether nobody can attach the policy, though it exists: it is for sts:AssumeRoot alone. */
bool iam_policy_is_for_root(const struct iam_managed_policy *policy);
/* Fails with PolicyNotAttachable for a policy of a service-linked role. */
enum iam_status iam_check_attachable(struct iam_call *call,
                                     const struct iam_managed_policy *policy) IAM_MUST_USE;
