/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions that end badly, for tests of code that uses the store. */
#pragma once

#include "store/store.h"

/* Acts as if the database had rolled back by itself, as it does without memory or space. */
void break_txn(struct iam_txn *txn);
/* Makes the commit fail. */
void break_commit(struct iam_txn *txn);
/* Runs a statement that no function of the store would. */
void run_sql(struct iam_txn *txn, const char *sql);
/* Notes count changes, alternately of these two. */
void note_changes(struct iam_txn *txn, const struct iam_entity_ref *a,
                  const struct iam_entity_ref *b, size_t count);
