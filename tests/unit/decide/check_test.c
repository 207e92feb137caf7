/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that contradict themselves, as a program that uses the library can make them. What can
 * be written as a case is in tests/vectors/decide/requests.jsonl.
 */
#include "unit/decide/world.h"

#define ACCOUNT "111122223333"
#define USER "arn:aws:iam::" ACCOUNT ":user/team/ann"
#define ROLE "arn:aws:iam::" ACCOUNT ":role/team/worker"
#define SESSION "arn:aws:sts::" ACCOUNT ":assumed-role/worker/s"
#define FEDERATED "arn:aws:sts::" ACCOUNT ":federated-user/fay"
#define ROOT "arn:aws:iam::" ACCOUNT ":root"
#define PROVIDER "arn:aws:iam::" ACCOUNT ":oidc-provider/idp.example.com/a"
#define RESOURCE "arn:aws:s3:::b/k"

#define S(text) IAM_STR_INIT(text)
#define NONE    \
    {           \
        NULL, 0 \
    }

/* One principal of each kind with every member that it can have. */
static const struct iam_principal whole[] = {
    [IAM_PRINCIPAL_ANONYMOUS] = {IAM_PRINCIPAL_ANONYMOUS,       NONE,       NONE,                  NONE,       NONE, NONE       },
    [IAM_PRINCIPAL_ROOT] = { IAM_PRINCIPAL_ROOT,           S(ACCOUNT), S(ROOT),               NONE,       NONE, S(ACCOUNT) },
    [IAM_PRINCIPAL_USER] = { IAM_PRINCIPAL_USER,           S(ACCOUNT), S(USER),               NONE,       NONE, S("AIDAX2")},
    [IAM_PRINCIPAL_ASSUMED_ROLE] = { IAM_PRINCIPAL_ASSUMED_ROLE,   S(ACCOUNT), S(ROLE),               S(SESSION),
                                 NONE,                                                                               S("AROAX2")},
    [IAM_PRINCIPAL_FEDERATED_USER] = { IAM_PRINCIPAL_FEDERATED_USER, S(ACCOUNT), S(FEDERATED),          NONE,
                                 S(USER),                                                                            S("AIDAX2")},
    [IAM_PRINCIPAL_SERVICE] = { IAM_PRINCIPAL_SERVICE,        NONE,       S("s3.amazonaws.com"), NONE,       NONE,
                                 NONE                                                                                           },
    [IAM_PRINCIPAL_FEDERATED] = { IAM_PRINCIPAL_FEDERATED,      NONE,       S(PROVIDER),           NONE,       NONE, NONE       },
};

static struct iam_request request_of(struct iam_principal principal)
{
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    r.principal = principal;
    return r;
}

static struct iam_str *member_of(struct iam_principal *p, enum iam_request_member member)
{
    switch (member) {
    case IAM_MEMBER_PRINCIPAL_ACCOUNT:
        return &p->account;
    case IAM_MEMBER_PRINCIPAL_ARN:
        return &p->arn;
    case IAM_MEMBER_PRINCIPAL_SESSION_ARN:
        return &p->session_arn;
    case IAM_MEMBER_PRINCIPAL_USER_ARN:
        return &p->user_arn;
    default:
        return &p->id;
    }
}

/*
 * The check names the member, iam_decide refuses the request whatever policies there are, allows
 * and denials alike, and iam_explain does too.
 */
static bool never(void *ctx, const struct iam_explained *statement)
{
    (void)ctx;
    (void)statement;
    fail_msg("a statement was looked at");
    return false;
}

