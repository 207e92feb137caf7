/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a managed policy before others are written: whether an account may use it, and
 * whether anybody does. table.c asks too, so nothing here uses an operation of a table.
 */
#include "store/table_int.h"

enum { SQL_USABLE, SQL_IN_USE, SQL_END };

const char *const iam_policy_check_sql[] = {
    [SQL_USABLE] = "SELECT 1 FROM iam_policy WHERE policy_id = $1 AND account_id = $2",
    [SQL_IN_USE] = "SELECT 1 WHERE EXISTS (SELECT 1 FROM attachment WHERE policy_id = $1)"
                   " OR EXISTS (SELECT 1 FROM iam_user WHERE boundary_id = $1)"
                   " OR EXISTS (SELECT 1 FROM iam_role WHERE boundary_id = $1)",
    [SQL_END] = NULL,
};

enum iam_status iam_policy_check_usable(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str policy_id)
{
    struct iam_query q;
    enum iam_status status;

    if (policy_id.len == 0) {
        return IAM_OK;
    }
    iam_table_open_own(&q, txn, IAM_TABLE_POLICY_FACTS, SQL_USABLE);
    iam_query_text(&q, policy_id);
    iam_query_text(&q, account);
    status = iam_query_exists(&q);
    return status == IAM_NOT_FOUND ? iam_txn_conflict(txn) : status;
}

enum iam_status iam_policy_check_unused(struct iam_txn *txn, const struct iam_entity_ref *policy)
{
    struct iam_query q;
    enum iam_status status;

    iam_table_open_own(&q, txn, IAM_TABLE_POLICY_FACTS, SQL_IN_USE);
    iam_query_text(&q, policy->id);
    status = iam_query_exists(&q);
    if (status == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    return status == IAM_OK ? iam_txn_conflict(txn) : status;
}
