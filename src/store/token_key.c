/* SPDX-License-Identifier: Apache-2.0 */
#include "store/token_key.h"

#include "store/table_int.h"

enum { SQL_LIST, SQL_SCAN, SQL_KEY_END };
enum { SQL_FIND, SQL_ISSUING, SQL_ISSUER_END };

#define SCAN_KEY "t.account_id || '/' || t.key_id"

const char *const iam_token_key_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.account_id = $1"
                 " ORDER BY t.algorithm, t.created_ms, t.key_id LIMIT $2",
    [SQL_SCAN] =
        "SELECT @columns FROM @from WHERE " SCAN_KEY " > $1 ORDER BY " SCAN_KEY " LIMIT $2",
    [SQL_KEY_END] = NULL,
};

const char *const iam_issuer_sql[] = {
    [SQL_FIND] = "SELECT account_id FROM account_settings WHERE issuer = $1",
    [SQL_ISSUING] = "SELECT account_id FROM account_settings"
                    " WHERE is_issuing = 1 AND account_id > $1 ORDER BY account_id LIMIT $2",
    [SQL_ISSUER_END] = NULL,
};

static struct iam_entity_ref account_of(const struct iam_token_key *key)
{
    return iam_ref(IAM_KIND_ACCOUNT, key->account, key->account);
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_shape *shape,
                               const void *last, struct iam_str *ret)
{
    (void)shape;
    return iam_token_key_owner(arena, last, ret);
}

enum iam_status iam_store_token_key_add(struct iam_txn *txn, const struct iam_token_key *key)
{
    const struct iam_entity_ref account = account_of(key);

    return iam_table_add(txn, IAM_TABLE_TOKEN_KEY, &account, key);
}

enum iam_status iam_store_token_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str account, struct iam_token_key_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_TOKEN_KEY, SQL_LIST);
    iam_query_text(&q, account);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_TOKEN_KEY].shape, NULL, next_of,
                          &ret->rows);
}

enum iam_status iam_store_token_key_scan(struct iam_txn *txn, struct iam_arena *arena,
                                         const struct iam_page *page,
                                         struct iam_token_key_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_TOKEN_KEY, SQL_SCAN);
    iam_query_prefix(&q, iam_page_after(page));
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_TOKEN_KEY].shape, page, next_of,
                          &ret->rows);
}

enum iam_status iam_store_token_key_reseal(struct iam_txn *txn, const struct iam_token_key *key,
                                           struct iam_str sealed_key)
{
    const struct iam_entity_ref account = account_of(key);
    struct iam_token_key row = *key;

    row.sealed_key = sealed_key;
    return iam_table_update(txn, IAM_TABLE_TOKEN_KEY, &account, &row);
}

enum iam_status iam_store_token_key_delete(struct iam_txn *txn, const struct iam_token_key *key)
{
    const struct iam_entity_ref account = account_of(key);

    return iam_table_delete(txn, IAM_TABLE_TOKEN_KEY, &account, key);
}

/* ---- issuers ---- */

static const struct iam_column ACCOUNT_ID[] = {
    {NULL, IAM_COL_TEXT, 0, 0}
};
static const struct iam_shape ACCOUNT_ID_SHAPE = IAM_SHAPE(ACCOUNT_ID, struct iam_str);

enum iam_status iam_store_issuer_find(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str issuer, struct iam_str *ret)
{
    struct iam_account_settings settings;
    struct iam_str account;
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCOUNT_SETTINGS, SQL_FIND);
    iam_query_text(&q, issuer);
    IAM_TRY(iam_query_one(&q, arena, &ACCOUNT_ID_SHAPE, &account));
    /* The row that says so has to verify. */
    IAM_TRY(iam_store_account_settings_get(txn, arena, account, &settings));
    IAM_ENSURE(iam_str_eq(settings.issuer, issuer), IAM_NOT_FOUND);
    *ret = account;
    return IAM_OK;
}

enum iam_status iam_store_issuer_list(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str after, size_t limit,
                                      struct iam_account_id_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCOUNT_SETTINGS, SQL_ISSUING);
    iam_query_prefix(&q, after);
    return iam_query_rows(&q, arena, &ACCOUNT_ID_SHAPE, limit, &ret->rows);
}
