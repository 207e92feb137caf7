/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every kind of thing that IAM knows by name, ID or ARN, as one table: entities of the store,
 * callers and sessions. What is true of a kind wherever it turns up is a column here; nothing else
 * maps kinds to texts, forms or quotas.
 */
#pragma once

#include "base/str.h"
#include "model/quota.h"

/*
 * INVARIANT: a number is never given to another kind. Those below 32 are in the store (its changes
 * name kinds) and in Markers, those of sessions are in session tokens.
 */
enum iam_kind {
    IAM_KIND_NONE = 0, /* no entity; nobody: an unsigned request */

    /* entities */
    IAM_KIND_ACCOUNT = 1, /* as a caller, its root user */
    IAM_KIND_USER = 2,
    IAM_KIND_GROUP = 3,
    IAM_KIND_ROLE = 4,
    IAM_KIND_POLICY = 5, /* managed */
    IAM_KIND_ACCESS_KEY = 6,
    IAM_KIND_INSTANCE_PROFILE = 7,
    IAM_KIND_MFA_DEVICE = 8, /* virtual, hardware or FIDO */
    IAM_KIND_DELEGATION_REQUEST = 12,
    IAM_KIND_OIDC_PROVIDER = 20,
    IAM_KIND_SAML_PROVIDER = 21,
    IAM_KIND_SAML_KEY = 22, /* a private key of one */
    IAM_KIND_SERVER_CERTIFICATE = 11,

    /* sessions, by the operation of STS that issues them */
    IAM_KIND_ROLE_SESSION = 32,         /* AssumeRole */
    IAM_KIND_WEB_IDENTITY_SESSION = 33, /* AssumeRoleWithWebIdentity */
    IAM_KIND_SAML_SESSION = 34,         /* AssumeRoleWithSAML */
    IAM_KIND_USER_SESSION = 35,         /* GetSessionToken: acts as who asked for it */
    IAM_KIND_FEDERATED_USER = 36,       /* GetFederationToken */
    IAM_KIND_ROOT_SESSION = 37,         /* AssumeRoot: acts as the root user, for one task */
    IAM_KIND_DELEGATED_SESSION = 38,    /* GetDelegatedAccessToken: acts as who accepted it */

    /* what is neither stored nor in a token */
    IAM_KIND_SESSION_KEY = 48,   /* the access key of a session */
    IAM_KIND_WEB_IDENTITY,       /* a caller with evidence of an OpenID Connect provider only */
    IAM_KIND_SAML,               /* likewise of a SAML provider */
    IAM_KIND_SERVICE,            /* an AWS service */
    IAM_KIND_SSH_PUBLIC_KEY,     /* a part of a user, with an ID of its own */
    IAM_KIND_SERVICE_CREDENTIAL, /* a part of a user, with an ID */
    IAM_KIND_COUNT
};

/* What follows the type in the last part of an ARN. */
enum iam_arn_tail {
    IAM_ARN_TAIL_NONE,      /* root */
    IAM_ARN_TAIL_PATH_NAME, /* user/path/name */
    IAM_ARN_TAIL_NAME,      /* federated-user/name */
    IAM_ARN_TAIL_REST,      /* oidc-provider/host/path: whatever follows the slash */
    IAM_ARN_TAIL_SESSION    /* assumed-role/role-name/session-name */
};

struct iam_kind_row {
    struct iam_str name; /* as AWS's filters write it: "User"; absent: there is no such kind */
    struct iam_str noun; /* as AWS's messages write it: "user" */

    struct iam_str arn_service; /* "iam"; absent: no ARN of this form */
    struct iam_str arn_type;    /* "user" */
    enum iam_arn_tail arn_tail;

    struct iam_str id_prefix; /* "AIDA"; absent: no unique ID of its own */
    uint8_t id_len;           /* of the whole ID */

    /* IAM_QUOTA_COUNT: none */
    enum iam_quota quota;          /* how many there may be, in an account or of an owner */
    enum iam_quota attached_quota; /* managed policies attached to one; none: cannot have any */
    enum iam_quota inline_quota;   /* size of the inline policies of one; likewise */

    /* What is told of a list without tags, or without keys of tags; absent: the usual. */
    struct iam_str no_tags;
    struct iam_str no_tag_keys;
    bool has_exact_tag_keys; /* tags whose keys differ only in case are two */
    bool lists_short_tag_keys_first;

    struct iam_str principal_type; /* aws:PrincipalType; absent: never asks */
    struct iam_str identity_type;  /* CloudTrail's userIdentity.type and sessionIssuer.type */

    /*
     * Whose compiled view its decisions read: its own, or that of the principal that issued the
     * session. IAM_KIND_NONE: it has none.
     */
    enum iam_kind view;
    bool is_session;
    bool may_be_of_root;    /* a session that a root user may ask for too; the view is then its */
    bool acts_as_issuer;    /* in every respect but the credentials */
    bool has_parent_key;    /* a session that ends with the access key that asked for it */
    bool has_mfa_key;       /* aws:MultiFactorAuthPresent is there */
    bool needs_policies;    /* a session without policies of its own has no permissions */
    enum iam_kind provider; /* of identities that such a session is for; IAM_KIND_NONE: no such */
};

/*
 * Returns the row of any number, also one that came from outside. Static; all of it is absent when
 * there is no such kind.
 */
const struct iam_kind_row *iam_kind_get(enum iam_kind kind);
/* Finds the kind that AWS calls name ("User"), among those that policies attach to; IAM_KIND_NONE.
 */
enum iam_kind iam_kind_of_policy_user(struct iam_str name);
/* Tells whether sessions of kind can be issued by (in the name of) a principal of kind issuer. */
bool iam_kind_can_issue(enum iam_kind issuer, enum iam_kind session);
/* Returns as whom a session acts: itself, or the kind of its issuer (GetSessionToken). */
enum iam_kind iam_kind_acting(enum iam_kind session, enum iam_kind issuer);
