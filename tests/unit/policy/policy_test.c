/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "base/heap.h"
#include "lib/test.h"

#include "lib/failing_alloc.h"
#include "policy/compiled.h"

static struct iam_policy *parse(enum iam_policy_kind kind, const char *text)
{
    struct iam_policy *p = NULL;
    struct iam_diag diag;
    if (iam_policy_parse(iam_heap(), kind, iam_str_c(text), &p, &diag) != IAM_OK) {
        fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
    }
    return p;
}

#define STATEMENT "{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}"
#define FULL                                                                                       \
    "{\"Version\":\"2012-10-17\",\"Id\":\"i\",\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Allow\"," \
    "\"Action\":[\"s3:Get*\",\"S3:Put\\u0041\"],\"Resource\":[\"*\",\"arn:aws:s3:::b/"             \
    "${aws:username, 'x'}/${*}\"],\"Condition\":{\"StringLike\":{\"a:b\":[\"x\",\"${a:c}\"]},"     \
    "\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"},\"BinaryEquals\":{\"a:d\":\"QUI=\"},"         \
    "\"ArnLike\":{\"a:e\":\"arn:aws:s3:::*\"},\"Null\":{\"a:f\":true},\"NumericEquals\":{"         \
    "\"a:g\":5},\"DateLessThan\":{\"a:h\":\"2030\"}}},{\"Effect\":\"Deny\",\"NotAction\":"         \
    "\"x:y\",\"NotResource\":\"arn:aws:s3:::b\"}]}"

static void keeps_the_text_and_the_shape(void **state)
{
    struct iam_policy *p = parse(IAM_POLICY_IDENTITY, FULL);
    (void)state;
    assert_same_str(iam_policy_text(p), iam_str_c(FULL));
    assert_int_equal(iam_policy_kind_of(p), IAM_POLICY_IDENTITY);
    assert_int_equal(iam_policy_statement_count(p), 2);
    assert_str(iam_policy_sid(p, 0), "A");
    assert_absent(iam_policy_sid(p, 1));
    assert_absent(iam_policy_sid(p, 2));
    const char *at = iam_statement_actions(iam_policy_statements(p));
    assert_str(iam_action_next(&at), "s3:get*");
    assert_str(iam_action_next(&at), "s3:puta");
    assert_int_equal(iam_policy_statements(p)[0].condition_count, 7);
    assert_true(iam_policy_statements(p)[1].not_action && iam_policy_statements(p)[1].not_resource);
    iam_policy_unref(p);
}

static void the_text_is_copied(void **state)
{
    char text[] = "{\"Statement\":" STATEMENT "}";
    struct iam_policy *p = parse(IAM_POLICY_IDENTITY, text);
    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    assert_str(iam_policy_text(p), "{\"Statement\":" STATEMENT "}");
    const char *at = iam_statement_actions(iam_policy_statements(p));
    assert_str(iam_action_next(&at), "s3:*");
    iam_policy_unref(p);
}

static void printing_and_parsing_again_is_the_same(void **state)
{
    struct iam_policy *p = parse(IAM_POLICY_IDENTITY, FULL);
    struct iam_policy *q = NULL;
    (void)state;
    assert_ok(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_policy_text(p), &q, NULL));
    assert_same_str(iam_policy_text(q), iam_policy_text(p));
    iam_policy_unref(p);
    iam_policy_unref(q);
}

static void references_are_counted(void **state)
{
    struct failing_alloc f;
    struct iam_policy *p = NULL;
    (void)state;
    failing_alloc_init(&f, 0, false);
    assert_ok(iam_policy_parse(&f.alloc, IAM_POLICY_IDENTITY, IAM_STR(FULL), &p, NULL));
    assert_ptr_equal(iam_policy_ref(p), p);
    iam_policy_unref(p);
    assert_true(f.live > 0);
    iam_policy_unref(p);
    assert_int_equal(f.live, 0);
    iam_policy_unref(NULL);
}

