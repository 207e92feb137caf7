/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading rows into structs. INVARIANT: no row is returned that does not verify; after a failure to
 * read into the arena, or a row that does not verify, the transaction can still be committed.
 */
#include "store/query_int.h"
#include "store/seal_int.h"

#define FIRST_CAPACITY 16
#define MAX_PAGE 1000

/* A row being read into an arena, column after column. Failures are sticky. */
struct row {
    struct iam_query *q;
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

static struct iam_str next_value(struct row *row, enum iam_column_type type)
{
    return copy(row, iam_query_value(row->q, row->next_column++, type));
}

static int64_t next_i64(struct row *row)
{
    return row->q->txn->driver->column_i64(row->q->stmt, row->next_column++);
}

/* Reads a policy's ARN from its columns; absent when they are NULL. */
static struct iam_str next_policy_arn(struct row *row)
{
    struct iam_str account = next_value(row, IAM_COL_TEXT);
    struct iam_str path = next_value(row, IAM_COL_TEXT);
    struct iam_str name = next_value(row, IAM_COL_TEXT);
    struct iam_str arn = { 0 };

    if (iam_str_is_set(account)) {
        fail(row, iam_arn_of(row->arena, IAM_KIND_POLICY, account, path, name, &arn));
    }
    return arn;
}

static struct iam_str own_arn(struct row *row, const struct iam_shape *shape, const void *item)
{
    struct iam_str account = iam_column_text(iam_shape_column(shape, IAM_COL_ACCOUNT), item);
    const struct iam_column *path_column = iam_shape_column(shape, IAM_COL_PATH);
    struct iam_str path =
        path_column != NULL ? iam_column_text(path_column, item) : iam_str_absent();
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
    case IAM_COL_BYTES:
        *(struct iam_str *)member = next_value(row, column->type);
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
    struct row row = { .q = q, .arena = arena };

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

/* Adds the row that q has reached. */
static enum iam_status add_row(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, struct iam_rows *rows,
                               size_t *capacity)
{
    if (rows->count == *capacity) {
        IAM_TRY(grow(arena, rows, shape->bytes, capacity));
    }
    IAM_TRY(read_row(q, arena, shape, (char *)rows->items + rows->count * shape->bytes));
    rows->count++;
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
        IAM_TRY(add_row(q, arena, shape, rows, &capacity));
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

/* ---- lists of several owners ---------------------------------------------------------- */

/*
 * Finds whose row q has reached: *at, which is whose the row before was, goes up, as owners and
 * rows are both in the order of IDs. IAM_CORRUPT for a row that was not asked for.
 */
static enum iam_status find_owner(struct iam_query *q, int column, const struct iam_owners *owners,
                                  size_t *at)
{
    struct iam_str id = iam_query_value(q, column, IAM_COL_TEXT);

    while (*at < owners->count && iam_str_cmp(owners->ids[*at], id) < 0) {
        ++*at;
    }
    return *at < owners->count && iam_str_eq(owners->ids[*at], id) ? IAM_OK : IAM_CORRUPT;
}

/* Reads the rows of all owners one after the other, and counts and adds up those of each. */
static enum iam_status collect_lists(struct iam_query *q, struct iam_arena *arena,
                                     const struct iam_shape *shape, const struct iam_owners *owners,
                                     struct iam_rows *rows, struct iam_lists *ret)
{
    int column = iam_seal_place(shape, iam_shape_column(shape, IAM_COL_SCOPE));
    size_t capacity = 0;
    size_t at = 0;

    for (;;) {
        bool has_row = false;

        IAM_TRY(iam_query_step(q, &has_row));
        if (!has_row) {
            return IAM_OK;
        }
        IAM_TRY(find_owner(q, column, owners, &at));
        q->sum = (struct iam_row_sum){ 0 };
        IAM_TRY(add_row(q, arena, shape, rows, &capacity));
        ret->of[owners->places[at]].count++;
        iam_row_sum_add(&ret->of[owners->places[at]].sum, &q->sum);
    }
}

enum iam_status iam_query_lists(struct iam_query *q, struct iam_arena *arena,
                                const struct iam_shape *shape, const struct iam_owners *owners,
                                struct iam_lists *ret)
{
    struct iam_rows rows = { 0 };
    size_t first = 0;

    for (size_t i = 0; i < owners->count; i++) {
        iam_query_lend(q, owners->ids[i]);
    }
    *ret = (struct iam_lists){ 0 };
    IAM_TRY(iam_query_end(q, collect_lists(q, arena, shape, owners, &rows, ret)));
    for (size_t i = 0; i < owners->count; i++) {
        struct iam_rows *list = &ret->of[owners->places[i]];

        if (list->count > 0) {
            list->items = (char *)rows.items + first * shape->bytes;
            first += list->count;
        }
    }
    return IAM_OK;
}

/* ---- pages and numbers ---------------------------------------------------------------- */

enum iam_status iam_page_limit(const struct iam_page *page, size_t *ret)
{
    IAM_ENSURE(page == NULL || (page->limit > 0 && page->limit <= MAX_PAGE), IAM_RANGE);
    *ret = page != NULL ? page->limit : SIZE_MAX;
    return IAM_OK;
}

enum iam_status iam_query_page(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, const struct iam_page *page,
                               iam_next_fn *next, struct iam_rows *ret)
{
    size_t limit = 0;
    struct iam_rows rows;

    if (iam_page_limit(page, &limit) != IAM_OK) {
        q->status = q->status == IAM_OK ? IAM_RANGE : q->status;
    }
    IAM_TRY(iam_query_rows(q, arena, shape, limit, &rows));
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
