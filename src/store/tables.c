/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that is kept, one table after the other, in the columns of schema.c and the members of
 * model/entity.h. INVARIANT: no statement reaches a driver that is not of a table here; scripts of
 * migrations are in schema.c.
 */
#include "store/effective.h"
#include "store/key_ring.h"
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
/* The columns that say which entity a part is of. */
#define PART_OF(sql) { sql, IAM_COL_TEXT, IAM_COL_ID | IAM_COL_SCOPE | IAM_COL_HIDDEN, 0 }
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
    { columns, IAM_COUNT(columns), sizeof(struct type), arn_kind }
/* clang-format on */

#define MUTABLE IAM_COL_MUTABLE
#define OPTIONAL (IAM_COL_MUTABLE | IAM_COL_NULLABLE)
#define BOUNDARY_JOIN " t LEFT JOIN iam_policy b ON b.policy_id = t.boundary_id"
#define BOUNDARY_COLUMNS "b.account_id, b.path, b.name"

static const struct iam_column ACCOUNT_COLUMNS[] = {
    TEXT("account_id", IAM_COL_ID | IAM_COL_ACCOUNT, iam_account, id),
    TEXT("name", 0, iam_account, name),
    INT("created_ms", 0, iam_account, created_ms),
};

static const struct iam_column USER_COLUMNS[] = {
    NAMED("user_id", iam_user, MUTABLE),
    TEXT("boundary_id", IAM_COL_BOUNDARY, iam_user, boundary_policy_id),
    POLICY_ARN(BOUNDARY_COLUMNS, iam_user, boundary_arn),
};

static const struct iam_column GROUP_COLUMNS[] = {
    NAMED("group_id", iam_group, MUTABLE),
};

static const struct iam_column ROLE_COLUMNS[] = {
    NAMED("role_id", iam_role, 0),
    TEXT("trust_document", MUTABLE, iam_role, trust_document),
    TEXT("description", OPTIONAL, iam_role, description),
    INT("max_session_seconds", MUTABLE, iam_role, max_session_seconds),
    INT("last_used_ms", IAM_COL_LATER, iam_role, last_used_ms),
    TEXT("last_used_region", IAM_COL_LATER, iam_role, last_used_region),
    TEXT("boundary_id", IAM_COL_BOUNDARY, iam_role, boundary_policy_id),
    POLICY_ARN(BOUNDARY_COLUMNS, iam_role, boundary_arn),
};

/* @viewer is the account whose uses are counted: the owner, unless policy.c names another. */
static const struct iam_column POLICY_COLUMNS[] = {
    NAMED("policy_id", iam_managed_policy, 0),
    TEXT("description", 0, iam_managed_policy, description),
    INT("updated_ms", 0, iam_managed_policy, updated_ms),
    INT("default_version", IAM_COL_LATER, iam_managed_policy, default_version),
    {"last_version", IAM_COL_INT, IAM_COL_LATER | IAM_COL_HIDDEN, 0},
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
    NAMED("policy_id", iam_managed_policy, 0),
    TEXT("description", 0, iam_managed_policy, description),
    INT("updated_ms", 0, iam_managed_policy, updated_ms),
    INT("default_version", IAM_COL_LATER, iam_managed_policy, default_version),
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
    INT("last_used_ms", IAM_COL_LATER, iam_access_key, last_used_ms),
    TEXT("last_used_region", IAM_COL_LATER, iam_access_key, last_used_region),
    TEXT("last_used_service", IAM_COL_LATER, iam_access_key, last_used_service),
};

static const struct iam_column INSTANCE_PROFILE_COLUMNS[] = {
    NAMED("instance_profile_id", iam_instance_profile, 0),
    TEXT("role_id", OPTIONAL, iam_instance_profile, role_id),
};

static const struct iam_column LOGIN_PROFILE_COLUMNS[] = {
    PART_OF("user_id"),
    PART_ACCOUNT,
    INT("created_ms", 0, iam_login_profile, created_ms),
    TEXT("password_hash", MUTABLE, iam_login_profile, password_hash),
    BOOL("is_reset_required", MUTABLE, iam_login_profile, is_reset_required),
};

/* The ID of the account is its account, too. */
static const struct iam_column ALIAS_COLUMNS[] = {
    PART_OF("account_id"),
    TEXT("alias", 0, iam_account_alias, alias),
};

