/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes wrong denies: documents that do not parse break the views they are part of and no
 * others; a refresh that fails closes the directory until one succeeds.
 */
#include "fixture.h"

#include "directory/load.h"

/* There, and good for nothing, also for a caller that does not look at is_broken. */
static void assert_broken(struct fixture *f, struct iam_str id)
{
    const struct iam_view *v = by_id(f, id);

    assert_non_null(v);
    assert_true(v->is_broken);
    assert_false(view_can(v, "s3:GetObject"));
    assert_false(v->kind == IAM_KIND_ROLE &&
                 trusts(v, IAM_STR("arn:aws:iam::111122223333:user/alice"), ALICE));
    iam_view_unref(v);
}

static void open_with_two(struct fixture *f)
{
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    add_role(f, ROLE, IAM_STR("deploy"), TRUST("111122223333"));
    add_group(f, GROUP, IAM_STR("devs"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:*"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:*"));
    put_inline(f, IAM_KIND_USER, BOB, IAM_STR("own"), ALLOW("s3:*"));
    put_inline(f, IAM_KIND_ROLE, ROLE, IAM_STR("own"), ALLOW("s3:*"));
    commit(f);
    open_directory(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ROLE, "s3:GetObject"));
}

static void test_broken_inline(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("bad"), BROKEN);
    commit_refresh(f);
    assert_broken(f, ALICE);
    assert_true(can(f, BOB, "s3:GetObject"));
    begin(f);
    drop_inline(f, IAM_KIND_USER, ALICE, IAM_STR("bad"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
}

static void test_broken_group(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, ALICE));
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("bad"), BROKEN);
    commit_refresh(f);
    assert_broken(f, ALICE);
    assert_true(can(f, BOB, "s3:GetObject"));
    begin(f);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("bad"), ALLOW("sqs:*"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, ALICE, "sqs:SendMessage"));
}

static void test_broken_managed(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    new_default(f, POLICY, BROKEN);
    commit_refresh(f);
    assert_broken(f, ALICE);
    assert_true(can(f, BOB, "s3:GetObject"));
    assert_false(has_policy(f, POLICY_ARN));
    begin(f);
    assert_ok(iam_store_version_set_default(f->txn, ACCOUNT, POLICY, 1, 3));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(has_policy(f, POLICY_ARN));
}

static void test_broken_boundary(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, POLICY));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    begin(f);
    new_default(f, POLICY, BROKEN);
    commit_refresh(f);
    assert_broken(f, ALICE);
    begin(f);
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, iam_str_absent()));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
}

static void test_broken_trust(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    assert_ok(iam_store_role_set_trust(f->txn, ACCOUNT, ROLE, ALLOW("sts:AssumeRole"), NULL, 0));
    commit_refresh(f);
    assert_broken(f, ROLE);
    assert_true(has_arn(f, IAM_STR("arn:aws:iam::111122223333:role/r/deploy")));
}

/* Who is broken when first asked for keeps nobody else out. */
static void test_broken_at_load(void **state)
{
    struct fixture *f = *state;

    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    add_policy(f, POLICY, IAM_STR("p"), IAM_STR(""));
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:*"));
    put_inline(f, IAM_KIND_USER, BOB, IAM_STR("own"), ALLOW("s3:*"));
    commit(f);
    open_directory(f);
    assert_broken(f, ALICE);
    assert_true(can(f, BOB, "s3:GetObject"));
}

/*
 * The store does not let go of a policy that is in use, so what a damaged one would do is shown on
 * the parts: subjects that name a policy or group which nobody has heard of.
 */
static const struct iam_view *view_of_lost(struct fixture *f, struct iam_facts *draft)
{
    struct iam_dir_source *lost_policy;
    struct iam_dir_source *lost_group;
    struct iam_dir_counters counters = { 0 };
    struct iam_dir_view *view;
    struct iam_facts *facts;
    struct iam_dir_pass pass;
    struct iam_pool *pool;

    assert_ok(iam_pool_new(&f->failing.alloc, 1, &pool));
    assert_ok(iam_dir_source_new(pool, IAM_DIR_POLICY, POLICY, POLICY_ARN, &lost_policy));
    assert_ok(iam_dir_source_new(pool, IAM_DIR_GROUP, GROUP, iam_str_absent(), &lost_group));
    draft->kind = IAM_KIND_USER;
    draft->account = ACCOUNT;
    draft->id = ALICE;
    draft->name = IAM_STR("alice");
    draft->arn = IAM_STR("arn:aws:iam::111122223333:user/alice");
    draft->boundary = draft->boundary != NULL ? lost_policy : NULL;
    draft->attached = &lost_policy;
    draft->groups = &lost_group;
    assert_ok(iam_facts_new(pool, draft, &facts));
    iam_dir_pass_init(&pass, pool, NULL, NULL);
    pass.counters = &counters;
    assert_ok(iam_dir_view_build(&pass, facts, &view));
    iam_dir_pass_done(&pass);
    iam_facts_unref(facts);
    iam_dir_source_unref(lost_policy);
    iam_dir_source_unref(lost_group);
    iam_pool_leave(pool);
    return &view->view;
}

