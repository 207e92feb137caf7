/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thing at a time that makes a document one that is taken or refused, with AWS's sentence; and
 * what the compiled policy says of what was read. SPEC: docs/conformance.md, "Documents".
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "lib/test.h"
#include "policy/compiled.h"

#define VERSION "{\"Version\":\"2012-10-17\",\"Statement\":"
#define ALLOW VERSION "{\"Effect\":\"Allow\","
#define DENY VERSION "{\"Effect\":\"Deny\","
#define ANY "\"Action\":\"*\",\"Resource\":\"*\""
#define RESOURCE(text) ALLOW "\"Action\":\"*\",\"Resource\":\"" text "\"}}"
#define ACTION(text) ALLOW "\"Resource\":\"*\",\"Action\":\"" text "\"}}"
#define PRINCIPAL(json) ALLOW ANY ",\"Principal\":" json "}}"
#define CONDITION(json) ALLOW ANY ",\"Condition\":" json "}}"
#define TRUST(json, action) ALLOW "\"Principal\":" json ",\"Action\":\"" action "\"}}"
#define RCP(resource) \
    DENY "\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":\"" resource "\"}}"
#define TRUSTED "{\"AWS\":\"111122223333\"}"

#define SYNTAX "Syntax errors in policy."
#define LEGACY "The policy failed legacy parsing"
#define VENDOR "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
#define FEDERATED "Federated principals must be valid domain names or SAML metadata ARNs"
#define TRUST_ACTION "AssumeRole policy may only specify STS AssumeRole actions."
#define ORGANIZATION \
    "The provided policy document does not meet the requirements of the specified policy type."

struct row {
    enum iam_policy_kind kind;
    const char *text;
    const char *says; /* NULL: it is taken */
};

static void judge(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct iam_policy *p = NULL;
        struct iam_diag d = { .message = "" };
        enum iam_status st =
            iam_policy_parse(iam_heap(), rows[i].kind, iam_str_c(rows[i].text), &p, &d);
        const char *says = rows[i].says != NULL ? rows[i].says : "";
        bool as_said = rows[i].says == NULL ? st == IAM_OK
                                            : st == IAM_SYNTAX && iam_str_eq(iam_policy_refusal(&d),
                                                                             iam_str_c(says));
        if (!as_said) {
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].text, d.message, says);
        }
        iam_policy_unref(p);
    }
}

/* clang-format off */
static const struct row resources[] = {
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:iam:x"), "IAM resource arn:aws:iam:x cannot contain region information." },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:iam::1:user/a"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:s3::1:x"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:s3:r:1:x"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:s3:r::x"), "Resource arn:aws:s3:r::x can not contain region information." },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:bad:s3:::${aws:username}"),
        "Partition \"bad\" is not valid for resource \"arn:bad:s3:::${aws:username}\"." },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:bad:s3"), "Partition \"bad\" is not valid for resource \"arn:bad:s3:*:*:*\"." },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:a*:s3:::b"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:${a:b}:s3:::b"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("${a:b}"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws::x:1:b"), LEGACY },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:s3::"), LEGACY },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws:s3"), NULL },
    { IAM_POLICY_IDENTITY, RESOURCE("arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes." },
    { IAM_POLICY_IDENTITY, RESOURCE("urn:aws:s3:::b"), "Resource urn:aws:s3:::b must be in ARN format or \"*\"." },
    { IAM_POLICY_SCP, RESOURCE("arn:aws:s3*"), NULL },
    { IAM_POLICY_SCP, RESOURCE("arn:aws:s3"), ORGANIZATION },
    { IAM_POLICY_SCP, RESOURCE(""), ORGANIZATION },
    { IAM_POLICY_RCP, RCP("arn:aws:s3:::b/*"), NULL },
    { IAM_POLICY_RCP, RCP("arn:aws:s3*"), ORGANIZATION },
};

