/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the directory. Facts are what the store says about one entity; views are what
 * decisions see and are compiled from facts. Both are immutable and reference-counted.
 *
 * Records (policies, groups, subjects) are the refreshing thread's own, and so are the maps of
 * them by ID; only what is marked READERS may be looked at by other threads, under the lock.
 * INVARIANT: what READERS see changes in iam_dir_pass_commit alone.
 */
#pragma once

#include <stdatomic.h>

#include "base/map.h"
#include "directory/directory.h"
#include "model/id.h"

/* An inline policy. policy is NULL when its document could not be read. */
struct iam_dir_inline {
    struct iam_policy *policy;
    struct iam_str name; /* as reasons show it */
};

/* A managed policy and its default version. */
struct iam_dir_policy {
    struct iam_unique_id id;
    struct iam_str account;     /* absent when only a reference told of it */
    struct iam_str arn;         /* its bytes follow the record, as those of account */
    struct iam_policy *visible; /* READERS: NULL for broken */
    struct iam_policy *policy;  /* what views are built from; NULL: unreadable or gone */
    size_t use_count;           /* of facts of records */
    bool is_gone;
    struct iam_dir_policy *next_changed;
    bool is_changed;
};

/* A group: no view of its own, but part of the views of its members. */
struct iam_dir_group {
    struct iam_unique_id id;
    struct iam_facts *facts; /* NULL: gone */
    size_t use_count;        /* of facts of records: its members */
    struct iam_dir_group *next_changed;
    bool is_changed;
};

/* What the store says about a user, role, account root or group, in one block of memory. */
struct iam_facts {
    atomic_size_t ref_count;
    const struct iam_alloc *alloc;
    enum iam_kind kind;
    struct iam_str account;
    struct iam_str id;
    struct iam_str name; /* empty for root */
    struct iam_str arn;  /* absent for a group */
    const struct iam_tag *tags;
    size_t tag_count;
    const struct iam_dir_inline *inlines;
    size_t inline_count;
    struct iam_dir_policy *const *attached;
    size_t attached_count;
    struct iam_dir_group *const *groups;
    size_t group_count;
    struct iam_dir_policy *boundary; /* NULL: none */
    struct iam_policy_set *trust;    /* role only */
    bool is_broken;                  /* a document of its own could not be read */
};

/* What iam_view points into. The public part is the first member. */
struct iam_dir_view {
    struct iam_view view;
    atomic_size_t ref_count;
    struct iam_facts *facts; /* a reference; owns the slices */
};

/* A user, a role or the root of an account. */
struct iam_dir_subject {
    struct iam_unique_id id;
    struct iam_facts *facts;      /* NULL: gone */
    struct iam_dir_view *visible; /* what the maps of READERS lead to; NULL before the first */
    struct iam_dir_view *next;    /* built in this pass; after its commit: the one before */
    struct iam_dir_subject *next_queued;
    bool is_queued;
};

/* An access key; immutable. */
struct iam_dir_key {
    struct iam_str id;
    struct iam_directory_key key;
    struct iam_dir_key *next;
};

/* Everything that was loaded. Maps borrow their keys from the values. */
struct iam_dir_state {
    const struct iam_alloc *alloc;
    int64_t seq;                /* the last change that is in it */
    struct iam_map ids;         /* READERS: ID to iam_dir_view */
    struct iam_map arns;        /* READERS: ARN to iam_dir_view */
    struct iam_map keys;        /* READERS: access key ID to iam_dir_key */
    struct iam_map policy_arns; /* READERS: ARN to iam_dir_policy */
    struct iam_map policies;    /* by ID */
    struct iam_map groups;      /* by ID */
    struct iam_map subjects;    /* by ID */
};

/* ---- facts.c ------------------------------------------------------------------------- */

/* A packed copy of draft, whose slices may live anywhere; takes references of its own. IAM_NOMEM.
 */
enum iam_status iam_facts_new(const struct iam_alloc *alloc, const struct iam_facts *draft,
                              struct iam_facts **ret) IAM_MUST_USE;
struct iam_facts *iam_facts_ref(struct iam_facts *facts);
/* Accepts NULL. */
void iam_facts_unref(struct iam_facts *facts);
/* Counts, or no longer counts, the policies and groups that facts of a record use. */
void iam_facts_claim(const struct iam_facts *facts);
void iam_facts_release(const struct iam_facts *facts);

/* ---- state.c ------------------------------------------------------------------------- */

/* An empty state. IAM_NOMEM. */
enum iam_status iam_dir_state_new(const struct iam_alloc *alloc, uint64_t seed,
                                  struct iam_dir_state **ret) IAM_MUST_USE;
/* No thread may be looking any more; views that are held live on. NULL is accepted. */
void iam_dir_state_free(struct iam_dir_state *state);
/*
 * The record with this ID, added when there is none: then it is gone until it is filled.
 * IAM_CORRUPT for an ID that is too long; IAM_NOMEM.
 */
enum iam_status iam_dir_group_take(struct iam_dir_state *state, struct iam_str id,
                                   struct iam_dir_group **ret) IAM_MUST_USE;
enum iam_status iam_dir_subject_take(struct iam_dir_state *state, struct iam_str id,
                                     struct iam_dir_subject **ret) IAM_MUST_USE;
/* As above. account and arn are copied into a new record; they never change. */
enum iam_status iam_dir_policy_take(struct iam_dir_state *state, struct iam_str id,
                                    struct iam_str account, struct iam_str arn,
                                    struct iam_dir_policy **ret) IAM_MUST_USE;
/* Forget a record and free it. */
void iam_dir_policy_drop(struct iam_dir_state *state, struct iam_dir_policy *policy);
void iam_dir_group_drop(struct iam_dir_state *state, struct iam_dir_group *group);
void iam_dir_subject_drop(struct iam_dir_state *state, struct iam_dir_subject *subject);
/* Replaces what a record says; facts is moved in, NULL: gone. */
void iam_dir_group_fill(struct iam_dir_group *group, struct iam_facts *facts);
void iam_dir_subject_fill(struct iam_dir_subject *subject, struct iam_facts *facts);
/* A packed copy. IAM_NOMEM. */
enum iam_status iam_dir_key_new(const struct iam_alloc *alloc, const struct iam_access_key *key,
                                struct iam_dir_key **ret) IAM_MUST_USE;
