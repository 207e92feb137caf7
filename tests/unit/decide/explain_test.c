/* SPDX-License-Identifier: Apache-2.0 */
/* The explanation: which element failed, which keys were missing, and that it agrees with deciding.
 */
#include "unit/decide/world.h"

#define RESOURCE "arn:aws:s3:::b/k"
#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":"
#define MAX_SEEN 512

struct seen {
    struct iam_explained all[MAX_SEEN];
    size_t count;
    size_t stop_at; /* 0: never */
};

static bool collect(void *ctx, const struct iam_explained *e)
{
    struct seen *s = ctx;
    assert_true(s->count < MAX_SEEN);
    s->all[s->count++] = *e;
    return s->count != s->stop_at;
}

static struct seen seen;

static void assert_text(struct iam_str got, const char *want)
{
    if (!iam_str_eq(got, iam_str_c(want))) {
        fail_msg("\"%.*s\" instead of \"%s\"", IAM_STR_ARG(got), want);
    }
}

static void explain(const struct iam_policies *p, const struct iam_request *r,
                    enum iam_explain_scope scope)
{
    memset(&seen, 0, sizeof(seen));
    assert_true(iam_explain(p, r, scope, collect, &seen));
}

/* An explanation borrows its texts: the policy lives until the next one is made. */
static struct iam_policy_set *kept;

static int drop_kept(void **state)
{
    (void)state;
    iam_policy_set_unref(kept);
    kept = NULL;
    return 0;
}

/* The explanation of the only statement of an identity policy. */
static struct iam_explained explain_one(const char *text, const struct iam_request *r)
{
    (void)drop_kept(NULL);
    kept = world_set(IAM_POLICY_IDENTITY, &text, 1);
    struct iam_policies p = { .identity = kept };
    explain(&p, r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, 1);
    return seen.all[0];
}

static void names_the_element_that_failed(void **state)
{
    static const struct {
        const char *text;
        enum iam_element failed;
        const char *element;
    } rows[] = {
        {HEAD "{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"*\"}}",
         IAM_ELEMENT_ACTION,   "Action"     },
        { HEAD "{\"Effect\":\"Deny\",\"NotAction\":\"s3:Get*\",\"Resource\":\"*\"}}",
         IAM_ELEMENT_ACTION,   "NotAction"  },
        { HEAD "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::c/*\"}}",
         IAM_ELEMENT_RESOURCE, "Resource"   },
        { HEAD "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"NotResource\":\"arn:aws:s3:::b/*\"}}",
         IAM_ELEMENT_RESOURCE, "NotResource"},
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_explained e = explain_one(rows[i].text, &r);
        assert_false(e.applies);
        assert_int_equal(e.failed, rows[i].failed);
        assert_text(e.element, rows[i].element);
        assert_int_equal(e.missing_count, 0);
    }
    struct iam_explained all = explain_one(WORLD_DENY_ALL, &r);
    assert_true(all.applies);
    assert_int_equal(all.failed, IAM_ELEMENT_NONE);
    assert_absent(all.element);
    assert_int_equal(all.effect, IAM_EXPLICIT_DENY);
}