static const struct row actions[] = {
    { IAM_POLICY_IDENTITY, ACTION("s3:a|b"), NULL },
    { IAM_POLICY_IDENTITY, ACTION("s3:{a"), SYNTAX },
    { IAM_POLICY_IDENTITY, ACTION("s3:a{"), SYNTAX },
    { IAM_POLICY_IDENTITY, ACTION("s3:"), VENDOR },
    { IAM_POLICY_IDENTITY, ACTION(":a"), VENDOR },
    { IAM_POLICY_IDENTITY, ACTION("s3:a:b"), "Actions/Condition can contain only one colon." },
    { IAM_POLICY_IDENTITY, ACTION("s*:a"), "Action vendors (e.g., aws, ec2, etc.) must not contain wildcards." },
    { IAM_POLICY_IDENTITY, ACTION("s 3:a"), "Vendor s 3 is not valid" },
    { IAM_POLICY_TRUST, TRUST(TRUSTED, "sts:AssumeRole"), NULL },
    { IAM_POLICY_TRUST, TRUST(TRUSTED, "STS:Assume*"), NULL },
    { IAM_POLICY_TRUST, TRUST(TRUSTED, "sts:Assume"), TRUST_ACTION },
    { IAM_POLICY_TRUST, TRUST(TRUSTED, "sts:Foo*"), TRUST_ACTION },
    { IAM_POLICY_TRUST, TRUST(TRUSTED, "*"), TRUST_ACTION },
};

static const struct row principals[] = {
    { IAM_POLICY_RESOURCE, PRINCIPAL("5"), SYNTAX },
    { IAM_POLICY_RESOURCE, PRINCIPAL("\"111122223333\""), SYNTAX },
    { IAM_POLICY_RESOURCE, PRINCIPAL("[\"*\"]"), SYNTAX },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"User\":\"*\"}"), SYNTAX },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"AWS\":5}"), SYNTAX },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"AWS\":\"*\",\"aws\":\"*\"}"), SYNTAX },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"Service\":\"\"}"), "Invalid principal in policy: \"SERVICE\":\"\"" },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"Service\":\"a$b.com\"}"), "Invalid principal in policy: \"SERVICE\":\"a$b.com\"" },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"Service\":\"a b.com\"}"), "Invalid principal in policy: \"SERVICE\":\"a b.com\"" },
    { IAM_POLICY_RESOURCE, PRINCIPAL("{\"Service\":\"a/b.com\"}"), NULL },
    { IAM_POLICY_TRUST, TRUST("{\"Service\":\"a/b.com\"}", "sts:AssumeRole"),
        "Invalid principal in policy: \"SERVICE\":\"a/b.com\"" },
    { IAM_POLICY_TRUST, TRUST("{\"Service\":\"a_-1.com\"}", "sts:AssumeRole"), NULL },
    { IAM_POLICY_TRUST, TRUST("{\"Service\":\"com\"}", "sts:AssumeRole"),
        "Invalid principal in policy: \"SERVICE\":\"com\"" },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\"a..com\"}", "sts:AssumeRole"), FEDERATED },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\".com\"}", "sts:AssumeRole"), FEDERATED },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\"a.\"}", "sts:AssumeRole"), FEDERATED },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\"arn:aws:iam::111122223333:saml-provider/s\"}", "sts:AssumeRole"), NULL },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\"arn:aws:iam::111122223333:user/s\"}", "sts:AssumeRole"), FEDERATED },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\"arn:aws:iam::1:saml-provider/s\"}", "sts:AssumeRole"), FEDERATED },
    { IAM_POLICY_TRUST, TRUST("{\"Federated\":\"arn:aws:sts::111122223333:saml-provider/s\"}", "sts:AssumeRole"), FEDERATED },
    { IAM_POLICY_TRUST, TRUST("{\"AWS\":\"AIDAAAAAAAAAAAAAAAAA\"}", "sts:AssumeRole"), NULL },
    { IAM_POLICY_TRUST, TRUST("{\"AWS\":\"AIDAAAAAAAAAAAAAAAAa\"}", "sts:AssumeRole"),
        "Invalid principal in policy: \"AWS\":\"AIDAAAAAAAAAAAAAAAAa\"" },
    { IAM_POLICY_TRUST, TRUST("{\"AWS\":\"0IDAAAAAAAAAAAAAAAAA\"}", "sts:AssumeRole"),
        "Invalid principal in policy: \"AWS\":\"0IDAAAAAAAAAAAAAAAAA\"" },
    { IAM_POLICY_TRUST, TRUST("{\"AWS\":\"arn:aws:iam::111122223333:\"}", "sts:AssumeRole"),
        "Invalid principal in policy: \"AWS\":\"arn:aws:iam::111122223333:\"" },
};

