/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running statements. INVARIANT: a statement that was opened is always finished, and after a
 * failure of the database or of a write the transaction cannot be committed; after a failure to
 * read into the arena it still can.
 */
#include "store/query_int.h"

#include "store/seal_int.h"

#define FIRST_CAPACITY 16
#define MAX_PAGE 1000

const struct iam_column *iam_shape_column(const struct iam_shape *shape, unsigned flag)
{
    for (size_t i = 0; i < shape->count; i++) {
        if ((shape->columns[i].flags & flag) != 0) {
            return &shape->columns[i];
        }
    }
    return NULL;
}

void iam_query_open(struct iam_query *q, struct iam_txn *txn, const char *sql)
{
    *q = (struct iam_query){ .txn = txn, .next_parameter = 1 };
    if (txn->is_spoilt) {
        q->status = IAM_CONFLICT;
        return;
    }
    if (sql == NULL) {
        q->status = iam_txn_spoil(txn, IAM_UNSUPPORTED);
        return;
    }
    enum iam_db_error error = txn->driver->prepare(txn->db, sql, &q->stmt);
    if (error != IAM_DB_OK) {
        q->status = iam_txn_fail(txn, error);
    }
}

static void bound(struct iam_query *q, enum iam_db_error error)
{
    q->next_parameter++;
    if (error != IAM_DB_OK) {
        q->status = iam_txn_fail(q->txn, error);
    }
}

void iam_query_text(struct iam_query *q, struct iam_str text)
{
    if (q->status == IAM_OK) {
        bound(q, q->txn->driver->bind_text(q->stmt, q->next_parameter, text));
    }
}

void iam_query_bytes(struct iam_query *q, struct iam_str bytes)
{
    if (q->status == IAM_OK) {
        bound(q, q->txn->driver->bind_bytes(q->stmt, q->next_parameter, bytes));
    }
}

void iam_query_int(struct iam_query *q, int64_t value)
{
    if (q->status == IAM_OK) {
        bound(q, q->txn->driver->bind_i64(q->stmt, q->next_parameter, value));
    }
}

static void lower(struct iam_str text, char *ret)
{
    for (size_t i = 0; i < text.len; i++) {
        ret[i] = iam_ascii_lower(text.p[i]);
    }
}

void iam_query_key(struct iam_query *q, struct iam_str text)
{
    char key[IAM_KEY_MAX];

    if (text.len > sizeof(key)) {
        q->status = q->status == IAM_OK ? IAM_LIMIT : q->status;
        return;
    }
    lower(text, key);
    iam_query_text(q, (struct iam_str){ key, text.len });
}

/* Binds text in lower case; absent as NULL, with which an update keeps what is there. */
static void bind_lower(struct iam_query *q, struct iam_str text)
{
    if (iam_str_is_set(text)) {
        iam_query_key(q, text);
    } else {
        iam_query_text(q, text);
    }
}

void iam_query_prefix(struct iam_query *q, struct iam_str text)
{
    iam_query_text(q, iam_text_or_empty(text));
}

void iam_query_member(struct iam_query *q, const struct iam_column *column, const void *row)
{
    const void *member = (const char *)row + column->offset;

    switch (column->type) {
    case IAM_COL_TEXT:
        iam_query_text(q, *(const struct iam_str *)member);
        break;
    case IAM_COL_LOWER:
        bind_lower(q, *(const struct iam_str *)member);
        break;
    case IAM_COL_BYTES:
        iam_query_bytes(q, *(const struct iam_str *)member);
        break;
    case IAM_COL_INT:
        iam_query_int(q, *(const int64_t *)member);
        break;
    case IAM_COL_BOOL:
        iam_query_int(q, *(const bool *)member ? 1 : 0);
        break;
    case IAM_COL_ENUM:
    case IAM_COL_POLICY_ARN:
    case IAM_COL_ARN:
        q->status = q->status == IAM_OK ? IAM_UNSUPPORTED : q->status;
        break;
    }
}

enum iam_status iam_query_step(struct iam_query *q, bool *ret_row)
{
    IAM_TRY(q->status);
    enum iam_db_error error = q->txn->driver->step(q->stmt, ret_row);
    if (error != IAM_DB_OK) {
        q->status = iam_txn_fail(q->txn, error);
    }
    return q->status;
}

