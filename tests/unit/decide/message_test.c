/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which policy an explicit denial names. Recorded on AWS: docs/conformance.md, "Denials".
 */
#include "decide/message.h"

#include "world.h"

#define USER_SAYS "User: " WORLD_USER " is not authorized to perform: "
#define GUARD "arn:aws:iam::111122223333:policy/guard"
#define SCP \
    "arn:aws:organizations::444455556666:policy/o-abcdefghij/service_control_policy/p-12345678"
#define RCP \
    "arn:aws:organizations::444455556666:policy/o-abcdefghij/resource_control_policy/p-abcdefgh"
#define DENY_FOR_ALL                                                                      \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\"," \
    "\"Action\":\"iam:*\",\"Resource\":\"*\"}}"
#define DENY_RCP                                                                          \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Principal\":\"*\"," \
    "\"Action\":\"sts:*\",\"Resource\":\"*\"}}"
#define ALLOW_GROUPS                                                                        \
    "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"iam:*\"," \
    "\"Resource\":\"*\"}}"

/* A set of documents with these names. */
static struct iam_policy_set *named(enum iam_policy_kind kind, const char *const *texts,
                                    const char *const *names, size_t count)
{
    struct iam_set_entry entries[IAM_DECISION_MAX_MATCHED + 8] = { 0 };
    struct iam_policy_set *set = NULL;
    assert_true(count <= IAM_COUNT(entries));
    for (size_t i = 0; i < count; i++) {
        entries[i].policy = world_policy(kind, texts[i]);
        entries[i].name = names[i] != NULL ? iam_str_c(names[i]) : iam_str_absent();
    }
    assert_ok(iam_policy_set_new(iam_heap(), entries, count, &set));
    for (size_t i = 0; i < count; i++) {
        iam_policy_unref(entries[i].policy);
    }
    return set;
}

static void expect(const struct iam_policies *p, const struct iam_request *r, const char *sentence)
{
    char text[1024];
    struct iam_decision d;
    iam_decide(p, r, &d);
    size_t n = iam_decision_message(&d, r, text, sizeof(text));
    assert_same_str(((struct iam_str){ text, n }), iam_str_c(sentence));
}

/* One policy of each kind, with an ARN as its name and with a name that is none. */
static void the_kind_decides_whether_it_is_named(void **state)
{
    static const char create[] = "iam:CreateGroup on resource: "
                                 "arn:aws:iam::111122223333:group/g with an explicit deny in ";
    static const struct {
        enum iam_policy_kind kind;
        const char *document;
        const char *arn;
        const char *without;
        const char *with; /* recorded; the ARNs of the accounts are ours */
    } cases[] = {
        {IAM_POLICY_IDENTITY,  WORLD_DENY_ALL, GUARD, "an identity-based policy",
         "an identity-based policy: " GUARD                                                         },
        { IAM_POLICY_BOUNDARY, WORLD_DENY_ALL, GUARD, "a permissions boundary",
         "a permissions boundary: " GUARD                                                           },
        { IAM_POLICY_SESSION,  WORLD_DENY_ALL, GUARD, "a session policy",         "a session policy"},
        { IAM_POLICY_RESOURCE, DENY_FOR_ALL,   GUARD, "a resource-based policy",
         "a resource-based policy"                                                                  },
        { IAM_POLICY_SCP,      WORLD_DENY_ALL, SCP,   "a service control policy",
         "a service control policy: " SCP                                                           },
    };
    struct iam_request r = world_request("iam:CreateGroup", "arn:aws:iam::111122223333:group/g");
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        const char *const names[] = { cases[i].arn, "inline", "group/arn:aws:x/y", NULL };
        for (size_t j = 0; j < IAM_COUNT(names); j++) {
            char sentence[512];
            struct iam_policy_set *set = named(cases[i].kind, &cases[i].document, &names[j], 1);
            const struct iam_policy_set *levels[] = { set };
            enum iam_policy_kind k = cases[i].kind;
            struct iam_policies p = {
                .identity = k == IAM_POLICY_IDENTITY ? set : NULL,
                .boundary = k == IAM_POLICY_BOUNDARY ? set : NULL,
                .resource = k == IAM_POLICY_RESOURCE ? set : NULL,
                .session = levels,
                .session_count = k == IAM_POLICY_SESSION,
                .scp = levels,
                .scp_count = k == IAM_POLICY_SCP,
            };
            (void)snprintf(sentence, sizeof(sentence), USER_SAYS "%s%s", create,
                           j == 0 ? cases[i].with : cases[i].without);
            expect(&p, &r, sentence);
            iam_policy_set_unref(set);
        }
    }
}

static void an_rcp_on_a_role(void **state)
{
    static const char *const document[] = { DENY_RCP };
    static const char *const names[] = { RCP, "inline" };
    struct iam_request r = world_request("sts:AssumeRole", "arn:aws:iam::777788889999:role/member");
    (void)state;
    r.resource_account = IAM_STR("777788889999");
    for (size_t i = 0; i < 2; i++) {
        struct iam_policy_set *set = named(IAM_POLICY_RCP, document, &names[i], 1);
        const struct iam_policy_set *levels[] = { set };
        struct iam_policies p = { .rcp = levels, .rcp_count = 1 };
        expect(&p, &r,
               i == 0 ? USER_SAYS "sts:AssumeRole on resource: "
                                  "arn:aws:iam::777788889999:role/member with an explicit deny in "
                                  "a resource control policy: " RCP
                      : USER_SAYS "sts:AssumeRole on resource: "
                                  "arn:aws:iam::777788889999:role/member with an explicit deny in "
                                  "a resource control policy");
        iam_policy_set_unref(set);
    }
}

