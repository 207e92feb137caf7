/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of managed policies: what is not in their table. INVARIANT: last_version only grows, so
 * a number is never used again; default_version names a row that exists.
 */
#include "store/policy.h"
#include "store/table_int.h"

enum {
    SQL_NUMBER,
    SQL_GET,
    SQL_GET_DEFAULT,
    SQL_LIST,
    SQL_SET_DEFAULT,
    SQL_IS_DEFAULT,
    SQL_RESTORE,
    SQL_END
};

const char *const iam_version_sql[] = {
    [SQL_NUMBER] = "UPDATE iam_policy SET last_version = last_version + 1, updated_ms = $1,"
                   " default_version = CASE WHEN $2 = 1 THEN last_version + 1"
                   " ELSE default_version END"
                   " WHERE policy_id = $3 AND account_id = $4 RETURNING last_version",
    [SQL_GET] = "SELECT @columns FROM @from WHERE t.policy_id = $1 AND t.version = $2",
    [SQL_GET_DEFAULT] = "SELECT @columns FROM @from"
                        " WHERE t.policy_id = $1 AND t.version = p.default_version",
    [SQL_LIST] = "SELECT @columns FROM @from"
                 " WHERE t.policy_id = $1 AND t.version < $2 ORDER BY t.version DESC LIMIT $3",
    [SQL_SET_DEFAULT] = "UPDATE iam_policy SET default_version = $1, updated_ms = $2"
                        " WHERE policy_id = $3 AND account_id = $4 AND EXISTS"
                        " (SELECT 1 FROM policy_version v"
                        " WHERE v.policy_id = $3 AND v.version = $1)",
    [SQL_IS_DEFAULT] = "SELECT 1 FROM iam_policy"
                       " WHERE policy_id = $1 AND default_version = $2 AND account_id = $3",
    [SQL_RESTORE] = "UPDATE iam_policy SET default_version = $1, last_version = $2"
                    " WHERE policy_id = $3 AND account_id = $4",
    [SQL_END] = NULL,
};

static enum iam_status take_number(struct iam_txn *txn, const struct iam_entity_ref *policy,
                                   bool is_default, int64_t now_ms, int64_t *ret)
{
    struct iam_query q;

    IAM_ENSURE(txn->mode == IAM_TXN_WRITE, iam_txn_conflict(txn));
    IAM_TRY(iam_row_hold(txn, IAM_TABLE_POLICY, policy, NULL, NULL));
    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_NUMBER);
    iam_query_int(&q, now_ms);
    iam_query_int(&q, is_default ? 1 : 0);
    iam_query_text(&q, policy->id);
    iam_query_text(&q, policy->account);
    IAM_TRY(iam_query_i64(&q, ret));
    return iam_row_reseal(txn, IAM_TABLE_POLICY, policy, NULL, NULL);
}

enum iam_status iam_store_version_add(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str policy_id, struct iam_str document,
                                      bool is_default, int64_t created_ms, int64_t *ret_number)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, policy_id);
    struct iam_policy_version row = { .document = document, .created_ms = created_ms };

    IAM_TRY(take_number(txn, &ref, is_default, created_ms, &row.number));
    IAM_TRY(iam_table_write(txn, IAM_TABLE_VERSION, IAM_SQL_INSERT, &ref, &row));
    IAM_TRY(iam_change_record(txn, &ref, IAM_CHANGE_PUT));
    *ret_number = row.number;
    return IAM_OK;
}

enum iam_status iam_store_version_get(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str policy_id, int64_t number,
                                      struct iam_policy_version *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_GET);
    iam_query_text(&q, policy_id);
    iam_query_int(&q, number);
    return iam_table_one(&q, arena, IAM_TABLE_VERSION, ret);
}

enum iam_status iam_store_version_get_default(struct iam_txn *txn, struct iam_arena *arena,
                                              struct iam_str policy_id,
                                              struct iam_policy_version *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_GET_DEFAULT);
    iam_query_text(&q, policy_id);
    return iam_table_one(&q, arena, IAM_TABLE_VERSION, ret);
}

/*
 * Parses the number below which the list continues; IAM_RANGE for a text that no list has returned.
 */
