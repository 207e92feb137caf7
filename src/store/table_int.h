/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations on what is kept (table.c), and the checks and deletions that are specific to a
 * kind, for the files of this directory.
 */
#pragma once

#include "base/heap.h"
#include "store/change_int.h"
#include "store/sql_int.h"

/* The most that a deletion may need to read of what belongs to the entity. */
#define IAM_STORE_WORK_BYTES (64u << 20)

/* ---- operations, besides those of entity.h: table.c -------------------------------------------
 */

/*
 * Reads the row of a query whose parameters are bound; *ret is untouched on failure. IAM_NOT_FOUND.
 */
enum iam_status iam_table_one(struct iam_query *q, struct iam_arena *arena, enum iam_table_id table,
                              void *ret) IAM_MUST_USE;
/* Reads the rows of a query of which only the limit is not bound; lists continue by key. */
enum iam_status iam_table_page(struct iam_query *q, struct iam_arena *arena,
                               enum iam_table_id table, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* Checks that entity exists and can have parts of that table: IAM_NOT_FOUND otherwise. */
enum iam_status iam_part_check(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;
/* Checks that there is a row with the address of entity and row: IAM_NOT_FOUND otherwise. */
enum iam_status iam_table_exists(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/*
 * Runs a writing statement, IAM_SQL_INSERT or a later one, for row; IAM_NOT_FOUND when one that
 * needs an existing row finds none. The caller records the change in the feed.
 */
enum iam_status iam_table_write(struct iam_txn *txn, enum iam_table_id table, enum iam_sql_op op,
                                const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;
/* Deletes all parts of that table; the caller records the change in the feed. */
enum iam_status iam_part_clear(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;

/* ---- values of rows that are written: values.c ------------------------------------------------
 */

/* Binds the value of column for row, which is the entity or a part of it. */
void iam_table_bind_value(struct iam_query *q, const struct iam_column *column,
                          const struct iam_entity_ref *entity, const void *row);
/* Adds to the message of a new row the value that is bound for it. */
void iam_table_seal_value(struct iam_txn *txn, const struct iam_column *column,
                          const struct iam_entity_ref *entity, const void *row);
/* Binds the values that say which row entity and row mean, as @address has them. */
void iam_table_bind_address(struct iam_query *q, enum iam_table_id table,
                            const struct iam_entity_ref *entity, const void *row);

/* What must be true between rows: verify.c. */
struct iam_invariant {
    const char *sql;  /* has a row, the place "table key", for whatever contradicts */
    const char *what; /* is told of it */
    const char *mend; /* NULL: not known */
};

extern const struct iam_invariant iam_invariants[];
extern const size_t iam_invariant_count;

/* ---- MACs of rows that are written: reseal.c --------------------------------------------------
 */

/*
 * Checks a row before a part of it is written, so that what was altered does not get a MAC.
 * ret_mac may be NULL. IAM_NOT_FOUND; IAM_CORRUPT, after which txn
 * cannot be committed.
 */
enum iam_status iam_row_hold(struct iam_txn *txn, enum iam_table_id table,
                             const struct iam_entity_ref *entity, const void *row,
                             uint8_t ret_mac[IAM_ROW_MAC_BYTES]) IAM_MUST_USE;
/*
 * Checks a row as iam_row_hold does, and makes the MAC that it has with the mutable columns of row
 * in place of its own.
 */
enum iam_status iam_row_replace(struct iam_txn *txn, enum iam_table_id table,
                                const struct iam_entity_ref *entity, const void *row,
                                uint8_t ret_before[IAM_ROW_MAC_BYTES],
                                uint8_t ret_after[IAM_ROW_MAC_BYTES]) IAM_MUST_USE;
/* Gives the row a MAC of what it says by now. ret_mac may be NULL. */
enum iam_status iam_row_reseal(struct iam_txn *txn, enum iam_table_id table,
                               const struct iam_entity_ref *entity, const void *row,
                               uint8_t ret_mac[IAM_ROW_MAC_BYTES]) IAM_MUST_USE;
/*
 * Reads the MAC of a row as it is kept, without a check: what does not verify can be deleted.
 * Zeros when it has none. IAM_NOT_FOUND.
 */
enum iam_status iam_row_mac(struct iam_txn *txn, enum iam_table_id table,
                            const struct iam_entity_ref *entity, const void *row,
                            uint8_t ret_mac[IAM_ROW_MAC_BYTES]) IAM_MUST_USE;
/*
 * Adds the row with MAC added, and takes away the one with MAC removed, in the sum of the entity of
 * which the row is a part; either may be NULL. Nothing happens where an entity has no sum. A sum
 * that does not verify stays as it is: IAM_CORRUPT unless a row is only removed.
 */
enum iam_status iam_parts_change(struct iam_txn *txn, enum iam_table_id table,
                                 const struct iam_entity_ref *entity, const void *row,
                                 const uint8_t *added, const uint8_t *removed) IAM_MUST_USE;
/*
 * Checks the sum of the entity with that ID against the MACs, as they are kept, of the parts that
 * are there. IAM_CORRUPT; nobody is told.
 */
enum iam_status iam_parts_recount(struct iam_txn *txn, enum iam_table_id table,
                                  struct iam_str id) IAM_MUST_USE;
/* Takes all rows of table that are parts of entity away in its sum. */
enum iam_status iam_parts_clear(struct iam_txn *txn, enum iam_table_id table,
                                const struct iam_entity_ref *entity) IAM_MUST_USE;

/* ---- what is a kind's own ---------------------------------------------------------------------
 */

/*
 * Checks that policy_id is empty, or a policy of account: IAM_CONFLICT otherwise, after which txn
 * cannot be committed.
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
 * Runs before_delete of a kind. A user leaves its groups and its keys are deleted, a group loses
 * its members; the feed records each of these. A policy that is attached or a boundary is kept:
 * IAM_CONFLICT.
 */
enum iam_status iam_user_leave(struct iam_txn *txn, const struct iam_entity_ref *user) IAM_MUST_USE;
enum iam_status iam_group_empty(struct iam_txn *txn,
                                const struct iam_entity_ref *group) IAM_MUST_USE;
enum iam_status iam_policy_check_unused(struct iam_txn *txn,
                                        const struct iam_entity_ref *policy) IAM_MUST_USE;
