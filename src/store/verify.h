/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that must be true of a store, looked at row by row. Nothing is written.
 */
#pragma once

#include "store/store.h"

struct iam_verify {
    /*
     * Told of something that is not as it must be: where (table and key, printable), what, and how
     * it is mended (NULL: nothing is known). Borrowed for the call.
     */
    void (*found)(void *ctx, struct iam_str where, const char *what, const char *mend);
    /*
     * Shown the text or bytes of a column of a row that verifies, for checks of what this layer
     * does not know. where as above; key is the first column, as it is; absent text is not shown.
     */
    void (*value)(void *ctx, struct iam_str where, const char *table, const char *column,
                  struct iam_str key, struct iam_str value);
    void *ctx;
};

/*
 * Looks at every row that has a MAC, at the sums of parts, and at what must be true between rows.
 * *ret_rows: how many were looked at. The failures of a read, after which some was not looked at.
 */
enum iam_status iam_store_verify(struct iam_txn *txn, const struct iam_verify *verify,
                                 uint64_t *ret_rows) IAM_MUST_USE;
