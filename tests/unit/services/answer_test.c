/* SPDX-License-Identifier: Apache-2.0 */
/* Whole requests whose answers show what was stored, used or passed on. */
#include "lib/inproc.h"

#include "server/last_used.h"

#define ARN "arn:aws:iam::111122223333:"

static struct inproc *s;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    return 0;
}

/* ---- tags ---- */

/*
 * iam:ResourceTag/ has the tags of the entity that is named, and so has aws:ResourceTag/ (both are
 * in the Service Authorization Reference).
 */
static void test_tags_of_the_resource_decide(void **state)
{
    static const char *const prefixes[] = { "iam", "aws" };
    (void)state;
    struct inproc_caller alice = inproc_user(s, "alice", NULL);
    inproc_must(s, &s->root, "iam",
                "Action=CreateUser&UserName=red&Tags.member.1.Key=team&Tags.member.1.Value=red");
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=plain");
    for (size_t i = 0; i < IAM_COUNT(prefixes); i++) {
        struct iam_str policy = signer_fmt(
            &s->arena,
            ALLOW_IF("iam:GetUser", "{\"StringEquals\":{\"%s:ResourceTag/team\":\"red\"}}"),
            prefixes[i]);
        inproc_put_user_policy(s, "alice", policy.p);
        assert_int_equal(inproc_ask(s, &alice, "iam", "Action=GetUser&UserName=red"), 200);
        assert_int_equal(inproc_ask(s, &alice, "iam", "Action=GetUser&UserName=plain"), 403);
        assert_int_equal(inproc_ask(s, &alice, "iam", "Action=GetUser&UserName=nobody"), 403);
    }
}

/* Tags given at creation can be read, for every kind that takes them. */
static void test_tags_at_creation_are_stored(void **state)
{
    static const char tags[] = "&Tags.member.1.Key=k1&Tags.member.1.Value=v1"
                               "&Tags.member.2.Key=k2&Tags.member.2.Value=v2";
    static const char both[] = "<Tags><member><Key>k1</Key><Value>v1</Value></member>"
                               "<member><Key>k2</Key><Value>v2</Value></member></Tags>";
    (void)state;
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=u%s", tags);
    inproc_must(s, &s->root, "iam", "Action=ListUserTags&UserName=u");
    assert_true(inproc_says(s, both));
    inproc_must(s, &s->root, "iam", "Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=%s%s",
                inproc_form(s, TRUST(ARN "root", "sts:AssumeRole")), tags);
    inproc_must(s, &s->root, "iam", "Action=ListRoleTags&RoleName=r");
    assert_true(inproc_says(s, both));
    inproc_must(s, &s->root, "iam", "Action=GetRole&RoleName=r");
    assert_true(inproc_says(s, both));
    inproc_must(s, &s->root, "iam", "Action=CreatePolicy&PolicyName=p&PolicyDocument=%s%s",
                inproc_form(s, ALLOW("*")), tags);
    inproc_must(s, &s->root, "iam", "Action=ListPolicyTags&PolicyArn=" ARN "policy/p");
    assert_true(inproc_says(s, both));
}

/* ---- sessions ---- */

static struct inproc_caller assumer(struct iam_str *ret_role)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("*"));
    *ret_role = inproc_role(s, "r", TRUST(ARN "root", "sts:*"), ALLOW("*"));
    return alice;
}

static int assume(const struct inproc_caller *who, struct iam_str role, const char *more)
{
    return inproc_ask(s, who, "sts", "Action=AssumeRole&RoleArn=%.*s&RoleSessionName=night%s",
                      IAM_STR_ARG(role), more);
}

/* A key to be passed on must be among the tags of the session. */
static void test_transitive_keys_are_of_the_session(void **state)
{
    struct iam_str role;
    (void)state;
    struct inproc_caller alice = assumer(&role);
    const char *tag = "&Tags.member.1.Key=Team&Tags.member.1.Value=red";
    assert_int_equal(
        assume(&alice, role, signer_fmt(&s->arena, "%s&TransitiveTagKeys.member.1=Team", tag).p),
        200);
    assert_int_equal(
        assume(&alice, role, signer_fmt(&s->arena, "%s&TransitiveTagKeys.member.1=team", tag).p),
        200);
    assert_int_equal(
        assume(&alice, role, signer_fmt(&s->arena, "%s&TransitiveTagKeys.member.1=size", tag).p),
        400);
    assert_int_equal(assume(&alice, role, "&TransitiveTagKeys.member.1=Team"), 400);
}

