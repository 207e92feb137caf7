/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is read when: nobody before being asked for, once however many ask, never when the store is
 * away, and what goes on then.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "fixture.h"

#define ALICE_ARN IAM_STR("arn:aws:iam::111122223333:user/alice")

/* Alice in a group, with policies of all kinds and a key; Bob with the attached policy alone. */
static void add_people(struct fixture *f)
{
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    add_group(f, GROUP, IAM_STR("devs"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:GetObject"));
    add_policy(f, POLICY2, IAM_STR("p2"), ALLOW("*"));
    attach(f, IAM_KIND_USER, BOB, POLICY);
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY2);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("sqs:*"));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, ALICE));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, BOB, POLICY2));
    add_key(f, KEY, ALICE);
    commit(f);
}

static void open_with_people(struct fixture *f)
{
    add_people(f);
    open_directory(f);
}

/* ---- reading ----------------------------------------------------------------------------- */

static void test_nothing_is_read_at_start(void **state)
{
    struct fixture *f = *state;

    open_with_people(f);
    struct iam_directory_stats stats = stats_of(f);
    assert_int_equal(stats.principals + stats.keys + stats.policies + stats.groups, 0);
    assert_int_equal(stats.read_principals, 0);
    assert_true(has_id(f, BOB));
    stats = stats_of(f);
    assert_int_equal(stats.principals, 1);
    assert_int_equal(stats.policies, 2);
    assert_int_equal(stats.groups + stats.keys, 0);
    assert_int_equal(stats.read_principals, 1);
}

static void test_read_once(void **state)
{
    struct fixture *f = *state;

    open_with_people(f);
    for (int i = 0; i < 10; i++) {
        assert_true(has_key(f, KEY));
        assert_true(has_id(f, ALICE));
        assert_true(has_arn(f, ALICE_ARN));
    }
    assert_int_equal(stats_of(f).read_principals, 1);
    assert_int_equal(stats_of(f).built_views, 1);
}

#define THREADS 100
#define LOOKS 10

static struct {
    struct iam_directory *dir;
    pthread_barrier_t start;
    atomic_uint found;
} crowd;

static void *ask_for_alice(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&crowd.start);
    for (int i = 0; i < LOOKS; i++) {
        const struct iam_view *view = NULL;
        enum iam_status st = i % 2 == 0 ? iam_directory_by_id(crowd.dir, NULL, ALICE, &view)
                                        : iam_directory_by_arn(crowd.dir, NULL, ALICE_ARN, &view);
        atomic_fetch_add(&crowd.found, st == IAM_OK && view_can(view, "sqs:SendMessage"));
        iam_view_unref(view);
    }
    return NULL;
}

/* A thousand requests at once for one who is cold. */
static void test_crowd_reads_once(void **state)
{
    struct fixture *f = *state;
    const struct iam_directory_options options = { .alloc = iam_heap(),
                                                   .store = f->store,
                                                   .seed = 7 };
    pthread_t threads[THREADS];

    add_people(f);
    assert_ok(iam_directory_new(&options, &f->dir));
    crowd.dir = f->dir;
    atomic_init(&crowd.found, 0);
    assert_int_equal(pthread_barrier_init(&crowd.start, NULL, THREADS), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_for_alice, NULL), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    pthread_barrier_destroy(&crowd.start);
    assert_int_equal(atomic_load(&crowd.found), THREADS * LOOKS);
    assert_int_equal(stats_of(f).read_principals, 1);
    assert_int_equal(stats_of(f).built_views, 1);
}