static void expect(const struct iam_request *r, enum iam_request_member member)
{
    static const char *const texts[] = { WORLD_ALLOW_ALL, WORLD_DENY_ALL };
    struct iam_request_fault fault = { .why = "?" };
    bool good = member == IAM_MEMBER_NONE;
    if (iam_request_check(r, &fault) != good || fault.member != member) {
        fail_msg("%.*s: member %d, %s", IAM_STR_ARG(r->principal.arn), (int)fault.member,
                 fault.why != NULL ? fault.why : "nothing");
    }
    assert_int_equal(iam_request_check(r, NULL), good);
    assert_int_equal(fault.why == NULL, good);
    for (size_t count = 0; count <= 2; count++) {
        struct iam_policy_set *set = world_set(IAM_POLICY_IDENTITY, texts, count);
        struct iam_policies p = { .identity = set };
        struct iam_decision d;
        char text[1024];
        memset(&d, 0xff, sizeof(d));
        iam_decide(&p, r, &d);
        assert_int_equal(d.refused.member, member);
        if (!good) {
            assert_int_equal(d.effect, IAM_IMPLICIT_DENY);
            assert_int_equal(d.matched_count, 0);
            assert_true(iam_decision_message(&d, r, text, sizeof(text)) > 0);
            assert_false(iam_explain(&p, r, IAM_EXPLAIN_ALL, never, NULL));
        }
        iam_policy_set_unref(set);
    }
}

static void each_kind_is_good_with_all_it_can_have_and_with_what_it_must(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < IAM_COUNT(whole); kind++) {
        struct iam_request r = request_of(whole[kind]);
        expect(&r, IAM_MEMBER_NONE);
        r.principal.session_arn = iam_str_absent();
        r.principal.user_arn = iam_str_absent();
        r.principal.id = iam_str_absent();
        expect(&r, IAM_MEMBER_NONE);
    }
}

/* What another kind has is not there, and what the kind must have is. */
static void no_kind_is_good_with_a_member_of_another(void **state)
{
    static const enum iam_request_member members[] = {
        IAM_MEMBER_PRINCIPAL_ACCOUNT,  IAM_MEMBER_PRINCIPAL_ARN, IAM_MEMBER_PRINCIPAL_SESSION_ARN,
        IAM_MEMBER_PRINCIPAL_USER_ARN, IAM_MEMBER_PRINCIPAL_ID,
    };
    (void)state;
    for (size_t kind = 0; kind < IAM_COUNT(whole); kind++) {
        for (size_t m = 0; m < IAM_COUNT(members); m++) {
            for (size_t other = 0; other < IAM_COUNT(whole); other++) {
                struct iam_principal from = whole[other];
                struct iam_str value = *member_of(&from, members[m]);
                struct iam_principal p = whole[kind];
                struct iam_str *to = member_of(&p, members[m]);
                bool is_needed = members[m] == IAM_MEMBER_PRINCIPAL_ACCOUNT ||
                                 members[m] == IAM_MEMBER_PRINCIPAL_ARN;
                if (iam_str_eq(*to, value) || (value.len == 0 && !is_needed)) {
                    continue;
                }
                /* The session of a federated user was asked for by a root user, perhaps. */
                if (kind == IAM_PRINCIPAL_FEDERATED_USER && other == IAM_PRINCIPAL_ROOT &&
                    members[m] == IAM_MEMBER_PRINCIPAL_ID) {
                    continue;
                }
                /* A service and a provider are both named by a host. */
                if (kind == IAM_PRINCIPAL_FEDERATED && other == IAM_PRINCIPAL_SERVICE) {
                    continue;
                }
                *to = value;
                struct iam_request r = request_of(p);
                expect(&r, members[m]);
            }
        }
    }
}

static void another_account_is_seen_in_each_arn(void **state)
{
    static const struct {
        enum iam_principal_kind kind;
        enum iam_request_member member;
        const char *value;
    } rows[] = {
        {IAM_PRINCIPAL_ROOT,            IAM_MEMBER_PRINCIPAL_ARN,         "arn:aws:iam::444455556666:root"    },
        { IAM_PRINCIPAL_USER,           IAM_MEMBER_PRINCIPAL_ARN,         "arn:aws:iam::444455556666:user/ann"},
        { IAM_PRINCIPAL_ASSUMED_ROLE,   IAM_MEMBER_PRINCIPAL_ARN,
         "arn:aws:iam::444455556666:role/worker"                                                              },
        { IAM_PRINCIPAL_ASSUMED_ROLE,   IAM_MEMBER_PRINCIPAL_SESSION_ARN,
         "arn:aws:sts::444455556666:assumed-role/worker/s"                                                    },
        { IAM_PRINCIPAL_FEDERATED_USER, IAM_MEMBER_PRINCIPAL_ARN,
         "arn:aws:sts::444455556666:federated-user/fay"                                                       },
        { IAM_PRINCIPAL_FEDERATED_USER, IAM_MEMBER_PRINCIPAL_USER_ARN,
         "arn:aws:iam::444455556666:user/ann"                                                                 },
        { IAM_PRINCIPAL_FEDERATED_USER, IAM_MEMBER_PRINCIPAL_ID,          "444455556666"                      },
        { IAM_PRINCIPAL_ROOT,           IAM_MEMBER_PRINCIPAL_ID,          "444455556666"                      },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_request r = request_of(whole[rows[i].kind]);
        *member_of(&r.principal, rows[i].member) = iam_str_c(rows[i].value);
        expect(&r, rows[i].member);
    }
}

