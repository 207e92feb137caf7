/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and roles as authentication finds them: existing, missing, or unknown at the moment. */
#include "server/sources.h"

#include "base/heap.h"
#include "lib/row_sealer.h"
#include "lib/test.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/oidc_provider.h"
#include "store/role.h"
#include "store/user.h"

#define ACCOUNT IAM_STR("111122223333")
#define ROLE IAM_STR("AROA22222222222222ROL")
#define KEY IAM_STR("AKIA2222222222222KEY")
#define USER_KEY IAM_STR("AKIA22222222222USERK")
#define USER IAM_STR("AIDA22222222222222USE")
#define PROVIDER IAM_STR("OIDC22222222222222PRO")

struct rig {
    struct iam_store *store;
    struct iam_directory *directory;
    struct iam_authn authn;
    struct iam_arena arena;
};

static int setup(void **state)
{
    static struct rig storage;
    struct rig *r = &storage;
    const struct iam_store_options options = {
        .sealer = TEST_ROW_SEALER, .path = ":memory:", .wait_ms = 100
    };
    const struct iam_role role = { .id = ROLE,
                                   .account = ACCOUNT,
                                   .name = IAM_STR("deploy"),
                                   .path = IAM_STR("/"),
                                   .created_ms = 1,
                                   .trust_document = IAM_STR("{}"),
                                   .max_session_seconds = 3600 };
    const struct iam_access_key key = { .id = KEY,
                                        .account = ACCOUNT,
                                        .owner_id = ACCOUNT,
                                        .is_active = true,
                                        .created_ms = 1,
                                        .sealed_secret = IAM_STR("sealed") };
    char error[IAM_STORE_ERROR_MAX];
    struct iam_txn *txn;

    iam_arena_init(&r->arena, iam_heap(), (size_t)1 << 20);
    assert_ok(iam_store_open(&options, &r->store, error));
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_add(txn, &(struct iam_account){ ACCOUNT, IAM_STR("one"), 1 }));
    assert_ok(iam_store_role_add(txn, &role, NULL, 0));
    assert_ok(iam_store_access_key_add(txn, &key));
    assert_ok(iam_txn_commit(txn));
    const struct iam_directory_options directory = { .alloc = iam_heap(),
                                                     .store = r->store,
                                                     .seed = 1 };
    assert_ok(iam_directory_new(&directory, &r->directory));
    r->authn = sources_authn(NULL, r->directory);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;

    iam_directory_free(r->directory);
    iam_store_close(r->store);
    iam_arena_done(&r->arena);
    return 0;
}

static enum iam_status find_key(struct rig *r, struct iam_str id, struct iam_key_record *ret)
{
    return r->authn.keys.find(r->authn.keys.ctx, id, &r->arena, ret);
}

static enum iam_status find_session(struct rig *r, const struct iam_session *session)
{
    return r->authn.origins.find(r->authn.origins.ctx, session, &r->arena);
}

static enum iam_status find_issuer(struct rig *r, struct iam_str account, struct iam_str id)
{
    const struct iam_session session = { .account = account, .issuer_id = id };

    return find_session(r, &session);
}

static void test_found(void **state)
{
    struct rig *r = *state;
    struct iam_key_record record;

    assert_ok(find_key(r, KEY, &record));
    assert_int_equal(record.kind, IAM_KIND_ACCOUNT);
    assert_same_str(record.principal_id, ACCOUNT);
    assert_true(record.is_active);
    assert_int_equal(find_key(r, IAM_STR("AKIA22222222222OTHER"), &record), IAM_NOT_FOUND);
    assert_ok(find_issuer(r, ACCOUNT, ROLE));
    assert_int_equal(find_issuer(r, IAM_STR("444455556666"), ROLE), IAM_NOT_FOUND);
    assert_int_equal(find_issuer(r, ACCOUNT, IAM_STR("AROA22222222222222NOT")), IAM_NOT_FOUND);
    assert_ok(find_issuer(r, ACCOUNT, ACCOUNT)); /* the root user */
}

/* ---- what sessions stem from ---- */

