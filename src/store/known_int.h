/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entities of one table that many rows refer to, such as groups and policies: each is read, and
 * verified, once.
 */
#pragma once

#include "base/map.h"
#include "store/entity.h"

struct iam_known {
    struct iam_txn *txn;
    struct iam_arena *arena;
    enum iam_table_id table;
    struct iam_alloc alloc; /* of map, from arena */
    struct iam_map map;     /* unique ID to entity */
};

/* Starts without any. What is read lives in arena, as the table does: there is nothing to free. */
void iam_known_init(struct iam_known *known, struct iam_txn *txn, struct iam_arena *arena,
                    enum iam_table_id table);
/*
 * Returns the entity with that ID, a struct of the table's kind, reading it when it is not known
 * yet. IAM_CORRUPT when there is none.
 */
enum iam_status iam_known_get(struct iam_known *known, struct iam_str id,
                              const void **ret) IAM_MUST_USE;