static void walks_the_principals(void **state)
{
    struct iam_policy *p =
        parse(IAM_POLICY_RESOURCE,
              "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{"
              "\"AWS\":[\"111122223333\",\"*\"],\"Service\":\"s.amazonaws.com\"},\"Action\":\"*\","
              "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"*\","
              "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"NotPrincipal\":{\"CanonicalUser\":\"c\","
              "\"Federated\":\"f\",\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"*\","
              "\"Resource\":\"*\"}]}");
    static const char *const want[][2] = {
        {"AWS",            "111122223333"                  },
        { "AWS",           "*"                             },
        { "Service",       "s.amazonaws.com"               },
        { "*",             "*"                             },
        { "CanonicalUser", "c"                             },
        { "Federated",     "f"                             },
        { "AWS",           "arn:aws:iam::111122223333:root"},
    };
    struct iam_str type;
    struct iam_str value;
    size_t pos = 0;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(want); i++) {
        assert_true(iam_policy_next_principal(p, &pos, &type, &value));
        assert_same_str(type, iam_str_c(want[i][0]));
        assert_same_str(value, iam_str_c(want[i][1]));
    }
    assert_false(iam_policy_next_principal(p, &pos, &type, &value));
    iam_policy_unref(p);
}

struct refusal {
    enum iam_policy_kind kind;
    const char *text;
    unsigned line;
    unsigned column;
    const char *says;
};

static const struct refusal refusals[] = {
    {IAM_POLICY_IDENTITY,  "{\"Version\":\"2012-10-17\",\n \"Statement\":[}",              2, 15,
     "Syntax errors in policy."                                                                                             },
    { IAM_POLICY_IDENTITY,
     "{\"Statement\":{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",         1, 24,
     "The policy failed legacy parsing"                                                                                     },
    { IAM_POLICY_IDENTITY,
     "{\"Statement\":{\"Effect\":\"Allow\",\n\"action\":\"*\",\"Resource\":\"*\"}}",       2, 1,
     "Syntax errors in policy."                                                                                             },
    { IAM_POLICY_IDENTITY, "{\n\n  \"Version\": \"2012\", \"Statement\":" STATEMENT "}",   3, 14,
     "Syntax errors in policy."                                                                                             },
    { IAM_POLICY_IDENTITY, "{\"Statement\":{\"Effect\":\"Allow\",\"Resource\":\"*\"}}",    1, 14,
     "Policy statement must contain actions."                                                                               },
    { IAM_POLICY_IDENTITY, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\"}}",      1, 14,
     "Policy statement must contain resources."                                                                             },
    { IAM_POLICY_IDENTITY,
     "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"Get\",\"Resource\":\"*\"}}",       1, 41,
     "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."                                           },
    { IAM_POLICY_IDENTITY,
     "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":[\"*\",\"b\"]}}", 1, 61,
     "Resource b must be in ARN format or \"*\"."                                                                           },
    { IAM_POLICY_TRUST,    "{\"Statement\":" STATEMENT "}",                                1, 14,
     "Missing required field Principal"                                                                                     },
    { IAM_POLICY_IDENTITY, "",                                                             1, 1,  "Syntax errors in policy."},
    { IAM_POLICY_IDENTITY, "{\"a\":\"\x01\"}",                                             1, 7,  "Syntax errors in policy."},
    { IAM_POLICY_IDENTITY, "{\"a\":\"\xc3\"}",                                             1, 7,  "Syntax errors in policy."},
    { IAM_POLICY_IDENTITY, "{\"a\":\"\xe4\xb8\xad\"}",                                     1, 7,  "Syntax errors in policy."},
};

static void refusals_name_the_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(refusals); i++) {
        const struct refusal *r = &refusals[i];
        struct iam_policy *p = NULL;
        struct iam_diag d;
        enum iam_status st = iam_policy_parse(iam_heap(), r->kind, iam_str_c(r->text), &p, &d);
        struct iam_str says = iam_policy_refusal(&d);
        if (st != IAM_SYNTAX || p != NULL || d.line != r->line || d.column != r->column ||
            !iam_str_eq(says, iam_str_c(r->says))) {
            fail_msg("case %zu: %u:%u: %s", i, d.line, d.column, d.message);
        }
        /* The diagnosis is optional. */
        assert_int_equal(iam_policy_parse(iam_heap(), r->kind, iam_str_c(r->text), &p, NULL),
                         IAM_SYNTAX);
    }
}

static char *repeat(const char *head, const char *item, size_t n, const char *tail)
{
    size_t each = strlen(item);
    char *text = malloc(strlen(head) + n * (each + 1) + strlen(tail) + 1);
    char *at = text;
    assert_non_null(text);
    at = stpcpy(at, head);
    for (size_t i = 0; i < n; i++) {
        at = stpcpy(at, item);
        if (i + 1 < n) {
            *at++ = ',';
        }
    }
    (void)stpcpy(at, tail);
    return text;
}

