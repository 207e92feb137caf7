/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts: whom everything belongs to. The row 'aws' is made by the schema and stays out of lists
 * and counts.
 */
#include "store/account.h"

#include "model/arn.h"
#include "model/id.h"
#include "store/entity_int.h"
#include "store/sql_int.h"

enum { SQL_ADD, SQL_GET, SQL_LIST, SQL_NUMBER, SQL_USAGE, SQL_COUNT };

static const char *const SQL[SQL_COUNT] = {
    [SQL_ADD] = "INSERT INTO account (account_id, name, created_ms) VALUES ($1, $2, $3)",
    [SQL_GET] = "SELECT account_id, name, created_ms FROM account"
                " WHERE account_id = $1 AND account_id <> 'aws'",
    [SQL_LIST] = "SELECT account_id, name, created_ms FROM account"
                 " WHERE account_id > $1 AND account_id <> 'aws' ORDER BY account_id LIMIT $2",
    [SQL_NUMBER] = "SELECT COUNT(*) FROM account WHERE account_id <> 'aws'",
    [SQL_USAGE] =
        "SELECT (SELECT COUNT(*) FROM iam_user WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_group WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_role WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_policy WHERE account_id = $1),"
        " (SELECT COUNT(*) FROM iam_policy p JOIN policy_version v ON v.policy_id = p.policy_id"
        " WHERE p.account_id = $1),"
        " (SELECT COUNT(*) FROM access_key WHERE owner_id = $1 AND account_id = $1)",
};

const struct iam_sql_table iam_sql_account = { "account", SQL, SQL_COUNT };

static void read_account(struct iam_row *row, void *ret_account)
{
    struct iam_account *account = ret_account;

    account->id = iam_row_text(row);
    account->name = iam_row_text(row);
    account->created_ms = iam_row_i64(row);
}

enum iam_status iam_store_account_add(struct iam_txn *txn, const struct iam_account *account)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ACCOUNT, account->id, account->id);
    struct iam_query q;

    IAM_ENSURE(iam_account_id_is_valid(account->id), iam_txn_spoil(txn, IAM_RANGE));
    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, account->id);
    iam_query_text(&q, account->name);
    iam_query_int(&q, account->created_ms);
    IAM_TRY(iam_query_run(&q, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_account_get(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str id, struct iam_account *ret)
{
    struct iam_query q;
    struct iam_account account = { 0 };

    iam_query_open(&q, txn, SQL[SQL_GET]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_one(&q, arena, read_account, &account));
    *ret = account;
    return IAM_OK;
}

enum iam_status iam_store_account_list(struct iam_txn *txn, struct iam_arena *arena,
                                       const struct iam_page *page, struct iam_account_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;

    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_prefix(&q, iam_page_after(page));
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_account, sizeof(struct iam_account), page, &rows));
    *ret = (struct iam_account_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (rows.is_truncated) {
        ret->next = ret->items[rows.count - 1].id;
    }
    return IAM_OK;
}

enum iam_status iam_store_account_count(struct iam_txn *txn, int64_t *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_NUMBER]);
    return iam_query_i64(&q, ret);
}

static void read_usage(struct iam_row *row, void *ret_usage)
{
    struct iam_account_usage *usage = ret_usage;

    usage->users = iam_row_i64(row);
    usage->groups = iam_row_i64(row);
    usage->roles = iam_row_i64(row);
    usage->policies = iam_row_i64(row);
    usage->policy_versions = iam_row_i64(row);
    usage->root_access_keys = iam_row_i64(row);
}

enum iam_status iam_store_account_usage(struct iam_txn *txn, struct iam_str account,
                                        struct iam_account_usage *ret)
{
    struct iam_query q;
    struct iam_account_usage usage = { 0 };

    iam_query_open(&q, txn, SQL[SQL_USAGE]);
    iam_query_text(&q, account);
    IAM_TRY(iam_query_one(&q, NULL, read_usage, &usage));
    *ret = usage;
    return IAM_OK;
}
