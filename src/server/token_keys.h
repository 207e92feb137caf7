/* SPDX-License-Identifier: Apache-2.0 */
/* The keys with which accounts sign tokens for others: the next ones, and the end of old ones. */
#pragma once

#include "keeper/keeper.h"
#include "store/store.h"

struct token_keys {
    struct iam_store *store;
    struct iam_keeper *keeper;
};

/*
 * Makes the keys that are due and deletes those that nobody needs any more, of all accounts that
 * issue tokens (model/token_key.h). now_ms is the highest time. Making a key takes up to a second,
 * outside of any transaction; goes_on tells whether to begin with the next account. IAM_NOMEM,
 * IAM_IO, IAM_CORRUPT.
 */
enum iam_status token_keys_tend(const struct token_keys *t, int64_t now_ms,
                                bool (*goes_on)(void *ctx), void *ctx) IAM_MUST_USE;
