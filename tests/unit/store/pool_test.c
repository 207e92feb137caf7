/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions and the pool: isolation, waiting, ends; how the database is configured. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/row_sealer.h"
#include "store/txn_int.h"
#include "support.h"

static int64_t count_users(struct iam_txn *txn)
{
    int64_t users;

    assert_ok(iam_store_user_count(txn, ACCOUNT, &users));
    return users;
}

static void a_rollback_leaves_nothing(void **state)
{
    struct fixture *f = *state;

    add_user(f, "AIDA1", "a");
    assert_int_equal(count_users(f->txn), 1);
    abandon_txn(f);
    assert_int_equal(count_users(f->txn), 0);
    add_user(f, "AIDA1", "a");
    next_txn(f);
    assert_int_equal(count_users(f->txn), 1);
}

static void a_reader_sees_one_state(void **state)
{
    struct fixture *f = *state;
    struct iam_txn *reader;

    add_user(f, "AIDA1", "a");
    reader = begin(f->store, IAM_TXN_READ);
    assert_int_equal(count_users(reader), 0);
    next_txn(f);
    assert_int_equal(count_users(reader), 0);
    assert_ok(iam_txn_commit(reader));
    reader = begin(f->store, IAM_TXN_READ);
    assert_int_equal(count_users(reader), 1);
    iam_txn_rollback(reader);
}

static struct iam_store *open_with(const char *path, unsigned connections, unsigned wait_ms)
{
    struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = path, .max_connections = connections, .wait_ms = wait_ms
    };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX];

    assert_ok(iam_store_open(&options, &store, error));
    return store;
}

static void expect_no_begin(struct iam_store *store, enum iam_txn_mode mode)
{
    struct iam_txn *txn = NULL;
    char text[IAM_STORE_ERROR_MAX] = "";

    assert_int_equal(iam_store_begin(store, mode, &txn), IAM_IO);
    assert_null(txn);
    iam_store_error_text(store, text);
    assert_true(text[0] != '\0');
}

static void waits_only_so_long(void **state)
{
    struct fixture *f = *state;
    struct iam_store *store = open_with(f->path, 2, 20);
    struct iam_txn *first;
    struct iam_txn *second;

    iam_txn_rollback(f->txn);
    f->txn = NULL;
    first = begin(store, IAM_TXN_WRITE);
    expect_no_begin(store, IAM_TXN_WRITE);
    second = begin(store, IAM_TXN_READ);
    expect_no_begin(store, IAM_TXN_READ);
    iam_txn_rollback(second);
    assert_ok(iam_txn_commit(first));
    first = begin(store, IAM_TXN_WRITE);
    iam_txn_rollback(first);
    iam_store_close(store);
}

/* Two stores on one file behave like two processes. */
static void another_process_holds_the_lock(void **state)
{
    struct fixture *f = *state;
    struct iam_store *store = open_with(f->path, 2, 20);
    struct iam_txn *reader;

    next_txn(f);
    expect_no_begin(store, IAM_TXN_WRITE);
    reader = begin(store, IAM_TXN_READ);
    assert_int_equal(count_users(reader), 0);
    iam_txn_rollback(reader);
    iam_txn_rollback(f->txn);
    f->txn = begin(store, IAM_TXN_WRITE);
    iam_txn_rollback(f->txn);
    f->txn = NULL;
    iam_store_close(store);
}

static void memory_has_one_connection(void **state)
{
    struct iam_store *store = open_with(":memory:", 8, 20);
    struct iam_txn *txn = begin(store, IAM_TXN_READ);

    (void)state;
    expect_no_begin(store, IAM_TXN_READ);
    iam_txn_rollback(txn);
    iam_store_close(store);
}

static void refuses_senseless_options(void **state)
{
    static const struct iam_store_options BAD[] = {
        {.sealer = TEST_ROW_SEALER,  .path = NULL      },
        { .sealer = TEST_ROW_SEALER, .path = ""        },
        { .sealer = TEST_ROW_SEALER, .path = ":memory:", .max_connections = 193 },
        { .sealer = TEST_ROW_SEALER,                         .path = ":memory:",                  .wait_ms = 0xFFFFFFFF },
        { .sealer = { .make = test_row_mac },     .path = ":memory:"    },
        { .sealer = { .check = test_check_row_mac },    .path = ":memory:"                 },
    };
    struct iam_store *store = NULL;
    char error[IAM_STORE_ERROR_MAX];

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(iam_store_open(&BAD[i], &store, error), IAM_RANGE);
        assert_null(store);
    }
    iam_store_close(NULL);
    iam_txn_rollback(NULL);
}

