/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACs of rows: what they are made of, and the check of what was read. The message names the table
 * and has all columns that are under the MAC in the order of tables.c, each with its type and its
 * length, so that no two rows have the same one; NULL is not empty text.
 */
#pragma once

#include "store/query_int.h"

/* The sum of an entity's parts as it is kept: the sum, and its MAC. */
#define IAM_PARTS_BYTES (2 * IAM_ROW_MAC_BYTES)

/* Starts the message of a row of the table with that name. Failures are sticky until the end. */
void iam_seal_start(struct iam_txn *txn, const char *table);
/* Adds the next column: its number, or its text or bytes (absent: NULL). */
void iam_seal_int(struct iam_txn *txn, int64_t value);
void iam_seal_text(struct iam_txn *txn, struct iam_str value);
void iam_seal_bytes(struct iam_txn *txn, struct iam_str value);
/* Adds the value of a column that has IAM_COL_ADDED, with its name; absent adds nothing. */
void iam_seal_added(struct iam_txn *txn, const char *column, struct iam_str value);
/* Adds text in lower case (ASCII). */
void iam_seal_lower(struct iam_txn *txn, struct iam_str value);
/* Ends the message and makes its MAC. IAM_LIMIT, IAM_NOMEM, IAM_IO. */
enum iam_status iam_seal_make(struct iam_txn *txn, uint8_t ret[IAM_ROW_MAC_BYTES]) IAM_MUST_USE;
/* Ends the message and checks its MAC: IAM_CORRUPT when mac is not that. Tells nobody. */
enum iam_status iam_seal_check(struct iam_txn *txn, struct iam_str mac) IAM_MUST_USE;
/* Says that the row of table with that key does not verify. Returns IAM_CORRUPT. */
enum iam_status iam_seal_broken(struct iam_txn *txn, const char *table,
                                struct iam_str key) IAM_MUST_USE;

/* Where a row lies among the columns of a query. */
struct iam_row_at {
    const struct iam_shape *shape;
    int first;        /* of its columns */
    bool is_selected; /* @columns selects it: there are others between those that are checked */
};

/* Returns which number a column of shape has among those that @columns selects. */
int iam_seal_place(const struct iam_shape *shape, const struct iam_column *column);
/* Adds the column of the row that q has reached, which is there number at. */
void iam_seal_column(struct iam_query *q, const struct iam_column *column, int at);
/*
 * Makes the message of a row that q has reached, and returns the MAC that it has, borrowed from q;
 * absent without one.
 */
struct iam_str iam_seal_row(struct iam_query *q, const struct iam_row_at *row);
/* Writes the key of that row, "id/name", of printable characters. */
void iam_seal_key(struct iam_query *q, const struct iam_row_at *row, struct iam_buf *ret);
/* Says that it does not verify. Returns IAM_CORRUPT. */
enum iam_status iam_seal_tell(struct iam_query *q, const struct iam_row_at *row) IAM_MUST_USE;

/*
 * Checks the row that q has reached, of a query that selects @columns of shape, and the rows that
 * are joined, and adds those that are parts to the sum of q. IAM_CORRUPT, told.
 */
enum iam_status iam_seal_check_row(struct iam_query *q, const struct iam_shape *shape) IAM_MUST_USE;

/* Makes the kept form of a sum. */
enum iam_status iam_parts_seal(struct iam_txn *txn, const char *table, struct iam_str id,
                               const struct iam_row_sum *sum,
                               uint8_t ret[IAM_PARTS_BYTES]) IAM_MUST_USE;
/* Reads the kept form; IAM_CORRUPT when it does not verify. Tells nobody. */
enum iam_status iam_parts_open(struct iam_txn *txn, const char *table, struct iam_str id,
                               struct iam_str kept, struct iam_row_sum *ret) IAM_MUST_USE;
/* Adds the MAC of a row to a sum; false for a text that is none. */
bool iam_row_sum_add_mac(struct iam_row_sum *sum, struct iam_str mac);
/* Takes it away. */
void iam_row_sum_remove_mac(struct iam_row_sum *sum, const uint8_t mac[IAM_ROW_MAC_BYTES]);
bool iam_row_sum_equal(const struct iam_row_sum *a, const struct iam_row_sum *b);
