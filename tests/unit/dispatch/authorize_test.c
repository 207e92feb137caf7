/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is checked before a handler runs: each permission of the rule, in order; anything else is
 * denied.
 */
#include "dispatch/authorize.h"

#include "toy.h"

#define ARN "arn:aws:toy::111122223333:thing/"

static void expect_allowed(int status)
{
    inproc_expect(toy.server, 200, "<Answer>done</Answer>");
    assert_int_equal(status, 200);
    assert_int_equal(toy.runs, 1);
}

static void expect_denied(int status, const char *part)
{
    assert_int_equal(status, 403);
    inproc_expect(toy.server, 403, part);
    assert_int_equal(toy.runs, 0);
}

static void test_the_permission_on_its_resource(void **state)
{
    (void)state;
    expect_allowed(toy_run(ALLOW_ON("toy:Run", ARN "one"), "Name=one"));
    expect_denied(toy_run(ALLOW_ON("toy:Run", ARN "one"), "Name=two"),
                  "is not authorized to perform: toy:Run on resource: " ARN "two");
    expect_denied(toy_run(ALLOW("toy:Walk"), "Name=one"), "perform: toy:Run");
    expect_denied(toy_run(STATEMENT("Deny", "toy:Run", ",\"Resource\":\"*\""), "Name=one"),
                  "with an explicit deny in an identity-based policy");
}

static void test_the_reference_is_what_the_input_says(void **state)
{
    (void)state;
    expect_allowed(toy_run(ALLOW("toy:*"), "Name=one&Path=/a/"));
    assert_int_equal(toy.asked_count, 1);
    assert_str(toy.asked[0].name, "one");
    assert_str(toy.asked[0].path, "/a/");
    expect_allowed(toy_run(ALLOW("toy:*"), ""));
    assert_absent(toy.asked[0].name);
    assert_absent(toy.asked[0].path);
}

/* A permission without a resolver is about "*" in the caller's account. */
static void test_without_a_resource(void **state)
{
    (void)state;
    toy.permissions[0].resolve = NULL;
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one"));
    assert_int_equal(toy.asked_count, 0);
    expect_denied(toy_run(ALLOW_ON("toy:Run", ARN "*"), "Name=one"),
                  "perform: toy:Run on resource: * because");
}

/* Both are checked, in order, and one without a resolver is about the first one's resource. */
static void test_further_permissions(void **state)
{
    (void)state;
    toy.rule.permission_count = 2;
    expect_allowed(toy_run(ALLOW_ON("toy:*", ARN "one"), "Name=one"));
    assert_int_equal(toy.asked_count, 1);
    expect_denied(toy_run(ALLOW("toy:Run"), "Name=one"),
                  "perform: toy:Also on resource: " ARN "one");
    expect_denied(toy_run(ALLOW("toy:Also"), "Name=one"), "perform: toy:Run");
    expect_denied(toy_run(ALLOW("s3:*"), "Name=one"), "perform: toy:Run");
}

static void test_when_a_member_is_given(void **state)
{
    static const struct api_condition when[] = { { .member = &toy_members[TOY_COLOR] },
                                                 { .member = &toy_members[TOY_TAGS] } };
    (void)state;
    toy.rule.permission_count = 2;
    toy.permissions[1].when = when;
    toy.permissions[1].when_count = 2;
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one"));
    expect_denied(toy_run(ALLOW("toy:Run"), "Name=one&Color=red"), "perform: toy:Also");
    expect_denied(toy_run(ALLOW("toy:Run"), "Name=one&Tags.member.1.Key=k&Tags.member.1.Value=v"),
                  "perform: toy:Also");
    /* An empty text counts as given, an empty list does not. */
    expect_denied(toy_run(ALLOW("toy:Run"), "Name=one&Color="), "perform: toy:Also");
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one&Tags="));
}

#define LABEL(i, key, value) "&Labels.entry." #i ".key=" key "&Labels.entry." #i ".value=" value

/* The key and the value count, letter for letter. */
static void test_when_a_map_has_the_entry(void **state)
{
    static const struct api_condition when = { .member = &toy_members[TOY_LABELS],
                                               .key = IAM_STR_INIT("Mode/On"),
                                               .value = IAM_STR_INIT("true") };
    (void)state;
    toy.rule.permission_count = 2;
    toy.permissions[1].when = &when;
    toy.permissions[1].when_count = 1;
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one"));
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one" LABEL(1, "Mode/On", "false")));
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one" LABEL(1, "Mode/On", "True")));
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one" LABEL(1, "mode/on", "true")));
    expect_denied(toy_run(ALLOW("toy:Run"), "Name=one" LABEL(1, "Mode/On", "true")),
                  "perform: toy:Also");
    expect_denied(
        toy_run(ALLOW("toy:Run"), "Name=one" LABEL(1, "x", "y") LABEL(2, "Mode/On", "true")),
        "perform: toy:Also");
}

/*
 * What the caller's session carries requires the permission too: nothing is passed on without it.
 */
