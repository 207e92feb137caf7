/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite driver; nothing but it and db_sqlite_log.c knows SQLite. A file in WAL mode with
 * synchronous=FULL: a commit that has returned is on the disk, and readers never wait for the
 * writer. The file is created readable by its owner alone. Each statement is prepared once per
 * connection and kept.
 */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/map.h"
#include "store/db_sqlite_log_int.h"

/* The size that the WAL file may keep after a checkpoint. */
#define WAL_KEEP_BYTES "67108864"
/* KiB of pages that a connection caches, which SQLite wants as a negative number. */
#define CACHE_SIZE "-8192"
/* The length of the log, in frames, from which it is copied to the database, unless given. */
#define USUAL_FRAMES 1000

#define TEXT_OF_(value) #value
#define TEXT_OF(value) TEXT_OF_(value)

struct iam_db {
    sqlite3 *handle;
    struct iam_map statements; /* key: the bytes of the address of the SQL */
    bool is_memory;
    bool is_read_only;
    bool is_settled;    /* settle has succeeded */
    uint64_t max_bytes; /* 0: no limit but the disk's */
    int log_frames;     /* that the last commit left */
    int tidy_frames;    /* from how many on the log is copied */
    int usual_frames;   /* after a copy that did not fail */
};

struct iam_db_stmt {
    const char *sql;
    sqlite3_stmt *handle;
};

static bool path_is_memory(const char *path)
{
    return strcmp(path, ":memory:") == 0;
}

static enum iam_db_error class_of_constraint(int extended)
{
    switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
        return IAM_DB_UNIQUE;
    default:
        return IAM_DB_CONSTRAINT;
    }
}

static enum iam_db_error class_of(int rc, int extended)
{
    switch (rc & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return IAM_DB_OK;
    case SQLITE_CONSTRAINT:
        return class_of_constraint(extended);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return IAM_DB_BUSY;
    case SQLITE_FULL:
        return IAM_DB_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return IAM_DB_CORRUPT;
    case SQLITE_NOMEM:
        return IAM_DB_NOMEM;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
        return IAM_DB_MISUSE;
    default:
        return IAM_DB_IO;
    }
}

/* Tells whether the system call that failed last on the connection found no space. */
static bool is_for_want_of_space(sqlite3 *handle)
{
    int error = sqlite3_system_errno(handle);

    return error == ENOSPC || error == EDQUOT;
}

static enum iam_db_error result_of(sqlite3 *handle, int rc)
{
    enum iam_db_error error = class_of(rc, sqlite3_extended_errcode(handle));

    return error == IAM_DB_IO && is_for_want_of_space(handle) ? IAM_DB_FULL : error;
}

static const char *sqlite_error_text(struct iam_db *db)
{
    return sqlite3_errmsg(db->handle);
}

static enum iam_db_error sqlite_exec(struct iam_db *db, const char *script)
{
    return result_of(db->handle, sqlite3_exec(db->handle, script, NULL, NULL, NULL));
}

/*
 * Creates the file for its owner alone, where SQLite would go by the umask; WAL and shared memory
 * take its mode. A file that is there is not opened: closing it would drop the locks that other
 * connections of this process have on it, and with them what keeps another process from deleting
 * the log.
 */
static enum iam_db_error make_private_file(const char *path, char *error, size_t cap)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST) {
        return IAM_DB_OK;
    }
    if (fd < 0) {
        snprintf(error, cap, "cannot open '%s': %s", path, strerrordesc_np(errno));
        return errno == ENOSPC || errno == EDQUOT ? IAM_DB_FULL : IAM_DB_IO;
    }
    close(fd);
    return IAM_DB_OK;
}

static enum iam_db_error limit_size(struct iam_db *db)
{
    char sql[64];
    uint64_t pages = db->max_bytes / IAM_SQLITE_PAGE_BYTES;

    if (db->max_bytes == 0) {
        return IAM_DB_OK;
    }
    snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%llu",
             (unsigned long long)(pages > 0 ? pages : 1));
    return sqlite_exec(db, sql);
}

/* Turns off statistics of memory, which nobody reads and which lock at each allocation. */
static void set_library_up(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Connections of different threads are used at the same time. */
static enum iam_db_error check_library(char *error, size_t cap)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, set_library_up);
    if (sqlite3_threadsafe() == 0) {
        snprintf(error, cap, "this SQLite library was built without threads");
        return IAM_DB_MISUSE;
    }
    return IAM_DB_OK;
}