/* Each byte of an account, an ARN and an action counts: cut off anywhere they are none. */
static void what_is_cut_off_is_refused(void **state)
{
    (void)state;
    for (size_t kind = 0; kind < IAM_COUNT(whole); kind++) {
        struct iam_request r = request_of(whole[kind]);
        for (size_t n = 0; n < whole[kind].account.len; n++) {
            r.principal.account.len = n;
            expect(&r, IAM_MEMBER_PRINCIPAL_ACCOUNT);
        }
    }
    struct iam_request r = request_of(whole[IAM_PRINCIPAL_ASSUMED_ROLE]);
    for (size_t n = 1; n < sizeof(SESSION) - 1; n++) {
        r.principal.session_arn.len = n;
        expect(&r, IAM_MEMBER_PRINCIPAL_SESSION_ARN);
    }
    r = request_of(whole[IAM_PRINCIPAL_USER]);
    for (size_t n = 0; n < sizeof(USER) - 1; n++) {
        bool is_name = n >= sizeof("arn:aws:iam::" ACCOUNT ":user/t") - 1 &&
                       n != sizeof("arn:aws:iam::" ACCOUNT ":user/team/") - 1;
        r.principal.arn.len = n;
        expect(&r, is_name ? IAM_MEMBER_NONE : IAM_MEMBER_PRINCIPAL_ARN);
    }
}

static void no_other_byte_is_a_digit(void **state)
{
    (void)state;
    for (size_t at = 0; at < 12; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char account[] = ACCOUNT;
            char arn[] = ROOT;
            struct iam_request r = request_of(whole[IAM_PRINCIPAL_ROOT]);
            struct iam_request_fault f;
            account[at] = (char)byte;
            arn[sizeof("arn:aws:iam::") - 1 + at] = (char)byte;
            r.principal.account = (struct iam_str){ account, 12 };
            r.principal.arn.p = arn;
            r.principal.id = iam_str_absent();
            assert_int_equal(iam_request_check(&r, &f), byte >= '0' && byte <= '9');
        }
    }
}

/* Every byte at every place of an action, which is read eight bytes at a time. */
static void an_action_has_one_colon_and_no_wildcard(void **state)
{
    (void)state;
    for (size_t len = 3; len < 20; len++) {
        for (size_t at = 0; at < len; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                char text[] = "s:GetObjectAttributes";
                struct iam_request r = world_request("", RESOURCE);
                struct iam_request_fault f;
                text[at] = (char)byte;
                size_t colons = 0;
                bool wild = false;
                for (size_t i = 0; i < len; i++) {
                    colons += text[i] == ':';
                    wild |= text[i] == '*' || text[i] == '?';
                }
                r.action = (struct iam_str){ text, len };
                assert_int_equal(iam_request_check(&r, &f),
                                 colons == 1 && !wild && text[0] != ':' && text[len - 1] != ':');
            }
        }
    }
}