static enum iam_status start_of(const struct iam_page *page, int64_t *ret)
{
    struct iam_str after = iam_page_after(page);

    if (!iam_str_is_set(after)) {
        *ret = INT64_MAX;
        return IAM_OK;
    }
    return iam_policy_version_parse(after, ret) == IAM_OK ? IAM_OK : IAM_RANGE;
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_shape *shape,
                               const void *last, struct iam_str *ret)
{
    const struct iam_policy_version *item = last;

    (void)shape;
    return iam_arena_fmt(arena, ret, "v%lld", (long long)item->number);
}

enum iam_status iam_store_version_list(struct iam_txn *txn, struct iam_arena *arena,
                                       struct iam_str policy_id, const struct iam_page *page,
                                       struct iam_policy_version_list *ret)
{
    struct iam_query q;
    int64_t below = 0;

    IAM_TRY(start_of(page, &below));
    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_LIST);
    iam_query_text(&q, policy_id);
    iam_query_int(&q, below);
    IAM_TRY(
        iam_query_page(&q, arena, &iam_tables[IAM_TABLE_VERSION].shape, page, next_of, &ret->rows));
    /* they were read for the MACs of the rows */
    for (size_t i = 0; i < ret->count; i++) {
        ret->items[i].document = iam_str_absent();
    }
    return IAM_OK;
}

enum iam_status iam_store_version_set_default(struct iam_txn *txn, struct iam_str account,
                                              struct iam_str policy_id, int64_t number,
                                              int64_t now_ms)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, policy_id);
    struct iam_query q;

    IAM_TRY(iam_row_hold(txn, IAM_TABLE_POLICY, &ref, NULL, NULL));
    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_SET_DEFAULT);
    iam_query_int(&q, number);
    iam_query_int(&q, now_ms);
    iam_query_text(&q, policy_id);
    iam_query_text(&q, account);
    IAM_TRY(iam_query_run_found(&q));
    IAM_TRY(iam_row_reseal(txn, IAM_TABLE_POLICY, &ref, NULL, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_version_delete(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str policy_id, int64_t number)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, account, policy_id);
    const struct iam_policy_version row = { .number = number };
    struct iam_query q;
    enum iam_status status;

    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_IS_DEFAULT);
    iam_query_text(&q, policy_id);
    iam_query_int(&q, number);
    iam_query_text(&q, account);
    status = iam_query_exists(&q);
    if (status != IAM_NOT_FOUND) {
        return status == IAM_OK ? iam_txn_conflict(txn) : status;
    }
    return iam_table_delete(txn, IAM_TABLE_VERSION, &ref, &row);
}

/* Writes which version is the default, and the highest number that was ever given. */
static enum iam_status restore_numbers(struct iam_txn *txn, const struct iam_entity_ref *policy,
                                       int64_t default_number, int64_t last_number)
{
    struct iam_query q;

    IAM_TRY(iam_row_hold(txn, IAM_TABLE_POLICY, policy, NULL, NULL));
    iam_table_open_own(&q, txn, IAM_TABLE_VERSION, SQL_RESTORE);
    iam_query_int(&q, default_number);
    iam_query_int(&q, last_number);
    iam_query_text(&q, policy->id);
    iam_query_text(&q, policy->account);
    IAM_TRY(iam_query_run_found(&q));
    return iam_row_reseal(txn, IAM_TABLE_POLICY, policy, NULL, NULL);
}

enum iam_status iam_store_policy_restore(struct iam_txn *txn,
                                         const struct iam_managed_policy *policy,
                                         const struct iam_policy_version *versions, size_t count)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_POLICY, policy->account, policy->id);
    int64_t last = 0;
    bool has_default = false;

    IAM_TRY(iam_table_write(txn, IAM_TABLE_POLICY, IAM_SQL_INSERT, &ref, policy));
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(iam_table_write(txn, IAM_TABLE_VERSION, IAM_SQL_INSERT, &ref, &versions[i]));
        last = versions[i].number > last ? versions[i].number : last;
        has_default = has_default || versions[i].number == policy->default_version;
    }
    IAM_ENSURE(has_default, iam_txn_conflict(txn));
    IAM_TRY(restore_numbers(txn, &ref, policy->default_version, last));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}
