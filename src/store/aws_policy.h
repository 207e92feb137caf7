/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who uses AWS managed policies, which have no rows themselves: a use is told by the ARN.
 * Attaching, detaching, boundaries and the entities of a policy are in store/policy.h, for both.
 */
#pragma once

#include "store/entity.h"

/* An AWS managed policy that is used in an account. */
struct iam_aws_use {
    struct iam_str arn;
    int64_t attached; /* 1: to somebody */
    int64_t bounding; /* 1: somebody */
};

struct iam_aws_use_list {
    IAM_LIST_OF(struct iam_aws_use);
};

struct iam_aws_counts {
    int64_t attachments;
    int64_t boundaries;
};

/*
 * Lists the AWS managed policies that are attached in account, or a boundary there, by ARN. The
 * cost grows with their number, not with that of their uses.
 */
enum iam_status iam_store_aws_uses(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account,
                                   struct iam_aws_use_list *ret) IAM_MUST_USE;
/* Counts the uses of one in account; none for one that is not used. */
enum iam_status iam_store_aws_count(struct iam_txn *txn, struct iam_str account, struct iam_str arn,
                                    struct iam_aws_counts *ret) IAM_MUST_USE;
