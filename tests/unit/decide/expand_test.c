/* SPDX-License-Identifier: Apache-2.0 */
/* What replaces a variable, and what may not; and how the parts of an ARN are matched then. */
#include <stdlib.h>

#include "unit/decide/world.h"

#include "decide/eval.h"

#define HALF 2048
#define M "\xfe" /* means IAM_GLOB_MANY in what is wanted, and O means IAM_GLOB_ONE */
#define O "\xff"

static char half[HALF + 1];
static char more[HALF + 2];
static char rest[IAM_EXPANDED_MAX_BYTES - 1]; /* there is room for one byte beside it */

/* Parses value as that of a StringLike; its template is in *ret. */
static struct iam_policy *template_of(const char *value, const struct iam_template **ret)
{
    char text[512];
    (void)snprintf(
        text, sizeof(text),
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\",\"Condition\":{\"StringLike\":{\"a:b\":\"%s\"}}}}",
        value);
    struct iam_policy *p = world_policy(IAM_POLICY_IDENTITY, text);
    const struct iam_condition *c = iam_statement_conditions(iam_policy_statements(p));
    *ret = iam_value_template(c, iam_condition_values(c));
    assert_non_null(*ret);
    return p;
}

static enum iam_expanded expand(const char *value, enum iam_expand_as as, uint64_t budget,
                                char *out, struct iam_str *ret)
{
    static struct iam_eval ev;
    static const char many[] = { 'a', (char)IAM_GLOB_MANY };
    static const char one[] = { (char)IAM_GLOB_ONE };
    const struct iam_str values[] = {
        {"x*y",  3           },
        { "p:q", 3           },
        { half,  HALF        },
        { more,  HALF + 1    },
        { many,  sizeof(many)},
        { one,   sizeof(one) },
        { rest,  sizeof(rest)},
    };
    const struct iam_context_entry context[] = {
        {IAM_STR("k:a"),     &values[0], 1, false},
        { IAM_STR("K:C"),    &values[1], 1, false},
        { IAM_STR("k:half"), &values[2], 1, false},
        { IAM_STR("k:more"), &values[3], 1, false},
        { IAM_STR("k:many"), &values[4], 1, false},
        { IAM_STR("k:one"),  &values[5], 1, false},
        { IAM_STR("k:rest"), &values[6], 1, false},
        { IAM_STR("k:list"), &values[0], 1, true },
    };
    struct iam_request_fault f;
    const struct iam_template *t;
    memset(&ev, 0, sizeof(ev));
    memset(half, 'h', HALF);
    memset(more, 'm', HALF + 1);
    memset(rest, 'r', sizeof(rest));
    ev.budget = budget;
    assert_true(iam_context_init(&ev.context, context, IAM_COUNT(context), &f));
    struct iam_policy *p = template_of(value, &t);
    enum iam_expanded got = iam_template_expand(&ev, t, as, out, ret);
    iam_policy_unref(p);
    return got;
}

static void values_replace_variables(void **state)
{
    static const struct {
        const char *value;
        enum iam_expand_as as;
        enum iam_expanded got;
        const char *text;
    } rows[] = {
        {"a${k:a}b*",              IAM_EXPAND_TEXT,    IAM_EXPANDED_OK,       "ax*yb*"            },
        { "a?${k:a}b*",            IAM_EXPAND_PATTERN, IAM_EXPANDED_OK,       "a" O "x*yb" M      },
        { "${*}${?}${k:a}",        IAM_EXPAND_PATTERN, IAM_EXPANDED_OK,       "*?x*y"             },
        { "${k:c}",                IAM_EXPAND_TEXT,    IAM_EXPANDED_OK,       "p:q"               },
        { "${k:none, 'd*'}",       IAM_EXPAND_PATTERN, IAM_EXPANDED_OK,       "d*"                },
        { "${k:none}",             IAM_EXPAND_TEXT,    IAM_EXPANDED_NO_VALUE, ""                  },
        { "${k:list, 'd'}",        IAM_EXPAND_TEXT,    IAM_EXPANDED_NO_VALUE, ""                  },
        { "${k:many}",             IAM_EXPAND_PATTERN, IAM_EXPANDED_NO_VALUE, ""                  },
        { "${k:one}",              IAM_EXPAND_TEXT,    IAM_EXPANDED_NO_VALUE, ""                  },
        { "arn:aws:s3:::b/${k:c}", IAM_EXPAND_ARN,     IAM_EXPANDED_OK,       "arn:aws:s3:::b/p:q"},
        { "arn:aws:s3::${k:c}:b",  IAM_EXPAND_ARN,     IAM_EXPANDED_NO_VALUE, ""                  },
        { "arn:aws:s3::${k:a}:*",  IAM_EXPAND_ARN,     IAM_EXPANDED_OK,       "arn:aws:s3::x*y:" M},
        { "${k:c}",                IAM_EXPAND_ARN,     IAM_EXPANDED_OK,       "p:q"               },
    };
    static char out[IAM_EXPANDED_MAX_BYTES];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_str got = IAM_STR("");
        char want[64];
        assert_int_equal(expand(rows[i].value, rows[i].as, 100000, out, &got), rows[i].got);
        (void)snprintf(want, sizeof(want), "%s", rows[i].text);
        for (char *c = want; *c != '\0'; c++) {
            *c = *c == M[0] ? (char)IAM_GLOB_MANY : *c == O[0] ? (char)IAM_GLOB_ONE : *c;
        }
        if (rows[i].got == IAM_EXPANDED_OK) {
            assert_same_str(got, iam_str_c(want));
        }
    }
}

