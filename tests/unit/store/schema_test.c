/* SPDX-License-Identifier: Apache-2.0 */
/* Migrations: a new store, an upgrade, a store from the future, a migration that fails. */
#include <stdio.h>

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "store/sql_int.h"
#include "support.h"

static const struct iam_migration NEXT[] = {
    {1,  "CREATE TABLE one (a TEXT NOT NULL); INSERT INTO one (a) VALUES ('kept')"      },
    { 2, "ALTER TABLE one ADD COLUMN b BIGINT NOT NULL DEFAULT 7"                       },
    { 3, "CREATE TABLE three (a TEXT NOT NULL); INSERT INTO three (a) SELECT a FROM one"},
};

static const struct iam_migration BROKEN[] = {
    {1,  "CREATE TABLE one (a TEXT NOT NULL)"                                    },
    { 2, "CREATE TABLE two (a TEXT NOT NULL); CREATE TABLE one (a TEXT NOT NULL)"},
};

static struct iam_db *open_db(const char *path)
{
    struct iam_db_options options = { .path = path, .wait_ms = 1000 };
    struct iam_db *db = NULL;
    char error[IAM_STORE_ERROR_MAX];

    assert_int_equal(iam_db_sqlite.open(&options, &db, error, sizeof(error)), IAM_DB_OK);
    return db;
}

static enum iam_status migrate(struct iam_db *db, const struct iam_migration *migrations,
                               size_t count, char error[IAM_STORE_ERROR_MAX])
{
    static const struct iam_row_sealer SEALER = TEST_ROW_SEALER;
    /* as long as the program: connections know statements by the address of their text */
    static const struct iam_sql *sql;
    static struct iam_arena arena;
    struct iam_last_error last;
    struct iam_txn txn = {
        .driver = &iam_db_sqlite, .db = db, .sealer = &SEALER, .last_error = &last
    };

    error[0] = '\0';
    iam_last_error_init(&last);
    iam_buf_init(&txn.message, iam_heap(), 1 << 20);
    if (sql == NULL) {
        iam_arena_init(&arena, iam_heap(), 1 << 20);
        assert_ok(iam_sql_build(&arena, &sql));
    }
    txn.sql = sql;
    const struct iam_seals seals = { 0 };
    int64_t before;
    enum iam_status status = iam_schema_migrate(&txn, migrations, count, &seals, &before, error);
    iam_buf_done(&txn.message);
    iam_last_error_done(&last);
    return status;
}

/* The first column of the first row, or -1. */
static int64_t number_of(struct iam_db *db, const char *sql)
{
    struct iam_db_stmt *stmt = NULL;
    bool has_row = false;
    int64_t value = -1;

    if (iam_db_sqlite.prepare(db, sql, &stmt) != IAM_DB_OK) {
        return -1;
    }
    assert_int_equal(iam_db_sqlite.step(stmt, &has_row), IAM_DB_OK);
    if (has_row) {
        value = iam_db_sqlite.column_i64(stmt, 0);
    }
    iam_db_sqlite.finish(stmt);
    return value;
}

static void migrates_from_every_version(void **state)
{
    char error[IAM_STORE_ERROR_MAX];

    (void)state;
    for (size_t from = 0; from <= 3; from++) {
        struct iam_db *db = open_db(":memory:");

        if (from > 0) {
            assert_ok(migrate(db, NEXT, from, error));
            assert_int_equal(number_of(db, "SELECT MAX(version) FROM schema_version"),
                             (int64_t)from);
        }
        assert_ok(migrate(db, NEXT, 3, error));
        assert_int_equal(number_of(db, "SELECT COUNT(*) FROM schema_version"), 3);
        assert_int_equal(number_of(db, "SELECT b FROM one WHERE a = 'kept'"), 7);
        assert_int_equal(number_of(db, "SELECT COUNT(*) FROM three"), 1);
        assert_ok(migrate(db, NEXT, 3, error));
        assert_int_equal(number_of(db, "SELECT COUNT(*) FROM three"), 1);
        iam_db_sqlite.close(db);
    }
}

static void refuses_a_newer_schema(void **state)
{
    struct iam_db *db = open_db(":memory:");
    char error[IAM_STORE_ERROR_MAX];

    (void)state;
    assert_ok(migrate(db, NEXT, 3, error));
    assert_int_equal(migrate(db, NEXT, 2, error), IAM_UNSUPPORTED);
    assert_non_null(strstr(error, "schema version 3"));
    assert_non_null(strstr(error, "up to 2"));
    assert_int_equal(number_of(db, "SELECT MAX(version) FROM schema_version"), 3);
    iam_db_sqlite.close(db);
}

static void a_failed_migration_leaves_nothing(void **state)
{
    struct iam_db *db = open_db(":memory:");
    char error[IAM_STORE_ERROR_MAX];

    (void)state;
    assert_int_equal(migrate(db, BROKEN, 2, error), IAM_IO);
    assert_non_null(strstr(error, "already exists"));
    assert_int_equal(number_of(db, "SELECT COUNT(*) FROM one"), -1);
    assert_int_equal(number_of(db, "SELECT COUNT(*) FROM two"), -1);
    assert_ok(migrate(db, BROKEN, 1, error));
    assert_int_equal(number_of(db, "SELECT COUNT(*) FROM one"), 0);
    iam_db_sqlite.close(db);
}

