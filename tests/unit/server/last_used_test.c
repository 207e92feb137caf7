/* SPDX-License-Identifier: Apache-2.0 */
#include "server/last_used.h"

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "lib/test.h"
#include "store/access_key.h"
#include "store/account.h"

#define ACCOUNT IAM_STR("111122223333")
#define KEY IAM_STR("AKIAEXAMPLEEXAMPLE00")

static struct iam_store *store;
static struct iam_arena arena;

static int open_store(void **state)
{
    struct iam_store_options options = { .sealer = TEST_ROW_SEALER, .path = ":memory:" };
    char error[IAM_STORE_ERROR_MAX];
    struct iam_txn *txn;
    struct iam_account account = { .id = ACCOUNT, .name = IAM_STR(""), .created_ms = 1000 };
    struct iam_access_key key = { .id = KEY,
                                  .account = ACCOUNT,
                                  .owner_id = ACCOUNT,
                                  .is_active = true,
                                  .created_ms = 1000,
                                  .sealed_secret = IAM_STR("sealed") };
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_store_open(&options, &store, error));
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_store_access_key_add(txn, &key));
    assert_ok(iam_txn_commit(txn));
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    iam_store_close(store);
    iam_arena_done(&arena);
    return 0;
}

static struct iam_access_key stored_key(void)
{
    struct iam_access_key key = { 0 };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_key_get(txn, &arena, KEY, &key));
    iam_txn_rollback(txn);
    return key;
}

static void the_newest_use_is_written(void **state)
{
    struct last_used *l = NULL;
    struct iam_identity caller = {
        .kind = IAM_KIND_ACCOUNT, .account = ACCOUNT, .principal_id = ACCOUNT, .access_key_id = KEY
    };
    (void)state;
    assert_ok(last_used_new(7, &l));
    last_used_note(l, &caller, IAM_STR("iam"), IAM_STR("us-east-1"), 5000);
    last_used_note(l, &caller, IAM_STR("sts"), IAM_STR("eu-west-1"), 6000);
    assert_int_equal(stored_key().last_used_ms, 0);
    assert_ok(last_used_flush(l, store));
    struct iam_access_key key = stored_key();
    assert_int_equal(key.last_used_ms, 6000);
    assert_str(key.last_used_region, "eu-west-1");
    assert_str(key.last_used_service, "sts");
    last_used_free(l);
}

static void a_key_that_is_gone_is_no_failure(void **state)
{
    struct last_used *l = NULL;
    struct iam_identity caller = { .kind = IAM_KIND_USER,
                                   .account = ACCOUNT,
                                   .principal_id = IAM_STR("AIDAGONE"),
                                   .access_key_id = IAM_STR("AKIAGONE") };
    (void)state;
    assert_ok(last_used_new(7, &l));
    last_used_note(l, &caller, IAM_STR("iam"), IAM_STR("us-east-1"), 5000);
    assert_ok(last_used_flush(l, store));
    assert_ok(last_used_flush(l, store)); /* nothing is left to write */
    last_used_free(l);
}

/*
 * The key of a session is in no table; for the session of a role, the use of the role is written.
 */
static void a_session_of_a_user_is_not_noted(void **state)
{
    struct last_used *l = NULL;
    const struct iam_session session = { .kind = IAM_KIND_USER_SESSION };
    struct iam_identity caller = { .kind = IAM_KIND_ACCOUNT,
                                   .account = ACCOUNT,
                                   .principal_id = ACCOUNT,
                                   .access_key_id = KEY,
                                   .session = &session };
    (void)state;
    assert_ok(last_used_new(7, &l));
    last_used_note(l, &caller, IAM_STR("iam"), IAM_STR("us-east-1"), 5000);
    assert_ok(last_used_flush(l, store));
    assert_int_equal(stored_key().last_used_ms, 0);
    last_used_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_newest_use_is_written, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_session_of_a_user_is_not_noted, open_store, close_store),
        cmocka_unit_test_setup_teardown(a_key_that_is_gone_is_no_failure, open_store, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
