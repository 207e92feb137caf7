/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What everything in the store has in common. A kind is a const table (tables.c); its typed
 * functions come from a line in its header:
 *
 *   IAM_STORE_ENTITY(user, IAM_TABLE_USER)   struct iam_user_list, iam_store_user_get,
 *                                            _get_by_id, _list, _scan, _count, _delete
 *   IAM_STORE_ADD(user, IAM_TABLE_USER)      iam_store_user_add
 *   IAM_STORE_RENAME(user, IAM_TABLE_USER)   iam_store_user_update
 *   IAM_STORE_BOUNDED(user, IAM_TABLE_USER)  iam_store_user_set_boundary
 *   IAM_STORE_PART(x, IAM_TABLE_X)           iam_store_x_get, _add, _update, _delete, _count of
 * what an entity has at most one of
 *   IAM_STORE_PARTS(x, IAM_TABLE_X)          struct iam_x_list, iam_store_x_get, _list, _add,
 * _set_active, _delete, _count of what an entity has several of, each with an ID of its own
 *
 * The functions that take a table are for these macros and the files of the store: row, ret and
 * the items of a list are structs of the table's kind, which nothing checks.
 */
#pragma once

#include "store/store.h"

enum iam_table_id {
    IAM_TABLE_SCHEMA,
    IAM_TABLE_ACCOUNT,
    IAM_TABLE_USER,
    IAM_TABLE_GROUP,
    IAM_TABLE_ROLE,
    IAM_TABLE_POLICY,
    IAM_TABLE_ACCESS_KEY,
    IAM_TABLE_INSTANCE_PROFILE,
    IAM_TABLE_MFA_DEVICE,
    IAM_TABLE_MFA_DEVICE_OF_OWNER, /* IDs, of a user or an account */
    IAM_TABLE_LOGIN_PROFILE,
    IAM_TABLE_PASSWORD_CHANGE,
    IAM_TABLE_PASSWORD_HISTORY,
    IAM_TABLE_SERVICE_CREDENTIAL,
    IAM_TABLE_ACCOUNT_ALIAS,
    IAM_TABLE_ACCOUNT_SETTINGS,
    IAM_TABLE_TOKEN_KEY,
    IAM_TABLE_ORGANIZATION,
    IAM_TABLE_PASSWORD_POLICY,
    IAM_TABLE_SSH_PUBLIC_KEY,
    IAM_TABLE_SIGNING_CERTIFICATE,
    IAM_TABLE_DELEGATION_REQUEST,
    IAM_TABLE_OIDC_PROVIDER,
    IAM_TABLE_SAML_PROVIDER,
    IAM_TABLE_SAML_METADATA,
    IAM_TABLE_SAML_KEY,
    IAM_TABLE_SAML_USE,
    IAM_TABLE_SERVER_CERTIFICATE,
    IAM_TABLE_SERVER_CERTIFICATE_FACTS, /* without body and chain */
    IAM_TABLE_REPORT,
    IAM_TABLE_REPORT_TEXT,
    IAM_TABLE_SERVICE_USE,
    IAM_TABLE_ACCESS_JOB,
    IAM_TABLE_ACCESS_JOB_TEXT,
    IAM_TABLE_POLICY_FACTS,
    IAM_TABLE_EFFECTIVE_POLICY,
    IAM_TABLE_MEMBER,        /* users, of a group */
    IAM_TABLE_GROUP_OF_USER, /* groups, of a user */
    IAM_TABLE_VERSION,
    IAM_TABLE_PIN,
    IAM_TABLE_MEMBERSHIP,
    IAM_TABLE_MEMBERSHIP_OF_USER, /* IDs of groups, of a user */
    IAM_TABLE_ATTACHMENT,
    IAM_TABLE_ATTACHMENT_FACTS, /* without name and ARN of the policy */
    IAM_TABLE_AWS_ATTACHMENT,   /* of AWS managed policies */
    IAM_TABLE_INLINE_POLICY,
    IAM_TABLE_TAG,
    IAM_TABLE_CHANGE,
    IAM_TABLE_ACCOUNT_COUNT,
    IAM_TABLE_CLOCK,
    IAM_TABLE_KEY_GENERATION,
    IAM_TABLE_KEY_WRAP,
    IAM_TABLE_COUNT
};

/*
 * Reads a row by its name in scope, ignoring case where names are not case-sensitive: an entity in
 * its account, a part in its entity. IAM_NOT_FOUND.
 */
enum iam_status iam_table_get(struct iam_txn *txn, struct iam_arena *arena, enum iam_table_id table,
                              struct iam_str scope, struct iam_str name, void *ret) IAM_MUST_USE;
/* Reads a row by its unique ID; for a part, by the ID of its entity. IAM_NOT_FOUND. */
enum iam_status iam_table_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                    enum iam_table_id table, struct iam_str id,
                                    void *ret) IAM_MUST_USE;
