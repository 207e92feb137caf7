/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts. The account IAM_ACCOUNT_AWS, owner of the AWS managed policies, is never listed. */
#pragma once

#include "store/store.h"

struct iam_account_list {
    struct iam_account *items; /* by account ID */
    size_t count;
    bool is_truncated;
    struct iam_str next; /* set when is_truncated */
};

/* Adds; id is 12 digits, IAM_RANGE otherwise. IAM_EXISTS. */
enum iam_status iam_store_account_add(struct iam_txn *txn,
                                      const struct iam_account *account) IAM_MUST_USE;
/* IAM_NOT_FOUND. */
enum iam_status iam_store_account_get(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str id, struct iam_account *ret) IAM_MUST_USE;
/* page may be NULL: all. */
enum iam_status iam_store_account_list(struct iam_txn *txn, struct iam_arena *arena,
                                       const struct iam_page *page,
                                       struct iam_account_list *ret) IAM_MUST_USE;
enum iam_status iam_store_account_count(struct iam_txn *txn, int64_t *ret) IAM_MUST_USE;

/*
 * Users, groups, roles or policies that an account has, at once however many they are; 0 for
 * another kind, and for an account that is not there.
 */
enum iam_status iam_store_entity_count(struct iam_txn *txn, struct iam_str account,
                                       enum iam_entity_kind kind, int64_t *ret) IAM_MUST_USE;

/* How much an account holds, counted: not for every request. For GetAccountSummary. */
struct iam_account_usage {
    int64_t users;
    int64_t groups;
    int64_t roles;
    int64_t policies;
    int64_t policy_versions; /* in all, of its own policies */
    int64_t root_access_keys;
};

/* All zero for an account that is not there. */
enum iam_status iam_store_account_usage(struct iam_txn *txn, struct iam_str account,
                                        struct iam_account_usage *ret) IAM_MUST_USE;
