/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts: whom everything belongs to. The row 'aws' is made by the schema and stays out of lists
 * and counts.
 */
#include "store/account.h"

#include "model/id.h"
#include "store/table_int.h"

enum { SQL_NUMBER, SQL_USAGE, SQL_END };

const char *const iam_account_sql[] = {
    [SQL_NUMBER] = "SELECT COUNT(*) FROM account WHERE account_id <> 'aws'",
    [SQL_USAGE] =
        "SELECT (SELECT COUNT(*) FROM iam_user WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_group WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_role WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_policy WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_policy p JOIN policy_version v ON v.policy_id = p.policy_id"
        " WHERE p.account_id = $1),"
        " (SELECT COUNT(*) FROM access_key WHERE owner_id = $1 AND account_id = $1)",
    [SQL_END] = NULL,
};

enum iam_status iam_store_account_add(struct iam_txn *txn, const struct iam_account *account)
{
    IAM_ENSURE(iam_account_id_is_valid(account->id), iam_txn_spoil(txn, IAM_RANGE));
    return iam_table_add(txn, IAM_TABLE_ACCOUNT, NULL, account);
}

enum iam_status iam_store_account_count(struct iam_txn *txn, int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCOUNT, SQL_NUMBER);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_account_usage(struct iam_txn *txn, struct iam_str account,
                                        struct iam_account_usage *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_INT(NULL, 0, struct iam_account_usage, users),
        IAM_INT(NULL, 0, struct iam_account_usage, groups),
        IAM_INT(NULL, 0, struct iam_account_usage, roles),
        IAM_INT(NULL, 0, struct iam_account_usage, policies),
        IAM_INT(NULL, 0, struct iam_account_usage, policy_versions),
        IAM_INT(NULL, 0, struct iam_account_usage, root_access_keys),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_account_usage);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCOUNT, SQL_USAGE);
    iam_query_text(&q, account);
    return iam_query_one(&q, NULL, &SHAPE, ret);
}
