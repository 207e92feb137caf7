/* SPDX-License-Identifier: Apache-2.0 */
/* The condition keys of a request: which exist, where they come from, which a client cannot set. */
#include "dispatch/context.h"

#include "dispatch/evidence.h"
#include "toy.h"

static struct api_context context;
static struct api_target target;

/* The context of alice's "Run" with these keys. r must be closed. */
static enum iam_status build(struct api_request *r, const struct api_key_source *keys, size_t count)
{
    struct api_permission permission = { .action = IAM_STR("toy:Run"),
                                         .keys = keys,
                                         .key_count = count };
    context = (struct api_context){ 0 };
    return api_context_of_call(&r->call, r->call.input, &permission, &target, &context);
}

static int setup(void **state)
{
    (void)toy_setup(state);
    target = (struct api_target){ .arn = IAM_STR("*"), .account = INPROC_ACCOUNT };
    return 0;
}

/* Returns the entry of that key, which must exist exactly once. */
static const struct iam_context_entry *entry(const char *key)
{
    const struct iam_context_entry *found = NULL;
    for (size_t i = 0; i < context.count; i++) {
        if (iam_str_eq(context.entries[i].key, iam_str_c(key))) {
            assert_null(found);
            found = &context.entries[i];
        }
    }
    return found;
}

static void expect(const char *key, const char *value)
{
    const struct iam_context_entry *e = entry(key);
    if (e == NULL || e->is_list || e->value_count != 1 ||
        !iam_str_eq(e->values[0], iam_str_c(value))) {
        fail_msg("%s is \"%.*s\" instead of \"%s\"", key, e != NULL ? (int)e->values[0].len : 0,
                 e != NULL ? e->values[0].p : "", value);
    }
}

static void expect_none(const char *key)
{
    assert_null(entry(key));
}

/* ---- from members ---- */

static void test_every_kind_of_source(void **state)
{
    static const struct api_key_source keys[] = {
        {IAM_STR_INIT("toy:Color"),        API_KEY_FROM_TEXT,     &toy_members[TOY_COLOR], { 0 }               },
        { IAM_STR_INIT("toy:Count"),       API_KEY_FROM_NUMBER,   &toy_members[TOY_COUNT], { 0 }               },
        { IAM_STR_INIT("toy:Names"),       API_KEY_FROM_TEXTS,    &toy_members[TOY_NAMES], { 0 }               },
        { IAM_STR_INIT("aws:RequestTag/"), API_KEY_FROM_TAGS,     &toy_members[TOY_TAGS],  { 0 }               },
        { IAM_STR_INIT("aws:TagKeys"),     API_KEY_FROM_TAG_KEYS, &toy_members[TOY_TAGS],  { 0 }               },
        { IAM_STR_INIT("toy:Part"),        API_KEY_FROM_CONSTANT, NULL,                    IAM_STR_INIT("part")},
    };
    struct api_request r;
    (void)state;
    toy_open(&r, "Color=red&Count=-7&Names.member.1=a&Names.member.2=b"
                 "&Tags.member.1.Key=k1&Tags.member.1.Value=v1&Tags.member.2.Key=k2"
                 "&Tags.member.2.Value=");
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect("toy:Color", "red");
    expect("toy:Count", "-7");
    expect("toy:Part", "part");
    expect("aws:RequestTag/k1", "v1");
    expect("aws:RequestTag/k2", "");
    const struct iam_context_entry *names = entry("toy:Names");
    assert_true(names->is_list && names->value_count == 2);
    assert_str(names->values[0], "a");
    assert_str(names->values[1], "b");
    const struct iam_context_entry *tag_keys = entry("aws:TagKeys");
    assert_true(tag_keys->is_list && tag_keys->value_count == 2);
    assert_str(tag_keys->values[1], "k2");
    toy_close(&r);

    /* A member that is not given makes no key, not even an empty one. */
    toy_open(&r, "Name=one");
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect_none("toy:Color");
    expect_none("toy:Count");
    expect_none("toy:Names");
    expect_none("aws:TagKeys");
    expect("toy:Part", "part");
    toy_close(&r);
}

static void expect_list(const char *key, const char *first, const char *second)
{
    const struct iam_context_entry *e = entry(key);
    assert_non_null(e);
    assert_true(e->is_list);
    assert_int_equal(e->value_count, second != NULL ? 2 : 1);
    assert_same_str(e->values[0], iam_str_c(first));
    if (second != NULL) {
        assert_same_str(e->values[1], iam_str_c(second));
    }
}