static void expect_setting(struct iam_txn *txn, const char *sql, const char *want)
{
    struct iam_db_stmt *stmt = NULL;
    bool has_row = false;

    assert_int_equal(txn->driver->prepare(txn->db, sql, &stmt), IAM_DB_OK);
    assert_int_equal(txn->driver->step(stmt, &has_row), IAM_DB_OK);
    assert_true(has_row);
    assert_str(txn->driver->column_text(stmt, 0), want);
    txn->driver->finish(stmt);
}

static void expect_settings(struct iam_txn *txn)
{
    expect_setting(txn, "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous", "2");
    expect_setting(txn, "SELECT journal_mode FROM pragma_journal_mode", "wal");
    expect_setting(txn, "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys", "1");
    expect_setting(txn, "SELECT CAST(secure_delete AS TEXT) FROM pragma_secure_delete", "1");
    expect_setting(txn, "SELECT CAST(cell_size_check AS TEXT) FROM pragma_cell_size_check", "1");
    expect_setting(txn, "SELECT CAST(trusted_schema AS TEXT) FROM pragma_trusted_schema", "0");
}

static void a_commit_is_on_the_disk(void **state)
{
    struct fixture *f = *state;

    expect_settings(f->txn);
}

static void only_the_owner_reads_the_file(void **state)
{
    static const char *const SUFFIXES[] = { "", "-wal", "-shm" };
    struct fixture *f = *state;

    for (size_t i = 0; i < IAM_COUNT(SUFFIXES); i++) {
        char path[128];
        struct stat st;

        snprintf(path, sizeof(path), "%s%s", f->path, SUFFIXES[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

/* Asks in another process whether anybody has the lock with which SQLite says that it reads. */
static bool is_locked_for_others(const char *path)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0) {
        struct flock lock = { .l_type = F_WRLCK, .l_start = 0x40000002, .l_len = 510 };
        int fd = open(path, O_RDWR);

        _exit(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 1 : 0);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/*
 * Without the lock, the last other process that closes the database believes itself alone, and
 * deletes the log with what was committed. Closing any descriptor of the file would drop it.
 */
static void another_connection_keeps_the_lock(void **state)
{
    struct fixture *f = *state;
    struct iam_txn *reader = NULL;

    add_user(f, "AIDA1", "a");
    assert_true(is_locked_for_others(f->path));
    assert_ok(iam_store_begin(f->store, IAM_TXN_READ, &reader)); /* opens a second connection */
    assert_true(is_locked_for_others(f->path));
    iam_txn_rollback(reader);
    assert_true(is_locked_for_others(f->path));
}

static void survives_a_restart(void **state)
{
    struct fixture *f = *state;
    struct iam_user user;

    add_user(f, "AIDA1", "ann");
    assert_ok(iam_txn_commit(f->txn));
    iam_store_close(f->store);
    f->store = open_store(f->path, 0);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    assert_ok(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user));
}

/* With every connection open, reading and writing need no further descriptor. */
static void all_can_be_opened_at_once(void **state)
{
    enum { COUNT = 4 };
    struct fixture *f = *state;
    struct iam_store *store = open_with(f->path, COUNT, 20);
    struct iam_txn *txns[COUNT];
    struct iam_user user = user_named("AIDA1", "a");
    char error[IAM_STORE_ERROR_MAX];
    struct rlimit old;

    next_txn(f);
    iam_txn_rollback(f->txn);
    f->txn = NULL;
    assert_ok(iam_store_open_all(store, error));
    assert_ok(iam_store_open_all(store, error));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 3, old.rlim_max }), 0);
    for (size_t i = 0; i < COUNT; i++) {
        txns[i] = begin(store, i == COUNT - 1 ? IAM_TXN_WRITE : IAM_TXN_READ);
        expect_settings(txns[i]);
        assert_int_equal(count_users(txns[i]), 0);
    }
    assert_ok(iam_store_user_add(txns[COUNT - 1], &user));
    for (size_t i = 0; i < COUNT; i++) {
        assert_ok(iam_txn_commit(txns[i]));
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    iam_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_rollback_leaves_nothing),
        cmocka_unit_test_setup_teardown(a_reader_sees_one_state, fixture_file, fixture_end),
        cmocka_unit_test_setup_teardown(waits_only_so_long, fixture_file, fixture_end),
        cmocka_unit_test_setup_teardown(another_process_holds_the_lock, fixture_file, fixture_end),
        cmocka_unit_test_setup_teardown(all_can_be_opened_at_once, fixture_file, fixture_end),
        cmocka_unit_test(memory_has_one_connection),
        cmocka_unit_test(refuses_senseless_options),
        cmocka_unit_test_setup_teardown(a_commit_is_on_the_disk, fixture_file, fixture_end),
        cmocka_unit_test_setup_teardown(only_the_owner_reads_the_file, fixture_file, fixture_end),
        cmocka_unit_test_setup_teardown(another_connection_keeps_the_lock, fixture_file,
                                        fixture_end),
        cmocka_unit_test_setup_teardown(survives_a_restart, fixture_file, fixture_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
