/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of what is shared: groups and managed policies reach everybody who has them, and nobody
 * else. A view that was not touched is the same object before and after.
 */
#include <stdio.h>

#include "fixture.h"

/* Alice is in the group, Bob is not. */
static void open_with_group(struct fixture *f)
{
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    add_group(f, GROUP, IAM_STR("devs"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, ALICE));
    commit(f);
    open_directory(f);
    assert_true(has_id(f, ALICE));
    assert_true(has_id(f, BOB));
}

/* Refreshes; true when the view of id, which is warm, is the one from before. */
static bool is_same_after_refresh(struct fixture *f, struct iam_str id)
{
    const struct iam_view *before = by_id(f, id);

    assert_non_null(before);
    commit_refresh(f);
    const struct iam_view *after = by_id(f, id);
    bool is_same = before == after;
    iam_view_unref(before);
    iam_view_unref(after);
    return is_same;
}

static void test_group_inline(void **state)
{
    struct fixture *f = *state;

    open_with_group(f);
    begin(f);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), ALLOW("s3:PutObject"));
    assert_true(is_same_after_refresh(f, BOB));
    assert_true(can(f, ALICE, "s3:PutObject"));
    assert_false(can(f, BOB, "s3:PutObject"));
    begin(f);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), DENY("*"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:PutObject"));
    begin(f);
    drop_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:PutObject"));
}

static void test_group_attached(void **state)
{
    struct fixture *f = *state;

    open_with_group(f);
    begin(f);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    assert_true(is_same_after_refresh(f, BOB));
    assert_true(can(f, ALICE, "s3:GetObject"));
    begin(f);
    new_default(f, POLICY, ALLOW("s3:PutObject"));
    assert_true(is_same_after_refresh(f, BOB));
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "s3:PutObject"));
    begin(f);
    detach(f, IAM_KIND_GROUP, GROUP, POLICY);
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:PutObject"));
}

static void test_membership(void **state)
{
    struct fixture *f = *state;

    open_with_group(f);
    begin(f);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    commit_refresh(f);
    assert_false(can(f, BOB, "s3:GetObject"));
    begin(f);
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, BOB));
    /* That somebody else came is nothing new for Alice. */
    assert_true(is_same_after_refresh(f, ALICE));
    assert_true(can(f, BOB, "s3:GetObject"));
    begin(f);
    assert_ok(iam_store_member_remove(f->txn, ACCOUNT, GROUP, ALICE));
    assert_true(is_same_after_refresh(f, BOB));
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
}

static void test_group_rename(void **state)
{
    struct fixture *f = *state;

    open_with_group(f);
    begin(f);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), ALLOW("s3:PutObject"));
    commit_refresh(f);
    begin(f);
    assert_ok(iam_store_group_update(f->txn, ACCOUNT, GROUP, IAM_STR("ops"), iam_str_absent()));
    commit_refresh(f);
    const struct iam_view *v = by_id(f, ALICE);
    assert_non_null(v);
    assert_str(iam_policy_set_name(v->identity, 0), "group/ops/shared");
    iam_view_unref(v);
}

static void test_group_delete(void **state)
{
    struct fixture *f = *state;

    open_with_group(f);
    begin(f);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), DENY("s3:PutObject"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_false(can(f, ALICE, "s3:PutObject"));
    begin(f);
    assert_ok(iam_store_group_delete(f->txn, ACCOUNT, GROUP));
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "s3:PutObject"));
    /* The policy that it had is free to go. */
    begin(f);
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, POLICY));
    commit_refresh(f);
    assert_false(has_policy(f, POLICY_ARN));
}