#define LABEL(i, key) "&Labels.entry." #i ".key=" key "&Labels.entry." #i ".value=v"

/* A key of a map has a namespace before its first slash; equal ones in a row are one. */
static void test_keys_and_namespaces_of_a_map(void **state)
{
    static const struct api_key_source keys[] = {
        {IAM_STR_INIT("toy:Keys"),    API_KEY_FROM_MAP_KEYS,      &toy_members[TOY_LABELS], { 0 }               },
        { IAM_STR_INIT("toy:Spaces"),
         API_KEY_FROM_MAP_NAMESPACES,                             &toy_members[TOY_LABELS],
         { 0 }                                                                                                  },
        { IAM_STR_INIT("toy:Parts"),  API_KEY_FROM_CONSTANT_LIST, NULL,                     IAM_STR_INIT("part")},
    };
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one" LABEL(1, "a/x") LABEL(2, "a/y/z"));
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect_list("toy:Keys", "a/x", "a/y/z");
    expect_list("toy:Spaces", "a", NULL);
    expect_list("toy:Parts", "part", NULL);
    toy_close(&r);

    toy_open(&r, "Name=one" LABEL(1, "a/x") LABEL(2, "b"));
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect_list("toy:Spaces", "a", "b");
    toy_close(&r);

    toy_open(&r, "Name=one");
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect_none("toy:Keys");
    expect_none("toy:Spaces");
    expect_list("toy:Parts", "part", NULL);
    toy_close(&r);
}

static void test_only_the_keys_of_the_permission(void **state)
{
    struct api_request r;
    (void)state;
    toy_open(&r, "Color=red&Tags.member.1.Key=k&Tags.member.1.Value=v");
    assert_ok(build(&r, NULL, 0));
    expect_none("toy:Color");
    expect_none("aws:RequestTag/k");
    expect_none("aws:TagKeys");
    toy_close(&r);
}

/* ---- from the resource ---- */

static void test_tags_and_boundary_of_the_resource(void **state)
{
    static const struct api_key_source keys[] = {
        {IAM_STR_INIT("aws:ResourceTag/"),  API_KEY_FROM_RESOURCE_TAGS, NULL, { 0 }},
        { IAM_STR_INIT("toy:ResourceTag/"), API_KEY_FROM_RESOURCE_TAGS, NULL, { 0 }},
        { IAM_STR_INIT("toy:Boundary"),     API_KEY_FROM_RESOURCE_FACT, NULL,
         IAM_STR_INIT("boundary")                                                  },
    };
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one");
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect_none("toy:Boundary");
    expect_none("toy:ResourceTag/k");

    target.tags = (struct iam_tag_list){ .items = &tag, .count = 1 };
    target.has_tags = true;
    target.facts[0] = (struct api_fact_text){ IAM_STR("boundary"),
                                              IAM_STR("arn:aws:iam::111122223333:policy/b") };
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect("aws:ResourceTag/k", "v");
    expect("toy:ResourceTag/k", "v");
    expect("toy:Boundary", "arn:aws:iam::111122223333:policy/b");
    toy_close(&r);
}

/*
 * Tags of a policy whose keys differ only in case are both values of the one condition key; of any
 * other entity the last one counts.
 */
static void test_tag_keys_in_several_spellings(void **state)
{
    static const struct iam_tag tags[] = {
        {IAM_STR_INIT("stage"),  IAM_STR_INIT("a")},
        { IAM_STR_INIT("team"),  IAM_STR_INIT("b")},
        { IAM_STR_INIT("STAGE"), IAM_STR_INIT("c")},
        { IAM_STR_INIT("stage"), IAM_STR_INIT("d")},
    };
    (void)state;
    struct api_request r;
    toy_open(&r, "Name=one");
    api_context_init(&context, r.call.arena);
    api_context_add_tags(&context, IAM_STR("t/"), tags, IAM_COUNT(tags), true);
    assert_int_equal(context.count, 2);
    expect("t/team", "b");
    const struct iam_context_entry *stage = entry("t/stage");
    assert_true(stage->is_list && stage->value_count == 2);
    assert_str(stage->values[0], "c");
    assert_str(stage->values[1], "d");
    api_context_init(&context, r.call.arena);
    api_context_add_tags(&context, IAM_STR("t/"), tags, IAM_COUNT(tags), false);
    assert_int_equal(context.count, 2);
    expect("t/team", "b");
    expect("t/stage", "d");
    toy_close(&r);
}

