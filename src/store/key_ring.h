/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's generations of keys, and their secrets as each master key has sealed them. Nothing
 * here can open one. They are of no account and no part of the change feed: the one process that
 * uses the store has made every change.
 */
#pragma once

#include "store/store.h"

struct iam_key_generation {
    int64_t number; /* higher is newer; the newest seals */
    int64_t created_ms;
    int64_t retired_ms; /* since when a newer one seals; 0 for the newest */
    bool is_clear;      /* no row is sealed with it any more */
};

struct iam_key_generation_list { /* ascending numbers */
    IAM_LIST_OF(struct iam_key_generation);
};

/* The secret of a generation under one master key. */
struct iam_key_wrap {
    struct iam_str master_id;
    int64_t generation;
    int64_t rotation; /* higher for a master key that came later */
    struct iam_str sealed;
};

struct iam_key_wrap_list { /* by rotation, then generation */
    IAM_LIST_OF(struct iam_key_wrap);
};

/* Adds the newest generation. IAM_EXISTS. */
enum iam_status iam_store_generation_add(struct iam_txn *txn, int64_t number,
                                         int64_t created_ms) IAM_MUST_USE;
enum iam_status iam_store_generation_list(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_key_generation_list *ret) IAM_MUST_USE;
/* Notes since when the generations below number do not seal; those that were retired stay so. */
enum iam_status iam_store_generation_retire(struct iam_txn *txn, int64_t number,
                                            int64_t now_ms) IAM_MUST_USE;
/* Notes that no row is sealed with a generation below number. */
enum iam_status iam_store_generation_clear(struct iam_txn *txn, int64_t number) IAM_MUST_USE;
/* Deletes a generation with its sealed secrets. IAM_NOT_FOUND. */
enum iam_status iam_store_generation_delete(struct iam_txn *txn, int64_t number) IAM_MUST_USE;

/* Adds a sealed secret of a generation that is there. IAM_EXISTS for one of this master key. */
enum iam_status iam_store_wrap_add(struct iam_txn *txn,
                                   const struct iam_key_wrap *wrap) IAM_MUST_USE;
enum iam_status iam_store_wrap_list(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_key_wrap_list *ret) IAM_MUST_USE;
/* Deletes what other master keys than this one have sealed: they open the store no more. */
enum iam_status iam_store_wrap_keep(struct iam_txn *txn, struct iam_str master_id) IAM_MUST_USE;