/* Strangers leave nothing. */
static void test_strangers(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *view = NULL;
    char text[32];

    open_with_people(f);
    assert_true(has_key(f, KEY));
    struct iam_directory_stats before = stats_of(f);
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof(text), "AKIA222222222222%04d", i);
        assert_false(has_key(f, iam_str_c(text)));
        memcpy(text, "AIDA", 4);
        assert_false(has_id(f, iam_str_c(text)));
        assert_false(has_policy(f, iam_str_c(text)));
    }
    struct iam_directory_stats after = stats_of(f);
    assert_int_equal(after.bytes, before.bytes);
    assert_int_equal(after.principals, before.principals);
    assert_int_equal(after.keys, before.keys);
    /* What cannot be anybody is not looked for. */
    begin(f);
    assert_int_equal(iam_directory_by_id(f->dir, NULL, IAM_STR("nobody"), &view), IAM_NOT_FOUND);
    assert_int_equal(iam_directory_by_arn(f->dir, NULL, IAM_STR("arn:aws:s3:::b"), &view),
                     IAM_NOT_FOUND);
    commit(f);
}

/* ---- the store is away --------------------------------------------------------------------- */

/* While the only connection is taken, the store cannot be read. */
static void test_warm_without_store(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *view = NULL;
    struct iam_directory_key key;
    struct iam_unique_id id;
    struct iam_policy *policy = NULL;

    open_with_people(f);
    assert_true(has_key(f, KEY));
    assert_true(has_policy(f, POLICY_ARN));
    begin(f);
    assert_true(can(f, ALICE, "sqs:SendMessage"));
    assert_true(has_arn(f, ALICE_ARN));
    assert_true(has_key(f, KEY));
    assert_true(has_policy(f, POLICY_ARN));
    /* What is not warm is not known: neither there nor absent. */
    assert_int_equal(iam_directory_by_id(f->dir, NULL, BOB, &view), IAM_IO);
    assert_int_equal(iam_directory_by_id(f->dir, NULL, CAROL, &view), IAM_IO);
    assert_int_equal(
        iam_directory_by_arn(f->dir, NULL, IAM_STR("arn:aws:iam::111122223333:user/bob"), &view),
        IAM_IO);
    assert_int_equal(
        iam_directory_key(f->dir, NULL, IAM_STR("AKIA22222222222OTHER"), &f->arena, &key), IAM_IO);
    assert_int_equal(iam_directory_managed_policy(
                         f->dir, NULL, IAM_STR("arn:aws:iam::aws:policy/x"), &id, &policy),
                     IAM_IO);
    assert_null(view);
    assert_null(policy);
    assert_true(iam_directory_is_ready(f->dir));
    commit(f);
    assert_true(has_id(f, BOB));
    assert_false(has_id(f, CAROL));
}

/* A new version is in force for all who have the policy, and they need not be read again. */
static void test_rebuilt_without_store(void **state)
{
    struct fixture *f = *state;

    open_with_people(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
    begin(f);
    new_default(f, POLICY, DENY("s3:*"));
    commit_refresh(f);
    begin(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "sqs:SendMessage"));
    assert_false(can(f, BOB, "s3:GetObject"));
    assert_int_equal(stats_of(f).read_principals, 2);
    assert_int_equal(stats_of(f).built_views, 4);
    commit(f);
}

/* ---- a transaction of the caller ----------------------------------------------------------- */

static void test_held_unchanged(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *view;

    open_with_people(f);
    begin(f);
    assert_ok(iam_directory_by_id(f->dir, f->txn, ALICE, &view));
    assert_true(view_can(view, "sqs:SendMessage"));
    iam_view_unref(view);
    assert_true(has_id(f, ALICE));
    commit(f);
    assert_int_equal(stats_of(f).read_principals, 1);
}

/* What a transaction has changed is seen by who holds it, and by nobody else. */
static void test_held_changed(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *view;

    open_with_people(f);
    begin(f);
    put_inline(f, IAM_KIND_USER, BOB, IAM_STR("own"), ALLOW("ec2:*"));
    add_user(f, CAROL, IAM_STR("carol"));
    assert_ok(iam_directory_by_id(f->dir, f->txn, BOB, &view));
    assert_true(view_can(view, "ec2:RunInstances"));
    iam_view_unref(view);
    assert_ok(iam_directory_by_id(f->dir, f->txn, CAROL, &view));
    iam_view_unref(view);
    assert_int_equal(stats_of(f).principals, 0);
    iam_txn_rollback(f->txn);
    assert_false(can(f, BOB, "ec2:RunInstances"));
    assert_false(has_id(f, CAROL));
}

