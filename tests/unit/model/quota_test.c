/* SPDX-License-Identifier: Apache-2.0 */
/* The quota table is complete, and documents are measured without white space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/quota.h"

static void every_row_is_filled(void **state)
{
    (void)state;
    for (int i = 0; i < IAM_QUOTA_COUNT; i++) {
        const struct iam_quota_row *row = iam_quota_get((enum iam_quota)i);

        assert_true(row->name.len > 0);
        assert_true(row->value > 0);
        assert_true(row->max >= row->value);
    }
}

static void has_the_published_values(void **state)
{
    (void)state;
    assert_int_equal(iam_quota_get(IAM_QUOTA_USERS)->value, 5000);
    assert_int_equal(iam_quota_get(IAM_QUOTA_GROUPS)->value, 300);
    assert_int_equal(iam_quota_get(IAM_QUOTA_GROUPS_PER_USER)->value, 10);
    assert_int_equal(iam_quota_get(IAM_QUOTA_ACCESS_KEYS)->value, 2);
    assert_int_equal(iam_quota_get(IAM_QUOTA_VERSIONS_PER_POLICY)->value, 5);
    assert_int_equal(iam_quota_get(IAM_QUOTA_TAGS)->value, 50);
    assert_int_equal(iam_quota_get(IAM_QUOTA_MANAGED_POLICY_SIZE)->value, 6144);
    assert_int_equal(iam_quota_get(IAM_QUOTA_INLINE_SIZE_ROLE)->value, 10240);
}

static void measures_documents(void **state)
{
    (void)state;
    assert_int_equal(iam_quota_document_chars(iam_str_absent()), 0);
    assert_int_equal(iam_quota_document_chars(IAM_STR(" \t\r\n")), 0);
    assert_int_equal(iam_quota_document_chars(IAM_STR("{ \"a\" : 1 }")), 7);
    assert_int_equal(iam_quota_document_chars(IAM_STR("\xC3\xA9\xC3\xA8")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_filled),
        cmocka_unit_test(has_the_published_values),
        cmocka_unit_test(measures_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
