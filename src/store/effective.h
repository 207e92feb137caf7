/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A managed policy as decisions need it: its default document, in any account, without the counts
 * of its uses, which cost more the more uses there are.
 */
#pragma once

#include "store/store.h"

struct iam_effective_policy {
    struct iam_str id;
    struct iam_str account;
    struct iam_str arn;      /* made by the store */
    struct iam_str document; /* of the default version; absent when there is none */
};

/* Reads a policy by its unique ID. IAM_NOT_FOUND. */
enum iam_status iam_store_effective_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str id,
                                          struct iam_effective_policy *ret) IAM_MUST_USE;
/*
 * Reads a policy by its ARN, with path and name exactly as stored, including case. IAM_NOT_FOUND,
 * also for a text that is not a policy's ARN.
 */
enum iam_status iam_store_effective_by_arn(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str arn,
                                           struct iam_effective_policy *ret) IAM_MUST_USE;
