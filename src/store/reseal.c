/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACs of rows that are written, and the sums of parts. INVARIANT: a row of which only a part is
 * written is checked before, so that nothing that was altered gets a MAC; a sum changes only by
 * what was added and removed, so that a part that somebody else took away stays missing.
 */
#include "store/seal_int.h"
#include "store/table_int.h"

/* ---- one row ------------------------------------------------------------------------- */

/* Goes to the row as it is kept. IAM_NOT_FOUND. The caller ends the query. */
static enum iam_status find(struct iam_query *q, struct iam_txn *txn, enum iam_table_id table,
                            const struct iam_entity_ref *entity, const void *row)
{
    bool has_row = false;

    iam_table_open(q, txn, table, IAM_SQL_SEALED);
    iam_table_bind_address(q, table, entity, row);
    IAM_TRY(iam_query_step(q, &has_row));
    return has_row ? IAM_OK : IAM_NOT_FOUND;
}

/* Copies a MAC, if it is one; ret may be NULL. */
static void copy_mac(struct iam_str mac, uint8_t *ret)
{
    if (ret != NULL) {
        memset(ret, 0, IAM_ROW_MAC_BYTES);
        memcpy(ret, mac.p, mac.len == IAM_ROW_MAC_BYTES ? mac.len : 0);
    }
}

/* Returns status; a transaction in which a write failed cannot be committed. */
static enum iam_status outcome(struct iam_txn *txn, enum iam_status status)
{
    return status == IAM_OK || status == IAM_NOT_FOUND ? status : iam_txn_spoil(txn, status);
}

/* Checks the row that q has reached; ret_mac may be NULL. IAM_CORRUPT, told. */
static enum iam_status check_found(struct iam_query *q, enum iam_table_id table, uint8_t *ret_mac)
{
    const struct iam_row_at at = { .shape = &iam_tables[table].shape };
    struct iam_str mac = iam_seal_row(q, &at);

    copy_mac(mac, ret_mac);
    enum iam_status status = iam_seal_check(q->txn, mac);
    return status == IAM_CORRUPT ? iam_seal_tell(q, &at) : status;
}

/* Makes the MAC of the row that q has reached with the mutable columns of row. */
static enum iam_status make_replaced(struct iam_query *q, enum iam_table_id table,
                                     const struct iam_entity_ref *entity, const void *row,
                                     uint8_t ret[IAM_ROW_MAC_BYTES])
{
    const struct iam_shape *shape = &iam_tables[table].shape;
    int at = 0;

    iam_seal_start(q->txn, shape->sealed);
    for (size_t i = 0; i < shape->count; i++) {
        const struct iam_column *column = &shape->columns[i];

        if (iam_column_is_sealed(column) && (column->flags & IAM_COL_MUTABLE) != 0) {
            iam_table_seal_value(q->txn, column, entity, row);
        } else if (iam_column_is_sealed(column)) {
            iam_seal_column(q, column, at);
        }
        at += iam_column_is_checked(column) ? 1 : 0;
    }
    return iam_seal_make(q->txn, ret);
}

enum iam_status iam_row_replace(struct iam_txn *txn, enum iam_table_id table,
                                const struct iam_entity_ref *entity, const void *row,
                                uint8_t ret_before[IAM_ROW_MAC_BYTES],
                                uint8_t ret_after[IAM_ROW_MAC_BYTES])
{
    struct iam_query q;
    enum iam_status status = find(&q, txn, table, entity, row);

    if (status == IAM_OK) {
        status = check_found(&q, table, ret_before);
    }
    if (status == IAM_OK) {
        status = make_replaced(&q, table, entity, row, ret_after);
    }
    return outcome(txn, iam_query_end(&q, status));
}

enum iam_status iam_row_hold(struct iam_txn *txn, enum iam_table_id table,
                             const struct iam_entity_ref *entity, const void *row,
                             uint8_t ret_mac[IAM_ROW_MAC_BYTES])
{
    struct iam_query q;
    enum iam_status status = find(&q, txn, table, entity, row);

    if (status == IAM_OK) {
        status = check_found(&q, table, ret_mac);
    }
    return outcome(txn, iam_query_end(&q, status));
}

