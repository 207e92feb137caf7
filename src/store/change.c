/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed. The counter row serialises whoever numbers a change until its commit; that, not
 * the number alone, gives the order in which changes become visible.
 */
#include "store/change.h"

#include "store/entity_int.h"
#include "store/sql_int.h"

#define MAX_CHANGES 10000

enum {
    SQL_NUMBER,
    SQL_ADD,
    SQL_LAST,
    SQL_TRIMMED,
    SQL_LIST,
    SQL_MARK_TRIMMED,
    SQL_TRIM,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_NUMBER] = "UPDATE change_counter SET last_seq = last_seq + 1 WHERE counter_id = 1"
                   " RETURNING last_seq",
    [SQL_ADD] = "INSERT INTO change (seq, account_id, kind, entity_id, op)"
                " VALUES ($1, $2, $3, $4, $5)",
    [SQL_LAST] = "SELECT last_seq FROM change_counter WHERE counter_id = 1",
    [SQL_TRIMMED] = "SELECT trimmed_seq FROM change_counter WHERE counter_id = 1",
    [SQL_LIST] = "SELECT seq, account_id, kind, entity_id, op FROM change"
                 " WHERE seq > $1 ORDER BY seq LIMIT $2",
    [SQL_MARK_TRIMMED] = "UPDATE change_counter SET trimmed_seq ="
                         " CASE WHEN $1 < last_seq THEN $1 ELSE last_seq END"
                         " WHERE counter_id = 1 AND trimmed_seq < $1",
    [SQL_TRIM] = "DELETE FROM change WHERE seq <= $1",
};

const struct iam_sql_table iam_sql_change = { "change", SQL, SQL_COUNT };

enum iam_status iam_change_record(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  enum iam_change_op op)
{
    struct iam_query q;
    int64_t seq = 0;

    /* numbering writes although it gives a row, so the transaction's mode is checked here */
    IAM_ENSURE(txn->mode == IAM_TXN_WRITE, iam_txn_conflict(txn));
    iam_query_open(&q, txn, SQL[SQL_NUMBER]);
    IAM_TRY(iam_query_i64(&q, &seq));
    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_int(&q, seq);
    iam_query_text(&q, entity->account);
    iam_query_int(&q, entity->kind);
    iam_query_text(&q, entity->id);
    iam_query_int(&q, op);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_change_last(struct iam_txn *txn, int64_t *ret_seq)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_LAST]);
    return iam_query_i64(&q, ret_seq);
}

static void read_change(struct iam_row *row, void *ret_change)
{
    struct iam_change *change = ret_change;

    change->seq = iam_row_i64(row);
    change->account = iam_row_text(row);
    change->kind = (enum iam_kind)iam_row_i64(row);
    change->id = iam_row_text(row);
    change->op = (enum iam_change_op)iam_row_i64(row);
}

enum iam_status iam_store_change_list(struct iam_txn *txn, struct iam_arena *arena,
                                      int64_t after_seq, size_t limit, struct iam_change_list *ret)
{
    struct iam_page page = { .limit = limit };
    struct iam_query q;
    struct iam_rows rows;
    int64_t trimmed = 0;

    IAM_ENSURE(limit >= 1 && limit <= MAX_CHANGES, IAM_RANGE);
    iam_query_open(&q, txn, SQL[SQL_TRIMMED]);
    IAM_TRY(iam_query_i64(&q, &trimmed));
    IAM_ENSURE(after_seq >= trimmed, IAM_CONFLICT);
    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_int(&q, after_seq);
    iam_query_int(&q, (int64_t)limit + 1);
    IAM_TRY(iam_query_all(&q, arena, read_change, sizeof(struct iam_change), &page, &rows));
    *ret = (struct iam_change_list){ rows.items, rows.count, rows.is_truncated };
    return IAM_OK;
}

enum iam_status iam_store_change_trim(struct iam_txn *txn, int64_t upto_seq)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_MARK_TRIMMED]);
    iam_query_int(&q, upto_seq);
    IAM_TRY(iam_query_run(&q, NULL));
    iam_query_open(&q, txn, SQL[SQL_TRIM]);
    iam_query_int(&q, upto_seq);
    return iam_query_run(&q, NULL);
}
