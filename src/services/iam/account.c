/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What belongs to the account as a whole. SPEC: IAM API Reference, "CreateAccountAlias",
 * "UpdateAccountPasswordPolicy", "GetAccountSummary" and the actions beside them.
 */
#include "services/iam/convert.h"

#include "store/access_key.h"
#include "store/aws_policy.h"
#include "store/instance_profile.h"
#include "store/mfa_device.h"
#include "store/policy.h"
#include "store/role.h"

/* ---- the alias ---- */

static enum iam_status fail_alias_exists(struct iam_call *call, struct iam_str alias)
{
    return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "The account alias %.*s already exists.",
                    IAM_STR_ARG(alias));
}

/*
 * Sets the alias. An account has one at most, and a new one takes its place; one that is taken is
 * refused, its own too. Both were seen on AWS. It cannot be an account ID. SPEC: IAM User Guide,
 * "Using an alias for your AWS account ID".
 */
enum iam_status api_iam_create_account_alias(struct iam_call *call,
                                             const struct api_iam_create_account_alias_in *in)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    const struct iam_account_alias row = { .alias = in->account_alias };
    struct iam_account_alias old;
    if (iam_account_id_is_valid(in->account_alias)) {
        return api_fail(call, API_ERR_INVALID_INPUT, "An account alias cannot be 12 digits.");
    }
    enum iam_status st = iam_store_account_alias_get(call->txn, call->arena, account.id, &old);
    if (st == IAM_OK && iam_str_eq(old.alias, row.alias)) {
        return fail_alias_exists(call, row.alias);
    }
    if (st == IAM_OK) {
        st = iam_store_account_alias_delete(call->txn, &account);
    }
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    st = iam_store_account_alias_add(call->txn, &account, &row);
    return st == IAM_EXISTS ? fail_alias_exists(call, row.alias) : st;
}

enum iam_status api_iam_delete_account_alias(struct iam_call *call,
                                             const struct api_iam_delete_account_alias_in *in)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    struct iam_account_alias row;
    enum iam_status st = iam_store_account_alias_get(call->txn, call->arena, account.id, &row);
    if (st == IAM_NOT_FOUND || (st == IAM_OK && !iam_str_eq(row.alias, in->account_alias))) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The account alias %.*s cannot be found.",
                        IAM_STR_ARG(in->account_alias));
    }
    IAM_TRY(st);
    return iam_store_account_alias_delete(call->txn, &account);
}

enum iam_status api_iam_list_account_aliases(struct iam_call *call,
                                             const struct api_iam_list_account_aliases_in *in,
                                             struct api_iam_list_account_aliases_out *out)
{
    struct iam_account_alias *row = iam_arena_alloc(call->arena, sizeof(*row));
    struct iam_page page;
    IAM_ENSURE(row != NULL, IAM_NOMEM);
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    enum iam_status st =
        iam_store_account_alias_get(call->txn, call->arena, api_account(call), row);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    out->account_aliases.items = &row->alias;
    out->account_aliases.count = st == IAM_OK ? 1 : 0;
    out->account_aliases.is_set = true;
    return api_page_close(call, false, iam_str_absent(), &out->is_truncated, &out->marker);
}

/* ---- the password policy ---- */

/* SPEC: IAM API Reference, "UpdateAccountPasswordPolicy", MinimumPasswordLength. */
#define MIN_CHARS_UNSAID 6

static enum iam_status fail_no_policy(struct iam_call *call)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "The Password Policy with domain name %.*s cannot be found.",
                    IAM_STR_ARG(api_account(call)));
}

/* Leaves a number that is not set out of the answer, as AWS does. */
static struct api_opt_int int_unless_0(int64_t value)
{
    return value != 0 ? api_int(value) : (struct api_opt_int){ 0 };
}