static const struct row conditions[] = {
    { IAM_POLICY_IDENTITY, CONDITION("{\"Nothing\":{}}"), NULL },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{},\"stringequals\":{}}"), SYNTAX },
    { IAM_POLICY_IDENTITY, CONDITION("{\"Nothing\":{\"a:b\":\"c\"}}"), SYNTAX },
    { IAM_POLICY_IDENTITY, CONDITION("{\"NullIfExists\":{\"a:b\":\"true\"}}"), SYNTAX },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{\"a\":\"b\"}}"), NULL },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{\"a:\":\"b\"}}"), VENDOR },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{\":b\":\"b\"}}"), VENDOR },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{\"\":\"b\"}}"), VENDOR },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{\"a:b\":[null]}}"), SYNTAX },
    { IAM_POLICY_IDENTITY, CONDITION("{\"StringEquals\":{\"a:b\":{}}}"), SYNTAX },
    { IAM_POLICY_IDENTITY, CONDITION("{\"ArnLike\":{\"a:b\":\"arn:aws:s3:::${a\"}}"), SYNTAX },
    { IAM_POLICY_IDENTITY, CONDITION("{\"ArnLike\":{\"a:b\":\"?rn:*:*:*:*:*\"}}"), NULL },
    { IAM_POLICY_IDENTITY, CONDITION("{\"ArnLike\":{\"a:b\":\"ar:*:*:*:*:*\"}}"), LEGACY },
    { IAM_POLICY_IDENTITY, CONDITION("{\"ArnLike\":{\"a:b\":\"x*:*:*:*:*:*\"}}"), LEGACY },
    { IAM_POLICY_IDENTITY, CONDITION("{\"ArnLike\":{\"a:b\":\"arn:*:*:*:*\"}}"), LEGACY },
    { IAM_POLICY_IDENTITY, CONDITION("{\"NumericEquals\":{\"a:b\":\"1e2147483648\"}}"), LEGACY },
    { IAM_POLICY_SESSION, CONDITION("{\"NumericEquals\":{\"a:b\":\"1e2147483648\"}}"), NULL },
    { IAM_POLICY_IDENTITY, CONDITION("{\"BinaryEquals\":{\"a:b\":\"YQ\"}}"), SYNTAX },
    { IAM_POLICY_SESSION, CONDITION("{\"BinaryEquals\":{\"a:b\":\"YQ\"}}"), SYNTAX },
};
/* clang-format on */

static void resources_are_judged(void **state)
{
    (void)state;
    judge(resources, IAM_COUNT(resources));
}

static void actions_are_judged(void **state)
{
    (void)state;
    judge(actions, IAM_COUNT(actions));
}

static void principals_are_judged(void **state)
{
    (void)state;
    judge(principals, IAM_COUNT(principals));
}

static void conditions_are_judged(void **state)
{
    (void)state;
    judge(conditions, IAM_COUNT(conditions));
}

/* A name in two cases is told as such, also where the second would be refused for itself. */
static void a_name_in_two_cases_is_told(void **state)
{
    static const char *const texts[] = {
        ALLOW "\"effect\":\"Allow\"," ANY "}}",
        ALLOW ANY ",\"Condition\":{\"Bool\":{\"a:b\":\"true\"},\"BOOL\":{}}}}",
        VERSION "[],\"statement\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        struct iam_policy *p = NULL;
        struct iam_diag d;
        assert_int_equal(
            iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(texts[i]), &p, &d),
            IAM_SYNTAX);
        assert_non_null(strstr(d.message, "the same name is given twice, in another case"));
    }
}

/* Parses before, n times 'x', after. */
static enum iam_status parse_long(const char *before, size_t n, const char *after)
{
    char *text = malloc(strlen(before) + n + strlen(after) + 1);
    struct iam_policy *p = NULL;
    assert_non_null(text);
    char *at = stpcpy(text, before);
    memset(at, 'x', n);
    (void)stpcpy(at + n, after);
    enum iam_status st =
        iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(text), &p, NULL);
    iam_policy_unref(p);
    free(text);
    return st;
}