static void test_when_the_caller_has_the_fact(void **state)
{
    static const struct {
        enum api_fact fact;
        const char *more;
    } cases[] = {
        {API_FACT_TRANSITIVE_TAGS,
         "&Tags.member.1.Key=k&Tags.member.1.Value=v&TransitiveTagKeys.member.1=k"},
        { API_FACT_SOURCE_IDENTITY, "&SourceIdentity=ann"                         },
    };
    struct inproc *s = *state;
    inproc_put_user_policy(s, "alice", ALLOW("sts:*"));
    struct iam_str role = inproc_role(
        s, "r", TRUST("arn:aws:iam::111122223333:user/alice", "sts:*"), ALLOW("toy:Run"));
    toy.rule.permission_count = 2;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        struct api_condition when = { .fact = cases[i].fact };
        toy.permissions[1].when = &when;
        toy.permissions[1].when_count = 1;
        struct inproc_caller with = inproc_assume(s, &toy.alice, role, "with", cases[i].more);
        struct inproc_caller without =
            inproc_assume(s, &toy.alice, role, "without", cases[1 - i].more);
        expect_denied(toy_run_as(&with, "Name=one"), "perform: toy:Also");
        expect_allowed(toy_run_as(&without, "Name=one"));
        expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one"));
        inproc_put_user_policy(s, "alice", ALLOW("sts:*"));
        toy.permissions[1].when = NULL;
        toy.permissions[1].when_count = 0;
    }
}

/* Both ends of a rename, each with its own permission. */
static void test_a_resource_of_its_own(void **state)
{
    static const struct api_condition when = { .member = &toy_members[TOY_NEW_NAME] };
    (void)state;
    toy.rule.permission_count = 2;
    toy.permissions[1] = toy.permissions[2];
    toy.permissions[1].when = &when;
    toy.permissions[1].when_count = 1;
    expect_allowed(toy_run(ALLOW_ON("toy:R*", ARN "o*"), "Name=one&NewName=other"));
    assert_int_equal(toy.asked_count, 2);
    assert_str(toy.asked[0].name, "one");
    assert_str(toy.asked[1].name, "other");
    expect_denied(toy_run(ALLOW_ON("toy:R*", ARN "one"), "Name=one&NewName=two"),
                  "perform: toy:Rename on resource: " ARN "two");
    expect_allowed(toy_run(ALLOW_ON("toy:R*", ARN "one"), "Name=one"));
    assert_int_equal(toy.asked_count, 1);
}

/* The handler acts on the first resource, whatever other resources were checked. */
static void test_the_target_is_the_first_resource(void **state)
{
    struct api_request r;
    (void)state;
    toy.rule.permission_count = 2;
    toy.permissions[1] = toy.permissions[2];
    assert_int_equal(toy_run(ALLOW("toy:*"), "Name=one&NewName=two"), 200);
    toy_open(&r, "Name=one&NewName=two");
    assert_ok(api_authorize(&r.call, r.call.input));
    assert_str(r.call.target.arn, ARN "one");
    toy_close(&r);
}

/* ---- what denies whatever the policies say ---- */

static void test_a_resolver_that_fails(void **state)
{
    static const enum iam_status failures[] = { IAM_IO, IAM_CORRUPT, IAM_NOMEM, IAM_NOT_FOUND };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(failures); i++) {
        toy.resolve_status = failures[i];
        assert_int_equal(toy_run(ALLOW("*"), "Name=one"), failures[i] == IAM_NOMEM ? 503 : 500);
        assert_int_equal(toy.runs, 0);
    }
}

static void test_rules_that_are_not_valid(void **state)
{
    (void)state;
    toy.rule.access = API_ACCESS_NONE;
    assert_int_equal(toy_run(ALLOW("*"), "Name=one"), 403);
    toy.rule.access = (enum api_access)99;
    assert_int_equal(toy_run(ALLOW("*"), "Name=one"), 403);
    toy.rule.access = API_ACCESS_POLICY;
    toy.rule.permission_count = 0;
    assert_int_equal(toy_run(ALLOW("*"), "Name=one"), 403);
    assert_int_equal(toy.runs, 0);
}

static void test_nobody_has_no_permission(void **state)
{
    static const enum api_access all[] = { API_ACCESS_NONE, API_ACCESS_AUTHENTICATED,
                                           API_ACCESS_POLICY, API_ACCESS_TRUST };
    static const struct iam_identity nobody = { .kind = IAM_KIND_NONE };
    struct api_request r;
    (void)state;
    toy_open_door();
    toy_open(&r, "Name=one");
    struct iam_call call = r.call;
    call.caller = &nobody;
    call.subject = (struct api_subject){ 0 };
    for (size_t i = 0; i < IAM_COUNT(all); i++) {
        toy.rule.access = all[i];
        assert_int_equal(api_authorize(&call, call.input), IAM_DENIED);
    }
    toy.rule.access = API_ACCESS_PUBLIC;
    assert_ok(api_authorize(&call, call.input));
    toy.rule.access = API_ACCESS_EVIDENCE;
    assert_int_equal(api_authorize(&call, call.input), IAM_DENIED);
    toy.rule.verify = toy_vouch;
    assert_ok(api_authorize(&call, call.input));
    iam_view_unref(call.target.view);
    api_subject_close(&call.subject);
    toy_close(&r);
}