/* Text and bytes that cannot be there. */
static void absent_members_are_refused(void **state)
{
    const struct iam_str hole = { NULL, 12 };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    (void)state;
    r.principal.account = hole;
    expect(&r, IAM_MEMBER_PRINCIPAL_ACCOUNT);
    for (size_t kind = IAM_PRINCIPAL_ROOT; kind < IAM_COUNT(whole); kind++) {
        r = request_of(whole[kind]);
        r.principal.arn = hole;
        expect(&r, IAM_MEMBER_PRINCIPAL_ARN);
    }
    for (size_t kind = IAM_PRINCIPAL_USER; kind <= IAM_PRINCIPAL_FEDERATED_USER; kind++) {
        r = request_of(whole[kind]);
        r.principal.id = hole;
        expect(&r, IAM_MEMBER_PRINCIPAL_ID);
    }
    r = world_request("s3:GetObject", RESOURCE);
    r.action = hole;
    expect(&r, IAM_MEMBER_ACTION);
    r = world_request("s3:GetObject", RESOURCE);
    r.resource = hole;
    expect(&r, IAM_MEMBER_RESOURCE);
    r = world_request("s3:GetObject", RESOURCE);
    r.principal.kind = (enum iam_principal_kind)(IAM_PRINCIPAL_FEDERATED + 1);
    r.principal.account = iam_str_absent();
    expect(&r, IAM_MEMBER_PRINCIPAL_KIND);
}

/* Which entry of the context is wrong. */
static void the_entry_is_named(void **state)
{
    struct iam_str value = IAM_STR("arn:aws:iam::" ACCOUNT ":user/bob");
    struct iam_context_entry context[] = {
        {S("app:a"),             &value, 1, false},
        { S("aws:principalARN"), &value, 1, false},
    };
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_request_fault f;
    char text[256];
    (void)state;
    r.context = context;
    r.context_count = 2;
    expect(&r, IAM_MEMBER_CONTEXT);
    assert_false(iam_request_check(&r, &f));
    assert_int_equal(f.entry, 1);
    size_t n = iam_request_fault_text(&f, &r, text, sizeof(text));
    assert_same_str(
        ((struct iam_str){ text, n }),
        IAM_STR("context key aws:principalARN must be that of the request's principal"));
    assert_int_equal(iam_request_fault_text(&f, &r, text, 7), 7);
    value = IAM_STR(WORLD_USER);
    assert_true(iam_request_check(&r, &f));
    assert_int_equal(iam_request_fault_text(&f, &r, text, sizeof(text)), 0);
    r.context_count = IAM_REQUEST_MAX_CONTEXT + 1;
    assert_false(iam_request_check(&r, &f));
    assert_int_equal(f.entry, r.context_count);
}

