/* SPDX-License-Identifier: Apache-2.0 */
/* What an account has for itself, beside what it has of entities. */
#pragma once

#include "base/str.h"

/* What an account has chosen for itself as a whole. */
struct iam_account_settings {
    int64_t token_version; /* of sessions from the global endpoint of STS: 1 or 2 */
    bool has_role_manager; /* services may make roles that they need */
    struct iam_str issuer; /* by which others know its tokens: a UUID; absent: it has none yet */
    bool is_issuing;       /* such tokens */
};

/* An organization, of the account that manages it. */
struct iam_organization {
    struct iam_str id; /* "o-..." */
    bool has_all_features;
    bool trusts_iam;               /* trusted access is on for iam.amazonaws.com */
    bool manages_root_credentials; /* of its members; counts only with trusts_iam, like the next */
    bool has_root_sessions;
};
