/* SPDX-License-Identifier: Apache-2.0 */
/* A header that decides something is given once. */
#include "authn/authn.h"
#include "lib/test.h"

static void test_a_header_is_given_once(void **state)
{
    const struct iam_authn_header headers[] = {
        {IAM_STR("Host"),     IAM_STR("h")},
        { IAM_STR("Referer"), IAM_STR("a")},
        { IAM_STR("REFERER"), IAM_STR("a")}
    };
    struct iam_authn_request request = { .headers = headers, .header_count = 1 };
    size_t count = 9;
    (void)state;
    assert_absent(iam_authn_header(&request, IAM_STR("referer"), &count));
    assert_int_equal(count, 0);
    request.header_count = 2;
    assert_str(iam_authn_header(&request, IAM_STR("referer"), &count), "a");
    assert_int_equal(count, 1);
    request.header_count = 3;
    assert_absent(iam_authn_header(&request, IAM_STR("referer"), &count));
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_is_given_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
