/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations that all tables have. INVARIANT: parts are written only when their entity is there
 * (most have no foreign key: the ID can be of several kinds), and go with it; every mutation is
 * recorded in the change feed in its own transaction.
 */
#include "store/seal_int.h"
#include "store/table_int.h"

/* ---- reading ----------------------------------------------------------------------------------
 */

enum iam_status iam_table_one(struct iam_query *q, struct iam_arena *arena, enum iam_table_id table,
                              void *ret)
{
    const struct iam_shape *shape = &iam_tables[table].shape;
    void *item = iam_arena_zalloc(arena, 1, shape->bytes);

    if (item == NULL && q->status == IAM_OK) {
        q->status = IAM_NOMEM;
    }
    IAM_TRY(iam_query_one(q, arena, shape, item));
    memcpy(ret, item, shape->bytes);
    return IAM_OK;
}

static void bind_key(struct iam_query *q, enum iam_table_id table, struct iam_str key)
{
    const struct iam_column *column = iam_shape_column(&iam_tables[table].shape, IAM_COL_KEY);

    if (column != NULL && column->type == IAM_COL_LOWER) {
        iam_query_key(q, key);
    } else {
        iam_query_prefix(q, key);
    }
}

enum iam_status iam_table_get(struct iam_txn *txn, struct iam_arena *arena, enum iam_table_id table,
                              struct iam_str scope, struct iam_str name, void *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_GET);
    iam_query_text(&q, scope);
    bind_key(&q, table, name);
    return iam_table_one(&q, arena, table, ret);
}

enum iam_status iam_table_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                    enum iam_table_id table, struct iam_str id, void *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_GET_BY_ID);
    iam_query_text(&q, id);
    return iam_table_one(&q, arena, table, ret);
}

static enum iam_status next_by_key(struct iam_arena *arena, const struct iam_shape *shape,
                                   const void *last, struct iam_str *ret)
{
    const struct iam_column *key = iam_shape_column(shape, IAM_COL_KEY);

    *ret = iam_column_text(key, last);
    return key->type == IAM_COL_LOWER ? iam_key_dup(arena, *ret, ret) : IAM_OK;
}

static enum iam_status next_by_id(struct iam_arena *arena, const struct iam_shape *shape,
                                  const void *last, struct iam_str *ret)
{
    (void)arena;
    *ret = iam_column_text(iam_shape_column(shape, IAM_COL_ID), last);
    return IAM_OK;
}

enum iam_status iam_table_page(struct iam_query *q, struct iam_arena *arena,
                               enum iam_table_id table, const struct iam_page *page,
                               struct iam_rows *ret)
{
    return iam_query_page(q, arena, &iam_tables[table].shape, page, next_by_key, ret);
}

enum iam_status iam_table_list(struct iam_txn *txn, struct iam_arena *arena,
                               enum iam_table_id table, struct iam_str scope,
                               struct iam_str path_prefix, const struct iam_page *page,
                               struct iam_rows *ret)
{
    bool is_by_path =
        path_prefix.len > 0 && iam_shape_column(&iam_tables[table].shape, IAM_COL_PATH) != NULL;
    struct iam_query q;

    iam_table_open(&q, txn, table, is_by_path ? IAM_SQL_LIST_PATH : IAM_SQL_LIST);
    iam_query_text(&q, scope);
    bind_key(&q, table, iam_page_after(page));
    if (is_by_path) {
        iam_query_prefix(&q, path_prefix);
    }
    return iam_table_page(&q, arena, table, page, ret);
}

enum iam_status iam_table_lists(struct iam_txn *txn, struct iam_arena *arena,
                                enum iam_table_id table, const struct iam_owners *owners,
                                struct iam_lists *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_LISTS);
    return iam_query_lists(&q, arena, &iam_tables[table].shape, owners, ret);
}

/* Puts an ID in its place among those that are there. */
static void add_owner(struct iam_owners *owners, struct iam_str id)
{
    size_t at = owners->count;

    for (; at > 0 && iam_str_cmp(owners->ids[at - 1], id) > 0; at--) {
        owners->ids[at] = owners->ids[at - 1];
        owners->places[at] = owners->places[at - 1];
    }
    owners->ids[at] = id;
    owners->places[at] = owners->count++;
}

void iam_table_owners(enum iam_table_id table, const struct iam_rows *entities, size_t first,
                      struct iam_owners *ret)
{
    const struct iam_shape *shape = &iam_tables[table].shape;
    const struct iam_column *id = iam_shape_column(shape, IAM_COL_ID);

