/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations that all tables have. INVARIANT: parts are written only when their entity is there
 * (most have no foreign key: the ID can be of several kinds), and go with it; every mutation is
 * told to the change feed in its own transaction.
 */
#include "store/table_int.h"

void iam_table_open(struct iam_query *q, struct iam_txn *txn, const struct iam_table *table,
                    size_t op)
{
    iam_query_open(q, txn, iam_sql_text(txn->sql, table, op));
}

/* ---- reading ----------------------------------------------------------------------------------
 */

enum iam_status iam_table_one(struct iam_query *q, struct iam_arena *arena,
                              const struct iam_table *table, void *ret)
{
    void *item = iam_arena_zalloc(arena, 1, table->shape.bytes);

    if (item == NULL && q->status == IAM_OK) {
        q->status = IAM_NOMEM;
    }
    IAM_TRY(iam_query_one(q, arena, &table->shape, item));
    memcpy(ret, item, table->shape.bytes);
    return IAM_OK;
}

static void bind_key(struct iam_query *q, const struct iam_table *table, struct iam_str key)
{
    const struct iam_column *column = iam_table_column(table, IAM_COL_KEY);

    if (column != NULL && column->type == IAM_COL_LOWER) {
        iam_query_key(q, key);
    } else {
        iam_query_prefix(q, key);
    }
}

enum iam_status iam_table_get(struct iam_txn *txn, struct iam_arena *arena,
                              const struct iam_table *table, struct iam_str scope,
                              struct iam_str name, void *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_GET);
    iam_query_text(&q, scope);
    bind_key(&q, table, name);
    return iam_table_one(&q, arena, table, ret);
}

enum iam_status iam_table_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_table *table, struct iam_str id, void *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_GET_BY_ID);
    iam_query_text(&q, id);
    return iam_table_one(&q, arena, table, ret);
}

const void *iam_rows_last(const struct iam_rows *rows, const struct iam_shape *shape)
{
    return (const char *)rows->items + (rows->count - 1) * shape->bytes;
}

static struct iam_str text_of(const struct iam_column *column, const void *row)
{
    const void *member = (const char *)row + column->offset;

    return *(const struct iam_str *)member;
}

static enum iam_status read_page(struct iam_query *q, struct iam_arena *arena,
                                 const struct iam_table *table, const struct iam_page *page,
                                 struct iam_rows *ret)
{
    iam_query_limit(q, page);
    return iam_query_all(q, arena, &table->shape, page, ret);
}

enum iam_status iam_table_page(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_table *table, const struct iam_page *page,
                               struct iam_rows *ret)
{
    const struct iam_column *key = iam_table_column(table, IAM_COL_KEY);
    struct iam_rows rows;

    IAM_TRY(read_page(q, arena, table, page, &rows));
    if (rows.is_truncated) {
        rows.next = text_of(key, iam_rows_last(&rows, &table->shape));
        IAM_TRY(key->type == IAM_COL_LOWER ? iam_key_dup(arena, rows.next, &rows.next) : IAM_OK);
    }
    *ret = rows;
    return IAM_OK;
}

enum iam_status iam_table_list(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_table *table, struct iam_str scope,
                               struct iam_str path_prefix, const struct iam_page *page,
                               struct iam_rows *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_LIST);
    iam_query_text(&q, scope);
    bind_key(&q, table, iam_page_after(page));
    if (iam_table_column(table, IAM_COL_PATH) != NULL) {
        iam_query_prefix(&q, path_prefix);
    }
    return iam_table_page(&q, arena, table, page, ret);
}

enum iam_status iam_table_scan(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_table *table, const struct iam_page *page,
                               struct iam_rows *ret)
{
    struct iam_query q;
    struct iam_rows rows;

    iam_table_open(&q, txn, table, IAM_SQL_SCAN);
    iam_query_prefix(&q, iam_page_after(page));
    IAM_TRY(read_page(&q, arena, table, page, &rows));
    if (rows.is_truncated) {
        rows.next =
            text_of(iam_table_column(table, IAM_COL_ID), iam_rows_last(&rows, &table->shape));
    }
    *ret = rows;
    return IAM_OK;
}