static void sizes_are_bounded(void **state)
{
    struct iam_policy *p = NULL;
    struct iam_diag d;
    char *most = repeat("{\"Statement\":[", STATEMENT, 1000, "]}");
    char *more = repeat("{\"Statement\":[", STATEMENT, 1001, "]}");
    char *longer = malloc(IAM_POLICY_MAX_BYTES + 1);
    (void)state;
    assert_non_null(longer);
    memset(longer, ' ', IAM_POLICY_MAX_BYTES + 1);
    memcpy(longer, "{\"Statement\":" STATEMENT "}", sizeof("{\"Statement\":" STATEMENT "}") - 1);
    assert_ok(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(most), &p, &d));
    iam_policy_unref(p);
    assert_int_equal(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(more), &p, &d),
                     IAM_LIMIT);
    struct iam_str fits = { longer, IAM_POLICY_MAX_BYTES };
    struct iam_str over = { longer, IAM_POLICY_MAX_BYTES + 1 };
    assert_ok(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, fits, &p, &d));
    iam_policy_unref(p);
    assert_int_equal(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, over, &p, &d), IAM_LIMIT);
    free(most);
    free(more);
    free(longer);
}

/* Whatever a document makes of a byte, there is enough room. */
static void the_densest_documents_have_room(void **state)
{
#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\","
#define ANY "\"Action\":\"*\",\"Resource\":\"*\""
#define CONDITION(op) HEAD ANY ",\"Condition\":{\"" op "\":{\"a:b\":["
    static const struct {
        const char *head;
        const char *item;
        const char *tail;
        size_t most;
        bool is_refused;
    } rows[] = {
        {CONDITION("ArnLike"),                                       "1",          "]}}}}", 65000, true },
        { CONDITION("ArnLike"),                                      "\"\"",       "]}}}}", 43000, true },
        { CONDITION("ArnLike"),                                      "\"*:::::\"", "]}}}}", 13000, false},
        { CONDITION("ArnLike"),                                      "\"${*}\"",   "]}}}}", 16000, false},
        { CONDITION("DateEquals"),                                   "1",          "]}}}}", 65000, false},
        { CONDITION("Bool"),                                         "true",       "]}}}}", 26000, false},
        { CONDITION("IpAddress"),                                    "\"::\"",     "]}}}}", 26000, false},
        { CONDITION("StringLike"),                                   "\"a${a}\"",  "]}}}}", 16000, false},
        { HEAD "\"Action\":\"*\",\"Resource\":[",                    "\"*\"",      "]}}",   32000, false},
        { HEAD "\"Resource\":\"*\",\"Action\":[",                    "\"*\"",      "]}}",   32000, false},
        { HEAD ANY ",\"Condition\":{\"Null\":{\"a:b\":[],\"a:c\":[", "true",       "]}}}}", 26000,
         false                                                                                          },
        { "{\"Statement\":[",                                        "1",          "]}",    1000,  true },
        { "{\"Statement\":[",                                        "{}",         "]}",    1000,  true },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        const size_t counts[] = { 1, 7, 100, rows[i].most };
        for (size_t k = 0; k < IAM_COUNT(counts); k++) {
            char *text = repeat(rows[i].head, rows[i].item, counts[k], rows[i].tail);
            struct iam_policy *p = NULL;
            assert_int_equal(
                iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(text), &p, NULL),
                rows[i].is_refused ? IAM_SYNTAX : IAM_OK);
            iam_policy_unref(p);
            free(text);
        }
    }
#undef HEAD
#undef ANY
#undef CONDITION
}

/* An object with many keys is checked for twins in less than quadratic time. */
static void many_keys_of_which_two_differ_in_case(void **state)
{
    char text[8192] = "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\","
                      "\"Condition\":{\"StringEquals\":{";
    char *at = text + strlen(text);
    struct iam_policy *p = NULL;
    struct iam_diag d;
    (void)state;
    for (int i = 0; i < 100; i++) {
        at += snprintf(at, 64, "\"a:k%d\":\"v\",", i);
    }
    (void)snprintf(at, 64, "\"A:K50\":\"v\"}}}}");
    assert_int_equal(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(text), &p, &d),
                     IAM_SYNTAX);
    assert_non_null(strstr(d.message, "A:K50"));
    (void)snprintf(at, 64, "\"A:K500\":\"v\"}}}}");
    p = parse(IAM_POLICY_IDENTITY, text);
    iam_policy_unref(p);
}