/* clang-format off */
static const struct determined_row {
    enum iam_principal_kind kind;
    const char *key;
    const char *value;
    bool agrees;
} determined[] = {
    { IAM_PRINCIPAL_ANONYMOUS, "aws:PrincipalAccount", "anonymous", true },
    { IAM_PRINCIPAL_ANONYMOUS, "aws:PrincipalAccount", ACCOUNT, false },
    { IAM_PRINCIPAL_ANONYMOUS, "aws:PrincipalType", "Anonymous", true },
    { IAM_PRINCIPAL_ANONYMOUS, "aws:PrincipalType", "User", false },
    { IAM_PRINCIPAL_ANONYMOUS, "aws:userid", "anonymous", true },
    { IAM_PRINCIPAL_ANONYMOUS, "aws:userid", "AIDAX2", false },
    { IAM_PRINCIPAL_ROOT, "aws:PrincipalArn", ROOT, true },
    { IAM_PRINCIPAL_ROOT, "aws:PrincipalArn", USER, false },
    { IAM_PRINCIPAL_ROOT, "aws:PrincipalType", "Account", true },
    { IAM_PRINCIPAL_ROOT, "aws:userid", ACCOUNT, true },
    { IAM_PRINCIPAL_ROOT, "AWS:USERID", "AIDAX2", false },
    { IAM_PRINCIPAL_USER, "aws:PrincipalAccount", ACCOUNT, true },
    { IAM_PRINCIPAL_USER, "aws:principalaccount", "111122223334", false },
    { IAM_PRINCIPAL_USER, "aws:PrincipalType", "User", true },
    { IAM_PRINCIPAL_USER, "AWS:PrincipalTYPE", "user", false },
    { IAM_PRINCIPAL_USER, "aws:userid", "AIDAX2", true },
    { IAM_PRINCIPAL_USER, "aws:userid", "AIDAX3", false },
    { IAM_PRINCIPAL_USER, "aws:userix", "AIDAX3", true },
    { IAM_PRINCIPAL_USER, "aws:PrincipalArx", "x", true },
    { IAM_PRINCIPAL_USER, "aws:PrincipalTypx", "x", true },
    { IAM_PRINCIPAL_USER, "bws:PrincipalType", "x", true },
    { IAM_PRINCIPAL_USER, "aws:ResourceAccount", ACCOUNT, true },
    { IAM_PRINCIPAL_USER, "aws:resourceACCOUNT", "444455556666", false },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:PrincipalArn", ROLE, true },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:PrincipalArn", SESSION, false },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:PrincipalType", "AssumedRole", true },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:userid", "AROAX2:s", true },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:userid", "AROAX2:t", false },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:userid", "AROAX3:s", false },
    { IAM_PRINCIPAL_ASSUMED_ROLE, "aws:userid", "AROAX2", false },
    { IAM_PRINCIPAL_FEDERATED_USER, "aws:PrincipalType", "FederatedUser", true },
    { IAM_PRINCIPAL_FEDERATED_USER, "aws:userid", ACCOUNT ":fay", true },
    { IAM_PRINCIPAL_FEDERATED_USER, "aws:userid", ACCOUNT ":ann", false },
    { IAM_PRINCIPAL_SERVICE, "aws:PrincipalType", "whatever", true },
    { IAM_PRINCIPAL_SERVICE, "aws:PrincipalAccount", "444455556666", true },
    { IAM_PRINCIPAL_SERVICE, "aws:userid", "whatever", true },
    { IAM_PRINCIPAL_FEDERATED, "aws:PrincipalAccount", ACCOUNT, true },
    { IAM_PRINCIPAL_FEDERATED, "aws:PrincipalAccount", "444455556666", false },
    { IAM_PRINCIPAL_FEDERATED, "aws:PrincipalType", "User", true },
    { IAM_PRINCIPAL_FEDERATED, "aws:PrincipalType", "Federated", false },
    { IAM_PRINCIPAL_FEDERATED, "aws:userid", "whatever", true },
};
/* clang-format on */

static void keys_that_the_request_determines_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(determined); i++) {
        struct iam_str value = iam_str_c(determined[i].value);
        struct iam_context_entry context[] = {
            {iam_str_c(determined[i].key), &value, 1, false}
        };
        struct iam_request r = request_of(whole[determined[i].kind]);
        r.context = context;
        r.context_count = 1;
        expect(&r, determined[i].agrees ? IAM_MEMBER_NONE : IAM_MEMBER_CONTEXT);
    }
    /* Without its ID or its session, what is known is compared. */
    struct iam_str value = IAM_STR("AROAX3:s");
    struct iam_context_entry context[] = {
        {IAM_STR("aws:userid"), &value, 1, false}
    };
    struct iam_request r = request_of(whole[IAM_PRINCIPAL_ASSUMED_ROLE]);
    r.context = context;
    r.context_count = 1;
    r.principal.id = iam_str_absent();
    expect(&r, IAM_MEMBER_NONE);
    value = IAM_STR("AROAX3:t");
    expect(&r, IAM_MEMBER_CONTEXT);
    r.principal.session_arn = iam_str_absent();
    expect(&r, IAM_MEMBER_NONE);
    r = request_of(whole[IAM_PRINCIPAL_USER]);
    r.context = context;
    r.context_count = 1;
    r.principal.id = iam_str_absent();
    expect(&r, IAM_MEMBER_CONTEXT);
    value = IAM_STR("AIDAX9");
    expect(&r, IAM_MEMBER_NONE);
    /* One value is needed. */
    context[0].is_list = true;
    expect(&r, IAM_MEMBER_CONTEXT);
}

