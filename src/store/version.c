/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of managed policies. INVARIANT: last_version only grows, so a number is never used
 * again; default_version names a row that exists.
 */
#include "store/entity_int.h"
#include "store/policy.h"
#include "store/sql_int.h"

enum {
    SQL_NUMBER,
    SQL_ADD,
    SQL_GET,
    SQL_GET_DEFAULT,
    SQL_LIST,
    SQL_HOW_MANY,
    SQL_SET_DEFAULT,
    SQL_IS_DEFAULT,
    SQL_DELETE,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_NUMBER] = "UPDATE iam_policy SET last_version = last_version + 1, updated_ms = $1,"
                   " default_version = CASE WHEN $2 = 1 THEN last_version + 1"
                   " ELSE default_version END"
                   " WHERE policy_id = $3 AND account_id = $4 RETURNING last_version",
    [SQL_ADD] = "INSERT INTO policy_version (policy_id, version, account_id, document, created_ms)"
                " VALUES ($1, $2, $3, $4, $5)",
    [SQL_GET] = "SELECT v.policy_id, v.version,"
                " CASE WHEN v.version = p.default_version THEN 1 ELSE 0 END,"
                " v.created_ms, v.document"
                " FROM policy_version v JOIN iam_policy p ON p.policy_id = v.policy_id"
                " WHERE v.policy_id = $1 AND v.version = $2",
    [SQL_GET_DEFAULT] = "SELECT v.policy_id, v.version, 1, v.created_ms, v.document"
                        " FROM iam_policy p JOIN policy_version v ON v.policy_id = p.policy_id"
                        " AND v.version = p.default_version WHERE p.policy_id = $1",
    [SQL_LIST] = "SELECT v.policy_id, v.version,"
                 " CASE WHEN v.version = p.default_version THEN 1 ELSE 0 END,"
                 " v.created_ms, CAST(NULL AS TEXT)"
                 " FROM policy_version v JOIN iam_policy p ON p.policy_id = v.policy_id"
                 " WHERE v.policy_id = $1 AND v.version < $2 ORDER BY v.version DESC LIMIT $3",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM policy_version WHERE policy_id = $1",
    [SQL_SET_DEFAULT] = "UPDATE iam_policy SET default_version = $1, updated_ms = $2"
                        " WHERE policy_id = $3 AND account_id = $4 AND EXISTS"
                        " (SELECT 1 FROM policy_version v"
                        " WHERE v.policy_id = $3 AND v.version = $1)",
    [SQL_IS_DEFAULT] = "SELECT 1 FROM iam_policy"
                       " WHERE policy_id = $1 AND default_version = $2 AND account_id = $3",
    [SQL_DELETE] = "DELETE FROM policy_version"
                   " WHERE policy_id = $1 AND version = $2 AND account_id = $3",
};

const struct iam_sql_table iam_sql_version = { "version", SQL, SQL_COUNT };

static void read_version(struct iam_row *row, void *ret_version)
{
    struct iam_policy_version *version = ret_version;

    version->policy_id = iam_row_text(row);
    version->number = iam_row_i64(row);
    version->is_default = iam_row_i64(row) != 0;
    version->created_ms = iam_row_i64(row);
    version->document = iam_row_text(row);
}

static enum iam_status take_number(struct iam_txn *txn, const struct iam_entity_ref *policy,
                                   bool is_default, int64_t now_ms, int64_t *ret)
{
    struct iam_query q;

    IAM_ENSURE(txn->mode == IAM_TXN_WRITE, iam_txn_conflict(txn));
    iam_query_open(&q, txn, SQL[SQL_NUMBER]);
    iam_query_int(&q, now_ms);
    iam_query_int(&q, is_default ? 1 : 0);
    iam_query_text(&q, policy->id);
    iam_query_text(&q, policy->account);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_version_add(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str policy_id, struct iam_str document,
                                      bool is_default, int64_t created_ms, int64_t *ret_number)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, policy_id);
    struct iam_query q;
    int64_t number = 0;

    IAM_TRY(take_number(txn, &ref, is_default, created_ms, &number));
    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, policy_id);
    iam_query_int(&q, number);
    iam_query_text(&q, account);
    iam_query_text(&q, document);
    iam_query_int(&q, created_ms);
    IAM_TRY(iam_query_run(&q, NULL));
    IAM_TRY(iam_change_record(txn, &ref, IAM_CHANGE_PUT));
    *ret_number = number;
    return IAM_OK;
}

