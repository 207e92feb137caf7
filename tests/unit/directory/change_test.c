/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of change: what is warm is as it was before the refresh, and as it is now after it.
 * Who was never asked for is read when asked for, and may be there before.
 */
#include <stdio.h>

#include "fixture.h"

#define ALICE_ARN IAM_STR("arn:aws:iam::111122223333:user/alice")

/* Alice, who may do nothing yet, and a directory that knows her. */
static void open_with_alice(struct fixture *f)
{
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    commit(f);
    open_directory(f);
    assert_true(has_id(f, ALICE));
}

static void test_new_user(void **state)
{
    struct fixture *f = *state;

    open_directory(f);
    assert_false(has_id(f, ALICE));
    assert_false(has_arn(f, ALICE_ARN));
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:GetObject"));
    commit_refresh(f);
    assert_true(has_id(f, ALICE));
    assert_true(has_arn(f, ALICE_ARN));
    assert_true(can(f, ALICE, "s3:GetObject"));
}

static void test_new_account(void **state)
{
    struct fixture *f = *state;
    const struct iam_account account = { .id = IAM_STR("777788889999"), .name = IAM_STR("three") };

    open_directory(f);
    assert_false(has_id(f, account.id));
    begin(f);
    assert_ok(iam_store_account_add(f->txn, &account));
    commit_refresh(f);
    assert_true(has_id(f, account.id));
    assert_true(has_arn(f, IAM_STR("arn:aws:iam::777788889999:root")));
}

static void test_inline(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:GetObject"));
    commit(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_ok(iam_directory_refresh(f->dir));
    assert_true(can(f, ALICE, "s3:GetObject"));

    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "s3:PutObject"));

    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("no"), DENY("s3:*"));
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:PutObject"));

    begin(f);
    drop_inline(f, IAM_KIND_USER, ALICE, IAM_STR("no"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:PutObject"));
}

static void test_attach_detach(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    begin(f);
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    commit(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_ok(iam_directory_refresh(f->dir));
    assert_true(can(f, ALICE, "s3:GetObject"));
    begin(f);
    detach(f, IAM_KIND_USER, ALICE, POLICY);
    commit(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_ok(iam_directory_refresh(f->dir));
    assert_false(can(f, ALICE, "s3:GetObject"));
}

static void test_tags(void **state)
{
    struct fixture *f = *state;
    const struct iam_str key = IAM_STR("team");
    const struct iam_entity_ref ref = ref_of(IAM_KIND_USER, ALICE);

    open_with_alice(f);
    begin(f);
    put_tag(f, IAM_KIND_USER, ALICE, key, IAM_STR("blue"));
    commit_refresh(f);
    const struct iam_view *before = by_id(f, ALICE);
    begin(f);
    put_tag(f, IAM_KIND_USER, ALICE, key, IAM_STR("red"));
    commit_refresh(f);
    const struct iam_view *after = by_id(f, ALICE);
    assert_non_null(before);
    assert_non_null(after);
    /* A view that somebody holds does not change. */
    assert_str(before->tags[0].value, "blue");
    assert_str(after->tags[0].value, "red");
    iam_view_unref(before);
    iam_view_unref(after);
    begin(f);
    assert_ok(iam_store_tag_remove(f->txn, &ref, &key, 1));
    commit_refresh(f);
    after = by_id(f, ALICE);
    assert_non_null(after);
    assert_int_equal(after->tag_count, 0);
    iam_view_unref(after);
}

static void test_boundary(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    begin(f);
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:Get*"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:*"));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, POLICY));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_false(can(f, ALICE, "s3:PutObject"));

    begin(f);
    new_default(f, POLICY, ALLOW("s3:Put*"));
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "s3:PutObject"));

    begin(f);
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, iam_str_absent()));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
}

static void test_rename_user(void **state)
{
    struct fixture *f = *state;
    const struct iam_str moved = IAM_STR("arn:aws:iam::111122223333:user/x/anna");

    open_with_alice(f);
    assert_false(has_arn(f, moved));
    begin(f);
    assert_ok(iam_store_user_update(f->txn, ACCOUNT, ALICE, IAM_STR("anna"), IAM_STR("/x/")));
    commit(f);
    assert_true(has_arn(f, ALICE_ARN));
    assert_ok(iam_directory_refresh(f->dir));
    assert_false(has_arn(f, ALICE_ARN));
    assert_true(has_arn(f, moved));
    assert_true(has_id(f, ALICE));
}