static void test_account_of_the_resource(void **state)
{
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one");
    target.account = INPROC_OTHER_ACCOUNT;
    assert_ok(build(&r, NULL, 0));
    expect("aws:ResourceAccount", "444455556666");
    expect("aws:PrincipalAccount", "111122223333");
    toy_close(&r);
}

/* ---- the caller ---- */

static void test_a_user(void **state)
{
    struct inproc *s = *state;
    struct api_request r;
    inproc_must(s, &s->root, "iam",
                "Action=TagUser&UserName=alice&Tags.member.1.Key=team&Tags.member.1.Value=red");
    inproc_must(s, &s->root, "iam", "Action=GetUser&UserName=alice");
    struct iam_str id = inproc_text(s, "UserId");
    toy_open(&r, "Name=one");
    assert_ok(build(&r, NULL, 0));
    expect("aws:PrincipalArn", "arn:aws:iam::111122223333:user/alice");
    expect("aws:PrincipalType", "User");
    expect("aws:username", "alice");
    expect("aws:userid", signer_fmt(&s->arena, "%.*s", IAM_STR_ARG(id)).p);
    expect("aws:PrincipalTag/team", "red");
    expect("aws:PrincipalIsAWSService", "false");
    expect("aws:ViaAWSService", "false");
    expect_none("aws:TokenIssueTime");
    expect_none("aws:MultiFactorAuthPresent");
    expect_none("aws:SourceIdentity");
    toy_close(&r);
}

static void test_the_root_user(void **state)
{
    struct inproc *s = *state;
    struct api_request r;
    toy_open_as(&r, &s->root, "Name=one");
    assert_ok(build(&r, NULL, 0));
    expect("aws:PrincipalArn", "arn:aws:iam::111122223333:root");
    expect("aws:PrincipalType", "Account");
    expect("aws:userid", "111122223333");
    expect_none("aws:username");
    toy_close(&r);
}

/* A session tag replaces the role's tag with the same key, whatever its case. */
static void test_a_session(void **state)
{
    struct inproc *s = *state;
    struct api_request r;
    inproc_put_user_policy(s, "alice", ALLOW("sts:*"));
    struct iam_str role =
        inproc_role(s, "r", TRUST("arn:aws:iam::111122223333:user/alice", "sts:*"), NULL);
    inproc_must(s, &s->root, "iam",
                "Action=TagRole&RoleName=r&Tags.member.1.Key=Team&Tags.member.1.Value=red"
                "&Tags.member.2.Key=size&Tags.member.2.Value=big");
    inproc_must(s, &s->root, "iam", "Action=GetRole&RoleName=r");
    struct iam_str id = inproc_text(s, "RoleId");
    struct inproc_caller session =
        inproc_assume(s, &toy.alice, role, "night",
                      "&Tags.member.1.Key=team&Tags.member.1.Value=blue&SourceIdentity=ann");
    toy_open_as(&r, &session, "Name=one");
    assert_ok(build(&r, NULL, 0));
    expect("aws:PrincipalArn", "arn:aws:iam::111122223333:role/r");
    expect("aws:PrincipalType", "AssumedRole");
    expect("aws:userid", signer_fmt(&s->arena, "%.*s:night", IAM_STR_ARG(id)).p);
    expect("aws:PrincipalTag/team", "blue");
    expect("aws:PrincipalTag/size", "big");
    expect_none("aws:PrincipalTag/Team");
    expect("aws:TokenIssueTime", "2026-01-02T03:04:05Z");
    expect("aws:MultiFactorAuthPresent", "false");
    expect("aws:SourceIdentity", "ann");
    expect_none("aws:username");
    toy_close(&r);
}

