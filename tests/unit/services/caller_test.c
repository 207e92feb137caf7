/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The caller of a queued write is looked up again when it is its turn: what was revoked meanwhile
 * is gone, and what cannot be looked up counts as neither there nor gone.
 */
#include "dispatch/caller.h"
#include "dispatch/serve.h"

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "lib/test.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/role.h"
#include "store/user.h"

#define ACCOUNT IAM_STR("111122223333")
#define ALICE IAM_STR("AIDA2222222222222ALIC")
#define ROLE IAM_STR("AROA22222222222222ROL")
#define KEY IAM_STR("AKIA2222222222222KEY")
#define NOW_MS 1000000

struct rig {
    struct iam_store *store;
    struct iam_arena arena;
    struct api_env env;
    struct iam_session session;
    struct api_request request;
    struct iam_txn *txn; /* of the one that revokes something meanwhile */
};

static int64_t now_ms(void)
{
    return NOW_MS;
}

static const struct api_rule RULE = { .access = API_ACCESS_POLICY, .txn = API_TXN_WRITE };
static const struct api_op OP = { .rule = &RULE };
static const struct api_service SERVICE = { .protocol = API_PROTOCOL_QUERY };

static void add_everybody(struct rig *r)
{
    const struct iam_account account = { .id = ACCOUNT, .name = IAM_STR("one"), .created_ms = 1 };
    const struct iam_user user = { .id = ALICE,
                                   .account = ACCOUNT,
                                   .name = IAM_STR("alice"),
                                   .path = IAM_STR("/"),
                                   .created_ms = 1 };
    const struct iam_role role = { .id = ROLE,
                                   .account = ACCOUNT,
                                   .name = IAM_STR("deploy"),
                                   .path = IAM_STR("/"),
                                   .created_ms = 1,
                                   .trust_document = IAM_STR("{}"),
                                   .max_session_seconds = 3600 };
    const struct iam_access_key key = { .id = KEY,
                                        .account = ACCOUNT,
                                        .owner_id = ALICE,
                                        .is_active = true,
                                        .created_ms = 1,
                                        .sealed_secret = IAM_STR("sealed") };
    struct iam_txn *txn;

    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_store_user_add(txn, &user));
    assert_ok(iam_store_role_add(txn, &role, NULL, 0));
    assert_ok(iam_store_access_key_add(txn, &key));
    assert_ok(iam_txn_commit(txn));
}

static int setup(void **state)
{
    static struct rig storage;
    struct rig *r = &storage;
    const struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = ":memory:", .wait_ms = 100
    };
    char error[IAM_STORE_ERROR_MAX];

    *r = (struct rig){ .env.now_ms = now_ms, .env.high_ms = now_ms };
    iam_arena_init(&r->arena, iam_heap(), (size_t)1 << 20);
    assert_ok(iam_store_open(&options, &r->store, error));
    add_everybody(r);
    const struct iam_directory_options directory = { .alloc = iam_heap(),
                                                     .store = r->store,
                                                     .seed = 1 };
    assert_ok(iam_directory_new(&directory, &r->env.directory));
    r->env.store = r->store;
    r->request = (struct api_request){ .service = &SERVICE };
    r->request.call = (struct iam_call){ .env = &r->env, .arena = &r->arena, .op = &OP };
    r->request.identity = (struct iam_identity){
        .kind = IAM_KIND_USER, .account = ACCOUNT, .principal_id = ALICE, .access_key_id = KEY
    };
    r->request.call.caller = &r->request.identity;
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    api_request_close(&r->request);
    iam_directory_free(r->env.directory);
    iam_store_close(r->store);
    iam_arena_done(&r->arena);
    return 0;
}

static void begin(struct rig *r)
{
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &r->txn));
}

static void commit(struct rig *r)
{
    assert_ok(iam_txn_commit(r->txn));
    assert_ok(iam_directory_refresh(r->env.directory));
}

static void assert_fault(struct rig *r, enum api_error error)
{
    assert_int_equal(api_caller_renew(&r->request), IAM_FAULT);
    assert_true(api_fault_is_set(&r->request.call.fault));
    assert_int_equal(r->request.call.fault.error, error);
}

static void test_cold_caller(void **state)
{
    struct rig *r = *state;

    assert_ok(api_caller_renew(&r->request));
    assert_same_str(r->request.call.subject.view->id, ALICE);
}

