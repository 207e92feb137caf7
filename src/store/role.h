/* SPDX-License-Identifier: Apache-2.0 */
/* Roles: trust policy with its pinned principals, session length, boundary, last use. */
#pragma once

#include "store/entity.h"

/* iam_store_role_get, _get_by_id, _list, _scan, _set_boundary, _delete. */
IAM_STORE_ENTITY(role, IAM_TABLE_ROLE)
IAM_STORE_BOUNDED(role, IAM_TABLE_ROLE)

struct iam_pin_list { /* by principal ARN */
    IAM_LIST_OF(struct iam_pinned_principal);
};

/*
 * Adds role with its pins; arns and last use are not read. IAM_EXISTS for a name taken in any
 * case; IAM_CONFLICT: no such account or boundary policy.
 */
enum iam_status iam_store_role_add(struct iam_txn *txn, const struct iam_role *role,
                                   const struct iam_pinned_principal *pins,
                                   size_t pin_count) IAM_MUST_USE;
/* Lists the pinned principals of a role's trust policy. */
enum iam_status iam_store_role_pins(struct iam_txn *txn, struct iam_arena *arena, struct iam_str id,
                                    struct iam_pin_list *ret) IAM_MUST_USE;

/* Updates a role; an absent description and 0 seconds keep what there is. IAM_NOT_FOUND. */
enum iam_status iam_store_role_update(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id, struct iam_str description,
                                      int64_t max_session_seconds) IAM_MUST_USE;
/* Replaces the trust policy and all pins. IAM_NOT_FOUND. */
enum iam_status iam_store_role_set_trust(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str id, struct iam_str document,
                                         const struct iam_pinned_principal *pins,
                                         size_t pin_count) IAM_MUST_USE;
/*
 * Records a use; this is no change, and an older use is ignored. IAM_OK also when the role is gone.
 */
enum iam_status iam_store_role_touch(struct iam_txn *txn, struct iam_str id, int64_t used_ms,
                                     struct iam_str region) IAM_MUST_USE;
