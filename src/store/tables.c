/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is kept, one table after the other, in the columns of schema.c and the members of
 * model/entity.h. INVARIANT: no statement reaches a driver that is not of a table here; scripts of
 * migrations are in schema.c.
 */
#include "model/delegation.h"
#include "model/token_key.h"
#include "store/access_job.h"
#include "store/effective.h"
#include "store/key_ring.h"
#include "store/service_use.h"
#include "store/table_int.h"

/* clang-format off */
#define COLUMN(sql, kind, flags, type, member, c_type) \
    { sql, IAM_COL_##kind, flags, IAM_MEMBER_AT(struct type, member, c_type) }
#define TEXT(sql, flags, type, member) COLUMN(sql, TEXT, flags, type, member, struct iam_str)
#define LOWER(sql, flags, type, member) COLUMN(sql, LOWER, flags, type, member, struct iam_str)
#define BYTES(sql, flags, type, member) COLUMN(sql, BYTES, flags, type, member, struct iam_str)
#define INT(sql, flags, type, member) COLUMN(sql, INT, flags, type, member, int64_t)
#define BOOL(sql, flags, type, member) COLUMN(sql, BOOL, flags, type, member, bool)
/* sql: account, path and name of the policy. */
#define POLICY_ARN(sql, type, member) \
    COLUMN(sql, POLICY_ARN, IAM_COL_COMPUTED, type, member, struct iam_str)
/* After the members that it is made of. */
#define ARN(type) COLUMN(NULL, ARN, 0, type, arn, struct iam_str)
/* The columns that say which entity a part is of; more flags. */
#define PART_OF(sql, more) \
    { sql, IAM_COL_TEXT, IAM_COL_ID | IAM_COL_SCOPE | IAM_COL_HIDDEN | (more), 0 }
#define PART_ACCOUNT { "account_id", IAM_COL_TEXT, IAM_COL_ACCOUNT | IAM_COL_HIDDEN, 0 }
/* What every entity with a name has, its unique ID in column id; more flags for name and path. */
#define NAMED(id_sql, type, more)                                       \
    TEXT(id_sql, IAM_COL_ID, type, id),                                 \
    TEXT("account_id", IAM_COL_ACCOUNT | IAM_COL_SCOPE, type, account), \
    TEXT("name", IAM_COL_NAME | (more), type, name),                    \
    LOWER("name_key", IAM_COL_KEY | (more), type, name),                \
    TEXT("path", IAM_COL_PATH | (more), type, path),                    \
    INT("created_ms", 0, type, created_ms),                             \
    ARN(type)
#define SHAPE(columns, type, arn_kind) \
    { columns, IAM_COUNT(columns), sizeof(struct type), arn_kind, NULL, { { 0 } } }
/* Of rows that decide something: table is the name that their MACs are made with. */
#define SEALED(columns, type, arn_kind, table, ...)                                \
    { columns, IAM_COUNT(columns), sizeof(struct type), arn_kind, table, { __VA_ARGS__ } }
/* The rows of a table that a query joins. */
#define JOIN(table, alias) { &iam_tables[IAM_TABLE_##table].shape, alias }
/* A table of parts with MACs that is read by itself. */
#define PART_TABLE(columns, type, table, own) \
    { .name = (table), .own_sql = (own), .shape = SEALED(columns, type, 0, table, {0}) }
/* Last of the columns of a row with a MAC, and then the sum of its parts where it has one. */
#define SEAL { "row_mac", IAM_COL_BYTES, IAM_COL_SEAL | IAM_COL_HIDDEN, 0 }
#define PARTS { "parts_sum", IAM_COL_BYTES, IAM_COL_PARTS | IAM_COL_HIDDEN, 0 }
/* clang-format on */

#define MUTABLE IAM_COL_MUTABLE
#define OPTIONAL (IAM_COL_MUTABLE | IAM_COL_NULLABLE)
/* What use writes: nothing is decided by it. */
#define USE (IAM_COL_LATER | IAM_COL_FREE)
/* Where the path begins in the ARN of an AWS managed policy. */
#define AWS_PATH_AT "24"
_Static_assert(sizeof(IAM_AWS_POLICY_PREFIX) == 24, "as AWS_PATH_AT has it");
#define BOUNDARY_JOIN " t LEFT JOIN iam_policy b ON b.policy_id = t.boundary_id"
/* Of an AWS managed policy the row has all: what follows the prefix of its ARN is path and name. */
#define BOUNDARY_COLUMNS                                                 \
    "CASE WHEN t.aws_boundary IS NULL THEN b.account_id ELSE 'aws' END," \
    " COALESCE(b.path, substr(t.aws_boundary, " AWS_PATH_AT ")), COALESCE(b.name, '')"

static const struct iam_column ACCOUNT_COLUMNS[] = {
    TEXT("account_id", IAM_COL_ID | IAM_COL_ACCOUNT, iam_account, id),
    TEXT("name", 0, iam_account, name),
    INT("created_ms", 0, iam_account, created_ms),
    SEAL,
};

static const struct iam_column USER_COLUMNS[] = {
    NAMED("user_id", iam_user, MUTABLE),
    TEXT("boundary_id", IAM_COL_BOUNDARY, iam_user, boundary_policy_id),
    POLICY_ARN(BOUNDARY_COLUMNS, iam_user, boundary_arn),
    TEXT("aws_boundary", IAM_COL_ADDED | IAM_COL_AWS_BOUNDARY, iam_user, aws_boundary_arn),
    SEAL,
    PARTS,
};

static const struct iam_column GROUP_COLUMNS[] = {
    NAMED("group_id", iam_group, MUTABLE),
    SEAL,
    PARTS,
};

static const struct iam_column ROLE_COLUMNS[] = {
    NAMED("role_id", iam_role, 0),
    TEXT("trust_document", MUTABLE, iam_role, trust_document),
    TEXT("description", MUTABLE, iam_role, description),
    INT("max_session_seconds", MUTABLE, iam_role, max_session_seconds),
    INT("last_used_ms", USE, iam_role, last_used_ms),
    TEXT("last_used_region", USE, iam_role, last_used_region),
    TEXT("boundary_id", IAM_COL_BOUNDARY, iam_role, boundary_policy_id),
    POLICY_ARN(BOUNDARY_COLUMNS, iam_role, boundary_arn),
    TEXT("aws_boundary", IAM_COL_ADDED | IAM_COL_AWS_BOUNDARY, iam_role, aws_boundary_arn),
    TEXT("template_use", IAM_COL_ADDED, iam_role, template_use),
    SEAL,
    PARTS,
};

#define POLICY_KEPT                                                                 \
    NAMED("policy_id", iam_managed_policy, 0),                                      \
        TEXT("description", 0, iam_managed_policy, description),                    \
        INT("updated_ms", 0, iam_managed_policy, updated_ms),                       \
        INT("default_version", IAM_COL_LATER, iam_managed_policy, default_version), \
        { "last_version", IAM_COL_INT, IAM_COL_LATER | IAM_COL_HIDDEN, 0 }, SEAL

/* @viewer is the account whose uses are counted: the owner, unless policy.c names another. */
static const struct iam_column POLICY_COLUMNS[] = {
    POLICY_KEPT,
    INT("(SELECT COUNT(*) FROM attachment a"
        " WHERE a.policy_id = t.policy_id AND a.account_id = @viewer)",
        IAM_COL_COMPUTED, iam_managed_policy, attachment_count),
    INT("(SELECT COUNT(*) FROM iam_user u"
        " WHERE u.boundary_id = t.policy_id AND u.account_id = @viewer)"
        " + (SELECT COUNT(*) FROM iam_role r"
        " WHERE r.boundary_id = t.policy_id AND r.account_id = @viewer)",
        IAM_COL_COMPUTED, iam_managed_policy, boundary_count),
};

/* The same without the counts, so that the cost does not grow with the number of uses. */
static const struct iam_column POLICY_FACTS_COLUMNS[] = {
    POLICY_KEPT,
};

/* What decisions need of a policy: its default document. */
static const struct iam_column EFFECTIVE_POLICY_COLUMNS[] = {
    TEXT("t.policy_id", IAM_COL_COMPUTED, iam_effective_policy, id),
    TEXT("t.account_id", IAM_COL_COMPUTED, iam_effective_policy, account),
    POLICY_ARN("t.account_id, t.path, t.name", iam_effective_policy, arn),
    TEXT("v.document", IAM_COL_COMPUTED, iam_effective_policy, document),
};

static const struct iam_column ACCESS_KEY_COLUMNS[] = {
    TEXT("key_id", IAM_COL_ID, iam_access_key, id),
    TEXT("account_id", IAM_COL_ACCOUNT, iam_access_key, account),
    TEXT("owner_id", IAM_COL_SCOPE, iam_access_key, owner_id),
    BOOL("is_active", MUTABLE, iam_access_key, is_active),
    INT("created_ms", 0, iam_access_key, created_ms),
    BYTES("sealed_secret", MUTABLE, iam_access_key, sealed_secret),
    INT("last_used_ms", USE, iam_access_key, last_used_ms),
    TEXT("last_used_region", USE, iam_access_key, last_used_region),
    TEXT("last_used_service", USE, iam_access_key, last_used_service),
    SEAL,
};

static const struct iam_column INSTANCE_PROFILE_COLUMNS[] = {
    NAMED("instance_profile_id", iam_instance_profile, 0),
    TEXT("role_id", OPTIONAL, iam_instance_profile, role_id),
    SEAL,
};

/*
 * Who has it, and which codes are spent, is written together: mfa_device.c. account, serial, owner:
 * flags of these; more: of all but the ID.
 */
#define MFA_DEVICE_KEPT(account_flags, serial_flags, owner_flags, more)                         \
    TEXT("device_id", IAM_COL_ID, iam_mfa_device, id),                                          \
        TEXT("account_id", IAM_COL_ACCOUNT | (account_flags), iam_mfa_device, account),         \
        TEXT("serial_number", (serial_flags) | (more), iam_mfa_device, serial),                 \
        TEXT("name", IAM_COL_NAME | (more), iam_mfa_device, name),                              \
        LOWER("name_key", more, iam_mfa_device, name), INT("form", more, iam_mfa_device, form), \
        INT("created_ms", more, iam_mfa_device, created_ms),                                    \
        BYTES("sealed_seed", MUTABLE | (more), iam_mfa_device, sealed_seed),                    \
        TEXT("certifications", more, iam_mfa_device, certifications),                           \
        TEXT("owner_id", (owner_flags) | (more), iam_mfa_device, owner_id),                     \
        INT("enabled_ms", more, iam_mfa_device, enabled_ms),                                    \
        INT("drift_steps", more, iam_mfa_device, drift_steps),                                  \
        INT("pair_step", more, iam_mfa_device, pair_step),                                      \
        INT("used_step", more, iam_mfa_device, used_step),                                      \
        INT("used_mask", more, iam_mfa_device, used_mask), SEAL

static const struct iam_column MFA_DEVICE_COLUMNS[] = {
    MFA_DEVICE_KEPT(IAM_COL_SCOPE, IAM_COL_KEY, 0, 0),
};

static const struct iam_column MFA_DEVICE_OF_OWNER_COLUMNS[] = {
    MFA_DEVICE_KEPT(0, 0, IAM_COL_SCOPE, IAM_COL_HIDDEN),
};

static const struct iam_column DELEGATION_REQUEST_COLUMNS[] = {
    TEXT("request_id", IAM_COL_ID, iam_delegation_request, id),
    TEXT("account_id", IAM_COL_ACCOUNT | IAM_COL_SCOPE, iam_delegation_request, account),
    TEXT("workflow_id", 0, iam_delegation_request, workflow_id),
    TEXT("description", 0, iam_delegation_request, description),
    TEXT("message", 0, iam_delegation_request, message),
    TEXT("template_arn", 0, iam_delegation_request, template_arn),
    TEXT("parameters", 0, iam_delegation_request, parameters),
    TEXT("policy", 0, iam_delegation_request, policy),
    TEXT("redirect_url", 0, iam_delegation_request, redirect_url),
    TEXT("channel", 0, iam_delegation_request, channel),
    INT("session_seconds", 0, iam_delegation_request, session_seconds),
    BOOL("only_owner_sends", 0, iam_delegation_request, only_owner_sends),
    INT("created_ms", 0, iam_delegation_request, created_ms),
    INT("state", MUTABLE, iam_delegation_request, state),
    TEXT("owner_account", MUTABLE, iam_delegation_request, owner_account),
    TEXT("owner_arn", MUTABLE, iam_delegation_request, owner_arn),
    TEXT("owner_principal", MUTABLE, iam_delegation_request, owner_principal),
    TEXT("approver_arn", MUTABLE, iam_delegation_request, approver_arn),
    TEXT("approver_principal", MUTABLE, iam_delegation_request, approver_principal),
    TEXT("approver_key_id", MUTABLE | IAM_COL_ADDED, iam_delegation_request, approver_key_id),
    TEXT("approver_session", MUTABLE | IAM_COL_ADDED, iam_delegation_request, approver_session),
    TEXT("notes", MUTABLE, iam_delegation_request, notes),
    TEXT("rejection", MUTABLE, iam_delegation_request, rejection),
    INT("updated_ms", MUTABLE, iam_delegation_request, updated_ms),
    INT("expires_ms", MUTABLE, iam_delegation_request, expires_ms),
    SEAL,
};

static const struct iam_column SSH_PUBLIC_KEY_COLUMNS[] = {
    PART_OF("user_id", 0),
    PART_ACCOUNT,
    TEXT("ssh_public_key_id", IAM_COL_KEY, iam_ssh_public_key, id),
    BOOL("is_active", MUTABLE, iam_ssh_public_key, is_active),
    INT("created_ms", 0, iam_ssh_public_key, created_ms),
    TEXT("key_text", 0, iam_ssh_public_key, text),
    TEXT("fingerprint", 0, iam_ssh_public_key, fingerprint),
    SEAL,
};

static const struct iam_column SIGNING_CERTIFICATE_COLUMNS[] = {
    PART_OF("owner_id", 0),
    PART_ACCOUNT,
    TEXT("certificate_id", IAM_COL_KEY, iam_signing_certificate, id),
    BOOL("is_active", MUTABLE, iam_signing_certificate, is_active),
    INT("created_ms", 0, iam_signing_certificate, created_ms),
    TEXT("body", 0, iam_signing_certificate, body),
    SEAL,
};

/* more: flags of what is long. */
#define SERVER_CERTIFICATE_KEPT(more)                                     \
    NAMED("server_certificate_id", iam_server_certificate, MUTABLE),      \
        INT("expires_ms", 0, iam_server_certificate, expires_ms),         \
        BYTES("sealed_key", MUTABLE, iam_server_certificate, sealed_key), \
        TEXT("body", more, iam_server_certificate, body),                 \
        TEXT("chain", more, iam_server_certificate, chain), SEAL

static const struct iam_column SERVER_CERTIFICATE_COLUMNS[] = {
    SERVER_CERTIFICATE_KEPT(0),
};

static const struct iam_column SERVER_CERTIFICATE_FACTS_COLUMNS[] = {
    SERVER_CERTIFICATE_KEPT(IAM_COL_HIDDEN),
};

static const struct iam_column LOGIN_PROFILE_COLUMNS[] = {
    PART_OF("user_id", 0),
    PART_ACCOUNT,
    INT("created_ms", 0, iam_login_profile, created_ms),
    TEXT("password_hash", MUTABLE, iam_login_profile, password_hash),
    BOOL("is_reset_required", MUTABLE, iam_login_profile, is_reset_required),
    SEAL,
};

static const struct iam_column PASSWORD_CHANGE_COLUMNS[] = {
    PART_OF("user_id", 0),
    PART_ACCOUNT,
    INT("changed_ms", MUTABLE, iam_password_change, changed_ms),
    SEAL,
};

static const struct iam_column PASSWORD_HISTORY_COLUMNS[] = {
    PART_OF("user_id", 0),
    INT("number", IAM_COL_KEY, iam_old_password, number),
    PART_ACCOUNT,
    TEXT("password_hash", 0, iam_old_password, password_hash),
    SEAL,
};

static const struct iam_column SERVICE_CREDENTIAL_COLUMNS[] = {
    PART_OF("user_id", 0),
    TEXT("credential_id", IAM_COL_KEY, iam_service_credential, id),
    PART_ACCOUNT,
    TEXT("t.user_id", IAM_COL_COMPUTED, iam_service_credential, user_id),
    TEXT("u.name", IAM_COL_COMPUTED, iam_service_credential, user_name),
    TEXT("service", 0, iam_service_credential, service),
    TEXT("login", 0, iam_service_credential, login),
    LOWER("login_key", 0, iam_service_credential, login),
    BYTES("secret_hash", MUTABLE, iam_service_credential, secret_hash),
    BOOL("is_active", MUTABLE, iam_service_credential, is_active),
    INT("created_ms", 0, iam_service_credential, created_ms),
    INT("expires_ms", 0, iam_service_credential, expires_ms),
    SEAL,
};

/* The ID of the account is its account, too. */
static const struct iam_column ALIAS_COLUMNS[] = {
    PART_OF("account_id", 0),
    TEXT("alias", 0, iam_account_alias, alias),
    SEAL,
};

static const struct iam_column ACCOUNT_SETTINGS_COLUMNS[] = {
    PART_OF("account_id", 0),
    INT("token_version", MUTABLE, iam_account_settings, token_version),
    BOOL("has_role_manager", MUTABLE, iam_account_settings, has_role_manager),
    TEXT("issuer", MUTABLE, iam_account_settings, issuer),
    BOOL("is_issuing", MUTABLE, iam_account_settings, is_issuing),
    SEAL,
};

static const struct iam_column TOKEN_KEY_COLUMNS[] = {
    TEXT("account_id", IAM_COL_ID | IAM_COL_SCOPE, iam_token_key, account),
    TEXT("key_id", IAM_COL_KEY, iam_token_key, id),
    INT("algorithm", 0, iam_token_key, algorithm),
    INT("created_ms", 0, iam_token_key, created_ms),
    BYTES("public_key", 0, iam_token_key, public_key),
    BYTES("sealed_key", MUTABLE, iam_token_key, sealed_key),
    SEAL,
};

static const struct iam_column ORGANIZATION_COLUMNS[] = {
    PART_OF("account_id", 0),
    TEXT("organization_id", 0, iam_organization, id),
    BOOL("has_all_features", MUTABLE, iam_organization, has_all_features),
    BOOL("trusts_iam", MUTABLE, iam_organization, trusts_iam),
    BOOL("manages_root_credentials", MUTABLE, iam_organization, manages_root_credentials),
    BOOL("has_root_sessions", MUTABLE, iam_organization, has_root_sessions),
    SEAL,
};

static const struct iam_column REPORT_COLUMNS[] = {
    PART_OF("account_id", 0),
    BOOL("is_pending", MUTABLE, iam_credential_report, is_pending),
    INT("generated_ms", MUTABLE, iam_credential_report, generated_ms),
    INT("bytes", MUTABLE, iam_credential_report, bytes),
    SEAL,
};

static const struct iam_column REPORT_TEXT_COLUMNS[] = {
    PART_OF("account_id", 0),
    BYTES("content", MUTABLE, iam_credential_report_text, content),
    SEAL,
};

/* Without MACs: nothing is decided by it. */
static const struct iam_column SERVICE_USE_COLUMNS[] = {
    PART_OF("entity_id", 0),
    PART_ACCOUNT,
    TEXT("service", 0, iam_service_use, service),
    TEXT("action", 0, iam_service_use, action),
    INT("used_ms", 0, iam_service_use, used_ms),
    TEXT("region", 0, iam_service_use, region),
};

static const struct iam_column ACCESS_JOB_COLUMNS[] = {
    TEXT("account_id", IAM_COL_ID | IAM_COL_SCOPE, iam_access_job, account),
    TEXT("job_id", IAM_COL_KEY, iam_access_job, id),
    TEXT("owner", 0, iam_access_job, owner),
    INT("kind", 0, iam_access_job, kind),
    TEXT("entity_id", 0, iam_access_job, entity_id),
    TEXT("arn", 0, iam_access_job, arn),
    BOOL("has_actions", 0, iam_access_job, has_actions),
    INT("created_ms", 0, iam_access_job, created_ms),
    INT("completed_ms", MUTABLE, iam_access_job, completed_ms),
    INT("bytes", MUTABLE, iam_access_job, bytes),
    TEXT("error_code", MUTABLE, iam_access_job, error_code),
    TEXT("error_text", MUTABLE, iam_access_job, error_text),
    SEAL,
};

/* Apart from the job, so that nobody reads it to learn how far that is. */
static const struct iam_column ACCESS_JOB_TEXT_COLUMNS[] = {
    PART_OF("account_id", 0),
    TEXT("part", IAM_COL_KEY, iam_access_text, part),
    BYTES("content", MUTABLE, iam_access_text, content),
    SEAL,
};

static const struct iam_column PASSWORD_POLICY_COLUMNS[] = {
    PART_OF("account_id", 0),
    INT("min_chars", 0, iam_password_policy, min_chars),
    BOOL("needs_upper", 0, iam_password_policy, needs_upper),
    BOOL("needs_lower", 0, iam_password_policy, needs_lower),
    BOOL("needs_digit", 0, iam_password_policy, needs_digit),
    BOOL("needs_symbol", 0, iam_password_policy, needs_symbol),
    BOOL("users_may_change", 0, iam_password_policy, users_may_change),
    INT("max_age_days", 0, iam_password_policy, max_age_days),
    INT("remembered", 0, iam_password_policy, remembered),
    BOOL("is_hard_expiry", 0, iam_password_policy, is_hard_expiry),
    SEAL,
};

static const struct iam_column OIDC_PROVIDER_COLUMNS[] = {
    TEXT("oidc_provider_id", IAM_COL_ID, iam_oidc_provider, id),
    TEXT("account_id", IAM_COL_ACCOUNT | IAM_COL_SCOPE, iam_oidc_provider, account),
    TEXT("url", IAM_COL_NAME | IAM_COL_KEY, iam_oidc_provider, url),
    INT("created_ms", 0, iam_oidc_provider, created_ms),
    TEXT("client_ids", MUTABLE, iam_oidc_provider, client_ids),
    TEXT("thumbprints", MUTABLE, iam_oidc_provider, thumbprints),
    ARN(iam_oidc_provider),
    SEAL,
};

static const struct iam_column SAML_PROVIDER_COLUMNS[] = {
    TEXT("saml_provider_id", IAM_COL_ID, iam_saml_provider, id),
    TEXT("account_id", IAM_COL_ACCOUNT | IAM_COL_SCOPE, iam_saml_provider, account),
    TEXT("name", IAM_COL_NAME, iam_saml_provider, name),
    LOWER("name_key", IAM_COL_KEY, iam_saml_provider, name),
    INT("created_ms", 0, iam_saml_provider, created_ms),
    INT("valid_until_ms", MUTABLE, iam_saml_provider, valid_until_ms),
    BOOL("needs_encryption", MUTABLE, iam_saml_provider, needs_encryption),
    ARN(iam_saml_provider),
    SEAL,
};

/* Apart from the provider, so that a list does not read them: a document may be long. */
static const struct iam_column SAML_METADATA_COLUMNS[] = {
    PART_OF("saml_provider_id", 0),
    PART_ACCOUNT,
    TEXT("document", MUTABLE, iam_saml_metadata, document),
    SEAL,
};

static const struct iam_column SAML_KEY_COLUMNS[] = {
    TEXT("key_id", IAM_COL_KEY, iam_saml_key, id),
    TEXT("saml_provider_id", IAM_COL_ID | IAM_COL_SCOPE, iam_saml_key, provider_id),
    TEXT("account_id", IAM_COL_ACCOUNT, iam_saml_key, account),
    INT("created_ms", 0, iam_saml_key, created_ms),
    BYTES("sealed_key", MUTABLE, iam_saml_key, sealed_key),
    SEAL,
};

static const struct iam_column SAML_USE_COLUMNS[] = {
    TEXT("saml_provider_id", IAM_COL_ID | IAM_COL_SCOPE, iam_saml_use, provider_id),
    TEXT("assertion", IAM_COL_KEY, iam_saml_use, assertion),
    TEXT("account_id", IAM_COL_ACCOUNT, iam_saml_use, account),
    INT("expires_ms", 0, iam_saml_use, expires_ms),
    SEAL,
};

static const struct iam_column VERSION_COLUMNS[] = {
    TEXT("policy_id", IAM_COL_ID | IAM_COL_SCOPE, iam_policy_version, policy_id),
    INT("version", IAM_COL_KEY, iam_policy_version, number),
    PART_ACCOUNT,
    BOOL("CASE WHEN t.version = p.default_version THEN 1 ELSE 0 END", IAM_COL_COMPUTED,
         iam_policy_version, is_default),
    INT("created_ms", 0, iam_policy_version, created_ms),
    TEXT("document", 0, iam_policy_version, document),
    SEAL,
};

static const struct iam_column PIN_COLUMNS[] = {
    PART_OF("role_id", IAM_COL_OWNER),
    TEXT("principal_arn", IAM_COL_KEY, iam_pinned_principal, principal_arn),
    TEXT("unique_id", 0, iam_pinned_principal, unique_id),
    PART_ACCOUNT,
    SEAL,
};

/* A row is the ID of the user. It is a change of the user as well: group.c. */
static const struct iam_column MEMBERSHIP_COLUMNS[] = {
    PART_OF("group_id", 0),
    {"user_id", IAM_COL_TEXT, IAM_COL_KEY | IAM_COL_OWNER, 0},
    PART_ACCOUNT,
    SEAL,
};

/* The same from the other side: a row is the ID of the group. */
static const struct iam_column MEMBERSHIP_OF_USER_COLUMNS[] = {
    {"group_id", IAM_COL_TEXT, IAM_COL_KEY, 0},
    PART_OF("user_id", IAM_COL_OWNER),
    PART_ACCOUNT,
    SEAL,
};

#define ATTACHMENT_KEPT                  \
    PART_OF("entity_id", IAM_COL_OWNER), \
        TEXT("policy_id", IAM_COL_KEY, iam_attached_policy, policy_id), PART_ACCOUNT, SEAL

static const struct iam_column ATTACHMENT_COLUMNS[] = {
    ATTACHMENT_KEPT,
    TEXT("p.name", IAM_COL_COMPUTED, iam_attached_policy, name),
    POLICY_ARN("p.account_id, p.path, p.name", iam_attached_policy, arn),
};

/* The same without anything of the policy. */
static const struct iam_column ATTACHMENT_FACTS_COLUMNS[] = {
    ATTACHMENT_KEPT,
};

/* One of AWS has no row that could be joined. */
static const struct iam_column AWS_ATTACHMENT_COLUMNS[] = {
    PART_OF("entity_id", IAM_COL_OWNER),
    TEXT("name", 0, iam_attached_policy, name),
    LOWER("name_key", IAM_COL_KEY, iam_attached_policy, name),
    PART_ACCOUNT,
    TEXT("policy_arn", 0, iam_attached_policy, arn),
    SEAL,
};

static const struct iam_column INLINE_COLUMNS[] = {
    PART_OF("entity_id", IAM_COL_OWNER),
    TEXT("name", 0, iam_inline_policy, name),
    LOWER("name_key", IAM_COL_KEY, iam_inline_policy, name),
    PART_ACCOUNT,
    TEXT("document", MUTABLE, iam_inline_policy, document),
    SEAL,
};

static const struct iam_column TAG_COLUMNS[] = {
    PART_OF("entity_id", IAM_COL_OWNER),
    LOWER("match_key", IAM_COL_KEY | IAM_COL_EXACT, iam_tag_row, tag.key),
    PART_ACCOUNT,
    INT("tag_order", IAM_COL_HIDDEN, iam_tag_row, order),
    TEXT("tag_key", MUTABLE, iam_tag_row, tag.key),
    TEXT("tag_value", MUTABLE, iam_tag_row, tag.value),
    SEAL,
};

static const struct iam_column CHANGE_COLUMNS[] = {
    INT("seq", 0, iam_change, seq),
    TEXT("account_id", 0, iam_change, account),
    COLUMN("kind", ENUM, 0, iam_change, kind, enum iam_kind),
    TEXT("entity_id", 0, iam_change, id),
    COLUMN("op", ENUM, 0, iam_change, op, enum iam_change_op),
};

static const struct iam_column KEY_GENERATION_COLUMNS[] = {
    INT("generation", 0, iam_key_generation, number),
    INT("created_ms", 0, iam_key_generation, created_ms),
    INT("retired_ms", 0, iam_key_generation, retired_ms),
    BOOL("is_clear", 0, iam_key_generation, is_clear),
};

static const struct iam_column KEY_WRAP_COLUMNS[] = {
    TEXT("master_id", 0, iam_key_wrap, master_id),
    INT("generation", 0, iam_key_wrap, generation),
    INT("rotation", 0, iam_key_wrap, rotation),
    BYTES("sealed", 0, iam_key_wrap, sealed),
};

/* Only the tag of a row is read. */
_Static_assert(offsetof(struct iam_tag_row, tag) == 0, "a row is read as a tag");

#define HAS_POLICIES                                                       \
    (IAM_PART(IAM_TABLE_ATTACHMENT) | IAM_PART(IAM_TABLE_AWS_ATTACHMENT) | \
     IAM_PART(IAM_TABLE_INLINE_POLICY))
#define HAS_TAGS IAM_PART(IAM_TABLE_TAG)

/* clang-format off */
const struct iam_table iam_tables[IAM_TABLE_COUNT] = {
    [IAM_TABLE_SCHEMA] = {
        .name = "schema_version",
        .own_sql = iam_schema_sql,
    },
    /* the row 'aws' is made by the schema and is not a real account */
    [IAM_TABLE_ACCOUNT] = {
        .name = "account",
        .from = "(SELECT * FROM account WHERE account_id <> 'aws') t",
        .kind = IAM_KIND_ACCOUNT,
        .parts = IAM_PART(IAM_TABLE_ACCESS_KEY) | IAM_PART(IAM_TABLE_ACCOUNT_ALIAS) |
                 IAM_PART(IAM_TABLE_ACCOUNT_SETTINGS) | IAM_PART(IAM_TABLE_ORGANIZATION) |
                 IAM_PART(IAM_TABLE_PASSWORD_POLICY) | IAM_PART(IAM_TABLE_SIGNING_CERTIFICATE) |
                 IAM_PART(IAM_TABLE_REPORT) | IAM_PART(IAM_TABLE_REPORT_TEXT) |
                 IAM_PART(IAM_TABLE_SERVICE_USE) | IAM_PART(IAM_TABLE_ACCESS_JOB) |
                 IAM_PART(IAM_TABLE_ACCESS_JOB_TEXT) | IAM_PART(IAM_TABLE_TOKEN_KEY),
        .own_sql = iam_account_sql,
        .shape = SEALED(ACCOUNT_COLUMNS, iam_account, 0, "account", {0}),
    },
    [IAM_TABLE_USER] = {
        .name = "iam_user",
        .from = "iam_user" BOUNDARY_JOIN,
        .kind = IAM_KIND_USER,
        .parts = HAS_POLICIES | HAS_TAGS | IAM_PART(IAM_TABLE_ACCESS_KEY) |
                 IAM_PART(IAM_TABLE_LOGIN_PROFILE) | IAM_PART(IAM_TABLE_SSH_PUBLIC_KEY) |
                 IAM_PART(IAM_TABLE_SIGNING_CERTIFICATE) | IAM_PART(IAM_TABLE_PASSWORD_CHANGE) |
                 IAM_PART(IAM_TABLE_PASSWORD_HISTORY) | IAM_PART(IAM_TABLE_SERVICE_CREDENTIAL) |
                 IAM_PART(IAM_TABLE_SERVICE_USE),
        .before_delete = iam_user_leave,
        .own_sql = iam_user_sql,
        .shape = SEALED(USER_COLUMNS, iam_user, IAM_KIND_USER, "iam_user", {0}),
    },
    [IAM_TABLE_GROUP] = {
        .name = "iam_group",
        .kind = IAM_KIND_GROUP,
        .parts = HAS_POLICIES | HAS_TAGS,
        .before_delete = iam_group_empty,
        .shape = SEALED(GROUP_COLUMNS, iam_group, IAM_KIND_GROUP, "iam_group", {0}),
    },
    [IAM_TABLE_ROLE] = {
        .name = "iam_role",
        .from = "iam_role" BOUNDARY_JOIN,
        .kind = IAM_KIND_ROLE,
        .parts = HAS_POLICIES | HAS_TAGS | IAM_PART(IAM_TABLE_PIN) | IAM_PART(IAM_TABLE_SERVICE_USE),
        .own_sql = iam_role_sql,
        .shape = SEALED(ROLE_COLUMNS, iam_role, IAM_KIND_ROLE, "iam_role", {0}),
    },
    [IAM_TABLE_POLICY] = {
        .name = "iam_policy",
        .kind = IAM_KIND_POLICY,
        .parts = HAS_TAGS | IAM_PART(IAM_TABLE_VERSION),
        .before_delete = iam_policy_check_unused,
        .own_sql = iam_policy_sql,
        .shape = SEALED(POLICY_COLUMNS, iam_managed_policy, IAM_KIND_POLICY, "iam_policy", {0}),
    },
    [IAM_TABLE_ACCESS_KEY] = {
        .name = "access_key",
        .kind = IAM_KIND_ACCESS_KEY,
        .own_sql = iam_access_key_sql,
        .shape = SEALED(ACCESS_KEY_COLUMNS, iam_access_key, 0, "access_key", {0}),
    },
    [IAM_TABLE_INSTANCE_PROFILE] = {
        .name = "instance_profile",
        .kind = IAM_KIND_INSTANCE_PROFILE,
        .parts = HAS_TAGS,
        .own_sql = iam_instance_profile_sql,
        .shape = SEALED(INSTANCE_PROFILE_COLUMNS, iam_instance_profile, IAM_KIND_INSTANCE_PROFILE, "instance_profile", {0}),
    },
    [IAM_TABLE_MFA_DEVICE] = {
        .name = "mfa_device",
        .kind = IAM_KIND_MFA_DEVICE,
        .parts = HAS_TAGS,
        .own_sql = iam_mfa_device_sql,
        .shape = SEALED(MFA_DEVICE_COLUMNS, iam_mfa_device, 0, "mfa_device", {0}),
    },
    [IAM_TABLE_MFA_DEVICE_OF_OWNER] = {
        .name = "mfa_device",
        .is_view = true,
        .shape = SEALED(MFA_DEVICE_OF_OWNER_COLUMNS, iam_mfa_device, 0, "mfa_device", {0}),
    },
    [IAM_TABLE_LOGIN_PROFILE] = PART_TABLE(LOGIN_PROFILE_COLUMNS, iam_login_profile, "login_profile", NULL),
    [IAM_TABLE_PASSWORD_CHANGE] = PART_TABLE(PASSWORD_CHANGE_COLUMNS, iam_password_change, "password_change", NULL),
    [IAM_TABLE_PASSWORD_HISTORY] = PART_TABLE(PASSWORD_HISTORY_COLUMNS, iam_old_password, "password_history", iam_password_sql),
    [IAM_TABLE_SERVICE_CREDENTIAL] = {
        .name = "service_credential",
        .from = "service_credential t" " JOIN iam_user u ON u.user_id = t.user_id",
        .own_sql = iam_service_credential_sql,
        .shape = SEALED(SERVICE_CREDENTIAL_COLUMNS, iam_service_credential, 0, "service_credential", JOIN(USER, "u")),
    },
    [IAM_TABLE_ACCOUNT_ALIAS] = PART_TABLE(ALIAS_COLUMNS, iam_account_alias, "account_alias", NULL),
    [IAM_TABLE_ACCOUNT_SETTINGS] = PART_TABLE(ACCOUNT_SETTINGS_COLUMNS, iam_account_settings, "account_settings", iam_issuer_sql),
    [IAM_TABLE_TOKEN_KEY] = PART_TABLE(TOKEN_KEY_COLUMNS, iam_token_key, "token_key", iam_token_key_sql),
    [IAM_TABLE_ORGANIZATION] = PART_TABLE(ORGANIZATION_COLUMNS, iam_organization, "organization", NULL),
    [IAM_TABLE_PASSWORD_POLICY] = PART_TABLE(PASSWORD_POLICY_COLUMNS, iam_password_policy, "password_policy", NULL),
    [IAM_TABLE_SSH_PUBLIC_KEY] = PART_TABLE(SSH_PUBLIC_KEY_COLUMNS, iam_ssh_public_key, "ssh_public_key", NULL),
    [IAM_TABLE_SIGNING_CERTIFICATE] = PART_TABLE(SIGNING_CERTIFICATE_COLUMNS, iam_signing_certificate, "signing_certificate", NULL),
    [IAM_TABLE_DELEGATION_REQUEST] = {
        .name = "delegation_request",
        .kind = IAM_KIND_DELEGATION_REQUEST,
        .own_sql = iam_delegation_request_sql,
        .shape = SEALED(DELEGATION_REQUEST_COLUMNS, iam_delegation_request, 0, "delegation_request", {0}),
    },
    [IAM_TABLE_OIDC_PROVIDER] = {
        .name = "oidc_provider",
        .kind = IAM_KIND_OIDC_PROVIDER,
        .parts = HAS_TAGS,
        .shape = SEALED(OIDC_PROVIDER_COLUMNS, iam_oidc_provider, IAM_KIND_OIDC_PROVIDER, "oidc_provider", {0}),
    },
    [IAM_TABLE_SAML_PROVIDER] = {
        .name = "saml_provider",
        .kind = IAM_KIND_SAML_PROVIDER,
        .parts = HAS_TAGS | IAM_PART(IAM_TABLE_SAML_METADATA) | IAM_PART(IAM_TABLE_SAML_KEY) |
                 IAM_PART(IAM_TABLE_SAML_USE),
        .shape = SEALED(SAML_PROVIDER_COLUMNS, iam_saml_provider, IAM_KIND_SAML_PROVIDER, "saml_provider", {0}),
    },
    [IAM_TABLE_SAML_METADATA] = PART_TABLE(SAML_METADATA_COLUMNS, iam_saml_metadata, "saml_metadata", NULL),
    [IAM_TABLE_SAML_KEY] = PART_TABLE(SAML_KEY_COLUMNS, iam_saml_key, "saml_key", iam_saml_key_sql),
    [IAM_TABLE_SAML_USE] = PART_TABLE(SAML_USE_COLUMNS, iam_saml_use, "saml_use", iam_saml_use_sql),
    [IAM_TABLE_SERVER_CERTIFICATE] = {
        .name = "server_certificate",
        .kind = IAM_KIND_SERVER_CERTIFICATE,
        .parts = HAS_TAGS,
        .shape = SEALED(SERVER_CERTIFICATE_COLUMNS, iam_server_certificate, IAM_KIND_SERVER_CERTIFICATE, "server_certificate", {0}),
    },
    [IAM_TABLE_SERVER_CERTIFICATE_FACTS] = {
        .name = "server_certificate",
        .is_view = true,
        .shape = SEALED(SERVER_CERTIFICATE_FACTS_COLUMNS, iam_server_certificate, IAM_KIND_SERVER_CERTIFICATE, "server_certificate", {0}),
    },
    [IAM_TABLE_REPORT] = PART_TABLE(REPORT_COLUMNS, iam_credential_report, "credential_report", iam_report_sql),
    [IAM_TABLE_REPORT_TEXT] = PART_TABLE(REPORT_TEXT_COLUMNS, iam_credential_report_text, "credential_report_text", NULL),
    [IAM_TABLE_SERVICE_USE] = {
        .name = "service_use",
        .own_sql = iam_service_use_sql,
        .shape = SHAPE(SERVICE_USE_COLUMNS, iam_service_use, 0),
    },
    [IAM_TABLE_ACCESS_JOB] = PART_TABLE(ACCESS_JOB_COLUMNS, iam_access_job, "access_job", iam_access_job_sql),
    [IAM_TABLE_ACCESS_JOB_TEXT] = PART_TABLE(ACCESS_JOB_TEXT_COLUMNS, iam_access_text, "access_job_text", NULL),
    [IAM_TABLE_POLICY_FACTS] = {
        .name = "iam_policy",
        .is_view = true,
        .own_sql = iam_policy_check_sql,
        .shape = SEALED(POLICY_FACTS_COLUMNS, iam_managed_policy, IAM_KIND_POLICY, "iam_policy", {0}),
    },
    [IAM_TABLE_MEMBER] = {
        .name = "iam_user",
        .is_view = true,
        .from = "iam_user" BOUNDARY_JOIN " JOIN membership m ON m.user_id = t.user_id",
        .own_sql = iam_member_sql,
        .shape = SEALED(USER_COLUMNS, iam_user, IAM_KIND_USER, "iam_user", JOIN(MEMBERSHIP, "m")),
    },
    [IAM_TABLE_GROUP_OF_USER] = {
        .name = "iam_group",
        .is_view = true,
        .from = "iam_group t JOIN membership m ON m.group_id = t.group_id",
        .own_sql = iam_group_of_user_sql,
        .shape = SEALED(GROUP_COLUMNS, iam_group, IAM_KIND_GROUP, "iam_group", JOIN(MEMBERSHIP, "m")),
    },
    [IAM_TABLE_EFFECTIVE_POLICY] = {
        .name = "iam_policy",
        .from = "iam_policy t LEFT JOIN policy_version v"
                " ON v.policy_id = t.policy_id AND v.version = t.default_version",
        .own_sql = iam_effective_policy_sql,
        .is_view = true,
        .shape = SEALED(EFFECTIVE_POLICY_COLUMNS, iam_effective_policy, 0, NULL, JOIN(POLICY, "t"),
                        JOIN(VERSION, "v")),
    },
    [IAM_TABLE_VERSION] = {
        .name = "policy_version",
        .from = "policy_version t" " JOIN iam_policy p ON p.policy_id = t.policy_id",
        .own_sql = iam_version_sql,
        .shape = SEALED(VERSION_COLUMNS, iam_policy_version, 0, "policy_version", JOIN(POLICY, "p")),
    },
    [IAM_TABLE_PIN] = PART_TABLE(PIN_COLUMNS, iam_pinned_principal, "role_pin", NULL),
    [IAM_TABLE_MEMBERSHIP] = PART_TABLE(MEMBERSHIP_COLUMNS, iam_str, "membership", NULL),
    [IAM_TABLE_MEMBERSHIP_OF_USER] = {
        .name = "membership",
        .is_view = true,
        .own_sql = iam_membership_of_user_sql,
        .shape = SEALED(MEMBERSHIP_OF_USER_COLUMNS, iam_str, 0, "membership", {0}),
    },
    [IAM_TABLE_ATTACHMENT_FACTS] = {
        .name = "attachment",
        .is_view = true,
        .shape = SEALED(ATTACHMENT_FACTS_COLUMNS, iam_attached_policy, 0, "attachment", {0}),
    },
    [IAM_TABLE_ATTACHMENT] = {
        .name = "attachment",
        .from = "attachment t" " JOIN iam_policy p ON p.policy_id = t.policy_id",
        .own_sql = iam_attachment_sql,
        .shape = SEALED(ATTACHMENT_COLUMNS, iam_attached_policy, 0, "attachment", JOIN(POLICY, "p")),
    },
    [IAM_TABLE_AWS_ATTACHMENT] = PART_TABLE(AWS_ATTACHMENT_COLUMNS, iam_attached_policy, "aws_attachment", iam_aws_attachment_sql),
    [IAM_TABLE_INLINE_POLICY] = PART_TABLE(INLINE_COLUMNS, iam_inline_policy, "inline_policy", iam_inline_sql),
    [IAM_TABLE_TAG] = PART_TABLE(TAG_COLUMNS, iam_tag, "tag", iam_tag_sql),
    [IAM_TABLE_ACCOUNT_COUNT] = {
        .name = "account_count",
        .own_sql = iam_account_count_sql,
    },
    [IAM_TABLE_CHANGE] = {
        .name = "change",
        .own_sql = iam_change_sql,
        .shape = SHAPE(CHANGE_COLUMNS, iam_change, 0),
    },
    [IAM_TABLE_CLOCK] = {
        .name = "clock",
        .own_sql = iam_clock_sql,
    },
    [IAM_TABLE_KEY_GENERATION] = {
        .name = "key_generation",
        .own_sql = iam_key_generation_sql,
        .shape = SHAPE(KEY_GENERATION_COLUMNS, iam_key_generation, 0),
    },
    [IAM_TABLE_KEY_WRAP] = {
        .name = "key_wrap",
        .own_sql = iam_key_wrap_sql,
        .shape = SHAPE(KEY_WRAP_COLUMNS, iam_key_wrap, 0),
    },
};
/* clang-format on */
