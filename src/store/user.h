/* SPDX-License-Identifier: Apache-2.0 */
/* Users. Names are found without regard to case; what is returned is the stored spelling. */
#pragma once

#include "store/entity.h"

/* iam_store_user_get, _get_by_id, _list, _scan, _delete, _add: see entity.h. */
IAM_STORE_ENTITY(user)
IAM_STORE_ADD(user)

/* What still hangs on a user: any of it is a DeleteConflict for the API. */
struct iam_user_parts {
    int64_t access_keys;
    int64_t groups;
    int64_t attached_policies;
    int64_t inline_policies;
};

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
