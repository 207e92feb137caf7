/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL that follows from the tables, built once when the store is opened. Nothing that a caller
 * passes gets into a text: values are parameters, numbered in the order of their first use.
 * INVARIANT: a text keeps its address as long as the store is open; drivers know it by that.
 */
#include "base/buf.h"
#include "store/table_int.h"

#define MAX_SQL_BYTES 4096

struct texts {
    const char **text;
    size_t count;
};

struct iam_sql {
    struct texts *of; /* by the number of the table */
};

/* A text being written. */
struct writer {
    const struct iam_table *table;
    struct iam_buf *buf;
    unsigned choice; /* of members, for an UPDATE */
    int parameter;   /* the last one given */
    bool has_condition;
};

size_t iam_sql_count(const struct iam_sql *sql, const struct iam_table *table)
{
    return sql->of[table->number].count;
}

const char *iam_sql_text(const struct iam_sql *sql, const struct iam_table *table, size_t op)
{
    return sql->of[table->number].text[op];
}

const struct iam_column *iam_table_column(const struct iam_table *table, unsigned flags)
{
    for (size_t i = 0; i < table->shape.count; i++) {
        if ((table->shape.columns[i].flags & flags) == flags) {
            return &table->shape.columns[i];
        }
    }
    return NULL;
}

static bool is_part(const struct iam_table *table)
{
    return iam_table_column(table, IAM_COL_ID | IAM_COL_SCOPE) != NULL;
}

bool iam_column_is_address(const struct iam_table *table, const struct iam_column *column)
{
    unsigned flags = IAM_COL_ID | IAM_COL_ACCOUNT | IAM_COL_SCOPE;

    return (column->flags & (is_part(table) ? flags | IAM_COL_KEY : flags)) != 0;
}

bool iam_column_is_chosen(const struct iam_table *table, const struct iam_column *column,
                          unsigned choice)
{
    unsigned bit = 0;

    for (const struct iam_column *c = table->shape.columns; c <= column; c++) {
        /* a name and its key are chosen together */
        if ((c->flags & IAM_COL_MUTABLE) != 0 && c->type != IAM_COL_LOWER) {
            bit = bit == 0 ? 1 : bit << 1;
        }
    }
    return (column->flags & IAM_COL_MUTABLE) != 0 && (choice & bit) != 0;
}

static void add(struct writer *w, const char *text)
{
    iam_buf_add_c(w->buf, text);
}

/* text with the next parameter where it says $. */
static void add_with_parameter(struct writer *w, const char *before, const char *after)
{
    iam_buf_add_fmt(w->buf, "%s$%d%s", before, ++w->parameter, after);
}

static void add_condition(struct writer *w, const char *prefix, const struct iam_column *column,
                          const char *comparison)
{
    iam_buf_add_fmt(w->buf, "%s%s%s", w->has_condition ? " AND " : " WHERE ", prefix, column->sql);
    w->has_condition = true;
    add_with_parameter(w, comparison, "");
}

static void add_columns(struct writer *w)
{
    const char *comma = "";

    for (size_t i = 0; i < w->table->shape.count; i++) {
        const struct iam_column *column = &w->table->shape.columns[i];

        if (iam_column_is_read(column) && column->sql != NULL) {
            bool is_computed = (column->flags & IAM_COL_COMPUTED) != 0;

            iam_buf_add_fmt(w->buf, "%s%s%s", comma, is_computed ? "" : "t.", column->sql);
            comma = ", ";
        }
    }
}

static void add_from(struct writer *w)
{
    if (w->table->from != NULL) {
        add(w, w->table->from);
    } else {
        iam_buf_add_fmt(w->buf, "%s t", w->table->name);
    }
}

static void add_select(struct writer *w)
{
    add(w, "SELECT ");
    add_columns(w);
    add(w, " FROM ");
    add_from(w);
    if (w->table->condition != NULL) {
        iam_buf_add_fmt(w->buf, " WHERE %s", w->table->condition);
        w->has_condition = true;
    }
}

static void add_order(struct writer *w, const struct iam_column *column)
{
    iam_buf_add_fmt(w->buf, " ORDER BY t.%s LIMIT ", column->sql);
    add_with_parameter(w, "", "");
}

/* The conditions that one row fulfils. */
static void add_address(struct writer *w)
{
    for (size_t i = 0; i < w->table->shape.count; i++) {
        if (iam_column_is_address(w->table, &w->table->shape.columns[i])) {
            add_condition(w, "", &w->table->shape.columns[i], " = ");
        }
    }
}

/* A statement of the table; false when it has none. */
typedef bool build_fn(struct writer *w);

/* The key as text, by which rows are looked up and listed; NULL: there is none. */
static const struct iam_column *text_key(const struct iam_table *table)
{
    const struct iam_column *key = iam_table_column(table, IAM_COL_KEY);
    bool is_found = key != NULL && key->type != IAM_COL_INT;

    return is_found && iam_table_column(table, IAM_COL_SCOPE) != NULL ? key : NULL;
}

