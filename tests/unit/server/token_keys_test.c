/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that sign tokens: when accounts get the next ones, and when the old ones end. */
#include "server/token_keys.h"

#include <stdio.h>

#include "keeper/token_signer.h"
#include "store/account.h"
#include "store/token_key.h"
#include "way_rig.h"

#define ACCOUNT IAM_STR(WAY_ACCOUNT)
#define NEXT_MS (WAY_NOW_MS + IAM_TOKEN_KEY_AGE_MS)
/* From then on the keys of before sign nothing, and then nobody needs them. */
#define REST_MS (NEXT_MS + IAM_TOKEN_KEY_LEAD_MS)
#define OVER_MS (REST_MS + IAM_TOKEN_KEY_REST_MS)

static struct way *const w = &way_fixture.way;
static struct iam_arena *const arena = &way_fixture.arena;

static void set_issuer(struct iam_txn *txn, struct iam_str account, bool is_issuing)
{
    const struct iam_entity_ref ref = { IAM_KIND_ACCOUNT, account, account };
    struct iam_account_settings settings = { .token_version = 1 };
    enum iam_status st = iam_store_account_settings_get(txn, arena, account, &settings);
    settings.issuer = account; /* any name will do */
    settings.is_issuing = is_issuing;
    assert_ok(st == IAM_OK ? iam_store_account_settings_update(txn, &ref, &settings)
                           : iam_store_account_settings_add(txn, &ref, &settings));
}

static void let_issue(bool is_issuing)
{
    struct iam_txn *txn;
    assert_ok(iam_store_begin(w->store, IAM_TXN_WRITE, &txn));
    set_issuer(txn, ACCOUNT, is_issuing);
    assert_ok(iam_txn_commit(txn));
}

static bool goes_on(void *ctx)
{
    size_t *calls = ctx;
    (*calls)++;
    return true;
}

static bool ends(void *ctx)
{
    (void)ctx;
    return false;
}

static size_t tend(int64_t now_ms)
{
    const struct token_keys t = { w->store, w->keeper };
    size_t calls = 0;
    assert_ok(token_keys_tend(&t, now_ms, goes_on, &calls));
    return calls;
}

/* Compares the IDs of an account's keys, with a space after each, and tries each. */
static void expect_keys(struct iam_str account, const char *wanted)
{
    struct iam_token_key_list keys = { 0 };
    struct iam_txn *txn;
    struct iam_str signature;
    char found[256] = "";
    assert_ok(iam_store_begin(w->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_token_key_list(txn, arena, account, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        size_t len = strlen(found);
        (void)snprintf(found + len, sizeof(found) - len, "%.*s ", IAM_STR_ARG(keys.items[i].id));
        assert_ok(
            iam_keeper_sign_token(w->keeper, &keys.items[i], IAM_STR("text"), arena, &signature));
    }
    iam_txn_rollback(txn);
    assert_string_equal(found, wanted);
}

static void only_issuers_get_keys(void **state)
{
    (void)state;
    (void)tend(WAY_NOW_MS);
    expect_keys(ACCOUNT, "");
    let_issue(false);
    (void)tend(WAY_NOW_MS);
    expect_keys(ACCOUNT, "");
    let_issue(true);
    (void)tend(WAY_NOW_MS);
    expect_keys(ACCOUNT, "RSA_0 EC384_0 ");
}

/* Each is published before it signs, and after it has signed; what is not due changes nothing. */
static void keys_follow_one_another(void **state)
{
    static const struct {
        int64_t now_ms;
        const char *keys;
    } steps[] = {
        {WAY_NOW_MS,                 "RSA_0 EC384_0 "              },
        { WAY_NOW_MS,                "RSA_0 EC384_0 "              },
        { NEXT_MS - 1,               "RSA_0 EC384_0 "              },
        { NEXT_MS,                   "RSA_0 RSA_1 EC384_0 EC384_1 "},
        { REST_MS,                   "RSA_0 RSA_1 EC384_0 EC384_1 "},
        { OVER_MS - 1,               "RSA_0 RSA_1 EC384_0 EC384_1 "},
        { OVER_MS,                   "RSA_1 EC384_1 "              },
        { WAY_NOW_MS /* set back */, "RSA_1 EC384_1 "              },
    };
    (void)state;
    let_issue(true);
    for (size_t i = 0; i < IAM_COUNT(steps); i++) {
        (void)tend(steps[i].now_ms);
        expect_keys(ACCOUNT, steps[i].keys);
    }
}

/* An account that rests keeps its keys: tokens of before are still verified. */
static void an_issuer_that_rests_keeps_its_keys(void **state)
{
    (void)state;
    let_issue(true);
    (void)tend(WAY_NOW_MS);
    let_issue(false);
    (void)tend(OVER_MS);
    expect_keys(ACCOUNT, "RSA_0 EC384_0 ");
}

static void it_ends_when_it_is_told(void **state)
{
    const struct token_keys t = { w->store, w->keeper };
    (void)state;
    let_issue(true);
    assert_ok(token_keys_tend(&t, WAY_NOW_MS, ends, NULL));
    expect_keys(ACCOUNT, "");
}

/* Adds an issuer that has its keys, which nobody opens here. */
static void add_issuer(struct iam_txn *txn, struct iam_str id)
{
    const struct iam_account account = { .id = id, .name = IAM_STR(""), .created_ms = 1 };
    struct iam_token_key key = { .id = IAM_STR("RSA_0"),
                                 .account = id,
                                 .algorithm = IAM_TOKEN_RS256,
                                 .created_ms = WAY_NOW_MS,
                                 .public_key = IAM_STR("public"),
                                 .sealed_key = IAM_STR("sealed") };
    assert_ok(iam_store_account_add(txn, &account));
    set_issuer(txn, id, true);
    assert_ok(iam_store_token_key_add(txn, &key));
    key.id = IAM_STR("EC384_0");
    key.algorithm = IAM_TOKEN_ES384;
    assert_ok(iam_store_token_key_add(txn, &key));
}

/* More accounts than one transaction lists: each has its turn, the last too. */
static void all_accounts_are_looked_at(void **state)
{
    enum { OTHERS = 40 };
    struct iam_txn *txn;
    char id[16];
    (void)state;
    let_issue(true); /* 111122223333 comes after them */
    assert_ok(iam_store_begin(w->store, IAM_TXN_WRITE, &txn));
    for (unsigned i = 0; i < OTHERS; i++) {
        (void)snprintf(id, sizeof(id), "0000000000%02u", i);
        add_issuer(txn, iam_str_c(id));
    }
    assert_ok(iam_txn_commit(txn));
    assert_true(tend(WAY_NOW_MS) > OTHERS);
    expect_keys(ACCOUNT, "RSA_0 EC384_0 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_issuers_get_keys, way_setup, way_teardown),
        cmocka_unit_test_setup_teardown(keys_follow_one_another, way_setup, way_teardown),
        cmocka_unit_test_setup_teardown(an_issuer_that_rests_keeps_its_keys, way_setup,
                                        way_teardown),
        cmocka_unit_test_setup_teardown(it_ends_when_it_is_told, way_setup, way_teardown),
        cmocka_unit_test_setup_teardown(all_accounts_are_looked_at, way_setup, way_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
