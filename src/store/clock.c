/* SPDX-License-Identifier: Apache-2.0 */
#include "store/clock.h"

#include "store/sql_int.h"

enum { SQL_GET, SQL_SET, SQL_END };

const char *const iam_clock_sql[] = {
    [SQL_GET] = "SELECT high_ms FROM clock WHERE clock_id = 1",
    [SQL_SET] = "UPDATE clock SET high_ms = $1 WHERE clock_id = 1",
    [SQL_END] = NULL,
};

enum iam_status iam_store_clock_get(struct iam_txn *txn, int64_t *ret_ms)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_CLOCK, SQL_GET);
    return iam_query_i64(&q, ret_ms);
}

enum iam_status iam_store_clock_set(struct iam_txn *txn, int64_t ms)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_CLOCK, SQL_SET);
    iam_query_int(&q, ms);
    return iam_query_run(&q, NULL);
}