static enum iam_status get_one(struct iam_query *q, struct iam_arena *arena,
                               struct iam_policy_version *ret)
{
    struct iam_policy_version version = { 0 };

    IAM_TRY(iam_query_one(q, arena, read_version, &version));
    *ret = version;
    return IAM_OK;
}

enum iam_status iam_store_version_get(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str policy_id, int64_t number,
                                      struct iam_policy_version *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_GET]);
    iam_query_text(&q, policy_id);
    iam_query_int(&q, number);
    return get_one(&q, arena, ret);
}

enum iam_status iam_store_version_get_default(struct iam_txn *txn, struct iam_arena *arena,
                                              struct iam_str policy_id,
                                              struct iam_policy_version *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_GET_DEFAULT]);
    iam_query_text(&q, policy_id);
    return get_one(&q, arena, ret);
}

/* The list continues below this number; IAM_RANGE for a text that no list gave. */
static enum iam_status start_of(const struct iam_page *page, int64_t *ret)
{
    struct iam_str after = iam_page_after(page);

    if (!iam_str_is_set(after)) {
        *ret = INT64_MAX;
        return IAM_OK;
    }
    return iam_policy_version_parse(after, ret) == IAM_OK ? IAM_OK : IAM_RANGE;
}

enum iam_status iam_store_version_list(struct iam_txn *txn, struct iam_arena *arena,
                                       struct iam_str policy_id, const struct iam_page *page,
                                       struct iam_policy_version_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    struct iam_policy_version_list list;
    int64_t below = 0;

    IAM_TRY(start_of(page, &below));
    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_text(&q, policy_id);
    iam_query_int(&q, below);
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_version, sizeof(struct iam_policy_version), page, &rows));
    list = (struct iam_policy_version_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (list.is_truncated) {
        IAM_TRY(iam_arena_fmt(arena, &list.next, "v%lld",
                              (long long)list.items[list.count - 1].number));
    }
    *ret = list;
    return IAM_OK;
}

enum iam_status iam_store_version_count(struct iam_txn *txn, struct iam_str policy_id, int64_t *ret)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_HOW_MANY]);
    iam_query_text(&q, policy_id);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_version_set_default(struct iam_txn *txn, struct iam_str account,
                                              struct iam_str policy_id, int64_t number,
                                              int64_t now_ms)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, policy_id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_SET_DEFAULT]);
    iam_query_int(&q, number);
    iam_query_int(&q, now_ms);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

static void open_version(struct iam_query *q, struct iam_txn *txn, const char *sql,
                         const struct iam_entity_ref *policy, int64_t number)
{
    iam_query_open(q, txn, sql);
    iam_query_text(q, policy->id);
    iam_query_int(q, number);
    iam_query_text(q, policy->account);
}

enum iam_status iam_store_version_delete(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str policy_id, int64_t number)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, policy_id);
    struct iam_query q;
    enum iam_status status;

    open_version(&q, txn, SQL[SQL_IS_DEFAULT], &ref, number);
    status = iam_query_exists(&q);
    if (status != IAM_NOT_FOUND) {
        return status == IAM_OK ? iam_txn_conflict(txn) : status;
    }
    open_version(&q, txn, SQL[SQL_DELETE], &ref, number);
    IAM_TRY(iam_query_run_found(&q));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}