static bool build_get(struct writer *w)
{
    const struct iam_column *scope = iam_table_column(w->table, IAM_COL_SCOPE);
    const struct iam_column *key = text_key(w->table);

    if (key == NULL) {
        return false;
    }
    add_select(w);
    add_condition(w, "t.", scope, " = ");
    add_condition(w, "t.", key, " = ");
    return true;
}

static bool build_get_by_id(struct writer *w)
{
    const struct iam_column *id = iam_table_column(w->table, IAM_COL_ID);

    if (id == NULL || (is_part(w->table) && iam_table_column(w->table, IAM_COL_KEY) != NULL)) {
        return false;
    }
    add_select(w);
    add_condition(w, "t.", id, " = ");
    return true;
}

static bool build_list(struct writer *w)
{
    const struct iam_column *scope = iam_table_column(w->table, IAM_COL_SCOPE);
    const struct iam_column *key = text_key(w->table);
    const struct iam_column *path = iam_table_column(w->table, IAM_COL_PATH);

    if (key == NULL) {
        return false;
    }
    add_select(w);
    add_condition(w, "t.", scope, " = ");
    add_condition(w, "t.", key, " > ");
    if (path != NULL) {
        int number = ++w->parameter;

        iam_buf_add_fmt(w->buf, " AND substr(t.%s, 1, length(CAST($%d AS TEXT))) = $%d", path->sql,
                        number, number);
    }
    add_order(w, key);
    return true;
}

static bool build_scan(struct writer *w)
{
    const struct iam_column *id = iam_table_column(w->table, IAM_COL_ID);

    if (id == NULL || is_part(w->table)) {
        return false;
    }
    add_select(w);
    add_condition(w, "t.", id, " > ");
    add_order(w, id);
    return true;
}

static bool build_exists(struct writer *w)
{
    iam_buf_add_fmt(w->buf, "SELECT 1 FROM %s", w->table->name);
    add_address(w);
    return w->has_condition;
}

static bool build_part_count(struct writer *w)
{
    if (!is_part(w->table)) {
        return false;
    }
    iam_buf_add_fmt(w->buf, "SELECT COUNT(*) FROM %s", w->table->name);
    add_condition(w, "", iam_table_column(w->table, IAM_COL_SCOPE), " = ");
    return true;
}

/* Written by INSERT, as a parameter or as 0. */
static bool is_inserted(const struct iam_column *column)
{
    bool is_null = (column->flags & IAM_COL_LATER) != 0 && column->type != IAM_COL_INT;

    return column->sql != NULL && (column->flags & IAM_COL_COMPUTED) == 0 && !is_null;
}

static bool build_insert(struct writer *w)
{
    const char *comma = "";

    iam_buf_add_fmt(w->buf, "INSERT INTO %s (", w->table->name);
    for (size_t i = 0; i < w->table->shape.count; i++) {
        if (is_inserted(&w->table->shape.columns[i])) {
            iam_buf_add_fmt(w->buf, "%s%s", comma, w->table->shape.columns[i].sql);
            comma = ", ";
        }
    }
    add(w, ") VALUES (");
    comma = "";
    for (size_t i = 0; i < w->table->shape.count; i++) {
        const struct iam_column *column = &w->table->shape.columns[i];

        if (is_inserted(column) && (column->flags & IAM_COL_LATER) != 0) {
            iam_buf_add_fmt(w->buf, "%s0", comma);
        } else if (is_inserted(column)) {
            add_with_parameter(w, comma, "");
            comma = ", ";
        }
    }
    add(w, ")");
    return true;
}

static bool build_put(struct writer *w)
{
    const struct iam_column *scope = iam_table_column(w->table, IAM_COL_SCOPE);
    const struct iam_column *key = iam_table_column(w->table, IAM_COL_KEY);
    const char *comma = "";

    if (!is_part(w->table) || key == NULL || iam_table_column(w->table, IAM_COL_MUTABLE) == NULL) {
        return false;
    }
    build_insert(w);
    iam_buf_add_fmt(w->buf, " ON CONFLICT (%s, %s) DO UPDATE SET ", scope->sql, key->sql);
    for (size_t i = 0; i < w->table->shape.count; i++) {
        const struct iam_column *column = &w->table->shape.columns[i];

        if ((column->flags & IAM_COL_MUTABLE) != 0) {
            iam_buf_add_fmt(w->buf, "%s%s = excluded.%s", comma, column->sql, column->sql);
            comma = ", ";
        }
    }
    return true;
}

static bool build_delete(struct writer *w)
{
    iam_buf_add_fmt(w->buf, "DELETE FROM %s", w->table->name);
    add_address(w);
    return w->has_condition;
}

static bool build_clear(struct writer *w)
{
    if (!is_part(w->table)) {
        return false;
    }
    iam_buf_add_fmt(w->buf, "DELETE FROM %s", w->table->name);
    add_condition(w, "", iam_table_column(w->table, IAM_COL_SCOPE), " = ");
    return true;
}

