/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags. match_key is what is unique: the key in lower case for users and roles, the key itself for
 * all others. INVARIANT: tag_order is unique within an entity, and a tag that is replaced keeps its
 * own.
 */
#include "store/tag.h"

#include "store/table_int.h"

enum { SQL_LAST, SQL_LIST, SQL_START, SQL_END };

const char *const iam_tag_sql[] = {
    [SQL_LAST] = "SELECT COALESCE(MAX(tag_order), 0) FROM tag WHERE entity_id = $1",
    [SQL_LIST] = "SELECT @columns FROM @from"
                 " WHERE t.entity_id = $1 AND t.tag_order > $2 ORDER BY t.tag_order LIMIT $3",
    [SQL_START] = "SELECT tag_order FROM tag WHERE entity_id = $1 AND tag_key = $2",
    [SQL_END] = NULL,
};

/* Sets row->match_key, in the caller's lower. IAM_LIMIT for a key of more than IAM_KEY_MAX. */
static enum iam_status set_match_key(struct iam_tag_row *row, const struct iam_entity_ref *entity,
                                     char lower[IAM_KEY_MAX])
{
    struct iam_str key = row->tag.key;

    if (entity->kind != IAM_ENTITY_USER && entity->kind != IAM_ENTITY_ROLE) {
        row->match_key = key;
        return IAM_OK;
    }
    IAM_ENSURE(key.len <= IAM_KEY_MAX, IAM_LIMIT);
    for (size_t i = 0; i < key.len; i++) {
        lower[i] = iam_ascii_lower(key.p[i]);
    }
    row->match_key = (struct iam_str){ lower, key.len };
    return IAM_OK;
}

static enum iam_status write_tag(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                 enum iam_sql_op op, struct iam_tag tag, int64_t order)
{
    struct iam_tag_row row = { .tag = tag, .order = order };
    char lower[IAM_KEY_MAX];
    enum iam_status status = set_match_key(&row, entity, lower);

    return status == IAM_OK ? iam_table_write(txn, IAM_TABLE_TAG, op, entity, &row)
                            : iam_txn_spoil(txn, status);
}

static enum iam_status last_order(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_TAG, SQL_LAST);
    iam_query_text(&q, entity->id);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_tag_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  const struct iam_tag *tags, size_t count)
{
    int64_t order = 0;

    IAM_TRY(iam_part_check(txn, IAM_TABLE_TAG, entity));
    IAM_TRY(last_order(txn, entity, &order));
    for (size_t i = 0; i < count; i++) {
        struct iam_tag tag = { tags[i].key, iam_text_or_empty(tags[i].value) };

        IAM_TRY(write_tag(txn, entity, IAM_SQL_PUT, tag, ++order));
    }
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_tag_remove(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     const struct iam_str *keys, size_t count)
{
    IAM_TRY(iam_part_check(txn, IAM_TABLE_TAG, entity));
    for (size_t i = 0; i < count; i++) {
        struct iam_tag tag = { .key = keys[i] };
        enum iam_status status = write_tag(txn, entity, IAM_SQL_DELETE, tag, 0);

        IAM_TRY(status == IAM_NOT_FOUND ? IAM_OK : status);
    }
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

/* The order of the tag that the list goes on after; IAM_RANGE when it is gone. */
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
    iam_table_open_own(&q, txn, IAM_TABLE_TAG, SQL_START);
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
    iam_table_open_own(&q, txn, IAM_TABLE_TAG, SQL_LIST);
    iam_query_text(&q, entity->id);
    iam_query_int(&q, after);
    IAM_TRY(iam_query_page(&q, arena, &iam_tables[IAM_TABLE_TAG].shape, page, &rows));
    if (rows.is_truncated) {
        rows.next =
            ((const struct iam_tag *)iam_rows_last(&rows, &iam_tables[IAM_TABLE_TAG].shape))->key;
    }
    ret->rows = rows;
    return IAM_OK;
}
