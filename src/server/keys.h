/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper of a data directory: which master key opens it, and the ring of keys in the store.
 *
 * INVARIANT: `master.key` has its name only when the store has secrets of generations under it. A
 * new master key is in `master.key.next` until they are committed, at the first start as in a
 * rotation; so at every moment there is a file that opens the store, and at a start it follows from
 * the store whether `master.key.next` takes the place of `master.key` or is of no use.
 */
#pragma once

#include "keeper/keeper.h"
#include "keeper/rotation.h"
#include "server/data_dir.h"
#include "store/key_ring.h"
#include "store/store.h"

#define KEYS_FILE "master.key"
#define KEYS_NEXT_FILE "master.key.next"

/*
 * Makes the keeper of the store in d: with the ring that the store has, or with a new one when it
 * has no account. Finishes a rotation that was interrupted, and notes in d where the key comes
 * from. alloc is the keeper's. A master key is made for a store without an account alone.
 * IAM_DENIED when the master key is missing, IAM_CORRUPT when it is not the one of this store;
 * otherwise as iam_keeper_new. On failure error says what to do.
 */
enum iam_status keys_open(struct data_dir *d, struct iam_store *store,
                          const struct iam_alloc *alloc, struct iam_keeper **ret,
                          char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/*
 * Adds the ring of a new store to the transaction that makes its first account, or that of a store
 * of an earlier version, whose one generation is the master key itself.
 */
enum iam_status keys_add_ring(struct iam_txn *txn, struct iam_keeper *keeper,
                              struct iam_arena *arena, int64_t now_ms) IAM_MUST_USE;
/*
 * Brings names and rows in order once the store has an account: `master.key` gets its name, a store
 * of an earlier version its ring, and what master keys of before have sealed is deleted. For the
 * start alone. IAM_IO when a file cannot be renamed; rows that cannot be written now are logged and
 * wait for the next start.
 */
enum iam_status keys_settle(const struct data_dir *d, struct iam_store *store,
                            struct iam_keeper *keeper, int64_t now_ms,
                            char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/*
 * Loads the ring of the store again, into which a commit of unknown outcome may have brought a
 * generation that the keeper does not have. IAM_NOT_FOUND when the store has none; IAM_CORRUPT,
 * IAM_IO.
 */
enum iam_status keys_reload(struct iam_store *store, struct iam_keeper *keeper) IAM_MUST_USE;
