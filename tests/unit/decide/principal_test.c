/* SPDX-License-Identifier: Apache-2.0 */
/* How strongly Principal names a caller, and whom NotPrincipal spares. */
#include "unit/decide/world.h"

#include "decide/eval.h"

#define ACCOUNT "111122223333"
#define ARN(service, rest) "arn:aws:" service "::" ACCOUNT ":" rest
#define USER ARN("iam", "user/team/ann")
#define ROLE ARN("iam", "role/team/worker")
#define BARE ARN("iam", "role/worker")
#define SESSION ARN("sts", "assumed-role/worker/s")
#define FAY ARN("sts", "federated-user/fay")
#define ROOT ARN("iam", "root")
#define PROVIDER ARN("iam", "saml-provider/s")
#define ID "AIDAAAAAAAAAAAAAAAAA"

#define S(text) IAM_STR_INIT(text)
#define NONE    \
    {           \
        NULL, 0 \
    }

enum caller {
    ANYBODY,
    BY_ROOT,
    BY_USER,
    BY_ROLE,
    BY_BARE,
    BY_FAY,
    BY_SERVICE,
    BY_PROVIDER,
    CALLERS
};

/* clang-format off */
static const struct iam_principal callers[CALLERS] = {
    [ANYBODY] = { IAM_PRINCIPAL_ANONYMOUS, NONE, NONE, NONE, NONE, NONE },
    [BY_ROOT] = { IAM_PRINCIPAL_ROOT, S(ACCOUNT), S(ROOT), NONE, NONE, NONE },
    [BY_USER] = { IAM_PRINCIPAL_USER, S(ACCOUNT), S(USER), NONE, NONE, S(ID) },
    [BY_ROLE] = { IAM_PRINCIPAL_ASSUMED_ROLE, S(ACCOUNT), S(ROLE), S(SESSION), NONE, S("AROAX2") },
    [BY_BARE] = { IAM_PRINCIPAL_ASSUMED_ROLE, S(ACCOUNT), S(BARE), S(SESSION), NONE, NONE },
    [BY_FAY] = { IAM_PRINCIPAL_FEDERATED_USER, S(ACCOUNT), S(FAY), NONE, S(USER), NONE },
    [BY_SERVICE] = { IAM_PRINCIPAL_SERVICE, NONE, S("s.amazonaws.com"), NONE, NONE, NONE },
    [BY_PROVIDER] = { IAM_PRINCIPAL_FEDERATED, NONE, S(PROVIDER), NONE, NONE, NONE },
};

#define N IAM_GRANT_NONE
#define A IAM_GRANT_ACCOUNT
#define E IAM_GRANT_ENTITY
#define X IAM_GRANT_SESSION

static const struct grant_row {
    const char *principal;
    enum iam_grant allow[CALLERS]; /* anybody, root, user, role, bare role, fay, service, provider */
    enum iam_grant deny[CALLERS];
} grants[] = {
    { "\"*\"", { X, X, X, X, X, X, X, N }, { X, X, X, X, X, X, X, X } },
    { "{\"AWS\":\"" ACCOUNT "\"}", { N, A, A, A, A, A, N, N }, { N, A, A, A, A, A, N, N } },
    { "{\"AWS\":\"444455556666\"}", { N, N, N, N, N, N, N, N }, { N, N, N, N, N, N, N, N } },
    { "{\"AWS\":\"" ROOT "\"}", { N, A, A, A, A, A, N, N }, { N, A, A, A, A, A, N, N } },
    { "{\"AWS\":\"" USER "\"}", { N, N, E, N, N, E, N, N }, { N, N, E, N, N, E, N, N } },
    { "{\"AWS\":[\"" ACCOUNT "\",\"" USER "\"]}", { N, A, E, A, A, E, N, N }, { N, A, E, A, A, E, N, N } },
    { "{\"AWS\":\"" ROLE "\"}", { N, N, N, E, N, N, N, N }, { N, N, N, E, E, N, N, N } },
    { "{\"AWS\":\"" BARE "\"}", { N, N, N, N, E, N, N, N }, { N, N, N, N, E, N, N, N } },
    { "{\"AWS\":\"" ARN("iam", "role/team/coworker") "\"}", { N }, { N } },
    { "{\"AWS\":\"" ARN("iam", "rolex/team/worker") "\"}", { N }, { N } },
    { "{\"AWS\":\"" ARN("iam", "user/team/worker") "\"}", { N }, { N } },
    { "{\"AWS\":\"arn:aws:iam::444455556666:role/team/worker\"}", { N }, { N } },
    { "{\"AWS\":\"" SESSION "\"}", { N, N, N, X, X, N, N, N }, { N, N, N, X, X, N, N, N } },
    { "{\"AWS\":\"" ARN("sts", "assumed-role/worker/t") "\"}", { N }, { N } },
    { "{\"AWS\":\"" FAY "\"}", { N, N, N, N, N, X, N, N }, { N, N, N, N, N, X, N, N } },
    { "{\"AWS\":\"" ID "\"}", { N, N, E, N, N, N, N, N }, { N, N, E, N, N, N, N, N } },
    { "{\"Service\":\"s.amazonaws.com\"}", { N, N, N, N, N, N, E, N }, { N, N, N, N, N, N, E, N } },
    { "{\"Federated\":\"" PROVIDER "\"}", { N, N, N, N, N, N, N, E }, { N, N, N, N, N, N, N, E } },
    { "{\"CanonicalUser\":\"c\"}", { N }, { N } },
};