/* Lists rows by name; path_prefix is for kinds with a path (absent: all). page may be NULL: all. */
enum iam_status iam_table_list(struct iam_txn *txn, struct iam_arena *arena,
                               enum iam_table_id table, struct iam_str scope,
                               struct iam_str path_prefix, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* Lists rows of all accounts in the order of unique IDs, for loaders (after and next are IDs). */
enum iam_status iam_table_scan(struct iam_txn *txn, struct iam_arena *arena,
                               enum iam_table_id table, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* Reads how many entities with names an account has, in the same time however many there are. */
enum iam_status iam_entity_count(struct iam_txn *txn, enum iam_table_id table,
                                 struct iam_str account, int64_t *ret) IAM_MUST_USE;
/* Counts the rows in scope: entities of an account, parts of an entity (by its ID). */
enum iam_status iam_table_count(struct iam_txn *txn, enum iam_table_id table, struct iam_str scope,
                                int64_t *ret) IAM_MUST_USE;

/*
 * Adds row; what the store makes itself (ARNs, counts, last use) is not read. IAM_EXISTS when the
 * name is taken; IAM_CONFLICT when what it refers to does not exist; IAM_NOT_FOUND when the entity
 * that it would be a part of does not exist.
 *
 * This function and the next three make a change: of the entity that row is (then entity is NULL,
 * and ID and account are those of row), or of the entity that row is a part of.
 */
enum iam_status iam_table_add(struct iam_txn *txn, enum iam_table_id table,
                              const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/*
 * Writes the mutable members of row that are set: text that is not absent (empty text removes what
 * may be missing), numbers other than 0, and every bool. IAM_EXISTS when another has the name;
 * IAM_CONFLICT when what it refers to does not exist; IAM_NOT_FOUND.
 */
enum iam_status iam_table_update(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/*
 * Sets the permissions boundary: the unique ID of a policy of the account, or the ARN of an AWS
 * managed one, which the caller has found; absent: none. IAM_CONFLICT: no policy; IAM_NOT_FOUND.
 */
enum iam_status iam_table_set_boundary(struct iam_txn *txn, enum iam_table_id table,
                                       struct iam_str account, struct iam_str id,
                                       struct iam_str policy) IAM_MUST_USE;
/* Deletes row and all its parts; refuses only a policy that is in use. IAM_NOT_FOUND. */
enum iam_status iam_table_delete(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;

#define IAM_STORE_ENTITY(kind, table)                                                              \
    struct iam_##kind##_list {                                                                     \
        IAM_LIST_OF(struct iam_##kind);                                                            \
    };                                                                                             \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get(                             \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str account, struct iam_str name, \
        struct iam_##kind *ret)                                                                    \
    {                                                                                              \
        return iam_table_get(txn, arena, table, account, name, ret);                               \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get_by_id(                       \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str id, struct iam_##kind *ret)   \
    {                                                                                              \
        return iam_table_get_by_id(txn, arena, table, id, ret);                                    \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_list(                            \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str account,                      \
        struct iam_str path_prefix, const struct iam_page *page, struct iam_##kind##_list *ret)    \
    {                                                                                              \
        return iam_table_list(txn, arena, table, account, path_prefix, page, &ret->rows);          \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_scan(                            \
        struct iam_txn *txn, struct iam_arena *arena, const struct iam_page *page,                 \
        struct iam_##kind##_list *ret)                                                             \
    {                                                                                              \
        return iam_table_scan(txn, arena, table, page, &ret->rows);                                \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_count(                           \
        struct iam_txn *txn, struct iam_str account, int64_t *ret)                                 \
    {                                                                                              \
        return iam_entity_count(txn, table, account, ret);                                         \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_delete(                          \
        struct iam_txn *txn, struct iam_str account, struct iam_str id)                            \
    {                                                                                              \
        const struct iam_##kind row = { .id = id, .account = account };                            \
                                                                                                   \
        return iam_table_delete(txn, table, NULL, &row);                                           \
    }

#define IAM_STORE_ADD(kind, table)                                     \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_add( \
        struct iam_txn *txn, const struct iam_##kind *row)             \
    {                                                                  \
        return iam_table_add(txn, table, NULL, row);                   \
    }

/* New name, new path; absent keeps the old. */
#define IAM_STORE_RENAME(kind, table)                                                            \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_update(                        \
        struct iam_txn *txn, struct iam_str account, struct iam_str id, struct iam_str new_name, \
        struct iam_str new_path)                                                                 \
    {                                                                                            \
        const struct iam_##kind row = {                                                          \
            .id = id, .account = account, .name = new_name, .path = new_path                     \
        };                                                                                       \
                                                                                                 \
        return iam_table_update(txn, table, NULL, &row);                                         \
    }

#define IAM_STORE_BOUNDED(kind, table)                                                         \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_set_boundary(                \
        struct iam_txn *txn, struct iam_str account, struct iam_str id, struct iam_str policy) \
    {                                                                                          \
        return iam_table_set_boundary(txn, table, account, id, policy);                        \
    }

#define IAM_STORE_PART(kind, table)                                                             \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get(                          \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str entity_id,                 \
        struct iam_##kind *ret)                                                                 \
    {                                                                                           \
        return iam_table_get_by_id(txn, arena, table, entity_id, ret);                          \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_add(                          \
        struct iam_txn *txn, const struct iam_entity_ref *entity, const struct iam_##kind *row) \
    {                                                                                           \
        return iam_table_add(txn, table, entity, row);                                          \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_update(                       \
        struct iam_txn *txn, const struct iam_entity_ref *entity, const struct iam_##kind *row) \
    {                                                                                           \
        return iam_table_update(txn, table, entity, row);                                       \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_delete(                       \
        struct iam_txn *txn, const struct iam_entity_ref *entity)                               \
    {                                                                                           \
        return iam_table_delete(txn, table, entity, NULL);                                      \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_count(                        \
        struct iam_txn *txn, struct iam_str entity_id, int64_t *ret)                            \
    {                                                                                           \
        return iam_table_count(txn, table, entity_id, ret);                                     \
    }

#define IAM_STORE_PARTS(kind, table)                                                               \
    struct iam_##kind##_list {                                                                     \
        IAM_LIST_OF(struct iam_##kind);                                                            \
    };                                                                                             \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get(                             \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str entity_id, struct iam_str id, \
        struct iam_##kind *ret)                                                                    \
    {                                                                                              \
        return iam_table_get(txn, arena, table, entity_id, id, ret);                               \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_list(                            \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str entity_id,                    \
        const struct iam_page *page, struct iam_##kind##_list *ret)                                \
    {                                                                                              \
        return iam_table_list(txn, arena, table, entity_id, iam_str_absent(), page, &ret->rows);   \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_add(                             \
        struct iam_txn *txn, const struct iam_entity_ref *entity, const struct iam_##kind *row)    \
    {                                                                                              \
        return iam_table_add(txn, table, entity, row);                                             \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_set_active(                      \
        struct iam_txn *txn, const struct iam_entity_ref *entity, struct iam_str id,               \
        bool is_active)                                                                            \
    {                                                                                              \
        const struct iam_##kind row = { .id = id, .is_active = is_active };                        \
                                                                                                   \
        return iam_table_update(txn, table, entity, &row);                                         \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_delete(                          \
        struct iam_txn *txn, const struct iam_entity_ref *entity, struct iam_str id)               \
    {                                                                                              \
        const struct iam_##kind row = { .id = id };                                                \
                                                                                                   \
        return iam_table_delete(txn, table, entity, &row);                                         \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_count(                           \
        struct iam_txn *txn, struct iam_str entity_id, int64_t *ret)                               \
    {                                                                                              \
        return iam_table_count(txn, table, entity_id, ret);                                        \
    }

IAM_STORE_PARTS(ssh_public_key, IAM_TABLE_SSH_PUBLIC_KEY)           /* of a user */
IAM_STORE_PARTS(signing_certificate, IAM_TABLE_SIGNING_CERTIFICATE) /* of a user or an account */

IAM_STORE_PART(login_profile, IAM_TABLE_LOGIN_PROFILE)       /* of a user */
IAM_STORE_PART(password_change, IAM_TABLE_PASSWORD_CHANGE)   /* of a user */
IAM_STORE_PART(account_alias, IAM_TABLE_ACCOUNT_ALIAS)       /* of an account */
IAM_STORE_PART(account_settings, IAM_TABLE_ACCOUNT_SETTINGS) /* of an account */
IAM_STORE_PART(organization, IAM_TABLE_ORGANIZATION)         /* of an account */
IAM_STORE_PART(password_policy, IAM_TABLE_PASSWORD_POLICY)   /* of an account */
IAM_STORE_PART(credential_report, IAM_TABLE_REPORT)          /* of an account */
IAM_STORE_PART(credential_report_text, IAM_TABLE_REPORT_TEXT)

/*
 * Checks that what was read of the parts of a user, group or role is all that it has: sum is that
 * of the lists of its attached and inline policies, tags (not of a group), groups and pins, each of
 * them read to its end. IAM_CORRUPT: a part is missing, or one is there that was not added here.
 */
enum iam_status iam_store_parts_check(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                      const struct iam_row_sum *sum) IAM_MUST_USE;

/* What belongs to an entity, by its ID; for a user, group or role any of it is a DeleteConflict. */
struct iam_entity_parts {
    int64_t access_keys;
    int64_t groups;  /* that a user is in */
    int64_t members; /* of a group */
    int64_t attached_policies;
    int64_t inline_policies;
};

enum iam_status iam_store_parts(struct iam_txn *txn, struct iam_str id,
                                struct iam_entity_parts *ret) IAM_MUST_USE;