enum iam_status iam_row_mac(struct iam_txn *txn, enum iam_table_id table,
                            const struct iam_entity_ref *entity, const void *row,
                            uint8_t ret_mac[IAM_ROW_MAC_BYTES])
{
    const struct iam_row_at at = { .shape = &iam_tables[table].shape };
    struct iam_query q;
    enum iam_status status = find(&q, txn, table, entity, row);

    if (status == IAM_OK) {
        copy_mac(iam_seal_row(&q, &at), ret_mac);
    }
    return outcome(txn, iam_query_end(&q, status));
}

enum iam_status iam_row_reseal(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity, const void *row,
                               uint8_t ret_mac[IAM_ROW_MAC_BYTES])
{
    const struct iam_row_at at = { .shape = &iam_tables[table].shape };
    uint8_t mac[IAM_ROW_MAC_BYTES];
    struct iam_query q;
    enum iam_status status = find(&q, txn, table, entity, row);

    if (status == IAM_OK) {
        (void)iam_seal_row(&q, &at);
        status = iam_seal_make(txn, mac);
    }
    status = iam_query_end(&q, status);
    IAM_ENSURE(status == IAM_OK, iam_txn_spoil(txn, status));
    iam_table_open(&q, txn, table, IAM_SQL_RESEAL);
    iam_query_bytes(&q, (struct iam_str){ (const char *)mac, sizeof(mac) });
    iam_table_bind_address(&q, table, entity, row);
    IAM_TRY(iam_query_run_found(&q));
    copy_mac((struct iam_str){ (const char *)mac, sizeof(mac) }, ret_mac);
    return IAM_OK;
}

/* ---- sums of parts ------------------------------------------------------------------- */

/* An entity with a sum. */
struct owner {
    enum iam_table_id table;
    struct iam_str id;
};

/* Finds the table of a kind of entity that has a sum; false: it has none. */
static bool table_of(enum iam_kind kind, enum iam_table_id *ret)
{
    for (size_t i = 0; i < IAM_TABLE_COUNT; i++) {
        if (iam_tables[i].kind == kind && !iam_tables[i].is_view &&
            iam_shape_column(&iam_tables[i].shape, IAM_COL_PARTS) != NULL) {
            *ret = (enum iam_table_id)i;
            return true;
        }
    }
    return false;
}

/* Finds the entity in whose sum row is: the one that has it, or for a membership the user. */
static bool owner_of(enum iam_table_id table, const struct iam_entity_ref *entity, const void *row,
                     struct owner *ret)
{
    const struct iam_column *column = iam_shape_column(&iam_tables[table].shape, IAM_COL_OWNER);

    if (column == NULL) {
        return false;
    }
    bool is_entity = (column->flags & IAM_COL_ID) != 0;

    ret->id = is_entity ? entity->id : iam_column_text(column, row);
    return table_of(is_entity ? entity->kind : IAM_KIND_USER, &ret->table);
}

static enum iam_status read_sum(struct iam_txn *txn, const struct owner *owner,
                                struct iam_row_sum *ret)
{
    const char *name = iam_tables[owner->table].shape.sealed;
    struct iam_query q;
    bool has_row = false;

    iam_table_open(&q, txn, owner->table, IAM_SQL_PARTS);
    iam_query_text(&q, owner->id);
    enum iam_status status = iam_query_step(&q, &has_row);
    if (status == IAM_OK) {
        status = has_row ? iam_parts_open(txn, name, owner->id,
                                          txn->driver->column_bytes(q.stmt, 0), ret)
                         : IAM_NOT_FOUND;
    }
    return iam_query_end(&q, status);
}

static enum iam_status write_sum(struct iam_txn *txn, const struct owner *owner,
                                 const struct iam_row_sum *sum)
{
    uint8_t kept[IAM_PARTS_BYTES];
    struct iam_query q;
    enum iam_status status =
        iam_parts_seal(txn, iam_tables[owner->table].shape.sealed, owner->id, sum, kept);

    IAM_ENSURE(status == IAM_OK, iam_txn_spoil(txn, status));
    iam_table_open(&q, txn, owner->table, IAM_SQL_SET_PARTS);
    iam_query_bytes(&q, (struct iam_str){ (const char *)kept, sizeof(kept) });
    iam_query_text(&q, owner->id);
    return iam_query_run_found(&q);
}

