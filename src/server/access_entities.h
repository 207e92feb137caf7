/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a report about used services is about. */
#pragma once

#include "base/map.h"
#include "store/access_job.h"
#include "store/access_text.h"

/* LIMIT: users and roles of a report. */
#define ACCESS_ENTITIES_MAX 10000

/* A growing list in an arena, in which nobody is twice. */
struct access_entities {
    struct iam_arena *arena;
    struct iam_access_entity *items;
    size_t count;
    size_t cap;
    struct iam_map by_id;
};

/*
 * Finds the user or role itself, the members of a group, or the users and roles that have a policy.
 * *ret is the caller's to drop with access_entities_done, also after a failure. IAM_NOT_FOUND: the
 * entity of the job is gone; IAM_LIMIT: more than ACCESS_ENTITIES_MAX; else the store's.
 */
enum iam_status access_entities_find(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_access_job *job,
                                     struct access_entities *ret) IAM_MUST_USE;
void access_entities_done(struct access_entities *entities);
