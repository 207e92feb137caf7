/* SPDX-License-Identifier: Apache-2.0 */
/* Where statements are, and which condition keys a document names. */
#include <stdio.h>

#include "base/heap.h"
#include "lib/test.h"

#include "iam/policy.h"
#include "lib/failing_alloc.h"

#define S "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"*\"}"

static struct iam_policy *parse(enum iam_policy_kind kind, const char *text)
{
    struct iam_policy *p = NULL;
    struct iam_diag diag;
    if (iam_policy_parse(iam_heap(), kind, iam_str_c(text), &p, &diag) != IAM_OK) {
        fail_msg("%u:%u: %s", diag.line, diag.column, diag.message);
    }
    return p;
}

/* ---- places ---------------------------------------------------------------------------------- */

/* Writes the spans of all statements as "line:column-line:column", with blanks between them. */
static void print_spans(const char *text, char *out, size_t cap)
{
    struct iam_policy *p = parse(IAM_POLICY_IDENTITY, text);
    struct iam_span spans[8];
    size_t count = iam_policy_statement_count(p);
    size_t n = 0;
    assert_true(count <= IAM_COUNT(spans));
    iam_policy_spans(p, spans, count);
    for (size_t i = 0; i < count; i++) {
        n += (size_t)snprintf(out + n, cap - n, "%s%u:%u-%u:%u", i > 0 ? " " : "",
                              spans[i].start.line, spans[i].start.column, spans[i].end.line,
                              spans[i].end.column);
        assert_true(n < cap);
    }
    iam_policy_unref(p);
}

