/* SPDX-License-Identifier: Apache-2.0 */
/* Version IDs: one text per number, everything else refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/entity.h"

static void reads_version_ids(void **state)
{
    int64_t number = 0;

    (void)state;
    assert_int_equal(iam_policy_version_parse(IAM_STR("v1"), &number), IAM_OK);
    assert_int_equal(number, 1);
    assert_int_equal(iam_policy_version_parse(IAM_STR("v120"), &number), IAM_OK);
    assert_int_equal(number, 120);
    assert_int_equal(iam_policy_version_parse(IAM_STR("v999999999"), &number), IAM_OK);
    assert_int_equal(number, 999999999);
}

static void refuses_other_texts(void **state)
{
    static const char *const BAD[] = { "",    "v",   "1",    "v0",          "v01", "V1",
                                       "v-1", "v 1", "v1.0", "v1000000000", "v1 ", "v+1" };
    int64_t number = 77;

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(iam_policy_version_parse(iam_str_c(BAD[i]), &number), IAM_SYNTAX);
    }
    assert_int_equal(iam_policy_version_parse(iam_str_absent(), &number), IAM_SYNTAX);
    assert_int_equal(number, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_version_ids),
        cmocka_unit_test(refuses_other_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