/* Implements sqlite3_wal_hook, in place of SQLite's own, which tells nobody what a copy came to. */
static int note_frames(void *ctx, sqlite3 *handle, const char *name, int frames)
{
    struct iam_db *db = ctx;

    (void)handle;
    (void)name;
    db->log_frames = frames;
    return SQLITE_OK;
}

/*
 * Sets the connection up before its first transaction. SQLite reads the schema for that, which is
 * dear, and needless for a connection that is never used.
 */
static enum iam_db_error settle(struct iam_db *db)
{
    static const char SETTINGS[] = "PRAGMA page_size=" TEXT_OF(
        IAM_SQLITE_PAGE_BYTES) ";"
                               "PRAGMA journal_mode=WAL;"
                               "PRAGMA synchronous=FULL;"
                               "PRAGMA foreign_keys=ON;"
                               "PRAGMA secure_delete=ON;"
                               "PRAGMA trusted_schema=OFF;"
                               "PRAGMA cell_size_check=ON;"
                               "PRAGMA temp_store=MEMORY;"
                               "PRAGMA cache_size=" CACHE_SIZE ";"
                               "PRAGMA journal_size_limit=" WAL_KEEP_BYTES;
    /* without a change of the mode, and without the work that a last connection does at its end */
    static const char READ_ONLY[] = "PRAGMA query_only=ON;"
                                    "PRAGMA trusted_schema=OFF;"
                                    "PRAGMA cell_size_check=ON;"
                                    "PRAGMA temp_store=MEMORY";
    enum iam_db_error error;

    if (db->is_settled) {
        return IAM_DB_OK;
    }
    error = sqlite_exec(db, db->is_read_only ? READ_ONLY : SETTINGS);
    if (error == IAM_DB_OK && !db->is_read_only) {
        error = limit_size(db);
    }
    db->is_settled = error == IAM_DB_OK;
    return error;
}

/* Opens the database file and its log, so that no transaction needs another descriptor. */
static enum iam_db_error hold_files(struct iam_db *db)
{
    return sqlite_exec(db, "PRAGMA schema_version");
}

static enum iam_db_error configure(struct iam_db *db, const struct iam_db_options *options)
{
    sqlite3_extended_result_codes(db->handle, 1);
    sqlite3_busy_timeout(db->handle, (int)options->wait_ms);
    (void)sqlite3_wal_hook(db->handle, note_frames, db);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    /* text in double quotes is an identifier in every other database */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (options->is_read_only) {
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    }
    return options->is_spare ? hold_files(db) : settle(db);
}

static void sqlite_close(struct iam_db *db)
{
    size_t pos = 0;
    struct iam_str key;
    void *value = NULL;

    while (iam_map_next(&db->statements, &pos, &key, &value)) {
        struct iam_db_stmt *stmt = value;

        sqlite3_finalize(stmt->handle);
        iam_heap()->free(iam_heap()->ctx, stmt);
    }
    iam_map_done(&db->statements);
    sqlite3_close(db->handle);
    iam_heap()->free(iam_heap()->ctx, db);
}

static void sqlite_abandon(struct iam_db *db)
{
    /* who closes last would copy the log and delete it */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite_close(db);
}

static enum iam_db_error sqlite_open(const struct iam_db_options *options, struct iam_db **ret,
                                     char *error, size_t cap)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    enum iam_db_error result = check_library(error, cap);
    struct iam_db *db;

    if (path_is_memory(options->path)) {
        flags |= SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY;
    } else if (result == IAM_DB_OK && !options->is_read_only) {
        result = make_private_file(options->path, error, cap);
    }
    if (result != IAM_DB_OK) {
        return result;
    }
    db = iam_heap()->alloc(iam_heap()->ctx, sizeof(*db));
    if (db == NULL) {
        snprintf(error, cap, "out of memory");
        return IAM_DB_NOMEM;
    }
    *db = (struct iam_db){ .is_memory = path_is_memory(options->path),
                           .is_read_only = options->is_read_only,
                           .max_bytes = options->max_bytes,
                           .usual_frames = options->max_log_pages != 0 ? (int)options->max_log_pages
                                                                       : USUAL_FRAMES };
    db->tidy_frames = db->usual_frames;
    iam_map_init(&db->statements, iam_heap(), 0);
    /* a failed open sets the handle too, and it holds the text */
    int rc = sqlite3_open_v2(options->path, &db->handle, flags, NULL);
    result = rc == SQLITE_OK ? IAM_DB_OK : result_of(db->handle, rc);
    if (result == IAM_DB_OK) {
        result = configure(db, options);
    }
    if (result != IAM_DB_OK) {
        snprintf(error, cap, "cannot open '%s': %s", options->path, sqlite_error_text(db));
        sqlite_close(db);
        return result;
    }
    *ret = db;
    return IAM_DB_OK;
}