/* Transitive tags go from session to session and cannot be replaced on the way. */
static void test_transitive_tags_go_on(void **state)
{
    struct iam_str role;
    (void)state;
    struct inproc_caller alice = assumer(&role);
    inproc_must(s, &s->root, "iam",
                "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
                inproc_form(s, "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                               "\"Action\":\"sts:*\",\"Resource\":\"*\"},{\"Effect\":\"Allow\","
                               "\"Action\":\"iam:ListUsers\",\"Resource\":\"*\",\"Condition\":"
                               "{\"StringEquals\":{\"aws:PrincipalTag/team\":\"red\"}}}]}"));
    struct inproc_caller first =
        inproc_assume(s, &alice, role, "first",
                      "&Tags.member.1.Key=team&Tags.member.1.Value=red&TransitiveTagKeys.member.1="
                      "team");
    struct inproc_caller second = inproc_assume(s, &first, role, "second", "");
    assert_int_equal(inproc_ask(s, &second, "iam", "Action=ListUsers"), 200);
    assert_int_equal(assume(&first, role, "&Tags.member.1.Key=team&Tags.member.1.Value=blue"), 400);
    /* A tag that is not transitive does not go to the next session. */
    struct inproc_caller plain =
        inproc_assume(s, &alice, role, "plain", "&Tags.member.1.Key=team&Tags.member.1.Value=red");
    struct inproc_caller after = inproc_assume(s, &plain, role, "after", "");
    assert_int_equal(inproc_ask(s, &plain, "iam", "Action=ListUsers"), 200);
    assert_int_equal(inproc_ask(s, &after, "iam", "Action=ListUsers"), 403);
}

static void test_the_source_identity_is_answered(void **state)
{
    struct iam_str role;
    (void)state;
    struct inproc_caller alice = assumer(&role);
    struct inproc_caller session = inproc_assume(s, &alice, role, "night", "&SourceIdentity=ann");
    assert_str(inproc_text(s, "SourceIdentity"), "ann");
    /* The source identity stays for the sessions that are made from it. */
    assert_int_equal(assume(&session, role, ""), 200);
    assert_str(inproc_text(s, "SourceIdentity"), "ann");
    assert_int_not_equal(assume(&session, role, "&SourceIdentity=bob"), 200);
    assert_int_equal(assume(&alice, role, ""), 200);
    assert_false(inproc_says(s, "SourceIdentity"));
}

/* ---- further permissions ---- */

/*
 * Tags and a source identity of a session each need a permission of their own, also those that are
 * inherited from the calling session.
 */
static void test_what_a_session_carries_is_asked_for(void **state)
{
    static const struct {
        const char *action;
        const char *more;
    } cases[] = {
        {"sts:TagSession",         "&Tags.member.1.Key=k&Tags.member.1.Value=v"
                            "&TransitiveTagKeys.member.1=k"},
        { "sts:SetSourceIdentity", "&SourceIdentity=ann"                             },
    };
    struct iam_str role;
    (void)state;
    struct inproc_caller alice = assumer(&role);
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        struct iam_str without = signer_fmt(
            &s->arena,
            "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
            "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"%s\",\"Resource\":\"*\"}]}",
            cases[i].action);
        inproc_put_user_policy(s, "alice", ALLOW("*"));
        struct inproc_caller carrier = inproc_assume(s, &alice, role, "carrier", cases[i].more);
        inproc_must(s, &s->root, "iam",
                    "Action=PutRolePolicy&RoleName=r&PolicyName=p&PolicyDocument=%s",
                    inproc_form(s, without.p));
        assert_int_equal(assume(&carrier, role, ""), 403);
        inproc_expect(s, 403, cases[i].action);

        inproc_put_user_policy(s, "alice", without.p);
        assert_int_equal(assume(&alice, role, ""), 200);
        assert_int_equal(assume(&alice, role, cases[i].more), 403);
        inproc_expect(s, 403, cases[i].action);

        /* The role must permit it as well. */
        inproc_put_user_policy(s, "alice", ALLOW("*"));
        inproc_must(s, &s->root, "iam",
                    "Action=UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=%s",
                    inproc_form(s, TRUST(ARN "root", "sts:AssumeRole")));
        assert_int_equal(assume(&alice, role, ""), 200);
        assert_int_equal(assume(&alice, role, cases[i].more), 403);
        inproc_expect(s, 403, cases[i].action);
        inproc_must(s, &s->root, "iam",
                    "Action=UpdateAssumeRolePolicy&RoleName=r&PolicyDocument=%s",
                    inproc_form(s, TRUST(ARN "root", "sts:*")));
    }
}

static void test_tags_at_creation_are_asked_for(void **state)
{
    static const char *const creations[] = {
        "iam:TagUser",   "Action=CreateUser&UserName=n",
        "iam:TagPolicy", "Action=CreatePolicy&PolicyName=n&PolicyDocument=%s",
        "iam:TagRole",   "Action=CreateRole&RoleName=n&AssumeRolePolicyDocument=%s",
    };
    static const char tags[] = "&Tags.member.1.Key=k&Tags.member.1.Value=v";
    (void)state;
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:Create*"));
    const char *documents[] = { "", inproc_form(s, ALLOW("*")),
                                inproc_form(s, TRUST(ARN "root", "sts:AssumeRole")) };
    for (size_t i = 0; i < IAM_COUNT(documents); i++) {
        const char *form = creations[2 * i + 1];
        int before_document = (int)(strlen(form) - (i > 0 ? strlen("%s") : 0));
        assert_int_equal(
            inproc_ask(s, &alice, "iam", "%.*s%s%s", before_document, form, documents[i], tags),
            403);
        inproc_expect(s, 403, creations[2 * i]);
        assert_int_equal(
            inproc_ask(s, &alice, "iam", "%.*s%s", before_document, form, documents[i]), 200);
    }
}