/* Adds a user with a key, and a provider. */
static void add_origins(struct rig *r)
{
    const struct iam_user user = { .id = USER,
                                   .account = ACCOUNT,
                                   .name = IAM_STR("ann"),
                                   .path = IAM_STR("/"),
                                   .created_ms = 1 };
    const struct iam_access_key key = { .id = USER_KEY,
                                        .account = ACCOUNT,
                                        .owner_id = USER,
                                        .is_active = true,
                                        .created_ms = 1,
                                        .sealed_secret = IAM_STR("sealed") };
    const struct iam_oidc_provider provider = { .id = PROVIDER,
                                                .account = ACCOUNT,
                                                .url = IAM_STR("idp.example"),
                                                .client_ids = IAM_STR(""),
                                                .thumbprints = IAM_STR(""),
                                                .created_ms = 1 };
    struct iam_txn *txn;

    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_user_add(txn, &user));
    assert_ok(iam_store_access_key_add(txn, &key));
    assert_ok(iam_store_oidc_provider_add(txn, &provider));
    assert_ok(iam_txn_commit(txn));
    assert_ok(iam_directory_refresh(r->directory));
}

static enum iam_status set_active(struct rig *r, bool is_active)
{
    struct iam_txn *txn;

    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_access_key_set_active(txn, ACCOUNT, USER, USER_KEY, is_active));
    assert_ok(iam_txn_commit(txn));
    return iam_directory_refresh(r->directory);
}

static void test_session_of_a_key(void **state)
{
    struct rig *r = *state;
    struct iam_session session = { .account = ACCOUNT,
                                   .issuer_id = USER,
                                   .parent_key_id = USER_KEY };

    add_origins(r);
    assert_ok(find_session(r, &session));
    assert_ok(set_active(r, false));
    assert_int_equal(find_session(r, &session), IAM_NOT_FOUND);
    assert_ok(set_active(r, true));
    assert_ok(find_session(r, &session));
    session.parent_key_id = KEY; /* the root user's */
    assert_int_equal(find_session(r, &session), IAM_NOT_FOUND);
    session.parent_key_id = IAM_STR("AKIA22222222222OTHER");
    assert_int_equal(find_session(r, &session), IAM_NOT_FOUND);
}

static void test_session_of_a_provider(void **state)
{
    struct rig *r = *state;
    struct iam_session session = { .account = ACCOUNT, .issuer_id = ROLE, .provider_id = PROVIDER };
    struct iam_txn *txn;

    add_origins(r);
    assert_ok(find_session(r, &session));
    /* what is known is answered without the store */
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(find_session(r, &session));
    session.provider_id = IAM_STR("SAMLSP2222222222222222");
    assert_int_equal(find_session(r, &session), IAM_IO);
    iam_txn_rollback(txn);
    assert_int_equal(find_session(r, &session), IAM_NOT_FOUND);
    session.provider_id = ROLE;
    assert_int_equal(find_session(r, &session), IAM_NOT_FOUND);

    session.provider_id = PROVIDER;
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_oidc_provider_delete(txn, ACCOUNT, PROVIDER));
    assert_ok(iam_txn_commit(txn));
    assert_ok(iam_directory_refresh(r->directory));
    assert_int_equal(find_session(r, &session), IAM_NOT_FOUND);
}

/* Another transaction holds the only connection. */
static void test_store_is_away(void **state)
{
    struct rig *r = *state;
    struct iam_key_record record;
    struct iam_txn *txn;

    assert_ok(find_key(r, KEY, &record));
    assert_ok(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    assert_ok(find_key(r, KEY, &record));
    assert_int_equal(find_key(r, IAM_STR("AKIA22222222222OTHER"), &record), IAM_IO);
    assert_int_equal(find_issuer(r, ACCOUNT, ROLE), IAM_IO);
    iam_txn_rollback(txn);
    assert_ok(find_issuer(r, ACCOUNT, ROLE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_of_a_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_of_a_provider, setup, teardown),
        cmocka_unit_test_setup_teardown(test_store_is_away, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
