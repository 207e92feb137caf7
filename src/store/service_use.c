/* SPDX-License-Identifier: Apache-2.0 */
#include "store/service_use.h"

#include "store/table_int.h"

enum { SQL_TOUCH, SQL_FORGET, SQL_INSERT, SQL_SINCE, SQL_END };

const char *const iam_service_use_sql[] = {
    [SQL_TOUCH] = "UPDATE service_use SET used_ms = $1, region = $2"
                  " WHERE entity_id = $3 AND service = $4 AND action = $5 AND used_ms < $1",
    [SQL_FORGET] = "DELETE FROM service_use WHERE entity_id = $1 AND used_ms < $2",
    /* A user, a role, or the root user of an account. */
    [SQL_INSERT] = "INSERT INTO service_use"
                   " (entity_id, account_id, service, action, used_ms, region)"
                   " SELECT e.id, e.account_id, CAST($1 AS TEXT), CAST($2 AS TEXT),"
                   " CAST($3 AS BIGINT), CAST($4 AS TEXT)"
                   " FROM (SELECT user_id AS id, account_id FROM iam_user WHERE user_id = $5"
                   " UNION ALL SELECT role_id, account_id FROM iam_role WHERE role_id = $5"
                   " UNION ALL SELECT account_id, account_id FROM account WHERE account_id = $5) e"
                   " WHERE (SELECT COUNT(*) FROM service_use WHERE entity_id = $5) < $6"
                   " ON CONFLICT (entity_id, service, action) DO NOTHING",
    [SQL_SINCE] = "SELECT @columns FROM @from WHERE t.entity_id = $1 AND t.used_ms >= $2"
                  " ORDER BY t.service, t.action LIMIT $3",
    [SQL_END] = NULL,
};

static enum iam_status touch(struct iam_txn *txn, struct iam_str entity_id,
                             const struct iam_service_use *use, int64_t *ret_changed)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_USE, SQL_TOUCH);
    iam_query_int(&q, use->used_ms);
    iam_query_text(&q, use->region);
    iam_query_text(&q, entity_id);
    iam_query_text(&q, use->service);
    iam_query_text(&q, use->action);
    return iam_query_run(&q, ret_changed);
}

/* Makes room: what is too old is not told any more. */
static enum iam_status forget(struct iam_txn *txn, struct iam_str entity_id, int64_t before_ms)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_USE, SQL_FORGET);
    iam_query_text(&q, entity_id);
    iam_query_int(&q, before_ms);
    return iam_query_run(&q, NULL);
}

static enum iam_status insert(struct iam_txn *txn, struct iam_str entity_id,
                              const struct iam_service_use *use)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_USE, SQL_INSERT);
    iam_query_text(&q, use->service);
    iam_query_text(&q, use->action);
    iam_query_int(&q, use->used_ms);
    iam_query_text(&q, use->region);
    iam_query_text(&q, entity_id);
    iam_query_int(&q, IAM_SERVICE_USES_MAX);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_service_use_put(struct iam_txn *txn, struct iam_str entity_id,
                                          const struct iam_service_use *use)
{
    int64_t changed = 0;

    IAM_TRY(touch(txn, entity_id, use, &changed));
    if (changed > 0) {
        return IAM_OK;
    }
    IAM_TRY(forget(txn, entity_id, use->used_ms - IAM_SERVICE_USE_MS));
    return insert(txn, entity_id, use);
}

enum iam_status iam_store_service_use_list(struct iam_txn *txn, struct iam_arena *arena,
                                           struct iam_str entity_id, int64_t since_ms,
                                           struct iam_service_use_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SERVICE_USE, SQL_SINCE);
    iam_query_text(&q, entity_id);
    iam_query_int(&q, since_ms);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_SERVICE_USE].shape, IAM_SERVICE_USES_MAX,
                          &ret->rows);
}
