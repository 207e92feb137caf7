/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept, as const tables (tables.c): from each follow the SQL of the common operations
 * (sql.c) and the operations themselves (table.c). SQL by hand is for what is really a kind's own.
 *
 * Rows are entities, with a unique ID and a place in the change feed, or parts, which hang on an
 * entity and go with it: their columns IAM_COL_ID and IAM_COL_ACCOUNT are that entity's. A write
 * names the entity that the change feed is told of and takes these two values from there, all
 * others from the row.
 */
#pragma once

#include "base/heap.h"
#include "store/entity.h"
#include "store/query_int.h"

/* Most that a deletion may need to read of what hangs on the entity. */
#define IAM_STORE_WORK_BYTES (64u << 20)

/* The statements of a table; their texts are in sql.c. One that is of no use to it is NULL. */
enum iam_sql_op {
    IAM_SQL_GET,
    IAM_SQL_GET_BY_ID,
    IAM_SQL_LIST,
    IAM_SQL_LIST_PATH,
    IAM_SQL_SCAN,
    IAM_SQL_COUNT,
    IAM_SQL_EXISTS,
    IAM_SQL_INSERT,
    IAM_SQL_PUT, /* parts: INSERT, or an update of the one with that key */
    IAM_SQL_DELETE,
    IAM_SQL_CLEAR,
    IAM_SQL_SET_BOUNDARY,
    IAM_SQL_UPDATE, /* what is absent, and 0, is kept */
    IAM_SQL_OWN     /* the first of the table's own */
};

struct iam_table {
    const char *name;           /* in SQL, where t is a row of it */
    const char *from;           /* what is read; NULL: the table alone */
    const char *const *own_sql; /* ended by NULL, or NULL. The words of sql.c; @viewer is $1 */
    uint32_t parts;             /* IAM_PART of each table that has parts of the entity */
    enum iam_kind kind;         /* in the change feed; 0: a part */
    struct iam_shape shape;
    /* Runs before the entity and its parts are deleted; may refuse. NULL: nothing to do. */
    enum iam_status (*before_delete)(struct iam_txn *txn, const struct iam_entity_ref *entity);
};

#define IAM_PART(table) (1u << (table))

extern const struct iam_table iam_tables[IAM_TABLE_COUNT];

/* ---- columns ----------------------------------------------------------------------------------
 */

/* INSERT names the column; one that is not set then becomes 0. */
static inline bool iam_column_is_inserted(const struct iam_column *column)
{
    bool is_null = (column->flags & IAM_COL_LATER) != 0 && column->type != IAM_COL_INT;

    return column->sql != NULL && (column->flags & IAM_COL_COMPUTED) == 0 && !is_null;
}

/* The column says which row is updated or deleted. */
static inline bool iam_column_is_address(const struct iam_table *table,
                                         const struct iam_column *column)
{
    unsigned flags = IAM_COL_ID | IAM_COL_ACCOUNT | IAM_COL_SCOPE;

    return (column->flags & (table->kind != 0 ? flags : flags | IAM_COL_KEY)) != 0;
}

/* ---- texts: sql.c -----------------------------------------------------------------------------
 */

/* Builds the statements of all tables in arena; they live as long as it. IAM_NOMEM. */
enum iam_status iam_sql_build(struct iam_arena *arena, const struct iam_sql **ret) IAM_MUST_USE;
/* Number of statements of table, those that are NULL included. */
size_t iam_sql_count(const struct iam_sql *sql, enum iam_table_id table);
/* op is below the count. */
const char *iam_sql_text(const struct iam_sql *sql, enum iam_table_id table, size_t op);

/* ---- operations, besides those of entity.h: table.c -------------------------------------------
 */

/* Opens statement op of table. */
static inline void iam_table_open(struct iam_query *q, struct iam_txn *txn, enum iam_table_id table,
                                  size_t op)
{
    iam_query_open(q, txn, iam_sql_text(txn->sql, table, op));
}

/* Opens the statement with that number of the table's own. */
static inline void iam_table_open_own(struct iam_query *q, struct iam_txn *txn,
                                      enum iam_table_id table, size_t number)
{
    iam_table_open(q, txn, table, IAM_SQL_OWN + number);
}
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

/* Writes the row of the change feed for a mutation of entity. */
enum iam_status iam_change_record(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  enum iam_change_op op) IAM_MUST_USE;
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

extern const char *const iam_account_sql[];
extern const char *const iam_account_count_sql[];
extern const char *const iam_user_sql[];
extern const char *const iam_group_sql[];
extern const char *const iam_role_sql[];
extern const char *const iam_policy_sql[];
extern const char *const iam_policy_check_sql[];
extern const char *const iam_effective_policy_sql[];
extern const char *const iam_instance_profile_sql[];
extern const char *const iam_version_sql[];
extern const char *const iam_attachment_sql[];
extern const char *const iam_inline_sql[];
extern const char *const iam_access_key_sql[];
extern const char *const iam_tag_sql[];
extern const char *const iam_change_sql[];

/*
 * before_delete. A user leaves its groups and takes its keys along, a group loses its members; each
 * is told to the feed. A policy that is attached or a boundary is kept: IAM_CONFLICT.
 */
enum iam_status iam_user_leave(struct iam_txn *txn, const struct iam_entity_ref *user) IAM_MUST_USE;
enum iam_status iam_group_empty(struct iam_txn *txn,
                                const struct iam_entity_ref *group) IAM_MUST_USE;
enum iam_status iam_policy_check_unused(struct iam_txn *txn,
                                        const struct iam_entity_ref *policy) IAM_MUST_USE;
