/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of all tables of SQL. INVARIANT: no statement reaches a driver that does not stand in
 * one of them; scripts of migrations are listed in schema.c.
 */
#include "store/sql_int.h"

const struct iam_sql_table *const iam_sql_tables[] = {
    &iam_sql_account, &iam_sql_user,       &iam_sql_group,  &iam_sql_role,       &iam_sql_policy,
    &iam_sql_version, &iam_sql_attachment, &iam_sql_inline, &iam_sql_access_key, &iam_sql_tag,
    &iam_sql_change,  &iam_sql_effective,  &iam_sql_entity, &iam_sql_schema,
};

const size_t iam_sql_table_count = sizeof(iam_sql_tables) / sizeof(iam_sql_tables[0]);
