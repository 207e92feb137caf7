/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is common to all that the store keeps. A kind is a const table (tables.c); its typed
 * functions come from a line of its header:
 *
 *   IAM_STORE_ENTITY(user)  struct iam_user_list, iam_store_user_get, _get_by_id, _list, _scan,
 *                           _delete
 *   IAM_STORE_ADD(user)     iam_store_user_add
 *   IAM_STORE_PART(x)       iam_store_x_get, _add, _update, _delete of what an entity has at most
 *                           one of
 *
 * The functions that take a table are for these macros and the files of the store: row, ret and
 * the items of a list are structs of the table's kind, which nothing checks.
 */
#pragma once

#include "store/store.h"

struct iam_table;

extern const struct iam_table iam_table_account;
extern const struct iam_table iam_table_user;
extern const struct iam_table iam_table_group;
extern const struct iam_table iam_table_role;
extern const struct iam_table iam_table_policy;
extern const struct iam_table iam_table_instance_profile;
extern const struct iam_table iam_table_version;
extern const struct iam_table iam_table_access_key;
extern const struct iam_table iam_table_attachment;
extern const struct iam_table iam_table_inline_policy;
extern const struct iam_table iam_table_pin;
extern const struct iam_table iam_table_tag;

/*
 * By the name in scope, without regard to case where names have none: an entity in its account, a
 * part in its entity. IAM_NOT_FOUND.
 */
enum iam_status iam_table_get(struct iam_txn *txn, struct iam_arena *arena,
                              const struct iam_table *table, struct iam_str scope,
                              struct iam_str name, void *ret) IAM_MUST_USE;
/* By unique ID; of a part: the one of that entity. IAM_NOT_FOUND. */
enum iam_status iam_table_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_table *table, struct iam_str id,
                                    void *ret) IAM_MUST_USE;
/* By name; path_prefix is for kinds with a path (absent: all). page may be NULL: all. */
enum iam_status iam_table_list(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_table *table, struct iam_str scope,
                               struct iam_str path_prefix, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* For loaders: of all accounts in the order of unique IDs (after and next are IDs). */
enum iam_status iam_table_scan(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_table *table, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* Number of parts that an entity has, by its ID. */
enum iam_status iam_part_count(struct iam_txn *txn, const struct iam_table *table,
                               struct iam_str scope, int64_t *ret) IAM_MUST_USE;

/*
 * The following are a change: of the entity that row is (entity is NULL then, ID and account are
 * those of row), or of the entity that row is a part of.
 *
 * Adds row; what the store makes (ARNs, counts, last use) is not read. IAM_EXISTS when the name is
 * taken; IAM_CONFLICT when what it refers to does not exist; IAM_NOT_FOUND: no such entity to have
 * it.
 */
enum iam_status iam_table_add(struct iam_txn *txn, const struct iam_table *table,
                              const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/*
 * Sets the mutable members of row that are set: text that is there (empty text removes what may be
 * missing), numbers other than 0, and every bool. IAM_EXISTS when another has the name;
 * IAM_CONFLICT: no such boundary policy; IAM_NOT_FOUND.
 */
enum iam_status iam_table_update(struct iam_txn *txn, const struct iam_table *table,
                                 const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/* Deletes row and all its parts; refuses nothing by itself but a policy in use. IAM_NOT_FOUND. */
enum iam_status iam_table_delete(struct iam_txn *txn, const struct iam_table *table,
                                 const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;

#define IAM_STORE_ENTITY(kind)                                                                     \
    struct iam_##kind##_list {                                                                     \
        IAM_LIST_OF(struct iam_##kind);                                                            \
    };                                                                                             \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get(                             \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str account, struct iam_str name, \
        struct iam_##kind *ret)                                                                    \
    {                                                                                              \
        return iam_table_get(txn, arena, &iam_table_##kind, account, name, ret);                   \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get_by_id(                       \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str id, struct iam_##kind *ret)   \
    {                                                                                              \
        return iam_table_get_by_id(txn, arena, &iam_table_##kind, id, ret);                        \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_list(                            \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str account,                      \
        struct iam_str path_prefix, const struct iam_page *page, struct iam_##kind##_list *ret)    \
    {                                                                                              \
        return iam_table_list(txn, arena, &iam_table_##kind, account, path_prefix, page,           \
                              &ret->rows);                                                         \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_scan(                            \
        struct iam_txn *txn, struct iam_arena *arena, const struct iam_page *page,                 \
        struct iam_##kind##_list *ret)                                                             \
    {                                                                                              \
        return iam_table_scan(txn, arena, &iam_table_##kind, page, &ret->rows);                    \
    }                                                                                              \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_delete(                          \
        struct iam_txn *txn, struct iam_str account, struct iam_str id)                            \
    {                                                                                              \
        const struct iam_##kind row = { .id = id, .account = account };                            \
                                                                                                   \
        return iam_table_delete(txn, &iam_table_##kind, NULL, &row);                               \
    }

#define IAM_STORE_ADD(kind)                                            \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_add( \
        struct iam_txn *txn, const struct iam_##kind *row)             \
    {                                                                  \
        return iam_table_add(txn, &iam_table_##kind, NULL, row);       \
    }

#define IAM_STORE_PART(kind)                                                                    \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_get(                          \
        struct iam_txn *txn, struct iam_arena *arena, struct iam_str entity_id,                 \
        struct iam_##kind *ret)                                                                 \
    {                                                                                           \
        return iam_table_get_by_id(txn, arena, &iam_table_##kind, entity_id, ret);              \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_add(                          \
        struct iam_txn *txn, const struct iam_entity_ref *entity, const struct iam_##kind *row) \
    {                                                                                           \
        return iam_table_add(txn, &iam_table_##kind, entity, row);                              \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_update(                       \
        struct iam_txn *txn, const struct iam_entity_ref *entity, const struct iam_##kind *row) \
    {                                                                                           \
        return iam_table_update(txn, &iam_table_##kind, entity, row);                           \
    }                                                                                           \
    static inline IAM_MUST_USE enum iam_status iam_store_##kind##_delete(                       \
        struct iam_txn *txn, const struct iam_entity_ref *entity)                               \
    {                                                                                           \
        return iam_table_delete(txn, &iam_table_##kind, entity, NULL);                          \
    }