/* No policy can deny it. */
static void test_any_authenticated_caller(void **state)
{
    (void)state;
    toy.rule.access = API_ACCESS_AUTHENTICATED;
    toy.rule.permission_count = 0;
    expect_allowed(toy_run(STATEMENT("Deny", "*", ",\"Resource\":\"*\""), "Name=one"));
}

/* ---- what the account grants ---- */

static struct {
    enum iam_status status;
    bool is_granted;
    size_t asked;
} account;

static enum iam_status grant(struct iam_call *call, bool *ret)
{
    assert_non_null(call->subject.view);
    account.asked++;
    *ret = account.is_granted;
    return account.status;
}

static void set_grant(enum iam_status status, bool is_granted)
{
    toy.permissions[0].grant = grant;
    account.status = status;
    account.is_granted = is_granted;
    account.asked = 0;
}

/* It counts as an identity policy: nobody asks when there is one, and what denies still does. */
static void test_a_grant_of_the_account(void **state)
{
    (void)state;
    set_grant(IAM_OK, true);
    expect_allowed(toy_run(ALLOW("toy:Run"), "Name=one"));
    assert_int_equal(account.asked, 0);
    expect_allowed(toy_run(ALLOW("s3:*"), "Name=one"));
    assert_int_equal(account.asked, 1);
    expect_denied(toy_run(STATEMENT("Deny", "toy:Run", ",\"Resource\":\"*\""), "Name=one"),
                  "with an explicit deny in an identity-based policy");
    assert_int_equal(account.asked, 1);
    toy.rule.permission_count = 2;
    expect_denied(toy_run(ALLOW("s3:*"), "Name=one"), "perform: toy:Also");
}

static void test_no_grant_of_the_account(void **state)
{
    (void)state;
    set_grant(IAM_OK, false);
    expect_denied(toy_run(ALLOW("s3:*"), "Name=one"),
                  "because no identity-based policy allows the toy:Run action");
    assert_int_equal(account.asked, 1);
    set_grant(IAM_IO, true);
    int status = toy_run(ALLOW("s3:*"), "Name=one");
    assert_true(status >= 500);
    assert_int_equal(toy.runs, 0);
}

static void test_a_boundary_bounds_a_grant(void **state)
{
    struct inproc *s = *state;
    (void)state;
    inproc_must(s, &s->root, "iam", "Action=CreatePolicy&PolicyName=fence&PolicyDocument=%s",
                inproc_form(s, ALLOW("s3:*")));
    inproc_must(s, &s->root, "iam",
                "Action=PutUserPermissionsBoundary&UserName=alice&PermissionsBoundary="
                "arn:aws:iam::111122223333:policy/fence");
    set_grant(IAM_OK, true);
    expect_denied(toy_run(ALLOW("s3:*"), "Name=one"), "perform: toy:Run");
    assert_int_equal(account.asked, 1);
}

/* ---- trust ---- */

/* The role's own policy must allow as well; without a role nobody is allowed. */
static void test_trust(void **state)
{
    struct inproc *s = *state;
    struct iam_str role = inproc_role(
        s, "door", TRUST("arn:aws:iam::111122223333:user/alice", "sts:AssumeRole"), NULL);
    struct iam_str closed =
        inproc_role(s, "wall", TRUST("arn:aws:iam::444455556666:root", "sts:AssumeRole"), NULL);
    toy.permissions[0].action = IAM_STR("sts:AssumeRole");
    toy.permissions[0].denial.reasons = 0;
    toy.rule.access = API_ACCESS_TRUST;
    assert_ok(iam_directory_by_arn(s->directory, NULL, role, &toy.target.view));
    expect_allowed(toy_run(ALLOW("sts:AssumeRole"), "Name=one"));

    assert_ok(iam_directory_by_arn(s->directory, NULL, closed, &toy.target.view));
    expect_denied(toy_run(ALLOW("sts:AssumeRole"), "Name=one"),
                  "is not authorized to perform: sts:AssumeRole on resource: " ARN "one");
    /* The message does not tell whether there is such a role. */
    struct iam_str there = s->body;
    toy.target.view = NULL;
    expect_denied(toy_run(ALLOW("sts:AssumeRole"), "Name=one"), "perform: sts:AssumeRole");
    assert_same_str(s->body, there);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, toy_setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_permission_on_its_resource),
        TEST(test_the_reference_is_what_the_input_says),
        TEST(test_without_a_resource),
        TEST(test_further_permissions),
        TEST(test_when_a_member_is_given),
        TEST(test_when_a_map_has_the_entry),
        TEST(test_when_the_caller_has_the_fact),
        TEST(test_a_resource_of_its_own),
        TEST(test_the_target_is_the_first_resource),
        TEST(test_a_resolver_that_fails),
        TEST(test_rules_that_are_not_valid),
        TEST(test_nobody_has_no_permission),
        TEST(test_any_authenticated_caller),
        TEST(test_a_grant_of_the_account),
        TEST(test_no_grant_of_the_account),
        TEST(test_a_boundary_bounds_a_grant),
        TEST(test_trust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
