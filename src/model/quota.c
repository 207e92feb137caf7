/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPEC: IAM User Guide, "IAM and AWS STS quotas": default and highest values. Where AWS published
 * two values at different times, the newer one from its own pages is used.
 *
 * The last column is ours. Entities of an account end where a number is surely a mistake, their
 * parts where they were tried; documents where libiam ends; tags where the keys of a request no
 * longer fit into its context; what a session carries where its token is full.
 */
#include "model/quota.h"

#define ROW(id, name, ...) [IAM_QUOTA_##id] = { IAM_STR_INIT(name), __VA_ARGS__ }

/* clang-format off */
static const struct iam_quota_row ROWS[IAM_QUOTA_COUNT] = {
    ROW(USERS,                    "UsersPerAccount",                      5000,  5000, 10000000),
    ROW(GROUPS,                   "GroupsPerAccount",                      300,   500, 10000000),
    ROW(ROLES,                    "RolesPerAccount",                      1000,  5000, 10000000),
    ROW(POLICIES,                 "PoliciesPerAccount",                   1500,  5000, 10000000),
    ROW(INSTANCE_PROFILES,        "InstanceProfilesPerAccount",           1000,  5000, 10000000),
    ROW(ROLES_PER_INSTANCE_PROFILE, "InstanceSessionsPerInstanceProfile",      1,     1,        1),
    ROW(OIDC_PROVIDERS,           "OpenIdConnectProvidersPerAccount",      100,   700,     1000),
    ROW(SAML_PROVIDERS,           "SAMLProvidersPerAccount",              100,   100,     1000),
    ROW(CLIENT_IDS,               "ClientIdsPerOpenIdConnectProvider",     100,   100,     1000),
    ROW(SERVER_CERTIFICATES,      "ServerCertificatesPerAccount",           20,  1000, 10000000),
    ROW(GROUPS_PER_USER,          "GroupsPerUser",                          10,    10,     1000),
    ROW(ATTACHED_PER_USER,        "PoliciesPerUser",                        10,    20,     1000),
    ROW(ATTACHED_PER_GROUP,       "PoliciesPerGroup",                       10,    10,     1000),
    ROW(ATTACHED_PER_ROLE,        "PoliciesPerRole",                        10,    25,     1000),
    ROW(VERSIONS_PER_POLICY,      "VersionsPerPolicy",                       5,     5,     1000),
    ROW(ACCESS_KEYS,              "AccessKeysPerUser",                       2,     2,     1000),
    ROW(MFA_DEVICES,              "MFADevicesPerAccount",                 5000,  5000, 10000000),
    ROW(MFA_DEVICES_PER_USER,     "MFADevicesPerUser",                       8,     8,      100),
    ROW(SSH_PUBLIC_KEYS,          "SSHPublicKeysPerUser",                    5,     5,     1000),
    ROW(SIGNING_CERTIFICATES,     "CertificatesPerUser",                     2,     2,     1000),
    ROW(SERVICE_CREDENTIALS, "ContextSpecificCredentialsPerUserPerContext", 2,  2,     1000),
    ROW(DELEGATION_REQUESTS,      "DelegationRequestsPerAccount",         1000,  1000,   100000),
    ROW(TAGS,                     "TagsPerResource",                        50,    50,      100,
        IAM_STR_INIT("The number of tags has reached the maximum limit.")),
    ROW(MANAGED_POLICY_SIZE,      "PolicySize",                           6144,  6144,   131072),
    ROW(TRUST_POLICY_SIZE,        "ACLSizePerRole",                       2048,  4096,   131072),
    ROW(INLINE_SIZE_USER,         "InlinePolicySizePerUser",              2048,  2048,  1048576),
    ROW(INLINE_SIZE_GROUP,        "InlinePolicySizePerGroup",             5120,  5120,  1048576),
    ROW(INLINE_SIZE_ROLE,         "InlinePolicySizePerRole",             10240, 10240,  1048576),
    ROW(SESSION_POLICY_SIZE,      "SessionPolicySize",                    2048,  2048,     4096),
    ROW(SESSION_POLICY_ARNS,      "SessionPolicyArns",                      10,    10,       10),
    ROW(SESSION_TAGS,             "SessionTags",                            50,    50,       50),
};
/* clang-format on */

const struct iam_quota_row *iam_quota_get(enum iam_quota quota)
{
    return &ROWS[quota];
}

void iam_quotas_default(struct iam_quotas *ret)
{
    for (size_t i = 0; i < IAM_QUOTA_COUNT; i++) {
        ret->values[i] = ROWS[i].value;
    }
}

enum iam_status iam_quotas_set(struct iam_quotas *quotas, struct iam_str name, struct iam_str value,
                               const struct iam_quota_row **ret_row)
{
    uint64_t number;
    size_t i = 0;

    while (i < IAM_QUOTA_COUNT && !iam_str_eq(ROWS[i].name, name)) {
        i++;
    }
    IAM_ENSURE(i < IAM_QUOTA_COUNT, IAM_NOT_FOUND);
    if (ret_row != NULL) {
        *ret_row = &ROWS[i];
    }
    IAM_ENSURE(iam_str_to_u64(value, (uint64_t)ROWS[i].limit, &number) == IAM_OK, IAM_RANGE);
    quotas->values[i] = (int64_t)number;
    return IAM_OK;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

size_t iam_quota_document_chars(struct iam_str text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        /* continuation bytes of UTF-8 belong to the character before */
        if (!is_space(text.p[i]) && ((unsigned char)text.p[i] & 0xC0) != 0x80) {
            count++;
        }
    }
    return count;
}
