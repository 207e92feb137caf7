/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQL of the tables, built once when the store is opened: a word with @ is expanded from the
 * table. Nothing that a caller passes gets into a text. INVARIANT: a text keeps its address as long
 * as the store is open, because drivers identify it by that.
 */
#include "base/buf.h"
#include "base/heap.h"
#include "store/lists.h"
#include "store/sql_int.h"

#define MAX_SQL_BYTES 4096

static const char *const TEMPLATES[IAM_SQL_OWN] = {
    [IAM_SQL_GET] = "SELECT @columns FROM @from WHERE t.@scope = $1 AND t.@key = $2",
    [IAM_SQL_GET_BY_ID] = "SELECT @columns FROM @from WHERE t.@id = $1",
    [IAM_SQL_LIST] = "SELECT @columns FROM @from WHERE t.@scope = $1 AND t.@key > $2"
                     " ORDER BY t.@key LIMIT $3",
    [IAM_SQL_LIST_PATH] = "SELECT @columns FROM @from WHERE t.@scope = $1 AND t.@key > $2"
                          " AND substr(t.@path, 1, length(CAST($3 AS TEXT))) = $3"
                          " ORDER BY t.@key LIMIT $4",
    [IAM_SQL_LISTS] = "SELECT @columns FROM @from WHERE t.@scope IN (@owners) ORDER BY @listed",
    [IAM_SQL_SCAN] = "SELECT @columns FROM @from WHERE t.@id > $1 ORDER BY t.@id LIMIT $2",
    [IAM_SQL_COUNT] = "SELECT COUNT(*) FROM @table WHERE @scope = $1",
    [IAM_SQL_EXISTS] = "SELECT 1 FROM @table WHERE @address",
    [IAM_SQL_INSERT] = "INSERT INTO @table (@names) VALUES (@values)",
    [IAM_SQL_PUT] = "INSERT INTO @table (@names) VALUES (@values)"
                    " ON CONFLICT (@scope, @key) DO UPDATE SET @excluded",
    [IAM_SQL_DELETE] = "DELETE FROM @table WHERE @address",
    [IAM_SQL_CLEAR] = "DELETE FROM @table WHERE @scope = $1",
    [IAM_SQL_SET_BOUNDARY] = "UPDATE @table SET @boundary = $1, @awsboundary = $2"
                             " WHERE @address",
    [IAM_SQL_UPDATE] = "UPDATE @table SET @set WHERE @address",
    [IAM_SQL_SEALED] = "SELECT @sealed FROM @table t WHERE @address",
    [IAM_SQL_SEALED_ALL] = "SELECT @sealed FROM @table t",
    [IAM_SQL_RESEAL] = "UPDATE @table SET @seal = $1 WHERE @address",
    [IAM_SQL_OWNED] = "SELECT @seal FROM @table WHERE @owner = $1",
    [IAM_SQL_PARTS] = "SELECT @parts FROM @table WHERE @id = $1",
    [IAM_SQL_SET_PARTS] = "UPDATE @table SET @parts = $1 WHERE @id = $2",
};

struct texts {
    const char **text;
    size_t count;
};

struct iam_sql {
    struct texts of[IAM_TABLE_COUNT];
};

/* A text being written. */
struct writer {
    const struct iam_table *table;
    struct iam_buf *buf;
    const char *viewer; /* account that computed columns count for */
    int parameter;      /* the last one given */
};

size_t iam_sql_count(const struct iam_sql *sql, enum iam_table_id table)
{
    return sql->of[table].count;
}

const char *iam_sql_text(const struct iam_sql *sql, enum iam_table_id table, size_t op)
{
    return sql->of[table].text[op];
}

/* Writes what a word says of one column; false: this column has no place there. */
typedef bool column_fn(struct writer *w, const struct iam_column *column, const char *glue);

static bool put(struct writer *w, const char *glue, const char *before, const char *text)
{
    iam_buf_add_fmt(w->buf, "%s%s%s", glue, before, text);
    return true;
}

static void write_parameter(struct writer *w, const char *before, const char *after)
{
    iam_buf_add_fmt(w->buf, "%s$%d%s", before, ++w->parameter, after);
}

static bool expand(struct writer *w, const char *template);

static bool write_column(struct writer *w, const struct iam_column *column, const char *glue)
{
    if (!iam_column_is_selected(&w->table->shape, column) || column->sql == NULL) {
        return false;
    }
    if ((column->flags & IAM_COL_COMPUTED) == 0) {
        return put(w, glue, "t.", column->sql);
    }
    return put(w, glue, "", "") && expand(w, column->sql);
}

static bool write_sealed(struct writer *w, const struct iam_column *column, const char *glue)
{
    return w->table->shape.sealed != NULL && iam_column_is_checked(column) &&
           put(w, glue, "t.", column->sql);
}

