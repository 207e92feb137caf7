/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies of accounts, their versions, and what they are attached to. AWS managed policies
 * have no rows, only uses: wherever a policy is attached, detached or asked for its entities, it is
 * the unique ID of a policy of the account, or the ARN of one of AWS, which the caller has found.
 */
#pragma once

#include "store/lists.h"

struct iam_policy_list {
    IAM_LIST_OF(struct iam_managed_policy);
};

struct iam_policy_version_list {
    IAM_LIST_OF(struct iam_policy_version);
};

struct iam_attached_list {
    IAM_LIST_OF(struct iam_attached_policy);
};

enum iam_policy_usage { IAM_USAGE_ANY, IAM_USAGE_PERMISSIONS, IAM_USAGE_BOUNDARY };

struct iam_policy_filter {
    bool only_used; /* in this account, in the way of usage */
    enum iam_policy_usage usage;
    struct iam_str path_prefix; /* absent: all */
};

/*
 * Adds policy with document as its version 1, the default; id, account, name, path, description and
 * created_ms are read. IAM_EXISTS for a name taken in any case; IAM_CONFLICT: no such account.
 */
enum iam_status iam_store_policy_add(struct iam_txn *txn, const struct iam_managed_policy *policy,
                                     struct iam_str document) IAM_MUST_USE;
/*
 * Adds policy with versions that it had elsewhere, each with its number, document and created_ms;
 * of policy, updated_ms and default_version are read too. The next version gets the number after
 * the highest of them. IAM_EXISTS for a name taken in any case, or a number twice; IAM_CONFLICT: no
 * such account, or no version is the default.
 */
enum iam_status iam_store_policy_restore(struct iam_txn *txn,
                                         const struct iam_managed_policy *policy,
                                         const struct iam_policy_version *versions,
                                         size_t count) IAM_MUST_USE;
/*
 * Reads a policy by its ARN; account is the one that asks: a policy of another account is
 * IAM_NOT_FOUND, and so is a text that is not a policy's ARN. Path and name must be exactly as
 * stored, including case.
 */
enum iam_status iam_store_policy_get(struct iam_txn *txn, struct iam_arena *arena,
                                     struct iam_str account, struct iam_str arn,
                                     struct iam_managed_policy *ret) IAM_MUST_USE;
/*
 * Does what iam_store_policy_get does, without counting: attachment_count and boundary_count are 0.
 * The cost does not grow with the number of entities that use the policy.
 */
enum iam_status iam_store_policy_find(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str account, struct iam_str arn,
                                      struct iam_managed_policy *ret) IAM_MUST_USE;
/* Reads a policy of account by its unique ID, with the counts. IAM_NOT_FOUND. */
enum iam_status iam_store_policy_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str account, struct iam_str id,
                                           struct iam_managed_policy *ret) IAM_MUST_USE;
/* Lists the policies of account by name. page may be NULL: all. */
enum iam_status iam_store_policy_list(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str account,
                                      const struct iam_policy_filter *filter,
                                      const struct iam_page *page,
                                      struct iam_policy_list *ret) IAM_MUST_USE;
/* Counts the policies of account that are attached or a boundary. */
enum iam_status iam_store_policy_count_used(struct iam_txn *txn, struct iam_str account,
                                            int64_t *ret) IAM_MUST_USE;
/* Lists the policies of all accounts by unique ID, for loaders; the counts are the owner's. */
static inline IAM_MUST_USE enum iam_status iam_store_policy_scan(struct iam_txn *txn,
                                                                 struct iam_arena *arena,
                                                                 const struct iam_page *page,
                                                                 struct iam_policy_list *ret)
{
    return iam_table_scan(txn, arena, IAM_TABLE_POLICY, page, &ret->rows);
}
/*
 * Deletes the policy, its versions and tags. IAM_CONFLICT while it is attached or a boundary;
 * IAM_NOT_FOUND.
 */
static inline IAM_MUST_USE enum iam_status
iam_store_policy_delete(struct iam_txn *txn, struct iam_str account, struct iam_str id)
{
    const struct iam_managed_policy row = { .id = id, .account = account };

    return iam_table_delete(txn, IAM_TABLE_POLICY, NULL, &row);
}

