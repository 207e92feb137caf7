/* SPDX-License-Identifier: Apache-2.0 */
/* Instance profiles, each with a role in it or none. */
#pragma once

#include "store/entity.h"

/* iam_store_instance_profile_get, _get_by_id, _list, _scan, _delete, _add: see entity.h. */
IAM_STORE_ENTITY(instance_profile, IAM_TABLE_INSTANCE_PROFILE)
IAM_STORE_ADD(instance_profile, IAM_TABLE_INSTANCE_PROFILE)

/* Puts a role into the profile; absent takes it out. IAM_NOT_FOUND; IAM_CONFLICT: no such role. */
enum iam_status iam_store_instance_profile_set_role(struct iam_txn *txn, struct iam_str account,
                                                    struct iam_str id,
                                                    struct iam_str role_id) IAM_MUST_USE;
/* Lists the profiles that hold a role, by name. page may be NULL: all. */
enum iam_status
iam_store_role_instance_profiles(struct iam_txn *txn, struct iam_arena *arena,
                                 struct iam_str role_id, const struct iam_page *page,
                                 struct iam_instance_profile_list *ret) IAM_MUST_USE;
