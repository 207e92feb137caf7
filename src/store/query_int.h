/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One execution of a statement, for the files of this directory. Binding is sticky: a failure is
 * told by the call that runs the statement. Every query that was opened is ended by
 * iam_query_run, iam_query_one, iam_query_all, iam_query_i64 or iam_query_exists.
 */
#pragma once

#include "store/change.h"
#include "store/txn_int.h"

/* Longest name, tag key or other text that is searched without regard to case, in bytes. */
#define IAM_KEY_MAX 1024

struct iam_query {
    struct iam_txn *txn;
    struct iam_db_stmt *stmt;
    enum iam_status status;
    int next_parameter;
};

/* A row being read into an arena, column after column; sticky as well. */
struct iam_row {
    struct iam_query *query;
    struct iam_arena *arena;
    enum iam_status status;
    int next_column;
};

/* What iam_query_all read. */
struct iam_rows {
    void *items;
    size_t count;
    bool is_truncated;
};

/* Fills one item from a row; failures stay in the row. */
typedef void iam_row_fn(struct iam_row *row, void *ret_item);

/* sql is a constant of the family's table. */
void iam_query_open(struct iam_query *q, struct iam_txn *txn, const char *sql);
void iam_query_text(struct iam_query *q, struct iam_str text);
void iam_query_bytes(struct iam_query *q, struct iam_str bytes);
void iam_query_int(struct iam_query *q, int64_t value);
/* Binds the text in lower case (ASCII), at most IAM_KEY_MAX bytes; absent as empty. */
void iam_query_key(struct iam_query *q, struct iam_str text);
/* As iam_query_key, absent as NULL. */
void iam_query_key_or_null(struct iam_query *q, struct iam_str text);
/* Binds the text, absent as empty: prefixes and starts of lists. */
void iam_query_prefix(struct iam_query *q, struct iam_str text);
/* Binds the LIMIT for page, one more than asked; NULL: no limit. */
void iam_query_limit(struct iam_query *q, const struct iam_page *page);

/* Runs a writing statement, *ret_changed (may be NULL) rows touched. */
enum iam_status iam_query_run(struct iam_query *q, int64_t *ret_changed) IAM_MUST_USE;
/* Runs a writing statement that must touch a row: IAM_NOT_FOUND otherwise. */
enum iam_status iam_query_run_found(struct iam_query *q) IAM_MUST_USE;
/* Reads the first row. IAM_NOT_FOUND without one. item may be half-filled on failure. */
enum iam_status iam_query_one(struct iam_query *q, struct iam_arena *arena, iam_row_fn *fn,
                              void *item) IAM_MUST_USE;
/* Reads all rows into an array of items of item_bytes; page is what iam_query_limit was given. */
enum iam_status iam_query_all(struct iam_query *q, struct iam_arena *arena, iam_row_fn *fn,
                              size_t item_bytes, const struct iam_page *page,
                              struct iam_rows *ret) IAM_MUST_USE;
/* Reads the number in the first column of the first row. IAM_NOT_FOUND without a row. */
enum iam_status iam_query_i64(struct iam_query *q, int64_t *ret) IAM_MUST_USE;
/* IAM_OK when there is a row, IAM_NOT_FOUND otherwise. */
enum iam_status iam_query_exists(struct iam_query *q) IAM_MUST_USE;

/* The next column, copied. */
struct iam_str iam_row_text(struct iam_row *row);
struct iam_str iam_row_bytes(struct iam_row *row);
int64_t iam_row_i64(struct iam_row *row);
/* Records a failure of the reader itself. */
void iam_row_fail(struct iam_row *row, enum iam_status status);

/* The part of page that is the start of the list; absent for NULL. */
struct iam_str iam_page_after(const struct iam_page *page);
/* The lower-cased copy of name, as lists by name continue. */
enum iam_status iam_key_dup(struct iam_arena *arena, struct iam_str name,
                            struct iam_str *ret) IAM_MUST_USE;

/* Writes the row of the change feed for a mutation of entity. */
enum iam_status iam_change_record(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  enum iam_change_op op) IAM_MUST_USE;
