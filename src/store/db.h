/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the store needs from a database: a driver is one constant of type struct iam_db_driver. All
 * SQL that passes through is common to SQLite 3.35 and PostgreSQL 15; whatever only one database
 * understands stays inside its driver file.
 *
 * A connection and its statements are used by one thread at a time. Parameters are $1, $2, ...
 * numbered in the order of their first use; columns count from 0.
 */
#pragma once

#include "base/str.h"

enum iam_db_error {
    IAM_DB_OK = 0,
    IAM_DB_UNIQUE,     /* a key is taken */
    IAM_DB_CONSTRAINT, /* another constraint: a referenced row is missing or still referenced */
    IAM_DB_BUSY,       /* a lock was not obtained in time */
    IAM_DB_FULL,       /* no space */
    IAM_DB_IO,
    IAM_DB_CORRUPT,
    IAM_DB_NOMEM,
    IAM_DB_MISUSE /* SQL that does not prepare, a parameter that is not there */
};

struct iam_db;      /* a connection */
struct iam_db_stmt; /* a prepared statement; belongs to its connection */

struct iam_db_options {
    const char *path;       /* file name, ":memory:" or a connection string */
    unsigned wait_ms;       /* for locks */
    uint64_t max_bytes;     /* 0: no limit but the disk's */
    unsigned max_log_pages; /* the usual amount that tidy goes by, 0: 1000 */
    bool is_read_only;      /* nothing is written, and the file must be there */
    /* What takes time is left to the first transaction, which needs no descriptor for it. */
    bool is_spare;
};

/* Told of damage, one line for each that is found; text is borrowed for the call. */
typedef void iam_db_damage_fn(void *ctx, const char *text);

struct iam_db_driver {
    /* True when all of the store must go through one connection. */
    bool (*is_single)(const char *path);
    /* On failure *ret is untouched and error (cap bytes) says why. options is not kept. */
    enum iam_db_error (*open)(const struct iam_db_options *options, struct iam_db **ret,
                              char *error, size_t cap);
    /* Frees the connection and its statements; an open transaction is rolled back. */
    void (*close)(struct iam_db *db);
    /* The same while mend is due: the files are left as they are, for who opens them next. */
    void (*abandon)(struct iam_db *db);
    /* Text of the last failure; never NULL, borrowed until the next call. No bound values in it. */
    const char *(*error_text)(struct iam_db *db);

    enum iam_db_error (*begin)(struct iam_db *db, bool is_write);
    /*
     * After a failed commit the caller rolls back, and calls mend before it tells anybody that
     * nothing of the transaction remains, and before the next one writes.
     */
    enum iam_db_error (*commit)(struct iam_db *db);
    /*
     * Makes sure that nothing of a transaction whose commit has failed comes into force later,
     * after a crash either, and that nothing is lost that a failed tidy should have moved. Outside
     * of a transaction, on any connection. Until it has succeeded, which is on the disk then, both
     * may be so.
     */
    enum iam_db_error (*mend)(struct iam_db *db);
    /*
     * After a commit, outside of a transaction: moves what was committed to where it belongs, when
     * it is more than a usual amount, or with is_eager always. mend is due when it fails.
     */
    enum iam_db_error (*tidy)(struct iam_db *db, bool is_eager);
    /*
     * Takes room on the disk for commits to come, outside of a transaction. Failure leaves less of
     * it.
     */
    void (*take_room)(struct iam_db *db, size_t bytes);
    /* IAM_DB_OK also when there is no transaction any more. */
    enum iam_db_error (*rollback)(struct iam_db *db);
    /*
     * Begin a part of the transaction, keep it, undo it. Parts do not nest. They fail, with nothing
     * done, when the database has ended the transaction by itself.
     */
    enum iam_db_error (*save)(struct iam_db *db);
    enum iam_db_error (*keep)(struct iam_db *db);
    enum iam_db_error (*undo)(struct iam_db *db);
    /*
     * Looks for damage of the file, for at most budget_ms (0: until it is done; then for references
     * to rows that are missing too), and calls fn, at most 100 times. *ret_is_done: it was looked
     * at everywhere.
     */
    enum iam_db_error (*examine)(struct iam_db *db, unsigned budget_ms, iam_db_damage_fn *fn,
                                 void *ctx, bool *ret_is_done);
    /* Runs statements separated by ';' that have no parameters and return no rows. */
    enum iam_db_error (*exec)(struct iam_db *db, const char *script);

    /*
     * sql is identified by its address from then on, so it must be a constant and live as long as
     * db.
     */
    enum iam_db_error (*prepare)(struct iam_db *db, const char *sql, struct iam_db_stmt **ret);
    /* Values are copied. An absent string binds NULL, and what is not bound is NULL. */
    enum iam_db_error (*bind_text)(struct iam_db_stmt *stmt, int number, struct iam_str text);
    /* Binds text without a copy: it must stay as it is until finish. */
    enum iam_db_error (*lend_text)(struct iam_db_stmt *stmt, int number, struct iam_str text);
    enum iam_db_error (*bind_bytes)(struct iam_db_stmt *stmt, int number, struct iam_str bytes);
    enum iam_db_error (*bind_i64)(struct iam_db_stmt *stmt, int number, int64_t value);
    /* *ret_row: there is a row to read; otherwise the statement is at its end. */
    enum iam_db_error (*step)(struct iam_db_stmt *stmt, bool *ret_row);
    /* Borrowed until the next step or finish. NULL becomes an absent string or 0. */
    struct iam_str (*column_text)(struct iam_db_stmt *stmt, int column);
    struct iam_str (*column_bytes)(struct iam_db_stmt *stmt, int column);
    int64_t (*column_i64)(struct iam_db_stmt *stmt, int column);
    /* Rows that the finished INSERT, UPDATE or DELETE touched. */
    int64_t (*changed)(struct iam_db *db);
    /* Ends an execution and forgets the bound values; the statement can be prepared again. */
    void (*finish)(struct iam_db_stmt *stmt);
};

extern const struct iam_db_driver iam_db_sqlite;
