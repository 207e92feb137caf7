/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The messages that MACs are made of, and the check of rows that were read. INVARIANT: a column is
 * added with the value that a reader would get, so that what verifies is what is used.
 */
#include "store/seal_int.h"

#include <endian.h>
#include <stdio.h>

#include "base/heap.h"

#define KEY_PART_MAX 128
#define KEY_MAX 512

/* ---- messages ------------------------------------------------------------------------ */

/* A type, and a number of 64 bits, the lowest byte first. */
#define HEAD_BYTES 9

static void put_head(char *to, char type, uint64_t value)
{
    value = htole64(value);
    to[0] = type;
    memcpy(to + 1, &value, sizeof(value));
}

static void add_typed(struct iam_txn *txn, char type, struct iam_str value)
{
    if (!iam_str_is_set(value)) {
        iam_buf_add_char(&txn->message, 'N');
        return;
    }
    IAM_ASSERT(value.len <= SIZE_MAX - HEAD_BYTES);
    char *to = iam_buf_extend(&txn->message, HEAD_BYTES + value.len);
    if (to != NULL) {
        put_head(to, type, value.len);
        memcpy(to + HEAD_BYTES, value.p, value.len);
    }
}

void iam_seal_start(struct iam_txn *txn, const char *table)
{
    iam_buf_clear(&txn->message);
    iam_seal_text(txn, iam_str_c(table));
}

void iam_seal_int(struct iam_txn *txn, int64_t value)
{
    char *to = iam_buf_extend(&txn->message, HEAD_BYTES);

    if (to != NULL) {
        put_head(to, 'I', (uint64_t)value);
    }
}

void iam_seal_text(struct iam_txn *txn, struct iam_str value)
{
    add_typed(txn, 'T', value);
}

void iam_seal_bytes(struct iam_txn *txn, struct iam_str value)
{
    add_typed(txn, 'B', value);
}

void iam_seal_added(struct iam_txn *txn, const char *column, struct iam_str value)
{
    if (iam_str_is_set(value)) {
        add_typed(txn, 'A', iam_str_c(column));
        iam_seal_text(txn, value);
    }
}

void iam_seal_lower(struct iam_txn *txn, struct iam_str value)
{
    size_t before = txn->message.len;

    iam_seal_text(txn, value);
    if (iam_str_is_set(value) && txn->message.status == IAM_OK) {
        for (size_t i = before + HEAD_BYTES; i < txn->message.len; i++) {
            txn->message.p[i] = iam_ascii_lower(txn->message.p[i]);
        }
    }
}

enum iam_status iam_seal_make(struct iam_txn *txn, uint8_t ret[IAM_ROW_MAC_BYTES])
{
    struct iam_str message;

    IAM_TRY(iam_buf_finish(&txn->message, &message));
    return txn->sealer->make(txn->sealer->ctx, message, ret);
}

enum iam_status iam_seal_check(struct iam_txn *txn, struct iam_str mac)
{
    struct iam_str message;

    IAM_TRY(iam_buf_finish(&txn->message, &message));
    IAM_ENSURE(mac.len == IAM_ROW_MAC_BYTES, IAM_CORRUPT);
    return txn->sealer->check(txn->sealer->ctx, message, (const uint8_t *)mac.p);
}

enum iam_status iam_seal_broken(struct iam_txn *txn, const char *table, struct iam_str key)
{
    snprintf(txn->error, sizeof(txn->error), "row '%.*s' of %s does not verify", IAM_STR_ARG(key),
             table);
    iam_last_error_set(txn->last_error, txn->error);
    if (txn->sealer->broken != NULL) {
        txn->sealer->broken(txn->sealer->ctx, iam_str_c(table), key);
    }
    return IAM_CORRUPT;
}

/* ---- rows that were read ------------------------------------------------------------- */

/*
 * Returns how many columns of a query come from one of the row: all that are read from it when it
 * is the row that @columns selects, otherwise those alone that are checked.
 */
static int width_of(const struct iam_row_at *row, const struct iam_column *column)
{
    if (!row->is_selected) {
        return iam_column_is_checked(column) ? 1 : 0;
    }
    if (column->type == IAM_COL_POLICY_ARN) {
        return 3;
    }
    return column->type != IAM_COL_ARN && iam_column_is_selected(row->shape, column) ? 1 : 0;
}

