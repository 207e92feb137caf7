/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who uses AWS managed policies, which have no rows themselves: a use is told by the ARN.
 * Attaching, detaching, boundaries and the entities of a policy are in store/policy.h, for both.
 */
#pragma once

#include "store/entity.h"

struct iam_aws_use {
    struct iam_str arn;
    int64_t attachment_count;
    int64_t boundary_count;
};

struct iam_aws_use_list {
    IAM_LIST_OF(struct iam_aws_use);
};

/*
 * Lists the AWS managed policies that are attached in account, or a boundary there, by ARN; arn: of
 * that one alone (absent: of all). The cost grows with the number of uses.
 */
enum iam_status iam_store_aws_uses(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str arn,
                                   struct iam_aws_use_list *ret) IAM_MUST_USE;
