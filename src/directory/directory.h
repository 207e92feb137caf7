/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compiled view of principals and their policies that decisions read. Filled from the store at
 * start, kept fresh by the change feed; decisions never wait for the database. Every view handed
 * out is immutable and reference-counted: a change makes a new one.
 *
 * INVARIANT: once iam_directory_refresh has returned for a commit, no look-up that starts later
 * sees the state before that commit.
 */
#pragma once

#include "iam/decide.h"
#include "model/entity.h"
#include "model/identity.h"
#include "store/store.h"

struct iam_directory;

/*
 * One principal: what a decision needs to know of it. Slices and sets live as long as the view.
 * Entries of identity are named after the inline policy, "group/<group>/<policy>" for one of a
 * group, or the ARN of the managed policy (which counts once, however often it is attached); those
 * of boundary after the ARN of the policy, that of trust after the ARN of the role.
 */
struct iam_view {
    enum iam_kind kind;
    struct iam_str account;
    struct iam_str id;   /* AIDA..., AROA...; the account ID for root */
    struct iam_str name; /* empty for root */
    struct iam_str arn;
    const struct iam_tag *tags;
    size_t tag_count;
    struct iam_policy_set *identity; /* inline, attached and the groups'; NULL for root */
    struct iam_policy_set *boundary; /* NULL: none */
    struct iam_policy_set *trust;    /* role only */
    /*
     * A stored policy could not be read or a boundary is gone: everything is denied. The sets are
     * there then, and empty.
     */
    bool is_broken;
};

/*
 * Reads the whole store. The directory borrows store until it is freed, and alloc until the last
 * view or policy that it handed out is gone. seed must be unpredictable: names are hashed with it.
 * IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_directory_new(const struct iam_alloc *alloc, struct iam_store *store,
                                  uint64_t seed, struct iam_directory **ret) IAM_MUST_USE;
/* No thread may be looking any more; views and policies that are held live on. Accepts NULL. */
void iam_directory_free(struct iam_directory *dir);

/*
 * Applies every change committed so far: all of a commit becomes visible at once. Called by one
 * thread at a time, which holds no transaction, after a commit and before its answer. When it fails
 * (IAM_NOMEM, IAM_IO, IAM_CORRUPT) the directory fails closed: iam_directory_is_ready turns false
 * and look-ups find nothing until a later refresh succeeds. As nobody can then be authorized to
 * write, the owner calls it again from time to time while it is not ready.
 */
enum iam_status iam_directory_refresh(struct iam_directory *dir) IAM_MUST_USE;
bool iam_directory_is_ready(const struct iam_directory *dir);

/*
 * Look-ups; NULL when there is none. The caller gives the view back with iam_view_unref.
 * By unique ID (or account ID for the root user), and by the ARN of a user, role or account root.
 */
const struct iam_view *iam_directory_by_id(struct iam_directory *dir, struct iam_str id);
const struct iam_view *iam_directory_by_arn(struct iam_directory *dir, struct iam_str arn);
void iam_view_unref(const struct iam_view *view);

/*
 * An access key as authentication needs it. Slices are copied into arena. IAM_NOT_FOUND, also for
 * a key whose owner is not there; IAM_NOMEM.
 */
struct iam_directory_key {
    struct iam_str account;
    struct iam_str owner_id; /* user ID, or the account ID for the root user */
    bool is_active;
    struct iam_str sealed_secret;
};
enum iam_status iam_directory_key(struct iam_directory *dir, struct iam_str access_key_id,
                                  struct iam_arena *arena,
                                  struct iam_directory_key *ret) IAM_MUST_USE;

/*
 * The default version of a managed policy of any account, parsed; a reference for the caller, NULL
 * when there is none or it cannot be read. Its kind is IAM_POLICY_IDENTITY, and that is right in a
 * boundary or session layer too: the grammar of the three is the same, and as what a set takes part
 * is said by struct iam_policies.
 */
struct iam_policy *iam_directory_managed_policy(struct iam_directory *dir, struct iam_str arn);
