/* SPDX-License-Identifier: Apache-2.0 */
/* Users. Names are found without regard to case; what is returned is the stored spelling. */
#pragma once

#include "store/store.h"

struct iam_user_list {
    struct iam_user *items;
    size_t count;
    bool is_truncated;
    struct iam_str next; /* set when is_truncated */
};

/* What still hangs on a user: any of it is a DeleteConflict for the API. */
struct iam_user_parts {
    int64_t access_keys;
    int64_t groups;
    int64_t attached_policies;
    int64_t inline_policies;
};

/*
 * Adds user; its id, account, name, path, created_ms and boundary_policy_id are read. IAM_EXISTS
 * when the account has a user of that name in any case; IAM_CONFLICT when the account or the
 * boundary policy does not exist.
 */
enum iam_status iam_store_user_add(struct iam_txn *txn, const struct iam_user *user) IAM_MUST_USE;
/* IAM_NOT_FOUND. */
enum iam_status iam_store_user_get(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str name,
                                   struct iam_user *ret) IAM_MUST_USE;
/* By unique ID. IAM_NOT_FOUND. */
enum iam_status iam_store_user_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str id, struct iam_user *ret) IAM_MUST_USE;
/* Users of account whose path starts with path_prefix (absent: all). page may be NULL: all. */
enum iam_status iam_store_user_list(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_str account, struct iam_str path_prefix,
                                    const struct iam_page *page,
                                    struct iam_user_list *ret) IAM_MUST_USE;
/* For loaders: users of all accounts in the order of unique IDs (after and next are IDs). */
enum iam_status iam_store_user_scan(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_page *page,
                                    struct iam_user_list *ret) IAM_MUST_USE;
/* New name, new path; absent keeps the old. IAM_EXISTS when another user has the name.
 * IAM_NOT_FOUND. */
enum iam_status iam_store_user_update(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id, struct iam_str new_name,
                                      struct iam_str new_path) IAM_MUST_USE;
/* Sets the permissions boundary; absent removes it. IAM_NOT_FOUND; IAM_CONFLICT: no such policy. */
enum iam_status iam_store_user_set_boundary(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str id,
                                            struct iam_str policy_id) IAM_MUST_USE;
enum iam_status iam_store_user_parts(struct iam_txn *txn, struct iam_str id,
                                     struct iam_user_parts *ret) IAM_MUST_USE;
/* Deletes the user and all its parts; refuses nothing by itself. IAM_NOT_FOUND. */
enum iam_status iam_store_user_delete(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id) IAM_MUST_USE;