/* Whom a Deny with NotPrincipal spares. */
static const struct spared_row {
    const char *principal;
    bool is_spared[CALLERS];
} spared[] = {
    { "\"*\"", { true, true, true, true, true, true, true, true } },
    { "{\"AWS\":\"" ACCOUNT "\"}", { [BY_ROOT] = true } },
    { "{\"AWS\":\"" USER "\"}", { false } },
    { "{\"AWS\":[\"" ACCOUNT "\",\"" USER "\"]}", { [BY_ROOT] = true, [BY_USER] = true } },
    { "{\"AWS\":[\"" ACCOUNT "\",\"" ROLE "\"]}", { [BY_ROOT] = true } },
    { "{\"AWS\":[\"" ROLE "\",\"" SESSION "\"]}", { false } },
    { "{\"AWS\":[\"" ACCOUNT "\",\"" SESSION "\"]}", { [BY_ROOT] = true } },
    { "{\"AWS\":[\"" ACCOUNT "\",\"" ROLE "\",\"" SESSION "\"]}", { [BY_ROOT] = true, [BY_ROLE] = true } },
    { "{\"AWS\":[\"" ACCOUNT "\",\"" FAY "\"]}", { [BY_ROOT] = true, [BY_FAY] = true } },
    { "{\"AWS\":\"" FAY "\"}", { false } },
    { "{\"Service\":\"s.amazonaws.com\"}", { [BY_SERVICE] = true } },
    { "{\"Federated\":\"" PROVIDER "\"}", { [BY_PROVIDER] = true } },
};
/* clang-format on */

static struct iam_policy *make(const char *effect, const char *element, const char *principal)
{
    char text[1024];
    (void)snprintf(text, sizeof(text),
                   "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"%s\",\"%s\":%s,"
                   "\"Action\":\"*\",\"Resource\":\"*\"}}",
                   effect, element, principal);
    return world_policy(IAM_POLICY_RESOURCE, text);
}

/* The grant of the only statement of policy. */
static enum iam_grant grant(const struct iam_policy *policy, const struct iam_principal *caller,
                            const struct iam_set_policy *entry, bool has_boundary, uint64_t budget)
{
    static struct iam_eval ev;
    const struct iam_request r = { .principal = *caller };
    memset(&ev, 0, sizeof(ev));
    ev.request = &r;
    ev.budget = budget;
    ev.has_boundary = has_boundary;
    return iam_principal_grant(&ev, iam_policy_statements(policy), entry);
}

static void principal_names_the_caller(void **state)
{
    static const struct iam_set_policy unpinned;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(grants); i++) {
        struct iam_policy *allow = make("Allow", "Principal", grants[i].principal);
        struct iam_policy *deny = make("Deny", "Principal", grants[i].principal);
        for (size_t c = 0; c < CALLERS; c++) {
            enum iam_grant a = grant(allow, &callers[c], &unpinned, false, 1000);
            enum iam_grant d = grant(deny, &callers[c], &unpinned, false, 1000);
            if (a != grants[i].allow[c] || d != grants[i].deny[c]) {
                fail_msg("%s, caller %zu: Allow %d, Deny %d", grants[i].principal, c, a, d);
            }
        }
        /* Without a budget a Deny names everyone, and an Allow nobody. */
        assert_int_equal(grant(allow, &callers[BY_USER], &unpinned, false, 63), N);
        assert_int_equal(grant(deny, &callers[BY_USER], &unpinned, false, 63), X);
        iam_policy_unref(allow);
        iam_policy_unref(deny);
    }
}

