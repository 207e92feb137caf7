/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The change feed: a row per mutation, written in its transaction. Code that keeps a view of the
 * store reads the changes after the last sequence number that it has seen and loads exactly those
 * entities again. INVARIANT: numbers become visible in order: when n can be read, so can all lower
 * ones that were not trimmed, and no lower one appears later.
 */
#pragma once

#include "store/store.h"

enum iam_change_op { IAM_CHANGE_PUT = 1, IAM_CHANGE_DELETE };

struct iam_change {
    int64_t seq;
    struct iam_str account;
    enum iam_kind kind;
    struct iam_str id; /* unique ID of the entity; account ID, access key ID */
    enum iam_change_op op;
};

struct iam_change_list {
    struct iam_change *items; /* ascending seq */
    size_t count;
    bool is_truncated; /* there are more after the last one */
};

/* Reads the number of the last change that this transaction can see; 0 before the first. */
enum iam_status iam_store_change_last(struct iam_txn *txn, int64_t *ret_seq) IAM_MUST_USE;
/* Writes that number again, unchanged: a change of one row, to find out whether changes succeed. */
enum iam_status iam_store_change_rewrite(struct iam_txn *txn) IAM_MUST_USE;
/*
 * Lists at most limit (1..10000) changes after after_seq. IAM_CONFLICT when some of them were
 * trimmed: the view must be loaded from scratch.
 */
enum iam_status iam_store_change_list(struct iam_txn *txn, struct iam_arena *arena,
                                      int64_t after_seq, size_t limit,
                                      struct iam_change_list *ret) IAM_MUST_USE;
/* Forgets changes up to and including upto_seq (a number beyond the last means all). */
enum iam_status iam_store_change_trim(struct iam_txn *txn, int64_t upto_seq) IAM_MUST_USE;
