/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite refuses: a lock that another process holds, and what there is no memory for. */
#include <sqlite3.h>

#include "lib/row_sealer.h"
#include "store/txn_int.h"
#include "support.h"

/* ---- memory ---- */

static sqlite3_mem_methods below;
static bool is_used_up;

static void *take(int bytes)
{
    return is_used_up ? NULL : below.xMalloc(bytes);
}

static void *take_more(void *p, int bytes)
{
    return is_used_up ? NULL : below.xRealloc(p, bytes);
}

/* Lets memory be used up; before SQLite is used. */
static int put_between(void **state)
{
    (void)state;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &below), SQLITE_OK);
    sqlite3_mem_methods methods = below;
    methods.xMalloc = take;
    methods.xRealloc = take_more;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
    return 0;
}

static void without_memory_nothing_is_written(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA1", "a");
    int64_t users;

    is_used_up = true;
    enum iam_status st = iam_store_user_add(f->txn, &user);
    is_used_up = false;
    assert_int_equal(st, IAM_NOMEM);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    assert_ok(iam_store_user_count(f->txn, ACCOUNT, &users));
    assert_int_equal(users, 0);
    add_user(f, "AIDA1", "a");
}

/* ---- statements ---- */

/* The tables say what they are, whatever a statement says. */
static void the_schema_cannot_be_written(void **state)
{
    struct fixture *f = *state;

    (void)f->txn->driver->exec(f->txn->db, "PRAGMA writable_schema=ON");
    assert_int_not_equal(f->txn->driver->exec(f->txn->db, "UPDATE sqlite_schema SET sql = sql"),
                         IAM_DB_OK);
}

/* ---- locks ---- */

static void a_lock_of_another_process_is_waited_for(void **state)
{
    struct fixture *f = *state;
    const struct iam_store_options options = { .sealer = TEST_ROW_SEALER,
                                               .path = f->path,
                                               .wait_ms = 50 };
    struct iam_store *store;
    struct iam_txn *txn = NULL;
    char error[IAM_STORE_ERROR_MAX];
    sqlite3 *other;

    assert_ok(iam_store_open(&options, &store, error));
    next_txn(f);
    iam_txn_rollback(f->txn);
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(iam_store_begin(store, IAM_TXN_WRITE, &txn), IAM_IO);
    txn = begin(store, IAM_TXN_READ);
    iam_txn_rollback(txn);
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    txn = begin(store, IAM_TXN_WRITE);
    iam_txn_rollback(txn);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    iam_store_close(store);
    f->txn = begin(f->store, IAM_TXN_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(without_memory_nothing_is_written),
        STORE_TEST(the_schema_cannot_be_written),
        cmocka_unit_test_setup_teardown(a_lock_of_another_process_is_waited_for, fixture_file,
                                        fixture_end),
    };

    return cmocka_run_group_tests(tests, put_between, NULL);
}
