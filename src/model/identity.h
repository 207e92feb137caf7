/* SPDX-License-Identifier: Apache-2.0 */
/* Who is calling: what authentication establishes and everything after it trusts. */
#pragma once

#include "base/str.h"

enum iam_caller_kind {
    IAM_CALLER_NONE = 0, /* unsigned */
    IAM_CALLER_ROOT,
    IAM_CALLER_USER,
    IAM_CALLER_ASSUMED_ROLE
};

struct iam_tag {
    struct iam_str key;
    struct iam_str value;
};

/*
 * What a session token says, sealed by the keeper. All slices borrow from wherever the claims were
 * opened into. Times are milliseconds since 1970.
 */
struct iam_session {
    struct iam_str access_key_id; /* ASIA...: the token is valid with this key only */
    struct iam_str account;       /* of the role */
    struct iam_str role_id;       /* AROA... */
    struct iam_str role_name;     /* when it was assumed; the ARN shows it */
    struct iam_str session_name;
    int64_t issued_ms;
    int64_t expires_ms;
    struct iam_str inline_policy; /* absent: none */
    const struct iam_str *policy_arns;
    size_t policy_arn_count;
    const struct iam_tag *tags; /* session tags, inherited transitive ones included */
    size_t tag_count;
    const struct iam_str *transitive_keys;
    size_t transitive_count;
    struct iam_str source_identity; /* absent: none */
    bool is_chained;                /* obtained with credentials that were temporary already */
};

/* A verified caller. Borrows from the request's arena. */
struct iam_identity {
    enum iam_caller_kind kind;
    struct iam_str account;            /* 12 digits */
    struct iam_str principal_id;       /* AIDA..., AROA..., or the account ID for root */
    struct iam_str access_key_id;      /* that signed */
    const struct iam_session *session; /* temporary credentials only */
    struct iam_str signed_region;      /* of the credential scope */
    struct iam_str signed_service;
};
