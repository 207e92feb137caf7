/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts. The account IAM_ACCOUNT_AWS, owner of the AWS managed policies, is never listed. */
#pragma once

#include "store/entity.h"

struct iam_account_list { /* by account ID */
    IAM_LIST_OF(struct iam_account);
};

/* Adds an account; id is 12 digits, IAM_RANGE otherwise. IAM_EXISTS. */
enum iam_status iam_store_account_add(struct iam_txn *txn,
                                      const struct iam_account *account) IAM_MUST_USE;
/* Reads an account. IAM_NOT_FOUND. */
static inline IAM_MUST_USE enum iam_status iam_store_account_get(struct iam_txn *txn,
                                                                 struct iam_arena *arena,
                                                                 struct iam_str id,
                                                                 struct iam_account *ret)
{
    return iam_table_get_by_id(txn, arena, IAM_TABLE_ACCOUNT, id, ret);
}
/* Lists accounts. page may be NULL: all. */
static inline IAM_MUST_USE enum iam_status iam_store_account_list(struct iam_txn *txn,
                                                                  struct iam_arena *arena,
                                                                  const struct iam_page *page,
                                                                  struct iam_account_list *ret)
{
    return iam_table_scan(txn, arena, IAM_TABLE_ACCOUNT, page, &ret->rows);
}
enum iam_status iam_store_account_count(struct iam_txn *txn, int64_t *ret) IAM_MUST_USE;
