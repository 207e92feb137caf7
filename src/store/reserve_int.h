/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Space on the disk that the store keeps for the time when it is full: a file beside the database
 * that is deleted then, so that what has to be written, above all what takes rights away, can be.
 * While it is missing for want of space the store is short: nothing that is only wanted, such as
 * something new, should be written. Any thread may call any function.
 */
#pragma once

#include <stdatomic.h>

#include "base/base.h"

/* LIMIT: what is kept. */
#define IAM_RESERVE_BYTES ((size_t)4 << 20)

struct iam_reserve {
    char *path; /* NULL: none is kept */
    atomic_bool is_short;
};

/* Sets the file for a database; NULL: none. Touches no disk. IAM_NOMEM. */
enum iam_status iam_reserve_init(struct iam_reserve *r, const char *database) IAM_MUST_USE;
/* Forgets the file, which stays. */
void iam_reserve_done(struct iam_reserve *r);
/*
 * Makes the file, or makes it whole again. The store is short from then on when the disk has no
 * room for it, and no longer short when it has. Where the disk fails otherwise, or cannot set space
 * aside, there is no reserve and the store is not short.
 */
void iam_reserve_make(struct iam_reserve *r);
/* Keeps as much as there is room for, for the next start. */
void iam_reserve_make_some(struct iam_reserve *r);
/*
 * Deletes the file: the store is short. False: there was none, and nothing is won by trying again.
 */
bool iam_reserve_give_up(struct iam_reserve *r);
