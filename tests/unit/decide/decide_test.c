/* SPDX-License-Identifier: Apache-2.0 */
/* What the data vectors cannot say: the statements that decided, sets, requests beyond the limits.
 */
#include <time.h>

#include "unit/decide/world.h"

#include "lib/failing_alloc.h"

#define RESOURCE "arn:aws:s3:::b/k"
#define ALLOW_GET                                                                              \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\"," \
    "\"s3:*\",\"s3:GetObject\"],\"Resource\":[\"*\",\"arn:aws:s3:::b/*\"]}}"

static struct iam_decision ask(const struct iam_policies *p, const struct iam_request *r)
{
    struct iam_decision d;
    memset(&d, 0xA5, sizeof(d));
    iam_decide(p, r, &d);
    return d;
}

static struct iam_decision ask_identity(const struct iam_policy_set *identity,
                                        const struct iam_request *r)
{
    struct iam_policies p = { .identity = identity };
    return ask(&p, r);
}

static void names_the_statements_that_decided(void **state)
{
    static const char *const texts[] = {
        ALLOW_GET,
        "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"ec2:*\",\"Resource\":\"*\"},"
        "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
    };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 2);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_decision d = ask_identity(set, &r);
    (void)state;
    assert_int_equal(d.effect, IAM_ALLOW);
    /* The first is reached by six pairs of patterns and counts once. */
    assert_int_equal(d.matched_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_ptr_equal(d.matched[i].set, set);
        assert_int_equal(d.matched[i].layer, IAM_POLICY_IDENTITY);
    }
    assert_true((d.matched[0].entry == 0 && d.matched[1].entry == 1) ||
                (d.matched[0].entry == 1 && d.matched[1].entry == 0));
    size_t second = d.matched[0].entry == 1 ? 0 : 1;
    assert_int_equal(d.matched[second].statement, 1);
    iam_policy_set_unref(set);
}

/* As many as the limit are a set, one more is not. */
static void a_set_has_a_limit(void **state)
{
    const size_t count = 1000000 + 1;
    struct iam_set_entry *entries = calloc(count, sizeof(*entries));
    struct iam_policy *policy = world_policy(IAM_POLICY_IDENTITY, WORLD_ALLOW_ALL);
    struct iam_policy_set *set = NULL;
    (void)state;
    assert_non_null(entries);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (struct iam_set_entry){ .policy = policy, .name = IAM_STR("p") };
    }
    assert_int_equal(iam_policy_set_new(iam_heap(), entries, count, &set), IAM_LIMIT);
    assert_null(set);
    assert_ok(iam_policy_set_new(iam_heap(), entries, count - 1, &set));
    assert_int_equal(iam_policy_set_count(set), count - 1);
    iam_policy_set_unref(set);
    iam_policy_unref(policy);
    free(entries);
}

static void counts_more_than_it_records(void **state)
{
    const char *texts[40];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        texts[i] = WORLD_DENY_ALL;
    }
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, IAM_COUNT(texts));
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_decision d = ask_identity(set, &r);
    assert_int_equal(d.effect, IAM_EXPLICIT_DENY);
    assert_int_equal(d.matched_count, IAM_DECISION_MAX_MATCHED + 1);
    iam_policy_set_unref(set);
}

/* A layer allows by any of its statements, whichever are looked at before. */
static void a_layer_is_asked_to_its_end(void **state)
{
#define UNLESS(effect) \
    "{\"Effect\":\"" effect "\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":"
    static const char *const texts[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":[" UNLESS(
            "Allow") "{\"Bool\":{\"app:a\":\"true\"}}},{\"Effect\":\"Allow\",\"Action\":\"*\","
                     "\"Resource\":\"*\"}," UNLESS("Allow") "{\"Bool\":{\"app:b\":\"true\"}}}]}",
    };
#undef UNLESS
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    const struct iam_policy_set *levels[] = { set };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies p = { .identity = set,
                              .boundary = set,
                              .session = levels,
                              .session_count = 1,
                              .scp = levels,
                              .scp_count = 1 };
    struct iam_decision d = ask(&p, &r);
    (void)state;
    assert_int_equal(d.effect, IAM_ALLOW);
    assert_int_equal(d.matched_count, 1);
    assert_int_equal(d.matched[0].statement, 1);
    iam_policy_set_unref(set);
}

