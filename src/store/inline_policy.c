/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inline policies: documents that belong to one user, group or role and go with it. The document is
 * kept byte for byte.
 */
#include "store/inline_policy.h"

#include "store/table_int.h"

enum { SQL_LIST, SQL_END };

const char *const iam_inline_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from"
                 " WHERE t.entity_id = $1 AND t.name_key > $2 ORDER BY t.name_key LIMIT $3",
    [SQL_END] = NULL,
};

enum iam_status iam_store_inline_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     struct iam_str name, struct iam_str document)
{
    const struct iam_inline_policy row = { .name = name, .document = document };

    IAM_TRY(iam_part_check(txn, IAM_TABLE_INLINE_POLICY, entity));
    IAM_TRY(iam_table_write(txn, IAM_TABLE_INLINE_POLICY, IAM_SQL_PUT, entity, &row));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_inline_list(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      const struct iam_page *page, struct iam_inline_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_INLINE_POLICY, SQL_LIST);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, iam_page_after(page));
    IAM_TRY(iam_table_page(&q, arena, IAM_TABLE_INLINE_POLICY, page, &ret->rows));
    /* they were read for the MACs of the rows */
    for (size_t i = 0; i < ret->count; i++) {
        ret->items[i].document = iam_str_absent();
    }
    return IAM_OK;
}

enum iam_status iam_store_inline_delete(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str name)
{
    const struct iam_inline_policy row = { .name = name };

    return iam_table_delete(txn, IAM_TABLE_INLINE_POLICY, entity, &row);
}
