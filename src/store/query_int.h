/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One execution of a statement, and the shape of the rows that it reads or writes, for the files of
 * this directory. Failures to bind are sticky: the call that runs the statement returns them. Every
 * query that was opened is ended by iam_query_run, iam_query_one, iam_query_rows, iam_query_page,
 * iam_query_lists, iam_query_i64, iam_query_exists or iam_query_end. Rows that do not verify are
 * not returned: IAM_CORRUPT.
 */
#pragma once

#include <stddef.h>

#include "model/arn.h"
#include "store/lists.h"
#include "store/txn_int.h"

/* Longest name, tag key or other text that is searched without regard to case, in bytes. */
#define IAM_KEY_MAX 1024

/* How a column and the matching member of the struct are written. */
enum iam_column_type {
    IAM_COL_TEXT,       /* struct iam_str; absent is NULL */
    IAM_COL_LOWER,      /* struct iam_str of another column, in lower case; never read */
    IAM_COL_BYTES,      /* struct iam_str */
    IAM_COL_INT,        /* int64_t */
    IAM_COL_BOOL,       /* bool, as 0 or 1 */
    IAM_COL_ENUM,       /* an enum, as its number; only read */
    IAM_COL_POLICY_ARN, /* struct iam_str, made of three: account, path and name of a policy, or
                         * NULL; only read */
    IAM_COL_ARN         /* no column: struct iam_str, made of the row's account, path and name */
};

/* What a column is for; sql_int.h explains the consequences. */
enum {
    IAM_COL_ID = 1,          /* unique ID of the entity that the row is, or is a part of */
    IAM_COL_ACCOUNT = 2,     /* account that the row belongs to */
    IAM_COL_SCOPE = 4,       /* in which rows are named, listed and counted */
    IAM_COL_KEY = 8,         /* names the row in its scope, and orders lists */
    IAM_COL_NAME = 16,       /* for the ARN */
    IAM_COL_PATH = 32,       /* for the ARN and the prefix of lists */
    IAM_COL_MUTABLE = 64,    /* written by updates */
    IAM_COL_NULLABLE = 128,  /* an update with empty text makes it NULL */
    IAM_COL_BOUNDARY = 256,  /* ID of a policy of the account; absent: none */
    IAM_COL_LATER = 512,     /* not written when the row is added: 0, NULL for text */
    IAM_COL_HIDDEN = 1024,   /* never read */
    IAM_COL_COMPUTED = 2048, /* sql is an expression: never written */
    IAM_COL_EXACT = 4096,    /* as it is for kinds that have exact tag keys */
    IAM_COL_FREE = 8192,     /* not under the MAC of the row: nothing is decided by it */
    IAM_COL_SEAL = 16384,    /* the MAC of the row */
    IAM_COL_OWNER = 32768,   /* ID of the entity whose sum of parts the row is in */
    IAM_COL_PARTS = 65536,   /* the sum of the parts, with a MAC of its own */
    IAM_COL_ADDED = 131072,  /* text, later than the MACs of its table: one that is absent is not
                                in the message */
    IAM_COL_AWS_BOUNDARY =
        262144 /* ARN of the AWS managed policy that is the boundary, or absent */
};

struct iam_column {
    const char *sql; /* name of the column; NULL where there is none */
    enum iam_column_type type;
    unsigned flags;
    size_t offset; /* of the member; 0 for a column that has none: hidden, and not of the row */
};

#define IAM_JOINED_MAX 2

/* A row of another table from which a query takes something; it must verify too. */
struct iam_join {
    const struct iam_shape *shape; /* NULL: none */
    const char *alias;             /* in SQL */
};

/* Columns in the order in which queries select them, and the struct that they fill. */
struct iam_shape {
    const struct iam_column *columns;
    size_t count;
    size_t bytes; /* of the struct */
    enum iam_kind arn_kind;
    const char *sealed; /* the table that the MACs of the rows name; NULL: they have none */
    struct iam_join joined[IAM_JOINED_MAX];
};

/* The offset of a member; does not compile unless it is of c_type. */
#define IAM_MEMBER_AT(type, member, c_type)                                                    \
    (offsetof(type, member) +                                                                  \
     0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((type *)0)->member), c_type) ? 1 \
                                                                                           : -1]))
#define IAM_TEXT(sql, flags, type, member)                                    \
    {                                                                         \
        sql, IAM_COL_TEXT, flags, IAM_MEMBER_AT(type, member, struct iam_str) \
    }
#define IAM_INT(sql, flags, type, member)                             \
    {                                                                 \
        sql, IAM_COL_INT, flags, IAM_MEMBER_AT(type, member, int64_t) \
    }

#define IAM_SHAPE(array, type)                                               \
    {                                                                        \
        .columns = (array), .count = IAM_COUNT(array), .bytes = sizeof(type) \
    }

static inline bool iam_column_is_read(const struct iam_column *column)
{
    return (column->flags & IAM_COL_HIDDEN) == 0 && column->type != IAM_COL_LOWER;
}

/* Tells whether the column is under the MAC of a row that has one. */
static inline bool iam_column_is_sealed(const struct iam_column *column)
{
    unsigned others = IAM_COL_COMPUTED | IAM_COL_FREE | IAM_COL_SEAL | IAM_COL_PARTS;

    return column->sql != NULL && (column->flags & others) == 0;
}

/* Tells whether reading and checking a row takes the column from its table. */
static inline bool iam_column_is_checked(const struct iam_column *column)
{
    return iam_column_is_sealed(column) || (column->flags & IAM_COL_SEAL) != 0;
}

/* Tells whether a query of shape selects the column. */
static inline bool iam_column_is_selected(const struct iam_shape *shape,
                                          const struct iam_column *column)
{
    return iam_column_is_read(column) || (shape->sealed != NULL && iam_column_is_checked(column));
}