/* In one commit a name goes from one user to the other, and back again in the next. */
static void test_swap_names(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    commit(f);
    open_directory(f);
    for (int i = 0; i < 2; i++) {
        begin(f);
        const struct iam_str alice = i == 0 ? ALICE : BOB;
        const struct iam_str bob = i == 0 ? BOB : ALICE;
        assert_ok(iam_store_user_update(f->txn, ACCOUNT, alice, IAM_STR("tmp"), iam_str_absent()));
        assert_ok(iam_store_user_update(f->txn, ACCOUNT, bob, IAM_STR("alice"), iam_str_absent()));
        assert_ok(iam_store_user_update(f->txn, ACCOUNT, alice, IAM_STR("bob"), iam_str_absent()));
        commit_refresh(f);
        const struct iam_view *v = by_arn(f, ALICE_ARN);
        assert_non_null(v);
        assert_same_str(v->id, bob);
        iam_view_unref(v);
        assert_false(has_arn(f, IAM_STR("arn:aws:iam::111122223333:user/tmp")));
    }
}

static void test_delete_and_recreate(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    begin(f);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, ALICE));
    commit(f);
    assert_true(has_id(f, ALICE));
    assert_ok(iam_directory_refresh(f->dir));
    assert_false(has_id(f, ALICE));
    assert_false(has_arn(f, ALICE_ARN));

    begin(f);
    add_user(f, BOB, IAM_STR("alice"));
    commit_refresh(f);
    /* The same once more within one commit. */
    begin(f);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, BOB));
    add_user(f, CAROL, IAM_STR("alice"));
    commit_refresh(f);
    assert_false(has_id(f, BOB));
    const struct iam_view *v = by_arn(f, ALICE_ARN);
    assert_non_null(v);
    assert_same_str(v->id, CAROL);
    iam_view_unref(v);
}

/* Made and deleted between two refreshes: never seen. */
static void test_short_life(void **state)
{
    struct fixture *f = *state;

    open_directory(f);
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_key(f, KEY, ALICE);
    add_group(f, GROUP, IAM_STR("g"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("*"));
    commit(f);
    begin(f);
    assert_ok(iam_store_access_key_delete(f->txn, ACCOUNT, ALICE, KEY));
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, ALICE));
    assert_ok(iam_store_group_delete(f->txn, ACCOUNT, GROUP));
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, POLICY));
    commit_refresh(f);
    assert_false(has_id(f, ALICE));
    assert_false(has_key(f, KEY));
    assert_false(has_policy(f, POLICY_ARN));
}

static void test_role(void **state)
{
    struct fixture *f = *state;
    const struct iam_str arn = IAM_STR("arn:aws:iam::111122223333:role/r/deploy");

    open_directory(f);
    assert_false(has_arn(f, arn));
    begin(f);
    add_role(f, ROLE, IAM_STR("deploy"), TRUST("arn:aws:iam::111122223333:user/alice"));
    commit_refresh(f);
    assert_true(has_arn(f, arn));

    begin(f);
    assert_ok(iam_store_role_delete(f->txn, ACCOUNT, ROLE));
    add_role(f, IAM_STR("AROA2222222222222ROL2"), IAM_STR("deploy"), TRUST("111122223333"));
    commit_refresh(f);
    assert_false(has_id(f, ROLE));
    const struct iam_view *v = by_arn(f, arn);
    assert_non_null(v);
    assert_str(v->id, "AROA2222222222222ROL2");
    iam_view_unref(v);

    begin(f);
    assert_ok(iam_store_role_delete(f->txn, ACCOUNT, IAM_STR("AROA2222222222222ROL2")));
    commit_refresh(f);
    assert_false(has_arn(f, arn));
}

/* The principal of a trust policy means the user of its time, not another one of that name. */
static void test_trust_pins(void **state)
{
    struct fixture *f = *state;
    const struct iam_pinned_principal pin = { ALICE_ARN, ALICE };

    begin(f);
    add_role(f, ROLE, IAM_STR("deploy"), TRUST("111122223333"));
    commit(f);
    open_directory(f);
    begin(f);
    assert_ok(iam_store_role_set_trust(f->txn, ACCOUNT, ROLE,
                                       TRUST("arn:aws:iam::111122223333:user/alice"), &pin, 1));
    commit_refresh(f);
    const struct iam_view *v = by_id(f, ROLE);
    assert_non_null(v);
    assert_true(trusts(v, ALICE_ARN, ALICE));
    assert_false(trusts(v, ALICE_ARN, BOB));
    iam_view_unref(v);

    begin(f);
    assert_ok(iam_store_role_set_trust(f->txn, ACCOUNT, ROLE,
                                       TRUST("arn:aws:iam::111122223333:user/bob"), NULL, 0));
    commit_refresh(f);
    v = by_id(f, ROLE);
    assert_non_null(v);
    assert_false(trusts(v, ALICE_ARN, ALICE));
    assert_true(trusts(v, IAM_STR("arn:aws:iam::111122223333:user/bob"), BOB));
    iam_view_unref(v);
}

