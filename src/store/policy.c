/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies; versions are in version.c, attachments in attachment.c. Counts of attachments
 * and boundaries are never kept but computed, so that they cannot drift.
 */
#include "store/policy.h"

#include "model/arn.h"
#include "store/entity_int.h"
#include "store/sql_int.h"

/* $1 is the account whose use is counted. */
#define POLICY_COLUMNS(account)                                                             \
    "p.policy_id, p.account_id, p.name, p.path, p.description, p.created_ms, p.updated_ms," \
    " p.default_version,"                                                                   \
    " (SELECT COUNT(*) FROM attachment a"                                                   \
    " WHERE a.policy_id = p.policy_id AND a.account_id = " account ") AS attached,"         \
    " (SELECT COUNT(*) FROM iam_user u"                                                     \
    " WHERE u.boundary_id = p.policy_id AND u.account_id = " account ")"                    \
    " + (SELECT COUNT(*) FROM iam_role r"                                                   \
    " WHERE r.boundary_id = p.policy_id AND r.account_id = " account ") AS bounded"

enum {
    SQL_ADD,
    SQL_GET_BY_ID,
    SQL_GET_BY_NAME,
    SQL_LIST,
    SQL_SCAN,
    SQL_IN_USE,
    SQL_DELETE_VERSIONS,
    SQL_DELETE,
    SQL_COUNT
};

/* What SQL_LIST takes as $5. */
enum { NEED_NOTHING, NEED_ATTACHED, NEED_BOUNDED };

static const char *const SQL[SQL_COUNT] = {
    [SQL_ADD] = "INSERT INTO iam_policy (policy_id, account_id, name, name_key, path,"
                " description, created_ms, updated_ms, default_version, last_version)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, 0)",
    [SQL_GET_BY_ID] = "SELECT " POLICY_COLUMNS("$1") " FROM iam_policy p WHERE p.policy_id = $2",
    [SQL_GET_BY_NAME] =
        "SELECT " POLICY_COLUMNS("$1") " FROM iam_policy p"
                                       " WHERE p.account_id = $2 AND p.name_key = $3",
    [SQL_LIST] =
        "SELECT policy_id, account_id, name, path, description, created_ms, updated_ms,"
        " default_version, attached, bounded"
        " FROM (SELECT p.name_key, " POLICY_COLUMNS(
            "$1") " FROM iam_policy p"
                  " WHERE p.account_id IN ($1, 'aws')"
                  " AND (p.name_key, p.account_id) > ($2, $3)"
                  " AND substr(p.path, 1, length(CAST($4 AS TEXT))) = $4) AS q"
                  " WHERE ($5 = 0 OR ($5 = 1 AND attached > 0) OR ($5 = 2 AND bounded > 0))"
                  " AND ($6 = 0 OR ($6 = 1 AND account_id = 'aws')"
                  " OR ($6 = 2 AND account_id <> 'aws'))"
                  " ORDER BY name_key, account_id LIMIT $7",
    [SQL_SCAN] = "SELECT " POLICY_COLUMNS(
        "p.account_id") " FROM iam_policy p"
                        " WHERE p.policy_id > $1 ORDER BY p.policy_id LIMIT $2",
    [SQL_IN_USE] = "SELECT 1 WHERE EXISTS (SELECT 1 FROM attachment WHERE policy_id = $1)"
                   " OR EXISTS (SELECT 1 FROM iam_user WHERE boundary_id = $1)"
                   " OR EXISTS (SELECT 1 FROM iam_role WHERE boundary_id = $1)",
    [SQL_DELETE_VERSIONS] = "DELETE FROM policy_version WHERE policy_id = $1",
    [SQL_DELETE] = "DELETE FROM iam_policy WHERE policy_id = $1 AND account_id = $2",
};

const struct iam_sql_table iam_sql_policy = { "policy", SQL, SQL_COUNT };

static void read_policy(struct iam_row *row, void *ret_policy)
{
    struct iam_managed_policy *policy = ret_policy;

    policy->id = iam_row_text(row);
    policy->account = iam_row_text(row);
    policy->name = iam_row_text(row);
    policy->path = iam_row_text(row);
    policy->description = iam_row_text(row);
    policy->created_ms = iam_row_i64(row);
    policy->updated_ms = iam_row_i64(row);
    policy->default_version = iam_row_i64(row);
    policy->attachment_count = iam_row_i64(row);
    policy->boundary_count = iam_row_i64(row);
    iam_row_fail(row, iam_arn_of(row->arena, IAM_KIND_POLICY, policy->account, policy->path,
                                 policy->name, &policy->arn));
}

static enum iam_status add_row(struct iam_txn *txn, const struct iam_managed_policy *policy)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, policy->id);
    iam_query_text(&q, policy->account);
    iam_query_text(&q, policy->name);
    iam_query_key(&q, policy->name);
    iam_query_text(&q, policy->path);
    iam_query_text(&q, policy->description);
    iam_query_int(&q, policy->created_ms);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_policy_add(struct iam_txn *txn, const struct iam_managed_policy *policy,
                                     struct iam_str document)
{
    int64_t number = 0;

