/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed. A transaction that numbers a change holds the counter row until its commit;
 * that, and not the number alone, makes changes become visible in order.
 */
#include "store/change.h"

#include "store/change_int.h"
#include "store/sql_int.h"

#define MAX_CHANGES 10000

_Static_assert(IAM_CHANGE_PUT == 1 && IAM_CHANGE_DELETE == 2, "the numbers are stored");

enum {
    SQL_NUMBER,
    SQL_COUNT_ON,
    SQL_ADD,
    SQL_LAST,
    SQL_TRIMMED,
    SQL_LIST,
    SQL_MARK_TRIMMED,
    SQL_TRIM,
    SQL_END
};

const char *const iam_change_sql[] = {
    [SQL_NUMBER] = "UPDATE change_counter SET last_seq = last_seq + 1 WHERE counter_id = 1"
                   " RETURNING last_seq",
    [SQL_COUNT_ON] = "UPDATE change_counter SET last_seq = last_seq + $1 WHERE counter_id = 1",
    [SQL_ADD] = "INSERT INTO change (seq, account_id, kind, entity_id, op)"
                " VALUES ($1, $2, $3, $4, $5)",
    [SQL_LAST] = "SELECT last_seq FROM change_counter WHERE counter_id = 1",
    [SQL_TRIMMED] = "SELECT trimmed_seq FROM change_counter WHERE counter_id = 1",
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.seq > $1 ORDER BY t.seq LIMIT $2",
    [SQL_MARK_TRIMMED] = "UPDATE change_counter SET trimmed_seq ="
                         " CASE WHEN $1 < last_seq THEN $1 ELSE last_seq END"
                         " WHERE counter_id = 1 AND trimmed_seq < $1",
    [SQL_TRIM] = "DELETE FROM change WHERE seq <= $1",
    [SQL_END] = NULL,
};

enum iam_status iam_change_record(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  enum iam_change_op op)
{
    struct iam_query q;
    int64_t seq = 0;

    /* numbering writes although it gives a row, so the transaction's mode is checked here */
    IAM_ENSURE(txn->mode == IAM_TXN_WRITE, iam_txn_conflict(txn));
    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_NUMBER);
    IAM_TRY(iam_query_i64(&q, &seq));
    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_ADD);
    iam_query_int(&q, seq);
    iam_query_text(&q, entity->account);
    iam_query_int(&q, entity->kind);
    iam_query_text(&q, entity->id);
    iam_query_int(&q, op);
    iam_txn_note(txn, entity);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_change_last(struct iam_txn *txn, int64_t *ret_seq)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_LAST);
    return iam_query_i64(&q, ret_seq);
}

static enum iam_status count_on(struct iam_txn *txn, int64_t by)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_COUNT_ON);
    iam_query_int(&q, by);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_change_rewrite(struct iam_txn *txn)
{
    /* To write what is there already would be no change for the database. */
    IAM_TRY(count_on(txn, 1));
    return count_on(txn, -1);
}

enum iam_status iam_store_change_list(struct iam_txn *txn, struct iam_arena *arena,
                                      int64_t after_seq, size_t limit, struct iam_change_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    int64_t trimmed = 0;

    IAM_ENSURE(limit >= 1 && limit <= MAX_CHANGES, IAM_RANGE);
    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_TRIMMED);
    IAM_TRY(iam_query_i64(&q, &trimmed));
    IAM_ENSURE(after_seq >= trimmed, IAM_CONFLICT);
    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_LIST);
    iam_query_int(&q, after_seq);
    IAM_TRY(iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_CHANGE].shape, limit, &rows));
    *ret = (struct iam_change_list){ rows.items, rows.count, rows.is_truncated };
    return IAM_OK;
}

enum iam_status iam_store_change_trim(struct iam_txn *txn, int64_t upto_seq)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_MARK_TRIMMED);
    iam_query_int(&q, upto_seq);
    IAM_TRY(iam_query_run(&q, NULL));
    iam_table_open_own(&q, txn, IAM_TABLE_CHANGE, SQL_TRIM);
    iam_query_int(&q, upto_seq);
    return iam_query_run(&q, NULL);
}