/*
 * Adds a version; its number is one more than the highest that the policy ever had. The caller has
 * checked the quota. IAM_NOT_FOUND: no such policy.
 */
enum iam_status iam_store_version_add(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str policy_id, struct iam_str document,
                                      bool is_default, int64_t created_ms,
                                      int64_t *ret_number) IAM_MUST_USE;
/* Reads a version, with its document. IAM_NOT_FOUND. */
enum iam_status iam_store_version_get(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str policy_id, int64_t number,
                                      struct iam_policy_version *ret) IAM_MUST_USE;
/* Reads the default version, with its document. IAM_NOT_FOUND. */
enum iam_status iam_store_version_get_default(struct iam_txn *txn, struct iam_arena *arena,
                                              struct iam_str policy_id,
                                              struct iam_policy_version *ret) IAM_MUST_USE;
/* Lists versions, newest first, without documents. page may be NULL: all. */
enum iam_status iam_store_version_list(struct iam_txn *txn, struct iam_arena *arena,
                                       struct iam_str policy_id, const struct iam_page *page,
                                       struct iam_policy_version_list *ret) IAM_MUST_USE;
static inline IAM_MUST_USE enum iam_status
iam_store_version_count(struct iam_txn *txn, struct iam_str policy_id, int64_t *ret)
{
    return iam_table_count(txn, IAM_TABLE_VERSION, policy_id, ret);
}
/* Makes a version the default. updated_ms becomes now_ms. IAM_NOT_FOUND: no such version. */
enum iam_status iam_store_version_set_default(struct iam_txn *txn, struct iam_str account,
                                              struct iam_str policy_id, int64_t number,
                                              int64_t now_ms) IAM_MUST_USE;
/* Deletes a version. IAM_CONFLICT for the default version; IAM_NOT_FOUND. */
enum iam_status iam_store_version_delete(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str policy_id, int64_t number) IAM_MUST_USE;

/*
 * Attaches a policy to a user, group or role; IAM_OK also if it is already attached (then nothing
 * is written). IAM_CONFLICT: no such policy; IAM_NOT_FOUND: no such entity. A change of the entity.
 */
enum iam_status iam_store_policy_attach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy) IAM_MUST_USE;
/* Detaches a policy. IAM_NOT_FOUND when it is not attached. A change of the entity. */
enum iam_status iam_store_policy_detach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy) IAM_MUST_USE;
/*
 * Lists what is attached to entity, an own policy before one of AWS with the same name. path_prefix
 * is of the policies, absent: all. page may be NULL: all.
 */
enum iam_status iam_store_attached_list(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_entity_ref *entity,
                                        struct iam_str path_prefix, const struct iam_page *page,
                                        struct iam_attached_list *ret) IAM_MUST_USE;
/* Lists what is attached to each of owners: struct iam_attached_policy. */
enum iam_status iam_store_attached_lists(struct iam_txn *txn, struct iam_arena *arena,
                                         const struct iam_owners *owners,
                                         struct iam_lists *ret) IAM_MUST_USE;
/* Counts what is attached to entity. */
enum iam_status iam_store_attached_count(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                         int64_t *ret) IAM_MUST_USE;

/* An entity that uses a policy. */
struct iam_policy_entity {
    enum iam_kind kind; /* user, group or role */
    struct iam_str id;
    struct iam_str name;
};

struct iam_policy_entity_list { /* users, then groups, then roles */
    IAM_LIST_OF(struct iam_policy_entity);
};

struct iam_policy_entity_filter {
    enum iam_kind kind;          /* 0: users, groups and roles */
    enum iam_policy_usage usage; /* attached, as a boundary, or either */
    struct iam_str path_prefix;  /* of the entities; absent: all */
};

/* Lists the entities of account that use the policy, each once. page may be NULL: all. */
enum iam_status iam_store_policy_entities(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str account, struct iam_str policy,
                                          const struct iam_policy_entity_filter *filter,
                                          const struct iam_page *page,
                                          struct iam_policy_entity_list *ret) IAM_MUST_USE;
