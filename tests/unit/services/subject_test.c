/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Callers of every kind as decisions see them: what libiam is told, and the condition keys that
 * result. SPEC: IAM User Guide, "AWS global condition context keys".
 */
#include "base/heap.h"
#include "dispatch/authorize.h"
#include "dispatch/context.h"
#include "lib/test.h"

#define NOW_MS INT64_C(1440941760000) /* 2015-08-30T13:36:00Z */
#define A "111122223333"
#define ROLE_ID "AROAIOSFODNN7EXAMPLE1"
#define USER_ID "AIDAIOSFODNN7EXAMPLE1"
#define ROLE_ARN "arn:aws:iam::" A ":role/ops/deploy"
#define USER_ARN "arn:aws:iam::" A ":user/ops/ann"
#define ROOT_ARN "arn:aws:iam::" A ":root"

#define S(text) IAM_STR_INIT(text)

static const struct iam_view ROOT = { IAM_KIND_ACCOUNT, S(A), S(A), S(""), S(ROOT_ARN) };
static const struct iam_view USER = { IAM_KIND_USER, S(A), S(USER_ID), S("ann"), S(USER_ARN) };
static const struct iam_view ROLE = { IAM_KIND_ROLE, S(A), S(ROLE_ID), S("deploy"), S(ROLE_ARN) };

#define SESSION(kind_, id, role, name, mfa)                                               \
    {                                                                                     \
        .kind = IAM_KIND_##kind_, .account = S(A), .issuer_id = S(id), .role_name = role, \
        .session_name = name, .issued_ms = NOW_MS - 60000, .expires_ms = NOW_MS + 60000,  \
        .mfa_ms = (mfa)                                                                   \
    }
#define ABSENT  \
    {           \
        NULL, 0 \
    }

static const struct iam_session ROLE_SESSION =
    SESSION(ROLE_SESSION, ROLE_ID, S("deploy"), S("job"), 0);
static const struct iam_session WEB_SESSION =
    SESSION(WEB_IDENTITY_SESSION, ROLE_ID, S("deploy"), S("job"), 0);
static const struct iam_session SAML_SESSION =
    SESSION(SAML_SESSION, ROLE_ID, S("deploy"), S("job"), 0);
static const struct iam_session USER_SESSION =
    SESSION(USER_SESSION, USER_ID, ABSENT, ABSENT, NOW_MS - 90500);
static const struct iam_session ROOT_SESSION = SESSION(USER_SESSION, A, ABSENT, ABSENT, 0);
static const struct iam_session FEDERATED = SESSION(FEDERATED_USER, USER_ID, ABSENT, S("bob"), 0);

#define ASSUMED_ARN "arn:aws:sts::" A ":assumed-role/deploy/job"
#define FEDERATED_ARN "arn:aws:sts::" A ":federated-user/bob"

struct caller {
    const struct iam_view *view;
    const struct iam_session *session;
    enum iam_kind acts_as;
    enum iam_principal_kind kind;
    const char *arn;         /* aws:PrincipalArn, and what libiam matches */
    const char *session_arn; /* NULL: none */
    const char *user_arn;
    const char *shown; /* who it is told to be */
    const char *type;
    const char *user_id;
    const char *user_name; /* NULL: the key is absent */
    const char *mfa;       /* likewise */
    const char *mfa_age;
};