static void names_the_condition_and_every_missing_key(void **state)
{
    static const struct iam_str x = IAM_STR_INIT("x");
    static const struct iam_context_entry context[] = {
        {IAM_STR_INIT("app:here"), &x, 1, false}
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    r.context = context;
    r.context_count = 1;
    (void)state;
    struct iam_explained e =
        explain_one(HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
                         "\"StringEquals\":{\"app:here\":\"x\"},"
                         "\"ForAnyValue:StringLikeIfExists\":{\"app:List\":\"y*\"},"
                         "\"StringNotEquals\":{\"app:here\":\"x\"},"
                         "\"ArnLike\":{\"app:here\":\"arn:aws:iam::1:role/${app:name}\"},"
                         "\"Bool\":{\"app:mfa\":\"true\",\"APP:LIST\":\"true\"}}}}",
                    &r);
    assert_int_equal(e.failed, IAM_ELEMENT_CONDITION);
    assert_str(e.element, "Condition");
    assert_str(e.condition_operator, "ForAnyValue:StringLikeIfExists");
    assert_str(e.condition_key, "app:List");
    assert_int_equal(e.missing_count, 2);
    assert_str(e.missing[0], "app:List");
    assert_str(e.missing[1], "app:mfa");
}

static void names_every_operator_as_it_is_written(void **state)
{
    static const char *const prefixes[] = { "", "ForAllValues:", "ForAnyValue:" };
    static const char *const names[] = { "StringNotLike", "NumericLessThanEquals", "DateEquals",
                                         "BinaryEquals",  "NotIpAddress",          "ArnNotEquals" };
    static const char *const wanted[] = { "1", "1", "2024", "MQ==", "10.0.0.0/8", "arn:::::1" };
    static const struct iam_str none = IAM_STR_INIT("?");
    static const struct iam_context_entry context[] = {
        {IAM_STR_INIT("app:key"), &none, 1, true}
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    size_t failed = 0;
    r.context = context;
    r.context_count = 1;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(names) * IAM_COUNT(prefixes) * 2; i++) {
        char name[64];
        char text[512];
        (void)snprintf(name, sizeof(name), "%s%s%s", prefixes[i % 3], names[i / 6],
                       i % 6 < 3 ? "" : "IfExists");
        (void)snprintf(text, sizeof(text),
                       HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
                            "\"Condition\":{\"%s\":{\"app:key\":\"%s\"}}}}",
                       name, wanted[i / 6]);
        struct iam_explained e = explain_one(text, &r);
        if (!e.applies) {
            failed++;
            assert_text(e.condition_operator, name);
        }
    }
    /*
     * A list under a plain operator fails. Of the set operators only the negated one of text holds
     * for "?": what is no address or ARN is not different from one either.
     */
    assert_int_equal(failed, 6 * 2 + 5 * 4);
}

static void a_variable_without_a_value_is_missing(void **state)
{
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    struct iam_explained e = explain_one(
        HEAD
        "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":[\"arn:aws:s3:::b/${aws:username}\","
        "\"arn:aws:s3:::${aws:userid}/${app:d, 'd'}\",\"arn:aws:s3:::c/${AWS:UserName}\"]}}",
        &r);
    assert_int_equal(e.failed, IAM_ELEMENT_RESOURCE);
    assert_int_equal(e.missing_count, 2);
    assert_str(e.missing[0], "aws:username");
    assert_str(e.missing[1], "aws:userid");
}

static void counts_more_missing_keys_than_it_names(void **state)
{
    char text[2048] = HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
                           "\"Condition\":{\"StringEquals\":{";
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    size_t n = strlen(text);
    (void)state;
    for (int i = 0; i < 20; i++) {
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"app:k%d\":\"x\"", i > 0 ? "," : "",
                              i);
    }
    (void)snprintf(text + n, sizeof(text) - n, "}}}}");
    struct iam_explained e = explain_one(text, &r);
    assert_int_equal(e.missing_count, IAM_EXPLAINED_MAX_MISSING + 1);
    assert_str(e.missing[IAM_EXPLAINED_MAX_MISSING - 1], "app:k7");
}

static void says_who_is_not_named(void **state)
{
    static const char *const text[] = {
        HEAD "[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"444455556666\"},\"Action\":\"*\","
             "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"NotPrincipal\":{\"AWS\":[\"" WORLD_USER
             "\","
             "\"111122223333\"]},\"Action\":\"*\",\"Resource\":\"*\"},"
             "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
    };
    struct iam_policy_set *set = world_set(IAM_POLICY_RESOURCE, text, 1);
    struct iam_policies p = { .resource = set };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, 3);
    assert_str(seen.all[0].element, "Principal");
    assert_str(seen.all[1].element, "NotPrincipal");
    assert_int_equal(seen.all[1].failed, IAM_ELEMENT_PRINCIPAL);
    assert_true(seen.all[2].applies);
    assert_int_equal(seen.all[2].at.layer, IAM_POLICY_RESOURCE);
    assert_int_equal(seen.all[2].at.statement, 2);
    iam_policy_set_unref(set);
}