/* What a session brings: the provider, its keys, second factors and tasks. */
static void test_what_a_session_brings(void **state)
{
    static const struct iam_tag brought[] = {
        {IAM_STR_INIT("idp.example:sub"),  IAM_STR_INIT("ann")},
        { IAM_STR_INIT("idp.example:aud"), IAM_STR_INIT("one")},
        { IAM_STR_INIT("idp.example:AUD"), IAM_STR_INIT("two")},
        { IAM_STR_INIT("idp.example:amr"), IAM_STR_INIT("pwd")},
    };
    struct iam_session session = { .kind = IAM_KIND_WEB_IDENTITY_SESSION,
                                   .issued_ms = INPROC_NOW_MS,
                                   .federated_provider = IAM_STR("accounts.google.com"),
                                   .context = brought,
                                   .context_count = IAM_COUNT(brought) };
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one");
    r.call.subject.session = &session;
    assert_ok(build(&r, NULL, 0));
    expect("aws:FederatedProvider", "accounts.google.com");
    expect("idp.example:sub", "ann");
    expect_list("idp.example:aud", "one", "two");
    expect_list("idp.example:amr", "pwd", NULL); /* a list, however many there are */
    expect_none("aws:MultiFactorAuthPresent");
    expect_none("aws:AssumedRoot");

    session = (struct iam_session){ .kind = IAM_KIND_ROOT_SESSION, .issued_ms = INPROC_NOW_MS };
    assert_ok(build(&r, NULL, 0));
    expect("aws:AssumedRoot", "true");
    expect_none("aws:FederatedProvider");

    /* a code that came with the request counts for a long-term key too */
    r.call.subject.session = NULL;
    assert_ok(build(&r, NULL, 0));
    expect_none("aws:MultiFactorAuthPresent");
    r.call.subject.mfa_ms = INPROC_NOW_MS - 5000;
    assert_ok(build(&r, NULL, 0));
    expect("aws:MultiFactorAuthPresent", "true");
    expect("aws:MultiFactorAuthAge", "5");
    toy_close(&r);
}

/* What a request brings that proves who it is from: the keys that are vouched for, and its tags. */
static void test_what_evidence_brings(void **state)
{
    static const struct api_key_source keys[] = {
        {IAM_STR_INIT("aws:RequestTag/"),        API_KEY_FROM_EVIDENCE_TAGS,            NULL, { 0 }},
        { IAM_STR_INIT("aws:TagKeys"),           API_KEY_FROM_EVIDENCE_TAG_KEYS,        NULL, { 0 }},
        { IAM_STR_INIT("sts:TransitiveTagKeys"),
         API_KEY_FROM_EVIDENCE_TRANSITIVE_KEYS,                                         NULL,
         { 0 }                                                                                     },
        { IAM_STR_INIT("sts:SourceIdentity"),    API_KEY_FROM_EVIDENCE_SOURCE_IDENTITY, NULL, { 0 }},
    };
    static const struct iam_tag tags[] = {
        {IAM_STR_INIT("k1"),  IAM_STR_INIT("v1")},
        { IAM_STR_INIT("k2"), IAM_STR_INIT("v2")},
    };
    static const struct iam_str values[] = { IAM_STR_INIT("ann"), IAM_STR_INIT("k2") };
    static const struct iam_context_entry vouched[] = {
        {.key = IAM_STR_INIT("idp.example:sub"), .values = values, .value_count = 1},
        { .key = IAM_STR_INIT("idp.example:amr"),
         .values = values,
         .value_count = 2,
         .is_list = true },
    };
    struct api_evidence evidence = { .keys = vouched, .key_count = IAM_COUNT(vouched) };
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one");
    r.call.evidence = &evidence;
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect("idp.example:sub", "ann");
    expect_list("idp.example:amr", "ann", "k2");
    expect_none("aws:TagKeys");
    expect_none("sts:TransitiveTagKeys");
    expect_none("sts:SourceIdentity");

    evidence.tags = tags;
    evidence.tag_count = IAM_COUNT(tags);
    evidence.transitive_keys = &values[1];
    evidence.transitive_count = 1;
    evidence.source_identity = values[0];
    assert_ok(build(&r, keys, IAM_COUNT(keys)));
    expect("aws:RequestTag/k1", "v1");
    expect("aws:RequestTag/k2", "v2");
    expect_list("aws:TagKeys", "k1", "k2");
    expect_list("sts:TransitiveTagKeys", "k2", NULL);
    expect("sts:SourceIdentity", "ann");
    r.call.evidence = NULL;
    toy_close(&r);
}

/* ---- transport and time ---- */

