/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What users, groups, roles and policies have in common: how a row of theirs is written, and what
 * hangs on them. entity_id in the tables of parts has no foreign key, as it can name any of these:
 * INVARIANT: parts are written only after iam_entity_check, and go with the entity.
 */
#include "store/entity_int.h"

#include "model/arn.h"
#include "store/sql_int.h"

enum {
    SQL_ACCOUNT,
    SQL_USER,
    SQL_GROUP,
    SQL_ROLE,
    SQL_POLICY,
    SQL_USABLE,
    SQL_DELETE_ATTACHMENTS,
    SQL_DELETE_INLINE,
    SQL_DELETE_TAGS,
    SQL_COUNT_ATTACHED,
    SQL_COUNT_INLINE,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_ACCOUNT] = "SELECT 1 FROM account WHERE account_id = $1 AND account_id = $2",
    [SQL_USER] = "SELECT 1 FROM iam_user WHERE user_id = $1 AND account_id = $2",
    [SQL_GROUP] = "SELECT 1 FROM iam_group WHERE group_id = $1 AND account_id = $2",
    [SQL_ROLE] = "SELECT 1 FROM iam_role WHERE role_id = $1 AND account_id = $2",
    [SQL_POLICY] = "SELECT 1 FROM iam_policy WHERE policy_id = $1 AND account_id = $2",
    [SQL_USABLE] = "SELECT 1 FROM iam_policy WHERE policy_id = $1 AND account_id IN ($2, 'aws')",
    [SQL_DELETE_ATTACHMENTS] = "DELETE FROM attachment WHERE entity_id = $1",
    [SQL_DELETE_INLINE] = "DELETE FROM inline_policy WHERE entity_id = $1",
    [SQL_DELETE_TAGS] = "DELETE FROM tag WHERE entity_id = $1",
    [SQL_COUNT_ATTACHED] = "SELECT COUNT(*) FROM attachment WHERE entity_id = $1",
    [SQL_COUNT_INLINE] = "SELECT COUNT(*) FROM inline_policy WHERE entity_id = $1",
};

const struct iam_sql_table iam_sql_entity = { "entity", SQL, SQL_COUNT };

static const int CHECK_OF_KIND[] = {
    [IAM_KIND_ACCOUNT] = SQL_ACCOUNT, [IAM_KIND_USER] = SQL_USER,     [IAM_KIND_GROUP] = SQL_GROUP,
    [IAM_KIND_ROLE] = SQL_ROLE,       [IAM_KIND_POLICY] = SQL_POLICY,
};

enum iam_status iam_txn_spoil(struct iam_txn *txn, enum iam_status status)
{
    txn->is_spoilt = true;
    return status;
}

enum iam_status iam_entity_check(struct iam_txn *txn, const struct iam_entity_ref *entity)
{
    struct iam_query q;

    IAM_ENSURE(entity->kind >= IAM_KIND_ACCOUNT && entity->kind <= IAM_KIND_POLICY, IAM_NOT_FOUND);
    iam_query_open(&q, txn, SQL[CHECK_OF_KIND[entity->kind]]);
    iam_query_text(&q, entity->id);
    iam_query_text(&q, entity->account);
    return iam_query_exists(&q);
}

enum iam_status iam_entity_run(struct iam_query *q, const struct iam_entity_ref *entity,
                               enum iam_change_op op)
{
    iam_query_text(q, entity->id);
    iam_query_text(q, entity->account);
    IAM_TRY(iam_query_run_found(q));
    return iam_change_record(q->txn, entity, op);
}

enum iam_status iam_policy_check_usable(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str policy_id)
{
    struct iam_query q;
    enum iam_status status;

    if (!iam_str_is_set(policy_id)) {
        return IAM_OK;
    }
    iam_query_open(&q, txn, SQL[SQL_USABLE]);
    iam_query_text(&q, policy_id);
    iam_query_text(&q, account);
    status = iam_query_exists(&q);
    return status == IAM_NOT_FOUND ? iam_txn_conflict(txn) : status;
}

enum iam_status iam_entity_delete_parts(struct iam_txn *txn, const struct iam_entity_ref *entity)
{
    for (int i = SQL_DELETE_ATTACHMENTS; i <= SQL_DELETE_TAGS; i++) {
        struct iam_query q;

        iam_query_open(&q, txn, SQL[i]);
        iam_query_text(&q, entity->id);
        IAM_TRY(iam_query_run(&q, NULL));
    }
    return IAM_OK;
}

enum iam_status iam_entity_count_parts(struct iam_txn *txn, struct iam_str id,
                                       int64_t *ret_attached, int64_t *ret_inline)
{
    struct iam_query q;
    int64_t attached = 0;

    iam_query_open(&q, txn, SQL[SQL_COUNT_ATTACHED]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_i64(&q, &attached));
    iam_query_open(&q, txn, SQL[SQL_COUNT_INLINE]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_i64(&q, ret_inline));
    *ret_attached = attached;
    return IAM_OK;
}

struct iam_str iam_read_policy_arn(struct iam_row *row)
{
    struct iam_str account = iam_row_text(row);
    struct iam_str path = iam_row_text(row);
    struct iam_str name = iam_row_text(row);
    struct iam_str arn = { 0 };

    if (iam_str_is_set(account)) {
        iam_row_fail(row, iam_arn_of(row->arena, IAM_KIND_POLICY, account, path, name, &arn));
    }
    return arn;
}