static void lengths_are_limited(void **state)
{
    static const struct {
        const char *before;
        const char *after;
        size_t most;
    } rows[] = {
        {ALLOW "\"Resource\":\"*\",\"Action\":\"s3:",               "\"}}",         253 },
        { ALLOW "\"Sid\":\"",                                       "\"," ANY "}}", 8192},
        { ALLOW ANY ",\"Condition\":{\"StringEquals\":{\"a:b\":\"", "\"}}}}",       8192},
        { ALLOW ANY ",\"Condition\":{\"StringEquals\":{\"a:",       "\":\"b\"}}}}", 8190},
        { ALLOW "\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::",    "\"}}",         8179},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(parse_long(rows[i].before, rows[i].most, rows[i].after), IAM_OK);
        assert_int_equal(parse_long(rows[i].before, rows[i].most + 1, rows[i].after), IAM_LIMIT);
    }
}

/* ---- what was read --------------------------------------------------------------------------- */

static struct iam_policy *parse(enum iam_policy_kind kind, const char *text)
{
    struct iam_policy *p = NULL;
    struct iam_diag d;
    if (iam_policy_parse(iam_heap(), kind, iam_str_c(text), &p, &d) != IAM_OK) {
        fail_msg("%s: %s", text, d.message);
    }
    return p;
}

static void patterns_are_divided(void **state)
{
    static const struct {
        const char *text;
        unsigned parts;
        enum iam_tail_kind tail;
        unsigned literal; /* of the sixth part */
        bool literal_head;
        bool has_one;
    } rows[] = {
        {RESOURCE("*"),                        1, IAM_TAIL_ANY,     0, false, false},
        { RESOURCE("arn:aws:s3:::b"),          6, IAM_TAIL_LITERAL, 1, true,  false},
        { RESOURCE("arn:aws:s3:::*"),          6, IAM_TAIL_ANY,     0, true,  false},
        { RESOURCE("arn:aws:s3:::ab*"),        6, IAM_TAIL_PREFIX,  2, true,  false},
        { RESOURCE("arn:aws:s3:::ab*c"),       6, IAM_TAIL_GLOB,    2, true,  false},
        { RESOURCE("arn:aws:s3:::ab?"),        6, IAM_TAIL_GLOB,    2, true,  true },
        { RESOURCE("arn:aws:ec2:*::a:b"),      6, IAM_TAIL_LITERAL, 3, false, false},
        { RESOURCE("arn:aws:ec2:?::a"),        6, IAM_TAIL_LITERAL, 1, false, true },
        { RESOURCE("arn:aws:s3"),              3, IAM_TAIL_ANY,     0, false, false},
        { RESOURCE("arn:aws:s3:::b/${a:b}"),   6, IAM_TAIL_GLOB,    2, true,  false},
        { RESOURCE("arn:aws:s3:::$b${a:b}"),   6, IAM_TAIL_GLOB,    2, true,  false},
        { RESOURCE("arn:aws:ec2:$::b/${a:b}"), 6, IAM_TAIL_GLOB,    2, true,  false},
        { RESOURCE("arn:aws:ec2:${a:b}::b"),   1, IAM_TAIL_GLOB,    0, false, false},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_policy *p = parse(IAM_POLICY_IDENTITY, rows[i].text);
        const struct iam_pattern *pattern = iam_statement_resources(iam_policy_statements(p));
        if (pattern->parts != rows[i].parts || pattern->tail != rows[i].tail ||
            pattern->tail_literal != rows[i].literal ||
            pattern->literal_head != rows[i].literal_head || pattern->has_one != rows[i].has_one ||
            pattern->any != (i == 0)) {
            fail_msg("%s: %u parts, tail %u, literal %u", rows[i].text, pattern->parts,
                     pattern->tail, pattern->tail_literal);
        }
        iam_policy_unref(p);
    }
}