/* Writes what is needed to check the rows of other tables that a row is made of. */
static void write_joined(struct writer *w)
{
    for (size_t i = 0; i < IAM_JOINED_MAX; i++) {
        const struct iam_join *join = &w->table->shape.joined[i];

        for (size_t c = 0; join->shape != NULL && c < join->shape->count; c++) {
            if (iam_column_is_checked(&join->shape->columns[c])) {
                iam_buf_add_fmt(w->buf, ", %s.%s", join->alias, join->shape->columns[c].sql);
            }
        }
    }
}

static bool write_name(struct writer *w, const struct iam_column *column, const char *glue)
{
    return iam_column_is_inserted(column) && put(w, glue, "", column->sql);
}

static bool write_value(struct writer *w, const struct iam_column *column, const char *glue)
{
    if (!iam_column_is_inserted(column)) {
        return false;
    }
    if ((column->flags & IAM_COL_LATER) != 0) {
        return put(w, glue, "", "0");
    }
    write_parameter(w, glue, "");
    return true;
}

static bool write_excluded(struct writer *w, const struct iam_column *column, const char *glue)
{
    return (column->flags & (IAM_COL_MUTABLE | IAM_COL_SEAL)) != 0 &&
           put(w, glue, column->sql, " = excluded.") && put(w, "", "", column->sql);
}

/*
 * Writes "column = value" so that an absent value, or 0, keeps the old one; empty text makes NULL
 * of what may be NULL.
 */
static bool write_set(struct writer *w, const struct iam_column *column, const char *glue)
{
    bool is_nullable = (column->flags & IAM_COL_NULLABLE) != 0;

    if ((column->flags & IAM_COL_MUTABLE) == 0) {
        return false;
    }
    put(w, glue, column->sql, " = ");
    if (column->type == IAM_COL_BOOL) {
        write_parameter(w, "", "");
    } else if (column->type == IAM_COL_INT) {
        write_parameter(w, "COALESCE(NULLIF(CAST(", " AS BIGINT), 0), ");
        put(w, column->sql, ")", "");
    } else {
        write_parameter(w, is_nullable ? "NULLIF(COALESCE(" : "COALESCE(", ", ");
        put(w, column->sql, ")", is_nullable ? ", '')" : "");
    }
    return true;
}

static bool write_equal(struct writer *w, const struct iam_column *column, const char *glue)
{
    if (!iam_column_is_address(w->table, column)) {
        return false;
    }
    put(w, glue, column->sql, " = ");
    write_parameter(w, "", "");
    return true;
}

static bool write_all(struct writer *w, column_fn *fn, const char *glue)
{
    const char *next = "";

    for (size_t i = 0; i < w->table->shape.count; i++) {
        next = fn(w, &w->table->shape.columns[i], next) ? glue : next;
    }
    return next[0] != '\0';
}

/* The words for one column, and those for all columns. */
static const struct {
    const char *word;
    unsigned flag;
    column_fn *fn;
    const char *glue;
} WORDS[] = {
    {"id",           IAM_COL_ID,           NULL,           NULL   },
    { "scope",       IAM_COL_SCOPE,        NULL,           NULL   },
    { "key",         IAM_COL_KEY,          NULL,           NULL   },
    { "path",        IAM_COL_PATH,         NULL,           NULL   },
    { "boundary",    IAM_COL_BOUNDARY,     NULL,           NULL   },
    { "awsboundary", IAM_COL_AWS_BOUNDARY, NULL,           NULL   },
    { "seal",        IAM_COL_SEAL,         NULL,           NULL   },
    { "owner",       IAM_COL_OWNER,        NULL,           NULL   },
    { "parts",       IAM_COL_PARTS,        NULL,           NULL   },
    { "sealed",      0,                    write_sealed,   ", "   },
    { "names",       0,                    write_name,     ", "   },
    { "values",      0,                    write_value,    ", "   },
    { "excluded",    0,                    write_excluded, ", "   },
    { "set",         0,                    write_set,      ", "   },
    { "address",     0,                    write_equal,    " AND "},
};

static bool write_table(struct writer *w)
{
    return put(w, "", "", w->table->name);
}

static bool write_from(struct writer *w)
{
    return w->table->from != NULL ? put(w, "", "", w->table->from)
                                  : put(w, "", w->table->name, " t");
}

static bool write_viewer(struct writer *w)
{
    return put(w, "", "", w->viewer);
}

static bool write_columns(struct writer *w)
{
    bool is_possible = write_all(w, write_column, ", ");

    write_joined(w);
    return is_possible;
}

/* Writes the parameters for IAM_OWNERS_MAX IDs. */
static bool write_owners(struct writer *w)
{
    for (size_t i = 0; i < IAM_OWNERS_MAX; i++) {
        write_parameter(w, i > 0 ? ", " : "", "");
    }
    return true;
}