/* Tells whether $n is the n-th parameter: other databases number by n, SQLite by first use. */
static bool parameters_are_in_order(sqlite3_stmt *handle)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(handle); i++) {
        const char *name = sqlite3_bind_parameter_name(handle, i);
        char want[16];

        snprintf(want, sizeof(want), "$%d", i);
        if (name == NULL || strcmp(name, want) != 0) {
            return false;
        }
    }
    return true;
}

static enum iam_db_error prepare_new(struct iam_db *db, const char *sql, struct iam_db_stmt **ret)
{
    struct iam_db_stmt *stmt;
    sqlite3_stmt *handle = NULL;
    enum iam_db_error error =
        result_of(db->handle, sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                                 &handle, NULL));

    if (error != IAM_DB_OK) {
        return error;
    }
    if (handle == NULL || !parameters_are_in_order(handle)) {
        sqlite3_finalize(handle);
        return IAM_DB_MISUSE;
    }
    stmt = iam_heap()->alloc(iam_heap()->ctx, sizeof(*stmt));
    if (stmt == NULL) {
        sqlite3_finalize(handle);
        return IAM_DB_NOMEM;
    }
    *stmt = (struct iam_db_stmt){ .sql = sql, .handle = handle };
    struct iam_str key = { (const char *)&stmt->sql, sizeof(stmt->sql) };
    if (iam_map_put(&db->statements, key, stmt, NULL) != IAM_OK) {
        sqlite3_finalize(handle);
        iam_heap()->free(iam_heap()->ctx, stmt);
        return IAM_DB_NOMEM;
    }
    *ret = stmt;
    return IAM_DB_OK;
}

static enum iam_db_error sqlite_prepare(struct iam_db *db, const char *sql,
                                        struct iam_db_stmt **ret)
{
    struct iam_str key = { (const char *)&sql, sizeof(sql) };
    struct iam_db_stmt *stmt = iam_map_get(&db->statements, key);

    if (stmt == NULL) {
        return prepare_new(db, sql, ret);
    }
    if (sqlite3_stmt_busy(stmt->handle)) {
        return IAM_DB_MISUSE;
    }
    *ret = stmt;
    return IAM_DB_OK;
}

/* ---- transactions -------------------------------------------------------------------- */

/* Runs a statement of ours without parameters and rows, which like all others is prepared once. */
static enum iam_db_error run_constant(struct iam_db *db, const char *sql)
{
    struct iam_db_stmt *stmt = NULL;
    enum iam_db_error error = sqlite_prepare(db, sql, &stmt);

    if (error == IAM_DB_OK) {
        error = result_of(db->handle, sqlite3_step(stmt->handle));
        (void)sqlite3_reset(stmt->handle);
    }
    return error;
}

/*
 * Runs a statement inside a transaction only: outside, it would begin one, or do nothing and
 * succeed.
 */
static enum iam_db_error run_inside(struct iam_db *db, const char *sql)
{
    return sqlite3_get_autocommit(db->handle) ? IAM_DB_MISUSE : run_constant(db, sql);
}

static enum iam_db_error sqlite_begin(struct iam_db *db, bool is_write)
{
    static const char READ[] = "BEGIN";
    static const char WRITE[] = "BEGIN IMMEDIATE";
    enum iam_db_error error = settle(db);

    return error != IAM_DB_OK ? error : run_constant(db, is_write ? WRITE : READ);
}

static enum iam_db_error sqlite_rollback(struct iam_db *db)
{
    static const char SQL[] = "ROLLBACK";

    /* some failures have rolled back already */
    return sqlite3_get_autocommit(db->handle) ? IAM_DB_OK : run_constant(db, SQL);
}

static enum iam_db_error sqlite_commit(struct iam_db *db)
{
    static const char SQL[] = "COMMIT";

    return run_inside(db, SQL);
}

/* ---- the log ------------------------------------------------------------------------- */

static enum iam_db_error sqlite_mend(struct iam_db *db)
{
    enum iam_db_error error = settle(db);
    int rc = error != IAM_DB_OK || db->is_memory ? SQLITE_OK : iam_sqlite_log_mend(db->handle);

    return rc == SQLITE_OK ? error : result_of(db->handle, rc);
}

/*
 * Copies the log. That somebody reads or writes it, or that there is no memory, is no failure:
 * nothing is lost, and it is tried again after the next commit. After a real failure the log gets
 * longer by the usual length first.
 */
