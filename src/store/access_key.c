/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Access keys. Nothing here can open the sealed secret. Last use is written apart from the rest and
 * is no change of the key: nobody has to load a key again because it was used.
 */
#include "store/access_key.h"

#include "store/entity_int.h"
#include "store/sql_int.h"

#define KEY_COLUMNS                                                                     \
    "key_id, account_id, owner_id, is_active, created_ms, sealed_secret, last_used_ms," \
    " last_used_region, last_used_service FROM access_key"

enum {
    SQL_ADD,
    SQL_GET,
    SQL_LIST,
    SQL_HOW_MANY,
    SQL_SCAN,
    SQL_SET_ACTIVE,
    SQL_TOUCH,
    SQL_DELETE,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_ADD] = "INSERT INTO access_key"
                " (key_id, account_id, owner_id, is_active, created_ms, sealed_secret,"
                " last_used_ms) VALUES ($1, $2, $3, $4, $5, $6, 0)",
    [SQL_GET] = "SELECT " KEY_COLUMNS " WHERE key_id = $1",
    [SQL_LIST] = "SELECT " KEY_COLUMNS " WHERE account_id = $1 AND owner_id = $2"
                 " AND (created_ms, key_id) > ($3, $4) ORDER BY created_ms, key_id LIMIT $5",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM access_key WHERE account_id = $1 AND owner_id = $2",
    [SQL_SCAN] = "SELECT " KEY_COLUMNS " WHERE key_id > $1 ORDER BY key_id LIMIT $2",
    [SQL_SET_ACTIVE] = "UPDATE access_key SET is_active = $1"
                       " WHERE owner_id = $2 AND key_id = $3 AND account_id = $4",
    [SQL_TOUCH] = "UPDATE access_key"
                  " SET last_used_ms = $1, last_used_region = $2, last_used_service = $3"
                  " WHERE key_id = $4 AND last_used_ms < $1",
    [SQL_DELETE] = "DELETE FROM access_key"
                   " WHERE owner_id = $1 AND key_id = $2 AND account_id = $3",
};

const struct iam_sql_table iam_sql_access_key = { "access_key", SQL, SQL_COUNT };

static void read_key(struct iam_row *row, void *ret_key)
{
    struct iam_access_key *key = ret_key;

    key->id = iam_row_text(row);
    key->account = iam_row_text(row);
    key->owner_id = iam_row_text(row);
    key->is_active = iam_row_i64(row) != 0;
    key->created_ms = iam_row_i64(row);
    key->sealed_secret = iam_row_bytes(row);
    key->last_used_ms = iam_row_i64(row);
    key->last_used_region = iam_row_text(row);
    key->last_used_service = iam_row_text(row);
}

static enum iam_status check_owner(struct iam_txn *txn, const struct iam_access_key *key)
{
    bool is_root = iam_str_eq(key->owner_id, key->account);
    struct iam_entity_ref owner =
        iam_ref(is_root ? IAM_KIND_ACCOUNT : IAM_KIND_USER, key->account, key->owner_id);

    return iam_entity_check(txn, &owner);
}

enum iam_status iam_store_access_key_add(struct iam_txn *txn, const struct iam_access_key *key)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ACCESS_KEY, key->account, key->id);
    struct iam_query q;

    IAM_TRY(check_owner(txn, key));
    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, key->id);
    iam_query_text(&q, key->account);
    iam_query_text(&q, key->owner_id);
    iam_query_int(&q, key->is_active ? 1 : 0);
    iam_query_int(&q, key->created_ms);
    iam_query_bytes(&q, key->sealed_secret);
    IAM_TRY(iam_query_run(&q, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

static enum iam_status get_one(struct iam_query *q, struct iam_arena *arena,
                               struct iam_access_key *ret)
{
    struct iam_access_key key = { 0 };

    IAM_TRY(iam_query_one(q, arena, read_key, &key));
    *ret = key;
    return IAM_OK;
}

enum iam_status iam_store_access_key_get(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str key_id, struct iam_access_key *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_GET]);
    iam_query_text(&q, key_id);
    return get_one(&q, arena, ret);
}

/* "created!id"; IAM_RANGE for a text that no list gave. */
static enum iam_status start_of(struct iam_str after, int64_t *ret_created, struct iam_str *ret_id)
{
    size_t mark = iam_str_find(after, '!', 0);

    if (!iam_str_is_set(after)) {
        *ret_created = INT64_MIN;
        *ret_id = IAM_STR("");
        return IAM_OK;
    }
    IAM_ENSURE(mark < after.len, IAM_RANGE);
    IAM_ENSURE(iam_str_to_i64(iam_str_sub(after, 0, mark), INT64_MIN, INT64_MAX, ret_created) ==
                   IAM_OK,
               IAM_RANGE);
    *ret_id = iam_str_sub(after, mark + 1, after.len);
    return IAM_OK;
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_access_key *last,
                               struct iam_str *ret)
{
    return iam_arena_fmt(arena, ret, "%lld!%.*s", (long long)last->created_ms,
                         IAM_STR_ARG(last->id));
}

enum iam_status iam_store_access_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str account, struct iam_str owner_id,
                                          const struct iam_page *page,
                                          struct iam_access_key_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    struct iam_access_key_list list;
    int64_t created_ms = 0;
    struct iam_str id;

    IAM_TRY(start_of(iam_page_after(page), &created_ms, &id));
    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_text(&q, account);
    iam_query_text(&q, owner_id);
    iam_query_int(&q, created_ms);
    iam_query_text(&q, id);
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_key, sizeof(struct iam_access_key), page, &rows));
    list = (struct iam_access_key_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (list.is_truncated) {
        IAM_TRY(next_of(arena, &list.items[list.count - 1], &list.next));
    }
    *ret = list;
    return IAM_OK;
}

enum iam_status iam_store_access_key_count(struct iam_txn *txn, struct iam_str account,
                                           struct iam_str owner_id, int64_t *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_HOW_MANY]);
    iam_query_text(&q, account);
    iam_query_text(&q, owner_id);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_access_key_scan(struct iam_txn *txn, struct iam_arena *arena,
                                          const struct iam_page *page,
                                          struct iam_access_key_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;

    iam_query_open(&q, txn, SQL[SQL_SCAN]);
    iam_query_prefix(&q, iam_page_after(page));
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_key, sizeof(struct iam_access_key), page, &rows));
    *ret = (struct iam_access_key_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (rows.is_truncated) {
        ret->next = ret->items[rows.count - 1].id;
    }
    return IAM_OK;
}

enum iam_status iam_store_access_key_set_active(struct iam_txn *txn, struct iam_str account,
                                                struct iam_str owner_id, struct iam_str key_id,
                                                bool is_active)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ACCESS_KEY, account, key_id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_SET_ACTIVE]);
    iam_query_int(&q, is_active ? 1 : 0);
    iam_query_text(&q, owner_id);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_access_key_touch(struct iam_txn *txn, struct iam_str key_id,
                                           int64_t used_ms, struct iam_str region,
                                           struct iam_str service)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_TOUCH]);
    iam_query_int(&q, used_ms);
    iam_query_text(&q, region);
    iam_query_text(&q, service);
    iam_query_text(&q, key_id);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_access_key_delete(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str owner_id, struct iam_str key_id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ACCESS_KEY, account, key_id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_DELETE]);
    iam_query_text(&q, owner_id);
    return iam_entity_run(&q, &ref, IAM_CHANGE_DELETE);
}