enum iam_status
api_iam_get_account_password_policy(struct iam_call *call,
                                    const struct api_iam_get_account_password_policy_in *in,
                                    struct api_iam_get_account_password_policy_out *out)
{
    struct iam_password_policy row;
    struct api_iam_password_policy *policy = iam_arena_zalloc(call->arena, 1, sizeof(*policy));
    (void)in;
    IAM_ENSURE(policy != NULL, IAM_NOMEM);
    enum iam_status st =
        iam_store_password_policy_get(call->txn, call->arena, api_account(call), &row);
    if (st == IAM_NOT_FOUND) {
        return fail_no_policy(call);
    }
    IAM_TRY(st);
    *policy = (struct api_iam_password_policy){
        .minimum_password_length = api_int(row.min_chars),
        .require_symbols = api_bool(row.needs_symbol),
        .require_numbers = api_bool(row.needs_digit),
        .require_uppercase_characters = api_bool(row.needs_upper),
        .require_lowercase_characters = api_bool(row.needs_lower),
        .allow_users_to_change_password = api_bool(row.users_may_change),
        .expire_passwords = api_bool(row.max_age_days != 0),
        .max_password_age = int_unless_0(row.max_age_days),
        .password_reuse_prevention = int_unless_0(row.remembered),
    };
    if (row.is_hard_expiry) {
        policy->hard_expiry = api_bool(true);
    }
    out->password_policy = policy;
    return IAM_OK;
}

enum iam_status
api_iam_update_account_password_policy(struct iam_call *call,
                                       const struct api_iam_update_account_password_policy_in *in)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    const struct iam_password_policy row = {
        .min_chars = in->minimum_password_length.is_set ? in->minimum_password_length.value
                                                        : MIN_CHARS_UNSAID,
        .needs_upper = in->require_uppercase_characters.value,
        .needs_lower = in->require_lowercase_characters.value,
        .needs_digit = in->require_numbers.value,
        .needs_symbol = in->require_symbols.value,
        .users_may_change = in->allow_users_to_change_password.value,
        .max_age_days = in->max_password_age.value,
        .remembered = in->password_reuse_prevention.value,
        .is_hard_expiry = in->hard_expiry.value,
    };
    enum iam_status st = iam_store_password_policy_delete(call->txn, &account);
    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    return iam_store_password_policy_add(call->txn, &account, &row);
}

enum iam_status
api_iam_delete_account_password_policy(struct iam_call *call,
                                       const struct api_iam_delete_account_password_policy_in *in)
{
    const struct iam_entity_ref account = iam_ref_own_account(call);
    (void)in;
    enum iam_status st = iam_store_password_policy_delete(call->txn, &account);
    return st == IAM_NOT_FOUND ? fail_no_policy(call) : st;
}

/* ---- the summary ---- */

/*
 * The keys are those that AWS was seen to answer, in the order of their names. The root user
 * has no password here.
 */
#define MAX_SUMMARY 40
/* Seen on AWS. */
#define VERSIONS_IN_USE_QUOTA 10000

struct summary {
    struct api_iam_summary_map_entry entries[MAX_SUMMARY];
    size_t count;
};

static void add(struct summary *s, const char *key, int64_t value)
{
    IAM_ASSERT(s->count < MAX_SUMMARY);
    s->entries[s->count++] =
        (struct api_iam_summary_map_entry){ .key = iam_str_c(key), .value = api_int(value) };
}

static void add_quotas(struct summary *s, const struct iam_quotas *quotas)
{
    static const struct {
        const char *key;
        enum iam_quota quota;
    } rows[] = {
        {"AccessKeysPerUserQuota",           IAM_QUOTA_ACCESS_KEYS         },
        { "AssumeRolePolicySizeQuota",       IAM_QUOTA_TRUST_POLICY_SIZE   },
        { "AttachedPoliciesPerGroupQuota",   IAM_QUOTA_ATTACHED_PER_GROUP  },
        { "AttachedPoliciesPerRoleQuota",    IAM_QUOTA_ATTACHED_PER_ROLE   },
        { "AttachedPoliciesPerUserQuota",    IAM_QUOTA_ATTACHED_PER_USER   },
        { "GroupPolicySizeQuota",            IAM_QUOTA_INLINE_SIZE_GROUP   },
        { "GroupsPerUserQuota",              IAM_QUOTA_GROUPS_PER_USER     },
        { "GroupsQuota",                     IAM_QUOTA_GROUPS              },
        { "InstanceProfilesQuota",           IAM_QUOTA_INSTANCE_PROFILES   },
        { "PoliciesQuota",                   IAM_QUOTA_POLICIES            },
        { "PolicySizeQuota",                 IAM_QUOTA_MANAGED_POLICY_SIZE },
        { "RolePolicySizeQuota",             IAM_QUOTA_INLINE_SIZE_ROLE    },
        { "RolesQuota",                      IAM_QUOTA_ROLES               },
        { "ServerCertificatesQuota",         IAM_QUOTA_SERVER_CERTIFICATES },
        { "SigningCertificatesPerUserQuota", IAM_QUOTA_SIGNING_CERTIFICATES},
        { "UserPolicySizeQuota",             IAM_QUOTA_INLINE_SIZE_USER    },
        { "UsersQuota",                      IAM_QUOTA_USERS               },
        { "VersionsPerPolicyQuota",          IAM_QUOTA_VERSIONS_PER_POLICY },
    };
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        add(s, rows[i].key, quotas->values[rows[i].quota]);
    }
    add(s, "PolicyVersionsInUseQuota", VERSIONS_IN_USE_QUOTA);
}

