/* SPDX-License-Identifier: Apache-2.0 */
/* From which entities a view was made. */
#include "fixture.h"

static bool depends(struct fixture *f, struct iam_str id, struct iam_str on)
{
    const struct iam_view *view;
    assert_ok(iam_directory_by_id(f->dir, NULL, id, &view));
    bool answer = iam_view_depends_on(view, on);
    iam_view_unref(view);
    return answer;
}

/* Alice is in the group, which has POLICY2; POLICY is attached to Bob, and the boundary of Carol.
 */
static void open_world(struct fixture *f)
{
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    add_user(f, CAROL, IAM_STR("carol"));
    add_role(f, ROLE, IAM_STR("r"), TRUST("*"));
    add_group(f, GROUP, IAM_STR("g"));
    add_policy(f, POLICY, IAM_STR("p"), ALLOW("s3:*"));
    add_policy(f, POLICY2, IAM_STR("p2"), ALLOW("s3:*"));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, GROUP, ALICE));
    attach(f, IAM_KIND_GROUP, GROUP, POLICY2);
    attach(f, IAM_KIND_USER, BOB, POLICY);
    attach(f, IAM_KIND_ROLE, ROLE, POLICY);
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, CAROL, POLICY));
    commit(f);
    open_directory(f);
}

static void test_itself_and_what_it_has(void **state)
{
    struct fixture *f = *state;
    open_world(f);
    assert_true(depends(f, ALICE, ALICE));
    assert_true(depends(f, ALICE, GROUP));
    assert_true(depends(f, ALICE, POLICY2));
    assert_true(depends(f, BOB, POLICY));
    assert_true(depends(f, CAROL, POLICY));
    assert_true(depends(f, ROLE, ROLE));
    assert_true(depends(f, ROLE, POLICY));
    assert_true(depends(f, ACCOUNT, ACCOUNT));
}

static void test_not_on_others(void **state)
{
    struct fixture *f = *state;
    open_world(f);
    assert_false(depends(f, ALICE, BOB));
    assert_false(depends(f, ALICE, POLICY));
    assert_false(depends(f, BOB, GROUP));
    assert_false(depends(f, BOB, POLICY2));
    assert_false(depends(f, CAROL, POLICY2));
    assert_false(depends(f, ROLE, GROUP));
    assert_false(depends(f, ACCOUNT, ALICE));
    assert_false(depends(f, ALICE, IAM_STR("")));
}

static void test_as_it_is_after_a_refresh(void **state)
{
    struct fixture *f = *state;
    open_world(f);
    begin(f);
    detach(f, IAM_KIND_GROUP, GROUP, POLICY2);
    attach(f, IAM_KIND_GROUP, GROUP, POLICY);
    commit_refresh(f);
    assert_false(depends(f, ALICE, POLICY2));
    assert_true(depends(f, ALICE, POLICY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_itself_and_what_it_has, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_not_on_others, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_as_it_is_after_a_refresh, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
