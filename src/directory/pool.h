/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a directory: an allocator that counts, and the table of what is shared by content.
 * A pool lives until its owner has left it and the last block of it is freed, because views outlive
 * their directory.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/map.h"
#include "iam/decide.h"

enum iam_shared_kind {
    IAM_SHARED_IDENTITY, /* a parsed document of kind IAM_POLICY_IDENTITY; its key is the text */
    IAM_SHARED_TRUST,    /* likewise of kind IAM_POLICY_TRUST */
    IAM_SHARED_SET,      /* a compiled set; its key tells what it was made from */
    IAM_SHARED_KINDS
};

struct iam_pool {
    struct iam_alloc alloc;       /* what everything of the directory is allocated with */
    const struct iam_alloc *base; /* where it gets its memory */
    uint64_t seed;
    atomic_size_t bytes;            /* in use, with what the heap needs beside it */
    atomic_size_t refs;             /* the owner, and one for each block */
    atomic_uint_fast64_t last_mark; /* of iam_pool_mark */
    pthread_mutex_t lock;           /* of tables; a leaf: nothing is locked while it is held */
    struct iam_map tables[IAM_SHARED_KINDS]; /* key to struct iam_shared */
};

/* Something that is kept once for all who have the same. Immutable. */
struct iam_shared {
    atomic_size_t refs; /* 0: on its way out of the table */
    struct iam_pool *pool;
    enum iam_shared_kind kind;
    struct iam_str key;
    struct iam_policy *policy;  /* of the kinds that are documents */
    struct iam_policy_set *set; /* of IAM_SHARED_SET */
};

/* ---- pool.c ---------------------------------------------------------------------------- */

/* Makes an empty pool. base must outlive it. seed keys its hashes. IAM_NOMEM. */
enum iam_status iam_pool_new(const struct iam_alloc *base, uint64_t seed,
                             struct iam_pool **ret) IAM_MUST_USE;
/* Ends the use of the pool by its owner; it is freed with its last block. */
void iam_pool_leave(struct iam_pool *pool);
/* Returns a number that no other call on this pool returns; never 0. */
uint64_t iam_pool_mark(struct iam_pool *pool);

/* ---- shared.c -------------------------------------------------------------------------- */

/*
 * Finds the document with this text, parsed once for all of the pool. *ret is a reference, or NULL
 * when text is no policy of that kind. Only IAM_NOMEM is a failure.
 */
enum iam_status iam_shared_document(struct iam_pool *pool, enum iam_policy_kind kind,
                                    struct iam_str text, struct iam_shared **ret) IAM_MUST_USE;
/*
 * Finds the set of these entries, compiled once. *ret is a reference. key must tell entries from
 * all other entries of the pool. IAM_NOMEM, IAM_LIMIT.
 */
enum iam_status iam_shared_set(struct iam_pool *pool, struct iam_str key,
                               const struct iam_set_entry *entries, size_t count,
                               struct iam_shared **ret) IAM_MUST_USE;
struct iam_shared *iam_shared_ref(struct iam_shared *shared);
/* Accepts NULL. */
void iam_shared_unref(struct iam_shared *shared);