    ret->count = 0;
    for (size_t i = first; i < entities->count && ret->count < IAM_OWNERS_MAX; i++) {
        const void *entity = (const char *)entities->items + i * shape->bytes;

        add_owner(ret, iam_column_text(id, entity));
    }
}

enum iam_status iam_table_scan(struct iam_txn *txn, struct iam_arena *arena,
                               enum iam_table_id table, const struct iam_page *page,
                               struct iam_rows *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_SCAN);
    iam_query_prefix(&q, iam_page_after(page));
    return iam_query_page(&q, arena, &iam_tables[table].shape, page, next_by_id, ret);
}

enum iam_status iam_table_count(struct iam_txn *txn, enum iam_table_id table, struct iam_str scope,
                                int64_t *ret)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_COUNT);
    iam_query_text(&q, scope);
    return iam_query_i64(&q, ret);
}

/* ---- whether it is there ----------------------------------------------------------------------
 */

enum iam_status iam_table_exists(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row)
{
    struct iam_query q;

    iam_table_open(&q, txn, table, IAM_SQL_EXISTS);
    iam_table_bind_address(&q, table, entity, row);
    return iam_query_exists(&q);
}

enum iam_status iam_part_check(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity)
{
    for (size_t i = 0; i < IAM_TABLE_COUNT; i++) {
        if (iam_tables[i].kind == entity->kind && (iam_tables[i].parts & IAM_PART(table)) != 0) {
            return iam_table_exists(txn, (enum iam_table_id)i, entity, NULL);
        }
    }
    return IAM_NOT_FOUND;
}

/* ---- writing ----------------------------------------------------------------------------------
 */

/* Returns the entity that the feed records: the one given, or the one that row is. */
static struct iam_entity_ref told(const struct iam_table *table,
                                  const struct iam_entity_ref *entity, const void *row)
{
    if (entity != NULL) {
        return *entity;
    }
    return iam_ref(table->kind,
                   iam_column_text(iam_shape_column(&table->shape, IAM_COL_ACCOUNT), row),
                   iam_column_text(iam_shape_column(&table->shape, IAM_COL_ID), row));
}

static enum iam_status check_boundary(struct iam_txn *txn, const struct iam_table *table,
                                      const struct iam_entity_ref *entity, const void *row)
{
    const struct iam_column *boundary = iam_shape_column(&table->shape, IAM_COL_BOUNDARY);

    IAM_ENSURE(boundary != NULL, IAM_OK);
    return iam_policy_check_usable(txn, entity->account, iam_column_text(boundary, row));
}

/* Tells whether op has a parameter for the column, besides the address. */
static bool is_bound(const struct iam_column *column, enum iam_sql_op op)
{
    if (op == IAM_SQL_UPDATE) {
        return (column->flags & IAM_COL_MUTABLE) != 0;
    }
    return op != IAM_SQL_DELETE && iam_column_is_inserted(column) &&
           (column->flags & IAM_COL_LATER) == 0;
}

enum { SQL_NUMBER, SQL_CHANGE, SQL_END };

const char *const iam_account_count_sql[] = {
    [SQL_NUMBER] = "SELECT entities FROM account_count WHERE account_id = $1 AND kind = $2",
    [SQL_CHANGE] = "INSERT INTO account_count (account_id, kind, entities) VALUES ($1, $2, $3)"
                   " ON CONFLICT (account_id, kind)"
                   " DO UPDATE SET entities = account_count.entities + $3",
    [SQL_END] = NULL,
};

enum iam_status iam_entity_count(struct iam_txn *txn, enum iam_table_id table,
                                 struct iam_str account, int64_t *ret)
{
    struct iam_query q;
    int64_t count = 0;

    iam_table_open_own(&q, txn, IAM_TABLE_ACCOUNT_COUNT, SQL_NUMBER);
    iam_query_text(&q, account);
    iam_query_int(&q, iam_tables[table].kind);
    enum iam_status status = iam_query_i64(&q, &count);
    IAM_ENSURE(status == IAM_OK || status == IAM_NOT_FOUND, status);
    *ret = count;
    return IAM_OK;
}

