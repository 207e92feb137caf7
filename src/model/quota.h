/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotas: what each is called, how much AWS gives an account, and the values in force, which are
 * the operator's.
 */
#pragma once

#include "base/str.h"

enum iam_quota {
    IAM_QUOTA_USERS,
    IAM_QUOTA_GROUPS,
    IAM_QUOTA_ROLES,
    IAM_QUOTA_POLICIES,
    IAM_QUOTA_INSTANCE_PROFILES,
    IAM_QUOTA_ROLES_PER_INSTANCE_PROFILE,
    IAM_QUOTA_OIDC_PROVIDERS,
    IAM_QUOTA_SAML_PROVIDERS,
    IAM_QUOTA_CLIENT_IDS, /* per OpenID Connect provider */
    IAM_QUOTA_SERVER_CERTIFICATES,
    IAM_QUOTA_GROUPS_PER_USER,
    IAM_QUOTA_ATTACHED_PER_USER,
    IAM_QUOTA_ATTACHED_PER_GROUP,
    IAM_QUOTA_ATTACHED_PER_ROLE,
    IAM_QUOTA_VERSIONS_PER_POLICY,
    IAM_QUOTA_ACCESS_KEYS,          /* per user, and of the root user */
    IAM_QUOTA_MFA_DEVICES,          /* assigned or not */
    IAM_QUOTA_MFA_DEVICES_PER_USER, /* and of the root user */
    IAM_QUOTA_SSH_PUBLIC_KEYS,      /* per user */
    IAM_QUOTA_SIGNING_CERTIFICATES, /* per user, and of the root user */
    IAM_QUOTA_SERVICE_CREDENTIALS,  /* per user and service */
    IAM_QUOTA_DELEGATION_REQUESTS,  /* made by an account, until they are forgotten */
    IAM_QUOTA_TAGS,                 /* per resource */
    /* document sizes in characters; white space does not count */
    IAM_QUOTA_MANAGED_POLICY_SIZE,
    IAM_QUOTA_TRUST_POLICY_SIZE,
    IAM_QUOTA_INLINE_SIZE_USER, /* all inline policies of one user together */
    IAM_QUOTA_INLINE_SIZE_GROUP,
    IAM_QUOTA_INLINE_SIZE_ROLE,
    IAM_QUOTA_SESSION_POLICY_SIZE, /* white space counts */
    IAM_QUOTA_SESSION_POLICY_ARNS,
    IAM_QUOTA_SESSION_TAGS,
    IAM_QUOTA_COUNT
};

struct iam_quota_row {
    struct iam_str name;     /* as in LimitExceeded messages: "UsersPerAccount" */
    int64_t value;           /* AWS's default */
    int64_t max;             /* what AWS raises it to; equal to value when fixed */
    int64_t limit;           /* what this program can bear: an operator goes no further */
    struct iam_str sentence; /* that AWS says instead of the name and the number; or absent */
};

/* Returns the row of quota, which is < IAM_QUOTA_COUNT. Static, never NULL. */
const struct iam_quota_row *iam_quota_get(enum iam_quota quota);

/* The values in force. */
struct iam_quotas {
    int64_t values[IAM_QUOTA_COUNT];
};

/* Sets every quota to AWS's default. */
void iam_quotas_default(struct iam_quotas *ret);
/*
 * Sets the quota of that name (case counts) to value, decimal digits. Nothing changes when it is
 * IAM_NOT_FOUND: there is no such quota; IAM_RANGE: value is no number from 0 to the row's limit,
 * and *ret_row (may be NULL) is the row.
 */
enum iam_status iam_quotas_set(struct iam_quotas *quotas, struct iam_str name, struct iam_str value,
                               const struct iam_quota_row **ret_row) IAM_MUST_USE;

/*
 * Counts the characters of text that are not white space (space, tab, CR, LF): how documents are
 * measured.
 */
size_t iam_quota_document_chars(struct iam_str text);
