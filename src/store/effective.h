/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A managed policy as decisions need it: its default document, whatever the account, and none of
 * the counts of who uses it, which cost more the more do.
 */
#pragma once

#include "store/store.h"

struct iam_effective_policy {
    struct iam_str id;
    struct iam_str account;
    struct iam_str arn;      /* made by the store */
    struct iam_str document; /* of the default version; absent when there is none */
};

/* By unique ID. IAM_NOT_FOUND. */
enum iam_status iam_store_effective_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str id,
                                          struct iam_effective_policy *ret) IAM_MUST_USE;
/*
 * By ARN, path and name as stored, case included. IAM_NOT_FOUND, also for a text that is not a
 * policy's ARN.
 */
enum iam_status iam_store_effective_by_arn(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str arn,
                                           struct iam_effective_policy *ret) IAM_MUST_USE;
