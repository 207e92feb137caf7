/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inline policies: documents that belong to one user, group or role and go with it. The document is
 * kept byte for byte.
 */
#include "store/inline_policy.h"

#include "store/entity_int.h"
#include "store/sql_int.h"

enum { SQL_PUT, SQL_GET, SQL_LIST, SQL_LOAD, SQL_DELETE, SQL_COUNT };

static const char *const SQL[SQL_COUNT] = {
    [SQL_PUT] = "INSERT INTO inline_policy (entity_id, name_key, account_id, name, document)"
                " VALUES ($1, $2, $3, $4, $5)"
                " ON CONFLICT (entity_id, name_key)"
                " DO UPDATE SET name = excluded.name, document = excluded.document",
    [SQL_GET] = "SELECT name, document FROM inline_policy WHERE entity_id = $1 AND name_key = $2",
    [SQL_LIST] = "SELECT name, CAST(NULL AS TEXT) FROM inline_policy"
                 " WHERE entity_id = $1 AND name_key > $2 ORDER BY name_key LIMIT $3",
    [SQL_LOAD] = "SELECT name, document FROM inline_policy WHERE entity_id = $1 ORDER BY name_key",
    [SQL_DELETE] = "DELETE FROM inline_policy"
                   " WHERE entity_id = $1 AND name_key = $2 AND account_id = $3",
};

const struct iam_sql_table iam_sql_inline = { "inline_policy", SQL, SQL_COUNT };

static void read_inline(struct iam_row *row, void *ret_policy)
{
    struct iam_inline_policy *policy = ret_policy;

    policy->name = iam_row_text(row);
    policy->document = iam_row_text(row);
}

enum iam_status iam_store_inline_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     struct iam_str name, struct iam_str document)
{
    struct iam_query q;

    IAM_TRY(iam_entity_check(txn, entity));
    iam_query_open(&q, txn, SQL[SQL_PUT]);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, name);
    iam_query_text(&q, entity->account);
    iam_query_text(&q, name);
    iam_query_text(&q, document);
    IAM_TRY(iam_query_run(&q, NULL));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_inline_get(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_entity_ref *entity, struct iam_str name,
                                     struct iam_inline_policy *ret)
{
    struct iam_query q;
    struct iam_inline_policy policy = { 0 };

    iam_query_open(&q, txn, SQL[SQL_GET]);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, name);
    IAM_TRY(iam_query_one(&q, arena, read_inline, &policy));
    *ret = policy;
    return IAM_OK;
}

enum iam_status iam_store_inline_list(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      const struct iam_page *page, struct iam_inline_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    struct iam_inline_list list;

    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, iam_page_after(page));
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_inline, sizeof(struct iam_inline_policy), page, &rows));
    list = (struct iam_inline_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (list.is_truncated) {
        IAM_TRY(iam_key_dup(arena, list.items[list.count - 1].name, &list.next));
    }
    *ret = list;
    return IAM_OK;
}

enum iam_status iam_store_inline_load(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      struct iam_inline_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;

    iam_query_open(&q, txn, SQL[SQL_LOAD]);
    iam_query_text(&q, entity->id);
    IAM_TRY(iam_query_all(&q, arena, read_inline, sizeof(struct iam_inline_policy), NULL, &rows));
    *ret = (struct iam_inline_list){ rows.items, rows.count, false, { 0 } };
    return IAM_OK;
}

enum iam_status iam_store_inline_delete(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str name)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_DELETE]);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, name);
    iam_query_text(&q, entity->account);
    IAM_TRY(iam_query_run_found(&q));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}