/* A version that is not the default, tags, and the same text again change no decision. */
static void test_policy_without_effect(void **state)
{
    struct fixture *f = *state;
    int64_t number;

    open_with_group(f);
    begin(f);
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    commit_refresh(f);
    assert_true(has_id(f, ALICE));
    begin(f);
    assert_ok(iam_store_version_add(f->txn, ACCOUNT, POLICY, DENY("*"), false, 2, &number));
    assert_true(is_same_after_refresh(f, ALICE));
    begin(f);
    put_tag(f, IAM_KIND_POLICY, POLICY, IAM_STR("team"), IAM_STR("blue"));
    assert_true(is_same_after_refresh(f, ALICE));
    begin(f);
    new_default(f, POLICY, ALLOW("s3:GetObject"));
    assert_true(is_same_after_refresh(f, ALICE));
    assert_true(can(f, ALICE, "s3:GetObject"));
    begin(f);
    assert_ok(iam_store_version_set_default(f->txn, ACCOUNT, POLICY, number, 3));
    assert_false(is_same_after_refresh(f, ALICE));
    assert_false(can(f, ALICE, "s3:GetObject"));
}

/* A policy reaches its users by all three ways in one refresh. */
static void test_policy_three_ways(void **state)
{
    struct fixture *f = *state;

    open_with_group(f);
    begin(f);
    add_user(f, CAROL, IAM_STR("carol"));
    add_role(f, ROLE, IAM_STR("deploy"), TRUST("111122223333"));
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    attach(f, IAM_KIND_USER, BOB, POLICY);
    put_inline(f, IAM_KIND_ROLE, ROLE, IAM_STR("own"), ALLOW("*"));
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, ROLE, POLICY));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
    assert_true(can(f, ROLE, "s3:GetObject"));
    assert_true(has_id(f, CAROL));
    begin(f);
    new_default(f, POLICY, ALLOW("s3:PutObject"));
    assert_true(is_same_after_refresh(f, CAROL));
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_false(can(f, BOB, "s3:GetObject"));
    assert_false(can(f, ROLE, "s3:GetObject"));
    assert_true(can(f, ALICE, "s3:PutObject"));
    assert_true(can(f, BOB, "s3:PutObject"));
    assert_true(can(f, ROLE, "s3:PutObject"));
}

#define CROWD 5000

static struct iam_str crowd_id(char text[32], int i)
{
    snprintf(text, 32, "AIDA222222222222%05d", i);
    return iam_str_c(text);
}

static void add_crowd(struct fixture *f, bool is_each_different)
{
    char text[32];
    char name[16];

    begin(f);
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    for (int i = 0; i < CROWD; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        add_user(f, crowd_id(text, i), iam_str_c(name));
        attach(f, IAM_KIND_USER, iam_str_c(text), POLICY);
        if (is_each_different) {
            put_inline(f, IAM_KIND_USER, iam_str_c(text), IAM_STR("own"), ALLOW("sqs:*"));
        }
    }
    commit(f);
    open_directory(f);
    for (int i = 0; i < CROWD; i++) {
        assert_true(can(f, crowd_id(text, i), "s3:GetObject"));
    }
}

/*
 * A new version reaches a crowd in one refresh, which reads the policy once and touches no user.
 * Each is built again when next asked for, and not read again.
 */
static void change_crowd(struct fixture *f, bool is_each_different)
{
    char text[32];

    add_crowd(f, is_each_different);
    begin(f);
    new_default(f, POLICY, ALLOW("s3:PutObject"));
    struct iam_directory_stats before = stats_of(f);
    commit_refresh(f);
    struct iam_directory_stats after = stats_of(f);
    assert_int_equal(after.refreshed_policies, before.refreshed_policies + 1);
    assert_int_equal(after.built_views, before.built_views);
    assert_int_equal(after.principals, CROWD);
    for (int i = 0; i < CROWD; i++) {
        assert_false(can(f, crowd_id(text, i), "s3:GetObject"));
        assert_true(can(f, crowd_id(text, i), "s3:PutObject"));
    }
    after = stats_of(f);
    assert_int_equal(after.built_views, before.built_views + CROWD);
    assert_int_equal(after.read_principals, before.read_principals);
}

static void test_crowd(void **state)
{
    change_crowd(*state, false);
}

static void test_crowd_each_different(void **state)
{
    change_crowd(*state, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_group_inline, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_group_attached, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_membership, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_group_rename, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_group_delete, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_policy_without_effect, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_policy_three_ways, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_crowd, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_crowd_each_different, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
