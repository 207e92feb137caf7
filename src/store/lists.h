/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several entities have, read with one query for each table instead of one for each entity.
 * The list of an entity is what the function for it alone returns without a page: the same rows in
 * the same order, each verified, and their sum.
 */
#pragma once

#include "store/store.h"

/* LIMIT: entities whose rows are read together. All that they have is in memory at once. */
#define IAM_OWNERS_MAX 64

/* Whose rows are read. */
struct iam_owners {
    size_t count;
    struct iam_str ids[IAM_OWNERS_MAX]; /* borrowed, in ascending order */
    size_t places[IAM_OWNERS_MAX];      /* of each, in the order in which they were added */
};

/* A list for each of them, in the order in which they were added. */
struct iam_lists {
    struct iam_rows of[IAM_OWNERS_MAX];
};

/* Adds an entity by its unique ID, which is not there yet; at most IAM_OWNERS_MAX. */
void iam_owners_add(struct iam_owners *owners, struct iam_str id);