static void a_set_keeps_its_policies(void **state)
{
    struct failing_alloc f;
    struct iam_policy *p = world_policy(IAM_POLICY_IDENTITY, ALLOW_GET);
    char name[] = "arn:aws:iam::aws:policy/P";
    struct iam_set_entry entry = { .policy = p, .name = iam_str_c(name) };
    struct iam_policy_set *set = NULL;
    (void)state;
    failing_alloc_init(&f, 0, false);
    assert_ok(iam_policy_set_new(&f.alloc, &entry, 1, &set));
    memset(name, 'x', sizeof(name) - 1);
    iam_policy_unref(p);
    assert_int_equal(iam_policy_set_count(set), 1);
    assert_str(iam_policy_set_name(set, 0), "arn:aws:iam::aws:policy/P");
    assert_ptr_equal(iam_policy_set_policy(set, 0), p);
    assert_absent(iam_policy_set_name(set, 1));
    assert_null(iam_policy_set_policy(set, 1));
    assert_ptr_equal(iam_policy_set_ref(set), set);
    iam_policy_set_unref(set);
    assert_true(f.live > 0);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    assert_int_equal(ask_identity(set, &r).effect, IAM_ALLOW);
    iam_policy_set_unref(set);
    assert_int_equal(f.live, 0);
    iam_policy_set_unref(NULL);
}

static void an_empty_set_allows_nothing(void **state)
{
    struct iam_policy_set *none = world_set(IAM_POLICY_IDENTITY, NULL, 0);
    static const char *const all[] = { WORLD_ALLOW_ALL };
    struct iam_policy_set *some = world_set(IAM_POLICY_IDENTITY, all, 1);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    assert_int_equal(ask_identity(none, &r).effect, IAM_IMPLICIT_DENY);
    struct iam_policies p = { .identity = some, .boundary = none };
    struct iam_decision d = ask(&p, &r);
    assert_int_equal(d.effect, IAM_IMPLICIT_DENY);
    assert_int_equal(d.reason, IAM_POLICY_BOUNDARY);
    iam_policy_set_unref(none);
    iam_policy_set_unref(some);
}

static void a_level_without_a_set_denies(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    struct iam_policy_set *some = world_set(IAM_POLICY_IDENTITY, all, 1);
    const struct iam_policy_set *levels[2] = { some, NULL };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies scp = { .identity = some, .scp = levels, .scp_count = 2 };
    struct iam_policies rcp = { .identity = some, .rcp = levels, .rcp_count = 2 };
    struct iam_policies session = { .identity = some, .session = levels, .session_count = 2 };
    (void)state;
    assert_int_equal(ask(&scp, &r).reason, IAM_POLICY_SCP);
    assert_int_equal(ask(&rcp, &r).reason, IAM_POLICY_RCP);
    assert_int_equal(ask(&session, &r).reason, IAM_POLICY_SESSION);
    assert_int_equal(ask(&session, &r).effect, IAM_IMPLICIT_DENY);
    iam_policy_set_unref(some);
}

/* Limits that the caller gives bind even where AWS gives none. */
static void session_layers_bind_root_and_users(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    static const char *const some[] = { "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"ec2:*\","
                                        "\"Resource\":\"*\"}}" };
    struct iam_policy_set *identity = world_set(IAM_POLICY_IDENTITY, all, 1);
    const struct iam_policy_set *layer = world_set(IAM_POLICY_SESSION, some, 1);
    struct iam_policies p = { .identity = identity, .session = &layer, .session_count = 1 };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    assert_int_equal(ask(&p, &r).reason, IAM_POLICY_SESSION);
    r.principal.kind = IAM_PRINCIPAL_ROOT;
    r.principal.arn = IAM_STR("arn:aws:iam::111122223333:root");
    assert_int_equal(ask(&p, &r).effect, IAM_IMPLICIT_DENY);
    assert_int_equal(ask(&p, &r).reason, IAM_POLICY_SESSION);
    r.action = IAM_STR("ec2:StartInstances");
    assert_int_equal(ask(&p, &r).effect, IAM_ALLOW);
    iam_policy_set_unref(identity);
    world_drop(layer);
}

