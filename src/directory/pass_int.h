/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pass brings a state up to the store: first it reads, in one transaction, what changed; then it
 * builds the views that this touches; then it puts them where readers find them, all at once.
 * A pass that failed leaves records that do not agree with each other: the state must be loaded
 * anew before another pass. What readers see is untouched, unless it was the commit that failed.
 */
#pragma once

#include "directory/directory_int.h"

struct iam_dir_pass {
    struct iam_dir_state *state;
    struct iam_txn *txn;
    struct iam_arena list;            /* the part of a list that is being worked off */
    struct iam_arena entity;          /* one entity */
    struct iam_dir_policy *policies;  /* changed */
    struct iam_dir_group *groups;     /* changed */
    struct iam_dir_subject *subjects; /* to be built or removed */
    struct iam_dir_key *keys_in;
    struct iam_dir_key *keys_out;  /* readers still see them */
    struct iam_dir_key *keys_dead; /* nobody sees them */
    struct iam_map sets;           /* sets compiled in this pass, by the policies in them */
    bool is_committed;
};

/* ---- pass.c -------------------------------------------------------------------------- */

/* txn is borrowed while reading. */
void iam_dir_pass_init(struct iam_dir_pass *pass, struct iam_dir_state *state, struct iam_txn *txn);
/* Frees what the pass replaced or, without a commit, what it made. */
void iam_dir_pass_done(struct iam_dir_pass *pass);
/* Notes that a record is not what it was. Once is enough; more do nothing. */
void iam_dir_pass_policy(struct iam_dir_pass *pass, struct iam_dir_policy *policy);
void iam_dir_pass_group(struct iam_dir_pass *pass, struct iam_dir_group *group);
void iam_dir_pass_subject(struct iam_dir_pass *pass, struct iam_dir_subject *subject);
/*
 * Notes what an access key is now: key is moved in, NULL: gone. At most once for an ID in a pass.
 */
void iam_dir_pass_key(struct iam_dir_pass *pass, struct iam_str id, struct iam_dir_key *key);
/* Finds all whom the changes touch and builds their views. IAM_NOMEM. */
enum iam_status iam_dir_pass_build(struct iam_dir_pass *pass) IAM_MUST_USE;
/*
 * Makes everything visible. Nobody may be looking meanwhile. IAM_NOMEM, IAM_CORRUPT (two entities
 * with one ARN): what readers would see is then half done, and must not be looked at any more.
 */
enum iam_status iam_dir_pass_commit(struct iam_dir_pass *pass) IAM_MUST_USE;

/* ---- build.c ------------------------------------------------------------------------- */

/* A view of subject, whose facts are there. Documents that are missing break it. IAM_NOMEM. */
enum iam_status iam_dir_view_build(struct iam_dir_pass *pass, const struct iam_dir_subject *subject,
                                   struct iam_dir_view **ret) IAM_MUST_USE;
/* Gives back the sets that were kept for sharing. */
void iam_dir_sets_clear(struct iam_map *sets);

/* ---- read.c -------------------------------------------------------------------------- */

/*
 * Each takes one entity as listed, reads what belongs to it, fills its record and notes it in the
 * pass. Policies go before groups, groups before users and roles. IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_dir_read_policy(struct iam_dir_pass *pass,
                                    const struct iam_managed_policy *policy) IAM_MUST_USE;
enum iam_status iam_dir_read_group(struct iam_dir_pass *pass,
                                   const struct iam_group *group) IAM_MUST_USE;
enum iam_status iam_dir_read_account(struct iam_dir_pass *pass,
                                     const struct iam_account *account) IAM_MUST_USE;
enum iam_status iam_dir_read_user(struct iam_dir_pass *pass,
                                  const struct iam_user *user) IAM_MUST_USE;
enum iam_status iam_dir_read_role(struct iam_dir_pass *pass,
                                  const struct iam_role *role) IAM_MUST_USE;
enum iam_status iam_dir_read_key(struct iam_dir_pass *pass,
                                 const struct iam_access_key *key) IAM_MUST_USE;

/* ---- load.c, change.c ---------------------------------------------------------------- */

/* Reads the whole store into the empty state of pass. IAM_NOMEM, IAM_IO, IAM_CORRUPT. */
enum iam_status iam_dir_load(struct iam_dir_pass *pass) IAM_MUST_USE;
/*
 * Reads again what changed since the state was made. IAM_CONFLICT, with nothing done: the changes
 * are no longer known or too many, load everything. IAM_NOMEM, IAM_IO, IAM_CORRUPT.
 */
enum iam_status iam_dir_read_changes(struct iam_dir_pass *pass) IAM_MUST_USE;
