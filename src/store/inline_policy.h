/* SPDX-License-Identifier: Apache-2.0 */
/* Inline policies of users, groups and roles. Every write is a change of the entity. */
#pragma once

#include "store/entity.h"

struct iam_inline_list {
    IAM_LIST_OF(struct iam_inline_policy);
};

/*
 * Adds a policy, or replaces the document of the one with that name in any case, which keeps its
 * spelling.
 * IAM_NOT_FOUND: no such entity.
 */
enum iam_status iam_store_inline_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     struct iam_str name, struct iam_str document) IAM_MUST_USE;
/* Reads a policy by its name. IAM_NOT_FOUND. */
static inline IAM_MUST_USE enum iam_status iam_store_inline_get(struct iam_txn *txn,
                                                                struct iam_arena *arena,
                                                                const struct iam_entity_ref *entity,
                                                                struct iam_str name,
                                                                struct iam_inline_policy *ret)
{
    return iam_table_get(txn, arena, IAM_TABLE_INLINE_POLICY, entity->id, name, ret);
}
/* Lists names only: documents are absent. page may be NULL: all. */
enum iam_status iam_store_inline_list(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      const struct iam_page *page,
                                      struct iam_inline_list *ret) IAM_MUST_USE;
/* Reads all of them, with their documents. */
static inline IAM_MUST_USE enum iam_status
iam_store_inline_load(struct iam_txn *txn, struct iam_arena *arena,
                      const struct iam_entity_ref *entity, struct iam_inline_list *ret)
{
    return iam_table_list(txn, arena, IAM_TABLE_INLINE_POLICY, entity->id, iam_str_absent(), NULL,
                          &ret->rows);
}
/* Deletes a policy. IAM_NOT_FOUND. */
enum iam_status iam_store_inline_delete(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str name) IAM_MUST_USE;