/* An identity document in place of a resource policy names nobody: it may only deny. */
static void a_resource_policy_without_principals_grants_nothing(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    static const char *const none[] = { WORLD_DENY_ALL };
    struct iam_policy_set *allow = world_set(IAM_POLICY_IDENTITY, all, 1);
    struct iam_policy_set *deny = world_set(IAM_POLICY_IDENTITY, none, 1);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies p = { .resource = allow };
    (void)state;
    assert_int_equal(ask(&p, &r).effect, IAM_IMPLICIT_DENY);
    p.resource = deny;
    assert_int_equal(ask(&p, &r).effect, IAM_EXPLICIT_DENY);
    iam_policy_set_unref(allow);
    iam_policy_set_unref(deny);
}

static void requests_beyond_the_limits_are_denied(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    static char long_text[IAM_REQUEST_MAX_RESOURCE + 1];
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, all, 1);
    struct iam_request good = world_request("s3:GetObject", RESOURCE);
    struct iam_request r = good;
    (void)state;
    memset(long_text, 'a', sizeof(long_text));
    memcpy(long_text, RESOURCE, sizeof(RESOURCE) - 1);
    assert_int_equal(ask_identity(set, &good).effect, IAM_ALLOW);
    r.resource = (struct iam_str){ long_text, IAM_REQUEST_MAX_RESOURCE };
    assert_int_equal(ask_identity(set, &r).effect, IAM_ALLOW);
    r.resource.len++;
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    r = good;
    r.resource = iam_str_absent();
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    r = good;
    r.action = iam_str_absent();
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    r = good;
    r.principal.account = iam_str_absent();
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    r = good;
    r.context_count = 1;
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    iam_policy_set_unref(set);
}

/* When the owner of the resource is not set, it is the account of its ARN, or else the caller's. */
static void an_absent_owner_follows_from_the_arn(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, all, 1);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    r.resource_account = iam_str_absent();
    assert_int_equal(ask_identity(set, &r).effect, IAM_ALLOW);
    r.resource = IAM_STR("arn:aws:sqs:eu-west-1:999988887777:queue");
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    r.resource = IAM_STR("arn:aws:iam::aws:policy/ReadOnlyAccess");
    assert_int_equal(ask_identity(set, &r).effect, IAM_ALLOW);
    iam_policy_set_unref(set);
}