/* Keeps the number of entities that have a name in their account; others have no quota. */
static enum iam_status keep_count(struct iam_txn *txn, const struct iam_table *table,
                                  const struct iam_entity_ref *entity, int64_t change)
{
    struct iam_query q;

    if (iam_shape_column(&table->shape, IAM_COL_NAME) == NULL || table->kind == 0) {
        return IAM_OK;
    }
    iam_table_open_own(&q, txn, IAM_TABLE_ACCOUNT_COUNT, SQL_CHANGE);
    iam_query_text(&q, entity->account);
    iam_query_int(&q, table->kind);
    iam_query_int(&q, change);
    return iam_query_run(&q, NULL);
}

/* What is made for a new row. */
struct made {
    uint8_t mac[IAM_ROW_MAC_BYTES];
    uint8_t parts[IAM_PARTS_BYTES];
};

static enum iam_status make(struct iam_txn *txn, const struct iam_shape *shape,
                            const struct iam_entity_ref *entity, const void *row, struct made *ret)
{
    static const struct iam_row_sum NONE;

    iam_seal_start(txn, shape->sealed);
    for (size_t i = 0; i < shape->count; i++) {
        if (iam_column_is_sealed(&shape->columns[i])) {
            iam_table_seal_value(txn, &shape->columns[i], entity, row);
        }
    }
    IAM_TRY(iam_seal_make(txn, ret->mac));
    return iam_shape_column(shape, IAM_COL_PARTS) != NULL
               ? iam_parts_seal(txn, shape->sealed, entity->id, &NONE, ret->parts)
               : IAM_OK;
}

/* Runs a writing statement; made: for one that adds a row. */
static enum iam_status run_write(struct iam_txn *txn, enum iam_table_id table, enum iam_sql_op op,
                                 const struct iam_entity_ref *entity, const void *row,
                                 const struct made *made)
{
    const struct iam_table *t = &iam_tables[table];
    struct iam_query q;

    iam_table_open(&q, txn, table, op);
    for (size_t i = 0; i < t->shape.count; i++) {
        const struct iam_column *column = &t->shape.columns[i];

        if (!is_bound(column, op)) {
            continue;
        }
        if ((column->flags & IAM_COL_SEAL) != 0) {
            iam_query_bytes(&q, (struct iam_str){ (const char *)made->mac, sizeof(made->mac) });
        } else if ((column->flags & IAM_COL_PARTS) != 0) {
            iam_query_bytes(&q, (struct iam_str){ (const char *)made->parts, sizeof(made->parts) });
        } else {
            iam_table_bind_value(&q, column, entity, row);
        }
    }
    if (op == IAM_SQL_INSERT || op == IAM_SQL_PUT) {
        return iam_query_run(&q, NULL);
    }
    iam_table_bind_address(&q, table, entity, row);
    return iam_query_run_found(&q);
}

static enum iam_status insert(struct iam_txn *txn, enum iam_table_id table,
                              const struct iam_entity_ref *entity, const void *row)
{
    struct made made;
    enum iam_status status = make(txn, &iam_tables[table].shape, entity, row, &made);

    IAM_ENSURE(status == IAM_OK, iam_txn_spoil(txn, status));
    IAM_TRY(run_write(txn, table, IAM_SQL_INSERT, entity, row, &made));
    IAM_TRY(iam_parts_change(txn, table, entity, row, made.mac, NULL));
    return keep_count(txn, &iam_tables[table], entity, 1);
}

/* Adds the part, or replaces what may change of the one that is there. */
static enum iam_status replace(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity, const void *row)
{
    uint8_t before[IAM_ROW_MAC_BYTES];
    struct made made = { .mac = { 0 } };
    enum iam_status status = iam_row_replace(txn, table, entity, row, before, made.mac);

    if (status == IAM_NOT_FOUND) {
        return insert(txn, table, entity, row);
    }
    IAM_TRY(status);
    IAM_TRY(run_write(txn, table, IAM_SQL_PUT, entity, row, &made));
    return iam_parts_change(txn, table, entity, row, made.mac, before);
}

static enum iam_status update(struct iam_txn *txn, enum iam_table_id table,
                              const struct iam_entity_ref *entity, const void *row)
{
    uint8_t before[IAM_ROW_MAC_BYTES];
    uint8_t after[IAM_ROW_MAC_BYTES];

    IAM_TRY(iam_row_hold(txn, table, entity, row, before));
    IAM_TRY(run_write(txn, table, IAM_SQL_UPDATE, entity, row, NULL));
    IAM_TRY(iam_row_reseal(txn, table, entity, row, after));
    return iam_parts_change(txn, table, entity, row, after, before);
}