/* The sets that bind the caller, in the order in which deciding asks them. */
static void walks_the_sets_that_bind_the_caller(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    static const char *const everyone[] = { HEAD
                                            "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":"
                                            "\"*\",\"Resource\":\"*\"}}" };
    const struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, all, 1);
    const struct iam_policy_set *resource = world_set(IAM_POLICY_RESOURCE, everyone, 1);
    const struct iam_policy_set *levels[] = { set, set };
    const struct iam_policy_set *controls[] = { resource, NULL };
    struct iam_policies p = { .identity = set,
                              .boundary = set,
                              .session = levels,
                              .session_count = 2,
                              .resource = resource,
                              .scp = levels,
                              .scp_count = 2,
                              .rcp = controls,
                              .rcp_count = 2 };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    static const enum iam_policy_kind order[] = {
        IAM_POLICY_RCP,      IAM_POLICY_SCP,      IAM_POLICY_SCP,     IAM_POLICY_RESOURCE,
        IAM_POLICY_IDENTITY, IAM_POLICY_BOUNDARY, IAM_POLICY_SESSION, IAM_POLICY_SESSION,
    };
    (void)state;
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, IAM_COUNT(order));
    for (size_t i = 0; i < seen.count; i++) {
        assert_int_equal(seen.all[i].at.layer, order[i]);
        assert_int_equal(seen.all[i].level, i == 2 || i == 7 ? 1 : 0);
    }
    r.principal = (struct iam_principal){ .kind = IAM_PRINCIPAL_ROOT,
                                          .account = IAM_STR("111122223333"),
                                          .arn = IAM_STR("arn:aws:iam::111122223333:root") };
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, 6);
    r.principal =
        (struct iam_principal){ .kind = IAM_PRINCIPAL_SERVICE, .arn = IAM_STR("s3.amazonaws.com") };
    explain(&p, &r, IAM_EXPLAIN_REACHED);
    assert_int_equal(seen.count, 2);
    world_drop(set);
    world_drop(resource);
}

static void ends_when_it_is_told(void **state)
{
    static const char *const texts[] = { WORLD_ALLOW_ALL, WORLD_DENY_ALL, WORLD_ALLOW_ALL };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 3);
    struct iam_policies p = { .identity = set, .boundary = set };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    for (size_t stop = 1; stop <= 6; stop++) {
        for (int scope = IAM_EXPLAIN_ALL; scope <= IAM_EXPLAIN_REACHED; scope++) {
            memset(&seen, 0, sizeof(seen));
            seen.stop_at = stop;
            assert_true(iam_explain(&p, &r, (enum iam_explain_scope)scope, collect, &seen));
            assert_int_equal(seen.count, stop);
        }
    }
    iam_policy_set_unref(set);
}

static void a_malformed_request_is_not_explained(void **state)
{
    static const char *const all[] = { WORLD_ALLOW_ALL };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, all, 1);
    struct iam_policies p = { .identity = set };
    struct iam_request r = world_request("s3:GetObject", "");
    (void)state;
    memset(&seen, 0, sizeof(seen));
    assert_false(iam_explain(&p, &r, IAM_EXPLAIN_ALL, collect, &seen));
    assert_int_equal(seen.count, 0);
    iam_policy_set_unref(set);
}

