/* SPDX-License-Identifier: Apache-2.0 */
/* Users. Names are found without regard to case; what is returned is the stored spelling. */
#pragma once

#include "store/entity.h"

/* iam_store_user_get, _get_by_id, _list, _scan, _add, _update, _set_boundary, _delete. */
IAM_STORE_ENTITY(user, IAM_TABLE_USER)
IAM_STORE_ADD(user, IAM_TABLE_USER)
IAM_STORE_RENAME(user, IAM_TABLE_USER)
IAM_STORE_BOUNDED(user, IAM_TABLE_USER)

/* Lists the users in a group. page may be NULL: all. */
enum iam_status iam_store_group_members(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str group_id, const struct iam_page *page,
                                        struct iam_user_list *ret) IAM_MUST_USE;
