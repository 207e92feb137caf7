/* SPDX-License-Identifier: Apache-2.0 */
/* The highest time that a server on this store has seen, so that it survives a restart. */
#pragma once

#include "store/store.h"

/* Reads it, in milliseconds since 1970; 0 until it is set for the first time. */
enum iam_status iam_store_clock_get(struct iam_txn *txn, int64_t *ret_ms) IAM_MUST_USE;
/* Sets it, to an earlier time too. No change of the feed. */
enum iam_status iam_store_clock_set(struct iam_txn *txn, int64_t ms) IAM_MUST_USE;
