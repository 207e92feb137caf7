/* SPDX-License-Identifier: Apache-2.0 */
#include "store/effective.h"

#include "model/arn.h"
#include "store/entity_int.h"
#include "store/sql_int.h"

#define EFFECTIVE                                                                    \
    "SELECT p.policy_id, p.account_id, p.path, p.name, v.document FROM iam_policy p" \
    " LEFT JOIN policy_version v"                                                    \
    " ON v.policy_id = p.policy_id AND v.version = p.default_version"

enum { SQL_BY_ID, SQL_BY_NAME, SQL_COUNT };

static const char *const SQL[SQL_COUNT] = {
    [SQL_BY_ID] = EFFECTIVE " WHERE p.policy_id = $1",
    [SQL_BY_NAME] = EFFECTIVE " WHERE p.account_id = $1 AND p.name_key = $2",
};

const struct iam_sql_table iam_sql_effective = { "effective", SQL, SQL_COUNT };

static void read_effective(struct iam_row *row, void *ret_policy)
{
    struct iam_effective_policy *policy = ret_policy;

    policy->id = iam_row_text(row);
    policy->account = iam_row_text(row);
    struct iam_str path = iam_row_text(row);
    struct iam_str name = iam_row_text(row);
    policy->document = iam_row_text(row);
    iam_row_fail(row,
                 iam_arn_of(row->arena, IAM_ARN_POLICY, policy->account, path, name, &policy->arn));
}

static enum iam_status get_one(struct iam_query *q, struct iam_arena *arena,
                               struct iam_effective_policy *ret)
{
    struct iam_effective_policy policy = { 0 };

    IAM_TRY(iam_query_one(q, arena, read_effective, &policy));
    *ret = policy;
    return IAM_OK;
}

enum iam_status iam_store_effective_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str id, struct iam_effective_policy *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_BY_ID]);
    iam_query_text(&q, id);
    return get_one(&q, arena, ret);
}

enum iam_status iam_store_effective_by_arn(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str arn, struct iam_effective_policy *ret)
{
    struct iam_effective_policy policy;
    struct iam_entity_arn parts;
    struct iam_query q;

    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || parts.kind != IAM_ARN_POLICY ||
        parts.name.len > IAM_KEY_MAX) {
        return IAM_NOT_FOUND;
    }
    iam_query_open(&q, txn, SQL[SQL_BY_NAME]);
    iam_query_text(&q, parts.account);
    iam_query_key(&q, parts.name);
    IAM_TRY(get_one(&q, arena, &policy));
    IAM_ENSURE(iam_str_eq(policy.arn, arn), IAM_NOT_FOUND);
    *ret = policy;
    return IAM_OK;
}
