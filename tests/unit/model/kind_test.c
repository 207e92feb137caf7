/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds: what AWS calls them, and that the columns agree with each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/kind.h"

static bool is(struct iam_str have, const char *want)
{
    return iam_str_eq(have, iam_str_c(want)) && iam_str_is_set(have) == (want != NULL);
}

/* SPEC: IAM User Guide, aws:PrincipalType; CloudTrail User Guide, userIdentity. */
static void callers_have_awss_names(void **state)
{
    static const struct {
        enum iam_kind kind;
        const char *principal_type;
        const char *identity_type;
        enum iam_kind view;
    } CALLERS[] = {
        {IAM_KIND_NONE,                  "Anonymous",     "Unknown",         IAM_KIND_NONE   },
        { IAM_KIND_ACCOUNT,              "Account",       "Root",            IAM_KIND_ACCOUNT},
        { IAM_KIND_USER,                 "User",          "IAMUser",         IAM_KIND_USER   },
        { IAM_KIND_ROLE,                 "AssumedRole",   "Role",            IAM_KIND_ROLE   },
        { IAM_KIND_ROLE_SESSION,         "AssumedRole",   "AssumedRole",     IAM_KIND_ROLE   },
        { IAM_KIND_WEB_IDENTITY_SESSION, "AssumedRole",   "AssumedRole",     IAM_KIND_ROLE   },
        { IAM_KIND_SAML_SESSION,         "AssumedRole",   "AssumedRole",     IAM_KIND_ROLE   },
        { IAM_KIND_FEDERATED_USER,       "FederatedUser", "FederatedUser",   IAM_KIND_USER   },
        { IAM_KIND_WEB_IDENTITY,         "User",          "WebIdentityUser", IAM_KIND_NONE   },
        { IAM_KIND_SAML,                 "User",          "SAMLUser",        IAM_KIND_NONE   },
        { IAM_KIND_SERVICE,              NULL,            "AWSService",      IAM_KIND_NONE   },
        { IAM_KIND_GROUP,                NULL,            NULL,              IAM_KIND_NONE   },
        { IAM_KIND_POLICY,               NULL,            NULL,              IAM_KIND_NONE   },
    };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(CALLERS); i++) {
        const struct iam_kind_row *row = iam_kind_get(CALLERS[i].kind);

        assert_true(is(row->principal_type, CALLERS[i].principal_type));
        assert_true(is(row->identity_type, CALLERS[i].identity_type));
        assert_int_equal(row->view, CALLERS[i].view);
    }
}

static void sessions_come_from_their_issuers(void **state)
{
    static const struct {
        enum iam_kind session;
        bool of_root;
        bool of_user;
        bool of_role;
        enum iam_kind acting_of_user;
    } SESSIONS[] = {
        {IAM_KIND_ROLE_SESSION,          false, false, true,  IAM_KIND_ROLE_SESSION        },
        { IAM_KIND_WEB_IDENTITY_SESSION, false, false, true,  IAM_KIND_WEB_IDENTITY_SESSION},
        { IAM_KIND_SAML_SESSION,         false, false, true,  IAM_KIND_SAML_SESSION        },
        { IAM_KIND_USER_SESSION,         true,  true,  false, IAM_KIND_USER                },
        { IAM_KIND_FEDERATED_USER,       true,  true,  false, IAM_KIND_FEDERATED_USER      },
        { IAM_KIND_ROOT_SESSION,         true,  false, false, IAM_KIND_USER                },
        { IAM_KIND_USER,                 false, false, false, IAM_KIND_USER                },
        { IAM_KIND_NONE,                 false, false, false, IAM_KIND_NONE                },
    };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(SESSIONS); i++) {
        enum iam_kind session = SESSIONS[i].session;

        assert_int_equal(iam_kind_can_issue(IAM_KIND_ACCOUNT, session), SESSIONS[i].of_root);
        assert_int_equal(iam_kind_can_issue(IAM_KIND_USER, session), SESSIONS[i].of_user);
        assert_int_equal(iam_kind_can_issue(IAM_KIND_ROLE, session), SESSIONS[i].of_role);
        assert_false(iam_kind_can_issue(IAM_KIND_NONE, session));
        assert_false(iam_kind_can_issue(IAM_KIND_GROUP, session));
        assert_int_equal(iam_kind_acting(session, IAM_KIND_USER), SESSIONS[i].acting_of_user);
    }
}

static void policies_attach_to_three_kinds(void **state)
{
    (void)state;
    assert_int_equal(iam_kind_of_policy_user(IAM_STR("User")), IAM_KIND_USER);
    assert_int_equal(iam_kind_of_policy_user(IAM_STR("Group")), IAM_KIND_GROUP);
    assert_int_equal(iam_kind_of_policy_user(IAM_STR("Role")), IAM_KIND_ROLE);
    assert_int_equal(iam_kind_of_policy_user(IAM_STR("user")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_policy_user(IAM_STR("Policy")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_policy_user(IAM_STR("Account")), IAM_KIND_NONE);
    assert_int_equal(iam_kind_of_policy_user(iam_str_absent()), IAM_KIND_NONE);
}

/* A row without a quota must say so: the first quota has the number 0. */
static void every_row_is_whole(void **state)
{
    (void)state;
    for (int n = -1; n <= 300; n++) {
        const struct iam_kind_row *row = iam_kind_get((enum iam_kind)n);
        bool can_have_policies = n == IAM_KIND_USER || n == IAM_KIND_GROUP || n == IAM_KIND_ROLE;

        assert_int_equal(row->attached_quota != IAM_QUOTA_COUNT, can_have_policies);
        assert_int_equal(row->inline_quota != IAM_QUOTA_COUNT, can_have_policies);
        if (row->quota == IAM_QUOTA_USERS) {
            assert_int_equal(n, IAM_KIND_USER);
        }
        assert_int_equal(iam_str_is_set(row->name), iam_str_is_set(row->noun));
        assert_int_equal(iam_str_is_set(row->arn_service), iam_str_is_set(row->arn_type));
        assert_int_equal(iam_str_is_set(row->id_prefix), row->id_len > 0);
        assert_true(!row->is_session || (n >= 32 && n < IAM_KIND_SESSION_KEY));
        assert_true(row->is_session || (!row->may_be_of_root && !row->acts_as_issuer));
        if (row->is_session) {
            assert_int_equal(row->acts_as_issuer, !iam_str_is_set(row->arn_type));
        }
    }
}

static void unknown_numbers_are_no_kind(void **state)
{
    static const int NUMBERS[] = { -1, 9, 31, 39, IAM_KIND_COUNT, 255, 1 << 20 };

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(NUMBERS); i++) {
        const struct iam_kind_row *row = iam_kind_get((enum iam_kind)NUMBERS[i]);

        assert_false(iam_str_is_set(row->name) || row->is_session);
        assert_false(iam_str_is_set(row->principal_type) || iam_str_is_set(row->arn_service));
        assert_int_equal(row->quota, IAM_QUOTA_COUNT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(callers_have_awss_names),
        cmocka_unit_test(sessions_come_from_their_issuers),
        cmocka_unit_test(policies_attach_to_three_kinds),
        cmocka_unit_test(every_row_is_whole),
        cmocka_unit_test(unknown_numbers_are_no_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
