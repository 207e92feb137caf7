/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags and paths that no client may choose, in whichever permission of the rule they occur (S32).
 */
#include "dispatch/reserved.h"

#include <stdio.h>

#include "toy.h"

/* The member Tags; tests make it required. */
static struct api_member required_tags;

static const struct api_key_source tag_keys[] = {
    {IAM_STR_INIT("aws:RequestTag/"), API_KEY_FROM_TAGS, &required_tags, { 0 }},
};

/* Recorded on AWS. */
#define RESERVED "<Message>Tag keys beginning with aws: are reserved for system use.</Message>"
#define TWINS "<Message>Duplicate tag keys found.</Message>"
#define TWINS_ANY_CASE \
    "<Message>Duplicate tag keys found. Please note that Tag keys are case insensitive.</Message>"

static int setup(void **state)
{
    (void)toy_setup(state);
    required_tags = toy_members[TOY_TAGS];
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
}

static void test_tag_keys_of_aws(void **state)
{
    (void)state;
    expect_refused("Tags.member.1.Key=aws:x&Tags.member.1.Value=v", RESERVED);
    expect_refused("Tags.member.1.Key=AwS:x&Tags.member.1.Value=v", RESERVED);
    expect_refused("Tags.member.1.Key=ok&Tags.member.1.Value=v&Tags.member.2.Key=aws:"
                   "&Tags.member.2.Value=v",
                   RESERVED);
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=aws&Tags.member.1.Value=aws:"), 200);
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=xaws:&Tags.member.1.Value=v"), 200);
}

/* A reserved key is told before two that are the same. */
static void test_the_reserved_key_is_told_first(void **state)
{
    (void)state;
    expect_refused("Tags.member.1.Key=x&Tags.member.1.Value=v&Tags.member.2.Key=x"
                   "&Tags.member.2.Value=v&Tags.member.3.Key=aws:x&Tags.member.3.Value=v",
                   RESERVED);
}

/* A list of tags that the operation is about must have one. */
static void test_an_empty_list(void **state)
{
    (void)state;
    assert_int_equal(toy_run_as(&toy.alice, "Tags="), 200);
    required_tags.is_required = true;
    expect_refused("Tags=", "<Message>Error occurred while validating input. </Message>");
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=x&Tags.member.1.Value=v"), 200);
}

/* Keys that differ only in case are two where they are tags of a policy. */
static void test_keys_of_policies_are_exact(void **state)
{
    (void)state;
    toy.target.arn = IAM_STR("arn:aws:iam::111122223333:policy/p");
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=stage&Tags.member.1.Value=a"
                                            "&Tags.member.2.Key=STAGE&Tags.member.2.Value=b"),
                     200);
    expect_refused("Tags.member.1.Key=stage&Tags.member.1.Value=a&Tags.member.2.Key=stage"
                   "&Tags.member.2.Value=b",
                   TWINS);
}

/* Two keys that differ only in case would be one condition key with two values. */
static void test_tag_keys_are_given_once(void **state)
{
    (void)state;
    expect_refused("Tags.member.1.Key=Team&Tags.member.1.Value=a&Tags.member.2.Key=x"
                   "&Tags.member.2.Value=b&Tags.member.3.Key=tEAM&Tags.member.3.Value=a",
                   TWINS_ANY_CASE);
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
    expect_refused("Tags.member.1.Key=aws:x&Tags.member.1.Value=v", RESERVED);
}

/* Who has no permission is told that and nothing else. Recorded for tags. */
static void test_after_the_decision(void **state)
{
    inproc_put_user_policy(*state, "alice", ALLOW("s3:*"));
    required_tags.is_required = true;
    assert_int_equal(toy_run_as(&toy.alice, "Path=/aws-reserved/"), 403);
    assert_int_equal(toy_run_as(&toy.alice, "Tags="), 403);
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=aws:x&Tags.member.1.Value=v"), 403);
    assert_int_equal(toy_run_as(&toy.alice, "Tags.member.1.Key=x&Tags.member.1.Value=v"
                                            "&Tags.member.2.Key=x&Tags.member.2.Value=w"),
                     403);
}

/* Of a key that is given twice, in any case, conditions see the last value. */
static void test_the_last_value_is_decided_on(void **state)
{
    static const char *const keys[] = { "team", "TEAM" };
    inproc_put_user_policy(
        *state, "alice",
        ALLOW_IF("toy:Run", "{\"StringEquals\":{\"aws:RequestTag/team\":\"approved\"}}"));
    for (size_t i = 0; i < IAM_COUNT(keys); i++) {
        char more[256];
        (void)snprintf(more, sizeof(more),
                       "Tags.member.1.Key=team&Tags.member.1.Value=approved"
                       "&Tags.member.2.Key=%s&Tags.member.2.Value=other",
                       keys[i]);
        assert_int_equal(toy_run_as(&toy.alice, more), 403);
        (void)snprintf(more, sizeof(more),
                       "Tags.member.1.Key=team&Tags.member.1.Value=other"
                       "&Tags.member.2.Key=%s&Tags.member.2.Value=approved",
                       keys[i]);
        expect_refused(more, TWINS_ANY_CASE);
    }
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_tag_keys_of_aws),
        TEST(test_tag_keys_are_given_once),
        TEST(test_paths_of_services),
        TEST(test_every_permission_is_looked_at),
        TEST(test_after_the_decision),
        TEST(test_the_reserved_key_is_told_first),
        TEST(test_an_empty_list),
        TEST(test_keys_of_policies_are_exact),
        TEST(test_the_last_value_is_decided_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