static const struct iam_column PASSWORD_POLICY_COLUMNS[] = {
    PART_OF("account_id"),
    INT("min_chars", 0, iam_password_policy, min_chars),
    BOOL("needs_upper", 0, iam_password_policy, needs_upper),
    BOOL("needs_lower", 0, iam_password_policy, needs_lower),
    BOOL("needs_digit", 0, iam_password_policy, needs_digit),
    BOOL("needs_symbol", 0, iam_password_policy, needs_symbol),
    BOOL("users_may_change", 0, iam_password_policy, users_may_change),
    INT("max_age_days", 0, iam_password_policy, max_age_days),
    INT("remembered", 0, iam_password_policy, remembered),
    BOOL("is_hard_expiry", 0, iam_password_policy, is_hard_expiry),
};

static const struct iam_column VERSION_COLUMNS[] = {
    TEXT("policy_id", IAM_COL_ID | IAM_COL_SCOPE, iam_policy_version, policy_id),
    INT("version", IAM_COL_KEY, iam_policy_version, number),
    PART_ACCOUNT,
    BOOL("CASE WHEN t.version = p.default_version THEN 1 ELSE 0 END", IAM_COL_COMPUTED,
         iam_policy_version, is_default),
    INT("created_ms", 0, iam_policy_version, created_ms),
    TEXT("document", 0, iam_policy_version, document),
};

static const struct iam_column PIN_COLUMNS[] = {
    PART_OF("role_id"),
    TEXT("principal_arn", IAM_COL_KEY, iam_pinned_principal, principal_arn),
    TEXT("unique_id", 0, iam_pinned_principal, unique_id),
    PART_ACCOUNT,
};

/* A row is the ID of the user. It is a change of the user as well: group.c. */
static const struct iam_column MEMBERSHIP_COLUMNS[] = {
    PART_OF("group_id"),
    {"user_id", IAM_COL_TEXT, IAM_COL_KEY, 0},
    PART_ACCOUNT,
};

static const struct iam_column ATTACHMENT_COLUMNS[] = {
    PART_OF("entity_id"),
    TEXT("policy_id", IAM_COL_KEY, iam_attached_policy, policy_id),
    PART_ACCOUNT,
    TEXT("p.name", IAM_COL_COMPUTED, iam_attached_policy, name),
    POLICY_ARN("p.account_id, p.path, p.name", iam_attached_policy, arn),
};

static const struct iam_column INLINE_COLUMNS[] = {
    PART_OF("entity_id"),
    TEXT("name", 0, iam_inline_policy, name),
    LOWER("name_key", IAM_COL_KEY, iam_inline_policy, name),
    PART_ACCOUNT,
    TEXT("document", MUTABLE, iam_inline_policy, document),
};