static enum iam_status tell_parts(struct iam_txn *txn, const struct owner *owner)
{
    return iam_seal_broken(txn, iam_tables[owner->table].shape.sealed, owner->id);
}

enum iam_status iam_parts_change(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row,
                                 const uint8_t *added, const uint8_t *removed)
{
    struct iam_row_sum sum;
    struct owner owner;

    if (!owner_of(table, entity, row, &owner)) {
        return IAM_OK;
    }
    enum iam_status status = read_sum(txn, &owner, &sum);
    if (status == IAM_CORRUPT && added == NULL) {
        return IAM_OK;
    }
    if (status != IAM_OK) {
        status = status == IAM_CORRUPT ? tell_parts(txn, &owner) : status;
        return iam_txn_spoil(txn, status);
    }
    if (added != NULL) {
        (void)iam_row_sum_add_mac(&sum, (struct iam_str){ (const char *)added, IAM_ROW_MAC_BYTES });
    }
    if (removed != NULL) {
        iam_row_sum_remove_mac(&sum, removed);
    }
    return write_sum(txn, &owner, &sum);
}

/* Adds up the MACs, as they are kept, of the parts of one table. */
static enum iam_status add_owned(struct iam_txn *txn, enum iam_table_id table, struct iam_str owner,
                                 struct iam_row_sum *sum)
{
    struct iam_query q;
    bool has_row = true;
    enum iam_status status;

    iam_table_open(&q, txn, table, IAM_SQL_OWNED);
    iam_query_text(&q, owner);
    while ((status = iam_query_step(&q, &has_row)) == IAM_OK && has_row) {
        (void)iam_row_sum_add_mac(sum, txn->driver->column_bytes(q.stmt, 0));
    }
    return iam_query_end(&q, status);
}

enum iam_status iam_parts_clear(struct iam_txn *txn, enum iam_table_id table,
                                const struct iam_entity_ref *entity)
{
    struct iam_row_sum all = { 0 };
    struct iam_row_sum sum;
    struct owner owner;

    if (!owner_of(table, entity, NULL, &owner)) {
        return IAM_OK;
    }
    IAM_TRY(outcome(txn, add_owned(txn, table, owner.id, &all)));
    enum iam_status status = read_sum(txn, &owner, &sum);
    if (status == IAM_CORRUPT) {
        return IAM_OK;
    }
    IAM_ENSURE(status == IAM_OK, iam_txn_spoil(txn, status));
    for (size_t i = 0; i < IAM_COUNT(sum.lanes); i++) {
        sum.lanes[i] -= all.lanes[i];
    }
    return write_sum(txn, &owner, &sum);
}

enum iam_status iam_store_parts_check(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                      const struct iam_row_sum *sum)
{
    struct owner owner = { .id = entity->id };
    struct iam_row_sum kept;

    IAM_ENSURE(table_of(entity->kind, &owner.table), IAM_NOT_FOUND);
    enum iam_status status = read_sum(txn, &owner, &kept);
    if (status == IAM_OK && !iam_row_sum_equal(&kept, sum)) {
        status = IAM_CORRUPT;
    }
    return status == IAM_CORRUPT ? tell_parts(txn, &owner) : status;
}

/* ---- everything ---------------------------------------------------------------------- */

/* Binds the address of the row that from has reached. */
static void bind_same(struct iam_query *q, const struct iam_query *from, enum iam_table_id table)
{
    const struct iam_table *t = &iam_tables[table];
    int at = 0;

    for (size_t i = 0; i < t->shape.count; i++) {
        const struct iam_column *column = &t->shape.columns[i];

        if (iam_column_is_address(t, column) && column->type == IAM_COL_INT) {
            iam_query_int(q, from->txn->driver->column_i64(from->stmt, at));
        } else if (iam_column_is_address(t, column)) {
            iam_query_text(q, from->txn->driver->column_text(from->stmt, at));
        }
        at += iam_column_is_checked(column) ? 1 : 0;
    }
}