int iam_seal_place(const struct iam_shape *shape, const struct iam_column *column)
{
    const struct iam_row_at row = { .shape = shape, .is_selected = true };
    int at = 0;

    for (const struct iam_column *other = shape->columns; other != column; other++) {
        at += width_of(&row, other);
    }
    return at;
}

void iam_seal_column(struct iam_query *q, const struct iam_column *column, int at)
{
    if ((column->flags & IAM_COL_ADDED) != 0) {
        iam_seal_added(q->txn, column->sql, iam_query_value(q, at, column->type));
        return;
    }
    switch (column->type) {
    case IAM_COL_INT:
    case IAM_COL_BOOL:
    case IAM_COL_ENUM:
        iam_seal_int(q->txn, q->txn->driver->column_i64(q->stmt, at));
        break;
    case IAM_COL_BYTES:
        iam_seal_bytes(q->txn, iam_query_value(q, at, column->type));
        break;
    case IAM_COL_TEXT:
    case IAM_COL_LOWER:
        iam_seal_text(q->txn, iam_query_value(q, at, column->type));
        break;
    case IAM_COL_POLICY_ARN:
    case IAM_COL_ARN:
        break; /* made of others, never under a MAC */
    }
}

struct iam_str iam_seal_row(struct iam_query *q, const struct iam_row_at *row)
{
    int at = row->first;
    int mac_at = at;

    iam_seal_start(q->txn, row->shape->sealed);
    for (size_t i = 0; i < row->shape->count; i++) {
        const struct iam_column *column = &row->shape->columns[i];

        if (iam_column_is_sealed(column)) {
            iam_seal_column(q, column, at);
        }
        mac_at = (column->flags & IAM_COL_SEAL) != 0 ? at : mac_at;
        at += width_of(row, column);
    }
    return iam_query_value(q, mac_at, IAM_COL_BYTES);
}

/* Adds what can be shown of a value; a damaged file may have anything in it. */
static void add_printable(struct iam_buf *buf, struct iam_str text)
{
    for (size_t i = 0; i < text.len && i < KEY_PART_MAX; i++) {
        iam_buf_add_char(buf, text.p[i] > ' ' && text.p[i] <= '~' ? text.p[i] : '?');
    }
}

void iam_seal_key(struct iam_query *q, const struct iam_row_at *row, struct iam_buf *ret)
{
    const char *glue = "";
    int at = row->first;

    for (size_t i = 0; i < row->shape->count; i++) {
        const struct iam_column *column = &row->shape->columns[i];

        if ((column->flags & (IAM_COL_ID | IAM_COL_KEY)) != 0) {
            iam_buf_add_c(ret, glue);
            if (column->type == IAM_COL_INT) {
                iam_buf_add_i64(ret, q->txn->driver->column_i64(q->stmt, at));
            } else {
                add_printable(ret, q->txn->driver->column_text(q->stmt, at));
            }
            glue = "/";
        }
        at += width_of(row, column);
    }
}

enum iam_status iam_seal_tell(struct iam_query *q, const struct iam_row_at *row)
{
    struct iam_str key = IAM_STR("?");
    struct iam_buf buf;

    iam_buf_init(&buf, iam_heap(), KEY_MAX);
    iam_seal_key(q, row, &buf);
    if (iam_buf_finish(&buf, &key) != IAM_OK) {
        key = IAM_STR("?");
    }
    enum iam_status status = iam_seal_broken(q->txn, row->shape->sealed, key);
    iam_buf_done(&buf);
    return status;
}

static bool is_part_of_sum(const struct iam_shape *shape)
{
    return iam_shape_column(shape, IAM_COL_OWNER) != NULL;
}

static enum iam_status check_one(struct iam_query *q, const struct iam_row_at *row)
{
    struct iam_str mac = iam_seal_row(q, row);
    enum iam_status status = iam_seal_check(q->txn, mac);

    if (status == IAM_CORRUPT) {
        return iam_seal_tell(q, row);
    }
    if (status == IAM_OK && is_part_of_sum(row->shape)) {
        (void)iam_row_sum_add_mac(&q->sum, mac);
    }
    return status;
}

