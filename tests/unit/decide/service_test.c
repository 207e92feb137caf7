/* SPDX-License-Identifier: Apache-2.0 */
/* What policies say of services as a whole. */
#include "decide/service.h"

#include <stdio.h>

#include "base/heap.h"
#include "lib/test.h"

#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":"
#define EVERYWHERE ",\"Resource\":\"*\"}"

static struct iam_policy *parse(const char *text)
{
    struct iam_policy *policy = NULL;
    assert_ok(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(text), &policy, NULL));
    return policy;
}

typedef bool says_fn(const struct iam_policy *policy, struct iam_str service);

static void expect(says_fn *says, const char *statement, const char *service, bool wanted)
{
    char text[1024];
    (void)snprintf(text, sizeof(text), HEAD "%s}", statement);
    struct iam_policy *policy = parse(text);
    if (says(policy, iam_str_c(service)) != wanted) {
        fail_msg("%s of %s", statement, service);
    }
    iam_policy_unref(policy);
}

#define ALLOW(actions) "{\"Effect\":\"Allow\"," actions EVERYWHERE
#define DENY(actions) "{\"Effect\":\"Deny\"," actions EVERYWHERE

static void test_allowed_services(void **state)
{
    (void)state;
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"*\""), "s3", true);
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"s3:*\""), "s3", true);
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"S3:GetObject\""), "s3", true);
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"s3:GetObject\""), "s3express", false);
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"s3express:*\""), "s3", false);
    expect(iam_policy_allows_service, ALLOW("\"Action\":[\"ec2:*\",\"iam:Get*\"]"), "iam", true);
    expect(iam_policy_allows_service, ALLOW("\"NotAction\":\"s3:*\""), "s3", false);
    expect(iam_policy_allows_service, ALLOW("\"NotAction\":\"s3:*\""), "ec2", true);
    expect(iam_policy_allows_service, ALLOW("\"NotAction\":\"s3:Get*\""), "s3", true);
    expect(iam_policy_allows_service, ALLOW("\"NotAction\":\"*\""), "s3", false);
    expect(iam_policy_allows_service, DENY("\"Action\":\"s3:*\""), "s3", false);
    expect(iam_policy_allows_service,
           "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b\","
           "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}",
           "s3", true);
}

static void test_allowed_actions(void **state)
{
    (void)state;
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"iam:Get*\""), "iam:getuser", true);
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"iam:Get*\""), "iam:listusers", false);
    expect(iam_policy_allows_service, ALLOW("\"Action\":\"*\""), "iam:listusers", true);
    expect(iam_policy_allows_service, ALLOW("\"NotAction\":\"iam:Get*\""), "iam:getuser", false);
    expect(iam_policy_allows_service, ALLOW("\"NotAction\":\"iam:Get*\""), "iam:listusers", true);
}

static void test_denied(void **state)
{
    (void)state;
    expect(iam_policy_denies_service, DENY("\"Action\":\"s3:*\""), "s3", true);
    expect(iam_policy_denies_service, DENY("\"Action\":\"s3:**\""), "s3", true);
    expect(iam_policy_denies_service, DENY("\"Action\":\"*\""), "s3", true);
    expect(iam_policy_denies_service, DENY("\"Action\":\"s3:Get*\""), "s3", false);
    expect(iam_policy_denies_service, DENY("\"Action\":\"s3:Get*\""), "s3:getobject", true);
    expect(iam_policy_denies_service, DENY("\"NotAction\":\"iam:*\""), "s3", true);
    expect(iam_policy_denies_service, DENY("\"NotAction\":[\"iam:*\",\"s3:Get*\"]"), "s3", false);
    expect(iam_policy_denies_service, ALLOW("\"Action\":\"s3:*\""), "s3", false);
    expect(iam_policy_denies_service,
           "{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::*\"}", "s3",
           false);
    expect(iam_policy_denies_service,
           "{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"NotResource\":\"*\"}", "s3", false);
    expect(iam_policy_denies_service,
           "{\"Effect\":\"Deny\",\"Action\":\"s3:*\",\"Resource\":\"*\","
           "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}}",
           "s3", false);
}

static bool join(void *ctx, struct iam_str space)
{
    char *out = ctx;
    size_t len = strlen(out);
    (void)snprintf(out + len, 64, "%.*s ", IAM_STR_ARG(space));
    return strcmp(out, "s3 ec2 ") != 0;
}

static void test_walk(void **state)
{
    char out[256] = "";
    struct iam_policy *policy =
        parse(HEAD "[" ALLOW("\"Action\":[\"S3:GetObject\",\"*\",\"iam:*\"]") "," DENY(
            "\"Action\":\"kms:*\"") "," ALLOW("\"NotAction\":\"sqs:*\"") "]}");
    (void)state;
    assert_true(iam_policy_each_service(policy, join, out));
    assert_string_equal(out, "s3 iam ");
    iam_policy_unref(policy);
    policy = parse(HEAD "[" ALLOW("\"Action\":[\"s3:*\",\"ec2:*\",\"iam:*\"]") "]}");
    out[0] = '\0';
    assert_false(iam_policy_each_service(policy, join, out));
    assert_string_equal(out, "s3 ec2 ");
    iam_policy_unref(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowed_services),
        cmocka_unit_test(test_allowed_actions),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_walk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
