/* SPDX-License-Identifier: Apache-2.0 */
/* The table of services: its order, and how services and their actions are found. */
#include "model/service.h"

#include "lib/test.h"

static void test_order(void **state)
{
    size_t count = 0;
    const struct iam_service *all = iam_service_list(&count);
    (void)state;
    assert_true(count > 400);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(iam_service_find(all[i].space), &all[i]);
        assert_true(all[i].space.len > 0 && all[i].space.len <= IAM_SERVICE_MAX);
        assert_true(all[i].name.len > 0);
        assert_true(i == 0 || iam_str_cmp(all[i - 1].space, all[i].space) < 0);
        for (size_t a = 0; a < all[i].action_count; a++) {
            assert_same_str(iam_service_action(&all[i], all[i].actions[a]), all[i].actions[a]);
        }
    }
}

static void test_find(void **state)
{
    const struct iam_service *s3 = iam_service_find(IAM_STR("s3"));
    const struct iam_service *iam = iam_service_find(IAM_STR("iam"));
    (void)state;
    assert_non_null(s3);
    assert_same_str(s3->name, IAM_STR("Amazon S3"));
    assert_int_equal(s3->action_count, 0);
    assert_null(iam_service_find(IAM_STR("S3")));
    assert_null(iam_service_find(IAM_STR("myapp")));
    assert_null(iam_service_find(IAM_STR("")));
    assert_null(iam_service_find(IAM_STR("zzzz")));
    assert_same_str(iam_service_action(iam, IAM_STR("createUSER")), IAM_STR("CreateUser"));
    assert_false(iam_str_is_set(iam_service_action(iam, IAM_STR("PassRole"))));
    assert_false(iam_str_is_set(iam_service_action(s3, IAM_STR("GetObject"))));
    assert_false(iam_str_is_set(iam_service_action(NULL, IAM_STR("CreateUser"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_order), cmocka_unit_test(test_find) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
