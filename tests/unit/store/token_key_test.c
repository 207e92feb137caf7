/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that sign tokens, and issuers: the order of lists, other accounts, what goes with one. */
#include "store/token_key.h"

#include "support.h"

#define OTHER OTHER_ACCOUNT
#define ISSUER IAM_STR("01234567-89ab-4cde-8f01-23456789abcd")

static enum iam_status add(struct fixture *f, struct iam_str account, const char *id,
                           enum iam_token_algorithm algorithm, int64_t created_ms)
{
    const struct iam_token_key key = { .id = iam_str_c(id),
                                       .account = account,
                                       .algorithm = algorithm,
                                       .created_ms = created_ms,
                                       .public_key = IAM_STR("public"),
                                       .sealed_key = IAM_STR("sealed") };

    return iam_store_token_key_add(f->txn, &key);
}

static void fill(struct fixture *f)
{
    assert_ok(add(f, ACCOUNT, "EC384_0", IAM_TOKEN_ES384, 1));
    assert_ok(add(f, ACCOUNT, "RSA_1", IAM_TOKEN_RS256, 5));
    assert_ok(add(f, ACCOUNT, "RSA_0", IAM_TOKEN_RS256, 1));
    assert_ok(add(f, OTHER, "RSA_0", IAM_TOKEN_RS256, 9));
    next_txn(f);
}

static void keys_are_of_an_account(void **state)
{
    static const char *const wanted[] = { "RSA_0", "RSA_1", "EC384_0" };
    struct fixture *f = *state;
    struct iam_token_key_list keys = { 0 };

    fill(f);
    assert_ok(iam_store_token_key_list(f->txn, &f->arena, ACCOUNT, &keys));
    assert_int_equal(keys.count, IAM_COUNT(wanted));
    for (size_t i = 0; i < keys.count; i++) {
        assert_str(keys.items[i].id, wanted[i]);
        assert_str(keys.items[i].account, "111122223333");
    }
    assert_str(keys.items[0].public_key, "public");
    assert_ok(iam_store_token_key_list(f->txn, &f->arena, OTHER, &keys));
    assert_int_equal(keys.count, 1);
    assert_int_equal(keys.items[0].created_ms, 9);
    assert_ok(iam_store_token_key_list(f->txn, &f->arena, IAM_STR("000000000000"), &keys));
    assert_int_equal(keys.count, 0);
}

static void a_scan_goes_through_all_accounts(void **state)
{
    static const char *const wanted[] = { "111122223333/EC384_0", "111122223333/RSA_0",
                                          "111122223333/RSA_1", "444455556666/RSA_0" };
    struct fixture *f = *state;
    struct iam_page page = { .limit = 1 };

    fill(f);
    for (size_t i = 0; i < IAM_COUNT(wanted); i++) {
        struct iam_token_key_list keys = { 0 };
        struct iam_str owner;

        assert_ok(iam_store_token_key_scan(f->txn, &f->arena, &page, &keys));
        assert_int_equal(keys.count, 1);
        assert_ok(iam_token_key_owner(&f->arena, &keys.items[0], &owner));
        assert_str(owner, wanted[i]);
        assert_int_equal(keys.is_truncated, i + 1 < IAM_COUNT(wanted));
        page.after = keys.next;
    }
}

static void a_key_is_sealed_again_and_deleted(void **state)
{
    struct fixture *f = *state;
    struct iam_token_key_list keys = { 0 };

    fill(f);
    assert_ok(iam_store_token_key_list(f->txn, &f->arena, ACCOUNT, &keys));
    assert_ok(iam_store_token_key_reseal(f->txn, &keys.items[0], IAM_STR("again")));
    assert_ok(iam_store_token_key_delete(f->txn, &keys.items[1]));
    assert_int_equal(iam_store_token_key_delete(f->txn, &keys.items[1]), IAM_NOT_FOUND);
    next_txn(f);
    assert_ok(iam_store_token_key_list(f->txn, &f->arena, ACCOUNT, &keys));
    assert_int_equal(keys.count, 2);
    assert_str(keys.items[0].sealed_key, "again");
    assert_str(keys.items[0].public_key, "public");
    assert_int_equal(keys.items[0].created_ms, 1);
}

static void an_issuer_is_found_while_it_rests(void **state)
{
    struct fixture *f = *state;
    const struct iam_entity_ref account = { IAM_KIND_ACCOUNT, ACCOUNT, ACCOUNT };
    struct iam_account_settings settings = { .token_version = 1,
                                             .issuer = ISSUER,
                                             .is_issuing = true };
    struct iam_account_id_list list = { 0 };
    struct iam_str found = iam_str_absent();

    assert_ok(iam_store_account_settings_add(f->txn, &account, &settings));
    next_txn(f);
    assert_ok(iam_store_issuer_find(f->txn, &f->arena, ISSUER, &found));
    assert_str(found, "111122223333");
    assert_int_equal(iam_store_issuer_find(f->txn, &f->arena, IAM_STR("other"), &found),
                     IAM_NOT_FOUND);
    assert_ok(iam_store_issuer_list(f->txn, &f->arena, iam_str_absent(), 4, &list));
    assert_int_equal(list.count, 1);
    assert_ok(iam_store_issuer_list(f->txn, &f->arena, ACCOUNT, 4, &list));
    assert_int_equal(list.count, 0);
    settings.is_issuing = false;
    assert_ok(iam_store_account_settings_update(f->txn, &account, &settings));
    next_txn(f);
    assert_ok(iam_store_issuer_find(f->txn, &f->arena, ISSUER, &found));
    assert_ok(iam_store_issuer_list(f->txn, &f->arena, iam_str_absent(), 4, &list));
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(keys_are_of_an_account),
        STORE_TEST(a_scan_goes_through_all_accounts),
        STORE_TEST(a_key_is_sealed_again_and_deleted),
        STORE_TEST(an_issuer_is_found_while_it_rests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
