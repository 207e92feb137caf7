/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entities as plain structs. Every slice borrows: from the arena that a store function filled,
 * or from the caller when the struct is an input. Times are milliseconds since 1970.
 * INVARIANT: an entity's unique ID never changes and is never given to another entity.
 */
#pragma once

#include "model/account.h"
#include "model/identity.h"

/* What parts (attachments, inline policies, tags, boundaries) belong to. */
struct iam_entity_ref {
    enum iam_kind kind; /* below 32: one that is stored */
    struct iam_str account;
    struct iam_str id; /* unique ID; of an account its account ID */
};

struct iam_account {
    struct iam_str id; /* 12 digits */
    struct iam_str name;
    int64_t created_ms;
};

struct iam_user {
    struct iam_str id; /* AIDA... */
    struct iam_str account;
    struct iam_str name; /* as stored: the spelling of its creation or last rename */
    struct iam_str path;
    struct iam_str arn; /* made by the store; not read when adding */
    int64_t created_ms;
    struct iam_str boundary_policy_id; /* of a policy of the account; absent: none */
    struct iam_str aws_boundary_arn;   /* of an AWS managed policy, when that is the boundary */
    struct iam_str boundary_arn;       /* of either; made by the store */
};

struct iam_group {
    struct iam_str id; /* AGPA... */
    struct iam_str account;
    struct iam_str name;
    struct iam_str path;
    struct iam_str arn; /* made by the store */
    int64_t created_ms;
};

/* SPEC: IAM User Guide, "Maximum session duration": of a role, and of a session of one, when none
 * is given. */
#define IAM_SESSION_DEFAULT_SECONDS 3600

struct iam_role {
    struct iam_str id; /* AROA... */
    struct iam_str account;
    struct iam_str name;
    struct iam_str path;
    struct iam_str arn; /* made by the store */
    int64_t created_ms;
    struct iam_str trust_document; /* exactly as given */
    struct iam_str description;    /* absent: none */
    int64_t max_session_seconds;
    struct iam_str boundary_policy_id; /* of a policy of the account; absent: none */
    struct iam_str aws_boundary_arn;   /* of an AWS managed policy, when that is the boundary */
    struct iam_str boundary_arn;       /* of either; made by the store */
    int64_t last_used_ms;              /* 0: never */
    struct iam_str last_used_region;   /* absent: never */
    struct iam_str template_use;       /* of what template it was made, and how, as JSON; absent:
                                          of none */
};

struct iam_instance_profile {
    struct iam_str id; /* AIPA... */
    struct iam_str account;
    struct iam_str name;
    struct iam_str path;
    struct iam_str arn; /* made by the store */
    int64_t created_ms;
    struct iam_str role_id; /* absent: none */
};

struct iam_server_certificate {
    struct iam_str id; /* ASCA... */
    struct iam_str account;
    struct iam_str name;
    struct iam_str path;
    struct iam_str arn; /* made by the store */
    int64_t created_ms;
    int64_t expires_ms;
    struct iam_str sealed_key; /* the private key: bytes that only the keeper can open */
    struct iam_str body;       /* PEM, exactly as given; absent in lists, like the chain */
    struct iam_str chain;      /* absent: none */
};

/*
 * A principal of a trust policy and whom it named when the policy was saved. A principal that was
 * deleted and made again under the same name has another unique ID and is not meant.
 */
struct iam_pinned_principal {
    struct iam_str principal_arn; /* as written in the document */
    struct iam_str unique_id;     /* AIDA... or AROA... */
};

struct iam_managed_policy {
    struct iam_str id;      /* ANPA... */
    struct iam_str account; /* IAM_ACCOUNT_AWS: an AWS managed policy */
    struct iam_str name;
    struct iam_str path;
    struct iam_str arn;         /* made by the store */
    struct iam_str description; /* absent: none */
    int64_t created_ms;
    int64_t updated_ms; /* when the default version last changed or a version was added */
    int64_t default_version;
    int64_t attachment_count; /* in the account that asks; made by the store */
    int64_t boundary_count;   /* in the account that asks; made by the store */
};

struct iam_policy_version {
    struct iam_str policy_id;
    int64_t number; /* 1 is "v1" */
    bool is_default;
    struct iam_str document; /* exactly as given; absent where a list leaves it out */
    int64_t created_ms;
};

/* A managed policy attached to a user, group or role. */
struct iam_attached_policy {
    struct iam_str policy_id; /* absent: an AWS managed policy, which its ARN tells */
    struct iam_str name;
    struct iam_str arn;
};

struct iam_inline_policy {
    struct iam_str name;
    struct iam_str document; /* exactly as given; absent where a list leaves it out */
};

struct iam_access_key {
    struct iam_str id; /* AKIA... */
    struct iam_str account;
    struct iam_str owner_id; /* the user's unique ID, or the account ID: the root user's key */
    bool is_active;
    int64_t created_ms;
    struct iam_str sealed_secret; /* bytes that only the keeper can open */
    int64_t last_used_ms;         /* 0: never */
    struct iam_str last_used_region;
    struct iam_str last_used_service;
};

/* Numbers are stored. */
enum iam_mfa_form {
    IAM_MFA_VIRTUAL = 1,  /* a seed that was made here; the serial number is its ARN */
    IAM_MFA_HARDWARE = 2, /* a token with a seed of its maker */
    IAM_MFA_FIDO = 3      /* a security key: no seed */
};

