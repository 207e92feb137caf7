/* SPDX-License-Identifier: Apache-2.0 */
/* The quota table is complete, and documents are measured without white space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "model/quota.h"

static void every_row_is_filled(void **state)
{
    (void)state;
    for (int i = 0; i < IAM_QUOTA_COUNT; i++) {
        const struct iam_quota_row *row = iam_quota_get((enum iam_quota)i);

        assert_true(row->name.len > 0);
        assert_true(row->value > 0);
        assert_true(row->max >= row->value);
        assert_true(row->limit >= row->value); /* AWS's default can always be had */
    }
}

static void the_defaults_are_in_force(void **state)
{
    struct iam_quotas q;
    (void)state;
    iam_quotas_default(&q);
    for (int i = 0; i < IAM_QUOTA_COUNT; i++) {
        assert_int_equal(q.values[i], iam_quota_get((enum iam_quota)i)->value);
    }
}

static void one_is_set_by_its_name(void **state)
{
    struct iam_quotas q;
    const struct iam_quota_row *row = NULL;
    (void)state;
    iam_quotas_default(&q);
    assert_int_equal(iam_quotas_set(&q, IAM_STR("UsersPerAccount"), IAM_STR("1000000"), &row),
                     IAM_OK);
    assert_ptr_equal(row, iam_quota_get(IAM_QUOTA_USERS));
    assert_int_equal(q.values[IAM_QUOTA_USERS], 1000000);
    assert_int_equal(q.values[IAM_QUOTA_GROUPS], 300);
    assert_int_equal(iam_quotas_set(&q, IAM_STR("SessionTags"), IAM_STR("0"), NULL), IAM_OK);
    assert_int_equal(q.values[IAM_QUOTA_SESSION_TAGS], 0);
}

static void every_limit_can_be_had_and_no_more(void **state)
{
    struct iam_quotas q;
    char text[32];
    (void)state;
    for (int i = 0; i < IAM_QUOTA_COUNT; i++) {
        const struct iam_quota_row *row = iam_quota_get((enum iam_quota)i);
        iam_quotas_default(&q);
        (void)snprintf(text, sizeof(text), "%lld", (long long)row->limit);
        assert_int_equal(iam_quotas_set(&q, row->name, iam_str_c(text), NULL), IAM_OK);
        assert_int_equal(q.values[i], row->limit);
        (void)snprintf(text, sizeof(text), "%lld", (long long)row->limit + 1);
        assert_int_equal(iam_quotas_set(&q, row->name, iam_str_c(text), NULL), IAM_RANGE);
        assert_int_equal(q.values[i], row->limit);
    }
}

static void what_makes_no_sense_changes_nothing(void **state)
{
    static const struct {
        const char *name;
        const char *value;
        enum iam_status status;
    } rows[] = {
        {"Users",            "1",                    IAM_NOT_FOUND},
        { "usersperaccount", "1",                    IAM_NOT_FOUND},
        { "",                "1",                    IAM_NOT_FOUND},
        { "UsersPerAccount", "",                     IAM_RANGE    },
        { "UsersPerAccount", "-1",                   IAM_RANGE    },
        { "UsersPerAccount", "+1",                   IAM_RANGE    },
        { "UsersPerAccount", "1 ",                   IAM_RANGE    },
        { "UsersPerAccount", "1e3",                  IAM_RANGE    },
        { "UsersPerAccount", "18446744073709551617", IAM_RANGE    },
    };
    struct iam_quotas q;
    struct iam_quotas defaults;
    (void)state;
    iam_quotas_default(&q);
    iam_quotas_default(&defaults);
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_int_equal(
            iam_quotas_set(&q, iam_str_c(rows[i].name), iam_str_c(rows[i].value), NULL),
            rows[i].status);
        assert_memory_equal(&q, &defaults, sizeof(q));
    }
}