/* Returns the first column with flag; NULL without one. */
const struct iam_column *iam_shape_column(const struct iam_shape *shape, unsigned flag);

/* Returns the member of row that belongs to a column of text. */
static inline struct iam_str iam_column_text(const struct iam_column *column, const void *row)
{
    const void *member = (const char *)row + column->offset;

    return *(const struct iam_str *)member;
}

/* Columns of a row whose values are kept: each is read for its MAC, and then to be used. */
#define IAM_VALUES_KEPT 32

struct iam_query {
    struct iam_txn *txn;
    struct iam_db_stmt *stmt;
    enum iam_status status;
    int next_parameter;
    struct iam_row_sum sum; /* of the parts that were read */
    uint32_t kept;          /* which of values are those of the row; a bit for each */
    struct iam_str values[IAM_VALUES_KEPT];
};

/* Opens a statement, which is identified by the address of sql; NULL: IAM_UNSUPPORTED. */
void iam_query_open(struct iam_query *q, struct iam_txn *txn, const char *sql);
void iam_query_text(struct iam_query *q, struct iam_str text);
/* Binds text that stays as it is until the query is ended. */
void iam_query_lend(struct iam_query *q, struct iam_str text);
void iam_query_bytes(struct iam_query *q, struct iam_str bytes);
void iam_query_int(struct iam_query *q, int64_t value);
/* Binds the text in lower case (ASCII), at most IAM_KEY_MAX bytes; absent as empty. */
void iam_query_key(struct iam_query *q, struct iam_str text);
/* Binds the text, absent as empty: prefixes and starts of lists. */
void iam_query_prefix(struct iam_query *q, struct iam_str text);
/* Binds the member of row that belongs to column. */
void iam_query_member(struct iam_query *q, const struct iam_column *column, const void *row);

/*
 * Returns the text or the bytes of a column of the row that q has reached, borrowed until the next
 * step; absent for NULL.
 */
struct iam_str iam_query_value(struct iam_query *q, int column, enum iam_column_type type);
/* Goes to the next row; false at the end. The caller ends the query with iam_query_end. */
enum iam_status iam_query_step(struct iam_query *q, bool *ret_row) IAM_MUST_USE;
/* Ends a query of iam_query_step, and returns status. */
enum iam_status iam_query_end(struct iam_query *q, enum iam_status status) IAM_MUST_USE;
/* Runs a writing statement, *ret_changed (may be NULL) rows touched. */
enum iam_status iam_query_run(struct iam_query *q, int64_t *ret_changed) IAM_MUST_USE;
/* Runs a writing statement that must touch a row: IAM_NOT_FOUND otherwise. */
enum iam_status iam_query_run_found(struct iam_query *q) IAM_MUST_USE;
/*
 * Reads the first row into *ret. IAM_NOT_FOUND without one. *ret may be half-filled on failure.
 * arena may be NULL for a shape of numbers.
 */
enum iam_status iam_query_one(struct iam_query *q, struct iam_arena *arena,
                              const struct iam_shape *shape, void *ret) IAM_MUST_USE;
/* Binds limit, which comes last, and reads at most that many rows. `next` is left to the caller. */
enum iam_status iam_query_rows(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, size_t limit,
                               struct iam_rows *ret) IAM_MUST_USE;
/*
 * Binds the IDs of owners, which come last, and reads the whole list of each; rows are in the order
 * of the scope of shape, a sealed one.
 */
enum iam_status iam_query_lists(struct iam_query *q, struct iam_arena *arena,
                                const struct iam_shape *shape, const struct iam_owners *owners,
                                struct iam_lists *ret) IAM_MUST_USE;
/* Makes the text from which a list continues after last, an item of shape. */
typedef enum iam_status iam_next_fn(struct iam_arena *arena, const struct iam_shape *shape,
                                    const void *last, struct iam_str *ret);
/* Does what iam_query_rows does, with the limit of page (NULL: all), and sets `next`. */
enum iam_status iam_query_page(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_shape *shape, const struct iam_page *page,
                               iam_next_fn *next, struct iam_rows *ret) IAM_MUST_USE;
/* Reads the number in the first column of the first row. IAM_NOT_FOUND without a row. */
enum iam_status iam_query_i64(struct iam_query *q, int64_t *ret) IAM_MUST_USE;
/* Tells whether there is a row: IAM_OK, or IAM_NOT_FOUND without one. */
enum iam_status iam_query_exists(struct iam_query *q) IAM_MUST_USE;

static inline struct iam_str iam_text_or_empty(struct iam_str text)
{
    return iam_str_is_set(text) ? text : IAM_STR("");
}

/* Tells how many rows a page may have, all without one; IAM_RANGE for a limit that none has. */
enum iam_status iam_page_limit(const struct iam_page *page, size_t *ret) IAM_MUST_USE;
/* Returns page's after, where the list starts; absent for NULL. */
struct iam_str iam_page_after(const struct iam_page *page);
/*
 * Reads where a list by time and then by ID continues, "ms!id"; before all when after is absent.
 * IAM_RANGE for a text that iam_dated_next has not made.
 */
enum iam_status iam_dated_start(struct iam_str after, int64_t *ret_ms,
                                struct iam_str *ret_id) IAM_MUST_USE;
/* Writes where such a list continues after a row. IAM_NOMEM. */
enum iam_status iam_dated_next(struct iam_arena *arena, int64_t ms, struct iam_str id,
                               struct iam_str *ret) IAM_MUST_USE;
/* Copies name in lower case, which is where lists by name continue. */
enum iam_status iam_key_dup(struct iam_arena *arena, struct iam_str name,
                            struct iam_str *ret) IAM_MUST_USE;
