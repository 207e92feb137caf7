/* SPDX-License-Identifier: Apache-2.0 */
#include "server/bootstrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "lib/test.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/key_ring.h"

#define NOW_MS INT64_C(1700000000123)
#define GIVEN_ID "AKIAEXAMPLEEXAMPLE00"
#define GIVEN_SECRET "only-a-test-0123456789-0123456789"

static struct iam_store *store;
static struct iam_keeper *keeper;
static char dir[64];
static char credentials[128];

static struct iam_keeper *new_keeper(void)
{
    struct iam_keeper_config config = { .alloc = iam_heap() };
    struct iam_keeper *k = NULL;
    char error[256];
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

static int open_all(void **state)
{
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = ":memory:" };
    char error[IAM_STORE_ERROR_MAX];
    (void)state;
    (void)snprintf(dir, sizeof(dir), "/tmp/iamd-bootstrap-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(credentials, sizeof(credentials), "%s/root-credentials", dir);
    assert_ok(iam_store_open(&options, &store, error));
    keeper = new_keeper();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    iam_store_close(store);
    iam_keeper_free(keeper);
    (void)unlink(credentials);
    (void)rmdir(dir);
    return 0;
}

static enum iam_status start(const struct server_config *config)
{
    char error[BOOTSTRAP_ERROR_MAX] = "";
    enum iam_status st = bootstrap(config, store, keeper, NOW_MS, error);
    assert_null(strstr(error, GIVEN_SECRET));
    if (st != IAM_OK) {
        assert_true(error[0] != '\0');
    }
    return st;
}

static void a_given_key_becomes_the_root_key(void **state)
{
    struct server_config config = { .data_dir = dir,
                                    .account_id = "111122223333",
                                    .root_access_key_id = GIVEN_ID,
                                    .root_secret_access_key = GIVEN_SECRET };
    struct iam_arena arena;
    struct iam_txn *txn;
    struct iam_access_key key = { 0 };
    (void)state;
    assert_ok(start(&config));
    /* A key from the environment is not written to a file. */
    assert_int_not_equal(access(credentials, F_OK), 0);
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_key_get(txn, &arena, IAM_STR(GIVEN_ID), &key));
    iam_txn_rollback(txn);
    assert_str(key.account, "111122223333");
    assert_str(key.owner_id, "111122223333");
    assert_ok(iam_keeper_check_secret(keeper, key.id, key.sealed_secret));
    iam_arena_done(&arena);
    /* Another start changes nothing. */
    assert_ok(start(&config));
}

static void a_made_key_is_written_for_its_owner_only(void **state)
{
    struct server_config config = { .data_dir = dir };
    struct stat st;
    char text[256] = "";
    (void)state;
    assert_ok(start(&config));
    assert_int_equal(stat(credentials, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    FILE *f = fopen(credentials, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
    (void)fclose(f);
    assert_non_null(strstr(text, "access_key_id=AKIA"));
    assert_non_null(strstr(text, "\nsecret_access_key="));
}

static void keys_that_are_too_weak_are_refused(void **state)
{
    static const struct {
        const char *id;
        const char *secret;
    } rows[] = {
        {"SHORT",                 GIVEN_SECRET},
        { "AKIA-EXAMPLE-EXAMPLE", GIVEN_SECRET},
        { "ASIAEXAMPLEEXAMPLE00", GIVEN_SECRET},
        { GIVEN_ID,               "short"     },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct server_config config = { .data_dir = dir,
                                        .root_access_key_id = rows[i].id,
                                        .root_secret_access_key = rows[i].secret };
        assert_int_equal(start(&config), IAM_RANGE);
    }
}

static void another_account_id_is_refused(void **state)
{
    struct server_config config = { .data_dir = dir,
                                    .account_id = "111122223333",
                                    .root_access_key_id = GIVEN_ID,
                                    .root_secret_access_key = GIVEN_SECRET };
    (void)state;
    assert_ok(start(&config));
    config.account_id = "444455556666";
    assert_int_equal(start(&config), IAM_NOT_FOUND);
}

/* When a part of it cannot be written, none is, and the next start makes all. */
static void a_first_start_that_fails_leaves_nothing(void **state)
{
    struct server_config config = { .data_dir = dir };
    struct iam_txn *txn;
    int64_t accounts = 1;
    (void)state;
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_generation_add(txn, 1, NOW_MS)); /* of which there is to be one */
    assert_ok(iam_txn_commit(txn));
    assert_int_equal(start(&config), IAM_EXISTS);
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_count(txn, &accounts));
    assert_int_equal(accounts, 0);
    assert_ok(iam_store_generation_delete(txn, 1));
    assert_ok(iam_txn_commit(txn));
    assert_ok(start(&config));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_given_key_becomes_the_root_key, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_made_key_is_written_for_its_owner_only, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(keys_that_are_too_weak_are_refused, open_all, close_all),
        cmocka_unit_test_setup_teardown(another_account_id_is_refused, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_first_start_that_fails_leaves_nothing, open_all,
                                        close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
