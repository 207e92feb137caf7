/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access keys. Nothing here can open the sealed secret. Last use is written separately and does not
 * count as a change of the key: nobody has to load a key again because it was used.
 */
#include "store/access_key.h"

#include "store/table_int.h"

enum { SQL_LIST, SQL_LISTS, SQL_HOW_MANY, SQL_TOUCH, SQL_SAMPLE, SQL_END };

const char *const iam_access_key_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.owner_id = $2"
                 " AND (t.created_ms, t.key_id) > ($3, $4)"
                 " ORDER BY t.created_ms, t.key_id LIMIT $5",
    [SQL_LISTS] = "SELECT @columns FROM @from WHERE t.owner_id IN (@owners)"
                  " ORDER BY t.owner_id, t.created_ms, t.key_id",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM access_key WHERE account_id = $1 AND owner_id = $2",
    [SQL_TOUCH] = "UPDATE access_key"
                  " SET last_used_ms = $1, last_used_region = $2, last_used_service = $3"
                  " WHERE key_id = $4 AND last_used_ms < $1",
    [SQL_SAMPLE] = "SELECT key_id, sealed_secret FROM access_key ORDER BY key_id LIMIT $1",
    [SQL_END] = NULL,
};

static enum iam_status check_owner(struct iam_txn *txn, const struct iam_access_key *key)
{
    bool is_root = iam_str_eq(key->owner_id, key->account);
    struct iam_entity_ref owner =
        iam_ref(is_root ? IAM_KIND_ACCOUNT : IAM_KIND_USER, key->account, key->owner_id);

    return iam_part_check(txn, IAM_TABLE_ACCESS_KEY, &owner);
}

enum iam_status iam_store_access_key_add(struct iam_txn *txn, const struct iam_access_key *key)
{
    IAM_TRY(check_owner(txn, key));
    return iam_table_add(txn, IAM_TABLE_ACCESS_KEY, NULL, key);
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_shape *shape,
                               const void *last, struct iam_str *ret)
{
    const struct iam_access_key *item = last;

    (void)shape;
    return iam_dated_next(arena, item->created_ms, item->id, ret);
}

enum iam_status iam_store_access_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str account, struct iam_str owner_id,
                                          const struct iam_page *page,
                                          struct iam_access_key_list *ret)
{
    struct iam_query q;
    int64_t created_ms = 0;
    struct iam_str id;

    IAM_TRY(iam_dated_start(iam_page_after(page), &created_ms, &id));
    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_KEY, SQL_LIST);
    iam_query_text(&q, account);
    iam_query_text(&q, owner_id);
    iam_query_int(&q, created_ms);
    iam_query_text(&q, id);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_ACCESS_KEY].shape, page, next_of,
                          &ret->rows);
}

enum iam_status iam_store_access_key_lists(struct iam_txn *txn, struct iam_arena *arena,
                                           const struct iam_owners *owners, struct iam_lists *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_KEY, SQL_LISTS);
    return iam_query_lists(&q, arena, &iam_tables[IAM_TABLE_ACCESS_KEY].shape, owners, ret);
}

enum iam_status iam_store_access_key_sample(struct iam_txn *txn, struct iam_arena *arena,
                                            size_t limit, struct iam_access_key_list *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_TEXT(NULL, 0, struct iam_access_key, id),
        {NULL, IAM_COL_BYTES, 0, offsetof(struct iam_access_key, sealed_secret)},
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_access_key);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_KEY, SQL_SAMPLE);
    return iam_query_rows(&q, arena, &SHAPE, limit, &ret->rows);
}

enum iam_status iam_store_access_key_count(struct iam_txn *txn, struct iam_str account,
                                           struct iam_str owner_id, int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_KEY, SQL_HOW_MANY);
    iam_query_text(&q, account);
    iam_query_text(&q, owner_id);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_access_key_set_active(struct iam_txn *txn, struct iam_str account,
                                                struct iam_str owner_id, struct iam_str key_id,
                                                bool is_active)
{
    const struct iam_access_key row = {
        .id = key_id, .account = account, .owner_id = owner_id, .is_active = is_active
    };

    return iam_table_update(txn, IAM_TABLE_ACCESS_KEY, NULL, &row);
}

enum iam_status iam_store_access_key_reseal(struct iam_txn *txn, const struct iam_access_key *key,
                                            struct iam_str sealed_secret)
{
    struct iam_access_key row = *key;

    row.sealed_secret = sealed_secret;
    return iam_table_update(txn, IAM_TABLE_ACCESS_KEY, NULL, &row);
}

enum iam_status iam_store_access_key_touch(struct iam_txn *txn, struct iam_str key_id,
                                           int64_t used_ms, struct iam_str region,
                                           struct iam_str service)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCESS_KEY, SQL_TOUCH);
    iam_query_int(&q, used_ms);
    iam_query_text(&q, region);
    iam_query_text(&q, service);
    iam_query_text(&q, key_id);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_access_key_delete(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str owner_id, struct iam_str key_id)
{
    const struct iam_access_key row = { .id = key_id, .account = account, .owner_id = owner_id };

    return iam_table_delete(txn, IAM_TABLE_ACCESS_KEY, NULL, &row);
}
