/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and who is in them. */
#pragma once

#include "store/lists.h"

/* iam_store_group_get, _get_by_id, _list, _scan, _add, _update, _delete. */
IAM_STORE_ENTITY(group, IAM_TABLE_GROUP)
IAM_STORE_ADD(group, IAM_TABLE_GROUP)
IAM_STORE_RENAME(group, IAM_TABLE_GROUP)

/*
 * Adds a user to a group of the same account; IAM_OK also if it is already in it (then nothing is
 * written). IAM_CONFLICT when the group or the user does not exist. A change of both.
 */
enum iam_status iam_store_member_add(struct iam_txn *txn, struct iam_str account,
                                     struct iam_str group_id, struct iam_str user_id) IAM_MUST_USE;
/* Removes a user from a group. IAM_NOT_FOUND when it is not in it. A change of both. */
enum iam_status iam_store_member_remove(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str group_id,
                                        struct iam_str user_id) IAM_MUST_USE;
/* Lists the names of the groups of each of owners, who are users: struct iam_str. */
enum iam_status iam_store_group_name_lists(struct iam_txn *txn, struct iam_arena *arena,
                                           const struct iam_owners *owners,
                                           struct iam_lists *ret) IAM_MUST_USE;
/* Lists the groups of a user. page may be NULL: all. */
enum iam_status iam_store_user_groups(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str user_id, const struct iam_page *page,
                                      struct iam_group_list *ret) IAM_MUST_USE;
