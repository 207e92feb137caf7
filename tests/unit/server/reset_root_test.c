/* SPDX-License-Identifier: Apache-2.0 */
/* reset-root when the store does not take the key; all else is tested end to end (way_back.py). */
#include <stdio.h>

#include "../store/breaking.h"
#include "server/commands.h"
#include "store/access_key.h"
#include "way_rig.h"

static struct way *const w = &way_fixture.way;

/* Has every commit fail that adds an access key, or no longer. */
static void break_commits(bool is_broken)
{
    struct iam_txn *txn;
    assert_ok(iam_store_begin(w->store, IAM_TXN_WRITE, &txn));
    run_sql(txn, is_broken ? "CREATE TABLE trap (id TEXT REFERENCES account (account_id)"
                             " DEFERRABLE INITIALLY DEFERRED);"
                             "CREATE TRIGGER breaks AFTER INSERT ON access_key"
                             " BEGIN INSERT INTO trap VALUES ('no'); END"
                           : "DROP TRIGGER breaks; DROP TABLE trap");
    assert_ok(iam_txn_commit(txn));
}

/* Copies the ID of the only root key. */
static void root_key_id(char ret[64])
{
    struct iam_access_key_list keys = { 0 };
    struct iam_txn *txn;
    struct iam_arena *arena = &way_fixture.arena;
    assert_ok(iam_store_begin(w->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_key_list(txn, arena, IAM_STR(WAY_ACCOUNT), IAM_STR(WAY_ACCOUNT),
                                        NULL, &keys));
    iam_txn_rollback(txn);
    assert_int_equal(keys.count, 1);
    (void)snprintf(ret, 64, "%.*s", IAM_STR_ARG(keys.items[0].id));
}

static int reset(void)
{
    const struct server_config config = { .data_dir = w->path };
    way_close(w);
    int code = command_reset_root(&config);
    assert_ok(way_open(w));
    return code;
}

/* A key that is not in the store is not said to be in force, and the one of before is. */
static void a_commit_that_fails_is_told(void **state)
{
    char before[64];
    char after[64];
    (void)state;
    root_key_id(before);
    break_commits(true);
    assert_int_equal(reset(), 1);
    root_key_id(after);
    assert_string_equal(before, after);
    break_commits(false);
    assert_int_equal(reset(), 0);
    root_key_id(after);
    assert_string_not_equal(before, after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_that_fails_is_told, way_setup, way_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
