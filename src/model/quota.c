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

static const struct iam_quota_row ROWS[IAM_QUOTA_COUNT] = {
    [IAM_QUOTA_USERS] = {IAM_STR_INIT("UsersPerAccount"),                     5000,  5000,  10000000},
    [IAM_QUOTA_GROUPS] = { IAM_STR_INIT("GroupsPerAccount"),                   300,   500,   10000000},
    [IAM_QUOTA_ROLES] = { IAM_STR_INIT("RolesPerAccount"),                    1000,  5000,  10000000},
    [IAM_QUOTA_POLICIES] = { IAM_STR_INIT("PoliciesPerAccount"),                 1500,  5000,  10000000},
    [IAM_QUOTA_INSTANCE_PROFILES] = { IAM_STR_INIT("InstanceProfilesPerAccount"),         1000,  5000,
                         10000000                                                                   },
    [IAM_QUOTA_ROLES_PER_INSTANCE_PROFILE] = { IAM_STR_INIT("InstanceSessionsPerInstanceProfile"),
                         1,                                                          1,     1       },
    [IAM_QUOTA_GROUPS_PER_USER] = { IAM_STR_INIT("GroupsPerUser"),                      10,    10,    1000    },
    [IAM_QUOTA_ATTACHED_PER_USER] = { IAM_STR_INIT("PoliciesPerUser"),                    10,    20,    1000    },
    [IAM_QUOTA_ATTACHED_PER_GROUP] = { IAM_STR_INIT("PoliciesPerGroup"),                   10,    10,    1000    },
    [IAM_QUOTA_ATTACHED_PER_ROLE] = { IAM_STR_INIT("PoliciesPerRole"),                    10,    25,    1000    },
    [IAM_QUOTA_VERSIONS_PER_POLICY] = { IAM_STR_INIT("VersionsPerPolicy"),                  5,     5,     1000    },
    [IAM_QUOTA_ACCESS_KEYS] = { IAM_STR_INIT("AccessKeysPerUser"),                  2,     2,     1000    },
    [IAM_QUOTA_TAGS] = { IAM_STR_INIT("TagsPerResource"),                    50,    50,    100     },
    [IAM_QUOTA_MANAGED_POLICY_SIZE] = { IAM_STR_INIT("PolicySize"),                         6144,  6144,  131072  },
    [IAM_QUOTA_TRUST_POLICY_SIZE] = { IAM_STR_INIT("ACLSizePerRole"),                     2048,  4096,  131072  },
    [IAM_QUOTA_INLINE_SIZE_USER] = { IAM_STR_INIT("InlinePolicySizePerUser"),            2048,  2048,  1048576 },
    [IAM_QUOTA_INLINE_SIZE_GROUP] = { IAM_STR_INIT("InlinePolicySizePerGroup"),           5120,  5120,
                         1048576                                                                    },
    [IAM_QUOTA_INLINE_SIZE_ROLE] = { IAM_STR_INIT("InlinePolicySizePerRole"),            10240, 10240,
                         1048576                                                                    },
    [IAM_QUOTA_SESSION_POLICY_SIZE] = { IAM_STR_INIT("SessionPolicySize"),                  2048,  2048,  4096    },
    [IAM_QUOTA_SESSION_POLICY_ARNS] = { IAM_STR_INIT("SessionPolicyArns"),                  10,    10,    10      },
    [IAM_QUOTA_SESSION_TAGS] = { IAM_STR_INIT("SessionTags"),                        50,    50,    50      },
};

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