/* All but the last two were recorded. */
static void places_are_those_of_aws(void **state)
{
    static const struct {
        const char *text;
        const char *spans;
    } rows[] = {
        {"{\"Version\":\"2012-10-17\",\"Statement\":[" S "]}",                             "1:38-1:95"          },
        { "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\n"
          "      \"Effect\": \"Allow\",\n      \"Action\": \"s3:GetObject\",\n"
          "      \"Resource\": \"*\",\n      \"Sid\": \"First\"\n    },\n    {\n"
          "      \"Effect\": \"Deny\",\n      \"Action\": \"s3:PutObject\",\n"
          "      \"Resource\": \"*\",\n      \"Sid\": \"Second\"\n    }\n  ]\n}", "3:17-9:6 9:6-15:6"  },
        { " \r\n{\r\n  \"Version\": \"2012-10-17\",\r\n  \"Statement\": [\r\n    {\r\n"
          "      \"Effect\": \"Allow\",\r\n      \"Action\": \"s3:GetObject\",\r\n"
          "      \"Resource\": \"*\"\r\n    }\r\n  ]\r\n}\r\n ",                  "4:17-9:6"           },
        { "{\r  \"Version\": \"2012-10-17\",\r  \"Statement\": [\r    {\r"
          "      \"Effect\": \"Allow\",\r      \"Action\": \"s3:GetObject\",\r"
          "      \"Resource\": \"*\"\r    }\r  ]\r}",                             "3:17-8:6"           },
        { "{\"Statement\": {\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\","
          " \"Resource\": \"*\"}}",                                               "1:16-1:77"          },
        { "{\"Id\": \"caf\xc3\xa9\", \"Statement\": [{\"Effect\": \"Allow\","
          " \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}]}",                "1:30-1:92"          },
        { "{\"Id\":\"[{\\\"\\\\\",\"\\u0053tatement\":[" S ",\n" S "]}",                   "1:34-1:91 1:91-2:58"},
        { "{\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":[\"*\"],"
          "\"Condition\":{\"Null\":{\"a:}\":[\"true\"]}}}}",                      "1:15-1:99"          },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char out[256];
        print_spans(rows[i].text, out, sizeof(out));
        assert_string_equal(out, rows[i].spans);
    }
}

static void as_many_as_asked_for(void **state)
{
    struct iam_policy *p = parse(IAM_POLICY_IDENTITY, "{\"Statement\":[" S "," S "," S "]}");
    struct iam_span spans[3] = { 0 };
    (void)state;
    iam_policy_spans(p, spans, 0);
    assert_int_equal(spans[0].start.line, 0);
    iam_policy_spans(p, spans, 2);
    assert_int_equal(spans[1].start.line, 1);
    assert_int_equal(spans[2].start.line, 0);
    iam_policy_unref(p);
}

/* ---- keys ------------------------------------------------------------------------------------ */

struct told {
    char text[512];
    size_t len;
    size_t left; /* keys until the walk is ended */
};

static bool take(void *ctx, struct iam_str key)
{
    struct told *t = ctx;
    t->len += (size_t)snprintf(t->text + t->len, sizeof(t->text) - t->len, "%s%.*s",
                               t->len > 0 ? " " : "", IAM_STR_ARG(key));
    assert_true(t->len < sizeof(t->text));
    return --t->left > 0;
}

#define NEW "{\"Version\":\"2012-10-17\",\"Statement\":"
#define HEAD "{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\""
#define KEYED(operator, key, value) \
    HEAD ",\"Condition\":{\"" operator"\":{\"" key "\":\"" value "\"}}}"

static const struct {
    const char *text;
    const char *keys;      /* of the text; NULL: refused */
    const char *of_policy; /* NULL: the text is none */
} keyed[] = {
    {NEW "{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\",\"Resource\":\"arn:aws:s3:::bucket/"
          "${aws:PrincipalTag/Team}/${aws:username}\",\"Condition\":{\"StringEquals\":{"
          "\"s3:ExistingObjectTag/Owner\":[\"${aws:PrincipalTag/Team}\",\"a\"]},\"Null\":{"
          "\"AWS:SourceIp\":\"false\"}}}}",                                      "aws:PrincipalTag/Team aws:username s3:ExistingObjectTag/Owner aws:PrincipalTag/Team "
      "AWS:SourceIp",                                       "aws:PrincipalTag/Team aws:username s3:ExistingObjectTag/Owner aws:PrincipalTag/Team "
      "AWS:SourceIp"                                                                                           },
    { NEW "{\"Effect\":\"Deny\",\"Action\":\"s3:GetObject\",\"NotResource\":"
          "\"arn:aws:s3:::bucket/${aws:username, 'default'}/${*}/${?}/${$}\"}}", "aws:username * ? $", "aws:username"                                                          },
    { "{\"Version\":\"2008-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:GetObject\","
      "\"Resource\":\"arn:aws:s3:::bucket/${aws:username}\"}}",                  "",                   ""                                                                      },
    { NEW KEYED("MadeUp",                                                             "a:b",                "x") "}",                                                                 NULL, NULL },
    { NEW "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Condition\":{\"Bool\":{\"a:b\":true}}}}",
     "a:b",                                                                                              NULL                                                                            },
    { NEW "{\"Effect\":\"Allow\",\"Action\":\"${a:b}\",\"Resource\":\"bad\"}}",                                                                           "", NULL},
    { NEW KEYED("NumericEquals",                                                                           "a:n",                                                                                              "${a:b}") "}",                                                                                                                                                                                                                         "a:n a:b", NULL },
    { NEW KEYED("StringEquals",                                                                  "${a:b}","${a") "}","${a:b}", NULL },
    { NEW "{\"Action\":\"*\"}}",                                                       NULL,  NULL                                                                                },
    { NEW "{\"Effect\":\"allow\"}}",                                                                           NULL,                                                                                              NULL                                                                                                                                            },
    { NEW "{\"Effect\":\"Allow\",\"Foo\":1}}",                                                                           NULL,                                                                                             NULL                                                        },
    { NEW "{\"Effect\":\"Allow\",\"Condition\":{\"Null\":1}}}",                                                                           NULL, NULL},
    { NEW "{\"Effect\":\"Allow\",\"Condition\":1}}",                                                                           NULL,  NULL},
    { NEW "[{},{\"Effect\":\"Deny\"}]}",                                                                           "",                                                                                              NULL                                                                                                                                                                                                                                   },
    { NEW "[1]}",                                                                           NULL,                                                                                             NULL                                                                                                                                                                          },
    { "{\"Statement\":[]}",                                                                           "", NULL},
    { "{\"Version\":\"2012-10-17\",\"Id\":\"i\"}",                                                                           "",  NULL},
    { "{\"Version\":\"2099-01-01\"}",                                                                           NULL,                                                                                              NULL                                                                                                                                                                                                                                                                                               },
    { "{\"Foo\":1}",                                                                           NULL,                                                                                             NULL                                                                                                                                                                                                                                                           },
    { "[]",                                                                           NULL, NULL},
    { "{",                                                                           NULL,  NULL},
};

static void keys_of_a_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(keyed); i++) {
        struct told t = { .left = SIZE_MAX };
        struct iam_diag diag = { .status = IAM_OK };
        enum iam_status st =
            iam_policy_read_keys(iam_heap(), iam_str_c(keyed[i].text), take, &t, &diag);
        if (keyed[i].keys == NULL) {
            assert_int_equal(st, IAM_SYNTAX);
            assert_int_equal(diag.status, IAM_SYNTAX);
            assert_true(diag.line > 0 && diag.message[0] != '\0');
            continue;
        }
        assert_ok(st);
        assert_string_equal(t.text, keyed[i].keys);
    }
}

