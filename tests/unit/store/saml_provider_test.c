/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of SAML providers in their order, and assertions that count once. */
#include "store/saml_provider.h"

#include <stdio.h>

#include "support.h"

#define NOW_MS 1000000
/* More than are forgotten at once, which is 64. */
#define MANY 70

static void add_provider(struct fixture *f, const char *id, const char *name)
{
    const struct iam_saml_provider provider = { .id = iam_str_c(id),
                                                .account = ACCOUNT,
                                                .name = iam_str_c(name) };

    assert_ok(iam_store_saml_provider_add(f->txn, &provider));
}

static enum iam_status use(struct fixture *f, const char *provider, const char *assertion,
                           int64_t expires_ms, int64_t now_ms)
{
    const struct iam_saml_use row = { .provider_id = iam_str_c(provider),
                                      .account = ACCOUNT,
                                      .assertion = iam_str_c(assertion),
                                      .expires_ms = expires_ms };

    return iam_store_saml_use_add(f->txn, &row, now_ms);
}

static void an_assertion_counts_once(void **state)
{
    struct fixture *f = *state;

    add_provider(f, "SAMLSP1", "a");
    add_provider(f, "SAMLSP2", "b");
    assert_ok(use(f, "SAMLSP1", "x", NOW_MS + 1, NOW_MS));
    assert_int_equal(use(f, "SAMLSP1", "x", NOW_MS + 1, NOW_MS), IAM_EXISTS);
    abandon_txn(f);
    add_provider(f, "SAMLSP1", "a");
    add_provider(f, "SAMLSP2", "b");
    assert_ok(use(f, "SAMLSP1", "x", NOW_MS + 1, NOW_MS)); /* what was undone was not used */
    assert_ok(use(f, "SAMLSP1", "X", NOW_MS + 1, NOW_MS));
    assert_ok(use(f, "SAMLSP2", "x", NOW_MS + 1, NOW_MS));
    assert_int_equal(use(f, "SAMLSP3", "x", NOW_MS + 1, NOW_MS), IAM_NOT_FOUND);
}

static void it_does_after_a_restart(void **state)
{
    struct fixture *f = *state;

    add_provider(f, "SAMLSP1", "a");
    assert_ok(use(f, "SAMLSP1", "x", NOW_MS + 1, NOW_MS));
    assert_ok(iam_txn_commit(f->txn));
    iam_store_close(f->store);
    f->store = open_store(f->path, 0);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    assert_int_equal(use(f, "SAMLSP1", "x", NOW_MS + 1, NOW_MS), IAM_EXISTS);
    abandon_txn(f);
}

/* What has expired goes, half a second later and all that fits; nothing else does. */
static void what_has_expired_is_forgotten(void **state)
{
    struct fixture *f = *state;
    char name[8];

    add_provider(f, "SAMLSP1", "a");
    assert_ok(use(f, "SAMLSP1", "lasting", NOW_MS + 1000, NOW_MS));
    assert_ok(use(f, "SAMLSP1", "soon", NOW_MS + 499, NOW_MS));
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof(name), "%d", i);
        assert_ok(use(f, "SAMLSP1", name, NOW_MS - MANY + i, NOW_MS - MANY - 1));
    }
    assert_ok(use(f, "SAMLSP1", "y", NOW_MS + 1000, NOW_MS + 500 - MANY));
    next_txn(f);
    assert_int_equal(use(f, "SAMLSP1", "0", NOW_MS, NOW_MS + 499 - MANY), IAM_EXISTS);
    abandon_txn(f);
    assert_ok(use(f, "SAMLSP1", "z", NOW_MS + 1000, NOW_MS + 501 - MANY)); /* 64 of them go */
    next_txn(f);
    assert_ok(use(f, "SAMLSP1", "63", NOW_MS + 1000, NOW_MS - MANY));
    next_txn(f);
    assert_int_equal(use(f, "SAMLSP1", "64", NOW_MS + 1000, NOW_MS - MANY), IAM_EXISTS);
    abandon_txn(f);
    assert_ok(use(f, "SAMLSP1", "0", NOW_MS + 1000, NOW_MS + 500)); /* and the others, and "soon" */
    assert_ok(use(f, "SAMLSP1", "64", NOW_MS + 1000, NOW_MS));
    assert_ok(use(f, "SAMLSP1", "soon", NOW_MS + 1000, NOW_MS));
    next_txn(f);
    assert_int_equal(use(f, "SAMLSP1", "lasting", NOW_MS + 1000, NOW_MS), IAM_EXISTS);
    abandon_txn(f);
}

static void keys_come_in_the_order_of_their_age(void **state)
{
    static const struct {
        const char *id;
        int64_t created_ms;
    } ADDED[] = {
        {"SAMLPK1",  5},
        { "SAMLPK3", 4},
        { "SAMLPK2", 4}
    };
    static const char *const WANT[] = { "SAMLPK2", "SAMLPK3", "SAMLPK1" };
    struct fixture *f = *state;
    struct iam_saml_key_list list = { 0 };

    add_provider(f, "SAMLSP1", "a");
    for (size_t i = 0; i < IAM_COUNT(ADDED); i++) {
        const struct iam_saml_key key = { .id = iam_str_c(ADDED[i].id),
                                          .provider_id = IAM_STR("SAMLSP1"),
                                          .account = ACCOUNT,
                                          .created_ms = ADDED[i].created_ms,
                                          .sealed_key = IAM_STR("sealed") };
        assert_ok(iam_store_saml_key_add(f->txn, &key));
    }
    assert_ok(iam_store_saml_key_list(f->txn, &f->arena, IAM_STR("SAMLSP1"), &list));
    assert_int_equal(list.count, IAM_COUNT(WANT));
    for (size_t i = 0; i < list.count; i++) {
        assert_str(list.items[i].id, WANT[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(an_assertion_counts_once),
        {"it_does_after_a_restart", it_does_after_a_restart, fixture_file, fixture_end, NULL},
        STORE_TEST(what_has_expired_is_forgotten),
        STORE_TEST(keys_come_in_the_order_of_their_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
