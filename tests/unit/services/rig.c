/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of this directory share. */
#include "rig.h"

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "store/account.h"
#include "store/role.h"
#include "store/user.h"

static void add_account(struct rig *r, struct iam_str id)
{
    struct iam_account account = { .id = id, .name = IAM_STR("one"), .created_ms = 1 };
    assert_ok(iam_store_account_add(r->call.txn, &account));
}

int rig_setup(void **state)
{
    static struct rig storage;
    struct rig *r = &storage;
    const struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = ":memory:", .wait_ms = 200
    };
    const struct iam_keeper_config config = { .alloc = iam_heap() };
    char error[IAM_STORE_ERROR_MAX];

    *r = (struct rig){
        .caller = {.kind = IAM_KIND_ACCOUNT, .account = ACCOUNT}
    };
    iam_arena_init(&r->arena, iam_heap(), (size_t)16 << 20);
    assert_ok(iam_store_open(&options, &r->store, error));
    assert_ok(iam_keeper_new(&config, &r->keeper, error, sizeof(error)));
    r->env.store = r->store;
    iam_quotas_default(&r->quotas);
    r->env.quotas = &r->quotas;
    r->env.keeper = r->keeper;
    static const struct api_op op = { .name = IAM_STR_INIT("ListSomething") };
    r->call = (struct iam_call){ .op = &op,
                                 .env = &r->env,
                                 .arena = &r->arena,
                                 .caller = &r->caller,
                                 .now_ms = INT64_C(1700000000123),
                                 .high_ms = INT64_C(1700000000123) };
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &r->call.txn));
    add_account(r, ACCOUNT);
    add_account(r, OTHER_ACCOUNT);
    *state = r;
    return 0;
}

int rig_teardown(void **state)
{
    struct rig *r = *state;
    iam_txn_rollback(r->call.txn);
    iam_arena_done(&r->arena);
    iam_keeper_free(r->keeper);
    iam_store_close(r->store);
    return 0;
}

void rig_add_user(struct rig *r, struct iam_str account, const char *id, const char *path,
                  const char *name)
{
    struct iam_user user = { .id = iam_str_c(id),
                             .account = account,
                             .path = iam_str_c(path),
                             .name = iam_str_c(name),
                             .created_ms = 1 };
    assert_ok(iam_store_user_add(r->call.txn, &user));
}

void rig_add_role(struct rig *r, struct iam_str account, const char *id, const char *path,
                  const char *name)
{
    struct iam_role role = { .id = iam_str_c(id),
                             .account = account,
                             .path = iam_str_c(path),
                             .name = iam_str_c(name),
                             .created_ms = 1,
                             .trust_document = IAM_STR("{}"),
                             .max_session_seconds = 3600 };
    assert_ok(iam_store_role_add(r->call.txn, &role, NULL, 0));
}

void rig_assert_fault(struct rig *r, enum iam_status st, enum api_error error, const char *message)
{
    assert_int_equal(st, IAM_FAULT);
    assert_true(api_fault_is_set(&r->call.fault));
    assert_int_equal(r->call.fault.error, error);
    assert_same_str(r->call.fault.message, iam_str_c(message));
    r->call.fault = (struct api_fault){ 0 };
}