/* What cannot be evaluated is reported as such, and a Deny applies. */
static void says_what_cannot_be_evaluated(void **state)
{
    static char long_value[5000];
    struct iam_str value = { long_value, sizeof(long_value) };
    struct iam_context_entry context[] = {
        {IAM_STR("app:v"), &value, 1, false}
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    memset(long_value, 'v', sizeof(long_value));
    r.context = context;
    r.context_count = 1;
    struct iam_explained e = explain_one(
        HEAD "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::${app:v}\"}}", &r);
    assert_true(e.unevaluable && e.applies);
    e = explain_one(
        HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::${app:v}\"}}", &r);
    assert_true(e.unevaluable && !e.applies);
    /* A pattern that matches still does beside one that cannot be evaluated. */
    e = explain_one(
        HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":[\"arn:aws:s3:::${app:v}\","
             "\"arn:aws:s3:::b/*\"]}}",
        &r);
    assert_true(e.applies && !e.unevaluable);
    /* A condition after the first that fails is not looked at when deciding. */
    e = explain_one(HEAD
                    "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
                    "\"StringEquals\":{\"app:v\":\"x\"},\"StringLike\":{\"app:v\":\"${app:v}\"}}}}",
                    &r);
    assert_true(!e.applies && !e.unevaluable);
    assert_str(e.condition_operator, "StringEquals");
}

/*
 * One condition that cannot be evaluated and lacks more keys than are named; one after it does not
 * hold. Deciding rules the statement out by that, and so must the explanation.
 */
static void asks_every_condition_whatever_is_missing(void **state)
{
    static char long_value[5000];
    struct iam_str value = { long_value, sizeof(long_value) };
    const struct iam_str x = IAM_STR("x");
    struct iam_context_entry context[] = {
        {IAM_STR("app:v"),  &value, 1, false},
        { IAM_STR("app:x"), &x,     1, false},
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_decision d;
    (void)state;
    memset(long_value, 'v', sizeof(long_value));
    r.context = context;
    r.context_count = IAM_COUNT(context);
    struct iam_explained e = explain_one(
        HEAD "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
             "\"StringLike\":{\"app:x\":[\"${a:1}${a:2}${a:3}\",\"${a:4}${a:5}${a:6}\","
             "\"${a:7}${a:8}${a:9}\",\"${app:v}\"]},\"StringEquals\":{\"app:x\":\"y\"}}}}",
        &r);
    struct iam_policies p = { .identity = kept };
    iam_decide(&p, &r, &d);
    assert_int_equal(d.effect, IAM_IMPLICIT_DENY);
    assert_true(!e.applies && !e.unevaluable);
    assert_int_equal(e.failed, IAM_ELEMENT_CONDITION);
    assert_str(e.condition_operator, "StringEquals");
    assert_int_equal(e.missing_count, IAM_EXPLAINED_MAX_MISSING + 1);
}

/* A value that a session policy keeps though it cannot be read is evaluated in that layer alone. */
static void a_session_policy_is_explained_as_one(void **state)
{
    static const char *const text[] = {
        HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{"
             "\"NumericNotEquals\":{\"app:n\":\"ten\"}}}}"
    };
    static const struct iam_str ten = IAM_STR_INIT("10");
    static const struct iam_context_entry context[] = {
        {IAM_STR_INIT("app:n"), &ten, 1, false}
    };
    struct iam_policy_set *set = world_set(IAM_POLICY_SESSION, text, 1);
    const struct iam_policy_set *session[] = { set };
    struct iam_policies p = { .identity = set, .session = session, .session_count = 1 };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    r.context = context;
    r.context_count = 1;
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, 2);
    assert_true(seen.all[0].at.layer == IAM_POLICY_IDENTITY && seen.all[0].unevaluable);
    assert_false(seen.all[0].applies);
    assert_true(seen.all[1].at.layer == IAM_POLICY_SESSION && !seen.all[1].unevaluable);
    assert_true(seen.all[1].applies);
    iam_policy_set_unref(set);
}

/* What cannot be evaluated in one statement is nothing to the next, here and in deciding. */
static void statements_do_not_touch_each_other(void **state)
{
    static char long_value[5000];
    const struct iam_str values[] = {
        {long_value, sizeof(long_value)},
        IAM_STR("x"),
    };
    const struct iam_context_entry context[] = {
        {IAM_STR("app:v"),  &values[0], 1, false},
        { IAM_STR("app:x"), &values[1], 1, false},
    };
    static const char *const texts[] = {
        HEAD "[{\"Effect\":\"Deny\",\"Action\":\"*\",\"NotResource\":\"arn:aws:s3:::b/${app:v}\","
             "\"Condition\":{\"StringEquals\":{\"app:x\":\"y\"}}},"
             "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::b/${app:v}\"},"
             "{\"Effect\":\"Allow\",\"NotAction\":\"s3:GetObjec?\",\"Resource\":\"*\"},"
             "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::b/k\"},"
             "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::*\"}]}"
    };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    struct iam_policies p = { .identity = set };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_decision d;
    (void)state;
    memset(long_value, 'v', sizeof(long_value));
    r.context = context;
    r.context_count = IAM_COUNT(context);
    iam_decide(&p, &r, &d);
    assert_int_equal(d.effect, IAM_ALLOW);
    assert_int_equal(d.matched_count, 2);
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, 5);
    assert_true(!seen.all[0].applies && !seen.all[0].unevaluable);
    assert_str(seen.all[0].condition_key, "app:x");
    assert_true(!seen.all[1].applies && seen.all[1].unevaluable);
    assert_absent(seen.all[1].condition_key);
    assert_absent(seen.all[1].condition_operator);
    assert_true(!seen.all[2].applies && !seen.all[2].unevaluable);
    assert_int_equal(seen.all[2].failed, IAM_ELEMENT_ACTION);
    assert_true(seen.all[3].applies && seen.all[4].applies);
    /* What the Action rules out is not reached. */
    explain(&p, &r, IAM_EXPLAIN_REACHED);
    assert_int_equal(seen.count, 4);
    /* '?' is one character, not more. */
    r.action = IAM_STR("s3:GetObjectAcl");
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_true(seen.all[2].applies);
    explain(&p, &r, IAM_EXPLAIN_REACHED);
    assert_int_equal(seen.count, 5);
    iam_policy_set_unref(set);
}

static size_t applying(enum iam_effect effect)
{
    size_t n = 0;
    for (size_t i = 0; i < seen.count; i++) {
        n += seen.all[i].applies && seen.all[i].effect == effect;
    }
    return n;
}

/* What applies is what decided, and what is reached holds all that applies. */
static void agrees_with_deciding(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        char documents[3][2048];
        const char *texts[3];
        struct iam_decision d;
        for (size_t i = 0; i < 3; i++) {
            world_document(documents[i], sizeof(documents[i]), false);
            texts[i] = documents[i];
        }
        struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 3);
        struct iam_policies p = { .identity = set };
        struct iam_request r =
            world_request(WORLD_PICK(world_actions), WORLD_PICK(world_resources));
        iam_decide(&p, &r, &d);
        explain(&p, &r, IAM_EXPLAIN_ALL);
        size_t denying = applying(IAM_EXPLICIT_DENY);
        size_t allowing = applying(IAM_ALLOW);
        assert_int_equal(d.effect == IAM_EXPLICIT_DENY, denying > 0);
        assert_int_equal(d.effect == IAM_ALLOW, denying == 0 && allowing > 0);
        assert_int_equal(d.matched_count, denying > 0 ? denying : allowing);
        explain(&p, &r, IAM_EXPLAIN_REACHED);
        assert_int_equal(applying(IAM_EXPLICIT_DENY), denying);
        assert_int_equal(applying(IAM_ALLOW), allowing);
        iam_policy_set_unref(set);
    }
}