static void keys_of_a_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(keyed); i++) {
        struct told t = { .left = SIZE_MAX };
        if (keyed[i].of_policy != NULL) {
            struct iam_policy *p = parse(IAM_POLICY_IDENTITY, keyed[i].text);
            assert_true(iam_policy_each_key(p, take, &t));
            assert_string_equal(t.text, keyed[i].of_policy);
            iam_policy_unref(p);
        }
    }
}

static void values_that_cannot_be_read_have_no_variables(void **state)
{
    struct iam_policy *p = parse(IAM_POLICY_SESSION, NEW KEYED("ArnLike", "a:b", "no") "}");
    struct told t = { .left = SIZE_MAX };
    (void)state;
    assert_true(iam_policy_each_key(p, take, &t));
    assert_string_equal(t.text, "a:b");
    iam_policy_unref(p);
}

static void the_walk_ends_when_it_is_told(void **state)
{
    struct told of_policy = { .left = 2 };
    struct told of_text = { .left = 2 };
    struct iam_policy *p = parse(IAM_POLICY_IDENTITY, keyed[0].text);
    (void)state;
    assert_false(iam_policy_each_key(p, take, &of_policy));
    assert_string_equal(of_policy.text, "aws:PrincipalTag/Team aws:username");
    assert_ok(iam_policy_read_keys(iam_heap(), iam_str_c(keyed[0].text), take, &of_text, NULL));
    assert_string_equal(of_text.text, of_policy.text);
    iam_policy_unref(p);
}

static void a_text_has_limits(void **state)
{
    static char text[IAM_POLICY_MAX_BYTES + 2];
    struct told t = { .left = SIZE_MAX };
    (void)state;
    memset(text, ' ', sizeof(text) - 1);
    assert_int_equal(iam_policy_read_keys(iam_heap(), iam_str_c(text), take, &t, NULL), IAM_LIMIT);
    assert_int_equal(iam_policy_read_keys(iam_heap(), (struct iam_str){ NULL, 0 }, take, &t, NULL),
                     IAM_SYNTAX);
}

static void memory_may_run_out(void **state)
{
    struct told t = { .left = SIZE_MAX };
    struct failing_alloc f;
    (void)state;
    failing_alloc_init(&f, 1, true);
    assert_int_equal(iam_policy_read_keys(&f.alloc, iam_str_c(keyed[0].text), take, &t, NULL),
                     IAM_NOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_those_of_aws),
        cmocka_unit_test(as_many_as_asked_for),
        cmocka_unit_test(keys_of_a_text),
        cmocka_unit_test(keys_of_a_policy),
        cmocka_unit_test(values_that_cannot_be_read_have_no_variables),
        cmocka_unit_test(the_walk_ends_when_it_is_told),
        cmocka_unit_test(a_text_has_limits),
        cmocka_unit_test(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