static void what_cannot_be_evaluated_denies(void **state)
{
    static const char *const allow[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"StringNotEquals\":{\"app:a\":\"${app:b}\"}}}}"
    };
    static const char *const deny[] = {
        WORLD_ALLOW_ALL,
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"StringEquals\":{\"app:a\":\"${app:b}\"}}}}",
    };
    static char huge[5000];
    struct iam_str values[2] = {
        IAM_STR("x"), {huge, 4096}
    };
    struct iam_context_entry context[2] = {
        {IAM_STR("app:a"),  &values[0], 1, false},
        { IAM_STR("app:b"), &values[1], 1, false},
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policy_set *a = world_set(IAM_POLICY_IDENTITY, allow, 1);
    struct iam_policy_set *d = world_set(IAM_POLICY_IDENTITY, deny, 2);
    (void)state;
    memset(huge, 'h', sizeof(huge));
    r.context = context;
    r.context_count = 2;
    assert_int_equal(ask_identity(a, &r).effect, IAM_ALLOW);
    assert_int_equal(ask_identity(d, &r).effect, IAM_ALLOW);
    values[1].len = 4097;
    assert_int_equal(ask_identity(a, &r).effect, IAM_IMPLICIT_DENY);
    assert_int_equal(ask_identity(d, &r).effect, IAM_EXPLICIT_DENY);
    iam_policy_set_unref(a);
    iam_policy_set_unref(d);
}

static size_t write_at(char *text, char *at, const char *fmt, const char *arg)
{
    size_t left = IAM_POLICY_MAX_BYTES - (size_t)(at - text);
    struct iam_str f = iam_str_c(fmt);
    size_t mark = iam_str_find(f, '%', 0);
    size_t rest = mark < f.len ? f.len - mark - 2 : 0;
    size_t n = mark + (mark < f.len ? strlen(arg) : 0) + rest;
    assert_true(n < left);
    memcpy(at, fmt, mark);
    if (mark < f.len) {
        memcpy(at + mark, arg, strlen(arg));
        memcpy(at + mark + strlen(arg), fmt + mark + 2, rest);
    }
    at[n] = '\0';
    return n;
}

/* Two values that start at one place are two values. */
/*
 * A session policy may hold values that are not of their operator's type. There they equal nothing;
 * were the document given as another layer, where such a value is refused, they would widen what it
 * says.
 */
static void an_unreadable_value_widens_nothing(void **state)
{
    static const char *const allow[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"NumericNotEquals\":{\"app:n\":\"ten\"}}}}"
    };
    static const char *const deny[] = {
        WORLD_ALLOW_ALL,
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"1.2.3\"}}}}",
    };
    static const char *const all[] = { WORLD_ALLOW_ALL };
    static const struct iam_str values[] = { IAM_STR_INIT("10"), IAM_STR_INIT("1.2.3.4") };
    const struct iam_context_entry context[] = {
        {IAM_STR("app:n"),         &values[0], 1, false},
        { IAM_STR("aws:SourceIp"), &values[1], 1, false},
    };
    struct iam_policy_set *identity = world_set(IAM_POLICY_IDENTITY, all, 1);
    struct iam_policy_set *a = world_set(IAM_POLICY_SESSION, allow, 1);
    struct iam_policy_set *d = world_set(IAM_POLICY_SESSION, deny, 2);
    const struct iam_policy_set *layers[] = { a, d };
    struct iam_policies p = { .identity = identity, .session = layers, .session_count = 2 };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    r.context = context;
    r.context_count = 2;
    assert_int_equal(ask(&p, &r).effect, IAM_ALLOW);
    assert_int_equal(ask_identity(a, &r).effect, IAM_IMPLICIT_DENY);
    assert_int_equal(ask_identity(d, &r).effect, IAM_EXPLICIT_DENY);
    iam_policy_set_unref(identity);
    iam_policy_set_unref(a);
    iam_policy_set_unref(d);
}

static void values_may_share_their_bytes(void **state)
{
    static const char bytes[] = "10.0.0.12026-01-01";
    static const char *const texts[] = {
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
        "\"IpAddress\":{\"app:a\":\"10.0.0.1\",\"app:b\":\"10.0.0.12\"}}}}"
    };
    struct iam_str values[2] = {
        {bytes,  8},
        { bytes, 9}
    };
    const struct iam_context_entry context[] = {
        {IAM_STR("app:a"),  &values[0], 1, false},
        { IAM_STR("app:b"), &values[1], 1, false},
    };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    r.context = context;
    r.context_count = 2;
    assert_int_equal(ask_identity(set, &r).effect, IAM_ALLOW);
    values[1].len = 8;
    assert_int_equal(ask_identity(set, &r).effect, IAM_IMPLICIT_DENY);
    iam_policy_set_unref(set);
}

/* The largest document of the costliest patterns against the largest list of the longest values. */
static void the_worst_case_is_bounded(void **state)
{
    static char text[IAM_POLICY_MAX_BYTES];
    static char pattern[4096];
    static char value[IAM_REQUEST_MAX_VALUE];
    static struct iam_str values[IAM_REQUEST_MAX_VALUES];
    struct iam_context_entry e = { IAM_STR("app:a"), values, IAM_REQUEST_MAX_VALUES, true };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    clock_t start = clock();
    (void)state;
    memset(value, 'a', sizeof(value));
    memset(pattern, 'a', sizeof(pattern));
    memcpy(pattern, "*?", 2);
    memcpy(pattern + sizeof(pattern) - 3, "b*", 3);
    for (size_t i = 0; i < IAM_REQUEST_MAX_VALUES; i++) {
        values[i] = (struct iam_str){ value, sizeof(value) };
    }
    for (int deny = 0; deny < 2; deny++) {
        char *at = text;
        at += write_at(text, at,
                       "{\"Statement\":{\"Effect\":\"%s\",\"Action\":\"*\",\"Resource\":"
                       "\"*\",\"Condition\":{\"ForAnyValue:StringLike\":{\"app:a\":[",
                       deny ? "Deny" : "Allow");
        for (int i = 0; i < 31; i++) {
            at += write_at(text, at, i > 0 ? ",\"%s\"" : "\"%s\"", pattern);
        }
        (void)write_at(text, at, "]}}}}%s", "");
        const char *texts[] = { WORLD_ALLOW_ALL, text };
        struct iam_policy_set *set =
            world_set(IAM_POLICY_IDENTITY, deny ? texts : texts + 1, deny ? 2 : 1);
        r.context = &e;
        r.context_count = 1;
        assert_int_equal(ask_identity(set, &r).effect,
                         deny ? IAM_EXPLICIT_DENY : IAM_IMPLICIT_DENY);
        iam_policy_set_unref(set);
    }
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 20.0);
}