static void arns_have_the_form_of_their_kind(void **state)
{
    static const char *const bad[] = {
        "arn::iam::" ACCOUNT ":user/a",
        "arn:aws:iam:r:" ACCOUNT ":user/a",
        "arn:aws:iam::" ACCOUNT ":user/",
        "arn:aws:iam::" ACCOUNT ":user//a",
        "arn:aws:iam::" ACCOUNT ":user/a/",
        "arn:aws:iam::" ACCOUNT ":user/a//b",
        "arn:aws:iam::" ACCOUNT ":user/a*",
        "arn:aws:iam::" ACCOUNT ":user/a?/b",
        "arn:aws:iam::" ACCOUNT ":user/a b",
        "arn:aws:iam::" ACCOUNT ":user/a\x7f",
        "arn:aws:iam::" ACCOUNT ":role/a",
        "arn:aws:sts::" ACCOUNT ":user/a",
        "arn:aws",
        "urn:aws:iam::" ACCOUNT ":user/a",
    };
    static const char *const ids[] = { "AIDA", "AROAX2", "AIDAx", "AIDAX-", "AIDAX[", "AIDAX@" };
    struct iam_request r = request_of(whole[IAM_PRINCIPAL_USER]);
    (void)state;
    r.principal.arn = IAM_STR("arn:aws-us-gov:iam::" ACCOUNT ":user/a/b-c/~d");
    expect(&r, IAM_MEMBER_NONE);
    /* It ends where it ends. */
    r.principal.arn = iam_str_sub(IAM_STR(USER "/"), 0, IAM_STR(USER).len);
    expect(&r, IAM_MEMBER_NONE);
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        r.principal.arn = iam_str_c(bad[i]);
        expect(&r, IAM_MEMBER_PRINCIPAL_ARN);
    }
    r = request_of(whole[IAM_PRINCIPAL_USER]);
    r.principal.id = IAM_STR("AIDA09AZ");
    expect(&r, IAM_MEMBER_NONE);
    for (size_t i = 0; i < IAM_COUNT(ids); i++) {
        r.principal.id = iam_str_c(ids[i]);
        expect(&r, IAM_MEMBER_PRINCIPAL_ID);
    }
    r = request_of(whole[IAM_PRINCIPAL_ASSUMED_ROLE]);
    r.principal.session_arn = IAM_STR("arn:aws-cn:sts::" ACCOUNT ":assumed-role/worker/s");
    expect(&r, IAM_MEMBER_PRINCIPAL_SESSION_ARN);
    r.principal.session_arn = IAM_STR("arn:aws:sts::" ACCOUNT ":assumed-role/team/worker/s");
    expect(&r, IAM_MEMBER_PRINCIPAL_SESSION_ARN);
    r.principal.session_arn = IAM_STR("arn:aws:sts::" ACCOUNT ":assumed-role/worker/s/t");
    expect(&r, IAM_MEMBER_PRINCIPAL_SESSION_ARN);
    r = request_of(whole[IAM_PRINCIPAL_SERVICE]);
    r.principal.arn = IAM_STR("s3");
    expect(&r, IAM_MEMBER_PRINCIPAL_ARN);
    r.principal.arn = IAM_STR("s3_a.com");
    expect(&r, IAM_MEMBER_PRINCIPAL_ARN);
    r = request_of(whole[IAM_PRINCIPAL_FEDERATED]);
    r.principal.arn = IAM_STR("arn:aws:iam::" ACCOUNT ":saml-provider/s");
    expect(&r, IAM_MEMBER_NONE);
    r.principal.arn = IAM_STR("arn:aws:iam::" ACCOUNT ":user/s");
    expect(&r, IAM_MEMBER_PRINCIPAL_ARN);
    r.principal.arn = IAM_STR("arn:aws:iam::aws:saml-provider/s");
    expect(&r, IAM_MEMBER_PRINCIPAL_ARN);
}