enum iam_status iam_query_end(struct iam_query *q, enum iam_status status)
{
    if (q->stmt != NULL) {
        q->txn->driver->finish(q->stmt);
    }
    return status;
}

enum iam_status iam_query_run(struct iam_query *q, int64_t *ret_changed)
{
    bool has_row = false;
    enum iam_status status =
        q->txn->mode == IAM_TXN_WRITE ? iam_query_step(q, &has_row) : IAM_CONFLICT;

    if (status != IAM_OK) {
        q->txn->is_spoilt = true;
        return iam_query_end(q, status);
    }
    if (ret_changed != NULL) {
        *ret_changed = q->txn->driver->changed(q->txn->db);
    }
    return iam_query_end(q, IAM_OK);
}

enum iam_status iam_query_run_found(struct iam_query *q)
{
    int64_t changed = 0;

    IAM_TRY(iam_query_run(q, &changed));
    return changed > 0 ? IAM_OK : IAM_NOT_FOUND;
}

/* A row being read into an arena, column after column. Failures are sticky. */
struct row {
    const struct iam_db_driver *driver;
    struct iam_db_stmt *stmt;
    struct iam_arena *arena;
    enum iam_status status;
    int next_column;
};

static void fail(struct row *row, enum iam_status status)
{
    row->status = row->status == IAM_OK ? status : row->status;
}

static struct iam_str copy(struct row *row, struct iam_str value)
{
    struct iam_str own = { 0 };

    fail(row, iam_arena_dup(row->arena, value, &own));
    return own;
}

static struct iam_str next_text(struct row *row)
{
    return copy(row, row->driver->column_text(row->stmt, row->next_column++));
}

static int64_t next_i64(struct row *row)
{
    return row->driver->column_i64(row->stmt, row->next_column++);
}

/* Reads a policy's ARN from its columns; absent when they are NULL. */
static struct iam_str next_policy_arn(struct row *row)
{
    struct iam_str account = next_text(row);
    struct iam_str path = next_text(row);
    struct iam_str name = next_text(row);
    struct iam_str arn = { 0 };

    if (iam_str_is_set(account)) {
        fail(row, iam_arn_of(row->arena, IAM_KIND_POLICY, account, path, name, &arn));
    }
    return arn;
}

static struct iam_str own_arn(struct row *row, const struct iam_shape *shape, const void *item)
{
    struct iam_str account = iam_column_text(iam_shape_column(shape, IAM_COL_ACCOUNT), item);
    struct iam_str path = iam_column_text(iam_shape_column(shape, IAM_COL_PATH), item);
    struct iam_str name = iam_column_text(iam_shape_column(shape, IAM_COL_NAME), item);
    struct iam_str arn = { 0 };

    fail(row, iam_arn_of(row->arena, shape->arn_kind, account, path, name, &arn));
    return arn;
}

static void read_column(struct row *row, const struct iam_shape *shape,
                        const struct iam_column *column, void *item)
{
    void *member = (char *)item + column->offset;

    switch (column->type) {
    case IAM_COL_TEXT:
    case IAM_COL_LOWER:
        *(struct iam_str *)member = next_text(row);
        break;
    case IAM_COL_BYTES:
        *(struct iam_str *)member =
            copy(row, row->driver->column_bytes(row->stmt, row->next_column++));
        break;
    case IAM_COL_INT:
        *(int64_t *)member = next_i64(row);
        break;
    case IAM_COL_BOOL:
        *(bool *)member = next_i64(row) != 0;
        break;
    case IAM_COL_ENUM:
        *(unsigned *)member = (unsigned)next_i64(row);
        break;
    case IAM_COL_POLICY_ARN:
        *(struct iam_str *)member = next_policy_arn(row);
        break;
    case IAM_COL_ARN:
        *(struct iam_str *)member = own_arn(row, shape, item);
        break;
    }
}

