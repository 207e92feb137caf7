/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SPEC: IAM User Guide, "IAM identifiers" (ID prefixes), "AWS global condition context keys"
 * (aws:PrincipalType); CloudTrail User Guide, "CloudTrail userIdentity element". What AWS does with
 * the keys of tags was recorded.
 */
#include "model/kind.h"

/* The store and tokens that exist hold these numbers. */
_Static_assert(IAM_KIND_ACCOUNT == 1 && IAM_KIND_USER == 2 && IAM_KIND_GROUP == 3, "stored");
_Static_assert(IAM_KIND_ROLE == 4 && IAM_KIND_POLICY == 5 && IAM_KIND_ACCESS_KEY == 6, "stored");
_Static_assert(IAM_KIND_INSTANCE_PROFILE == 7 && IAM_KIND_MFA_DEVICE == 8, "stored");
_Static_assert(IAM_KIND_SERVER_CERTIFICATE == 11 && IAM_KIND_OIDC_PROVIDER == 20, "stored");
_Static_assert(IAM_KIND_SAML_PROVIDER == 21 && IAM_KIND_SAML_KEY == 22, "stored");
_Static_assert(IAM_KIND_ROLE_SESSION == 32 && IAM_KIND_WEB_IDENTITY_SESSION == 33 &&
                   IAM_KIND_SAML_SESSION == 34 && IAM_KIND_USER_SESSION == 35 &&
                   IAM_KIND_FEDERATED_USER == 36 && IAM_KIND_ROOT_SESSION == 37 &&
                   IAM_KIND_DELEGATED_SESSION == 38,
               "in session tokens");
_Static_assert(IAM_KIND_COUNT <= 256, "a token has one byte for a kind");

#define S(text) IAM_STR_INIT(text)
#define NAMES(text, in_messages) .name = S(text), .noun = S(in_messages)
#define ARN(service, type, tail) \
    .arn_service = S(service), .arn_type = S(type), .arn_tail = IAM_ARN_TAIL_##tail
#define ID(prefix, len) .id_prefix = S(prefix), .id_len = (len)
#define QUOTAS(count, attached, inline_size)                            \
    .quota = IAM_QUOTA_##count, .attached_quota = IAM_QUOTA_##attached, \
    .inline_quota = IAM_QUOTA_##inline_size
#define NO_QUOTAS QUOTAS(COUNT, COUNT, COUNT)
#define CALLER(type, trail) .principal_type = S(type), .identity_type = S(trail)

/* The three ways into a role end in sessions of one form. */
#define ROLE_SESSION                                                                      \
    ARN("sts", "assumed-role", SESSION), NO_QUOTAS, CALLER("AssumedRole", "AssumedRole"), \
        .view = IAM_KIND_ROLE, .is_session = true