static void a_store_of_the_future_does_not_open(void **state)
{
    struct fixture *f = *state;
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = f->path };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX];

    iam_txn_rollback(f->txn);
    f->txn = NULL;
    iam_store_close(f->store);
    f->store = NULL;
    struct iam_db *db = open_db(f->path);
    assert_int_equal(iam_db_sqlite.exec(db, "INSERT INTO schema_version (version) VALUES (99)"),
                     IAM_DB_OK);
    iam_db_sqlite.close(db);
    assert_int_equal(iam_store_open(&options, &store, error), IAM_UNSUPPORTED);
    assert_non_null(strstr(error, "99"));
    assert_null(store);
}

static void a_file_that_is_no_database_does_not_open(void **state)
{
    char dir[64];
    char path[96];
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = path };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX];

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/text", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        fputs("this is no database\n", file);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(iam_store_open(&options, &store, error), IAM_CORRUPT);
    snprintf(path, sizeof(path), "%s/none/store.db", dir);
    assert_int_equal(iam_store_open(&options, &store, error), IAM_IO);
    assert_non_null(strstr(error, "none/store.db"));
    assert_null(store);
    remove_dir(dir);
}

static void the_numbers_have_no_gaps(void **state)
{
    (void)state;
    for (size_t i = 0; i < iam_migration_count; i++) {
        assert_int_equal(iam_migrations[i].version, (int64_t)i + 1);
    }
}

/* A store from before the numbers of entities were kept. */
static void entities_are_counted_by_the_migration(void **state)
{
    struct iam_db *db = open_db(":memory:");
    char error[IAM_STORE_ERROR_MAX];

    (void)state;
    assert_ok(migrate(db, iam_migrations, 1, error));
    assert_int_equal(
        iam_db_sqlite.exec(
            db, "INSERT INTO account (account_id, name, created_ms) VALUES ('1', '', 0);"
                "INSERT INTO iam_user (user_id, account_id, name, name_key, path, created_ms)"
                " VALUES ('A', '1', 'a', 'a', '/', 0), ('B', '1', 'b', 'b', '/', 0);"
                "INSERT INTO iam_policy (policy_id, account_id, name, name_key, path, created_ms,"
                " updated_ms, default_version, last_version)"
                " VALUES ('P', 'aws', 'p', 'p', '/', 0, 0, 1, 1)"),
        IAM_DB_OK);
    assert_ok(migrate(db, iam_migrations, iam_migration_count, error));
    assert_int_equal(number_of(db, "SELECT entities FROM account_count WHERE account_id = '1'"
                                   " AND kind = 2"),
                     2);
    assert_int_equal(number_of(db, "SELECT entities FROM account_count WHERE account_id = 'aws'"
                                   " AND kind = 5"),
                     1);
    assert_int_equal(number_of(db, "SELECT COUNT(*) FROM account_count"), 2);
    iam_db_sqlite.close(db);
}

/* A store of version 4 with a user who has an inline policy. */
static void make_version_4(const char *path)
{
    struct iam_db *db = open_db(path);
    char error[IAM_STORE_ERROR_MAX];

    assert_ok(migrate(db, iam_migrations, 4, error));
    assert_int_equal(
        iam_db_sqlite.exec(
            db, "INSERT INTO account (account_id, name, created_ms) VALUES ('111122223333', '', 0);"
                "INSERT INTO iam_user (user_id, account_id, name, name_key, path, created_ms)"
                " VALUES ('AIDA1', '111122223333', 'Al', 'al', '/', 0);"
                "INSERT INTO inline_policy (entity_id, name_key, account_id, name, document)"
                " VALUES ('AIDA1', 'p', '111122223333', 'P', '{}')"),
        IAM_DB_OK);
    iam_db_sqlite.close(db);
}

static void rows_of_before_get_macs_once(void **state)
{
    const struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .is_sealed = true };
    struct iam_store *store = NULL;
    struct iam_inline_list list;
    struct iam_arena arena;
    struct iam_user al;
    char error[IAM_STORE_ERROR_MAX];
    char path[96];
    char dir[64];

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/store.db", dir);
    make_version_4(path);
    options.path = path;
    /* one that has had MACs is not given others, and one that is only read gets none */
    assert_int_equal(iam_store_open(&options, &store, error), IAM_CORRUPT);
    assert_non_null(strstr(error, "without MACs"));
    options.is_sealed = false;
    options.is_read_only = true;
    assert_int_equal(iam_store_open(&options, &store, error), IAM_UNSUPPORTED);
    options.is_read_only = false;
    assert_ok(iam_store_open(&options, &store, error));
    struct iam_txn *txn = begin(store, IAM_TXN_READ);
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_user_get(txn, &arena, ACCOUNT, IAM_STR("al"), &al));
    assert_ok(iam_store_inline_load(txn, &arena, &user, &list));
    assert_int_equal(list.count, 1);
    assert_ok(iam_store_parts_check(txn, &user, &list.sum));
    iam_txn_rollback(txn);
    iam_arena_done(&arena);
    iam_store_close(store);
    options.is_sealed = true;
    options.is_read_only = true;
    assert_ok(iam_store_open(&options, &store, error));
    iam_store_close(store);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(migrates_from_every_version),
        cmocka_unit_test(entities_are_counted_by_the_migration),
        cmocka_unit_test(refuses_a_newer_schema),
        cmocka_unit_test(a_failed_migration_leaves_nothing),
        cmocka_unit_test_setup_teardown(a_store_of_the_future_does_not_open, fixture_file,
                                        fixture_end),
        cmocka_unit_test(a_file_that_is_no_database_does_not_open),
        cmocka_unit_test(the_numbers_have_no_gaps),
        cmocka_unit_test(rows_of_before_get_macs_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