static enum iam_status delete (struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity, const void *row) {
    uint8_t mac[IAM_ROW_MAC_BYTES];

    IAM_TRY(iam_row_mac(txn, table, entity, row, mac));
    IAM_TRY(run_write(txn, table, IAM_SQL_DELETE, entity, row, NULL));
    IAM_TRY(iam_parts_change(txn, table, entity, row, NULL, mac));
    return keep_count(txn, &iam_tables[table], entity, -1);
}

enum iam_status iam_table_write(struct iam_txn *txn, enum iam_table_id table, enum iam_sql_op op,
                                const struct iam_entity_ref *entity, const void *row)
{
    /* a query that only reads does not look at this */
    IAM_ENSURE(txn->mode == IAM_TXN_WRITE, iam_txn_conflict(txn));
    switch (op) {
    case IAM_SQL_INSERT:
        return insert(txn, table, entity, row);
    case IAM_SQL_PUT:
        return replace(txn, table, entity, row);
    case IAM_SQL_UPDATE:
        return update(txn, table, entity, row);
    case IAM_SQL_DELETE:
        return delete (txn, table, entity, row);
    default:
        return iam_txn_spoil(txn, IAM_UNSUPPORTED);
    }
}

enum iam_status iam_table_add(struct iam_txn *txn, enum iam_table_id table,
                              const struct iam_entity_ref *entity, const void *row)
{
    const struct iam_table *t = &iam_tables[table];
    struct iam_entity_ref ref = told(t, entity, row);

    IAM_TRY(t->kind == 0 ? iam_part_check(txn, table, &ref) : IAM_OK);
    IAM_TRY(check_boundary(txn, t, &ref, row));
    IAM_TRY(iam_table_write(txn, table, IAM_SQL_INSERT, &ref, row));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_table_update(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row)
{
    struct iam_entity_ref ref = told(&iam_tables[table], entity, row);

    IAM_TRY(iam_table_write(txn, table, IAM_SQL_UPDATE, &ref, row));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_table_set_boundary(struct iam_txn *txn, enum iam_table_id table,
                                       struct iam_str account, struct iam_str id,
                                       struct iam_str policy)
{
    struct iam_entity_ref ref = iam_ref(iam_tables[table].kind, account, id);
    bool is_aws = iam_arn_is_aws_policy(policy);
    struct iam_str own = is_aws ? iam_str_absent() : policy;
    struct iam_query q;

    IAM_TRY(iam_policy_check_usable(txn, account, own));
    IAM_TRY(iam_row_hold(txn, table, &ref, NULL, NULL));
    iam_table_open(&q, txn, table, IAM_SQL_SET_BOUNDARY);
    iam_query_text(&q, own);
    iam_query_text(&q, is_aws ? policy : iam_str_absent());
    iam_table_bind_address(&q, table, &ref, NULL);
    IAM_TRY(iam_query_run_found(&q));
    IAM_TRY(iam_row_reseal(txn, table, &ref, NULL, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_part_clear(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity)
{
    struct iam_query q;

    IAM_TRY(iam_parts_clear(txn, table, entity));
    iam_table_open(&q, txn, table, IAM_SQL_CLEAR);
    iam_query_text(&q, entity->id);
    return iam_query_run(&q, NULL);
}

static enum iam_status delete_parts(struct iam_txn *txn, enum iam_table_id table,
                                    const struct iam_entity_ref *entity)
{
    const struct iam_table *t = &iam_tables[table];

    IAM_TRY(iam_table_exists(txn, table, entity, NULL));
    IAM_TRY(t->before_delete != NULL ? t->before_delete(txn, entity) : IAM_OK);
    for (unsigned i = 0; i < IAM_TABLE_COUNT; i++) {
        IAM_TRY((t->parts & IAM_PART(i)) != 0 ? iam_part_clear(txn, (enum iam_table_id)i, entity)
                                              : IAM_OK);
    }
    return IAM_OK;
}

enum iam_status iam_table_delete(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row)
{
    const struct iam_table *t = &iam_tables[table];
    struct iam_entity_ref ref = told(t, entity, row);

    IAM_TRY(t->parts != 0 ? delete_parts(txn, table, &ref) : IAM_OK);
    IAM_TRY(iam_table_write(txn, table, IAM_SQL_DELETE, &ref, row));
    return iam_change_record(txn, &ref, t->kind != 0 ? IAM_CHANGE_DELETE : IAM_CHANGE_PUT);
}
