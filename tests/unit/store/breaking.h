/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of those who use the store: transactions that end badly. */
#pragma once

#include "store/store.h"

/* As if the database had rolled back by itself, as it does without memory or space. */
void break_txn(struct iam_txn *txn);
/* The commit will fail. */
void break_commit(struct iam_txn *txn);
/* Notes count changes, alternately of these two. */
void note_changes(struct iam_txn *txn, const struct iam_entity_ref *a,
                  const struct iam_entity_ref *b, size_t count);
