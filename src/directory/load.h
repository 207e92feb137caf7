/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pass: the thread that has the turn reads what was asked for, in one transaction, and puts it
 * where readers find it. A pass without a transaction does what needs nothing but memory, and says
 * IAM_CONFLICT where it would have to read.
 */
#pragma once

#include <pthread.h>

#include "catalogue/catalogue.h"
#include "directory/kept_int.h"
#include "store/effective.h"
#include "store/group.h"

/* As iam_directory_stats tells them. */
struct iam_dir_counters {
    atomic_uint_fast64_t read_principals;
    atomic_uint_fast64_t built_views;
    atomic_uint_fast64_t evicted;
    atomic_uint_fast64_t refreshed_policies;
};

struct iam_dir_pass {
    struct iam_pool *pool;
    struct iam_dir_state *state;
    pthread_rwlock_t *lock; /* of READERS; NULL: nobody else sees state */
    struct iam_txn *txn;    /* borrowed; or NULL */
    struct iam_catalogue *catalogue;
    struct iam_dir_counters *counters;
    struct iam_arena arena; /* for what is read */
};

/* What is looked for, and where the answer goes. */
enum iam_dir_want_kind {
    IAM_DIR_WANT_ID,
    IAM_DIR_WANT_ARN,
    IAM_DIR_WANT_ACCESS_KEY,
    IAM_DIR_WANT_PROVIDER,
    IAM_DIR_WANT_POLICY
};

struct iam_dir_want {
    enum iam_dir_want_kind kind;
    struct iam_str name;
    struct iam_arena *arena; /* of the caller, for a key */
    struct iam_str account;  /* of a provider */
    /* the answer: the one of its kind; of a provider there is none but that it exists */
    const struct iam_view *view;
    struct iam_directory_key key;
    struct iam_policy *policy;
    struct iam_unique_id policy_id;
};

/* ---- load.c ---------------------------------------------------------------------------- */

void iam_dir_pass_init(struct iam_dir_pass *pass, struct iam_pool *pool,
                       struct iam_dir_state *state, struct iam_txn *txn);
void iam_dir_pass_done(struct iam_dir_pass *pass);
/*
 * Takes the answer from state when it is warm. True: *ret is IAM_OK, IAM_NOT_FOUND (of a policy
 * that cannot be parsed) or IAM_NOMEM, and the answer is the caller's. The read lock or the turn is
 * held.
 */
bool iam_dir_take(const struct iam_dir_state *state, struct iam_dir_want *want,
                  enum iam_status *ret);
/*
 * Makes warm what is wanted. IAM_NOT_FOUND; IAM_CONFLICT: it must be read and there is no
 * transaction; IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_dir_load(struct iam_dir_pass *pass,
                             const struct iam_dir_want *want) IAM_MUST_USE;

/* ---- read.c ---------------------------------------------------------------------------- */

/*
 * Reads what belongs to an entity that a query has returned, and packs it into facts. *ret is a
 * reference. A document that does not parse is no failure: it breaks the views that it would be
 * part of. IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_dir_read_account(struct iam_dir_pass *pass, const struct iam_account *account,
                                     struct iam_facts **ret) IAM_MUST_USE;
enum iam_status iam_dir_read_user(struct iam_dir_pass *pass, const struct iam_user *user,
                                  struct iam_facts **ret) IAM_MUST_USE;
enum iam_status iam_dir_read_role(struct iam_dir_pass *pass, const struct iam_role *role,
                                  struct iam_facts **ret) IAM_MUST_USE;

/* ---- managed.c ------------------------------------------------------------------------- */

/*
 * Finds a policy, up to date, in the state, after reading it when it is not there yet: by its ID,
 * or by its ARN when that is of an AWS managed policy, which has no ID in the store. *ret is
 * borrowed from the state. IAM_CONFLICT without a transaction; IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_dir_need_policy(struct iam_dir_pass *pass, struct iam_str id,
                                    struct iam_str arn, struct iam_dir_source **ret) IAM_MUST_USE;

/* ---- renew.c --------------------------------------------------------------------------- */

/* Reads a suspect again; one that says what it said keeps its mark. Failures as above. */
enum iam_status iam_dir_renew(struct iam_dir_pass *pass,
                              struct iam_dir_source *source) IAM_MUST_USE;
/* Does so with all that a view of facts is built from. */
enum iam_status iam_dir_settle(struct iam_dir_pass *pass,
                               const struct iam_facts *facts) IAM_MUST_USE;

/* ---- build.c --------------------------------------------------------------------------- */

/*
 * Builds a view of facts, which were settled. *ret is a reference. Documents that are missing break
 * the view. IAM_NOMEM.
 */
enum iam_status iam_dir_view_build(struct iam_dir_pass *pass, struct iam_facts *facts,
                                   struct iam_dir_view **ret) IAM_MUST_USE;

/* ---- feed.c ---------------------------------------------------------------------------- */

/* The sources that a part of the feed made suspect. */
struct iam_dir_suspects {
    struct iam_dir_source **items; /* borrowed from the state, each once */
    size_t count;
};

/*
 * Applies what was committed after the state up to the snapshot of the transaction, all at once:
 * principals, keys and providers that changed are forgotten, sources become suspect. Nothing of
 * them is read. *ret, whose items lie in arena, tells the sources. IAM_CONFLICT, with nothing done:
 * the changes are no longer known, or too many; everything must be forgotten and *ret_seq is where
 * to begin. IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_dir_apply_feed(struct iam_dir_pass *pass, struct iam_arena *arena,
                                   int64_t *ret_seq, struct iam_dir_suspects *ret) IAM_MUST_USE;
/*
 * Applies the changes of a commit that the feed will tell of later: the same, without the store and
 * without memory. When they are partial everything is forgotten. The write lock is held.
 */
void iam_dir_apply_changes(struct iam_dir_state *state, const struct iam_txn_changes *changes);
/*
 * Reads suspects again now, so that those who have them need not. What fails is left to the look-up
 * that needs it.
 */
void iam_dir_renew_all(struct iam_dir_pass *pass, const struct iam_dir_suspects *suspects);

/* Keeps readers out, so that what they see can be changed, until iam_dir_pass_unlock. */
static inline void iam_dir_pass_lock(struct iam_dir_pass *pass)
{
    if (pass->lock != NULL) {
        pthread_rwlock_wrlock(pass->lock);
    }
}

static inline void iam_dir_pass_unlock(struct iam_dir_pass *pass)
{
    if (pass->lock != NULL) {
        pthread_rwlock_unlock(pass->lock);
    }
}
