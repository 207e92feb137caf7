/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags: what is not in their table. match_key is what is unique: the key in lower case for users
 * and roles, the key itself for others. INVARIANT: tag_order is unique within an entity, and a tag
 * that is replaced keeps its own.
 */
#include "store/tag.h"

#include "store/table_int.h"

enum { SQL_LAST, SQL_LIST, SQL_LISTS, SQL_START, SQL_END };

const char *const iam_tag_sql[] = {
    [SQL_LAST] = "SELECT COALESCE(MAX(tag_order), 0) FROM tag WHERE entity_id = $1",
    [SQL_LIST] = "SELECT @columns FROM @from"
                 " WHERE t.entity_id = $1 AND t.tag_order > $2 ORDER BY t.tag_order LIMIT $3",
    [SQL_LISTS] = "SELECT @columns FROM @from"
                  " WHERE t.entity_id IN (@owners) ORDER BY t.entity_id, t.tag_order",
    [SQL_START] = "SELECT tag_order FROM tag WHERE entity_id = $1 AND tag_key = $2",
    [SQL_END] = NULL,
};

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
        const struct iam_tag_row row = { .tag = tag, .order = ++order };

        IAM_TRY(iam_table_write(txn, IAM_TABLE_TAG, IAM_SQL_PUT, entity, &row));
    }
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_tag_remove(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     const struct iam_str *keys, size_t count)
{
    IAM_TRY(iam_part_check(txn, IAM_TABLE_TAG, entity));
    for (size_t i = 0; i < count; i++) {
        const struct iam_tag_row row = { .tag.key = keys[i] };
        enum iam_status status = iam_table_write(txn, IAM_TABLE_TAG, IAM_SQL_DELETE, entity, &row);

        IAM_TRY(status == IAM_NOT_FOUND ? IAM_OK : status);
    }
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

/* Reads the order of the tag after which the list continues; IAM_RANGE when the tag is gone. */
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

static enum iam_status next_of(struct iam_arena *arena, const struct iam_shape *shape,
                               const void *last, struct iam_str *ret)
{
    (void)arena;
    (void)shape;
    *ret = ((const struct iam_tag *)last)->key;
    return IAM_OK;
}

enum iam_status iam_store_tag_list(struct iam_txn *txn, struct iam_arena *arena,
                                   const struct iam_entity_ref *entity, const struct iam_page *page,
                                   struct iam_tag_list *ret)
{
    struct iam_query q;
    int64_t after = 0;

    IAM_TRY(start_of(txn, entity, page, &after));
    iam_table_open_own(&q, txn, IAM_TABLE_TAG, SQL_LIST);
    iam_query_text(&q, entity->id);
    iam_query_int(&q, after);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_TAG].shape, page, next_of, &ret->rows);
}

enum iam_status iam_store_tag_lists(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_owners *owners, struct iam_lists *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_TAG, SQL_LISTS);
    return iam_query_lists(&q, arena, &iam_tables[IAM_TABLE_TAG].shape, owners, ret);
}