static void test_key_is_gone(void **state)
{
    struct rig *r = *state;

    begin(r);
    assert_ok(iam_store_access_key_delete(r->txn, ACCOUNT, ALICE, KEY));
    commit(r);
    assert_fault(r, API_ERR_INVALID_CLIENT_TOKEN_ID);
}

static void test_key_is_inactive(void **state)
{
    struct rig *r = *state;

    begin(r);
    assert_ok(iam_store_access_key_set_active(r->txn, ACCOUNT, ALICE, KEY, false));
    commit(r);
    assert_fault(r, API_ERR_INVALID_CLIENT_TOKEN_ID);
}

static void test_key_is_of_another(void **state)
{
    struct rig *r = *state;

    r->request.identity.principal_id = ROLE;
    assert_fault(r, API_ERR_INVALID_CLIENT_TOKEN_ID);
}

static void use_session(struct rig *r)
{
    r->session = (struct iam_session){ .account = ACCOUNT,
                                       .kind = IAM_KIND_ROLE_SESSION,
                                       .issuer_id = ROLE,
                                       .role_name = IAM_STR("deploy"),
                                       .session_name = IAM_STR("s"),
                                       .expires_ms = NOW_MS + 1 };
    r->request.identity = (struct iam_identity){ .kind = IAM_KIND_ROLE_SESSION,
                                                 .account = ACCOUNT,
                                                 .principal_id = ROLE,
                                                 .session = &r->session };
}

static void test_session(void **state)
{
    struct rig *r = *state;

    use_session(r);
    assert_ok(api_caller_renew(&r->request));
    r->session.expires_ms = NOW_MS;
    assert_fault(r, API_ERR_EXPIRED_TOKEN);
}

static void test_role_is_gone(void **state)
{
    struct rig *r = *state;

    use_session(r);
    begin(r);
    assert_ok(iam_store_role_delete(r->txn, ACCOUNT, ROLE));
    commit(r);
    assert_fault(r, API_ERR_INVALID_CLIENT_TOKEN_ID);
}

/* A session names a role, never another entity of its account. */
static void test_session_of_no_role(void **state)
{
    struct rig *r = *state;

    use_session(r);
    r->request.identity.principal_id = ALICE;
    assert_fault(r, API_ERR_INVALID_CLIENT_TOKEN_ID);
    use_session(r);
    r->request.identity.account = IAM_STR("444455556666");
    assert_fault(r, API_ERR_INVALID_CLIENT_TOKEN_ID);
}

/* Another transaction holds the only connection. */
static void test_store_is_away(void **state)
{
    struct rig *r = *state;
    struct iam_txn *other;

    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &other));
    assert_fault(r, API_ERR_SERVICE_UNAVAILABLE);
    use_session(r);
    r->request.call.fault = (struct api_fault){ 0 };
    assert_fault(r, API_ERR_SERVICE_UNAVAILABLE);
    iam_txn_rollback(other);
    assert_ok(api_caller_renew(&r->request));
}

/*
 * A managed policy of a session that cannot be looked up gives the session neither more permissions
 * nor fewer.
 */
static void test_session_policy_is_away(void **state)
{
    static const struct iam_str arns[] = { IAM_STR_INIT("arn:aws:iam::111122223333:policy/p") };
    static const struct iam_str ids[] = { IAM_STR_INIT("ANPAIOSFODNN7EXAMPLE1") };
    static const struct iam_session_layer layer = { .policy_arns = arns,
                                                    .policy_ids = ids,
                                                    .policy_arn_count = 1 };
    struct rig *r = *state;
    struct iam_txn *other;

    use_session(r);
    assert_ok(api_caller_renew(&r->request));
    assert_int_equal(r->request.call.subject.layer_count, 0);
    r->session.layers = &layer;
    r->session.layer_count = 1;
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &other));
    assert_fault(r, API_ERR_SERVICE_UNAVAILABLE);
    iam_txn_rollback(other);
    /* The policy does not exist: the layer is there, and empty. */
    assert_ok(api_caller_renew(&r->request));
    assert_int_equal(r->request.call.subject.layer_count, 1);
    assert_int_equal(iam_policy_set_count(r->request.call.subject.layers[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cold_caller, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_is_inactive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_is_of_another, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session, setup, teardown),
        cmocka_unit_test_setup_teardown(test_role_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_of_no_role, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_is_away, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_policy_is_away, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
