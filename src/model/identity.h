/* SPDX-License-Identifier: Apache-2.0 */
/* Who is calling: what authentication establishes and everything after it trusts. */
#pragma once

#include "base/arena.h"
#include "model/kind.h"

struct iam_tag {
    struct iam_str key;
    struct iam_str value;
};

/*
 * Finds the tag with that key, or NULL. Keys are one key whatever their case: two of them would
 * make what they belong to ambiguous.
 */
const struct iam_tag *iam_tag_find(const struct iam_tag *tags, size_t count, struct iam_str key);

/* SPEC: STS API Reference, GetScopedCredentials, ScopedPoliciesCount. */
#define IAM_SESSION_SCOPES_MAX 3
/* LIMIT: layers of session policies: one of the operation that began it, and those that narrow it.
 */
#define IAM_SESSION_LAYERS_MAX (1 + IAM_SESSION_SCOPES_MAX)

/* Session policies that came with one call: any of them may allow. */
struct iam_session_layer {
    const struct iam_str *inline_policies;
    size_t inline_policy_count;
    const struct iam_str *policy_arns;
    const struct iam_str *policy_ids; /* of each ARN, the unique ID of the policy that was meant */
    size_t policy_arn_count;
};

/*
 * What a session token says, sealed by the keeper. All slices borrow from wherever the claims were
 * opened into. Times are milliseconds since 1970. An absent text: the session has none.
 */
struct iam_session {
    enum iam_kind kind;           /* one of a session */
    struct iam_str access_key_id; /* ASIA...: the token is valid with this key only */
    struct iam_str account;       /* of the issuer */
    struct iam_str issuer_id;     /* of the role (AROA...) or the user (AIDA...); the account ID: of
                                     its root user */
    struct iam_str role_name;     /* when it was assumed; the ARN shows it */
    struct iam_str session_name;  /* or the federated user's */
    int64_t issued_ms;
    int64_t expires_ms;
    int64_t mfa_ms; /* when a second factor was given; 0: none was */
    /* What it stems from besides its issuer: it ends with any of them. */
    struct iam_str parent_key_id; /* the long-term access key that asked for it */
    struct iam_str provider_id;   /* of the identity provider that vouched for it */

    const struct iam_session_layer *layers; /* each must allow */
    size_t layer_count;
    size_t scope_count;         /* the last of them: GetScopedCredentials added them */
    const struct iam_tag *tags; /* session tags, inherited transitive ones included */
    size_t tag_count;
    const struct iam_str *transitive_keys;
    size_t transitive_count;
    struct iam_str source_identity;
    struct iam_str federated_provider; /* value of aws:FederatedProvider */
    /*
     * Condition keys that stay for the life of the session ("saml:sub"), and their values. The
     * values of a key that comes more than once, one after the other, are a list.
     */
    const struct iam_tag *context;
    size_t context_count;
};

/*
 * Makes arn:aws:sts::...:assumed-role/ROLE/NAME or arn:aws:sts::...:federated-user/NAME, in arena;
 * absent for a session that acts as its issuer. IAM_NOMEM.
 */
enum iam_status iam_session_arn(struct iam_arena *arena, const struct iam_session *session,
                                struct iam_str *ret) IAM_MUST_USE;
/*
 * Makes what aws:userid says: AROA...:NAME of a role session, ACCOUNT:NAME of a federated user;
 * else the issuer's ID. IAM_NOMEM.
 */
enum iam_status iam_session_user_id(struct iam_arena *arena, const struct iam_session *session,
                                    struct iam_str *ret) IAM_MUST_USE;
/* A verified caller. Borrows from the request's arena. */
struct iam_identity {
    enum iam_kind kind;                /* as whom it acts; IAM_KIND_NONE: unsigned */
    struct iam_str account;            /* 12 digits */
    struct iam_str principal_id;       /* of the user, the root user's account ID, or of a session
                                          that of its issuer */
    struct iam_str access_key_id;      /* that signed */
    const struct iam_session *session; /* temporary credentials only */
    struct iam_str signed_region;      /* of the credential scope */
    struct iam_str signed_service;
};