    IAM_TRY(add_row(txn, policy));
    /* records the change too */
    return iam_store_version_add(txn, policy->account, policy->id, document, true,
                                 policy->created_ms, &number);
}

static enum iam_status get_one(struct iam_query *q, struct iam_arena *arena,
                               struct iam_managed_policy *ret)
{
    struct iam_managed_policy policy = { 0 };

    IAM_TRY(iam_query_one(q, arena, read_policy, &policy));
    *ret = policy;
    return IAM_OK;
}

static enum iam_status get_by_name(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str owner,
                                   struct iam_str name, struct iam_managed_policy *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_GET_BY_NAME]);
    iam_query_text(&q, account);
    iam_query_text(&q, owner);
    iam_query_key(&q, name);
    return get_one(&q, arena, ret);
}

enum iam_status iam_store_policy_get(struct iam_txn *txn, struct iam_arena *arena,
                                     struct iam_str account, struct iam_str arn,
                                     struct iam_managed_policy *ret)
{
    struct iam_entity_arn parts;
    struct iam_managed_policy policy;

    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || parts.kind != IAM_KIND_POLICY ||
        parts.name.len > IAM_KEY_MAX ||
        (!iam_str_eq(parts.account, account) && !iam_str_eq(parts.account, IAM_ACCOUNT_AWS))) {
        return IAM_NOT_FOUND;
    }
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

    iam_query_open(&q, txn, SQL[SQL_GET_BY_ID]);
    iam_query_text(&q, account);
    iam_query_text(&q, id);
    return get_one(&q, arena, ret);
}

static int need_of(const struct iam_policy_filter *filter)
{
    if (filter->usage == IAM_USAGE_BOUNDARY) {
        return NEED_BOUNDED;
    }
    return filter->only_attached || filter->usage == IAM_USAGE_PERMISSIONS ? NEED_ATTACHED
                                                                           : NEED_NOTHING;
}

/*
 * A list continues at "name!owner": '!' sorts before every character of a name. A plain name means
 * behind all policies of that name.
 */
static void bind_after(struct iam_query *q, struct iam_str after)
{
    size_t mark = iam_str_find(after, '!', 0);
    struct iam_str owner = iam_str_sub(after, mark + 1, after.len);

    iam_query_key(q, iam_str_sub(after, 0, mark));
    iam_query_prefix(q, mark < after.len ? owner : IAM_ACCOUNT_AWS);
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_managed_policy *last,
                               struct iam_str *ret)
{
    struct iam_str key;

    IAM_TRY(iam_key_dup(arena, last->name, &key));
    return iam_arena_fmt(arena, ret, "%.*s!%.*s", IAM_STR_ARG(key), IAM_STR_ARG(last->account));
}

enum iam_status iam_store_policy_list(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str account,
                                      const struct iam_policy_filter *filter,
                                      const struct iam_page *page, struct iam_policy_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    struct iam_policy_list list;

    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_text(&q, account);
    bind_after(&q, iam_page_after(page));
    iam_query_prefix(&q, filter->path_prefix);
    iam_query_int(&q, need_of(filter));
    iam_query_int(&q, (int64_t)filter->scope);
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_policy, sizeof(struct iam_managed_policy), page, &rows));
    list = (struct iam_policy_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (list.is_truncated) {
        IAM_TRY(next_of(arena, &list.items[list.count - 1], &list.next));
    }
    *ret = list;
    return IAM_OK;
}

enum iam_status iam_store_policy_scan(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_page *page, struct iam_policy_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;

    iam_query_open(&q, txn, SQL[SQL_SCAN]);
    iam_query_prefix(&q, iam_page_after(page));
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_policy, sizeof(struct iam_managed_policy), page, &rows));
    *ret = (struct iam_policy_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (rows.is_truncated) {
        ret->next = ret->items[rows.count - 1].id;
    }
    return IAM_OK;
}

static enum iam_status check_unused(struct iam_txn *txn, struct iam_str id)
{
    struct iam_query q;
    enum iam_status status;

    iam_query_open(&q, txn, SQL[SQL_IN_USE]);
    iam_query_text(&q, id);
    status = iam_query_exists(&q);
    if (status == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    return status == IAM_OK ? iam_txn_conflict(txn) : status;
}

enum iam_status iam_store_policy_delete(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, id);
    struct iam_query q;

    IAM_TRY(iam_entity_check(txn, &ref));
    IAM_TRY(check_unused(txn, id));
    IAM_TRY(iam_entity_delete_parts(txn, &ref));
    iam_query_open(&q, txn, SQL[SQL_DELETE_VERSIONS]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_run(&q, NULL));
    iam_query_open(&q, txn, SQL[SQL_DELETE]);
    return iam_entity_run(&q, &ref, IAM_CHANGE_DELETE);
}
