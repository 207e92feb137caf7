/* SPDX-License-Identifier: Apache-2.0 */
/* What a directory says of each entity when it is first asked for, and how each look-up finds it.
 */
#include <stdio.h>

#include "fixture.h"

static void test_accounts(void **state)
{
    struct fixture *f = *state;

    open_directory(f);
    const struct iam_view *root = by_id(f, ACCOUNT);
    assert_non_null(root);
    assert_int_equal(root->kind, IAM_KIND_ACCOUNT);
    assert_same_str(root->account, ACCOUNT);
    assert_same_str(root->id, ACCOUNT);
    assert_str(root->name, "");
    assert_str(root->arn, "arn:aws:iam::111122223333:root");
    assert_null(root->identity);
    assert_null(root->boundary);
    assert_null(root->trust);
    assert_false(root->is_broken);
    iam_view_unref(root);
    assert_true(has_arn(f, IAM_STR("arn:aws:iam::444455556666:root")));
    assert_false(has_id(f, IAM_STR("aws")));
    assert_false(has_id(f, IAM_STR("")));
    assert_false(has_arn(f, iam_str_absent()));
}

/* Alice with everything that a user can have. */
static void add_full_user(struct fixture *f)
{
    add_user(f, ALICE, IAM_STR("Alice"));
    add_group(f, GROUP, IAM_STR("devs"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    add_policy(f, POLICY2, IAM_STR("p2"), ALLOW("*"));
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:PutObject"));
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), ALLOW("s3:ListBucket"));
    put_tag(f, IAM_KIND_USER, ALICE, IAM_STR("team"), IAM_STR("blue"));
    put_tag(f, IAM_KIND_USER, ALICE, IAM_STR("empty"), IAM_STR(""));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, ALICE));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, POLICY2));
}

/* Opens the directory with the full user in it; the view is the caller's. */
static const struct iam_view *open_with_full_user(struct fixture *f)
{
    begin(f);
    add_full_user(f);
    commit(f);
    open_directory(f);
    const struct iam_view *v = by_id(f, ALICE);
    assert_non_null(v);
    return v;
}

static void test_user(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_full_user(f);
    commit(f);
    open_directory(f);
    const struct iam_view *v = by_arn(f, IAM_STR("arn:aws:iam::111122223333:user/Alice"));
    assert_non_null(v);
    assert_int_equal(v->kind, IAM_KIND_USER);
    assert_same_str(v->account, ACCOUNT);
    assert_same_str(v->id, ALICE);
    assert_str(v->name, "Alice");
    assert_int_equal(v->tag_count, 2);
    assert_str(v->tags[0].key, "team");
    assert_str(v->tags[0].value, "blue");
    assert_int_equal(v->tags[1].value.len, 0);
    assert_null(v->trust);
    assert_true(view_can(v, "s3:GetObject"));
    assert_true(view_can(v, "s3:PutObject"));
    assert_true(view_can(v, "s3:ListBucket"));
    assert_false(view_can(v, "s3:DeleteObject"));
    iam_view_unref(v);
}

/* Reasons name policies: a managed one by ARN (once, though it comes in two ways). */
static void test_entry_names(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *v = open_with_full_user(f);

    assert_int_equal(iam_policy_set_count(v->identity), 3);
    assert_str(iam_policy_set_name(v->identity, 0), "own");
    assert_same_str(iam_policy_set_name(v->identity, 1), POLICY_ARN);
    assert_str(iam_policy_set_name(v->identity, 2), "group/devs/shared");
    assert_int_equal(iam_policy_set_count(v->boundary), 1);
    assert_same_str(iam_policy_set_name(v->boundary, 0), POLICY2_ARN);
    iam_view_unref(v);
}

static void test_role(void **state)
{
    struct fixture *f = *state;
    const struct iam_str alice_arn = IAM_STR("arn:aws:iam::111122223333:user/alice");

    begin(f);
    add_role(f, ROLE, IAM_STR("Deploy"), TRUST("arn:aws:iam::111122223333:user/alice"));
    put_inline(f, IAM_KIND_ROLE, ROLE, IAM_STR("own"), ALLOW("s3:GetObject"));
    commit(f);
    open_directory(f);
    assert_true(has_arn(f, IAM_STR("arn:aws:iam::111122223333:role/r/Deploy")));
    assert_false(has_arn(f, IAM_STR("arn:aws:iam::111122223333:role/r/deploy")));
    const struct iam_view *v = by_id(f, ROLE);
    assert_non_null(v);
    assert_int_equal(v->kind, IAM_KIND_ROLE);
    assert_str(v->name, "Deploy");
    assert_true(view_can(v, "s3:GetObject"));
    assert_true(trusts(v, alice_arn, ALICE));
    assert_false(trusts(v, IAM_STR("arn:aws:iam::111122223333:user/bob"), BOB));
    assert_same_str(iam_policy_set_name(v->trust, 0), v->arn);
    iam_view_unref(v);
}

