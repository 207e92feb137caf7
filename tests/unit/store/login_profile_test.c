/* SPDX-License-Identifier: Apache-2.0 */
/* Login profiles: a part that a user has at most once. */
#include "support.h"

static const struct iam_login_profile FIRST = { .created_ms = 5000,
                                                .password_hash = IAM_STR_INIT("$first"),
                                                .is_reset_required = true };

static void a_user_has_one_at_most(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_login_profile got;
    int64_t count;

    add_user(f, "AIDA1", "u");
    add_user(f, "AIDA2", "v");
    assert_int_equal(iam_store_login_profile_get(f->txn, &f->arena, user.id, &got), IAM_NOT_FOUND);
    assert_ok(iam_store_login_profile_count(f->txn, user.id, &count));
    assert_int_equal(count, 0);
    assert_ok(iam_store_login_profile_add(f->txn, &user, &FIRST));
    next_txn(f);
    assert_ok(iam_store_login_profile_get(f->txn, &f->arena, user.id, &got));
    assert_int_equal(got.created_ms, 5000);
    assert_str(got.password_hash, "$first");
    assert_true(got.is_reset_required);
    assert_ok(iam_store_login_profile_count(f->txn, user.id, &count));
    assert_int_equal(count, 1);
    assert_int_equal(iam_store_login_profile_get(f->txn, &f->arena, IAM_STR("AIDA2"), &got),
                     IAM_NOT_FOUND);
    assert_int_equal(iam_store_login_profile_add(f->txn, &user, &FIRST), IAM_EXISTS);
}

static void an_update_keeps_what_is_absent(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    const struct iam_login_profile second = { .created_ms = 9000,
                                              .password_hash = IAM_STR("$second") };
    const struct iam_login_profile reset = { .is_reset_required = true };
    struct iam_login_profile got;

    add_user(f, "AIDA1", "u");
    assert_int_equal(iam_store_login_profile_update(f->txn, &user, &second), IAM_NOT_FOUND);
    abandon_txn(f);
    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_login_profile_add(f->txn, &user, &FIRST));
    assert_ok(iam_store_login_profile_update(f->txn, &user, &second));
    assert_ok(iam_store_login_profile_get(f->txn, &f->arena, user.id, &got));
    assert_int_equal(got.created_ms, 5000);
    assert_str(got.password_hash, "$second");
    assert_false(got.is_reset_required);
    assert_ok(iam_store_login_profile_update(f->txn, &user, &reset));
    assert_ok(iam_store_login_profile_get(f->txn, &f->arena, user.id, &got));
    assert_str(got.password_hash, "$second");
    assert_true(got.is_reset_required);
}

static void only_a_user_that_is_there_has_one(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref role = ref_of(IAM_KIND_ROLE, "AROA1");
    struct iam_entity_ref nobody = ref_of(IAM_KIND_USER, "AIDAx");
    struct iam_entity_ref foreign = ref_of(IAM_KIND_USER, "AIDA1");

    add_role(f, "AROA1", "r");
    add_user(f, "AIDA1", "u");
    foreign.account = OTHER_ACCOUNT;
    assert_int_equal(iam_store_login_profile_add(f->txn, &role, &FIRST), IAM_NOT_FOUND);
    assert_int_equal(iam_store_login_profile_add(f->txn, &nobody, &FIRST), IAM_NOT_FOUND);
    assert_int_equal(iam_store_login_profile_add(f->txn, &foreign, &FIRST), IAM_NOT_FOUND);
}

static void it_goes_alone_or_with_its_user(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_login_profile got;

    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_login_profile_add(f->txn, &user, &FIRST));
    assert_ok(iam_store_login_profile_delete(f->txn, &user));
    assert_int_equal(iam_store_login_profile_delete(f->txn, &user), IAM_NOT_FOUND);
    abandon_txn(f);
    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_login_profile_add(f->txn, &user, &FIRST));
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, user.id));
    next_txn(f);
    assert_int_equal(iam_store_login_profile_get(f->txn, &f->arena, user.id, &got), IAM_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_user_has_one_at_most),
        STORE_TEST(an_update_keeps_what_is_absent),
        STORE_TEST(only_a_user_that_is_there_has_one),
        STORE_TEST(it_goes_alone_or_with_its_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