static void test_lost_references(void **state)
{
    struct fixture *f = *state;
    static struct iam_dir_source any;
    struct iam_facts drafts[] = {
        { .boundary = &any },
        { .attached_count = 1 },
        { .group_count = 1 },
        { .boundary = NULL },
    };

    for (size_t i = 0; i < IAM_COUNT(drafts); i++) {
        const struct iam_view *v = view_of_lost(f, &drafts[i]);
        bool names_something = i < IAM_COUNT(drafts) - 1;
        assert_int_equal(v->is_broken, names_something);
        assert_int_equal(v->boundary != NULL, names_something);
        assert_false(view_can(v, "s3:GetObject"));
        iam_view_unref(v);
    }
}

/* No look-up says that there is somebody, nor that there is nobody. */
static void assert_closed(struct fixture *f)
{
    const struct iam_view *view = NULL;
    struct iam_unique_id id;
    struct iam_policy *policy = NULL;
    struct iam_directory_key key;

    assert_false(iam_directory_is_ready(f->dir));
    assert_int_equal(iam_directory_by_id(f->dir, NULL, ALICE, &view), IAM_IO);
    assert_int_equal(iam_directory_by_id(f->dir, NULL, ACCOUNT, &view), IAM_IO);
    assert_int_equal(iam_directory_by_id(f->dir, NULL, IAM_STR("nobody"), &view), IAM_IO);
    assert_int_equal(
        iam_directory_by_arn(f->dir, NULL, IAM_STR("arn:aws:iam::111122223333:user/alice"), &view),
        IAM_IO);
    assert_int_equal(iam_directory_by_arn(
                         f->dir, NULL, IAM_STR("arn:aws:iam::111122223333:role/r/deploy"), &view),
                     IAM_IO);
    assert_int_equal(iam_directory_key(f->dir, NULL, KEY, &f->arena, &key), IAM_IO);
    assert_int_equal(iam_directory_managed_policy(f->dir, NULL, POLICY_ARN, &id, &policy), IAM_IO);
    assert_null(view);
    assert_null(policy);
}

/* While the only connection is taken, no transaction can begin. */
static void test_store_error(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    add_key(f, KEY, ALICE);
    commit_refresh(f);
    begin(f);
    assert_int_equal(iam_directory_refresh(f->dir), IAM_IO);
    assert_closed(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), ALLOW("s3:PutObject"));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:PutObject"));
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
    assert_true(has_key(f, KEY));
}

static void test_store_error_at_start(void **state)
{
    struct fixture *f = *state;

    begin(f);
    assert_int_equal(try_open(f), IAM_IO);
    assert_null(f->dir);
    commit(f);
    assert_int_equal(f->failing.live, 0);
}

/* Looks up what may fail for want of memory; what is found is right. */
static enum iam_status look_at(struct fixture *f, struct iam_str id, const char *action)
{
    const struct iam_view *view;

    IAM_TRY(iam_directory_by_id(f->dir, NULL, id, &view));
    assert_false(view->is_broken);
    assert_true(view_can(view, action));
    iam_view_unref(view);
    return IAM_OK;
}

static enum iam_status look_at_all(struct fixture *f, const char *action)
{
    struct iam_directory_key key;
    struct iam_unique_id id;
    struct iam_policy *policy;

    iam_arena_clear(&f->arena);
    IAM_TRY(look_at(f, ALICE, action));
    IAM_TRY(look_at(f, ROLE, action));
    IAM_TRY(iam_directory_managed_policy(f->dir, NULL, POLICY_ARN, &id, &policy));
    iam_policy_unref(policy);
    return iam_directory_key(f->dir, NULL, KEY, &f->arena, &key);
}

static enum iam_status load_scenario(const struct iam_alloc *alloc, void *ctx)
{
    struct fixture *f = ctx;
    const struct iam_directory_options options = { .alloc = alloc, .store = f->store, .seed = 1 };

