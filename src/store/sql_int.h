/* SPDX-License-Identifier: Apache-2.0 */
/* All SQL of the store by family, so that a test can prepare every statement on every database. */
#pragma once

#include <stddef.h>

struct iam_sql_table {
    const char *name;
    const char *const *sql;
    size_t count;
};

extern const struct iam_sql_table iam_sql_account;
extern const struct iam_sql_table iam_sql_user;
extern const struct iam_sql_table iam_sql_group;
extern const struct iam_sql_table iam_sql_role;
extern const struct iam_sql_table iam_sql_policy;
extern const struct iam_sql_table iam_sql_version;
extern const struct iam_sql_table iam_sql_attachment;
extern const struct iam_sql_table iam_sql_inline;
extern const struct iam_sql_table iam_sql_access_key;
extern const struct iam_sql_table iam_sql_tag;
extern const struct iam_sql_table iam_sql_change;
extern const struct iam_sql_table iam_sql_effective;
extern const struct iam_sql_table iam_sql_entity;
extern const struct iam_sql_table iam_sql_schema;

/* All of the above. */
extern const struct iam_sql_table *const iam_sql_tables[];
extern const size_t iam_sql_table_count;