/* Of the members of w->choice. */
static bool build_update(struct writer *w)
{
    iam_buf_add_fmt(w->buf, "UPDATE %s SET ", w->table->name);
    for (size_t i = 0; i < w->table->shape.count; i++) {
        const struct iam_column *column = &w->table->shape.columns[i];
        bool is_nullable = (column->flags & IAM_COL_NULLABLE) != 0;

        if (iam_column_is_chosen(w->table, column, w->choice)) {
            iam_buf_add_fmt(w->buf, "%s%s = ", w->parameter > 0 ? ", " : "", column->sql);
            add_with_parameter(w, is_nullable ? "NULLIF(" : "", is_nullable ? ", '')" : "");
        }
    }
    add_address(w);
    return true;
}

/* A text of the table's own: @columns and @from are written out. */
static void expand(struct writer *w, const char *text)
{
    static const char COLUMNS[] = "@columns";
    static const char FROM[] = "@from";

    while (*text != '\0') {
        if (strncmp(text, COLUMNS, sizeof(COLUMNS) - 1) == 0) {
            add_columns(w);
            text += sizeof(COLUMNS) - 1;
        } else if (strncmp(text, FROM, sizeof(FROM) - 1) == 0) {
            add_from(w);
            text += sizeof(FROM) - 1;
        } else {
            iam_buf_add_char(w->buf, *text++);
        }
    }
}

static build_fn *const BUILD[IAM_SQL_UPDATE] = {
    [IAM_SQL_GET] = build_get,       [IAM_SQL_GET_BY_ID] = build_get_by_id,
    [IAM_SQL_LIST] = build_list,     [IAM_SQL_SCAN] = build_scan,
    [IAM_SQL_EXISTS] = build_exists, [IAM_SQL_PART_COUNT] = build_part_count,
    [IAM_SQL_INSERT] = build_insert, [IAM_SQL_PUT] = build_put,
    [IAM_SQL_DELETE] = build_delete, [IAM_SQL_CLEAR] = build_clear,
};

/* Choices of mutable members, the empty one included. */
static unsigned choice_count(const struct iam_table *table)
{
    unsigned count = 1;

    for (size_t i = 0; i < table->shape.count; i++) {
        const struct iam_column *column = &table->shape.columns[i];

        if ((column->flags & IAM_COL_MUTABLE) != 0 && column->type != IAM_COL_LOWER) {
            count <<= 1;
        }
    }
    /* parts with a key are put, not updated */
    return is_part(table) && iam_table_column(table, IAM_COL_KEY) != NULL ? 1 : count;
}

static bool build(struct writer *w, size_t op)
{
    if (w->table->shape.count == 0 && op < IAM_SQL_OWN) {
        return false;
    }
    if (op < IAM_SQL_UPDATE) {
        return BUILD[op](w);
    }
    if (op < IAM_SQL_OWN) {
        w->choice = (unsigned)(op - IAM_SQL_UPDATE) + 1;
        return w->choice < choice_count(w->table) && build_update(w);
    }
    expand(w, w->table->own_sql[op - IAM_SQL_OWN]);
    return true;
}

static enum iam_status build_table(struct iam_arena *arena, struct iam_buf *buf,
                                   const struct iam_table *table, struct texts *ret)
{
    ret->count = IAM_SQL_OWN;
    while (table->own_sql != NULL && table->own_sql[ret->count - IAM_SQL_OWN] != NULL) {
        ret->count++;
    }
    ret->text = iam_arena_zalloc(arena, ret->count, sizeof(*ret->text));
    IAM_ENSURE(ret->text != NULL, IAM_NOMEM);
    IAM_ENSURE(choice_count(table) <= 1u << IAM_MUTABLE_MAX, IAM_RANGE);
    for (size_t op = 0; op < ret->count; op++) {
        struct writer w = { .table = table, .buf = buf };
        struct iam_str text;

        iam_buf_clear(buf);
        if (build(&w, op)) {
            IAM_TRY(iam_buf_finish(buf, &text));
            IAM_TRY(iam_arena_dup(arena, text, &text));
            ret->text[op] = text.p;
        }
    }
    return IAM_OK;
}

enum iam_status iam_sql_build(struct iam_arena *arena, const struct iam_sql **ret)
{
    struct iam_sql *sql = iam_arena_zalloc(arena, 1, sizeof(*sql));
    struct iam_buf buf;
    enum iam_status status = IAM_OK;

    IAM_ENSURE(sql != NULL, IAM_NOMEM);
    sql->of = iam_arena_zalloc(arena, iam_table_count, sizeof(*sql->of));
    IAM_ENSURE(sql->of != NULL, IAM_NOMEM);
    iam_buf_init(&buf, iam_heap(), MAX_SQL_BYTES);
    for (size_t i = 0; i < iam_table_count && status == IAM_OK; i++) {
        status = build_table(arena, &buf, iam_tables[i], &sql->of[i]);
    }
    iam_buf_done(&buf);
    IAM_TRY(status);
    *ret = sql;
    return IAM_OK;
}
