/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every statement prepares, and the SQL outside the driver is common to SQLite and PostgreSQL: no
 * word that only one of them has, and no mention of SQLite in any other source.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/table_int.h"
#include "support.h"

/* Calls fn with every statement of every table; returns their number. */
static size_t for_every_statement(const struct iam_sql *sql,
                                  void (*fn)(const char *text, struct fixture *f),
                                  struct fixture *f)
{
    size_t count = 0;

    for (enum iam_table_id t = 0; t < IAM_TABLE_COUNT; t++) {
        for (size_t op = 0; op < iam_sql_count(sql, t); op++) {
            const char *text = iam_sql_text(sql, t, op);

            assert_true(text != NULL || op < IAM_SQL_OWN);
            if (text != NULL) {
                fn(text, f);
                count++;
            }
        }
    }
    return count;
}

static void assert_prepares(const char *text, struct fixture *f)
{
    struct iam_db_stmt *stmt = NULL;

    if (f->txn->driver->prepare(f->txn->db, text, &stmt) != IAM_DB_OK) {
        fail_msg("does not prepare: %s", text);
    }
}

static void every_statement_prepares(void **state)
{
    struct fixture *f = *state;

    assert_true(for_every_statement(f->txn->sql, assert_prepares, f) > 80);
}

static void the_driver_refuses_other_parameters(void **state)
{
    static const char *const BAD[] = {
        "SELECT $2",
        "SELECT ?",
        "SELECT :a",
        "SELECT $2, $1",
        "SELECT \"no such column\" FROM account",
        "",
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        struct iam_db_stmt *stmt = NULL;

        assert_int_equal(f->txn->driver->prepare(f->txn->db, BAD[i], &stmt), IAM_DB_MISUSE);
        assert_null(stmt);
    }
}

/* Whole words, in capitals, that PostgreSQL or SQLite does not have or has in another meaning. */
static const char *const FOREIGN_WORDS[] = {
    "AUTOINCREMENT", "ROWID",     "GLOB",    "NOCASE",     "PRAGMA",
    "REPLACE",       "IGNORE",    "IFNULL",  "REGEXP",     "MATCH",
    "LIKE",          "ILIKE",     "BLOB",    "DATETIME",   "STRFTIME",
    "INSTR",         "SERIAL",    "JSONB",   "RANDOMBLOB", "LAST_INSERT_ROWID",
    "WITHOUT",       "VACUUM",    "COLLATE", "NOW",        "BOOLEAN",
    "ABORT",         "IMMEDIATE",
};

static void assert_no_foreign_word(const char *sql)
{
    for (const char *p = sql; *p != '\0';) {
        char word[64];
        size_t n = 0;

        while (isalnum((unsigned char)*p) || *p == '_') {
            if (n + 1 < sizeof(word)) {
                word[n++] = (char)toupper((unsigned char)*p);
            }
            p++;
        }
        word[n] = '\0';
        for (size_t i = 0; i < IAM_COUNT(FOREIGN_WORDS); i++) {
            if (strcmp(word, FOREIGN_WORDS[i]) == 0) {
                fail_msg("'%s' is not common SQL: %s", word, sql);
            }
        }
        p += n == 0 ? 1 : 0;
    }
    assert_null(strchr(sql, '"'));
    assert_null(strchr(sql, '`'));
    assert_null(strchr(sql, '?'));
    assert_null(strchr(sql, '['));
}

static void assert_common(const char *text, struct fixture *f)
{
    (void)f;
    assert_no_foreign_word(text);
    /* nothing that should have been expanded is left */
    assert_null(strchr(text, '@'));
}

static void the_invariants_prepare(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < iam_invariant_count; i++) {
        assert_prepares(iam_invariants[i].sql, f);
        assert_common(iam_invariants[i].sql, f);
    }
}

static void the_sql_is_common(void **state)
{
    struct fixture *f = *state;

    (void)for_every_statement(f->txn->sql, assert_common, f);
    for (size_t i = 0; i < iam_migration_count; i++) {
        assert_no_foreign_word(iam_migrations[i].script);
    }
}

static bool file_mentions(const char *path, const char *word)
{
    char text[65536];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    size_t n = fread(text, 1, sizeof(text) - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_true(n > 0 && n < sizeof(text) - 1);
    text[n] = '\0';
    return strstr(text, word) != NULL;
}

/* The working directory is the source tree. */
static void the_driver_alone_knows_sqlite(void **state)
{
    DIR *dir = opendir("src/store");
    size_t seen = 0;

    (void)state;
    assert_non_null(dir);
    for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        size_t len = strlen(e->d_name);
        bool is_source = len > 2 && e->d_name[len - 2] == '.';
        char path[512];

        if (!is_source || strncmp(e->d_name, "db_sqlite", strlen("db_sqlite")) == 0) {
            continue;
        }
        snprintf(path, sizeof(path), "src/store/%s", e->d_name);
        if (file_mentions(path, "sqlite3") || file_mentions(path, "PRAGMA")) {
            fail_msg("'%s' knows SQLite", path);
        }
        seen++;
    }
    closedir(dir);
    assert_true(seen > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(every_statement_prepares),
        STORE_TEST(the_driver_refuses_other_parameters),
        STORE_TEST(the_sql_is_common),
        STORE_TEST(the_invariants_prepare),
        cmocka_unit_test(the_driver_alone_knows_sqlite),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