static void what_is_reached_is_bounded_and_said_once(void **state)
{
    char text[40000] = HEAD "[";
    size_t n = strlen(text);
    (void)state;
    for (int i = 0; i < 300; i++) {
        n += (size_t)snprintf(
            text + n, sizeof(text) - n,
            "%s{\"Effect\":\"Deny\",\"Action\":[\"*\",\"s3:*\"],\"Resource\":[\"*\","
            "\"arn:aws:s3:::b/*\"]}",
            i > 0 ? "," : "");
    }
    (void)snprintf(text + n, sizeof(text) - n, "]}");
    const char *texts[] = { text };
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
    struct iam_policies p = { .identity = set };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    explain(&p, &r, IAM_EXPLAIN_ALL);
    assert_int_equal(seen.count, 300);
    explain(&p, &r, IAM_EXPLAIN_REACHED);
    assert_int_equal(seen.count, 256);
    for (size_t i = 0; i < seen.count; i++) {
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(seen.all[i].at.statement, seen.all[k].at.statement);
        }
    }
    iam_policy_set_unref(set);
}

#define DOCUMENTS 6
#define EACH 900

/* Statements whose numbers share a place in the table of those that were visited. */
static void what_collides_is_said_once(void **state)
{
    static char documents[DOCUMENTS][80 * EACH];
    const char *texts[DOCUMENTS];
    size_t reached = 0;
    (void)state;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        size_t n = (size_t)snprintf(documents[i], sizeof(documents[i]), "%s[", HEAD);
        for (size_t k = 0; k < EACH; k++) {
            bool is_reached = (i * EACH + k) % 21 == 0 && reached < 250;
            reached += is_reached;
            n += (size_t)snprintf(documents[i] + n, sizeof(documents[i]) - n,
                                  "%s{\"Effect\":\"Deny\",\"Action\":[%s],\"Resource\":\"*\"}",
                                  k > 0 ? "," : "", is_reached ? "\"*\",\"s3:*\"" : "\"x:y\"");
        }
        (void)snprintf(documents[i] + n, sizeof(documents[i]) - n, "]}");
        texts[i] = documents[i];
    }
    assert_int_equal(reached, 250);
    struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, DOCUMENTS);
    struct iam_policies p = { .identity = set };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    explain(&p, &r, IAM_EXPLAIN_REACHED);
    assert_int_equal(seen.count, reached);
    iam_policy_set_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_element_that_failed),
        cmocka_unit_test(names_the_condition_and_every_missing_key),
        cmocka_unit_test(names_every_operator_as_it_is_written),
        cmocka_unit_test(a_variable_without_a_value_is_missing),
        cmocka_unit_test(counts_more_missing_keys_than_it_names),
        cmocka_unit_test(says_who_is_not_named),
        cmocka_unit_test(walks_the_sets_that_bind_the_caller),
        cmocka_unit_test(ends_when_it_is_told),
        cmocka_unit_test(a_malformed_request_is_not_explained),
        cmocka_unit_test(says_what_cannot_be_evaluated),
        cmocka_unit_test(asks_every_condition_whatever_is_missing),
        cmocka_unit_test(a_session_policy_is_explained_as_one),
        cmocka_unit_test(statements_do_not_touch_each_other),
        cmocka_unit_test(agrees_with_deciding),
        cmocka_unit_test(what_is_reached_is_bounded_and_said_once),
        cmocka_unit_test(what_collides_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, drop_kept);
}
