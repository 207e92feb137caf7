/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept, as const tables (tables.c): the SQL of the common operations (sql.c) and the
 * operations themselves (table.c) are derived from them. SQL by hand is only for what is specific
 * to a kind.
 *
 * Rows are entities, with a unique ID and a place in the change feed, or parts, which belong to an
 * entity and are deleted with it: their columns IAM_COL_ID and IAM_COL_ACCOUNT are that entity's. A
 * write names the entity that the change feed records and takes these two values from there, all
 * others from the row.
 */
#pragma once

#include "store/entity.h"
#include "store/query_int.h"

/* The statements of a table; their texts are in sql.c. One that is of no use to it is NULL. */
enum iam_sql_op {
    IAM_SQL_GET,
    IAM_SQL_GET_BY_ID,
    IAM_SQL_LIST,
    IAM_SQL_LIST_PATH,
    IAM_SQL_LISTS, /* those of several scopes, one after the other */
    IAM_SQL_SCAN,
    IAM_SQL_COUNT,
    IAM_SQL_EXISTS,
    IAM_SQL_INSERT,
    IAM_SQL_PUT, /* parts: INSERT, or an update of the one with that key */
    IAM_SQL_DELETE,
    IAM_SQL_CLEAR,
    IAM_SQL_SET_BOUNDARY,
    IAM_SQL_UPDATE, /* what is absent, and 0, is kept */
    IAM_SQL_SEALED, /* what the MAC of a row is made of, and the MAC */
    IAM_SQL_SEALED_ALL,
    IAM_SQL_RESEAL,
    IAM_SQL_OWNED, /* the MACs of the parts that are in the sum of an entity */
    IAM_SQL_PARTS, /* the sum of an entity's parts */
    IAM_SQL_SET_PARTS,
    IAM_SQL_OWN /* the first of the table's own */
};

struct iam_table {
    const char *name;           /* in SQL, where t is a row of it */
    const char *from;           /* what is read; NULL: the table alone */
    const char *const *own_sql; /* ended by NULL, or NULL. The words of sql.c; @viewer is $1 */
    uint64_t parts;             /* IAM_PART of each table that has parts of the entity */
    enum iam_kind kind;         /* in the change feed; 0: a part */
    bool is_view;               /* another way to read rows of a table that has an entry too */
    struct iam_shape shape;
    /* Runs before the entity and its parts are deleted; may refuse. NULL: nothing to do. */
    enum iam_status (*before_delete)(struct iam_txn *txn, const struct iam_entity_ref *entity);
};

#define IAM_PART(table) (UINT64_C(1) << (table))
_Static_assert(IAM_TABLE_COUNT <= 64, "a bit for each table");

extern const struct iam_table iam_tables[IAM_TABLE_COUNT];

/* ---- columns ----------------------------------------------------------------------------------
 */

/* Tells whether INSERT names the column; one that is not set then becomes 0. */
static inline bool iam_column_is_inserted(const struct iam_column *column)
{
    bool is_null = (column->flags & IAM_COL_LATER) != 0 && column->type != IAM_COL_INT;

    return column->sql != NULL && (column->flags & IAM_COL_COMPUTED) == 0 && !is_null;
}

/* Tells whether the column is among those that say which row is updated or deleted. */
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
/* Returns the number of statements of table, including those that are NULL. */
size_t iam_sql_count(const struct iam_sql *sql, enum iam_table_id table);
/* Returns the text of a statement, or NULL. op is below the count. */
const char *iam_sql_text(const struct iam_sql *sql, enum iam_table_id table, size_t op);

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

/* ---- what is a kind's own, each ended by NULL -------------------------------------------------
 */

extern const char *const iam_account_sql[];
extern const char *const iam_account_count_sql[];
extern const char *const iam_user_sql[];
extern const char *const iam_member_sql[];
extern const char *const iam_group_of_user_sql[];
extern const char *const iam_membership_of_user_sql[];
extern const char *const iam_role_sql[];
extern const char *const iam_policy_sql[];
extern const char *const iam_policy_check_sql[];
extern const char *const iam_effective_policy_sql[];
extern const char *const iam_instance_profile_sql[];
extern const char *const iam_mfa_device_sql[];
extern const char *const iam_saml_key_sql[];
extern const char *const iam_saml_use_sql[];
extern const char *const iam_version_sql[];
extern const char *const iam_attachment_sql[];
extern const char *const iam_aws_attachment_sql[];
extern const char *const iam_inline_sql[];
extern const char *const iam_access_job_sql[];
extern const char *const iam_token_key_sql[];
extern const char *const iam_issuer_sql[];
extern const char *const iam_access_key_sql[];
extern const char *const iam_password_sql[];
extern const char *const iam_report_sql[];
extern const char *const iam_service_credential_sql[];
extern const char *const iam_service_use_sql[];
extern const char *const iam_delegation_request_sql[];
extern const char *const iam_tag_sql[];
extern const char *const iam_change_sql[];
extern const char *const iam_clock_sql[];
extern const char *const iam_key_generation_sql[];
extern const char *const iam_key_wrap_sql[];
