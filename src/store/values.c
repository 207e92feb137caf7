/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of a row that is written. INVARIANT: what is bound for a column of a new row is what
 * its MAC is made of.
 */
#include "store/seal_int.h"
#include "store/table_int.h"

void iam_table_bind_value(struct iam_query *q, const struct iam_column *column,
                          const struct iam_entity_ref *entity, const void *row)
{
    if ((column->flags & IAM_COL_ID) != 0) {
        iam_query_text(q, entity->id);
    } else if ((column->flags & IAM_COL_ACCOUNT) != 0) {
        iam_query_text(q, entity->account);
    } else if ((column->flags & IAM_COL_EXACT) != 0 &&
               iam_kind_get(entity->kind)->has_exact_tag_keys) {
        iam_query_text(q, iam_column_text(column, row));
    } else {
        iam_query_member(q, column, row);
    }
}

void iam_table_bind_address(struct iam_query *q, enum iam_table_id table,
                            const struct iam_entity_ref *entity, const void *row)
{
    const struct iam_table *t = &iam_tables[table];

    for (size_t i = 0; i < t->shape.count; i++) {
        if (iam_column_is_address(t, &t->shape.columns[i])) {
            iam_table_bind_value(q, &t->shape.columns[i], entity, row);
        }
    }
}

void iam_table_seal_value(struct iam_txn *txn, const struct iam_column *column,
                          const struct iam_entity_ref *entity, const void *row)
{
    const void *member = (const char *)row + column->offset;

    if ((column->flags & IAM_COL_LATER) != 0) {
        iam_seal_int(txn, 0);
    } else if ((column->flags & IAM_COL_ID) != 0) {
        iam_seal_text(txn, entity->id);
    } else if ((column->flags & IAM_COL_ACCOUNT) != 0) {
        iam_seal_text(txn, entity->account);
    } else if ((column->flags & IAM_COL_ADDED) != 0) {
        iam_seal_added(txn, column->sql, iam_column_text(column, row));
    } else if (column->type == IAM_COL_INT) {
        iam_seal_int(txn, *(const int64_t *)member);
    } else if (column->type == IAM_COL_BOOL) {
        iam_seal_int(txn, *(const bool *)member ? 1 : 0);
    } else if (column->type == IAM_COL_BYTES) {
        iam_seal_bytes(txn, iam_column_text(column, row));
    } else if (column->type == IAM_COL_LOWER && ((column->flags & IAM_COL_EXACT) == 0 ||
                                                 !iam_kind_get(entity->kind)->has_exact_tag_keys)) {
        iam_seal_lower(txn, iam_column_text(column, row));
    } else {
        iam_seal_text(txn, iam_column_text(column, row));
    }
}
