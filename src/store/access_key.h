/* SPDX-License-Identifier: Apache-2.0 */
/* Access keys. The secret is stored only as bytes that the keeper has sealed. */
#pragma once

#include "store/lists.h"

struct iam_access_key_list { /* by creation, then by ID */
    IAM_LIST_OF(struct iam_access_key);
};

/*
 * Adds a key; its last use is not read. owner_id is a user's unique ID or the account ID (root).
 * IAM_EXISTS for an ID in use; IAM_NOT_FOUND: no such owner.
 */
enum iam_status iam_store_access_key_add(struct iam_txn *txn,
                                         const struct iam_access_key *key) IAM_MUST_USE;
/* Reads a key by its ID, in any account. IAM_NOT_FOUND. */
static inline IAM_MUST_USE enum iam_status iam_store_access_key_get(struct iam_txn *txn,
                                                                    struct iam_arena *arena,
                                                                    struct iam_str key_id,
                                                                    struct iam_access_key *ret)
{
    return iam_table_get_by_id(txn, arena, IAM_TABLE_ACCESS_KEY, key_id, ret);
}
/* Lists the keys of a user or of the root user. page may be NULL: all. */
enum iam_status iam_store_access_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str account, struct iam_str owner_id,
                                          const struct iam_page *page,
                                          struct iam_access_key_list *ret) IAM_MUST_USE;
/* Lists the keys of each of owners: struct iam_access_key. */
enum iam_status iam_store_access_key_lists(struct iam_txn *txn, struct iam_arena *arena,
                                           const struct iam_owners *owners,
                                           struct iam_lists *ret) IAM_MUST_USE;
enum iam_status iam_store_access_key_count(struct iam_txn *txn, struct iam_str account,
                                           struct iam_str owner_id, int64_t *ret) IAM_MUST_USE;
/* Lists the keys of all accounts in the order of key IDs, for loaders (after and next are IDs). */
static inline IAM_MUST_USE enum iam_status
iam_store_access_key_scan(struct iam_txn *txn, struct iam_arena *arena, const struct iam_page *page,
                          struct iam_access_key_list *ret)
{
    return iam_table_scan(txn, arena, IAM_TABLE_ACCESS_KEY, page, &ret->rows);
}
/*
 * Lists the IDs and sealed secrets of the first limit keys without a look at the MACs of their
 * rows: for finding out whether the master key is the right one, and for nothing else.
 */
enum iam_status iam_store_access_key_sample(struct iam_txn *txn, struct iam_arena *arena,
                                            size_t limit,
                                            struct iam_access_key_list *ret) IAM_MUST_USE;
/* Activates or deactivates a key. IAM_NOT_FOUND unless it exists and is owner's. */
enum iam_status iam_store_access_key_set_active(struct iam_txn *txn, struct iam_str account,
                                                struct iam_str owner_id, struct iam_str key_id,
                                                bool is_active) IAM_MUST_USE;
/*
 * Puts another sealed form of the same secret in the place of key's, as it was read in this
 * transaction. IAM_NOT_FOUND when the key is gone.
 */
enum iam_status iam_store_access_key_reseal(struct iam_txn *txn, const struct iam_access_key *key,
                                            struct iam_str sealed_secret) IAM_MUST_USE;
/*
 * Records a use; this is no change, and an older use is ignored. IAM_OK also when the key is gone.
 */
enum iam_status iam_store_access_key_touch(struct iam_txn *txn, struct iam_str key_id,
                                           int64_t used_ms, struct iam_str region,
                                           struct iam_str service) IAM_MUST_USE;
/* Deletes a key. IAM_NOT_FOUND unless it exists and is owner's. */
enum iam_status iam_store_access_key_delete(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str owner_id,
                                            struct iam_str key_id) IAM_MUST_USE;
