/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled view of principals and their policies that decisions read. Nothing is read because
 * it exists: a principal, its groups, its managed policies and its access key are read and compiled
 * when they are first asked for, and then kept, fresh by the change feed, within a budget of
 * memory. A look-up of what is kept ("warm") does not touch the store. Every view handed out is
 * immutable and reference-counted: a change makes a new one.
 *
 * Any thread may call any function but iam_directory_new and iam_directory_free at any time, and
 * other processes may write to the same store.
 *
 * INVARIANT: once iam_directory_refresh or iam_directory_committed has returned for a commit, no
 * look-up that starts later sees the state before that commit. A commit becomes visible as a whole.
 */
#pragma once

#include "catalogue/catalogue.h"
#include "directory/key.h"
#include "directory/view.h"
#include "model/entity.h"
#include "model/identity.h"
#include "store/store.h"

struct iam_directory;

struct iam_directory_options {
    const struct iam_alloc *alloc; /* borrowed until the last view or policy handed out is gone */
    struct iam_store *store;       /* borrowed until the directory is freed */
    struct iam_catalogue
        *catalogue;   /* of AWS's policies, borrowed likewise; NULL: there are none */
    uint64_t seed;    /* names and documents are hashed with it: unpredictable, and
                         never shown to anybody */
    size_t max_bytes; /* of memory for what is kept, 0: no limit. What was not used for long goes
                         first; what a caller holds stays, and may go beyond */
};

/*
 * Reads nothing but the number of the last change. options is not kept. IAM_NOMEM, IAM_IO,
 * IAM_CORRUPT.
 */
enum iam_status iam_directory_new(const struct iam_directory_options *options,
                                  struct iam_directory **ret) IAM_MUST_USE;
/*
 * Frees the directory, which no other thread may be using any more. Views and policies that are
 * held stay valid. Accepts NULL.
 */
void iam_directory_free(struct iam_directory *dir);

/*
 * Applies every change committed so far: all of a commit becomes visible at once. Called by a
 * thread that holds no transaction, when it is not known what has changed. When it fails
 * (IAM_NOMEM, IAM_IO, IAM_CORRUPT) the directory fails closed: iam_directory_is_ready turns false
 * and every look-up fails until a later refresh succeeds. As nobody can then be authorized to
 * write, the owner calls it again from time to time while it is not ready.
 */
enum iam_status iam_directory_refresh(struct iam_directory *dir) IAM_MUST_USE;
/*
 * Applies a commit of this process, before its answer, on a thread that holds no transaction: does
 * what iam_directory_refresh does, and cannot fail. When the changes cannot be read, what they are
 * of is forgotten, and read by who asks for it next; all else is served as before. changes is not
 * kept.
 */
void iam_directory_committed(struct iam_directory *dir, const struct iam_txn_changes *changes);
bool iam_directory_is_ready(const struct iam_directory *dir);

/*
 * Look-ups. IAM_OK: found. IAM_NOT_FOUND: the store has none. Anything else says nothing about
 * whether there is one, and must be answered with "try again later", never with a denial: IAM_IO
 * (the store is away and this is not warm, or the directory is closed), IAM_CORRUPT, IAM_NOMEM.
 * *ret is written on success only.
 *
 * held is the transaction that the calling thread has open, or NULL. A store with one connection
 * can be read in no other; what is found then includes the changes that held has made, and is kept
 * only when there are none.
 */

/*
 * Finds a principal by its unique ID, the root user by its account ID. *ret is a reference, which
 * iam_view_unref drops.
 */
enum iam_status iam_directory_by_id(struct iam_directory *dir, struct iam_txn *held,
                                    struct iam_str id, const struct iam_view **ret) IAM_MUST_USE;
/* Finds a user, role or account root by its ARN, letter case included. *ret is as above. */
enum iam_status iam_directory_by_arn(struct iam_directory *dir, struct iam_txn *held,
                                     struct iam_str arn, const struct iam_view **ret) IAM_MUST_USE;
/*
 * Finds an access key by its ID. Slices are copied into arena. IAM_NOT_FOUND also for a key whose
 * owner does not exist.
 */
enum iam_status iam_directory_key(struct iam_directory *dir, struct iam_txn *held,
                                  struct iam_str access_key_id, struct iam_arena *arena,
                                  struct iam_directory_key *ret) IAM_MUST_USE;

/*
 * Finds what a session stems from besides its issuer: the access key that asked for it, which must
 * be active and its issuer's, and the identity provider, which must be in its account.
 * IAM_NOT_FOUND: one of them is gone, and with it the session. arena is for what is read.
 */
enum iam_status iam_directory_origin(struct iam_directory *dir, struct iam_txn *held,
                                     const struct iam_session *session,
                                     struct iam_arena *arena) IAM_MUST_USE;

/*
 * Finds the default version of a managed policy of any account, parsed. *ret is a reference.
 * IAM_NOT_FOUND also for one that cannot be parsed. Its kind is IAM_POLICY_IDENTITY, and that is
 * right in a boundary or session layer too: the grammar of the three is the same, and the role that
 * a set plays is decided by struct iam_policies. *ret_id tells which policy it is: another one may
 * have the ARN of a policy that was deleted.
 */
enum iam_status iam_directory_managed_policy(struct iam_directory *dir, struct iam_txn *held,
                                             struct iam_str arn, struct iam_unique_id *ret_id,
                                             struct iam_policy **ret) IAM_MUST_USE;

/* What the directory keeps now, and what it has done since it was made. */
struct iam_directory_stats {
    size_t
        bytes; /* all memory of the directory and of what it handed out, compiled sets included */
    size_t max_bytes;
    size_t principals; /* kept, as the next three */
    size_t keys;
    size_t policies;
    size_t groups;
    uint64_t read_principals;    /* read from the store */
    uint64_t built_views;        /* compiled, also from what was already in memory */
    uint64_t evicted;            /* of all four */
    uint64_t refreshed_policies; /* read again because the feed named them, groups too */
};
void iam_directory_stats(struct iam_directory *dir, struct iam_directory_stats *ret);
