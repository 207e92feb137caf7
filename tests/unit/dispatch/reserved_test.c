/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags and paths that no client may choose, in whichever permission of the rule they occur (S32).
 */
#include "dispatch/reserved.h"

#include "toy.h"

static const struct api_key_source tag_keys[] = {
    {IAM_STR_INIT("aws:RequestTag/"), API_KEY_FROM_TAGS, &toy_members[TOY_TAGS], { 0 }},
};

static int setup(void **state)
{
    (void)toy_setup(state);
    inproc_put_user_policy(*state, "alice", ALLOW("*"));
    toy.permissions[0].keys = tag_keys;
    toy.permissions[0].key_count = 1;
    return 0;
}

static void expect_refused(const char *more, const char *message)
{
    assert_int_equal(toy_run_as(&toy.alice, more), 400);
    inproc_expect(toy.server, 400, "InvalidInput");
    inproc_expect(toy.server, 400, message);
    assert_int_equal(toy.runs, 0);
    assert_int_equal(toy.asked_count, 0); /* nothing was looked up */
}

static void test_tag_keys_of_aws(void **state)
{
    (void)state;
    expect_refused("Tags.member.1.Key=aws:x&Tags.member.1.Value=v", "begin with aws:");
    expect_refused("Tags.member.1.Key=AwS:x&Tags.member.1.Value=v", "begin with aws:");
    expect_refused("Tags.member.1.Key=ok&Tags.member.1.Value=v&Tags.member.2.Key=aws:"
                   "&Tags.member.2.Value=v",
                   "begin with aws:");
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=aws&Tags.member.1.Value=aws:"), 200);
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=xaws:&Tags.member.1.Value=v"), 200);
}

/* Two keys that differ only in case would be one condition key with two values. */
static void test_tag_keys_are_given_once(void **state)
{
    (void)state;
    expect_refused("Tags.member.1.Key=Team&Tags.member.1.Value=a&Tags.member.2.Key=x"
                   "&Tags.member.2.Value=b&Tags.member.3.Key=tEAM&Tags.member.3.Value=a",
                   "Duplicate tag keys");
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=a&Tags.member.1.Value=v"
                                            "&Tags.member.2.Key=b&Tags.member.2.Value=v"),
                     200);
}

static void test_paths_of_services(void **state)
{
    (void)state;
    expect_refused("Path=/aws-service-role/", "reserved for AWS services");
    expect_refused("Path=/aws-service-role/x/", "reserved for AWS services");
    expect_refused("Path=/AWS-Service-Role/", "reserved for AWS services");
    expect_refused("Path=/aws-reserved/sso/", "reserved for AWS services");
    assert_int_equal(toy_run_as(&toy.alice, "Path=/aws-service-roles/"), 200);
    assert_int_equal(toy_run_as(&toy.alice, "Path=/x/aws-reserved/"), 200);
    assert_int_equal(toy_run_as(&toy.alice, ""), 200);
}

/* Those of a further permission are checked too, whether or not it is needed. */
static void test_every_permission_is_looked_at(void **state)
{
    static const struct api_condition never = { &toy_members[TOY_COLOR], API_FACT_NONE };
    (void)state;
    toy.permissions[0].keys = NULL;
    toy.permissions[0].key_count = 0;
    toy.permissions[0].path = NULL;
    toy.permissions[1].keys = tag_keys;
    toy.permissions[1].key_count = 1;
    toy.permissions[1].path = &toy_members[TOY_PATH];
    toy.permissions[1].when = &never;
    toy.permissions[1].when_count = 1;
    assert_int_equal(toy_run_as(&toy.alice, "Path=/aws-reserved/"), 200);
    toy.rule.permission_count = 2;
    expect_refused("Path=/aws-reserved/", "reserved for AWS services");
    expect_refused("Tags.member.1.Key=aws:x&Tags.member.1.Value=v", "begin with aws:");
}

/* Checked first: even a caller without permissions is told what is wrong with the input. */
static void test_before_the_decision(void **state)
{
    inproc_put_user_policy(*state, "alice", ALLOW("s3:*"));
    expect_refused("Path=/aws-reserved/", "reserved for AWS services");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_tag_keys_of_aws),     TEST(test_tag_keys_are_given_once),
        TEST(test_paths_of_services),   TEST(test_every_permission_is_looked_at),
        TEST(test_before_the_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
