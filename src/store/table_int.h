/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept, as const tables (tables.c): from each follow the SQL of the common operations
 * (sql.c) and the operations themselves (table.c). SQL by hand is for what is really a kind's own.
 *
 * Rows are entities, with a unique ID and a place in the change feed, or parts, which hang on an
 * entity and go with it: the column with IAM_COL_ID then has the ID of that entity and is the scope
 * too. A write names the entity that the change feed is told of: the values of the columns
 * IAM_COL_ID and IAM_COL_ACCOUNT are that entity's; all others come from the row.
 */
#pragma once

#include "base/heap.h"
#include "store/entity.h"
#include "store/query_int.h"

/* Most that a deletion may need to read of what hangs on the entity. */
#define IAM_STORE_WORK_BYTES (64u << 20)
/* Members that an update may set: there is one statement for each choice of them. */
#define IAM_MUTABLE_MAX 4

/* The statements of a table. One that a table has no use for is NULL. */
enum iam_sql_op {
    IAM_SQL_GET,       /* scope, key */
    IAM_SQL_GET_BY_ID, /* ID */
    IAM_SQL_LIST,   /* scope, key that the list goes on after, prefix of the path if any, limit */
    IAM_SQL_SCAN,   /* ID that the list goes on after, limit */
    IAM_SQL_EXISTS, /* the row's address */
    IAM_SQL_PART_COUNT, /* scope */
    IAM_SQL_INSERT,
    IAM_SQL_PUT,    /* INSERT, or an update of the row with that key */
    IAM_SQL_DELETE, /* the row's address */
    IAM_SQL_CLEAR,  /* scope */
    IAM_SQL_UPDATE, /* the first of those for all choices of mutable members */
    IAM_SQL_OWN = IAM_SQL_UPDATE + (1 << IAM_MUTABLE_MAX) - 1 /* the first of the table's own */
};

struct iam_table {
    const char *name;           /* in SQL, where it is called t */
    const char *from;           /* after FROM when reading; NULL: the table alone */
    const char *condition;      /* of every row that is read; NULL: none */
    const char *const *own_sql; /* ended by NULL, or NULL. @columns and @from are the table's */
    const struct iam_table *const *parts; /* deleted with the entity; ended by NULL, or NULL */
    /* Runs before the entity and its parts are deleted; may refuse. NULL: nothing to do. */
    enum iam_status (*before_delete)(struct iam_txn *txn, const struct iam_entity_ref *entity);
    struct iam_shape shape;
    unsigned number;           /* place in iam_tables */
    enum iam_entity_kind kind; /* in the change feed; 0: a part */
};

/* Every table there is, each at its number. */
extern const struct iam_table *const iam_tables[];
extern const size_t iam_table_count;

/* ---- the texts: sql.c -------------------------------------------------------------------------
 */

/*
 * Builds the statements of all tables in arena; they live as long as it. IAM_NOMEM; IAM_RANGE for
 * a table that cannot be.
 */
enum iam_status iam_sql_build(struct iam_arena *arena, const struct iam_sql **ret) IAM_MUST_USE;
/* Number of statements of table, those that are NULL included. */
size_t iam_sql_count(const struct iam_sql *sql, const struct iam_table *table);
/* NULL: the table has no such statement. op is below the count. */
const char *iam_sql_text(const struct iam_sql *sql, const struct iam_table *table, size_t op);

/* The first column of table with all of flags; NULL without one. */
const struct iam_column *iam_table_column(const struct iam_table *table, unsigned flags);
/* The column is written by an update that sets the members of choice, a bit for each. */
bool iam_column_is_chosen(const struct iam_table *table, const struct iam_column *column,
                          unsigned choice);
/* The column is part of the address of rows, which says which one is updated or deleted. */
bool iam_column_is_address(const struct iam_table *table, const struct iam_column *column);

/* ---- reading: table.c; what typed functions need besides is in entity.h -------------------------
 */

/* Opens statement op of table. */
void iam_table_open(struct iam_query *q, struct iam_txn *txn, const struct iam_table *table,
                    size_t op);