static void operators_are_known(void **state)
{
    static const struct {
        const char *written;
        enum iam_family family;
        enum iam_order order;
        bool negated;
        enum iam_quantifier quantifier;
        bool if_exists;
        const char *value;
    } rows[] = {
        {"StringEquals",                                    IAM_FAMILY_STRING,        IAM_ORDER_EQ, false, IAM_EACH_NONE, false, "x"   },
        { "ForAnyValue:StringNotLike",                      IAM_FAMILY_LIKE,          IAM_ORDER_EQ, true,  IAM_EACH_ANY,  false,
         "x"                                                                                                                           },
        { "ForAllValues:StringNotEqualsIgnoreCaseIfExists", IAM_FAMILY_STRING_NOCASE, IAM_ORDER_EQ,
         true,                                                                                             IAM_EACH_ALL,  true,  "x"   },
        { "NumericLessThanEquals",                          IAM_FAMILY_NUMERIC,       IAM_ORDER_LE, false, IAM_EACH_NONE, false,
         "1"                                                                                                                           },
        { "DateGreaterThanIfExists",                        IAM_FAMILY_DATE,          IAM_ORDER_GT, false, IAM_EACH_NONE, true,
         "1"                                                                                                                           },
        { "ForAllValues:Null",                              IAM_FAMILY_NULL,          IAM_ORDER_EQ, false, IAM_EACH_ALL,  false, "true"},
        { "NotIpAddress",                                   IAM_FAMILY_IP,            IAM_ORDER_EQ, true,  IAM_EACH_NONE, false, "::1" },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), ALLOW ANY ",\"Condition\":{\"%s\":{\"A:b\":\"%s\"}}}}",
                       rows[i].written, rows[i].value);
        struct iam_policy *p = parse(IAM_POLICY_IDENTITY, text);
        const struct iam_condition *c = iam_statement_conditions(iam_policy_statements(p));
        assert_same_str(iam_condition_operator(c), iam_str_c(rows[i].written));
        assert_str(iam_condition_key(c), "A:b");
        assert_int_equal(c->family, rows[i].family);
        assert_int_equal(c->order, rows[i].order);
        assert_int_equal(c->negated, rows[i].negated);
        assert_int_equal(c->quantifier, rows[i].quantifier);
        assert_int_equal(c->if_exists, rows[i].if_exists);
        assert_int_equal(c->value_count, 1);
        iam_policy_unref(p);
    }
}

/* The first value of the only condition. */
static const struct iam_value *value_of(const struct iam_policy *p)
{
    return iam_condition_values(iam_statement_conditions(iam_policy_statements(p)));
}