    IAM_TRY(iam_directory_new(&options, &f->dir));
    enum iam_status st = look_at_all(f, "s3:GetObject");
    iam_directory_free(f->dir);
    f->dir = NULL;
    return st;
}

static void add_everything(struct fixture *f)
{
    begin(f);
    add_key(f, KEY, ALICE);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), ALLOW("sqs:*"));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, ALICE));
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, ROLE, POLICY));
    put_tag(f, IAM_KIND_USER, ALICE, IAM_STR("team"), IAM_STR("blue"));
    commit(f);
}

static void test_no_memory_at_load(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    iam_directory_free(f->dir);
    f->dir = NULL;
    add_everything(f);
    torture(load_scenario, f);
}

/* One change of everything; which documents depends on round, so that each can be told apart. */
static void change_everything(struct fixture *f, size_t round)
{
    const struct iam_str document = round % 2 == 0 ? ALLOW("s3:Get*") : ALLOW("s3:Put*");

    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"), document);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), document);
    put_inline(f, IAM_KIND_ROLE, ROLE, IAM_STR("own"), document);
    new_default(f, POLICY, document);
    assert_ok(iam_store_access_key_set_active(f->txn, ACCOUNT, ALICE, KEY, round % 2 == 0));
    if (round % 2 == 0) {
        assert_ok(iam_store_user_delete(f->txn, ACCOUNT, BOB));
    } else {
        add_user(f, BOB, IAM_STR("bob"));
    }
    commit(f);
}

static void assert_round(struct fixture *f, size_t round)
{
    struct iam_directory_key key;
    const char *yes = round % 2 == 0 ? "s3:GetObject" : "s3:PutObject";
    const char *no = round % 2 == 0 ? "s3:PutObject" : "s3:GetObject";

    assert_true(iam_directory_is_ready(f->dir));
    assert_true(can(f, ALICE, yes));
    assert_true(can(f, ROLE, yes));
    assert_false(can(f, ALICE, no));
    assert_false(can(f, ROLE, no));
    assert_int_equal(has_id(f, BOB), round % 2 != 0);
    iam_arena_clear(&f->arena);
    assert_ok(iam_directory_key(f->dir, NULL, KEY, &f->arena, &key));
    assert_int_equal(key.is_active, round % 2 == 0);
}

/* A refresh, and look-ups of all that it made old, with allocation n failing: st of what failed. */
static enum iam_status refresh_without(struct fixture *f, size_t n, const char *action)
{
    f->failing.count = 0;
    f->failing.failed = 0;
    f->failing.fail_at = n;
    enum iam_status st = iam_directory_refresh(f->dir);
    bool is_refreshed = st == IAM_OK;
    if (is_refreshed) {
        st = look_at_all(f, action);
    }
    f->failing.fail_at = 0;
    if (!is_refreshed) {
        assert_closed(f);
        assert_ok(iam_directory_refresh(f->dir));
    }
    return st;
}

/*
 * Every allocation of a refresh and of the look-ups that follow fails in turn: the directory is
 * closed or the look-up fails, and then all is as the store has it. Both kinds of round must have
 * come through unhurt before all are done.
 */
static void test_no_memory_at_refresh(void **state)
{
    struct fixture *f = *state;
    size_t round = 0;

    open_with_two(f);
    add_everything(f);
    assert_ok(iam_directory_refresh(f->dir));
    for (int unhurt = 0; unhurt < 2; round++) {
        assert_true(round < 2000);
        change_everything(f, round);
        enum iam_status st =
            refresh_without(f, round + 1, round % 2 == 0 ? "s3:GetObject" : "s3:PutObject");
        unhurt = f->failing.failed > 0 ? 0 : unhurt + 1;
        assert_true(st == IAM_OK || (unhurt == 0 && st == IAM_NOMEM));
        assert_round(f, round);
    }
    print_message("%zu allocations\n", round - 1);
    assert_true(round > 20);
}

/*
 * A commit without any memory: what it took away is gone at once, who has not changed is served,
 * and the others are as soon as there is memory. The same when it is not known what has changed,
 * but that nobody is served meanwhile.
 */
