/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept, what is shared, and what goes when memory is short. */
#include <stdio.h>

#include "fixture.h"

#define CROWD 400

static struct iam_str crowd_id(char text[32], int i)
{
    snprintf(text, 32, "AIDA222222222222%05d", i);
    return iam_str_c(text);
}

/* Everybody has the same documents: one attached and, with has_own, one inline. */
static void add_crowd(struct fixture *f, bool has_own)
{
    char text[32];
    char name[16];

    begin(f);
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    for (int i = 0; i < CROWD; i++) {
        snprintf(name, sizeof(name), "user%d", i);
        add_user(f, crowd_id(text, i), iam_str_c(name));
        attach(f, IAM_KIND_USER, iam_str_c(text), POLICY);
        if (has_own) {
            put_inline(f, IAM_KIND_USER, iam_str_c(text), IAM_STR("own"), ALLOW("sqs:*"));
        }
    }
    commit(f);
}

/* ---- sharing ----------------------------------------------------------------------------- */

static void test_sets_are_shared(void **state)
{
    struct fixture *f = *state;
    char text[32];

    add_crowd(f, false);
    open_directory(f);
    const struct iam_view *first = by_id(f, crowd_id(text, 0));
    const struct iam_view *other = by_id(f, crowd_id(text, 1));
    assert_ptr_equal(first->identity, other->identity);
    iam_view_unref(other);
    begin(f);
    new_default(f, POLICY, ALLOW("s3:PutObject"));
    commit_refresh(f);
    other = by_id(f, crowd_id(text, 1));
    assert_ptr_not_equal(first->identity, other->identity);
    const struct iam_view *again = by_id(f, crowd_id(text, 0));
    assert_ptr_equal(again->identity, other->identity);
    iam_view_unref(again);
    iam_view_unref(first);
    iam_view_unref(other);
}

static void test_documents_are_shared(void **state)
{
    struct fixture *f = *state;
    char text[32];

    add_crowd(f, true);
    open_directory(f);
    const struct iam_view *first = by_id(f, crowd_id(text, 0));
    const struct iam_view *other = by_id(f, crowd_id(text, 1));
    assert_ptr_not_equal(first->identity, other->identity);
    assert_str(iam_policy_set_name(first->identity, 0), "own");
    assert_ptr_equal(iam_policy_set_policy(first->identity, 0),
                     iam_policy_set_policy(other->identity, 0));
    iam_view_unref(first);
    iam_view_unref(other);
}

/* Two policies with the same text are still two, each under its own name. */
static void test_same_text_twice(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    add_policy(f, POLICY2, IAM_STR("p2"), ALLOW("s3:GetObject"));
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    attach(f, IAM_KIND_USER, ALICE, POLICY2);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:GetObject"));
    commit(f);
    open_directory(f);
    const struct iam_view *v = by_id(f, ALICE);
    assert_int_equal(iam_policy_set_count(v->identity), 3);
    assert_str(iam_policy_set_name(v->identity, 0), "own");
    assert_same_str(iam_policy_set_name(v->identity, 1), POLICY_ARN);
    assert_same_str(iam_policy_set_name(v->identity, 2), POLICY2_ARN);
    assert_ptr_equal(iam_policy_set_policy(v->identity, 0), iam_policy_set_policy(v->identity, 2));
    iam_view_unref(v);
    /* One of them changes: the other does not. */
    begin(f);
    new_default(f, POLICY2, ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "s3:PutObject"));
}

/* ---- the budget -------------------------------------------------------------------------- */

static void ask_for_all(struct fixture *f)
{
    char text[32];

    for (int i = 0; i < CROWD; i++) {
        assert_true(can(f, crowd_id(text, i), "s3:GetObject"));
    }
}

static void test_no_budget(void **state)
{
    struct fixture *f = *state;

    add_crowd(f, true);
    open_directory(f);
    ask_for_all(f);
    ask_for_all(f);
    assert_int_equal(stats_of(f).principals, CROWD);
    assert_int_equal(stats_of(f).read_principals, CROWD);
    assert_int_equal(stats_of(f).evicted, 0);
}

static void test_budget(void **state)
{
    struct fixture *f = *state;
    char text[32];

    f->max_bytes = (size_t)256 << 10;
    add_crowd(f, true);
    open_directory(f);
    for (int i = 0; i < CROWD; i++) {
        assert_true(can(f, crowd_id(text, i), "s3:GetObject"));
        assert_true(stats_of(f).bytes <= f->max_bytes);
    }
    struct iam_directory_stats stats = stats_of(f);
    assert_true(stats.principals > 5 && stats.principals < CROWD);
    assert_true(stats.evicted >= CROWD - stats.principals);
    ask_for_all(f);
    assert_true(stats_of(f).bytes <= f->max_bytes);
}

/* Who is asked for all the time stays, however many come and go. */
static void test_used_stays(void **state)
{
    struct fixture *f = *state;
    char text[32];

    f->max_bytes = (size_t)256 << 10;
    add_crowd(f, true);
    open_directory(f);
    const struct iam_view *first = by_id(f, crowd_id(text, 0));
    iam_view_unref(first);
    for (int i = 1; i < CROWD; i++) {
        assert_true(has_id(f, crowd_id(text, i)));
        assert_true(has_id(f, crowd_id(text, 0)));
    }
    assert_true(stats_of(f).evicted > 0);
    assert_int_equal(stats_of(f).read_principals, CROWD);
}

/* What somebody holds is good for as long, and counts. */
static void test_held_stays(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *held[CROWD];
    char text[32];

    f->max_bytes = (size_t)256 << 10;
    add_crowd(f, true);
    open_directory(f);
    for (int i = 0; i < CROWD; i++) {
        held[i] = by_id(f, crowd_id(text, i));
    }
    assert_true(stats_of(f).bytes > f->max_bytes);
    assert_int_equal(stats_of(f).principals, CROWD);
    for (int i = 0; i < CROWD; i++) {
        assert_true(view_can(held[i], "s3:GetObject"));
        iam_view_unref(held[i]);
    }
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    commit_refresh(f);
    for (int i = 0; i < 10; i++) {
        assert_false(has_id(f, BOB));
    }
    assert_true(has_id(f, ALICE));
    assert_true(stats_of(f).bytes <= f->max_bytes);
}

/* With room for nobody everybody is still answered for, and what was revoked is. */
static void test_tiny_budget(void **state)
{
    struct fixture *f = *state;
    char text[32];

    f->max_bytes = 1;
    add_crowd(f, false);
    begin(f);
    add_key(f, KEY, crowd_id(text, 3));
    commit(f);
    open_directory(f);
    ask_for_all(f);
    assert_true(has_key(f, KEY));
    assert_true(stats_of(f).principals <= 1);
    begin(f);
    new_default(f, POLICY, ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_false(can(f, crowd_id(text, 3), "s3:GetObject"));
}

/* A refresh that forgets a user gives the memory back. */
static void test_bytes_go_down(void **state)
{
    struct fixture *f = *state;
    char text[32];

    add_crowd(f, true);
    open_directory(f);
    ask_for_all(f);
    size_t full = stats_of(f).bytes;
    begin(f);
    for (int i = 0; i < CROWD; i++) {
        assert_ok(iam_store_user_delete(f->txn, ACCOUNT, crowd_id(text, i)));
    }
    commit_refresh(f);
    assert_int_equal(stats_of(f).principals, 0);
    assert_true(stats_of(f).bytes < full / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sets_are_shared, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_documents_are_shared, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_same_text_twice, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_no_budget, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_budget, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_used_stays, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_held_stays, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_tiny_budget, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_bytes_go_down, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
