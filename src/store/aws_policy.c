/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS managed policies attached to users, groups and roles, and their uses. INVARIANT: a row has
 * the name that its ARN ends with. Whether there is such a policy the store does not know.
 */
#include "store/aws_policy.h"

#include "model/arn.h"
#include "store/aws_policy_int.h"
#include "store/table_int.h"

enum { SQL_LIST, SQL_HAS, SQL_NEXT_USE, SQL_COUNTS, SQL_END };

/* The first that is used after $2, in one index. */
#define FIRST_IN(table, column)                                          \
    "SELECT MIN(" column ") AS arn FROM " table " WHERE account_id = $1" \
    " AND " column " > $2"
/* Whether it, or how often $2, is used. */
#define BOUNDS_IN(table, arn) \
    "SELECT 1 FROM " table " WHERE account_id = $1 AND aws_boundary = " arn
#define COUNT_OF(table, column) \
    "(SELECT COUNT(*) FROM " table " WHERE account_id = $1 AND " column " = $2)"

const char *const iam_aws_attachment_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.entity_id = $1 AND t.name_key || '!2' > $2"
                 " AND substr(t.policy_arn, 24, length(CAST($3 AS TEXT))) = $3"
                 " ORDER BY t.name_key LIMIT $4",
    [SQL_HAS] = "SELECT 1 FROM aws_attachment WHERE entity_id = $1 AND policy_arn = $2",
    [SQL_NEXT_USE] =
        "SELECT u.arn, CASE WHEN EXISTS (SELECT 1 FROM aws_attachment"
        " WHERE account_id = $1 AND policy_arn = u.arn) THEN 1 ELSE 0 END,"
        " CASE WHEN EXISTS (" BOUNDS_IN("iam_user", "u.arn") ") OR EXISTS (" BOUNDS_IN(
            "iam_role",
            "u.arn") ") THEN 1 ELSE 0 END"
                     " FROM (SELECT MIN(arn) AS arn FROM (" FIRST_IN("aws_attachment", "policy_arn") " UNION ALL " FIRST_IN(
                         "iam_user",
                         "aws_boundary") " UNION ALL " FIRST_IN("iam_role",
                                                                "aws_boundary") ") AS f) AS u WHERE u.arn IS NOT NULL",
    [SQL_COUNTS] = "SELECT " COUNT_OF("aws_attachment", "policy_arn") ", " COUNT_OF(
        "iam_user", "aws_boundary") " + " COUNT_OF("iam_role", "aws_boundary"),
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

/* Reads the first use after an ARN. IAM_NOT_FOUND. */
static enum iam_status next_use(struct iam_txn *txn, struct iam_arena *arena,
                                struct iam_str account, struct iam_str after,
                                struct iam_aws_use *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_TEXT(NULL, 0, struct iam_aws_use, arn),
        IAM_INT(NULL, 0, struct iam_aws_use, attached),
        IAM_INT(NULL, 0, struct iam_aws_use, bounding),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_aws_use);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_AWS_ATTACHMENT, SQL_NEXT_USE);
    iam_query_text(&q, account);
    iam_query_prefix(&q, after);
    return iam_query_one(&q, arena, &SHAPE, ret);
}

/* Adds a use, of which there is room for *capacity. */
static enum iam_status add_use(struct iam_arena *arena, struct iam_aws_use_list *list,
                               const struct iam_aws_use *use, size_t *capacity)
{
    if (list->count == *capacity) {
        size_t wanted = *capacity == 0 ? 16 : *capacity * 2;
        struct iam_aws_use *items = iam_arena_zalloc(arena, wanted, sizeof(*items));

        IAM_ENSURE(items != NULL, IAM_NOMEM);
        for (size_t i = 0; i < list->count; i++) {
            items[i] = list->items[i];
        }
        list->items = items;
        *capacity = wanted;
    }
    list->items[list->count++] = *use;
    return IAM_OK;
}

enum iam_status iam_store_aws_uses(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_aws_use_list *ret)
{
    struct iam_aws_use_list list = { .count = 0 };
    struct iam_aws_use use = { .arn = iam_str_absent() };
    size_t capacity = 0;
    enum iam_status status;

    while ((status = next_use(txn, arena, account, use.arn, &use)) == IAM_OK) {
        IAM_TRY(add_use(arena, &list, &use, &capacity));
    }
    IAM_ENSURE(status == IAM_NOT_FOUND, status);
    *ret = list;
    return IAM_OK;
}

enum iam_status iam_store_aws_count(struct iam_txn *txn, struct iam_str account, struct iam_str arn,
                                    struct iam_aws_counts *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_INT(NULL, 0, struct iam_aws_counts, attachments),
        IAM_INT(NULL, 0, struct iam_aws_counts, boundaries),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_aws_counts);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_AWS_ATTACHMENT, SQL_COUNTS);
    iam_query_text(&q, account);
    iam_query_text(&q, arn);
    return iam_query_one(&q, NULL, &SHAPE, ret);
}