static void test_keys(void **state)
{
    struct fixture *f = *state;
    struct iam_directory_key key;

    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_key(f, KEY, ALICE);
    add_key(f, IAM_STR("AKIA22222222222ROOTK"), ACCOUNT);
    commit(f);
    open_directory(f);
    assert_ok(iam_directory_key(f->dir, NULL, KEY, &f->arena, &key));
    assert_same_str(key.account, ACCOUNT);
    assert_same_str(key.owner_id, ALICE);
    assert_str(key.sealed_secret, "sealed");
    assert_true(key.is_active);
    assert_ok(iam_directory_key(f->dir, NULL, IAM_STR("AKIA22222222222ROOTK"), &f->arena, &key));
    assert_same_str(key.owner_id, ACCOUNT);
    assert_false(has_key(f, IAM_STR("AKIA22222222222OTHER")));
}

static void test_key_arena_full(void **state)
{
    struct fixture *f = *state;
    struct iam_directory_key key = { .account = IAM_STR("untouched") };
    struct iam_arena small;

    begin(f);
    add_key(f, KEY, ACCOUNT);
    commit(f);
    open_directory(f);
    iam_arena_init(&small, iam_heap(), 16);
    assert_int_equal(iam_directory_key(f->dir, NULL, KEY, &small, &key), IAM_NOMEM);
    assert_str(key.account, "untouched");
    iam_arena_done(&small);
    assert_true(has_key(f, KEY));
}

static void test_managed_policy(void **state)
{
    struct fixture *f = *state;
    struct iam_str text = ALLOW("s3:GetObject");

    begin(f);
    add_policy(f, POLICY, IAM_STR("p"), text);
    commit(f);
    open_directory(f);
    struct iam_policy *policy = managed(f, POLICY_ARN);
    assert_non_null(policy);
    assert_same_str(iam_policy_text(policy), text);
    assert_int_equal(iam_policy_kind_of(policy), IAM_POLICY_IDENTITY);
    iam_policy_unref(policy);
    assert_false(has_policy(f, POLICY2_ARN));
}

/* A managed policy, as it comes from the directory, does as a session layer. */
static void test_managed_policy_in_session(void **state)
{
    struct fixture *f = *state;
    struct iam_policy_set *set;
    struct iam_decision decision;

    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:Get*"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:*"));
    commit(f);
    open_directory(f);
    const struct iam_set_entry entry = { .policy = managed(f, POLICY_ARN), .name = POLICY_ARN };
    assert_non_null(entry.policy);
    assert_ok(iam_policy_set_new(iam_heap(), &entry, 1, &set));
    iam_policy_unref(entry.policy);
    const struct iam_view *v = by_id(f, ALICE);
    assert_non_null(v);
    const struct iam_policy_set *layers[] = { set };
    const struct iam_policies policies = { .identity = v->identity,
                                           .session = layers,
                                           .session_count = 1 };
    struct iam_request request = {
        .principal = {.kind = IAM_PRINCIPAL_USER, .account = ACCOUNT, .arn = v->arn, .id = v->id},
        .action = IAM_STR("s3:GetObject"),
        .resource = IAM_STR("*"),
    };
    iam_decide(&policies, &request, &decision);
    assert_int_equal(decision.effect, IAM_ALLOW);
    request.action = IAM_STR("s3:PutObject");
    iam_decide(&policies, &request, &decision);
    assert_int_equal(decision.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(decision.reason, IAM_POLICY_SESSION);
    iam_view_unref(v);
    iam_policy_set_unref(set);
}

/* More than fit into the first maps. */
static void test_many(void **state)
{
    struct fixture *f = *state;
    char text[32];

    begin(f);
    for (int i = 0; i < 450; i++) {
        snprintf(text, sizeof(text), "AIDA2222222222222%04d", i);
        char name[16];
        snprintf(name, sizeof(name), "user%d", i);
        add_user(f, iam_str_c(text), iam_str_c(name));
        memcpy(text, "ANPA", 4);
        add_policy(f, iam_str_c(text), iam_str_c(name), ALLOW("s3:GetObject"));
        memcpy(text, "AGPA", 4);
        add_group(f, iam_str_c(text), iam_str_c(name));
        memcpy(text, "AROA", 4);
        add_role(f, iam_str_c(text), iam_str_c(name), TRUST("111122223333"));
    }
    commit(f);
    open_directory(f);
    for (int i = 0; i < 450; i++) {
        snprintf(text, sizeof(text), "AIDA2222222222222%04d", i);
        assert_true(has_id(f, iam_str_c(text)));
        memcpy(text, "AROA", 4);
        assert_true(has_id(f, iam_str_c(text)));
        char arn[64];
        snprintf(arn, sizeof(arn), "arn:aws:iam::111122223333:policy/user%d", i);
        assert_true(has_policy(f, iam_str_c(arn)));
    }
}

/* A view lives as long as somebody holds it, also without the directory. */
static void test_view_outlives_directory(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *v = open_with_full_user(f);

    iam_directory_free(f->dir);
    f->dir = NULL;
    assert_str(v->name, "Alice");
    assert_true(view_can(v, "s3:PutObject"));
    iam_view_unref(v);
    assert_int_equal(f->failing.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accounts, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_user, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_entry_names, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_role, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_keys, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_key_arena_full, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_managed_policy, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_managed_policy_in_session, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_many, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_view_outlives_directory, fixture_setup,
                                        fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
