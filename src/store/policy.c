/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies: what is not in their table. Versions are in version.c, attachments in
 * attachment.c, who may use a policy and whether anybody does in policy_check.c. Counts of
 * attachments and boundaries are never kept but computed, so that they cannot drift.
 */
#include "store/policy.h"

#include "store/table_int.h"

enum { SQL_GET_BY_ID, SQL_GET_BY_NAME, SQL_LIST, SQL_COUNT_USED, SQL_END };

/* The values that SQL_LIST takes as $4. */
enum { NEED_NOTHING, NEED_ATTACHED, NEED_BOUNDED, NEED_EITHER };

#define IS_ATTACHED                      \
    "EXISTS (SELECT 1 FROM attachment a" \
    " WHERE a.policy_id = t.policy_id AND a.account_id = $1)"
#define IS_BOUNDARY_OF(table)           \
    "EXISTS (SELECT 1 FROM " table " e" \
    " WHERE e.boundary_id = t.policy_id AND e.account_id = $1)"
#define IS_BOUNDARY "(" IS_BOUNDARY_OF("iam_user") " OR " IS_BOUNDARY_OF("iam_role") ")"

const char *const iam_policy_sql[] = {
    [SQL_GET_BY_ID] = "SELECT @columns FROM @from WHERE t.policy_id = $2",
    [SQL_GET_BY_NAME] = "SELECT @columns FROM @from WHERE t.account_id = $2"
                        " AND t.name_key = $3",
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.name_key > $2"
                 " AND substr(t.path, 1, length(CAST($3 AS TEXT))) = $3"
                 " AND ($4 = 0 OR ($4 <> 2 AND " IS_ATTACHED ")"
                 " OR ($4 >= 2 AND " IS_BOUNDARY ")) ORDER BY t.name_key LIMIT $5",
    [SQL_COUNT_USED] = "SELECT COUNT(*) FROM iam_policy t WHERE t.account_id = $1"
                       " AND (" IS_ATTACHED " OR " IS_BOUNDARY ")",
    [SQL_END] = NULL,
};

enum iam_status iam_store_policy_add(struct iam_txn *txn, const struct iam_managed_policy *policy,
                                     struct iam_str document)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, policy->account, policy->id);
    struct iam_managed_policy row = *policy;
    int64_t number = 0;

    row.updated_ms = row.created_ms;
    IAM_TRY(iam_table_write(txn, IAM_TABLE_POLICY, IAM_SQL_INSERT, &ref, &row));
    /* records the change too */
    return iam_store_version_add(txn, policy->account, policy->id, document, true,
                                 policy->created_ms, &number);
}

static enum iam_status get_by_name(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str owner,
                                   struct iam_str name, struct iam_managed_policy *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_POLICY, SQL_GET_BY_NAME);
    iam_query_text(&q, account);
    iam_query_text(&q, owner);
    iam_query_key(&q, name);
    return iam_table_one(&q, arena, IAM_TABLE_POLICY, ret);
}

/* Parses arn. IAM_NOT_FOUND unless it may name a policy of account. */
static enum iam_status parse_arn(struct iam_str account, struct iam_str arn,
                                 struct iam_entity_arn *ret)
{
    bool may_be = iam_entity_arn_parse(arn, ret) == IAM_OK && ret->kind == IAM_KIND_POLICY &&
                  ret->name.len <= IAM_KEY_MAX && iam_str_eq(ret->account, account);

    return may_be ? IAM_OK : IAM_NOT_FOUND;
}

enum iam_status iam_store_policy_find(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str account, struct iam_str arn,
                                      struct iam_managed_policy *ret)
{
    struct iam_entity_arn parts;
    struct iam_managed_policy policy;

    IAM_TRY(parse_arn(account, arn, &parts));
    IAM_TRY(iam_table_get(txn, arena, IAM_TABLE_POLICY_FACTS, parts.account, parts.name, &policy));
    IAM_ENSURE(iam_str_eq(policy.arn, arn), IAM_NOT_FOUND);
    *ret = policy;
    return IAM_OK;
}

enum iam_status iam_store_policy_get(struct iam_txn *txn, struct iam_arena *arena,
                                     struct iam_str account, struct iam_str arn,
                                     struct iam_managed_policy *ret)
{
    struct iam_entity_arn parts;
    struct iam_managed_policy policy;

    IAM_TRY(parse_arn(account, arn, &parts));
    IAM_TRY(get_by_name(txn, arena, account, parts.account, parts.name, &policy));
    IAM_ENSURE(iam_str_eq(policy.arn, arn), IAM_NOT_FOUND);
    *ret = policy;
    return IAM_OK;
}

enum iam_status iam_store_policy_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str account, struct iam_str id,
                                           struct iam_managed_policy *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_POLICY, SQL_GET_BY_ID);
    iam_query_text(&q, account);
    iam_query_text(&q, id);
    return iam_table_one(&q, arena, IAM_TABLE_POLICY, ret);
}

static int need_of(const struct iam_policy_filter *filter)
{
    static const int NEEDS[] = {
        [IAM_USAGE_ANY] = NEED_EITHER,
        [IAM_USAGE_PERMISSIONS] = NEED_ATTACHED,
        [IAM_USAGE_BOUNDARY] = NEED_BOUNDED,
    };

    return filter->only_used ? NEEDS[filter->usage] : NEED_NOTHING;
}

enum iam_status iam_store_policy_list(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str account,
                                      const struct iam_policy_filter *filter,
                                      const struct iam_page *page, struct iam_policy_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_POLICY, SQL_LIST);
    iam_query_text(&q, account);
    iam_query_key(&q, iam_page_after(page));
    iam_query_prefix(&q, filter->path_prefix);
    iam_query_int(&q, need_of(filter));
    return iam_table_page(&q, arena, IAM_TABLE_POLICY, page, &ret->rows);
}

enum iam_status iam_store_policy_count_used(struct iam_txn *txn, struct iam_str account,
                                            int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_POLICY, SQL_COUNT_USED);
    iam_query_text(&q, account);
    return iam_query_i64(&q, ret);
}