static void values_are_compiled(void **state)
{
    struct iam_policy *p =
        parse(IAM_POLICY_IDENTITY,
              CONDITION("{\"IpAddress\":{\"a:b\":[\"10.1.2.3/8\",\"2001:db8::/32\"]}}"));
    const struct iam_value *v = value_of(p);
    (void)state;
    struct iam_range four = iam_value_range(v);
    struct iam_range six = iam_value_range(v + 1);
    assert_int_equal(four.size, 4);
    assert_int_equal(four.bits, 8);
    assert_memory_equal(four.bytes, "\x0a\0\0\0", 4);
    assert_int_equal(six.size, 16);
    assert_int_equal(six.bits, 32);
    assert_memory_equal(six.bytes, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    iam_policy_unref(p);
    p = parse(IAM_POLICY_IDENTITY, CONDITION("{\"DateEquals\":{\"a:b\":\"1970-01-02\"}}"));
    assert_int_equal(iam_value_ms(value_of(p)), 86400000);
    iam_policy_unref(p);
    p = parse(IAM_POLICY_IDENTITY, CONDITION("{\"BinaryEquals\":{\"a:b\":\"QUI=\"}}"));
    assert_str(iam_value_text(value_of(p)), "AB");
    iam_policy_unref(p);
    p = parse(IAM_POLICY_IDENTITY, CONDITION("{\"Null\":{\"a:b\":[true,\"TRUE\",false,\"yes\"]}}"));
    assert_true(value_of(p)[0].truth && value_of(p)[1].truth);
    assert_false(value_of(p)[2].truth || value_of(p)[3].truth);
    iam_policy_unref(p);
    p = parse(IAM_POLICY_IDENTITY,
              CONDITION("{\"StringLike\":{\"a:b\":[\"${a:c}\",\"x\",5,true]}}"));
    assert_true(value_of(p)[0].has_template && !value_of(p)[1].has_template);
    assert_str(iam_value_text(&value_of(p)[1]), "x");
    assert_str(iam_value_text(&value_of(p)[2]), "5");
    assert_str(iam_value_text(&value_of(p)[3]), "true");
    iam_policy_unref(p);
}

static void only_a_session_keeps_what_it_cannot_read(void **state)
{
    static const struct {
        const char *condition;
        bool unreadable;
    } rows[] = {
        {"{\"NumericEquals\":{\"a:b\":\"ten\"}}",           true },
        { "{\"NumericEquals\":{\"a:b\":\"1e2147483648\"}}", false},
        { "{\"NumericEquals\":{\"a:b\":\"10\"}}",           false},
        { "{\"DateEquals\":{\"a:b\":\"now\"}}",             true },
        { "{\"IpAddress\":{\"a:b\":\"2001:db8::1/32\"}}",   true },
        { "{\"ArnLike\":{\"a:b\":\"b\"}}",                  true },
        { "{\"ArnLike\":{\"a:b\":\"${a:c}\"}}",             false},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[512];
        struct iam_policy *p = NULL;
        (void)snprintf(text, sizeof(text), ALLOW ANY ",\"Condition\":%s}}", rows[i].condition);
        p = parse(IAM_POLICY_SESSION, text);
        assert_int_equal(value_of(p)->unreadable, rows[i].unreadable);
        iam_policy_unref(p);
    }
}

static void principals_are_classified(void **state)
{
    static const struct {
        const char *json;
        enum iam_named_kind kind;
        const char *value;
        bool bare;
    } rows[] = {
        {"\"*\"",                                              IAM_NAMED_EVERYONE,  "*",                    true },
        { "{\"AWS\":\"*\"}",                                   IAM_NAMED_EVERYONE,  "*",                    false},
        { "{\"AWS\":\"111122223333\"}",                        IAM_NAMED_ACCOUNT,   "111122223333",         false},
        { "{\"AWS\":\"arn:aws-cn:iam::111122223333:root\"}",   IAM_NAMED_ACCOUNT,   "111122223333",
         false                                                                                                   },
        { "{\"AWS\":\"arn:aws:sts::111122223333:root\"}",      IAM_NAMED_ARN,
         "arn:aws:sts::111122223333:root",                                                                  false},
        { "{\"AWS\":\"arn:aws:iam:r:111122223333:root\"}",     IAM_NAMED_ARN,
         "arn:aws:iam:r:111122223333:root",                                                                 false},
        { "{\"AWS\":\"arn:aws:iam::111122223333:user/root\"}", IAM_NAMED_ARN,
         "arn:aws:iam::111122223333:user/root",                                                             false},
        { "{\"AWS\":\"AIDAAAAAAAAAAAAAAAAA\"}",                IAM_NAMED_ID,        "AIDAAAAAAAAAAAAAAAAA", false},
        { "{\"Service\":\"s.amazonaws.com\"}",                 IAM_NAMED_SERVICE,   "s.amazonaws.com",      false},
        { "{\"Federated\":\"f\"}",                             IAM_NAMED_FEDERATED, "f",                    false},
        { "{\"CanonicalUser\":\"c\"}",                         IAM_NAMED_CANONICAL, "c",                    false},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), ALLOW ANY ",\"Principal\":%s}}", rows[i].json);
        struct iam_policy *p = parse(IAM_POLICY_RESOURCE, text);
        const struct iam_named *n = iam_statement_principals(iam_policy_statements(p));
        assert_int_equal(n->kind, rows[i].kind);
        assert_int_equal(n->bare, rows[i].bare);
        assert_same_str(iam_named_value(n), iam_str_c(rows[i].value));
        iam_policy_unref(p);
    }
}

/* ---- what is asked when a trust policy is written -------------------------------------------- */

#define OIDC "arn:aws:iam::111122223333:oidc-provider/"
#define GITHUB "token.actions.githubusercontent.com"

struct written {
    const char *principal;
    const char *action;
    const char *condition;
    bool is_taken;
};

static enum iam_status write_trust(const struct written *w, struct iam_diag *d)
{
    char text[2048];
    (void)snprintf(text, sizeof(text),
                   ALLOW
                   "\"Principal\":{\"Federated\":\"%s\"},\"Action\":\"%s\",\"Condition\":%s}}",
                   w->principal, w->action, w->condition);
    struct iam_policy *p = parse(IAM_POLICY_TRUST, text);
    enum iam_status st = iam_policy_check_write(p, d);
    if (st != IAM_OK) {
        assert_int_equal(iam_policy_check_write(p, NULL), st);
    }
    iam_policy_unref(p);
    return st;
}

