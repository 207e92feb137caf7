/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several entities have, read with one query for each table instead of one for each entity.
 * The list of an entity is what the function for it alone returns without a page: the same rows in
 * the same order, each verified, and their sum.
 */
#pragma once

#include "store/entity.h"

/* LIMIT: entities whose rows are read together. All that they have is in memory at once. */
#define IAM_OWNERS_MAX 64

/* Whose rows are read. */
struct iam_owners {
    size_t count;
    struct iam_str ids[IAM_OWNERS_MAX]; /* borrowed, in ascending order */
    size_t places[IAM_OWNERS_MAX];      /* of each, in the list that they were taken from */
};

/* A list for each of them, in the order in which they were taken. */
struct iam_lists {
    struct iam_rows of[IAM_OWNERS_MAX];
};

/* Takes the entities of a list of table from number first on, as many as there is room for. */
void iam_table_owners(enum iam_table_id table, const struct iam_rows *entities, size_t first,
                      struct iam_owners *ret);
/* Lists the parts of each of owners, in the order of names. */
enum iam_status iam_table_lists(struct iam_txn *txn, struct iam_arena *arena,
                                enum iam_table_id table, const struct iam_owners *owners,
                                struct iam_lists *ret) IAM_MUST_USE;
