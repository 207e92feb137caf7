/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations on what is kept (table.c), and the checks and deletions that are a kind's own, for
 * the files of this directory.
 */
#pragma once

#include "base/heap.h"
#include "store/change_int.h"
#include "store/sql_int.h"

/* Most that a deletion may need to read of what hangs on the entity. */
#define IAM_STORE_WORK_BYTES (64u << 20)

/* ---- operations, besides those of entity.h: table.c -------------------------------------------
 */

/* The row of a query whose parameters are bound; *ret is untouched on failure. IAM_NOT_FOUND. */
enum iam_status iam_table_one(struct iam_query *q, struct iam_arena *arena, enum iam_table_id table,
                              void *ret) IAM_MUST_USE;
/* The rows of a query of which only the limit is not bound; goes on by key. */
enum iam_status iam_table_page(struct iam_query *q, struct iam_arena *arena,
                               enum iam_table_id table, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* IAM_NOT_FOUND unless entity is there and can have parts of that table. */
enum iam_status iam_part_check(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;
/* IAM_NOT_FOUND unless there is a row with the address of entity and row. */
enum iam_status iam_table_exists(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/*
 * Runs a statement from IAM_SQL_INSERT on for row; IAM_NOT_FOUND when one that writes a row that is
 * there found none. The feed is the caller's task.
 */
enum iam_status iam_table_write(struct iam_txn *txn, enum iam_table_id table, enum iam_sql_op op,
                                const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/* Deletes all parts of that table; the feed is the caller's task. */
enum iam_status iam_part_clear(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;

/* ---- what is a kind's own ---------------------------------------------------------------------
 */

/*
 * IAM_CONFLICT, after which txn cannot be committed, unless policy_id is empty, or a policy of
 * account or of AWS.
 */
enum iam_status iam_policy_check_usable(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str policy_id) IAM_MUST_USE;

static inline struct iam_entity_ref iam_ref(enum iam_kind kind, struct iam_str account,
                                            struct iam_str id)
{
    return (struct iam_entity_ref){ kind, account, id };
}

/* A tag as it is written; tag.c says what order is. */
struct iam_tag_row {
    struct iam_tag tag;
    int64_t order;
};

/*
 * before_delete. A user leaves its groups and takes its keys along, a group loses its members; each
 * is told to the feed. A policy that is attached or a boundary is kept: IAM_CONFLICT.
 */
enum iam_status iam_user_leave(struct iam_txn *txn, const struct iam_entity_ref *user) IAM_MUST_USE;
enum iam_status iam_group_empty(struct iam_txn *txn,
                                const struct iam_entity_ref *group) IAM_MUST_USE;
enum iam_status iam_policy_check_unused(struct iam_txn *txn,
                                        const struct iam_entity_ref *policy) IAM_MUST_USE;
