/* SPDX-License-Identifier: Apache-2.0 */
/* AWS managed policies: attached, as boundaries and by ARN, compiled once for all who have them. */
#include "fixture.h"

#include "model/arn.h"

#define AWS(tail) IAM_STR(IAM_AWS_POLICY_PREFIX tail)
#define S3_READ AWS("/AmazonS3ReadOnlyAccess")
#define POWER AWS("/PowerUserAccess")

static int setup(void **state)
{
    const struct iam_catalogue_options delivered = { .file =
                                                         "share/aws-policies/aws-policies.iamd" };
    char error[IAM_CATALOGUE_ERROR_MAX];
    assert_int_equal(fixture_setup(state), 0);
    struct fixture *f = *state;
    assert_ok(iam_catalogue_open(&delivered, &f->catalogue, error));
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    add_group(f, GROUP, IAM_STR("g"));
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    struct iam_catalogue *catalogue = f->catalogue;
    int outcome = fixture_teardown(state);
    iam_catalogue_close(catalogue);
    return outcome;
}

static void test_attached_and_detached(void **state)
{
    struct fixture *f = *state;
    attach(f, IAM_KIND_USER, ALICE, S3_READ);
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, BOB));
    attach(f, IAM_KIND_GROUP, GROUP, S3_READ);
    commit(f);
    open_directory(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_false(can(f, ALICE, "s3:PutObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
    assert_false(can(f, BOB, "ec2:RunInstances"));
    assert_int_equal(stats_of(f).policies, 1);
    begin(f);
    detach(f, IAM_KIND_USER, ALICE, S3_READ);
    attach(f, IAM_KIND_GROUP, GROUP, POWER);
    commit_refresh(f);
    assert_false(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, BOB, "ec2:RunInstances"));
    assert_int_equal(stats_of(f).policies, 2);
}

static void test_a_boundary(void **state)
{
    struct fixture *f = *state;
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("all"), ALLOW("*"));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, S3_READ));
    commit(f);
    open_directory(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_false(can(f, ALICE, "s3:PutObject"));
    begin(f);
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, ALICE, POWER));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:PutObject"));
    assert_false(can(f, ALICE, "iam:CreateUser"));
}

/* Expects that nothing can be decided for a user who has what there is not. */
static void expect_broken(struct fixture *f, struct iam_str id)
{
    const struct iam_view *view = by_id(f, id);
    assert_non_null(view);
    assert_false(view_can(view, "s3:GetObject"));
    iam_view_unref(view);
}

static void test_one_that_is_gone(void **state)
{
    struct fixture *f = *state;
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("all"), ALLOW("*"));
    put_inline(f, IAM_KIND_USER, BOB, IAM_STR("all"), ALLOW("*"));
    attach(f, IAM_KIND_USER, ALICE, AWS("/NoSuchPolicy"));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, BOB, AWS("/NoSuchPolicy")));
    commit(f);
    open_directory(f);
    expect_broken(f, ALICE);
    expect_broken(f, BOB);
    begin(f);
    detach(f, IAM_KIND_USER, ALICE, AWS("/NoSuchPolicy"));
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, BOB, iam_str_absent()));
    commit_refresh(f);
    assert_true(can(f, ALICE, "s3:GetObject"));
    assert_true(can(f, BOB, "s3:GetObject"));
}

static void test_by_arn(void **state)
{
    struct fixture *f = *state;
    commit(f);
    open_directory(f);
    assert_true(has_policy(f, S3_READ));
    assert_true(has_policy(f, S3_READ));
    assert_int_equal(stats_of(f).policies, 1);
    assert_false(has_policy(f, AWS("/amazons3readonlyaccess")));
    assert_false(has_policy(f, AWS("/x/AmazonS3ReadOnlyAccess")));
    assert_false(has_policy(f, AWS("/NoSuchPolicy")));
}

static void test_no_catalogue(void **state)
{
    struct fixture *f = *state;
    struct iam_catalogue *catalogue = f->catalogue;
    f->catalogue = NULL;
    attach(f, IAM_KIND_USER, ALICE, S3_READ);
    commit(f);
    open_directory(f);
    f->catalogue = catalogue;
    expect_broken(f, ALICE);
    assert_false(has_policy(f, S3_READ));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_attached_and_detached, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_boundary, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_that_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_arn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_catalogue, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
