/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running statements. INVARIANT: a statement that was opened is always finished, and after a
 * failure of the database or of a write the transaction cannot be committed.
 */
#include "store/query_int.h"

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

void iam_query_lend(struct iam_query *q, struct iam_str text)
{
    if (q->status == IAM_OK) {
        bound(q, q->txn->driver->lend_text(q->stmt, q->next_parameter, text));
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

static struct iam_str read_value(struct iam_query *q, int column, enum iam_column_type type)
{
    const struct iam_db_driver *driver = q->txn->driver;

    return type == IAM_COL_BYTES ? driver->column_bytes(q->stmt, column)
                                 : driver->column_text(q->stmt, column);
}

struct iam_str iam_query_value(struct iam_query *q, int column, enum iam_column_type type)
{
    if (column >= IAM_VALUES_KEPT) {
        return read_value(q, column, type);
    }
    if ((q->kept & (UINT32_C(1) << column)) == 0) {
        q->values[column] = read_value(q, column, type);
        q->kept |= UINT32_C(1) << column;
    }
    return q->values[column];
}

enum iam_status iam_query_step(struct iam_query *q, bool *ret_row)
{
    q->kept = 0;
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

enum iam_status iam_dated_start(struct iam_str after, int64_t *ret_ms, struct iam_str *ret_id)
{
    size_t mark = iam_str_find(after, '!', 0);

    if (!iam_str_is_set(after)) {
        *ret_ms = INT64_MIN;
        *ret_id = IAM_STR("");
        return IAM_OK;
    }
    IAM_ENSURE(mark < after.len, IAM_RANGE);
    IAM_ENSURE(iam_str_to_i64(iam_str_sub(after, 0, mark), INT64_MIN, INT64_MAX, ret_ms) == IAM_OK,
               IAM_RANGE);
    *ret_id = iam_str_sub(after, mark + 1, after.len);
    return IAM_OK;
}

enum iam_status iam_dated_next(struct iam_arena *arena, int64_t ms, struct iam_str id,
                               struct iam_str *ret)
{
    return iam_arena_fmt(arena, ret, "%lld!%.*s", (long long)ms, IAM_STR_ARG(id));
}