static void test_transport_and_time(void **state)
{
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one");
    assert_ok(build(&r, NULL, 0));
    expect("aws:SourceIp", "192.0.2.7");
    expect("aws:SecureTransport", "false");
    expect("aws:UserAgent", "test/1");
    expect_none("aws:referer");
    expect("aws:CurrentTime", "2026-01-02T03:04:05Z");
    expect("aws:EpochTime", "1767323045");
    r.call.origin.is_tls = true;
    r.call.origin.referer = IAM_STR("https://a.example/");
    r.call.origin.user_agent = iam_str_absent();
    assert_ok(build(&r, NULL, 0));
    expect("aws:SecureTransport", "true");
    expect("aws:referer", "https://a.example/");
    expect_none("aws:UserAgent");
    toy_close(&r);
}

/* A global service has one region, whatever a request is signed for; others are where it says. */
static void test_region(void **state)
{
    struct inproc *s = *state;
    struct api_service global;
    struct api_op op;
    struct api_request r;
    s->region = IAM_STR("eu-west-1");
    toy_open(&r, "Name=one");
    assert_ok(build(&r, NULL, 0));
    expect("aws:RequestedRegion", "eu-west-1");
    global = *r.call.op->service;
    global.is_global = true;
    op = *r.call.op;
    op.service = &global;
    r.call.op = &op;
    assert_ok(build(&r, NULL, 0));
    expect("aws:RequestedRegion", "us-east-1");
    toy_close(&r);
}

/* ---- limits ---- */

/* Nothing that a client puts into parameters and headers can set a key that we derive. */
static void test_nothing_is_taken_from_the_request(void **state)
{
    struct api_request r;
    struct inproc *s = *state;
    inproc_put_user_policy(
        s, "alice", ALLOW_IF("toy:Run", "{\"StringEquals\":{\"aws:PrincipalTag/a\":\"b\"}}"));
    struct inproc_request q = inproc_query(
        s, &toy.alice, "toy",
        "Action=Run&Version=2001-02-03&Tags.member.1.Key=PrincipalTag/a&Tags.member.1.Value=b&Name=aws:PrincipalTag/a");
    inproc_add_header(&q, "aws-PrincipalTag", IAM_STR("b"));
    assert_int_equal(toy_send(&q), 403);
    toy_open(&r, "Name=one");
    assert_ok(build(&r, NULL, 0));
    for (size_t i = 0; i < context.count; i++) {
        assert_true(iam_str_starts(context.entries[i].key, IAM_STR("aws:")));
    }
    toy_close(&r);
}

/* Too many keys are a failure, not a shorter list: a Deny could depend on a missing one. */
static void test_too_many_keys(void **state)
{
    static struct iam_tag tags[600];
    static const struct api_key_source key = {
        IAM_STR_INIT("aws:ResourceTag/"), API_KEY_FROM_RESOURCE_TAGS, NULL, { 0 }
    };
    struct inproc *s = *state;
    struct api_request r;
    for (size_t i = 0; i < IAM_COUNT(tags); i++) {
        tags[i] = (struct iam_tag){ signer_fmt(&s->arena, "k%zu", i), IAM_STR("v") };
    }
    toy_open(&r, "Name=one");
    target.tags = (struct iam_tag_list){ .items = tags, .count = 400 };
    target.has_tags = true;
    assert_ok(build(&r, &key, 1));
    expect("aws:ResourceTag/k399", "v");
    target.tags.count = IAM_COUNT(tags);
    assert_int_equal(build(&r, &key, 1), IAM_LIMIT);
    toy_close(&r);
}

static void test_unknown_source(void **state)
{
    static const struct api_key_source key = {
        IAM_STR_INIT("toy:Odd"), (enum api_key_from)99, NULL, { 0 }
    };
    struct api_request r;
    (void)state;
    toy_open(&r, "Name=one");
    assert_int_equal(build(&r, &key, 1), IAM_UNSUPPORTED);
    toy_close(&r);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_every_kind_of_source),
        TEST(test_keys_and_namespaces_of_a_map),
        TEST(test_only_the_keys_of_the_permission),
        TEST(test_tags_and_boundary_of_the_resource),
        TEST(test_tag_keys_in_several_spellings),
        TEST(test_account_of_the_resource),
        TEST(test_a_user),
        TEST(test_the_root_user),
        TEST(test_a_session),
        TEST(test_what_a_session_brings),
        TEST(test_what_evidence_brings),
        TEST(test_transport_and_time),
        TEST(test_region),
        TEST(test_nothing_is_taken_from_the_request),
        TEST(test_too_many_keys),
        TEST(test_unknown_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