/* A value may hold the very bytes that mean wildcards inside. */
static void no_byte_of_a_value_is_a_wildcard(void **state)
{
    static const char *const texts[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"arn:aws:s3:::b/${app:v}\"}}"
    };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte;
        struct iam_str value = { &c, 1 };
        struct iam_context_entry e = { IAM_STR("app:v"), &value, 1, false };
        r.context = &e;
        r.context_count = 1;
        assert_int_equal(ask_identity(set, &r).effect, byte == 'k' ? IAM_ALLOW : IAM_IMPLICIT_DENY);
    }
    iam_policy_set_unref(set);
}

static enum iam_status build_once(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_principal_pin pin = { IAM_STR(WORLD_USER), IAM_STR("AIDAEXAMPLEEXAMPLEEX") };
    struct iam_set_entry entries[2] = {
        {.policy = ctx,   .name = IAM_STR("one"), .pins = &pin, .pin_count = 1 },
        { .policy = ctx, .name = IAM_STR("two")                     },
    };
    struct iam_policy_set *set = NULL;
    enum iam_status st = iam_policy_set_new(alloc, entries, 2, &set);
    if (st == IAM_OK) {
        iam_policy_set_unref(set);
    }
    return st;
}

static void every_allocation_may_fail(void **state)
{
    struct iam_policy *p = world_policy(IAM_POLICY_IDENTITY, ALLOW_GET);
    (void)state;
    assert_true(torture(build_once, p) >= 2);
    iam_policy_unref(p);
}

static void message_is_cut_to_its_room(void **state)
{
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_decision d = { .effect = IAM_IMPLICIT_DENY, .reason = IAM_POLICY_TRUST };
    char all[512];
    char some[512];
    size_t n = iam_decision_message(&d, &r, all, sizeof(all));
    (void)state;
    for (size_t cap = 0; cap <= n + 1; cap++) {
        size_t got = iam_decision_message(&d, &r, some, cap);
        assert_int_equal(got, cap < n ? cap : n);
        assert_memory_equal(some, all, got);
    }
    d.effect = IAM_ALLOW;
    assert_int_equal(iam_decision_message(&d, &r, all, sizeof(all)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_statements_that_decided),
        cmocka_unit_test(counts_more_than_it_records),
        cmocka_unit_test(a_layer_is_asked_to_its_end),
        cmocka_unit_test(a_set_keeps_its_policies),
        cmocka_unit_test(an_empty_set_allows_nothing),
        cmocka_unit_test(a_level_without_a_set_denies),
        cmocka_unit_test(session_layers_bind_root_and_users),
        cmocka_unit_test(a_resource_policy_without_principals_grants_nothing),
        cmocka_unit_test(requests_beyond_the_limits_are_denied),
        cmocka_unit_test(an_absent_owner_follows_from_the_arn),
        cmocka_unit_test(what_cannot_be_evaluated_denies),
        cmocka_unit_test(an_unreadable_value_widens_nothing),
        cmocka_unit_test(values_may_share_their_bytes),
        cmocka_unit_test(the_worst_case_is_bounded),
        cmocka_unit_test(a_set_has_a_limit),
        cmocka_unit_test(no_byte_of_a_value_is_a_wildcard),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(message_is_cut_to_its_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
