/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts, to which everything else belongs. The row 'aws' is made by the schema and is left out
 * of lists and counts.
 */
#include "store/account.h"

#include "model/id.h"
#include "store/table_int.h"

enum { SQL_NUMBER, SQL_END };

const char *const iam_account_sql[] = {
    [SQL_NUMBER] = "SELECT COUNT(*) FROM account WHERE account_id <> 'aws'",
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
