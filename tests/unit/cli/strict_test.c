/* SPDX-License-Identifier: Apache-2.0 */
/* What `iam lint --strict` finds, and what it does not; each kind of finding by its name. */
#include <stdio.h>

#include "base/diag.h"
#include "base/heap.h"
#include "lib/test.h"

#include "cli/strict.h"

#define HEAD \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":"
#define ALLOW HEAD "\"*\",\"Condition\":"
#define DENY                                                                           \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\"," \
    "\"Resource\":\"*\",\"Condition\":"

struct seen {
    char names[512];
    struct iam_str text;
    unsigned column;
};

static void note(void *ctx, const struct iam_strict_finding *f)
{
    struct seen *seen = ctx;
    size_t n = strlen(seen->names);
    unsigned line;
    assert_true(strlen(f->why) > 0 && f->offset < seen->text.len);
    iam_text_position(seen->text, f->offset, &line, &seen->column);
    (void)snprintf(seen->names + n, sizeof(seen->names) - n, "%s%s", n > 0 ? " " : "", f->name);
}

static struct seen check(enum iam_policy_kind kind, const char *text)
{
    struct seen seen = { .text = iam_str_c(text) };
    struct iam_policy *policy;
    struct iam_arena arena;
    struct iam_diag d;
    if (iam_policy_parse(iam_heap(), kind, seen.text, &policy, &d) != IAM_OK) {
        fail_msg("%s: %u: %s", text, d.column, d.message);
    }
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    assert_ok(iam_strict_check(&arena, policy, note, &seen));
    iam_arena_done(&arena);
    iam_policy_unref(policy);
    return seen;
}

static void finds_what_is_surely_not_meant(void **state)
{
    static const struct {
        const char *text;
        const char *names;
    } rows[] = {
  /* A list under a plain operator, in every family but Null, in Deny too. */
        {ALLOW "{\"StringEquals\":{\"aws:TagKeys\":\"a\"}}}}",                                 "list-key"           },
        { ALLOW "{\"StringNotEqualsIfExists\":{\"AWS:tagkeys\":\"a\"}}}}",                     "list-key"           },
        { DENY "{\"StringNotLike\":{\"aws:PrincipalOrgPaths\":\"o-1/*\"}}}}",                  "list-key"           },
        { ALLOW "{\"StringLike\":{\"aws:CalledVia\":\"x\",\"aws:ResourceOrgPaths\":\"y\"}}}}",
         "list-key list-key"                                                                                        },
        { ALLOW "{\"ForAnyValue:StringEquals\":{\"aws:TagKeys\":\"a\"}}}}",                    ""                   },
        { ALLOW "{\"Null\":{\"aws:TagKeys\":\"true\"}}}}",                                     ""                   },
        { ALLOW "{\"StringEquals\":{\"aws:CalledViaFirst\":\"a\"}}}}",                         ""                   },
 /* All of a single value: true when the key is absent. */
        { ALLOW "{\"ForAllValues:StringEquals\":{\"aws:PrincipalTag/x\":\"a\"}}}}",
         "for-all-of-one"                                                                                           },
        { DENY "{\"ForAllValues:StringEquals\":{\"aws:PrincipalTag/x\":\"a\"}}}}",             ""                   },
        { ALLOW "{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":\"a\"}}}}",                   ""                   },
        { ALLOW "{\"ForAllValues:Null\":{\"aws:TagKeys\":\"true\"}}}}",                        "null-of-each"       },
        { ALLOW "{\"ForAnyValue:Null\":{\"aws:username\":\"true\"}}}}",                        "null-of-each"       },
        { ALLOW "{\"StringEquals\":{\"aws:RequestTag\":\"a\"}}}}",                             "tag-without-name"   },
        { ALLOW "{\"StringEquals\":{\"iam:resourcetag/\":\"a\"}}}}",                           "tag-without-name"   },
        { ALLOW "{\"StringEquals\":{\"aws:RequestTag/a\":\"a\"}}}}",                           ""                   },
        { ALLOW "{\"StringEquals\":{\"app:a\":[]}}}}",                                         "no-values"          },
 /* Multi-factor authentication. */
        { DENY "{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"false\"}}}}",                      "mfa-absent"         },
        { DENY "{\"Bool\":{\"aws:MultiFactorAuthPresent\":[false]}}}}",                        "mfa-absent"         },
        { DENY "{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":\"false\"}}}}",              ""                   },
        { ALLOW "{\"BoolIfExists\":{\"aws:MultiFactorAuthPresent\":\"true\"}}}}",              "mfa-if-exists"      },
        { ALLOW "{\"Bool\":{\"aws:MultiFactorAuthPresent\":true}}}}",                          ""                   },
 /* Addresses. */
        { ALLOW "{\"IpAddress\":{\"aws:SourceIp\":\"::ffff:c000:200/120\"}}}}",                "mapped-range"       },
        { ALLOW "{\"NotIpAddress\":{\"aws:SourceIp\":[\"::FFFF:c000:201\"]}}}}",               "mapped-range"       },
        { ALLOW "{\"IpAddress\":{\"aws:SourceIp\":[\"::/0\",\"10.1.2.3/8\",\"2001:db8::/32\","
                "\"2001:db8::1\",\"2001:db8::1/128\"]}}}}",                           ""                   },
        { ALLOW "{\"Bool\":{\"aws:SecureTransport\":[\"yes\",\"TRUE\",\"False\",true]}}}}",
         "odd-truth"                                                                                                },
        { ALLOW "{\"Null\":{\"aws:username\":\"1\"}}}}",                                       "odd-truth"          },
        { ALLOW "{\"StringEquals\":{\"team\":\"a\"}}}}",                                       "key-without-service"},
 /* Wildcards. */
        { ALLOW "{\"StringEquals\":{\"app:a\":[\"a*\",\"a\",\"?\"]}}}}",
         "literal-wildcard literal-wildcard"                                                                        },
        { ALLOW "{\"StringEquals\":{\"app:a\":\"${*}a${?}\"}}}}",                              ""                   },
        { ALLOW "{\"StringLike\":{\"app:a\":\"*\"},\"ArnEquals\":{\"aws:SourceArn\":"
                "\"arn:aws:s3:::*\"}}}}",                                             ""                   },
        { ALLOW "{\"ArnLike\":{\"aws:PrincipalArn\":"
                "\"arn:aws:sts::111122223333:assumed-role/r/*\"}}}}",                 "session-arn"        },
        { ALLOW "{\"ArnLike\":{\"aws:SourceArn\":"
                "\"arn:aws:sts::111122223333:assumed-role/r/*\"}}}}",                 ""                   },
 /* Variables. */
        { HEAD "[\"*\",\"arn:aws:s3:::${aws:username}/${aws:CalledVia, 'x'}\"]}}",
         "list-variable"                                                                                            },
        { ALLOW "{\"StringLike\":{\"app:a\":\"x${AWS:TAGKEYS}\"}}}}",                          "list-variable"      },
        { "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":"
          "\"arn:aws:s3:::${aws:username}\"}}",                                       "old-version"        },
        { "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"NotResource\":\"*\",\"Condition\":"
          "{\"StringEquals\":{\"app:a\":\"${aws:TagKeys}\"}}}}",                      "old-version"        },
        { "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",        ""                   },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct seen seen = check(IAM_POLICY_IDENTITY, rows[i].text);
        if (strcmp(seen.names, rows[i].names) != 0) {
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].text, seen.names, rows[i].names);
        }
    }
}

