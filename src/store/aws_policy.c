/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS managed policies attached to users, groups and roles, and their uses. INVARIANT: a row has
 * the name that its ARN ends with. Whether there is such a policy the store does not know.
 */
#include "store/aws_policy.h"

#include "model/arn.h"
#include "store/aws_policy_int.h"
#include "store/table_int.h"

enum { SQL_LIST, SQL_HAS, SQL_USES, SQL_END };

#define BOUNDARIES_OF(table)                                              \
    "SELECT aws_boundary AS arn, 0 AS attached, 1 AS bounded FROM " table \
    " WHERE account_id = $1 AND aws_boundary IS NOT NULL"

const char *const iam_aws_attachment_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.entity_id = $1 AND t.name_key || '!2' > $2"
                 " AND substr(t.policy_arn, 24, length(CAST($3 AS TEXT))) = $3"
                 " ORDER BY t.name_key LIMIT $4",
    [SQL_HAS] = "SELECT 1 FROM aws_attachment WHERE entity_id = $1 AND policy_arn = $2",
    [SQL_USES] = "SELECT arn, SUM(attached), SUM(bounded) FROM ("
                 "SELECT policy_arn AS arn, 1 AS attached, 0 AS bounded FROM aws_attachment"
                 " WHERE account_id = $1"
                 " UNION ALL " BOUNDARIES_OF("iam_user") " UNION ALL " BOUNDARIES_OF(
                     "iam_role") ") AS q"
                                 " WHERE $2 = '' OR arn = $2 GROUP BY arn ORDER BY arn LIMIT $3",
    [SQL_END] = NULL,
};

/* Makes the row of an ARN, whose name is what follows the last slash. */
static struct iam_attached_policy row_of(struct iam_str arn)
{
    size_t at = arn.len;

    while (at > 0 && arn.p[at - 1] != '/') {
        at--;
    }
    return (struct iam_attached_policy){ .name = iam_str_sub(arn, at, arn.len), .arn = arn };
}

static enum iam_status has(struct iam_txn *txn, const struct iam_entity_ref *entity,
                           struct iam_str arn)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_AWS_ATTACHMENT, SQL_HAS);
    iam_query_text(&q, entity->id);
    iam_query_text(&q, arn);
    return iam_query_exists(&q);
}

enum iam_status iam_aws_attach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                               struct iam_str arn)
{
    const struct iam_attached_policy row = row_of(arn);
    enum iam_status status;

    IAM_TRY(iam_part_check(txn, IAM_TABLE_AWS_ATTACHMENT, entity));
    status = has(txn, entity, arn);
    if (status != IAM_NOT_FOUND) {
        return status;
    }
    IAM_TRY(iam_table_write(txn, IAM_TABLE_AWS_ATTACHMENT, IAM_SQL_INSERT, entity, &row));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_aws_detach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                               struct iam_str arn)
{
    const struct iam_attached_policy row = row_of(arn);

    IAM_TRY(has(txn, entity, arn));
    return iam_table_delete(txn, IAM_TABLE_AWS_ATTACHMENT, entity, &row);
}

enum iam_status iam_aws_attached_list(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      struct iam_str path_prefix, struct iam_str after,
                                      size_t limit, struct iam_rows *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_AWS_ATTACHMENT, SQL_LIST);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, after);
    iam_query_prefix(&q, path_prefix);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_AWS_ATTACHMENT].shape, limit, ret);
}

enum iam_status iam_store_aws_uses(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str arn,
                                   struct iam_aws_use_list *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_TEXT(NULL, 0, struct iam_aws_use, arn),
        IAM_INT(NULL, 0, struct iam_aws_use, attachment_count),
        IAM_INT(NULL, 0, struct iam_aws_use, boundary_count),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_aws_use);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_AWS_ATTACHMENT, SQL_USES);
    iam_query_text(&q, account);
    iam_query_prefix(&q, arn);
    return iam_query_rows(&q, arena, &SHAPE, SIZE_MAX, &ret->rows);
}
