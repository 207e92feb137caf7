/* SPDX-License-Identifier: Apache-2.0 */
/* Entity ARNs: every form is read into its parts and printed back; anything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/heap.h"
#include "model/arn.h"

struct form {
    const char *text;
    enum iam_kind kind;
    const char *account;
    const char *path;
    const char *name;
    const char *session;
};

#define A "111122223333"
#define IN_IAM "arn:aws:iam::" A ":"
#define IN_STS "arn:aws:sts::" A ":"

static const struct form FORMS[] = {
    {IN_IAM "root",                    IAM_KIND_ACCOUNT,        A,     NULL,    NULL,     NULL },
    { IN_IAM "user/ann",               IAM_KIND_USER,           A,     "/",     "ann",    NULL },
    { IN_IAM "user/a/b/ann",           IAM_KIND_USER,           A,     "/a/b/", "ann",    NULL },
    { IN_IAM "user//ann",              IAM_KIND_USER,           A,     "//",    "ann",    NULL },
    { IN_IAM "group/dev/ops",          IAM_KIND_GROUP,          A,     "/dev/", "ops",    NULL },
    { IN_IAM "role/x:y/r",             IAM_KIND_ROLE,           A,     "/x:y/", "r",      NULL },
    { IN_IAM "policy/p",               IAM_KIND_POLICY,         A,     "/",     "p",      NULL },
    { "arn:aws:iam::aws:policy/j/All", IAM_KIND_POLICY,         "aws", "/j/",   "All",    NULL },
    { IN_STS "assumed-role/r/s@x",     IAM_KIND_ROLE_SESSION,   A,     NULL,    "r",      "s@x"},
    { IN_IAM "oidc-provider/h.x/p/",   IAM_KIND_OIDC_PROVIDER,  A,     NULL,    "h.x/p/", NULL },
    { IN_IAM "saml-provider/s",        IAM_KIND_SAML_PROVIDER,  A,     NULL,    "s",      NULL },
    { IN_STS "federated-user/b",       IAM_KIND_FEDERATED_USER, A,     NULL,    "b",      NULL },
};

static void expect(struct iam_str got, const char *want)
{
    assert_int_equal(iam_str_is_set(got), want != NULL);
    assert_true(iam_str_eq(got, iam_str_c(want)));
}

static void reads_and_prints_every_form(void **state)
{
    struct iam_arena arena;

    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 16);
    for (size_t i = 0; i < IAM_COUNT(FORMS); i++) {
        struct iam_entity_arn arn;
        struct iam_str printed;

        assert_int_equal(iam_entity_arn_parse(iam_str_c(FORMS[i].text), &arn), IAM_OK);
        assert_int_equal(arn.kind, FORMS[i].kind);
        expect(arn.account, FORMS[i].account);
        expect(arn.path, FORMS[i].path);
        expect(arn.name, FORMS[i].name);
        expect(arn.session, FORMS[i].session);
        assert_int_equal(iam_entity_arn_print(&arena, &arn, &printed), IAM_OK);
        expect(printed, FORMS[i].text);
    }
    iam_arena_done(&arena);
}

static void refuses_other_texts(void **state)
{
    static const char *const BAD[] = {
        "",
        "arn",
        "arn:aws:iam::111122223333",
        "arn:aws:iam::111122223333:",
        "arn:aws:iam::111122223333:user",
        "arn:aws:iam::111122223333:user/",
        "arn:aws:iam::111122223333:user/a/",
        "arn:aws:iam::111122223333:users/a",
        "arn:aws:iam::111122223333:root/",
        "arn:aws:iam::111122223333:rootx",
        "arn:aws:iam::11112222333:user/a",
        "arn:aws:iam::1111222233334:user/a",
        "arn:aws:iam::11112222333x:user/a",
        "arn:aws:iam:::user/a",
        "arn:aws:iam::aws:user/a",
        "arn:aws:iam:us-east-1:111122223333:user/a",
        "arn:aws-cn:iam::111122223333:user/a",
        "ARN:aws:iam::111122223333:user/a",
        "arn:aws:sts::111122223333:user/a",
        "arn:aws:iam::111122223333:assumed-role/r/s",
        "arn:aws:sts::111122223333:assumed-role/r",
        "arn:aws:sts::111122223333:assumed-role/r/",
        "arn:aws:sts::111122223333:assumed-role//s",
        "arn:aws:sts::111122223333:assumed-role/r/s/t",
        "arn:aws:sts::111122223333:assumed-role",
        "arn:aws:sts::111122223333:federated-user/",
        "arn:aws:sts::111122223333:federated-user/a/b",
        "arn:aws:sts::111122223333:federated-user//b",
    };
    struct iam_entity_arn arn = { .kind = IAM_KIND_GROUP };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        assert_int_equal(iam_entity_arn_parse(iam_str_c(BAD[i]), &arn), IAM_SYNTAX);
        assert_int_equal(arn.kind, IAM_KIND_GROUP);
    }
    assert_int_equal(iam_entity_arn_parse(iam_str_absent(), &arn), IAM_SYNTAX);
}

/* A prefix of an ARN that ends at the heap's edge: reading past it would be seen. */
static void reads_no_byte_behind_the_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(FORMS); i++) {
        size_t len = strlen(FORMS[i].text);

        for (size_t n = 1; n <= len; n++) {
            char *copy = malloc(n);
            struct iam_entity_arn arn;

            assert_non_null(copy);
            memcpy(copy, FORMS[i].text, n);
            if (iam_entity_arn_parse((struct iam_str){ copy, n }, &arn) != IAM_OK) {
                assert_true(n < len);
            }
            free(copy);
        }
    }
}

static void has_a_longest_text(void **state)
{
    char text[IAM_ARN_MAX + 2];
    struct iam_entity_arn arn;

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "arn:aws:iam::111122223333:user/", 31);
    assert_int_equal(iam_entity_arn_parse((struct iam_str){ text, IAM_ARN_MAX }, &arn), IAM_OK);
    assert_int_equal(iam_entity_arn_parse((struct iam_str){ text, IAM_ARN_MAX + 1 }, &arn),
                     IAM_SYNTAX);
}

static void the_partition_of_any_arn(void **state)
{
    static const struct {
        const char *text;
        const char *partition;
    } ROWS[] = {
        {"arn:aws:iam::111122223333:policy/p", "aws"   },
        { "arn:aws-cn:iam::aws:policy/p",      "aws-cn"},
        { "arn:x:s3:::b:c",                    "x"     },
        { "arn:aws:iam::111122223333",         NULL    },
        { "arn:aws:iam::111122223333:",        NULL    },
        { "arn:aws:::111122223333:policy/p",   NULL    },
        { "arn::iam::111122223333:policy/p",   NULL    },
        { "ARN:aws:iam::111122223333:user/u",  NULL    },
        { "AdministratorAccess",               NULL    },
        { "",                                  NULL    },
    };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        expect(iam_arn_partition(iam_str_c(ROWS[i].text)), ROWS[i].partition);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_partition_of_any_arn), cmocka_unit_test(reads_and_prints_every_form),
        cmocka_unit_test(refuses_other_texts),      cmocka_unit_test(reads_no_byte_behind_the_text),
        cmocka_unit_test(has_a_longest_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
