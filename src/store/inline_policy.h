/* SPDX-License-Identifier: Apache-2.0 */
/* Inline policies of users, groups and roles. Every write is a change of the entity. */
#pragma once

#include "store/store.h"

struct iam_inline_list {
    struct iam_inline_policy *items;
    size_t count;
    bool is_truncated;
    struct iam_str next; /* set when is_truncated */
};

/*
 * Adds, or replaces the one of that name in any case (the new spelling is kept).
 * IAM_NOT_FOUND: no such entity.
 */
enum iam_status iam_store_inline_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     struct iam_str name, struct iam_str document) IAM_MUST_USE;
/* IAM_NOT_FOUND. */
enum iam_status iam_store_inline_get(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_entity_ref *entity, struct iam_str name,
                                     struct iam_inline_policy *ret) IAM_MUST_USE;
/* Names only: documents are absent. page may be NULL: all. */
enum iam_status iam_store_inline_list(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      const struct iam_page *page,
                                      struct iam_inline_list *ret) IAM_MUST_USE;
/* All of them with their documents. */
enum iam_status iam_store_inline_load(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      struct iam_inline_list *ret) IAM_MUST_USE;
/* IAM_NOT_FOUND. */
enum iam_status iam_store_inline_delete(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str name) IAM_MUST_USE;