static enum iam_db_error sqlite_tidy(struct iam_db *db, bool is_eager)
{
    if (db->is_memory || db->log_frames < (is_eager ? 1 : db->tidy_frames)) {
        return IAM_DB_OK;
    }
    enum iam_db_error error =
        result_of(db->handle, sqlite3_wal_checkpoint_v2(db->handle, "main",
                                                        SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
    bool is_failure = error != IAM_DB_OK && error != IAM_DB_BUSY && error != IAM_DB_NOMEM;
    db->tidy_frames = db->usual_frames + (is_failure ? db->log_frames : 0);
    return is_failure ? error : IAM_DB_OK;
}

static void sqlite_take_room(struct iam_db *db, size_t bytes)
{
    if (!db->is_memory) {
        iam_sqlite_log_grow(db->handle, bytes);
    }
}

/* ---- parts of a transaction ---------------------------------------------------------- */

static enum iam_db_error sqlite_save(struct iam_db *db)
{
    static const char SQL[] = "SAVEPOINT part";

    return run_inside(db, SQL);
}

static enum iam_db_error sqlite_keep(struct iam_db *db)
{
    static const char SQL[] = "RELEASE part";

    return run_inside(db, SQL);
}

static enum iam_db_error sqlite_undo(struct iam_db *db)
{
    static const char SQL[] = "ROLLBACK TO part";
    enum iam_db_error error = run_inside(db, SQL);

    return error != IAM_DB_OK ? error : sqlite_keep(db);
}

/* ---- statements ---------------------------------------------------------------------- */

static enum iam_db_error bind_result(struct iam_db_stmt *stmt, int rc)
{
    return result_of(sqlite3_db_handle(stmt->handle), rc);
}

static enum iam_db_error bind_text(struct iam_db_stmt *stmt, int number, struct iam_str text,
                                   sqlite3_destructor_type lifetime)
{
    if (!iam_str_is_set(text)) {
        return bind_result(stmt, sqlite3_bind_null(stmt->handle, number));
    }
    return bind_result(
        stmt, sqlite3_bind_text64(stmt->handle, number, text.p, text.len, lifetime, SQLITE_UTF8));
}

static enum iam_db_error sqlite_bind_text(struct iam_db_stmt *stmt, int number, struct iam_str text)
{
    return bind_text(stmt, number, text, SQLITE_TRANSIENT);
}

static enum iam_db_error sqlite_lend_text(struct iam_db_stmt *stmt, int number, struct iam_str text)
{
    return bind_text(stmt, number, text, SQLITE_STATIC);
}

static enum iam_db_error sqlite_bind_bytes(struct iam_db_stmt *stmt, int number,
                                           struct iam_str bytes)
{
    if (!iam_str_is_set(bytes)) {
        return bind_result(stmt, sqlite3_bind_null(stmt->handle, number));
    }
    return bind_result(
        stmt, sqlite3_bind_blob64(stmt->handle, number, bytes.p, bytes.len, SQLITE_TRANSIENT));
}

static enum iam_db_error sqlite_bind_i64(struct iam_db_stmt *stmt, int number, int64_t value)
{
    return bind_result(stmt, sqlite3_bind_int64(stmt->handle, number, value));
}

static enum iam_db_error sqlite_step(struct iam_db_stmt *stmt, bool *ret_row)
{
    int rc = sqlite3_step(stmt->handle);

    if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
        *ret_row = rc == SQLITE_ROW;
        return IAM_DB_OK;
    }
    return bind_result(stmt, rc);
}

/* Reads text as bytes too: asking for a terminated string may need memory and fail silently. */
static struct iam_str sqlite_column_str(struct iam_db_stmt *stmt, int index)
{
    const void *p = sqlite3_column_blob(stmt->handle, index);