/* Writes the order of lists that are read together; in each by key, where rows have one. */
static bool write_listed(struct writer *w)
{
    const struct iam_column *scope = iam_shape_column(&w->table->shape, IAM_COL_SCOPE);
    const struct iam_column *key = iam_shape_column(&w->table->shape, IAM_COL_KEY);

    return scope != NULL && put(w, "", "t.", scope->sql) &&
           (key == NULL || put(w, ", ", "t.", key->sql));
}

/* The words that are not made of columns one by one. */
static const struct {
    const char *word;
    bool (*write)(struct writer *w);
} PHRASES[] = {
    {"table",    write_table  },
    { "from",    write_from   },
    { "viewer",  write_viewer },
    { "columns", write_columns},
    { "owners",  write_owners },
    { "listed",  write_listed },
};

/* Writes what a word means; false when the table has nothing for it. */
static bool write_word(struct writer *w, struct iam_str word)
{
    for (size_t i = 0; i < IAM_COUNT(PHRASES); i++) {
        if (iam_str_eq(word, iam_str_c(PHRASES[i].word))) {
            return PHRASES[i].write(w);
        }
    }
    for (size_t i = 0; i < IAM_COUNT(WORDS); i++) {
        if (iam_str_eq(word, iam_str_c(WORDS[i].word))) {
            const struct iam_column *column = iam_shape_column(&w->table->shape, WORDS[i].flag);

            return WORDS[i].fn != NULL ? write_all(w, WORDS[i].fn, WORDS[i].glue)
                                       : column != NULL && put(w, "", "", column->sql);
        }
    }
    return false;
}

/* Writes a template with its words expanded; false when the table has nothing for one of them. */
static bool expand(struct writer *w, const char *template)
{
    struct iam_str text = iam_str_c(template);
    bool is_possible = true;

    for (size_t at = 0; at < text.len;) {
        size_t mark = iam_str_find(text, '@', at);
        size_t end = mark + 1;

        iam_buf_add(w->buf, iam_str_sub(text, at, mark - at));
        while (end < text.len && text.p[end] >= 'a' && text.p[end] <= 'z') {
            end++;
        }
        if (mark < text.len) {
            is_possible = write_word(w, iam_str_sub(text, mark + 1, end - mark - 1)) && is_possible;
        }
        at = end;
    }
    return is_possible;
}

/* Deletes, replaces and lists together what entities have, never all that accounts have. */
static bool is_for_table(const struct iam_table *table, size_t op)
{
    const struct iam_column *scope = iam_shape_column(&table->shape, IAM_COL_SCOPE);
    bool is_for_parts = op == IAM_SQL_CLEAR || op == IAM_SQL_PUT || op == IAM_SQL_LISTS;

    return !is_for_parts || (scope != NULL && (scope->flags & IAM_COL_ACCOUNT) == 0);
}

/* Builds one statement; *ret is NULL if the table has no use for it. */
static enum iam_status build(struct iam_arena *arena, struct iam_buf *buf,
                             const struct iam_table *table, size_t op, const char **ret)
{
    struct writer w = { .table = table, .buf = buf };
    bool is_own = op >= IAM_SQL_OWN;
    bool is_possible = is_for_table(table, op);
    struct iam_str text;

    /* these number the first values themselves, before the address */
    w.parameter = op == IAM_SQL_RESEAL ? 1 : 0;
    w.parameter = op == IAM_SQL_SET_BOUNDARY ? 2 : w.parameter;
    w.viewer = is_own ? "$1" : "t.account_id";
    iam_buf_clear(buf);
    is_possible =
        expand(&w, is_own ? table->own_sql[op - IAM_SQL_OWN] : TEMPLATES[op]) && is_possible;
    IAM_TRY(iam_buf_finish(buf, &text));
    IAM_TRY(iam_arena_dup(arena, text, &text));
    *ret = is_possible ? text.p : NULL;
    return IAM_OK;
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
    for (size_t op = 0; op < ret->count; op++) {
        IAM_TRY(build(arena, buf, table, op, &ret->text[op]));
    }
    return IAM_OK;
}

enum iam_status iam_sql_build(struct iam_arena *arena, const struct iam_sql **ret)
{
    struct iam_sql *sql = iam_arena_zalloc(arena, 1, sizeof(*sql));
    enum iam_status status = IAM_OK;
    struct iam_buf buf;

    IAM_ENSURE(sql != NULL, IAM_NOMEM);
    iam_buf_init(&buf, iam_heap(), MAX_SQL_BYTES);
    for (size_t i = 0; i < IAM_TABLE_COUNT && status == IAM_OK; i++) {
        status = build_table(arena, &buf, &iam_tables[i], &sql->of[i]);
    }
    iam_buf_done(&buf);
    IAM_TRY(status);
    *ret = sql;
    return IAM_OK;
}