/* clang-format off */
static const struct caller CALLERS[] = {
    { &ROOT, NULL, IAM_KIND_ACCOUNT, IAM_PRINCIPAL_ROOT,
      ROOT_ARN, NULL, NULL, ROOT_ARN, "Account", A, NULL, NULL, NULL },
    { &USER, NULL, IAM_KIND_USER, IAM_PRINCIPAL_USER,
      USER_ARN, NULL, NULL, USER_ARN, "User", USER_ID, "ann", NULL, NULL },
    { &ROLE, NULL, IAM_KIND_ROLE, IAM_PRINCIPAL_ASSUMED_ROLE,
      ROLE_ARN, NULL, NULL, ROLE_ARN, "AssumedRole", ROLE_ID, NULL, NULL, NULL },
    { &ROLE, &ROLE_SESSION, IAM_KIND_ROLE_SESSION, IAM_PRINCIPAL_ASSUMED_ROLE,
      ROLE_ARN, ASSUMED_ARN, NULL, ASSUMED_ARN, "AssumedRole", ROLE_ID ":job", NULL, "false", NULL },
    { &ROLE, &WEB_SESSION, IAM_KIND_WEB_IDENTITY_SESSION, IAM_PRINCIPAL_ASSUMED_ROLE,
      ROLE_ARN, ASSUMED_ARN, NULL, ASSUMED_ARN, "AssumedRole", ROLE_ID ":job", NULL, NULL, NULL },
    { &ROLE, &SAML_SESSION, IAM_KIND_SAML_SESSION, IAM_PRINCIPAL_ASSUMED_ROLE,
      ROLE_ARN, ASSUMED_ARN, NULL, ASSUMED_ARN, "AssumedRole", ROLE_ID ":job", NULL, NULL, NULL },
    { &USER, &USER_SESSION, IAM_KIND_USER, IAM_PRINCIPAL_USER,
      USER_ARN, NULL, NULL, USER_ARN, "User", USER_ID, "ann", "true", "90" },
    { &ROOT, &ROOT_SESSION, IAM_KIND_ACCOUNT, IAM_PRINCIPAL_ROOT,
      ROOT_ARN, NULL, NULL, ROOT_ARN, "Account", A, NULL, "false", NULL },
    { &USER, &FEDERATED, IAM_KIND_FEDERATED_USER, IAM_PRINCIPAL_FEDERATED_USER,
      FEDERATED_ARN, NULL, USER_ARN, FEDERATED_ARN, "FederatedUser", A ":bob", NULL, NULL, NULL },
};
/* clang-format on */

static int setup(void **state)
{
    static struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    iam_arena_done(*state);
    return 0;
}

/* NULL: the slice is absent. */
static void assert_text(struct iam_str have, const char *want)
{
    if (want == NULL) {
        assert_absent(have);
    } else {
        assert_same_str(have, iam_str_c(want));
    }
}

static struct iam_str key(const struct api_context *c, const char *name)
{
    struct iam_str value = iam_str_absent();
    for (size_t i = 0; i < c->count; i++) {
        if (iam_str_eq(c->entries[i].key, iam_str_c(name))) {
            assert_absent(value);
            value = c->entries[i].values[0];
        }
    }
    return value;
}

/* The views belong to the test: the subject is not closed. */
static struct api_subject open_subject(struct iam_arena *arena, const struct caller *caller)
{
    struct api_subject s = { 0 };
    assert_ok(api_subject_open(NULL, arena, caller->view, caller->session, &s));
    return s;
}

static void libiam_is_told_who_acts(void **state)
{
    for (size_t i = 0; i < IAM_COUNT(CALLERS); i++) {
        struct api_subject s = open_subject(*state, &CALLERS[i]);
        struct iam_principal p = api_subject_describe(&s);
        assert_int_equal(s.kind, CALLERS[i].acts_as);
        assert_int_equal(p.kind, CALLERS[i].kind);
        assert_text(p.account, A);
        assert_text(p.arn, CALLERS[i].arn);
        assert_text(p.session_arn, CALLERS[i].session_arn);
        assert_text(p.user_arn, CALLERS[i].user_arn);
        assert_same_str(p.id, CALLERS[i].view->id);
        assert_text(api_subject_arn(&s), CALLERS[i].shown);
    }
}

static void condition_keys_follow_from_the_kind(void **state)
{
    for (size_t i = 0; i < IAM_COUNT(CALLERS); i++) {
        struct api_subject s = open_subject(*state, &CALLERS[i]);
        struct api_context c;
        api_context_init(&c, *state);
        api_context_add_principal(&c, &s, NOW_MS);
        assert_false(c.failed);
        assert_text(key(&c, "aws:PrincipalArn"), CALLERS[i].arn);
        assert_text(key(&c, "aws:PrincipalAccount"), A);
        assert_text(key(&c, "aws:PrincipalType"), CALLERS[i].type);
        assert_text(key(&c, "aws:userid"), CALLERS[i].user_id);
        assert_text(key(&c, "aws:username"), CALLERS[i].user_name);
        assert_text(key(&c, "aws:MultiFactorAuthPresent"), CALLERS[i].mfa);
        assert_text(key(&c, "aws:MultiFactorAuthAge"), CALLERS[i].mfa_age);
        assert_text(key(&c, "aws:TokenIssueTime"),
                    CALLERS[i].session != NULL ? "2015-08-30T13:35:00Z" : NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(libiam_is_told_who_acts, setup, teardown),
        cmocka_unit_test_setup_teardown(condition_keys_follow_from_the_kind, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