static void test_no_memory_after_a_commit(void **state)
{
    struct fixture *f = *state;
    const struct iam_view *view;

    open_with_two(f);
    for (int is_partial = 0; is_partial < 2; is_partial++) {
        const char *now = is_partial ? "s3:PutObject" : "s3:DeleteObject";
        const char *before = is_partial ? "s3:DeleteObject" : "s3:GetObject";
        assert_true(can(f, ALICE, before) && can(f, BOB, "s3:GetObject"));
        begin(f);
        put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("own"),
                   is_partial ? ALLOW("s3:PutObject") : ALLOW("s3:DeleteObject"));
        struct iam_txn_changes changes = *iam_txn_changes(f->txn);
        changes.is_partial = is_partial != 0;
        commit(f);
        f->failing.fail_at = f->failing.count + 1;
        f->failing.is_persistent = true;
        iam_directory_committed(f->dir, &changes);
        assert_true(iam_directory_is_ready(f->dir));
        assert_int_equal(iam_directory_by_id(f->dir, NULL, ALICE, &view), IAM_NOMEM);
        enum iam_status other = iam_directory_by_id(f->dir, NULL, BOB, &view);
        assert_int_equal(other, is_partial ? IAM_NOMEM : IAM_OK);
        if (other == IAM_OK) {
            iam_view_unref(view);
        }
        f->failing.fail_at = 0;
        assert_true(can(f, ALICE, now) && can(f, BOB, "s3:GetObject"));
        assert_false(can(f, ALICE, before));
    }
}

/* What could not be read again at once is when it is needed, before anybody is let in by it. */
static void test_what_is_shared_is_read_when_needed(void **state)
{
    struct fixture *f = *state;

    open_with_two(f);
    begin(f);
    new_default(f, POLICY, ALLOW("sns:*"));
    attach(f, IAM_KIND_USER, ALICE, POLICY);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), ALLOW("sqs:*"));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, BOB));
    commit_refresh(f);
    assert_true(can(f, ALICE, "sns:Publish") && can(f, BOB, "sns:Publish"));
    assert_true(can(f, BOB, "sqs:SendMessage"));
    begin(f);
    new_default(f, POLICY, ALLOW("sns:Get*"));
    put_inline(f, IAM_KIND_GROUP, GROUP, IAM_STR("shared"), ALLOW("sqs:Get*"));
    struct iam_txn_changes changes = *iam_txn_changes(f->txn);
    commit(f);
    f->failing.fail_at = f->failing.count + 1;
    f->failing.is_persistent = true;
    iam_directory_committed(f->dir, &changes);
    f->failing.fail_at = 0;
    assert_true(can(f, ALICE, "sns:GetTopicAttributes"));
    assert_false(can(f, ALICE, "sns:Publish"));
    assert_true(can(f, BOB, "sns:GetTopicAttributes") && can(f, BOB, "sqs:GetQueueUrl"));
    assert_false(can(f, BOB, "sns:Publish") || can(f, BOB, "sqs:SendMessage"));
}

/*
 * Another policy takes the ARN of one that is warm, and what changed in the same commit before
 * cannot be read again: who asks next finds the other one.
 */
static void test_no_memory_for_suspects(void **state)
{
    struct fixture *f = *state;
    bool is_failed = true;

    const struct iam_str other = IAM_STR("ANPA22222222222222PL3");

    begin(f);
    add_policy(f, other, IAM_STR("other"), ALLOW("*"));
    commit(f);
    open_directory(f);
    for (size_t n = 1; is_failed; n++) {
        const struct iam_str ids[] = { POLICY, POLICY2 };
        const struct iam_str text = n % 2 == 0 ? ALLOW("s3:Get*") : ALLOW("s3:Put*");
        assert_true(n < 200);
        assert_true(has_policy(f, IAM_STR("arn:aws:iam::111122223333:policy/other")));
        begin(f);
        new_default(f, other, text);
        if (n > 1) {
            assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, ids[n % 2]));
        }
        add_policy(f, ids[(n + 1) % 2], IAM_STR("p"), text);
        commit(f);
        f->failing.count = 0;
        f->failing.failed = 0;
        f->failing.fail_at = n;
        if (iam_directory_refresh(f->dir) != IAM_OK) {
            f->failing.fail_at = 0;
            assert_ok(iam_directory_refresh(f->dir));
        }
        is_failed = f->failing.failed > 0;
        f->failing.fail_at = 0;
        struct iam_policy *policy = managed(f, POLICY_ARN);
        assert_non_null(policy);
        assert_same_str(iam_policy_text(policy), text);
        iam_policy_unref(policy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_broken_inline, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_broken_group, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_broken_managed, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_broken_boundary, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_broken_trust, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_broken_at_load, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_lost_references, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_store_error, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_store_error_at_start, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_no_memory_at_load, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_no_memory_at_refresh, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_no_memory_after_a_commit, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_shared_is_read_when_needed, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_no_memory_for_suspects, fixture_setup,
                                        fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