    if (p == NULL) {
        /* an empty value has no address in SQLite */
        return sqlite3_column_type(stmt->handle, index) == SQLITE_NULL ? iam_str_absent()
                                                                       : IAM_STR("");
    }
    return (struct iam_str){ p, (size_t)sqlite3_column_bytes(stmt->handle, index) };
}

static int64_t sqlite_column_i64(struct iam_db_stmt *stmt, int index)
{
    return sqlite3_column_int64(stmt->handle, index);
}

static int64_t sqlite_changed(struct iam_db *db)
{
    return sqlite3_changes64(db->handle);
}

static void sqlite_finish(struct iam_db_stmt *stmt)
{
    /* step has already returned the outcome */
    (void)sqlite3_reset(stmt->handle);
    sqlite3_clear_bindings(stmt->handle);
}

/* ---- looking for damage -------------------------------------------------------------- */

#define DAMAGE_MAX 100
/* Steps of SQLite's machine between two looks at the clock; some microseconds. */
#define STEPS_PER_LOOK 1000
/*
 * What is looked at in a millisecond, at most; measured. A table is checked by one step of SQLite's
 * machine, which nothing interrupts, so that a file that is too large for the time is left alone.
 */
#define BYTES_PER_MS 200000

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* An examination that is going on. */
struct examination {
    struct iam_db *db;
    int64_t deadline_ms; /* INT64_MAX: none */
    iam_db_damage_fn *fn;
    void *ctx;
    int told;
};

static int is_out_of_time(void *ctx)
{
    const struct examination *e = ctx;

    return now_ms() >= e->deadline_ms;
}

static void tell(struct examination *e, const char *text)
{
    if (e->told++ < DAMAGE_MAX) {
        e->fn(e->ctx, text != NULL ? text : "damage that cannot be described");
    }
}

/* Returns the bytes of the file; 0 when that cannot be found out. */
static int64_t file_bytes(struct iam_db *db)
{
    sqlite3_stmt *stmt = NULL;
    int64_t bytes = 0;

    if (sqlite3_prepare_v2(db->handle,
                           "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                           -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW) {
        bytes = sqlite3_column_int64(stmt, 0);
    }
    sqlite3_finalize(stmt);
    return bytes;
}

/* Runs a statement that has a row for each damage, and one "ok" without any. */
static int run_check(struct examination *e, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(e->db->handle, sql, -1, &stmt, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        if (text == NULL || strcmp(text, "ok") != 0) {
            tell(e, text);
        }
        rc = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/*
 * Goes through the tables one by one: within one SQLite cannot be interrupted everywhere, so that
 * the time is looked at between them too.
 */
static int check_tables(struct examination *e)
{
    static const char TABLES[] = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(e->db->handle, TABLES, -1, &stmt, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        char *sql = sqlite3_mprintf("PRAGMA integrity_check(%Q)", sqlite3_column_text(stmt, 0));

        rc = is_out_of_time(e) ? SQLITE_INTERRUPT : SQLITE_NOMEM;
        if (sql != NULL && rc != SQLITE_INTERRUPT) {
            rc = run_check(e, sql);
        }
        sqlite3_free(sql);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static enum iam_db_error sqlite_examine(struct iam_db *db, unsigned budget_ms, iam_db_damage_fn *fn,
                                        void *ctx, bool *ret_is_done)
{
    struct examination e = { .db = db, .deadline_ms = INT64_MAX, .fn = fn, .ctx = ctx };
    int rc;

    if (budget_ms > 0) {
        e.deadline_ms = now_ms() + budget_ms;
        sqlite3_progress_handler(db->handle, STEPS_PER_LOOK, is_out_of_time, &e);
        rc = file_bytes(db) > (int64_t)budget_ms * BYTES_PER_MS ? SQLITE_INTERRUPT
                                                                : check_tables(&e);
        sqlite3_progress_handler(db->handle, 0, NULL, NULL);
    } else {
        rc = run_check(&e, "PRAGMA integrity_check");
        if (rc == SQLITE_OK) {
            rc = run_check(&e, "SELECT 'a row of ' || \"table\" || ' refers to one of ' || parent"
                               " || ' that is missing' FROM pragma_foreign_key_check");
        }
    }
    *ret_is_done = rc == SQLITE_OK;
    return rc == SQLITE_INTERRUPT ? IAM_DB_OK : result_of(db->handle, rc);
}

const struct iam_db_driver iam_db_sqlite = {
    .is_single = path_is_memory,
    .open = sqlite_open,
    .close = sqlite_close,
    .abandon = sqlite_abandon,
    .error_text = sqlite_error_text,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .mend = sqlite_mend,
    .tidy = sqlite_tidy,
    .take_room = sqlite_take_room,
    .rollback = sqlite_rollback,
    .save = sqlite_save,
    .keep = sqlite_keep,
    .undo = sqlite_undo,
    .examine = sqlite_examine,
    .exec = sqlite_exec,
    .prepare = sqlite_prepare,
    .bind_text = sqlite_bind_text,
    .lend_text = sqlite_lend_text,
    .bind_bytes = sqlite_bind_bytes,
    .bind_i64 = sqlite_bind_i64,
    .step = sqlite_step,
    .column_text = sqlite_column_str,
    .column_bytes = sqlite_column_str,
    .column_i64 = sqlite_column_i64,
    .changed = sqlite_changed,
    .finish = sqlite_finish,
};
