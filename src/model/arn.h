/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ARNs of IAM's own entities and of STS principals, both directions in one file:
 *
 *     arn:aws:iam::111122223333:root
 *     arn:aws:iam::111122223333:user/path/name, likewise group, role and policy
 *     arn:aws:iam::aws:policy/path/name
 *     arn:aws:iam::111122223333:oidc-provider/host/path
 *     arn:aws:iam::111122223333:saml-provider/name
 *     arn:aws:sts::111122223333:assumed-role/role-name/session-name
 *     arn:aws:sts::111122223333:federated-user/name
 */
#pragma once

#include "base/arena.h"
#include "model/kind.h"

/* The account part of the ARNs of AWS managed policies. */
#define IAM_ACCOUNT_AWS IAM_STR("aws")
/* The partition of all ARNs. */
#define IAM_PARTITION "aws"
/* How the ARNs of AWS managed policies begin; path and name follow. */
#define IAM_AWS_POLICY_PREFIX "arn:" IAM_PARTITION ":iam::aws:policy"
#define IAM_ARN_MAX 2048

/* The parts of an entity's ARN; all borrow from the text that was parsed. */
struct iam_entity_arn {
    enum iam_kind kind;
    struct iam_str account; /* 12 digits, or "aws" for AWS managed policies */
    struct iam_str path;    /* "/" or "/a/b/"; absent for kinds without one */
    struct iam_str name;    /* absent for root; of an assumed role the name of the role; of an
                               OpenID Connect provider its URL without https:// */
    struct iam_str session; /* assumed roles only */
};

/*
 * Reads one of the forms above, at most IAM_ARN_MAX bytes. Names and paths are
 * not checked against their patterns beyond being present. IAM_SYNTAX for anything else.
 */
enum iam_status iam_entity_arn_parse(struct iam_str text, struct iam_entity_arn *ret) IAM_MUST_USE;
/* Tells whether text begins as the ARN of an AWS managed policy; anything may follow. */
static inline bool iam_arn_is_aws_policy(struct iam_str text)
{
    return iam_str_starts(text, IAM_STR(IAM_AWS_POLICY_PREFIX "/"));
}
/*
 * Returns the partition of an ARN of any service; absent for a text that is no ARN: one without six
 * parts, or without a partition, a service or a resource.
 */
struct iam_str iam_arn_partition(struct iam_str text);
/*
 * Writes the text of arn, in arena. path must start and end with '/' for the kinds that have one.
 * IAM_NOMEM.
 */
enum iam_status iam_entity_arn_print(struct iam_arena *arena, const struct iam_entity_arn *arn,
                                     struct iam_str *ret) IAM_MUST_USE;
/* Makes the ARN of a user, group, role or policy from its parts. IAM_NOMEM. */
enum iam_status iam_arn_of(struct iam_arena *arena, enum iam_kind kind, struct iam_str account,
                           struct iam_str path, struct iam_str name,
                           struct iam_str *ret) IAM_MUST_USE;