static enum iam_status parse_once(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_policy *p = NULL;
    struct iam_diag d;
    enum iam_status st = iam_policy_parse(alloc, IAM_POLICY_IDENTITY, iam_str_c(ctx), &p, &d);
    if (st == IAM_OK) {
        iam_policy_unref(p);
    }
    return st;
}

static void every_allocation_may_fail(void **state)
{
    char text[] = FULL;
    char *large = repeat("{\"Statement\":[", STATEMENT, 400, "]}");
    (void)state;
    assert_true(torture(parse_once, text) >= 3);
    assert_true(torture(parse_once, large) >= 3);
    free(large);
}

/* Wherever it is, and whatever is around it. */
static void a_bad_character_is_found_at_every_place(void **state)
{
    static const char *const bad[] = { "\x01", "\x1f", "\xc4\x80", "\x80", "\xc3", "\xff" };
    static const char *const around[] = { " ", "\n", "\t", "\xc3\xa9" };
    (void)state;
    for (size_t n = 0; n < 40; n++) {
        for (size_t i = 0; i < IAM_COUNT(bad) * IAM_COUNT(around); i++) {
            const char *pad = around[i % IAM_COUNT(around)];
            bool blank = pad[0] == '\n' || pad[0] == '\t';
            char text[256] = "";
            struct iam_policy *p = NULL;
            struct iam_diag d;
            (void)strncat(text, blank ? "" : "{\"", 4);
            for (size_t k = 0; k < n; k++) {
                (void)strncat(text, pad, 4);
            }
            size_t at = strlen(text);
            (void)strncat(text, bad[i / IAM_COUNT(around)], 4);
            (void)strncat(text, "                {}", 32);
            assert_int_equal(
                iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, iam_str_c(text), &p, &d),
                IAM_SYNTAX);
            assert_int_equal(d.offset, at);
        }
    }
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static void *tally_alloc(void *ctx, size_t bytes)
{
    size_t *live = ctx;
    size_t *p = malloc(bytes + 16);
    assert_non_null(p);
    *p = bytes;
    *live += bytes;
    return (char *)p + 16;
}

static void tally_free(void *ctx, void *p)
{
    size_t *live = ctx;
    if (p != NULL) {
        size_t *head = (size_t *)(void *)((char *)p - 16);
        *live -= *head;
        free(head);
    }
}

#define STATEMENT_OF(action, resource, condition)                                  \
    "        {\n            \"Sid\": \"S\",\n            \"Effect\": \"Allow\",\n" \
    "            \"Action\": [\n                " action "\n            ],\n"      \
    "            \"Resource\": \"" resource "\"" condition "\n        }"

/* A document as people write it takes at most twice its text, and nothing stays allocated. */
static void a_policy_is_small(void **state)
{
    static const char *const texts[] = {
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":"
        "\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::bucket/*\"}]}",
        "{\n    \"Version\": \"2012-10-17\",\n    \"Id\": \"p\",\n    \"Statement\": [\n" STATEMENT_OF(
            "\"s3:GetObject\",\n                \"s3:ListBucket\"", "arn:aws:s3:::photos/*",
            ",\n            \"Condition\": {\n                \"IpAddress\": {\n"
            "                    \"aws:SourceIp\": \"10.0.0.0/8\"\n                }\n"
            "            }") "\n    ]\n}\n",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        size_t live = 0;
        struct iam_alloc alloc = { tally_alloc, tally_free, &live };
        struct iam_policy *p = NULL;
        struct iam_str text = iam_str_c(texts[i]);
        assert_ok(iam_policy_parse(&alloc, IAM_POLICY_IDENTITY, text, &p, NULL));
        assert_in_range(live, text.len, 2 * text.len);
        iam_policy_unref(p);
        assert_int_equal(live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_text_and_the_shape),
        cmocka_unit_test(the_text_is_copied),
        cmocka_unit_test(printing_and_parsing_again_is_the_same),
        cmocka_unit_test(references_are_counted),
        cmocka_unit_test(walks_the_principals),
        cmocka_unit_test(refusals_name_the_place),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(the_densest_documents_have_room),
        cmocka_unit_test(many_keys_of_which_two_differ_in_case),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_bad_character_is_found_at_every_place),
        cmocka_unit_test(a_policy_is_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