/* ---- dependencies -------------------------------------------------------------------------- */

static void test_depends_on(void **state)
{
    struct fixture *f = *state;

    open_with_people(f);
    const struct iam_view *alice = by_id(f, ALICE);
    const struct iam_view *bob = by_id(f, BOB);
    const struct iam_view *root = by_id(f, ACCOUNT);
    assert_true(iam_view_depends_on(alice, ALICE));
    assert_true(iam_view_depends_on(alice, GROUP));
    assert_true(iam_view_depends_on(alice, POLICY));
    assert_true(iam_view_depends_on(alice, POLICY2)); /* of the group */
    assert_false(iam_view_depends_on(alice, BOB));
    assert_true(iam_view_depends_on(bob, BOB));
    assert_true(iam_view_depends_on(bob, POLICY));
    assert_true(iam_view_depends_on(bob, POLICY2)); /* the boundary */
    assert_false(iam_view_depends_on(bob, GROUP));
    assert_true(iam_view_depends_on(root, ACCOUNT));
    assert_false(iam_view_depends_on(root, POLICY));
    /* Also of a view that is kept no longer. */
    begin(f);
    assert_ok(iam_store_member_remove(f->txn, ACCOUNT, GROUP, ALICE));
    assert_ok(iam_store_group_delete(f->txn, ACCOUNT, GROUP));
    commit_refresh(f);
    assert_true(iam_view_depends_on(alice, GROUP));
    const struct iam_view *now = by_id(f, ALICE);
    assert_false(iam_view_depends_on(now, GROUP));
    iam_view_unref(now);
    iam_view_unref(alice);
    iam_view_unref(bob);
    iam_view_unref(root);
}

/* ---- a second process ---------------------------------------------------------------------- */

static bool other_can(struct iam_directory *other, const char *action)
{
    const struct iam_view *view;

    assert_ok(iam_directory_by_id(other, NULL, BOB, &view));
    bool answer = view_can(view, action);
    iam_view_unref(view);
    return answer;
}

/* Two directories on one store: a refresh of either is enough for what the other's writer did. */
static void test_two_directories(void **state)
{
    struct fixture *f = *state;
    const struct iam_directory_options options = { .alloc = iam_heap(),
                                                   .store = f->store,
                                                   .seed = 7 };
    struct iam_directory *other;

    open_with_people(f);
    assert_ok(iam_directory_new(&options, &other));
    assert_true(other_can(other, "s3:GetObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
    begin(f);
    new_default(f, POLICY, ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_true(can(f, BOB, "s3:PutObject"));
    assert_true(other_can(other, "s3:GetObject"));
    assert_ok(iam_directory_refresh(other));
    assert_false(other_can(other, "s3:GetObject"));
    assert_true(other_can(other, "s3:PutObject"));
    /* One who is cold brings what was committed before for all who are warm. */
    begin(f);
    new_default(f, POLICY, ALLOW("s3:DeleteObject"));
    commit(f);
    const struct iam_view *view;
    assert_ok(iam_directory_by_id(other, NULL, ALICE, &view));
    iam_view_unref(view);
    assert_false(other_can(other, "s3:PutObject"));
    assert_true(other_can(other, "s3:DeleteObject"));
    iam_directory_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_read_at_start, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_read_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_crowd_reads_once, fixture_setup_on_disk,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_strangers, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_warm_without_store, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_rebuilt_without_store, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_held_unchanged, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_held_changed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_depends_on, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_two_directories, fixture_setup_on_disk,
                                        fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