/* A second factor of a user or of the root user. Steps are those of RFC 6238: 30 s since 1970. */
struct iam_mfa_device {
    struct iam_str id; /* AMFA...: never shown */
    struct iam_str account;
    struct iam_str serial; /* as AWS names devices; upper and lower case differ */
    struct iam_str name;   /* without path; the serial number where there is no other */
    int64_t form;          /* enum iam_mfa_form */
    int64_t created_ms;
    struct iam_str sealed_seed;    /* bytes that only the keeper can open; absent: none */
    struct iam_str certifications; /* of a FIDO key, a line "key value" each; absent: none */
    struct iam_str owner_id;       /* the user's unique ID, or the account ID: the root user's;
                                      absent: nobody's */
    int64_t enabled_ms;            /* when it became the owner's; 0: it has none */
    int64_t drift_steps;           /* its clock is ahead by that */
    int64_t pair_step;             /* of the last code that it was enabled or synchronized with */
    int64_t used_step;             /* the last one whose code was used; 0: none was */
    int64_t used_mask;             /* bit i: the code of step used_step - i was used */
};

/* A key with which a user signs in over SSH. */
struct iam_ssh_public_key {
    struct iam_str id; /* APKA... */
    bool is_active;
    int64_t created_ms;
    struct iam_str text; /* "ssh-rsa AAAA...", without a comment */
    struct iam_str fingerprint;
};

/* A certificate with which a user, or the root user, signs. */
struct iam_signing_certificate {
    struct iam_str id; /* of what is in the certificate: the same for every upload of it */
    bool is_active;
    int64_t created_ms;
    struct iam_str body; /* exactly as given */
};

/* A user's password. */
struct iam_login_profile {
    int64_t created_ms;
    struct iam_str password_hash; /* text that the keeper made */
    bool is_reset_required;       /* the user must choose another at the next sign-in */
};

/* An issuer of web identities that the account knows. Lists are texts of store/texts.h. */
struct iam_oidc_provider {
    struct iam_str id;
    struct iam_str account;
    struct iam_str url; /* without https:// */
    struct iam_str arn; /* made by the store */
    int64_t created_ms;
    struct iam_str client_ids;
    struct iam_str thumbprints;
};

/* An issuer of SAML assertions. Its metadata is a part of it. */
struct iam_saml_provider {
    struct iam_str id; /* SAMLSP... */
    struct iam_str account;
    struct iam_str name;
    struct iam_str arn; /* made by the store */
    int64_t created_ms;
    int64_t valid_until_ms;
    bool needs_encryption; /* takes encrypted assertions only */
};

struct iam_saml_metadata {
    struct iam_str document; /* exactly as given */
};

/* A key that opens encrypted assertions. */
struct iam_saml_key {
    struct iam_str id; /* SAMLPK... */
    struct iam_str provider_id;
    struct iam_str account;
    int64_t created_ms;
    struct iam_str sealed_key; /* bytes that only the keeper can open */
};

/* An assertion that was used: it does not count again. */
struct iam_saml_use {
    struct iam_str provider_id;
    struct iam_str account;
    struct iam_str assertion; /* SHA-256 of its ID, in hexadecimal */
    int64_t expires_ms;       /* when it would not count any more, used or not */
};

/* What a user shows to one service instead of an access key. */
struct iam_service_credential {
    struct iam_str id;        /* ACCA... */
    struct iam_str user_id;   /* made by the store; not read when adding */
    struct iam_str user_name; /* likewise: the user's name as it is now */
    struct iam_str service;   /* "codecommit.amazonaws.com", in lower case */
    struct iam_str login; /* the user name or alias there, no other's in its account and service */
    struct iam_str secret_hash; /* bytes that the keeper made of the password */
    bool is_active;
    int64_t created_ms;
    int64_t expires_ms; /* 0: never */
};

/* How far the credential report of an account is. */
struct iam_credential_report {
    bool is_pending;      /* one is to be made */
    int64_t generated_ms; /* when the last was made; 0: never */
    int64_t bytes;        /* of its text */
};

struct iam_credential_report_text {
    struct iam_str content; /* CSV */
};

/* When a password was set, of one that has taken the place of another. */
struct iam_password_change {
    int64_t changed_ms;
};

/* LIMIT: passwords of a user that are remembered. SPEC: IAM API Reference,
 * "UpdateAccountPasswordPolicy", PasswordReusePrevention. */
#define IAM_PASSWORDS_REMEMBERED_MAX 24

/* A password that a user had before. */
struct iam_old_password {
    int64_t number; /* of the user: 1, 2, ...; higher is newer */
    struct iam_str password_hash;
};

/* The name of an account, which no other account has. */
struct iam_account_alias {
    struct iam_str alias;
};

/* What the passwords of an account's users must be. */
struct iam_password_policy {
    int64_t min_chars;
    bool needs_upper;
    bool needs_lower;
    bool needs_digit;
    bool needs_symbol;
    bool users_may_change; /* their own password, whatever their policies say */
    int64_t max_age_days;  /* 0: passwords do not expire */
    int64_t remembered;    /* last passwords that a user may not choose again; 0: none */
    bool is_hard_expiry;   /* an expired password cannot be changed by its user */
};

/* Reads "v12" as 12. IAM_SYNTAX unless 'v' and 1 to 9 digits without a leading zero. */
enum iam_status iam_policy_version_parse(struct iam_str text, int64_t *ret) IAM_MUST_USE;