/*
 * SPEC: dacut/scratchstack-e2e, tests/test_authz_write.py (run on AWS): without a new name, the
 * other end is the path with an empty name.
 */
static void test_both_ends_of_a_rename_are_asked_for(void **state)
{
    (void)state;
    struct inproc_caller alice =
        inproc_user(s, "alice",
                    STATEMENT("Allow", "iam:Update*",
                              ",\"Resource\":[\"" ARN "user/here/*\",\"" ARN "group/here/*\"]"));
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=u&Path=/here/");
    inproc_must(s, &s->root, "iam", "Action=CreateGroup&GroupName=g&Path=/here/");
    assert_int_equal(inproc_ask(s, &alice, "iam", "Action=UpdateUser&UserName=u&NewPath=/there/"),
                     403);
    inproc_expect(s, 403, "on resource: " ARN "user/there/ because");
    assert_int_equal(inproc_ask(s, &alice, "iam", "Action=UpdateGroup&GroupName=g&NewPath=/there/"),
                     403);
    inproc_expect(s, 403, "on resource: " ARN "group/there/ because");
    assert_int_equal(inproc_ask(s, &alice, "iam", "Action=UpdateUser&UserName=u&NewUserName=v"),
                     200);
    inproc_must(s, &s->root, "iam", "Action=GetUser&UserName=v");
    assert_str(inproc_text(s, "Arn"), ARN "user/here/v");
}

/* ---- uses ---- */

static void test_the_last_use_of_a_key(void **state)
{
    struct last_used *uses = NULL;
    (void)state;
    struct inproc_caller alice = inproc_user(s, "alice", NULL);
    inproc_must(s, &s->root, "iam", "Action=GetAccessKeyLastUsed&AccessKeyId=%.*s",
                IAM_STR_ARG(alice.id));
    assert_str(inproc_text(s, "ServiceName"), "N/A");
    assert_str(inproc_text(s, "Region"), "N/A");
    assert_false(inproc_says(s, "LastUsedDate"));

    assert_ok(last_used_new(1, &uses));
    s->env.note_use = last_used_note;
    s->env.note_use_ctx = uses;
    s->region = IAM_STR("eu-west-1");
    inproc_must(s, &alice, "sts", "Action=GetCallerIdentity");
    s->env.note_use = NULL;
    assert_ok(last_used_flush(uses, s->store));
    last_used_free(uses);
    s->region = IAM_STR("us-east-1");
    inproc_must(s, &s->root, "iam", "Action=GetAccessKeyLastUsed&AccessKeyId=%.*s",
                IAM_STR_ARG(alice.id));
    assert_str(inproc_text(s, "UserName"), "alice");
    assert_str(inproc_text(s, "LastUsedDate"), "2026-01-02T03:04:05Z");
    assert_str(inproc_text(s, "ServiceName"), "sts");
    assert_str(inproc_text(s, "Region"), "eu-west-1");
}

/* A key of another account is treated like one that does not exist. */
static void test_the_last_use_across_accounts(void **state)
{
    (void)state;
    struct inproc_caller alice = inproc_user(s, "alice", NULL);
    assert_int_equal(inproc_ask(s, &s->other_root, "iam",
                                "Action=GetAccessKeyLastUsed&AccessKeyId=%.*s",
                                IAM_STR_ARG(alice.id)),
                     403);
    assert_false(inproc_says(s, "alice"));
    assert_false(inproc_says(s, "111122223333"));
    assert_true(inproc_says(s, "access key AKIA"));
    assert_int_equal(inproc_ask(s, &s->other_root, "iam",
                                "Action=GetAccessKeyLastUsed&AccessKeyId=AKIANOBODYNOBODYNOBO"),
                     403);
    assert_true(inproc_says(s, "access key AKIANOBODYNOBODYNOBO"));
}

/* ---- what is missing ---- */

static void test_groups_of_a_missing_user(void **state)
{
    (void)state;
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=ListGroupsForUser&UserName=nobody"),
                     404);
    inproc_expect(s, 404, "<Code>NoSuchEntity</Code>");
    inproc_expect(s, 404, "nobody");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_tags_of_the_resource_decide),
        TEST(test_tags_at_creation_are_stored),
        TEST(test_transitive_keys_are_of_the_session),
        TEST(test_transitive_tags_go_on),
        TEST(test_the_source_identity_is_answered),
        TEST(test_what_a_session_carries_is_asked_for),
        TEST(test_tags_at_creation_are_asked_for),
        TEST(test_both_ends_of_a_rename_are_asked_for),
        TEST(test_the_last_use_of_a_key),
        TEST(test_the_last_use_across_accounts),
        TEST(test_groups_of_a_missing_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