static void shared_providers_are_narrowed(void **state)
{
#define WEB "sts:AssumeRoleWithWebIdentity"
#define EQUALS(key, value) "{\"StringEquals\":{\"" key "\":\"" value "\"}}"
    static const struct written rows[] = {
        {"gitlab.com",                                                                          WEB,                        "{}",                                                                                                  false},
        { OIDC "gitlab.com",                                                                    WEB,                        "{}",                                                                                                  false},
        { OIDC "example.com",                                                                   WEB,                        "{}",                                                                                                  true},
        { OIDC "gitlab.com",                                                                    "sts:AssumeRole",           "{}",                                                                                                  true},
        { OIDC "gitlab.com",                                                                    "sts:TagS*",                "{}",                                                                                                  true},
        { OIDC "gitlab.com",                                                                    "sts:Assume*",              "{}",                                                                                                  false},
        { OIDC "gitlab.com",                                                                    WEB,                        EQUALS("gitlab.com:sub",                                                                               "a"),true },
        { OIDC "gitlab.com",                                                                                    WEB,                                                                                             EQUALS("GITLAB.com:SUB",                                                                                                            "a"),true },
        { OIDC "gitlab.com",                                                                                 WEB,                                                                                                          EQUALS("gitlab.com:aud",                                                                                                                                                                                              "a"),                                                                                                                   false },
        { OIDC "gitlab.com",                                                                                 WEB,                                                                                                      EQUALS("gitlab.comxsub",             "a"),false },
        { OIDC "gitlab.com",                                                              WEB,EQUALS("gitlab.com:subs",                                                                   "a"),                                                                                                                                                                                         false },
        { OIDC "gitlab.com",                     WEB,                                         EQUALS("a:b",                                                                        "a"),false },
        { OIDC "gitlab.com",                                                                    WEB,                                                                       EQUALS("gitlab.com:sub",                                                                                                                        "*"),false },
        { OIDC "gitlab.com",                                                                                    WEB,                                                                                             EQUALS("gitlab.com:sub",                                                                                                                            "**"),true },
        { OIDC "gitlab.com",                                                                                WEB,                                                                                                         "{\"StringLike\":{\"gitlab.com:sub\":[\"a\",\"*\"]}}",                                                                                                                                                                                             false                                                          },
        { OIDC "gitlab.com",                                                                                WEB,                                                                                                      "{\"StringNotEquals\":{\"gitlab.com:sub\":\"a\"}}",                                                                               false                               },
        { OIDC "gitlab.com",                                WEB,"{\"StringEqualsIfExists\":{\"gitlab.com:sub\":\"a\"}}",false},
        { OIDC "gitlab.com",                                   WEB,
         "{\"ForAnyValue:StringEqualsIgnoreCase\":{\"gitlab.com:sub\":\"a\"}}",true},
        { OIDC "gitlab.com",                              WEB,                                                                                                       "{\"Null\":{\"gitlab.com:sub\":\"false\"}}",                                                                                                                                                                                                                                                                                                                                                       false                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            },
        { OIDC GITHUB,                 WEB,                                       EQUALS(GITHUB ":sub",                                                                                                                                                                   "repo:a/b"),                                                                                                                                                                                                                          true },
        { OIDC GITHUB,                                          WEB,EQUALS(GITHUB ":job_workflow_ref","a"),true },
        { OIDC GITHUB "/e",                                                                 WEB,                                          EQUALS(GITHUB "/e:sub","repo:a/b"),true },
        { OIDC GITHUB "/e",                                         WEB,                                                                          EQUALS(GITHUB ":sub",                                                                                                                                                                                                                                                                                                                                                                                                                                                                     "repo:a/b"),                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 false },
        { OIDC GITHUB,                                                                     WEB,                            EQUALS(GITHUB ":sub",                                                                  "*:a"),false },
        { OIDC GITHUB,                                                                                    WEB,                                                                                              EQUALS(GITHUB ":sub",                                                                                                                                                        " \\t\\n\\r"),false },
        { OIDC GITHUB,                                                                                WEB,                                                                                                         EQUALS(GITHUB ":sub",                                                                                                                                                                                                   ""),false },
        { OIDC GITHUB,                                                                               WEB,                                                                                                    EQUALS(GITHUB ":sub",                                                                                                                                       " a"),                                              true },
        { OIDC GITHUB,                                                                 WEB,EQUALS(GITHUB ":sub","*${a:b}"),false },
        { OIDC GITHUB,   WEB,EQUALS(GITHUB ":sub","${a:b}"),                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                 true },
        { OIDC GITHUB,                                                                          WEB,
         "{\"StringEquals\":{\"" GITHUB ":sub\":\"a\",\"" GITHUB ":job_workflow_ref\":\"*\"}}",
         false},
        { OIDC GITHUB,                                                                                    WEB,
         "{\"StringEquals\":{\"" GITHUB ":sub\":\"a\"},\"StringLike\":{\"" GITHUB
          ":job_workflow_ref\":\"*\"}}",                                                                                                                                     true},
        { "accounts.google.com",                                                                                WEB,                                                                                                         EQUALS("accounts.google.com:oaud",                                                                                                                                                                                                   "*"),true },
        { "accounts.google.com",                                                                            WEB,                                                                                                  EQUALS("accounts.google.com:sub",                                                                                                                                                                                                                                                                                                                                                                                                      "a"),true },
        { "accounts.google.com", WEB,                                                                                                             EQUALS("accounts.google.com:SUB",                                                                                                                                                                                                                 "a"),                                                                                                                                                                                                                                                                                                                                                  false },
        { "accounts.google.com",                                                        WEB,                                                                              "{\"StringLike\":{\"accounts.google.com:sub\":\"a\"}}",
         false},
        { "graph.facebook.com",                                                    WEB,EQUALS("graph.facebook.com:app_id","a"),true },
        { OIDC "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",       WEB,
         EQUALS("sts:RoleSessionName","a"),                                                                                                                                                                                              true },
        { OIDC "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d",                                                                WEB,
         EQUALS("sts:RoleSession",                                                "a"),false },
        { "arn:aws:iam::111122223333:saml-provider/gitlab.com",                                                                                    WEB,                                                                                         "{}",                                                                                                                                    true},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_diag d = { .message = "" };
        enum iam_status st = write_trust(&rows[i], &d);
        if ((st == IAM_OK) != rows[i].is_taken) {
            fail_msg("%s %s %s: %s", rows[i].principal, rows[i].action, rows[i].condition,
                     d.message);
        }
    }
}

