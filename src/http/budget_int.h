/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory over all connections. Each connection draws from an account of its own; what it holds
 * beyond its allowance is charged to the budget that the server's connections share, so that the
 * small requests that make up nearly all traffic never touch what the threads share. Strangers can
 * be charged for a part of the budget only.
 */
#pragma once

#include <stdatomic.h>

#include "base/base.h"

/* What a connection may hold uncharged: a small buffer and the arena of a request of usual size. */
#define IAM_HTTP_ALLOWANCE ((size_t)72 << 10)
/* The same for a stranger whose request is not complete yet. */
#define IAM_HTTP_STRANGER_ALLOWANCE ((size_t)24 << 10)

struct iam_http_budget {
    size_t max_bytes;
    size_t max_stranger_bytes;
    atomic_size_t used_bytes;
    atomic_size_t stranger_bytes; /* of them */
};

/* The account of one connection; used by one thread at a time. */
struct iam_http_account {
    struct iam_alloc alloc; /* NULL also when the budget is used up; its memory is from the heap */
    struct iam_http_budget *budget;
    size_t held_bytes; /* including the room that the recorded sizes take */
    size_t allowance;
    bool is_stranger;
};

/*
 * Starts the account of a stranger, with IAM_HTTP_STRANGER_ALLOWANCE; it holds nothing yet. Both
 * must stay where they are until everything that was allocated is freed.
 */
void iam_http_account_init(struct iam_http_account *a, struct iam_http_budget *budget);
/*
 * Changes whose account it is and its allowance. What it holds is charged accordingly, even past
 * what a budget has: nothing is taken away.
 */
void iam_http_account_set(struct iam_http_account *a, bool is_stranger, size_t allowance);