/* clang-format off */
static const struct iam_kind_row ROWS[IAM_KIND_COUNT] = {
    [IAM_KIND_NONE] = {
        NO_QUOTAS, CALLER("Anonymous", "Unknown") },
    [IAM_KIND_ACCOUNT] = {
        NAMES("Account", "account"), ARN("iam", "root", NONE), NO_QUOTAS,
        CALLER("Account", "Root"), .view = IAM_KIND_ACCOUNT },
    [IAM_KIND_USER] = {
        NAMES("User", "user"), ARN("iam", "user", PATH_NAME), ID("AIDA", 21),
        QUOTAS(USERS, ATTACHED_PER_USER, INLINE_SIZE_USER),
        CALLER("User", "IAMUser"), .view = IAM_KIND_USER },
    [IAM_KIND_GROUP] = {
        NAMES("Group", "group"), ARN("iam", "group", PATH_NAME), ID("AGPA", 21),
        QUOTAS(GROUPS, ATTACHED_PER_GROUP, INLINE_SIZE_GROUP) },
    /* a role asks through its sessions: who asks about the role itself is told of those */
    [IAM_KIND_ROLE] = {
        NAMES("Role", "role"), ARN("iam", "role", PATH_NAME), ID("AROA", 21),
        QUOTAS(ROLES, ATTACHED_PER_ROLE, INLINE_SIZE_ROLE),
        CALLER("AssumedRole", "Role"), .view = IAM_KIND_ROLE },
    [IAM_KIND_POLICY] = {
        NAMES("Policy", "policy"), ARN("iam", "policy", PATH_NAME), ID("ANPA", 21),
        QUOTAS(POLICIES, COUNT, COUNT),
        .has_exact_tag_keys = true, .lists_short_tag_keys_first = true },
    [IAM_KIND_ACCESS_KEY] = {
        NAMES("AccessKey", "access key"), ID("AKIA", 20), QUOTAS(ACCESS_KEYS, COUNT, COUNT) },

    [IAM_KIND_INSTANCE_PROFILE] = {
        NAMES("InstanceProfile", "instance profile"),
        ARN("iam", "instance-profile", PATH_NAME), ID("AIPA", 21),
        QUOTAS(INSTANCE_PROFILES, COUNT, COUNT), .has_exact_tag_keys = true },
    /* AWS shows no unique ID of a device: the prefix is ours */
    [IAM_KIND_MFA_DEVICE] = {
        NAMES("MFADevice", "MFA device"), ARN("iam", "mfa", PATH_NAME), ID("AMFA", 21),
        QUOTAS(MFA_DEVICES, COUNT, COUNT), .has_exact_tag_keys = true },
    [IAM_KIND_DELEGATION_REQUEST] = {
        NAMES("DelegationRequest", "delegation request"), ARN("iam", "delegation-request", NAME),
        QUOTAS(DELEGATION_REQUESTS, COUNT, COUNT) },
    /* nobody sees its ID */
    [IAM_KIND_OIDC_PROVIDER] = {
        NAMES("OpenIDConnectProvider", "OpenID Connect provider"),
        ARN("iam", "oidc-provider", REST), ID("OIDC", 21),
        QUOTAS(OIDC_PROVIDERS, COUNT, COUNT), .has_exact_tag_keys = true },
    [IAM_KIND_SAML_PROVIDER] = {
        NAMES("SAMLProvider", "SAML provider"), ARN("iam", "saml-provider", NAME),
        ID("SAMLSP", 22), QUOTAS(SAML_PROVIDERS, COUNT, COUNT), .has_exact_tag_keys = true },
    [IAM_KIND_SAML_KEY] = {
        NAMES("SAMLKey", "private key"), ID("SAMLPK", 22), NO_QUOTAS },
    [IAM_KIND_SERVER_CERTIFICATE] = {
        NAMES("ServerCertificate", "server certificate"),
        ARN("iam", "server-certificate", PATH_NAME), ID("ASCA", 21),
        QUOTAS(SERVER_CERTIFICATES, COUNT, COUNT), .has_exact_tag_keys = true,
        .no_tags = S("The provided tag map must not be null/empty."),
        .no_tag_keys = S("The provided tag keys must not be null/empty.") },

    [IAM_KIND_ROLE_SESSION] = {
        NAMES("RoleSession", "role session"), ROLE_SESSION, .has_mfa_key = true },
    [IAM_KIND_WEB_IDENTITY_SESSION] = {
        NAMES("WebIdentitySession", "web identity session"), ROLE_SESSION,
        .provider = IAM_KIND_OIDC_PROVIDER },
    [IAM_KIND_SAML_SESSION] = {
        NAMES("SAMLSession", "SAML session"), ROLE_SESSION, .provider = IAM_KIND_SAML_PROVIDER },
    [IAM_KIND_USER_SESSION] = {
        NAMES("UserSession", "user session"), NO_QUOTAS, .view = IAM_KIND_USER,
        .is_session = true, .may_be_of_root = true, .acts_as_issuer = true,
        .has_parent_key = true, .has_mfa_key = true },
    [IAM_KIND_FEDERATED_USER] = {
        NAMES("FederatedUser", "federated user"), ARN("sts", "federated-user", NAME), NO_QUOTAS,
        CALLER("FederatedUser", "FederatedUser"), .view = IAM_KIND_USER, .is_session = true,
        .may_be_of_root = true, .has_parent_key = true, .needs_policies = true },
    [IAM_KIND_ROOT_SESSION] = {
        NAMES("RootSession", "root session"), NO_QUOTAS, .view = IAM_KIND_ACCOUNT,
        .is_session = true, .acts_as_issuer = true, .needs_policies = true },
    [IAM_KIND_DELEGATED_SESSION] = {
        NAMES("DelegatedSession", "delegated session"), NO_QUOTAS, .view = IAM_KIND_USER,
        .is_session = true, .may_be_of_root = true, .acts_as_issuer = true,
        .has_parent_key = true, .needs_policies = true },

    [IAM_KIND_SESSION_KEY] = {
        NAMES("SessionKey", "temporary access key"), ID("ASIA", 20), NO_QUOTAS },
    /* recorded: while a role is assumed with evidence, aws:PrincipalType is "User" */
    [IAM_KIND_WEB_IDENTITY] = {
        NAMES("WebIdentityUser", "web identity"), NO_QUOTAS, CALLER("User", "WebIdentityUser") },
    [IAM_KIND_SAML] = {
        NAMES("SAMLUser", "SAML user"), NO_QUOTAS, CALLER("User", "SAMLUser") },
    [IAM_KIND_SERVICE] = {
        NAMES("Service", "service"), NO_QUOTAS, .identity_type = S("AWSService") },
    [IAM_KIND_SSH_PUBLIC_KEY] = {
        NAMES("SSHPublicKey", "SSH public key"), ID("APKA", 20),
        QUOTAS(SSH_PUBLIC_KEYS, COUNT, COUNT) },
    [IAM_KIND_SERVICE_CREDENTIAL] = {
        NAMES("ServiceSpecificCredential", "service-specific credential"), ID("ACCA", 21),
        QUOTAS(SERVICE_CREDENTIALS, COUNT, COUNT) },
};
/* clang-format on */

const struct iam_kind_row *iam_kind_get(enum iam_kind kind)
{
    static const struct iam_kind_row NO_SUCH_KIND = { NO_QUOTAS };

    if ((unsigned)kind >= IAM_KIND_COUNT) {
        return &NO_SUCH_KIND;
    }
    return kind == IAM_KIND_NONE || iam_str_is_set(ROWS[kind].name) ? &ROWS[kind] : &NO_SUCH_KIND;
}

enum iam_kind iam_kind_of_policy_user(struct iam_str name)
{
    for (size_t kind = 0; kind < IAM_COUNT(ROWS); kind++) {
        const struct iam_kind_row *row = iam_kind_get((enum iam_kind)kind);

        if (row->attached_quota != IAM_QUOTA_COUNT && iam_str_eq(row->name, name)) {
            return (enum iam_kind)kind;
        }
    }
    return IAM_KIND_NONE;
}

bool iam_kind_can_issue(enum iam_kind issuer, enum iam_kind session)
{
    const struct iam_kind_row *row = iam_kind_get(session);

    return row->is_session &&
           (row->view == issuer || (row->may_be_of_root && issuer == IAM_KIND_ACCOUNT));
}

enum iam_kind iam_kind_acting(enum iam_kind session, enum iam_kind issuer)
{
    return iam_kind_get(session)->acts_as_issuer ? issuer : session;
}
