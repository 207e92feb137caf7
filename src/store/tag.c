/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags. match_key is what is unique: the key in lower case for users and roles, the key itself for
 * policies. INVARIANT: tag_order is unique within an entity, and a tag that is replaced keeps its
 * own.
 */
#include "store/tag.h"

#include "store/entity_int.h"
#include "store/sql_int.h"

enum { SQL_LAST, SQL_PUT, SQL_REMOVE, SQL_LIST, SQL_START, SQL_HOW_MANY, SQL_COUNT };

static const char *const SQL[SQL_COUNT] = {
    [SQL_LAST] = "SELECT COALESCE(MAX(tag_order), 0) FROM tag WHERE entity_id = $1",
    [SQL_PUT] = "INSERT INTO tag (entity_id, match_key, account_id, tag_order, tag_key, tag_value)"
                " VALUES ($1, $2, $3, $4, $5, $6)"
                " ON CONFLICT (entity_id, match_key)"
                " DO UPDATE SET tag_key = excluded.tag_key, tag_value = excluded.tag_value",
    [SQL_REMOVE] = "DELETE FROM tag WHERE entity_id = $1 AND match_key = $2 AND account_id = $3",
    [SQL_LIST] = ("SELECT tag_key, tag_value FROM tag"
                  " WHERE entity_id = $1 AND tag_order > $2 ORDER BY tag_order LIMIT $3"),
    [SQL_START] = "SELECT tag_order FROM tag WHERE entity_id = $1 AND tag_key = $2",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM tag WHERE entity_id = $1",
};

const struct iam_sql_table iam_sql_tag = { "tag", SQL, SQL_COUNT };

static void bind_match_key(struct iam_query *q, const struct iam_entity_ref *entity,
                           struct iam_str key)
{
    if (entity->kind == IAM_KIND_POLICY) {
        iam_query_text(q, key);
    } else {
        iam_query_key(q, key);
    }
}

static enum iam_status last_order(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  int64_t *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_LAST]);
    iam_query_text(&q, entity->id);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_tag_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  const struct iam_tag *tags, size_t count)
{
    int64_t order = 0;

    IAM_TRY(iam_entity_check(txn, entity));
    IAM_TRY(last_order(txn, entity, &order));
    for (size_t i = 0; i < count; i++) {
        struct iam_query q;

        iam_query_open(&q, txn, SQL[SQL_PUT]);
        iam_query_text(&q, entity->id);
        bind_match_key(&q, entity, tags[i].key);
        iam_query_text(&q, entity->account);
        iam_query_int(&q, ++order);
        iam_query_text(&q, tags[i].key);
        iam_query_prefix(&q, tags[i].value);
        IAM_TRY(iam_query_run(&q, NULL));
    }
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_tag_remove(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     const struct iam_str *keys, size_t count)
{
    IAM_TRY(iam_entity_check(txn, entity));
    for (size_t i = 0; i < count; i++) {
        struct iam_query q;

        iam_query_open(&q, txn, SQL[SQL_REMOVE]);
        iam_query_text(&q, entity->id);
        bind_match_key(&q, entity, keys[i]);
        iam_query_text(&q, entity->account);
        IAM_TRY(iam_query_run(&q, NULL));
    }
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

static void read_tag(struct iam_row *row, void *ret_tag)
{
    struct iam_tag *tag = ret_tag;

    tag->key = iam_row_text(row);
    tag->value = iam_row_text(row);
}

/* The order of the tag that the list continues behind; IAM_RANGE when it is gone. */
static enum iam_status start_of(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                const struct iam_page *page, int64_t *ret)
{
    struct iam_str after = iam_page_after(page);
    struct iam_query q;
    enum iam_status status;

    if (!iam_str_is_set(after)) {
        *ret = 0;
        return IAM_OK;
    }
    iam_query_open(&q, txn, SQL[SQL_START]);
    iam_query_text(&q, entity->id);
    iam_query_text(&q, after);
    status = iam_query_i64(&q, ret);
    return status == IAM_NOT_FOUND ? IAM_RANGE : status;
}

enum iam_status iam_store_tag_list(struct iam_txn *txn, struct iam_arena *arena,
                                   const struct iam_entity_ref *entity, const struct iam_page *page,
                                   struct iam_tag_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    int64_t after = 0;

    IAM_TRY(start_of(txn, entity, page, &after));
    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_text(&q, entity->id);
    iam_query_int(&q, after);
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_tag, sizeof(struct iam_tag), page, &rows));
    *ret = (struct iam_tag_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (rows.is_truncated) {
        ret->next = ret->items[rows.count - 1].key;
    }
    return IAM_OK;
}

enum iam_status iam_store_tag_count(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                    int64_t *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_HOW_MANY]);
    iam_query_text(&q, entity->id);
    return iam_query_i64(&q, ret);
}