static int width_of_all(const struct iam_row_at *row)
{
    int width = 0;

    for (size_t i = 0; i < row->shape->count; i++) {
        width += width_of(row, &row->shape->columns[i]);
    }
    return width;
}

enum iam_status iam_seal_check_row(struct iam_query *q, const struct iam_shape *shape)
{
    struct iam_row_at row = { .shape = shape, .is_selected = true };

    if (shape->sealed == NULL && shape->joined[0].shape == NULL) {
        return IAM_OK;
    }
    IAM_TRY(shape->sealed != NULL ? check_one(q, &row) : IAM_OK);
    for (size_t i = 0; i < IAM_JOINED_MAX && shape->joined[i].shape != NULL; i++) {
        row = (struct iam_row_at){ .shape = shape->joined[i].shape,
                                   .first = row.first + width_of_all(&row) };
        IAM_TRY(check_one(q, &row));
    }
    return IAM_OK;
}

/* ---- sums of parts ------------------------------------------------------------------- */

void iam_row_sum_add(struct iam_row_sum *a, const struct iam_row_sum *b)
{
    for (size_t i = 0; i < IAM_COUNT(a->lanes); i++) {
        a->lanes[i] += b->lanes[i];
    }
}

/* Reads numbers of 64 bits, the lowest byte first. */
static void read_lanes(const uint8_t bytes[IAM_ROW_MAC_BYTES], struct iam_row_sum *ret)
{
    memcpy(ret->lanes, bytes, sizeof(ret->lanes));
    for (size_t i = 0; i < IAM_COUNT(ret->lanes); i++) {
        ret->lanes[i] = le64toh(ret->lanes[i]);
    }
}

bool iam_row_sum_add_mac(struct iam_row_sum *sum, struct iam_str mac)
{
    struct iam_row_sum one;

    IAM_ENSURE(mac.len == sizeof(one.lanes), false);
    read_lanes((const uint8_t *)mac.p, &one);
    iam_row_sum_add(sum, &one);
    return true;
}

void iam_row_sum_remove_mac(struct iam_row_sum *sum, const uint8_t mac[IAM_ROW_MAC_BYTES])
{
    struct iam_row_sum one;

    read_lanes(mac, &one);
    for (size_t i = 0; i < IAM_COUNT(sum->lanes); i++) {
        sum->lanes[i] -= one.lanes[i];
    }
}

bool iam_row_sum_equal(const struct iam_row_sum *a, const struct iam_row_sum *b)
{
    return memcmp(a->lanes, b->lanes, sizeof(a->lanes)) == 0;
}

/* Makes the message of a sum in the form that is kept. */
static void start_sum(struct iam_txn *txn, const char *table, struct iam_str id,
                      const uint8_t sum[IAM_ROW_MAC_BYTES])
{
    iam_seal_start(txn, "parts");
    iam_seal_text(txn, iam_str_c(table));
    iam_seal_text(txn, id);
    iam_seal_bytes(txn, (struct iam_str){ (const char *)sum, IAM_ROW_MAC_BYTES });
}

enum iam_status iam_parts_seal(struct iam_txn *txn, const char *table, struct iam_str id,
                               const struct iam_row_sum *sum, uint8_t ret[IAM_PARTS_BYTES])
{
    for (size_t i = 0; i < IAM_ROW_MAC_BYTES; i++) {
        ret[i] = (uint8_t)(sum->lanes[i / 8] >> (8 * (i % 8)));
    }
    start_sum(txn, table, id, ret);
    return iam_seal_make(txn, ret + IAM_ROW_MAC_BYTES);
}

enum iam_status iam_parts_open(struct iam_txn *txn, const char *table, struct iam_str id,
                               struct iam_str kept, struct iam_row_sum *ret)
{
    IAM_ENSURE(kept.len == IAM_PARTS_BYTES, IAM_CORRUPT);
    start_sum(txn, table, id, (const uint8_t *)kept.p);
    IAM_TRY(iam_seal_check(txn, iam_str_sub(kept, IAM_ROW_MAC_BYTES, IAM_ROW_MAC_BYTES)));
    read_lanes((const uint8_t *)kept.p, ret);
    return IAM_OK;
}