static enum iam_status add_settings(struct iam_call *call, struct summary *s)
{
    struct iam_account_settings settings;
    IAM_TRY(iam_account_settings(call, &settings));
    add(s, "AccountPasswordPresent", 0);
    add(s, "GlobalEndpointTokenVersion", settings.token_version);
    return IAM_OK;
}

/* Counts the identity providers of all kinds. */
static enum iam_status count_providers(struct iam_call *call, int64_t *ret)
{
    struct iam_str account = api_account(call);
    int64_t oidc;
    int64_t saml;
    IAM_TRY(iam_entity_count(call->txn, IAM_TABLE_OIDC_PROVIDER, account, &oidc));
    IAM_TRY(iam_entity_count(call->txn, IAM_TABLE_SAML_PROVIDER, account, &saml));
    *ret = oidc + saml;
    return IAM_OK;
}

static enum iam_status add_counts(struct iam_call *call, struct summary *s)
{
    static const struct {
        const char *key;
        enum iam_table_id table;
    } rows[] = {
        {"Groups",              IAM_TABLE_GROUP             },
        { "InstanceProfiles",   IAM_TABLE_INSTANCE_PROFILE  },
        { "MFADevices",         IAM_TABLE_MFA_DEVICE        },
        { "Policies",           IAM_TABLE_POLICY            },
        { "Roles",              IAM_TABLE_ROLE              },
        { "ServerCertificates", IAM_TABLE_SERVER_CERTIFICATE},
        { "Users",              IAM_TABLE_USER              },
    };
    struct iam_str account = api_account(call);
    struct iam_aws_use_list uses = { 0 };
    int64_t count;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        IAM_TRY(iam_entity_count(call->txn, rows[i].table, account, &count));
        add(s, rows[i].key, count);
    }
    IAM_TRY(count_providers(call, &count));
    add(s, "Providers", count);
    IAM_TRY(iam_store_policy_count_used(call->txn, account, &count));
    IAM_TRY(iam_store_aws_uses(call->txn, call->arena, account, &uses));
    /* Recorded on AWS: policies in use, AWS's too, each once. */
    add(s, "PolicyVersionsInUse", count + (int64_t)uses.count);
    IAM_TRY(iam_store_access_key_count(call->txn, account, account, &count));
    add(s, "AccountAccessKeysPresent", count > 0);
    IAM_TRY(iam_store_mfa_device_count_used(call->txn, account, &count));
    add(s, "MFADevicesInUse", count);
    IAM_TRY(iam_store_mfa_device_count_of(call->txn, account, account, &count));
    add(s, "AccountMFAEnabled", count > 0);
    IAM_TRY(iam_store_signing_certificate_count(call->txn, account, &count));
    add(s, "AccountSigningCertificatesPresent", count > 0);
    return IAM_OK;
}

enum iam_status api_iam_get_account_summary(struct iam_call *call,
                                            const struct api_iam_get_account_summary_in *in,
                                            struct api_iam_get_account_summary_out *out)
{
    struct summary *s = iam_arena_zalloc(call->arena, 1, sizeof(*s));
    (void)in;
    IAM_ENSURE(s != NULL, IAM_NOMEM);
    add_quotas(s, call->env->quotas);
    IAM_TRY(add_settings(call, s));
    IAM_TRY(add_counts(call, s));
    out->summary_map.items = s->entries;
    out->summary_map.count = s->count;
    out->summary_map.is_set = true;
    return IAM_OK;
}