static enum iam_status read_row(struct iam_query *q, struct iam_arena *arena,
                                const struct iam_shape *shape, void *item)
{
    struct row row = { .driver = q->txn->driver, .stmt = q->stmt, .arena = arena };

    IAM_TRY(iam_seal_check_row(q, shape));
    for (size_t i = 0; i < shape->count; i++) {
        if (iam_column_is_read(&shape->columns[i])) {
            read_column(&row, shape, &shape->columns[i], item);
        } else if (iam_column_is_selected(shape, &shape->columns[i])) {
            row.next_column++;
        }
    }
    return row.status;
}

enum iam_status iam_query_one(struct iam_query *q, struct iam_arena *arena,
                              const struct iam_shape *shape, void *ret)
{
    bool has_row = false;
    enum iam_status status = iam_query_step(q, &has_row);

    if (status == IAM_OK) {
        status = has_row ? read_row(q, arena, shape, ret) : IAM_NOT_FOUND;
    }
    return iam_query_end(q, status);
}

/* Doubles the array; the old one stays in the arena until that is cleared. */
static enum iam_status grow(struct iam_arena *arena, struct iam_rows *rows, size_t item_bytes,
                            size_t *capacity)
{
    size_t wanted = *capacity == 0 ? FIRST_CAPACITY : *capacity * 2;
    void *items = iam_arena_zalloc(arena, wanted, item_bytes);

    IAM_ENSURE(items != NULL, IAM_NOMEM);
    if (rows->count > 0) {
        memcpy(items, rows->items, rows->count * item_bytes);
    }
    rows->items = items;
    *capacity = wanted;
    return IAM_OK;
}

static enum iam_status collect(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, size_t limit, struct iam_rows *rows)
{
    size_t capacity = 0;

    for (;;) {
        bool has_row = false;

        IAM_TRY(iam_query_step(q, &has_row));
        if (!has_row) {
            return IAM_OK;
        }
        if (rows->count == limit) {
            rows->is_truncated = true;
            return IAM_OK;
        }
        if (rows->count == capacity) {
            IAM_TRY(grow(arena, rows, shape->bytes, &capacity));
        }
        IAM_TRY(read_row(q, arena, shape, (char *)rows->items + rows->count * shape->bytes));
        rows->count++;
    }
}

enum iam_status iam_query_rows(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, size_t limit, struct iam_rows *ret)
{
    struct iam_rows rows = { 0 };
    enum iam_status status;

    iam_query_int(q, limit < INT64_MAX ? (int64_t)limit + 1 : INT64_MAX);
    status = iam_query_end(q, collect(q, arena, shape, limit, &rows));
    if (status == IAM_OK) {
        rows.sum = q->sum;
        *ret = rows;
    }
    return status;
}

enum iam_status iam_query_page(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, const struct iam_page *page,
                               iam_next_fn *next, struct iam_rows *ret)
{
    struct iam_rows rows;

    if (page != NULL && (page->limit == 0 || page->limit > MAX_PAGE)) {
        q->status = q->status == IAM_OK ? IAM_RANGE : q->status;
    }
    IAM_TRY(iam_query_rows(q, arena, shape, page != NULL ? page->limit : SIZE_MAX, &rows));
    if (rows.is_truncated) {
        const void *last = (const char *)rows.items + (rows.count - 1) * shape->bytes;

        IAM_TRY(next(arena, shape, last, &rows.next));
    }
    *ret = rows;
    return IAM_OK;
}

enum iam_status iam_query_i64(struct iam_query *q, int64_t *ret)
{
    static const struct iam_column NUMBER[] = {
        {NULL, IAM_COL_INT, 0, 0}
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(NUMBER, int64_t);

    return iam_query_one(q, NULL, &SHAPE, ret);
}

enum iam_status iam_query_exists(struct iam_query *q)
{
    int64_t ignored = 0;

    return iam_query_i64(q, &ignored);
}

struct iam_str iam_page_after(const struct iam_page *page)
{
    return page != NULL ? page->after : iam_str_absent();
}

enum iam_status iam_key_dup(struct iam_arena *arena, struct iam_str name, struct iam_str *ret)
{
    char *key = iam_arena_alloc(arena, name.len + 1);

    IAM_ENSURE(key != NULL, IAM_NOMEM);
    lower(name, key);
    key[name.len] = '\0';
    *ret = (struct iam_str){ key, name.len };
    return IAM_OK;
}