/* What AssumeRole takes in a session policy although it matches nothing. */
static void unreadable_values_of_session_policies_are_found(void **state)
{
    static const struct {
        const char *condition;
        const char *names;
    } rows[] = {
        {"{\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::1/32\"}}",                     "host-bits"       },
        { "{\"IpAddress\":{\"aws:SourceIp\":\"2001:db8::1/127\"}}",                   "host-bits"       },
        { "{\"IpAddress\":{\"aws:SourceIp\":[\"::1/0\",\"::2/126\",\"8000::/0\"]}}",
         "host-bits host-bits host-bits"                                                                },
        { "{\"NotIpAddress\":{\"aws:SourceIp\":[\"1.2.3\",\"::1.2.3.4/96\"]}}",
         "unreadable-value unreadable-value"                                                            },
        { "{\"NumericEquals\":{\"app:n\":[\"ten\",\"1e3\",\"+1.\"]}}",                "unreadable-value"},
        { "{\"DateLessThan\":{\"aws:CurrentTime\":[\"tomorrow\",\"2030\"]}}",         "unreadable-value"},
        { "{\"ArnLike\":{\"aws:SourceArn\":[\"b\",\"arn:aws:s3:::b\"]}}",             "unreadable-value"},
        { "{\"ArnLike\":{\"aws:SourceArn\":[\"a*:aws:s3:::b\",\"urn:aws:s3:::b\"]}}",
         "unreadable-value"                                                                             },
        { "{\"NumericEquals\":{\"app:n\":\"1e2147483648\"}}",                         "unreadable-value"},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), ALLOW "%s}}", rows[i].condition);
        assert_string_equal(check(IAM_POLICY_SESSION, text).names, rows[i].names);
    }
}

/* The same in each of several statements, with escapes in the text. */
static void the_place_is_that_of_the_key_or_value(void **state)
{
    static const char text[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":"
        "\"*\",\"Condition\":{\"StringEquals\":{\"app:\\u0061\":\"x\",\"app:b\":\"y\"}}},"
        "{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":"
        "{\"aws:SecureTransport\":\"false\"},\"StringEquals\":{\"aws:\\u0054agKeys\":\"x\"}}}]}";
    struct seen seen = check(IAM_POLICY_IDENTITY, text);
    (void)state;
    assert_string_equal(seen.names, "list-key");
    assert_int_equal(seen.column, strstr(text, "\"aws:\\u0054") - text + 1);
}

static void memory_that_ends_is_told(void **state)
{
    static const char text[] = ALLOW "{\"StringEquals\":{\"aws:TagKeys\":\"a\"}}}}";
    struct seen seen = { .text = IAM_STR(text) };
    struct iam_policy *policy;
    struct iam_arena arena;
    (void)state;
    assert_ok(iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, seen.text, &policy, NULL));
    iam_arena_init(&arena, iam_heap(), 0);
    assert_int_not_equal(iam_strict_check(&arena, policy, note, &seen), IAM_OK);
    assert_string_equal(seen.names, "");
    iam_arena_done(&arena);
    iam_policy_unref(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_is_surely_not_meant),
        cmocka_unit_test(unreadable_values_of_session_policies_are_found),
        cmocka_unit_test(the_place_is_that_of_the_key_or_value),
        cmocka_unit_test(memory_that_ends_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