static void not_principal_spares_who_is_named_at_every_level(void **state)
{
    static const struct iam_set_policy unpinned;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(spared); i++) {
        struct iam_policy *deny = make("Deny", "NotPrincipal", spared[i].principal);
        for (size_t c = 0; c < CALLERS; c++) {
            enum iam_grant got = grant(deny, &callers[c], &unpinned, false, 1000);
            if (got != (spared[i].is_spared[c] ? N : X)) {
                fail_msg("%s, caller %zu: %d", spared[i].principal, c, got);
            }
            assert_int_equal(grant(deny, &callers[c], &unpinned, true, 1000), X);
        }
        iam_policy_unref(deny);
    }
}

/* A name that is pinned to an ID means that ID alone; of a caller without one it is not known. */
static void a_pin_decides_by_the_id(void **state)
{
    static const struct {
        const char *pinned; /* the ARN that is named and pinned */
        const char *id;     /* to this */
        enum caller caller;
        const char *own; /* the caller's ID */
        enum iam_grant allow;
        enum iam_grant deny;
    } rows[] = {
        {USER,     "AIDAX2", BY_USER, "AIDAX2", E, E},
        { USER,    "AIDAX3", BY_USER, "AIDAX2", N, N},
        { USER,    "AIDAX2", BY_USER, "",       N, E},
        { ROLE,    "AROAX2", BY_ROLE, "AROAX2", E, E},
        { ROLE,    "AROAX2", BY_BARE, "AROAX2", E, E},
        { ROLE,    "AROAX3", BY_BARE, "AROAX2", N, N},
        { ROLE,    "AROAX2", BY_BARE, "",       N, E},
        { ROLE,    "AIDAX2", BY_USER, "AIDAX2", E, E},
        { SESSION, "AROAX2", BY_ROLE, "AROAX2", X, X},
        { SESSION, "AROAX3", BY_ROLE, "AROAX2", N, N},
        { SESSION, "AROAX2", BY_ROLE, "",       N, X},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        char principal[256];
        struct iam_principal caller = callers[rows[i].caller];
        (void)snprintf(principal, sizeof(principal), "{\"AWS\":\"%s\"}", rows[i].pinned);
        struct iam_policy *allow = make("Allow", "Principal", principal);
        struct iam_policy *deny = make("Deny", "Principal", principal);
        caller.id = iam_str_c(rows[i].own);
        /* In order, as a set keeps them, at every place among others. */
        for (size_t at = 0; at < 5; at++) {
            struct iam_principal_pin pins[5];
            for (size_t k = 0; k < IAM_COUNT(pins); k++) {
                pins[k] = (struct iam_principal_pin){ k < at ? IAM_STR("arn:a") : IAM_STR("arn:z"),
                                                      IAM_STR("AIDAX9") };
            }
            pins[at] =
                (struct iam_principal_pin){ iam_str_c(rows[i].pinned), iam_str_c(rows[i].id) };
            struct iam_set_policy entry = { .pins = pins, .pin_count = IAM_COUNT(pins) };
            assert_int_equal(grant(allow, &caller, &entry, false, 1000), rows[i].allow);
            assert_int_equal(grant(deny, &caller, &entry, false, 1000), rows[i].deny);
        }
        iam_policy_unref(allow);
        iam_policy_unref(deny);
    }
}

/* A name after all that are pinned is not pinned, whatever follows them in memory. */
static void a_name_that_is_not_pinned_is_compared(void **state)
{
    struct iam_policy *allow = make("Allow", "Principal", "{\"AWS\":\"" USER "\"}");
    struct iam_principal_pin pins[] = {
        {S("arn:a"), S("AIDAX9")},
        { S(USER),   S("AIDAX9")},
    };
    struct iam_set_policy entry = { .pins = pins, .pin_count = 1 };
    (void)state;
    assert_int_equal(grant(allow, &callers[BY_USER], &entry, false, 1000), E);
    pins[0].arn = IAM_STR("arn:z");
    assert_int_equal(grant(allow, &callers[BY_USER], &entry, false, 1000), E);
    entry.pin_count = 0;
    assert_int_equal(grant(allow, &callers[BY_USER], &entry, false, 1000), E);
    iam_policy_unref(allow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(principal_names_the_caller),
        cmocka_unit_test(not_principal_spares_who_is_named_at_every_level),
        cmocka_unit_test(a_pin_decides_by_the_id),
        cmocka_unit_test(a_name_that_is_not_pinned_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