static void the_resource_and_its_owner_agree(void **state)
{
    static const struct {
        const char *resource;
        const char *owner; /* NULL: absent */
        enum iam_request_member wrong;
    } rows[] = {
        {"*",                             NULL,           IAM_MEMBER_NONE            },
        { "**",                           NULL,           IAM_MEMBER_RESOURCE        },
        { "b",                            NULL,           IAM_MEMBER_RESOURCE        },
        { "arn::s3:::b",                  NULL,           IAM_MEMBER_RESOURCE        },
        { "arn:aws::::b",                 NULL,           IAM_MEMBER_RESOURCE        },
        { "arn:aws:s3::b",                NULL,           IAM_MEMBER_RESOURCE        },
        { "arn:aws:s3:::",                NULL,           IAM_MEMBER_NONE            },
        { "arn:aws:sqs:r:444455556666:q", NULL,           IAM_MEMBER_NONE            },
        { "arn:aws:sqs:r:444455556666:q", "444455556666", IAM_MEMBER_NONE            },
        { "arn:aws:sqs:r:444455556666:q", ACCOUNT,        IAM_MEMBER_RESOURCE_ACCOUNT},
        { "arn:aws:iam::aws:policy/p",    ACCOUNT,        IAM_MEMBER_NONE            },
        { "arn:aws:s3:::b",               "11112222333",  IAM_MEMBER_RESOURCE_ACCOUNT},
        { "arn:aws:s3:::b",               "",             IAM_MEMBER_RESOURCE_ACCOUNT},
        { "*",                            "444455556666", IAM_MEMBER_NONE            },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_request r = world_request("s3:GetObject", rows[i].resource);
        r.resource_account = rows[i].owner != NULL ? iam_str_c(rows[i].owner) : iam_str_absent();
        expect(&r, rows[i].wrong);
    }
    /* What AWS owns is of an account of AWS. */
    struct iam_str value = IAM_STR("639982225848");
    struct iam_context_entry context[] = {
        {IAM_STR("aws:ResourceAccount"), &value, 1, false}
    };
    struct iam_request r = world_request("iam:GetPolicy", "arn:aws:iam::aws:policy/p");
    r.resource_account = iam_str_absent();
    r.context = context;
    r.context_count = 1;
    expect(&r, IAM_MEMBER_NONE);
    value = IAM_STR("aws");
    expect(&r, IAM_MEMBER_CONTEXT);
    r.resource = IAM_STR("arn:aws:s3:::b");
    expect(&r, IAM_MEMBER_NONE);
    r.resource_account = IAM_STR(ACCOUNT);
    expect(&r, IAM_MEMBER_CONTEXT);
}

static void the_message_says_what_is_wrong(void **state)
{
    struct iam_request r = world_request("s3:GetObject", RESOURCE);
    struct iam_policies none = { 0 };
    struct iam_decision d;
    char text[512];
    (void)state;
    r.principal.account = IAM_STR("11112222333");
    iam_decide(&none, &r, &d);
    size_t n = iam_decision_message(&d, &r, text, sizeof(text));
    assert_same_str(
        ((struct iam_str){ text, n }),
        IAM_STR("User: " WORLD_USER " is not authorized to perform: s3:GetObject on resource: "
                "arn:aws:s3:::b/k because the request contradicts itself: principal.account must "
                "be twelve digits"));
    r.principal.arn = iam_str_absent();
    n = iam_decision_message(&d, &r, text, sizeof(text));
    assert_true(iam_str_starts((struct iam_str){ text, n }, IAM_STR("User: anonymous is not")));
    r.principal.session_arn = IAM_STR(SESSION);
    n = iam_decision_message(&d, &r, text, sizeof(text));
    assert_true(iam_str_starts((struct iam_str){ text, n }, IAM_STR("User: " SESSION " is not")));
    r.principal.kind = IAM_PRINCIPAL_ANONYMOUS;
    n = iam_decision_message(&d, &r, text, sizeof(text));
    assert_true(iam_str_starts((struct iam_str){ text, n }, IAM_STR("User: anonymous is not")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_good_with_all_it_can_have_and_with_what_it_must),
        cmocka_unit_test(no_kind_is_good_with_a_member_of_another),
        cmocka_unit_test(another_account_is_seen_in_each_arn),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(no_other_byte_is_a_digit),
        cmocka_unit_test(an_action_has_one_colon_and_no_wildcard),
        cmocka_unit_test(absent_members_are_refused),
        cmocka_unit_test(the_entry_is_named),
        cmocka_unit_test(keys_that_the_request_determines_agree),
        cmocka_unit_test(arns_have_the_form_of_their_kind),
        cmocka_unit_test(the_resource_and_its_owner_agree),
        cmocka_unit_test(the_message_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