static enum iam_status seal_one(struct iam_query *from, enum iam_table_id table)
{
    const struct iam_row_at at = { .shape = &iam_tables[table].shape };
    uint8_t mac[IAM_ROW_MAC_BYTES];
    struct iam_query q;

    (void)iam_seal_row(from, &at);
    IAM_TRY(iam_seal_make(from->txn, mac));
    iam_table_open(&q, from->txn, table, IAM_SQL_RESEAL);
    iam_query_bytes(&q, (struct iam_str){ (const char *)mac, sizeof(mac) });
    bind_same(&q, from, table);
    return iam_query_run_found(&q);
}

/* Adds up the MACs, as they are kept, of all parts that an entity has. */
static enum iam_status add_all(struct iam_txn *txn, struct iam_str id, struct iam_row_sum *ret)
{
    *ret = (struct iam_row_sum){ 0 };
    for (size_t i = 0; i < IAM_TABLE_COUNT; i++) {
        if (!iam_tables[i].is_view && iam_shape_column(&iam_tables[i].shape, IAM_COL_OWNER)) {
            IAM_TRY(add_owned(txn, (enum iam_table_id)i, id, ret));
        }
    }
    return IAM_OK;
}

enum iam_status iam_parts_recount(struct iam_txn *txn, enum iam_table_id table, struct iam_str id)
{
    const struct owner owner = { table, id };
    struct iam_row_sum kept;
    struct iam_row_sum sum;

    IAM_TRY(read_sum(txn, &owner, &kept));
    IAM_TRY(add_all(txn, id, &sum));
    return iam_row_sum_equal(&kept, &sum) ? IAM_OK : IAM_CORRUPT;
}

/* Makes the sum of an entity from the MACs of its parts. */
static enum iam_status sum_one(struct iam_query *from, enum iam_table_id table)
{
    const struct owner owner = { table, from->txn->driver->column_text(from->stmt, 0) };
    struct iam_row_sum sum;

    IAM_TRY(add_all(from->txn, owner.id, &sum));
    return write_sum(from->txn, &owner, &sum);
}

typedef enum iam_status each_fn(struct iam_query *from, enum iam_table_id table);

/* Calls fn with each row of table, whose ID is the first column that is checked. */
static enum iam_status for_each(struct iam_txn *txn, enum iam_table_id table, each_fn *fn)
{
    struct iam_query q;
    bool has_row = false;
    enum iam_status status;

    iam_table_open(&q, txn, table, IAM_SQL_SEALED_ALL);
    do {
        status = iam_query_step(&q, &has_row);
        status = status == IAM_OK && has_row ? fn(&q, table) : status;
    } while (status == IAM_OK && has_row);
    return iam_query_end(&q, status);
}

/* Calls fn with each row of each table that has a column with flag. */
static enum iam_status for_all(struct iam_txn *txn, unsigned flag, each_fn *fn)
{
    for (size_t i = 0; i < IAM_TABLE_COUNT; i++) {
        if (!iam_tables[i].is_view && iam_shape_column(&iam_tables[i].shape, flag) != NULL) {
            IAM_TRY(for_each(txn, (enum iam_table_id)i, fn));
        }
    }
    return IAM_OK;
}

/* Ends the walk over the rows, with IAM_CONFLICT, at one that has a MAC. */
static enum iam_status stop_at_mac(struct iam_query *from, enum iam_table_id table)
{
    const struct iam_row_at at = { .shape = &iam_tables[table].shape };

    return iam_seal_row(from, &at).len > 0 ? IAM_CONFLICT : IAM_OK;
}

enum iam_status iam_store_has_macs(struct iam_txn *txn, bool *ret)
{
    enum iam_status status = for_all(txn, IAM_COL_SEAL, stop_at_mac);

    *ret = status == IAM_CONFLICT;
    return *ret ? IAM_OK : status;
}

enum iam_status iam_store_seal_all(struct iam_txn *txn)
{
    IAM_TRY(for_all(txn, IAM_COL_SEAL, seal_one));
    return for_all(txn, IAM_COL_PARTS, sum_one);
}