static const struct iam_column TAG_COLUMNS[] = {
    PART_OF("entity_id"),
    LOWER("match_key", IAM_COL_KEY | IAM_COL_EXACT, iam_tag_row, tag.key),
    PART_ACCOUNT,
    INT("tag_order", IAM_COL_HIDDEN, iam_tag_row, order),
    TEXT("tag_key", MUTABLE, iam_tag_row, tag.key),
    TEXT("tag_value", MUTABLE, iam_tag_row, tag.value),
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

#define HAS_POLICIES (IAM_PART(IAM_TABLE_ATTACHMENT) | IAM_PART(IAM_TABLE_INLINE_POLICY))
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
                 IAM_PART(IAM_TABLE_PASSWORD_POLICY),
        .own_sql = iam_account_sql,
        .shape = SHAPE(ACCOUNT_COLUMNS, iam_account, 0),
    },
    [IAM_TABLE_USER] = {
        .name = "iam_user",
        .from = "iam_user" BOUNDARY_JOIN,
        .kind = IAM_KIND_USER,
        .parts = HAS_POLICIES | HAS_TAGS | IAM_PART(IAM_TABLE_ACCESS_KEY) |
                 IAM_PART(IAM_TABLE_LOGIN_PROFILE),
        .before_delete = iam_user_leave,
        .own_sql = iam_user_sql,
        .shape = SHAPE(USER_COLUMNS, iam_user, IAM_KIND_USER),
    },
    [IAM_TABLE_GROUP] = {
        .name = "iam_group",
        .kind = IAM_KIND_GROUP,
        .parts = HAS_POLICIES | HAS_TAGS,
        .before_delete = iam_group_empty,
        .own_sql = iam_group_sql,
        .shape = SHAPE(GROUP_COLUMNS, iam_group, IAM_KIND_GROUP),
    },
    [IAM_TABLE_ROLE] = {
        .name = "iam_role",
        .from = "iam_role" BOUNDARY_JOIN,
        .kind = IAM_KIND_ROLE,
        .parts = HAS_POLICIES | HAS_TAGS | IAM_PART(IAM_TABLE_PIN),
        .own_sql = iam_role_sql,
        .shape = SHAPE(ROLE_COLUMNS, iam_role, IAM_KIND_ROLE),
    },
    [IAM_TABLE_POLICY] = {
        .name = "iam_policy",
        .kind = IAM_KIND_POLICY,
        .parts = HAS_TAGS | IAM_PART(IAM_TABLE_VERSION),
        .before_delete = iam_policy_check_unused,
        .own_sql = iam_policy_sql,
        .shape = SHAPE(POLICY_COLUMNS, iam_managed_policy, IAM_KIND_POLICY),
    },
    [IAM_TABLE_ACCESS_KEY] = {
        .name = "access_key",
        .kind = IAM_KIND_ACCESS_KEY,
        .own_sql = iam_access_key_sql,
        .shape = SHAPE(ACCESS_KEY_COLUMNS, iam_access_key, 0),
    },
    [IAM_TABLE_INSTANCE_PROFILE] = {
        .name = "instance_profile",
        .kind = IAM_KIND_INSTANCE_PROFILE,
        .parts = HAS_TAGS,
        .own_sql = iam_instance_profile_sql,
        .shape = SHAPE(INSTANCE_PROFILE_COLUMNS, iam_instance_profile, IAM_KIND_INSTANCE_PROFILE),
    },
    [IAM_TABLE_LOGIN_PROFILE] = {
        .name = "login_profile",
        .shape = SHAPE(LOGIN_PROFILE_COLUMNS, iam_login_profile, 0),
    },
    [IAM_TABLE_ACCOUNT_ALIAS] = {
        .name = "account_alias",
        .shape = SHAPE(ALIAS_COLUMNS, iam_account_alias, 0),
    },
    [IAM_TABLE_PASSWORD_POLICY] = {
        .name = "password_policy",
        .shape = SHAPE(PASSWORD_POLICY_COLUMNS, iam_password_policy, 0),
    },
    [IAM_TABLE_POLICY_FACTS] = {
        .name = "iam_policy",
        .own_sql = iam_policy_check_sql,
        .shape = SHAPE(POLICY_FACTS_COLUMNS, iam_managed_policy, IAM_KIND_POLICY),
    },
    [IAM_TABLE_EFFECTIVE_POLICY] = {
        .name = "iam_policy",
        .from = "iam_policy t LEFT JOIN policy_version v"
                " ON v.policy_id = t.policy_id AND v.version = t.default_version",
        .own_sql = iam_effective_policy_sql,
        .shape = SHAPE(EFFECTIVE_POLICY_COLUMNS, iam_effective_policy, 0),
    },
    [IAM_TABLE_VERSION] = {
        .name = "policy_version",
        .from = "policy_version t" " JOIN iam_policy p ON p.policy_id = t.policy_id",
        .own_sql = iam_version_sql,
        .shape = SHAPE(VERSION_COLUMNS, iam_policy_version, 0),
    },
    [IAM_TABLE_PIN] = {
        .name = "role_pin",
        .shape = SHAPE(PIN_COLUMNS, iam_pinned_principal, 0),
    },
    [IAM_TABLE_MEMBERSHIP] = {
        .name = "membership",
        .shape = SHAPE(MEMBERSHIP_COLUMNS, iam_str, 0),
    },
    [IAM_TABLE_ATTACHMENT] = {
        .name = "attachment",
        .from = "attachment t" " JOIN iam_policy p ON p.policy_id = t.policy_id",
        .own_sql = iam_attachment_sql,
        .shape = SHAPE(ATTACHMENT_COLUMNS, iam_attached_policy, 0),
    },
    [IAM_TABLE_INLINE_POLICY] = {
        .name = "inline_policy",
        .own_sql = iam_inline_sql,
        .shape = SHAPE(INLINE_COLUMNS, iam_inline_policy, 0),
    },
    [IAM_TABLE_TAG] = {
        .name = "tag",
        .own_sql = iam_tag_sql,
        .shape = SHAPE(TAG_COLUMNS, iam_tag, 0),
    },
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
