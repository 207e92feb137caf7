/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags of users, roles and policies, in the order in which the keys were first set. Every write is
 * a change of the entity.
 * SPEC: IAM User Guide, "Tags for IAM resources": keys of users and roles are not case-sensitive
 * (the case is kept), keys of other resources are.
 */
#pragma once

#include "store/lists.h"

struct iam_tag_list { /* `next` is opaque */
    IAM_LIST_OF(struct iam_tag);
};

/*
 * Sets each tag; one whose key exists is replaced in place, with the new spelling. The caller
 * checks the quota afterwards, with iam_store_tag_count. IAM_NOT_FOUND: no such entity.
 */
enum iam_status iam_store_tag_put(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  const struct iam_tag *tags, size_t count) IAM_MUST_USE;
/* Removes the tags with these keys; a key that has no tag is not an error. */
enum iam_status iam_store_tag_remove(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                     const struct iam_str *keys, size_t count) IAM_MUST_USE;
/* Lists tags. page may be NULL: all. Names are not accepted as after. */
enum iam_status iam_store_tag_list(struct iam_txn *txn, struct iam_arena *arena,
                                   const struct iam_entity_ref *entity, const struct iam_page *page,
                                   struct iam_tag_list *ret) IAM_MUST_USE;
/* Lists the tags of each of owners: struct iam_tag. */
enum iam_status iam_store_tag_lists(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_owners *owners,
                                    struct iam_lists *ret) IAM_MUST_USE;
static inline IAM_MUST_USE enum iam_status
iam_store_tag_count(struct iam_txn *txn, const struct iam_entity_ref *entity, int64_t *ret)
{
    return iam_table_count(txn, IAM_TABLE_TAG, entity->id, ret);
}
