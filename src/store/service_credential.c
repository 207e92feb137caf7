/* SPDX-License-Identifier: Apache-2.0 */
#include "store/service_credential.h"

#include "store/table_int.h"

enum { SQL_FIND, SQL_LIST_USER, SQL_LIST_ACCOUNT, SQL_HOW_MANY, SQL_TAKEN, SQL_END };

/* Continues a WHERE: an empty service means all. */
#define OF_SERVICE " AND (CAST($2 AS TEXT) = '' OR t.service = $2)"

const char *const iam_service_credential_sql[] = {
    [SQL_FIND] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.credential_id = $2",
    [SQL_LIST_USER] = "SELECT @columns FROM @from WHERE t.user_id = $1" OF_SERVICE
                      " AND t.credential_id > $3 ORDER BY t.credential_id LIMIT $4",
    [SQL_LIST_ACCOUNT] = "SELECT @columns FROM @from WHERE t.account_id = $1" OF_SERVICE
                         " AND t.credential_id > $3 ORDER BY t.credential_id LIMIT $4",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM service_credential t WHERE t.user_id = $1" OF_SERVICE,
    [SQL_TAKEN] = "SELECT 1 FROM service_credential"
                  " WHERE account_id = $1 AND service = $2 AND login_key = $3",
    [SQL_END] = NULL,
};

enum iam_status iam_store_service_credential_get(struct iam_txn *txn, struct iam_arena *arena,
                                                 struct iam_str account, struct iam_str id,
                                                 struct iam_service_credential *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_CREDENTIAL, SQL_FIND);
    iam_query_text(&q, account);
    iam_query_text(&q, id);
    return iam_table_one(&q, arena, IAM_TABLE_SERVICE_CREDENTIAL, ret);
}

enum iam_status iam_store_service_credential_list(struct iam_txn *txn, struct iam_arena *arena,
                                                  struct iam_str account, struct iam_str user_id,
                                                  struct iam_str service,
                                                  const struct iam_page *page,
                                                  struct iam_service_credential_list *ret)
{
    bool is_of_user = iam_str_is_set(user_id);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_CREDENTIAL,
                       is_of_user ? SQL_LIST_USER : SQL_LIST_ACCOUNT);
    iam_query_text(&q, is_of_user ? user_id : account);
    iam_query_prefix(&q, service);
    iam_query_prefix(&q, iam_page_after(page));
    return iam_table_page(&q, arena, IAM_TABLE_SERVICE_CREDENTIAL, page, &ret->rows);
}

enum iam_status iam_store_service_credential_count(struct iam_txn *txn, struct iam_str user_id,
                                                   struct iam_str service, int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_CREDENTIAL, SQL_HOW_MANY);
    iam_query_text(&q, user_id);
    iam_query_prefix(&q, service);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_service_login_is_taken(struct iam_txn *txn, struct iam_str account,
                                                 struct iam_str service, struct iam_str login,
                                                 bool *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_CREDENTIAL, SQL_TAKEN);
    iam_query_text(&q, account);
    iam_query_text(&q, service);
    iam_query_key(&q, login);
    enum iam_status status = iam_query_exists(&q);
    *ret = status == IAM_OK;
    return status == IAM_NOT_FOUND ? IAM_OK : status;
}