/* The first in the order of the set, whatever order the index finds them in. */
static void the_first_of_several_is_named(void **state)
{
    static const char groups[] =
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"iam:CreateGroup\","
        "\"Resource\":\"arn:aws:iam::111122223333:group/g\"}]}";
    static const char *const documents[] = { WORLD_ALLOW_ALL, groups, WORLD_DENY_ALL };
    static const char *const reversed[] = { WORLD_ALLOW_ALL, WORLD_DENY_ALL, groups };
    static const char *const names[] = { "arn:aws:iam::aws:policy/A", GUARD, "arn:aws:iam::1:b" };
    static const char *const inline_first[] = { "a", "b", GUARD };
    static const char sentence[] = USER_SAYS
        "iam:CreateGroup on resource: arn:aws:iam::111122223333:group/g with an explicit deny in "
        "an identity-based policy";
    struct iam_request r = world_request("iam:CreateGroup", "arn:aws:iam::111122223333:group/g");
    char with[512];
    (void)state;
    (void)snprintf(with, sizeof(with), "%s: %s", sentence, GUARD);
    for (size_t i = 0; i < 4; i++) {
        struct iam_policy_set *set = named(IAM_POLICY_IDENTITY, i % 2 == 0 ? documents : reversed,
                                           i < 2 ? names : inline_first, 3);
        struct iam_policies p = { .identity = set };
        expect(&p, &r, i < 2 ? with : sentence);
        iam_policy_set_unref(set);
    }
}

/* An implicit denial names no policy, whatever there is. */
static void an_implicit_denial_names_none(void **state)
{
    static const char *const document[] = { ALLOW_GROUPS };
    static const char *const name[] = { GUARD };
    struct iam_policy_set *set = named(IAM_POLICY_IDENTITY, document, name, 1);
    struct iam_policies p = { .identity = set, .boundary = set };
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    (void)state;
    expect(&p, &r,
           USER_SAYS "s3:GetObject on resource: arn:aws:s3:::b/k because no identity-based policy "
                     "allows the s3:GetObject action");
    iam_policy_set_unref(set);
}

/* More deny than a decision records, and a decision that somebody made by hand. */
static void what_is_recorded_is_enough(void **state)
{
    const char *texts[IAM_DECISION_MAX_MATCHED + 4];
    const char *names[IAM_DECISION_MAX_MATCHED + 4];
    struct iam_request r = world_request("s3:GetObject", "arn:aws:s3:::b/k");
    struct iam_decision by_hand = { .effect = IAM_EXPLICIT_DENY, .reason = IAM_POLICY_IDENTITY };
    char text[512];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        texts[i] = WORLD_DENY_ALL;
        names[i] = GUARD;
    }
    struct iam_policy_set *set = named(IAM_POLICY_IDENTITY, texts, names, IAM_COUNT(texts));
    struct iam_policies p = { .identity = set };
    expect(&p, &r,
           USER_SAYS "s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in an "
                     "identity-based policy: " GUARD);
    iam_policy_set_unref(set);
    size_t n = iam_decision_message(&by_hand, &r, text, sizeof(text));
    assert_str(((struct iam_str){ text, n }),
               USER_SAYS "s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in an "
                         "identity-based policy");
}

/* What a service that names resources in its own words writes. */
static void a_resource_in_other_words(void **state)
{
    static const struct {
        struct iam_str resource;
        bool with_reason;
        const char *sentence;
    } cases[] = {
        {IAM_STR_INIT("*"),       true,
         USER_SAYS "iam:GetAccountSummary on resource: * because no identity-based policy allows "
                    "the iam:GetAccountSummary action"                                        },
        { { NULL, 0 },
         true,                           USER_SAYS "iam:GetAccountSummary because no identity-based policy allows the "
                    "iam:GetAccountSummary action"                              },
        { IAM_STR_INIT("user u"), false, USER_SAYS "iam:GetAccountSummary on resource: user u"},
    };
    struct iam_request r = world_request("iam:GetAccountSummary", "*");
    struct iam_decision d = { .effect = IAM_IMPLICIT_DENY, .reason = IAM_POLICY_IDENTITY };
    char text[512];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        size_t n =
            iam_denial_write(&d, &r, cases[i].resource, cases[i].with_reason, text, sizeof(text));
        assert_same_str(((struct iam_str){ text, n }), iam_str_c(cases[i].sentence));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_decides_whether_it_is_named),
        cmocka_unit_test(an_rcp_on_a_role),
        cmocka_unit_test(the_first_of_several_is_named),
        cmocka_unit_test(an_implicit_denial_names_none),
        cmocka_unit_test(what_is_recorded_is_enough),
        cmocka_unit_test(a_resource_in_other_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
