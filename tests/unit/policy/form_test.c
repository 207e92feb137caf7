/* SPDX-License-Identifier: Apache-2.0 */
/* The small forms that others ask the policy language for: accounts of ARNs, trust actions, names.
 */
#include "lib/test.h"
#include "policy/compiled.h"
#include "policy/kind.h"

static void the_account_of_an_arn(void **state)
{
    static const char *const NONE[] = {
        "",
        "*",
        "arn:aws:s3:::bucket",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::11112222333:role/r",
        "arn:aws:iam::1111222233334:role/r",
        "arn:aws:iam::11112222333x:role/r",
        "arn:aws:iam::111122223333",
        "x:aws:iam::111122223333:role/r",
        "ARN:aws:iam::111122223333:role/r",
        ":::::111122223333:",
    };
    (void)state;
    assert_str(iam_arn_account(IAM_STR("arn:aws:iam::111122223333:role/r")), "111122223333");
    assert_str(iam_arn_account(IAM_STR("arn:aws-cn:sqs:cn-north-1:111122223333:q:x")),
               "111122223333");
    for (size_t i = 0; i < IAM_COUNT(NONE); i++) {
        assert_absent(iam_arn_account(iam_str_c(NONE[i])));
    }
}

/* SPEC: IAM User Guide, "How to use trust policies": what a role's trust policy can allow. */
static void the_actions_of_trust(void **state)
{
    (void)state;
    assert_true(iam_is_trust_action(IAM_STR("sts:AssumeRole")));
    assert_true(iam_is_trust_action(IAM_STR("STS:assumerolewithsaml")));
    assert_true(iam_is_trust_action(IAM_STR("sts:AssumeRoleWithWebIdentity")));
    assert_true(iam_is_trust_action(IAM_STR("sts:SetContext")));
    assert_true(iam_is_trust_action(IAM_STR("sts:SetSourceIdentity")));
    assert_true(iam_is_trust_action(IAM_STR("sts:TagSession")));
    assert_false(iam_is_trust_action(IAM_STR("sts:AssumeRole*")));
    assert_false(iam_is_trust_action(IAM_STR("sts:GetCallerIdentity")));
    assert_false(iam_is_trust_action(IAM_STR("iam:AssumeRole")));
    assert_false(iam_is_trust_action(iam_str_absent()));
}

static void kinds_are_found_by_their_words(void **state)
{
    (void)state;
    for (int i = IAM_POLICY_IDENTITY; i <= IAM_POLICY_RCP; i++) {
        const struct iam_policy_kind_row *row = iam_policy_kind_get((enum iam_policy_kind)i);
        enum iam_policy_kind kind;
        assert_true(iam_policy_kind_find(row->word, &kind));
        assert_int_equal(kind, i);
        assert_true(row->type.len > 0 && row->missing.len > 0 && row->denying.len > 0);
    }
    enum iam_policy_kind kind = IAM_POLICY_SCP;
    assert_false(iam_policy_kind_find(IAM_STR("Identity"), &kind));
    assert_int_equal(kind, IAM_POLICY_SCP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_account_of_an_arn),
        cmocka_unit_test(the_actions_of_trust),
        cmocka_unit_test(kinds_are_found_by_their_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
