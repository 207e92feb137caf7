/* SPDX-License-Identifier: Apache-2.0 */
/* AWS's quotas as a const table: what each is called and how much an account gets. */
#pragma once

#include "base/str.h"

enum iam_quota {
    IAM_QUOTA_USERS,
    IAM_QUOTA_GROUPS,
    IAM_QUOTA_ROLES,
    IAM_QUOTA_POLICIES,
    IAM_QUOTA_GROUPS_PER_USER,
    IAM_QUOTA_ATTACHED_PER_USER,
    IAM_QUOTA_ATTACHED_PER_GROUP,
    IAM_QUOTA_ATTACHED_PER_ROLE,
    IAM_QUOTA_VERSIONS_PER_POLICY,
    IAM_QUOTA_ACCESS_KEYS, /* per user, and of the root user */
    IAM_QUOTA_TAGS,        /* per resource */
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
    struct iam_str name; /* as in LimitExceeded messages: "UsersPerAccount" */
    int64_t value;       /* default */
    int64_t max;         /* what an account may be raised to; equal to value when fixed */
};

/* Returns the row of quota, which is < IAM_QUOTA_COUNT. Static, never NULL. */
const struct iam_quota_row *iam_quota_get(enum iam_quota quota);
/*
 * Counts the characters of text that are not white space (space, tab, CR, LF): how documents are
 * measured.
 */
size_t iam_quota_document_chars(struct iam_str text);
