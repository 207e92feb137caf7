/* SPDX-License-Identifier: Apache-2.0 */
#include "store/delegation_request.h"

#include "store/table_int.h"

/* LIMIT: rows that one call deletes, so that no write is long. */
#define FORGET_MAX 16
/* A request has at most some 30 KiB. */
#define FORGET_BYTES (8u << 20)

enum { SQL_LIST, SQL_HOW_MANY, SQL_EXPIRED, SQL_END };

const char *const iam_delegation_request_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.owner_account = $1"
                 " AND t.owner_arn IS NOT NULL AND (CAST($2 AS TEXT) = '' OR t.owner_arn = $2)"
                 " AND (t.created_ms, t.request_id) > ($3, $4)"
                 " ORDER BY t.created_ms, t.request_id LIMIT $5",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM delegation_request WHERE account_id = $1",
    [SQL_EXPIRED] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.expires_ms < $2"
                    " ORDER BY t.expires_ms LIMIT $3",
    [SQL_END] = NULL,
};

static enum iam_status next_of(struct iam_arena *arena, const struct iam_shape *shape,
                               const void *last, struct iam_str *ret)
{
    const struct iam_delegation_request *item = last;

    (void)shape;
    return iam_dated_next(arena, item->created_ms, item->id, ret);
}

enum iam_status iam_store_delegation_request_list(struct iam_txn *txn, struct iam_arena *arena,
                                                  struct iam_str owner_account,
                                                  struct iam_str owner_arn,
                                                  const struct iam_page *page,
                                                  struct iam_delegation_request_list *ret)
{
    struct iam_query q;
    int64_t created_ms = 0;
    struct iam_str id;

    IAM_TRY(iam_dated_start(iam_page_after(page), &created_ms, &id));
    iam_table_open_own(&q, txn, IAM_TABLE_DELEGATION_REQUEST, SQL_LIST);
    iam_query_text(&q, owner_account);
    iam_query_prefix(&q, owner_arn);
    iam_query_int(&q, created_ms);
    iam_query_text(&q, id);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_DELEGATION_REQUEST].shape, page, next_of,
                          &ret->rows);
}

enum iam_status iam_store_delegation_request_count(struct iam_txn *txn, struct iam_str account,
                                                   int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_DELEGATION_REQUEST, SQL_HOW_MANY);
    iam_query_text(&q, account);
    return iam_query_i64(&q, ret);
}

static enum iam_status forget_all(struct iam_txn *txn,
                                  const struct iam_delegation_request_list *old)
{
    for (size_t i = 0; i < old->count; i++) {
        IAM_TRY(iam_table_delete(txn, IAM_TABLE_DELEGATION_REQUEST, NULL, &old->items[i]));
    }
    return IAM_OK;
}

enum iam_status iam_store_delegation_request_forget(struct iam_txn *txn, struct iam_str account,
                                                    int64_t before_ms)
{
    struct iam_query q;
    struct iam_arena arena;
    struct iam_delegation_request_list old = { 0 };

    iam_arena_init(&arena, iam_heap(), FORGET_BYTES);
    iam_table_open_own(&q, txn, IAM_TABLE_DELEGATION_REQUEST, SQL_EXPIRED);
    iam_query_text(&q, account);
    iam_query_int(&q, before_ms);
    enum iam_status st = iam_query_rows(&q, &arena, &iam_tables[IAM_TABLE_DELEGATION_REQUEST].shape,
                                        FORGET_MAX, &old.rows);
    if (st == IAM_OK) {
        st = forget_all(txn, &old);
    }
    iam_arena_done(&arena);
    return st;
}
