/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's generations of keys, sealed. */
#include "store/key_ring.h"

#include "store/table_int.h"

enum { SQL_ADD, SQL_LIST, SQL_RETIRE, SQL_CLEAR, SQL_DELETE, SQL_END };

const char *const iam_key_generation_sql[] = {
    [SQL_ADD] = "INSERT INTO key_generation (generation, created_ms, retired_ms, is_clear)"
                " VALUES ($1, $2, 0, 0)",
    [SQL_LIST] = "SELECT @columns FROM @from ORDER BY t.generation LIMIT $1",
    [SQL_RETIRE] = "UPDATE key_generation SET retired_ms = $1"
                   " WHERE generation < $2 AND retired_ms = 0",
    [SQL_CLEAR] = "UPDATE key_generation SET is_clear = 1 WHERE generation < $1",
    [SQL_DELETE] = "DELETE FROM key_generation WHERE generation = $1",
    [SQL_END] = NULL,
};

enum { SQL_WRAP_ADD, SQL_WRAP_LIST, SQL_WRAP_KEEP, SQL_WRAP_DELETE, SQL_WRAP_END };

const char *const iam_key_wrap_sql[] = {
    [SQL_WRAP_ADD] = "INSERT INTO key_wrap (master_id, generation, rotation, sealed)"
                     " VALUES ($1, $2, $3, $4)", /* in the order of the shape */
    [SQL_WRAP_LIST] = "SELECT @columns FROM @from ORDER BY t.rotation, t.generation LIMIT $1",
    [SQL_WRAP_KEEP] = "DELETE FROM key_wrap WHERE master_id <> $1",
    [SQL_WRAP_DELETE] = "DELETE FROM key_wrap WHERE generation = $1",
    [SQL_WRAP_END] = NULL,
};

enum iam_status iam_store_generation_add(struct iam_txn *txn, int64_t number, int64_t created_ms)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_KEY_GENERATION, SQL_ADD);
    iam_query_int(&q, number);
    iam_query_int(&q, created_ms);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_generation_list(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_key_generation_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_KEY_GENERATION, SQL_LIST);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_KEY_GENERATION].shape, SIZE_MAX,
                          &ret->rows);
}

enum iam_status iam_store_generation_retire(struct iam_txn *txn, int64_t number, int64_t now_ms)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_KEY_GENERATION, SQL_RETIRE);
    iam_query_int(&q, now_ms);
    iam_query_int(&q, number);
    return iam_query_run(&q, NULL);
}

static enum iam_status run_with(struct iam_txn *txn, enum iam_table_id table, size_t sql,
                                int64_t number, int64_t *ret_changed)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, table, sql);
    iam_query_int(&q, number);
    return iam_query_run(&q, ret_changed);
}

enum iam_status iam_store_generation_clear(struct iam_txn *txn, int64_t number)
{
    return run_with(txn, IAM_TABLE_KEY_GENERATION, SQL_CLEAR, number, NULL);
}

enum iam_status iam_store_generation_delete(struct iam_txn *txn, int64_t number)
{
    int64_t deleted = 0;

    IAM_TRY(run_with(txn, IAM_TABLE_KEY_WRAP, SQL_WRAP_DELETE, number, NULL));
    IAM_TRY(run_with(txn, IAM_TABLE_KEY_GENERATION, SQL_DELETE, number, &deleted));
    return deleted > 0 ? IAM_OK : IAM_NOT_FOUND;
}

enum iam_status iam_store_wrap_add(struct iam_txn *txn, const struct iam_key_wrap *wrap)
{
    const struct iam_shape *shape = &iam_tables[IAM_TABLE_KEY_WRAP].shape;
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_KEY_WRAP, SQL_WRAP_ADD);
    for (size_t i = 0; i < shape->count; i++) {
        iam_query_member(&q, &shape->columns[i], wrap);
    }
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_wrap_list(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_key_wrap_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_KEY_WRAP, SQL_WRAP_LIST);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_KEY_WRAP].shape, SIZE_MAX, &ret->rows);
}

enum iam_status iam_store_wrap_keep(struct iam_txn *txn, struct iam_str master_id)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_KEY_WRAP, SQL_WRAP_KEEP);
    iam_query_text(&q, master_id);
    return iam_query_run(&q, NULL);
}