enum iam_status iam_part_count(struct iam_txn *txn, const struct iam_table *table,
                               struct iam_str scope, int64_t *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_PART_COUNT);
    iam_query_text(&q, scope);
    return iam_query_i64(&q, ret);
}

/* ---- whether it is there ----------------------------------------------------------------------
 */

/* The value of column for row, which is the entity or a part of it. */
static void bind_value(struct iam_query *q, const struct iam_column *column,
                       const struct iam_entity_ref *entity, const void *row)
{
    if ((column->flags & IAM_COL_ID) != 0) {
        iam_query_text(q, entity->id);
    } else if ((column->flags & IAM_COL_ACCOUNT) != 0) {
        iam_query_text(q, entity->account);
    } else {
        iam_query_member(q, column, row);
    }
}

static void bind_address(struct iam_query *q, const struct iam_table *table,
                         const struct iam_entity_ref *entity, const void *row)
{
    for (size_t i = 0; i < table->shape.count; i++) {
        if (iam_column_is_address(table, &table->shape.columns[i])) {
            bind_value(q, &table->shape.columns[i], entity, row);
        }
    }
}

enum iam_status iam_part_exists(struct iam_txn *txn, const struct iam_table *table,
                                const struct iam_entity_ref *entity, const void *row)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_EXISTS);
    bind_address(&q, table, entity, row);
    return iam_query_exists(&q);
}

static const struct iam_table *table_of(enum iam_entity_kind kind)
{
    for (size_t i = 0; i < iam_table_count; i++) {
        if (iam_tables[i]->kind == kind) {
            return iam_tables[i];
        }
    }
    return NULL;
}

enum iam_status iam_entity_check(struct iam_txn *txn, const struct iam_entity_ref *entity)
{
    const struct iam_table *table = entity->kind != 0 ? table_of(entity->kind) : NULL;

    IAM_ENSURE(table != NULL && table->parts != NULL, IAM_NOT_FOUND);
    return iam_part_exists(txn, table, entity, NULL);
}

static bool has_parts_of(const struct iam_table *table, const struct iam_table *part)
{
    for (size_t i = 0; table != NULL && table->parts != NULL && table->parts[i] != NULL; i++) {
        if (table->parts[i] == part) {
            return true;
        }
    }
    return false;
}

