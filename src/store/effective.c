/* SPDX-License-Identifier: Apache-2.0 */
#include "store/effective.h"

#include "model/arn.h"
#include "store/table_int.h"

enum { SQL_BY_ID, SQL_BY_NAME, SQL_END };

const char *const iam_effective_policy_sql[] = {
    [SQL_BY_ID] = "SELECT @columns FROM @from WHERE t.policy_id = $1",
    [SQL_BY_NAME] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.name_key = $2",
    [SQL_END] = NULL,
};

enum iam_status iam_store_effective_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str id, struct iam_effective_policy *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_EFFECTIVE_POLICY, SQL_BY_ID);
    iam_query_text(&q, id);
    return iam_table_one(&q, arena, IAM_TABLE_EFFECTIVE_POLICY, ret);
}

enum iam_status iam_store_effective_by_arn(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str arn, struct iam_effective_policy *ret)
{
    struct iam_effective_policy policy;
    struct iam_entity_arn parts;
    struct iam_query q;

    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || parts.kind != IAM_KIND_POLICY ||
        parts.name.len > IAM_KEY_MAX) {
        return IAM_NOT_FOUND;
    }
    iam_table_open_own(&q, txn, IAM_TABLE_EFFECTIVE_POLICY, SQL_BY_NAME);
    iam_query_text(&q, parts.account);
    iam_query_key(&q, parts.name);
    IAM_TRY(iam_table_one(&q, arena, IAM_TABLE_EFFECTIVE_POLICY, &policy));
    IAM_ENSURE(iam_str_eq(policy.arn, arn), IAM_NOT_FOUND);
    *ret = policy;
    return IAM_OK;
}
