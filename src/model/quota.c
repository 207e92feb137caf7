/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPEC: IAM User Guide, "IAM and AWS STS quotas": default and highest values. Where AWS published
 * two values at different times, the newer one from its own pages is used.
 */
#include "model/quota.h"

static const struct iam_quota_row ROWS[IAM_QUOTA_COUNT] = {
    [IAM_QUOTA_USERS] = {IAM_STR_INIT("UsersPerAccount"),           5000,  5000 },
    [IAM_QUOTA_GROUPS] = { IAM_STR_INIT("GroupsPerAccount"),         300,   500  },
    [IAM_QUOTA_ROLES] = { IAM_STR_INIT("RolesPerAccount"),          1000,  5000 },
    [IAM_QUOTA_POLICIES] = { IAM_STR_INIT("PoliciesPerAccount"),       1500,  5000 },
    [IAM_QUOTA_GROUPS_PER_USER] = { IAM_STR_INIT("GroupsPerUser"),            10,    10   },
    [IAM_QUOTA_ATTACHED_PER_USER] = { IAM_STR_INIT("PoliciesPerUser"),          10,    20   },
    [IAM_QUOTA_ATTACHED_PER_GROUP] = { IAM_STR_INIT("PoliciesPerGroup"),         10,    10   },
    [IAM_QUOTA_ATTACHED_PER_ROLE] = { IAM_STR_INIT("PoliciesPerRole"),          10,    25   },
    [IAM_QUOTA_VERSIONS_PER_POLICY] = { IAM_STR_INIT("VersionsPerPolicy"),        5,     5    },
    [IAM_QUOTA_ACCESS_KEYS] = { IAM_STR_INIT("AccessKeysPerUser"),        2,     2    },
    [IAM_QUOTA_TAGS] = { IAM_STR_INIT("TagsPerResource"),          50,    50   },
    [IAM_QUOTA_MANAGED_POLICY_SIZE] = { IAM_STR_INIT("PolicySize"),               6144,  6144 },
    [IAM_QUOTA_TRUST_POLICY_SIZE] = { IAM_STR_INIT("ACLSizePerRole"),           2048,  4096 },
    [IAM_QUOTA_INLINE_SIZE_USER] = { IAM_STR_INIT("InlinePolicySizePerUser"),  2048,  2048 },
    [IAM_QUOTA_INLINE_SIZE_GROUP] = { IAM_STR_INIT("InlinePolicySizePerGroup"), 5120,  5120 },
    [IAM_QUOTA_INLINE_SIZE_ROLE] = { IAM_STR_INIT("InlinePolicySizePerRole"),  10240, 10240},
    [IAM_QUOTA_SESSION_POLICY_SIZE] = { IAM_STR_INIT("SessionPolicySize"),        2048,  2048 },
    [IAM_QUOTA_SESSION_POLICY_ARNS] = { IAM_STR_INIT("SessionPolicyArns"),        10,    10   },
    [IAM_QUOTA_SESSION_TAGS] = { IAM_STR_INIT("SessionTags"),              50,    50   },
};

const struct iam_quota_row *iam_quota_get(enum iam_quota quota)
{
    return &ROWS[quota];
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