enum iam_status iam_part_check(struct iam_txn *txn, const struct iam_table *table,
                               const struct iam_entity_ref *entity)
{
    IAM_ENSURE(has_parts_of(table_of(entity->kind), table), IAM_NOT_FOUND);
    return iam_entity_check(txn, entity);
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* The entity that the feed is told of: the one given, or the one that row is. */
static struct iam_entity_ref told(const struct iam_table *table,
                                  const struct iam_entity_ref *entity, const void *row)
{
    return entity != NULL
               ? *entity
               : iam_ref(table->kind, text_of(iam_table_column(table, IAM_COL_ACCOUNT), row),
                         text_of(iam_table_column(table, IAM_COL_ID), row));
}

static enum iam_status check_boundary(struct iam_txn *txn, const struct iam_table *table,
                                      const struct iam_entity_ref *entity, const void *row)
{
    const struct iam_column *boundary = iam_table_column(table, IAM_COL_BOUNDARY);

    return boundary != NULL ? iam_policy_check_usable(txn, entity->account, text_of(boundary, row))
                            : IAM_OK;
}

static bool is_bound(const struct iam_column *column)
{
    return column->sql != NULL && (column->flags & (IAM_COL_LATER | IAM_COL_COMPUTED)) == 0;
}

static void bind_row(struct iam_query *q, const struct iam_table *table,
                     const struct iam_entity_ref *entity, const void *row)
{
    for (size_t i = 0; i < table->shape.count; i++) {
        if (is_bound(&table->shape.columns[i])) {
            bind_value(q, &table->shape.columns[i], entity, row);
        }
    }
}

enum iam_status iam_table_write(struct iam_txn *txn, const struct iam_table *table,
                                enum iam_sql_op op, const struct iam_entity_ref *entity,
                                const void *row)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, op);
    if (op == IAM_SQL_DELETE) {
        bind_address(&q, table, entity, row);
        return iam_query_run_found(&q);
    }
    bind_row(&q, table, entity, row);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_table_add(struct iam_txn *txn, const struct iam_table *table,
                              const struct iam_entity_ref *entity, const void *row)
{
    struct iam_entity_ref ref = told(table, entity, row);

    IAM_TRY(table->kind == 0 ? iam_part_check(txn, table, &ref) : IAM_OK);
    IAM_TRY(check_boundary(txn, table, &ref, row));
    IAM_TRY(iam_table_write(txn, table, IAM_SQL_INSERT, &ref, row));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

static bool is_set(const struct iam_column *column, const void *row)
{
    const void *member = (const char *)row + column->offset;

    switch (column->type) {
    case IAM_COL_INT:
        return *(const int64_t *)member != 0;
    case IAM_COL_BOOL:
        return true;
    default:
        return iam_str_is_set(*(const struct iam_str *)member);
    }
}

/* The mutable members of row that are set, a bit for each. */
static unsigned choice_of(const struct iam_table *table, const void *row)
{
    unsigned choice = 0;
    unsigned bit = 1;

    for (size_t i = 0; i < table->shape.count; i++) {
        const struct iam_column *column = &table->shape.columns[i];

        if ((column->flags & IAM_COL_MUTABLE) != 0 && column->type != IAM_COL_LOWER) {
            choice |= is_set(column, row) ? bit : 0;
            bit <<= 1;
        }
    }
    return choice;
}

static enum iam_status run_update(struct iam_txn *txn, const struct iam_table *table,
                                  unsigned choice, const struct iam_entity_ref *entity,
                                  const void *row)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_UPDATE + choice - 1);
    for (size_t i = 0; i < table->shape.count; i++) {
        if (iam_column_is_chosen(table, &table->shape.columns[i], choice)) {
            iam_query_member(&q, &table->shape.columns[i], row);
        }
    }
    bind_address(&q, table, entity, row);
    return iam_query_run_found(&q);
}

enum iam_status iam_table_update(struct iam_txn *txn, const struct iam_table *table,
                                 const struct iam_entity_ref *entity, const void *row)
{
    struct iam_entity_ref ref = told(table, entity, row);
    unsigned choice = choice_of(table, row);

    IAM_TRY(check_boundary(txn, table, &ref, row));
    if (choice == 0) {
        return iam_part_exists(txn, table, &ref, row);
    }
    IAM_TRY(run_update(txn, table, choice, &ref, row));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_part_clear(struct iam_txn *txn, const struct iam_table *table,
                               const struct iam_entity_ref *entity)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_CLEAR);
    iam_query_text(&q, entity->id);
    return iam_query_run(&q, NULL);
}

static enum iam_status delete_parts(struct iam_txn *txn, const struct iam_table *table,
                                    const struct iam_entity_ref *entity)
{
    IAM_TRY(iam_entity_check(txn, entity));
    IAM_TRY(table->before_delete != NULL ? table->before_delete(txn, entity) : IAM_OK);
    for (size_t i = 0; table->parts[i] != NULL; i++) {
        IAM_TRY(iam_part_clear(txn, table->parts[i], entity));
    }
    return IAM_OK;
}

enum iam_status iam_table_delete(struct iam_txn *txn, const struct iam_table *table,
                                 const struct iam_entity_ref *entity, const void *row)
{
    struct iam_entity_ref ref = told(table, entity, row);

    IAM_TRY(table->parts != NULL ? delete_parts(txn, table, &ref) : IAM_OK);
    IAM_TRY(iam_table_write(txn, table, IAM_SQL_DELETE, &ref, row));
    return iam_change_record(txn, &ref, table->kind != 0 ? IAM_CHANGE_DELETE : IAM_CHANGE_PUT);
}

enum iam_status iam_entity_run(struct iam_query *q, const struct iam_entity_ref *entity)
{
    iam_query_text(q, entity->id);
    iam_query_text(q, entity->account);
    IAM_TRY(iam_query_run_found(q));
    return iam_change_record(q->txn, entity, IAM_CHANGE_PUT);
}