static void test_keys(void **state)
{
    struct fixture *f = *state;
    struct iam_directory_key key;

    open_with_alice(f);
    assert_false(has_key(f, KEY));
    begin(f);
    add_key(f, KEY, ALICE);
    commit_refresh(f);
    assert_true(has_key(f, KEY));

    begin(f);
    assert_ok(iam_store_access_key_set_active(f->txn, ACCOUNT, ALICE, KEY, false));
    commit(f);
    assert_ok(iam_directory_key(f->dir, NULL, KEY, &f->arena, &key));
    assert_true(key.is_active);
    assert_ok(iam_directory_refresh(f->dir));
    assert_ok(iam_directory_key(f->dir, NULL, KEY, &f->arena, &key));
    assert_false(key.is_active);

    begin(f);
    assert_ok(iam_store_access_key_delete(f->txn, ACCOUNT, ALICE, KEY));
    commit_refresh(f);
    assert_false(has_key(f, KEY));
}

/* Keys go with their user. */
static void test_key_of_deleted_user(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_key(f, KEY, ALICE);
    commit(f);
    open_directory(f);
    assert_true(has_key(f, KEY));
    begin(f);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, ALICE));
    commit_refresh(f);
    assert_false(has_key(f, KEY));
}

static void test_policy_life(void **state)
{
    struct fixture *f = *state;

    open_directory(f);
    assert_false(has_policy(f, POLICY_ARN));
    begin(f);
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    commit_refresh(f);
    assert_true(has_policy(f, POLICY_ARN));
    /* The same ARN, another policy, in one commit. */
    begin(f);
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, POLICY));
    add_policy(f, POLICY2, IAM_STR("p"), ALLOW("s3:PutObject"));
    commit_refresh(f);
    struct iam_policy *policy = managed(f, POLICY_ARN);
    assert_non_null(policy);
    assert_same_str(iam_policy_text(policy), ALLOW("s3:PutObject"));
    iam_policy_unref(policy);
    begin(f);
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, POLICY2));
    commit_refresh(f);
    assert_false(has_policy(f, POLICY_ARN));
}

/* When the rows are gone that would tell what changed, everything is forgotten. */
static void test_trimmed(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    assert_false(has_id(f, BOB));
    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:GetObject"));
    add_user(f, BOB, IAM_STR("bob"));
    commit(f);
    begin(f);
    assert_ok(iam_store_change_trim(f->txn, INT64_MAX));
    commit(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_ok(iam_directory_refresh(f->dir));
    assert_true(has_id(f, BOB));
    assert_true(can(f, ALICE, "s3:GetObject"));
    begin(f);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, BOB));
    commit_refresh(f);
    assert_false(has_id(f, BOB));
}

/* More changes than a refresh applies one by one. */
static void test_very_many(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    begin(f);
    for (int i = 0; i < 5001; i++) {
        put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:PutObject"));
        put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:GetObject"));
    }
    add_user(f, BOB, IAM_STR("bob"));
    commit_refresh(f);
    assert_true(has_id(f, BOB));
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_false(can(f, ALICE, "s3:PutObject"));
}

/* Nothing changed: nothing is built. */
static void test_idle(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    const struct iam_view *before = by_id(f, ALICE);
    assert_ok(iam_directory_refresh(f->dir));
    const struct iam_view *after = by_id(f, ALICE);
    assert_ptr_equal(before, after);
    iam_view_unref(before);
    iam_view_unref(after);
}

/* A life of everything, with all that it can be tied to, under IDs of its own. */
static void live_and_die(struct fixture *f, int number)
{
    char group_text[32];
    char policy_text[32];

    snprintf(group_text, sizeof(group_text), "AGPA2222222222222GRP%d", number);
    snprintf(policy_text, sizeof(policy_text), "ANPA2222222222222POL%d", number);
    const struct iam_str group = iam_str_c(group_text);
    const struct iam_str policy = iam_str_c(policy_text);
    begin(f);
    add_user(f, BOB, IAM_STR("bob"));
    add_group(f, group, IAM_STR("devs"));
    add_policy(f, policy, IAM_STR("p"), ALLOW("s3:GetObject"));
    add_key(f, KEY, BOB);
    attach(f, IAM_KIND_USER, BOB, policy);
    attach(f, IAM_KIND_GROUP, group, policy);
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, group, BOB));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, BOB, policy));
    put_inline(f, IAM_KIND_USER, BOB, IAM_STR("own"), ALLOW("s3:*"));
    commit_refresh(f);
    assert_true(can(f, BOB, "s3:GetObject"));
    begin(f);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, BOB));
    assert_ok(iam_store_group_delete(f->txn, ACCOUNT, group));
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, policy));
    commit_refresh(f);
    assert_false(has_id(f, BOB));
}

/* What is gone takes no memory. */
static void test_no_growth(void **state)
{
    struct fixture *f = *state;

    open_with_alice(f);
    live_and_die(f, 0);
    size_t live = f->failing.live;
    for (int i = 1; i < 4; i++) {
        live_and_die(f, i);
        assert_int_equal(f->failing.live, live);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_user, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_new_account, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_inline, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_attach_detach, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_tags, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_boundary, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_rename_user, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_swap_names, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_delete_and_recreate, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_short_life, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_role, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_trust_pins, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keys, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_key_of_deleted_user, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_policy_life, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_trimmed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_very_many, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_no_growth, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_idle, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