/* clang-format off */
#define ROW(id, ...) { IAM_QUOTA_##id, __VA_ARGS__ }
static const struct {
    enum iam_quota quota;
    const char *name;
    int64_t value;
    int64_t max;
    int64_t limit;
} PUBLISHED[] = {
    ROW(USERS,                     "UsersPerAccount",                      5000,  5000, 10000000),
    ROW(GROUPS,                    "GroupsPerAccount",                      300,   500, 10000000),
    ROW(ROLES,                     "RolesPerAccount",                      1000,  5000, 10000000),
    ROW(POLICIES,                  "PoliciesPerAccount",                   1500,  5000, 10000000),
    ROW(INSTANCE_PROFILES,         "InstanceProfilesPerAccount",           1000,  5000, 10000000),
    ROW(ROLES_PER_INSTANCE_PROFILE, "InstanceSessionsPerInstanceProfile",      1,     1,        1),
    ROW(OIDC_PROVIDERS,            "OpenIdConnectProvidersPerAccount",      100,   700,     1000),
    ROW(SAML_PROVIDERS,            "SAMLProvidersPerAccount",               100,   100,     1000),
    ROW(CLIENT_IDS,                "ClientIdsPerOpenIdConnectProvider",     100,   100,     1000),
    ROW(SERVER_CERTIFICATES,       "ServerCertificatesPerAccount",           20,  1000, 10000000),
    ROW(GROUPS_PER_USER,           "GroupsPerUser",                          10,    10,     1000),
    ROW(ATTACHED_PER_USER,         "PoliciesPerUser",                        10,    20,     1000),
    ROW(ATTACHED_PER_GROUP,        "PoliciesPerGroup",                       10,    10,     1000),
    ROW(ATTACHED_PER_ROLE,         "PoliciesPerRole",                        10,    25,     1000),
    ROW(VERSIONS_PER_POLICY,       "VersionsPerPolicy",                       5,     5,     1000),
    ROW(ACCESS_KEYS,               "AccessKeysPerUser",                       2,     2,     1000),
    ROW(MFA_DEVICES,               "MFADevicesPerAccount",                 5000,  5000, 10000000),
    ROW(MFA_DEVICES_PER_USER,      "MFADevicesPerUser",                       8,     8,      100),
    ROW(SSH_PUBLIC_KEYS,           "SSHPublicKeysPerUser",                    5,     5,     1000),
    ROW(SIGNING_CERTIFICATES,      "CertificatesPerUser",                     2,     2,     1000),
    ROW(SERVICE_CREDENTIALS, "ContextSpecificCredentialsPerUserPerContext",    2,     2,     1000),
    ROW(DELEGATION_REQUESTS,       "DelegationRequestsPerAccount",         1000,  1000,   100000),
    ROW(TAGS,                      "TagsPerResource",                        50,    50,      100),
    ROW(MANAGED_POLICY_SIZE,       "PolicySize",                           6144,  6144,   131072),
    ROW(TRUST_POLICY_SIZE,         "ACLSizePerRole",                       2048,  4096,   131072),
    ROW(INLINE_SIZE_USER,          "InlinePolicySizePerUser",              2048,  2048,  1048576),
    ROW(INLINE_SIZE_GROUP,         "InlinePolicySizePerGroup",             5120,  5120,  1048576),
    ROW(INLINE_SIZE_ROLE,          "InlinePolicySizePerRole",             10240, 10240,  1048576),
    ROW(SESSION_POLICY_SIZE,       "SessionPolicySize",                    2048,  2048,     4096),
    ROW(SESSION_POLICY_ARNS,       "SessionPolicyArns",                      10,    10,       10),
    ROW(SESSION_TAGS,              "SessionTags",                            50,    50,       50),
};
/* clang-format on */

/* SPEC: IAM User Guide, "IAM and AWS STS quotas". The limits are ours: where the program ends. */
static void has_the_published_values(void **state)
{
    (void)state;
    assert_int_equal(IAM_COUNT(PUBLISHED), IAM_QUOTA_COUNT);
    for (size_t i = 0; i < IAM_COUNT(PUBLISHED); i++) {
        const struct iam_quota_row *row = iam_quota_get(PUBLISHED[i].quota);

        assert_string_equal(row->name.p, PUBLISHED[i].name);
        assert_int_equal(row->value, PUBLISHED[i].value);
        assert_int_equal(row->max, PUBLISHED[i].max);
        assert_int_equal(row->limit, PUBLISHED[i].limit);
    }
}

static void measures_documents(void **state)
{
    (void)state;
    assert_int_equal(iam_quota_document_chars(iam_str_absent()), 0);
    assert_int_equal(iam_quota_document_chars(IAM_STR(" \t\r\n")), 0);
    assert_int_equal(iam_quota_document_chars(IAM_STR("{ \"a\" : 1 }")), 7);
    assert_int_equal(iam_quota_document_chars(IAM_STR("\xC3\xA9\xC3\xA8")), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_filled),
        cmocka_unit_test(the_defaults_are_in_force),
        cmocka_unit_test(one_is_set_by_its_name),
        cmocka_unit_test(every_limit_can_be_had_and_no_more),
        cmocka_unit_test(what_makes_no_sense_changes_nothing),
        cmocka_unit_test(has_the_published_values),
        cmocka_unit_test(measures_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