/* Opens the statement of table's own_sql with that number. */
static inline void iam_table_open_own(struct iam_query *q, struct iam_txn *txn,
                                      const struct iam_table *table, size_t number)
{
    iam_table_open(q, txn, table, IAM_SQL_OWN + number);
}
/* The row of a query whose parameters are bound; *ret is untouched on failure. IAM_NOT_FOUND. */
enum iam_status iam_table_one(struct iam_query *q, struct iam_arena *arena,
                              const struct iam_table *table, void *ret) IAM_MUST_USE;
/* The rows of a query of which only the limit is not bound; goes on by key. */
enum iam_status iam_table_page(struct iam_query *q, struct iam_arena *arena,
                               const struct iam_table *table, const struct iam_page *page,
                               struct iam_rows *ret) IAM_MUST_USE;
/* The last of rows, of which there is one. */
const void *iam_rows_last(const struct iam_rows *rows, const struct iam_shape *shape);
/* IAM_NOT_FOUND unless the entity exists and is of its account. */
enum iam_status iam_entity_check(struct iam_txn *txn,
                                 const struct iam_entity_ref *entity) IAM_MUST_USE;
/* IAM_NOT_FOUND unless entity is there and can have parts of that table. */
enum iam_status iam_part_check(struct iam_txn *txn, const struct iam_table *table,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;
/* The part with the key of row is there: IAM_OK, IAM_NOT_FOUND otherwise. */
enum iam_status iam_part_exists(struct iam_txn *txn, const struct iam_table *table,
                                const struct iam_entity_ref *entity, const void *row) IAM_MUST_USE;

/* ---- writing: table.c --------------------------------------------------------------------------
 */

/* Runs IAM_SQL_INSERT, IAM_SQL_PUT or IAM_SQL_DELETE for row; the feed is the caller's task. */
enum iam_status iam_table_write(struct iam_txn *txn, const struct iam_table *table,
                                enum iam_sql_op op, const struct iam_entity_ref *entity,
                                const void *row) IAM_MUST_USE;
/* Deletes all parts of that table; the feed is the caller's task. */
enum iam_status iam_part_clear(struct iam_txn *txn, const struct iam_table *table,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;
/*
 * Runs an UPDATE of the row of entity, whose last two parameters are its ID and account, and
 * records a change. IAM_NOT_FOUND.
 */
enum iam_status iam_entity_run(struct iam_query *q,
                               const struct iam_entity_ref *entity) IAM_MUST_USE;
/* Writes the row of the change feed for a mutation of entity. */
enum iam_status iam_change_record(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  enum iam_change_op op) IAM_MUST_USE;

/* IAM_CONFLICT unless policy_id is absent or empty, or a policy of account or of AWS. Spoils txn
 * then. */
enum iam_status iam_policy_check_usable(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str policy_id) IAM_MUST_USE;

static inline struct iam_entity_ref iam_ref(enum iam_entity_kind kind, struct iam_str account,
                                            struct iam_str id)
{
    return (struct iam_entity_ref){ kind, account, id };
}

/* ---- what is a kind's own ----------------------------------------------------------------------
 */

extern const struct iam_table iam_table_membership;
extern const struct iam_table iam_table_change;

extern const char *const iam_account_sql[];
extern const char *const iam_user_sql[];
extern const char *const iam_group_sql[];
extern const char *const iam_role_sql[];
extern const char *const iam_policy_sql[];
extern const char *const iam_instance_profile_sql[];
extern const char *const iam_version_sql[];
extern const char *const iam_attachment_sql[];
extern const char *const iam_inline_sql[];
extern const char *const iam_access_key_sql[];
extern const char *const iam_tag_sql[];
extern const char *const iam_change_sql[];

/* A tag as it is written; tag.c says what match_key and order are. */
struct iam_tag_row {
    struct iam_tag tag;
    struct iam_str match_key;
    int64_t order;
};

/* before_delete: a user leaves its groups and takes its keys along, a group loses its members; each
 * is told to the feed. A policy that is attached or a boundary is kept: IAM_CONFLICT. */
enum iam_status iam_user_leave(struct iam_txn *txn, const struct iam_entity_ref *user) IAM_MUST_USE;
enum iam_status iam_group_empty(struct iam_txn *txn,
                                const struct iam_entity_ref *group) IAM_MUST_USE;
enum iam_status iam_policy_check_unused(struct iam_txn *txn,
                                        const struct iam_entity_ref *policy) IAM_MUST_USE;