/* The sentence names the provider and its keys, cut off where they are too long, and the place. */
static void the_refusal_names_provider_and_keys(void **state)
{
    static const char says[] =
        "Trust policy with trusted principal " OIDC "gitlab.com must evaluate, using StringEquals, "
        "StringLike or StringEqualsIgnoreCase, gitlab.com:sub which is not scoped to all";
    char name[600] = GITHUB;
    struct written w = { OIDC "gitlab.com", WEB, "{}", false };
    struct iam_diag d;
    (void)state;
    assert_int_equal(write_trust(&w, &d), IAM_SYNTAX);
    assert_str(iam_policy_refusal(&d), says);
    assert_int_equal(d.offset, strlen(ALLOW "\"Principal\":{\"Federated\":"));
    w.principal = "accounts.google.com";
    assert_int_equal(write_trust(&w, &d), IAM_SYNTAX);
    assert_non_null(strstr(d.message, "accounts.google.com:aud or accounts.google.com:oaud or "
                                      "accounts.google.com:sub which"));
    w.principal = OIDC "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d";
    assert_int_equal(write_trust(&w, &d), IAM_SYNTAX);
    assert_non_null(strstr(d.message, "IgnoreCase, sts:RoleSessionName which"));
    memset(name + strlen(name), 'x', sizeof(name) - strlen(name) - 1);
    w.principal = name;
    assert_int_equal(write_trust(&w, &d), IAM_SYNTAX);
    assert_non_null(strstr(d.message, "xxxx which is not scoped to all"));
#undef WEB
#undef EQUALS
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resources_are_judged),
        cmocka_unit_test(actions_are_judged),
        cmocka_unit_test(principals_are_judged),
        cmocka_unit_test(conditions_are_judged),
        cmocka_unit_test(a_name_in_two_cases_is_told),
        cmocka_unit_test(lengths_are_limited),
        cmocka_unit_test(patterns_are_divided),
        cmocka_unit_test(operators_are_known),
        cmocka_unit_test(values_are_compiled),
        cmocka_unit_test(only_a_session_keeps_what_it_cannot_read),
        cmocka_unit_test(principals_are_classified),
        cmocka_unit_test(shared_providers_are_narrowed),
        cmocka_unit_test(the_refusal_names_provider_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