static void what_does_not_fit_cannot_be_evaluated(void **state)
{
    char *out = malloc(IAM_EXPANDED_MAX_BYTES);
    struct iam_str got;
    (void)state;
    assert_non_null(out);
    assert_int_equal(expand("${k:half}${k:half}", IAM_EXPAND_TEXT, 100000, out, &got),
                     IAM_EXPANDED_OK);
    assert_int_equal(got.len, IAM_EXPANDED_MAX_BYTES);
    assert_int_equal(expand("${k:half}${k:more}", IAM_EXPAND_TEXT, 100000, out, &got),
                     IAM_EXPANDED_BROKEN);
    assert_int_equal(expand("${k:more}${k:half}", IAM_EXPAND_PATTERN, 100000, out, &got),
                     IAM_EXPANDED_BROKEN);
    assert_int_equal(expand("${k:rest}*", IAM_EXPAND_PATTERN, 100000, out, &got), IAM_EXPANDED_OK);
    assert_int_equal(got.len, IAM_EXPANDED_MAX_BYTES);
    assert_int_equal(got.p[got.len - 1], (char)IAM_GLOB_MANY);
    assert_int_equal(expand("${k:rest}**", IAM_EXPAND_PATTERN, 100000, out, &got),
                     IAM_EXPANDED_BROKEN);
    assert_int_equal(expand("${k:half}", IAM_EXPAND_TEXT, HALF, out, &got), IAM_EXPANDED_BROKEN);
    assert_int_equal(expand("${k:half}", IAM_EXPAND_TEXT, 0, out, &got), IAM_EXPANDED_BROKEN);
    free(out);
}

/* Each part of an ARN is compared by itself, whether or not another one has a wildcard. */
static void every_part_of_an_arn_counts(void **state)
{
    static const struct {
        const char *pattern;
        bool matches; /* arn:aws:sqs:eu-west-1:111122223333:q/a:b */
    } rows[] = {
        {"arn:aws:sqs:*:111122223333:q*",                          true },
        { "arn:aws:sqs:*:111122223334:q*",                         false},
        { "arn:aws:sns:*:111122223333:q*",                         false},
        { "arn:aws:sqs:eu-west-2:*:q*",                            false},
        { "arn:aws:sqs:eu-west-1:*:q/a:b",                         true },
        { "arn:aws:sqs:eu-west-1:*:q/a:c",                         false},
        { "arn:aws:sqs:eu-west-1:111122223333:q/?:b",              true },
        { "arn:aws:sqs:eu-west-1:111122223333:q/??b",              true },
        { "arn:aws:sqs:eu-west-1:11112222333?:q/*",                true },
        { "arn:aws:sqs:eu*333:q/a:b*",                             false},
        { "arn:aws:sqs:eu-west-1:111122223333:q/a:b",              true },
        { "arn:aws:sqs:eu-west-1:111122223333:q/a:",               false},
        { "arn:aws:sqs:eu-west-1",                                 true },
        { "arn:aws:sns",                                           false},
        { "arn:aws:sqs:${k:none, 'eu-west-1'}:*:q*",               true },
        { "arn:aws:sqs:${k:none, 'eu-west-2'}:*:q*",               false},
        { "arn:aws:sqs:*:*:q/${k:none, 'a:b'}",                    true },
        { "arn:aws:sns:*:*:q/${k:none, 'a:b'}",                    false},
        { "arn:aws:sqs:*:*:r/${k:none, 'a:b'}",                    false},
        { "arn:aws:sqs:*:*:q/${k:none, 'a:*'}",                    false},
        { "${k:none, 'arn:aws:sqs:eu-west-1:111122223333:q/a:b'}", true },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[512];
        const char *texts[] = { text };
        struct iam_request r =
            world_request("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q/a:b");
        struct iam_decision d;
        (void)snprintf(text, sizeof(text),
                       "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\","
                       "\"Action\":\"*\",\"Resource\":\"%s\"}}",
                       rows[i].pattern);
        struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, 1);
        struct iam_policies p = { .identity = set };
        iam_decide(&p, &r, &d);
        if ((d.effect == IAM_ALLOW) != rows[i].matches) {
            fail_msg("%s", rows[i].pattern);
        }
        iam_policy_set_unref(set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_replace_variables),
        cmocka_unit_test(what_does_not_fit_cannot_be_evaluated),
        cmocka_unit_test(every_part_of_an_arn_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
