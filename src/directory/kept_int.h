/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a directory keeps. Facts are what the store says about one entity. Sources (managed policies
 * and groups) are what views are built from besides: one changes in place, and its mark with it.
 * Views are what decisions see; a view remembers the mark of each source it was built from, and is
 * fresh while they are still the same. So a change of a policy costs the same however many have it.
 *
 * Who holds the turn (turn.h) is the only one who changes a state; READERS look at it under the
 * lock of the directory meanwhile.
 * INVARIANT: what READERS see changes under the write lock alone, by the thread that has the turn.
 */
#pragma once

#include "directory/key.h"
#include "directory/pool.h"
#include "directory/view.h"
#include "model/entity.h"
#include "model/id.h"

enum iam_dir_kind {
    IAM_DIR_VIEW,
    IAM_DIR_KEY,
    IAM_DIR_PROVIDER,
    IAM_DIR_POLICY,
    IAM_DIR_GROUP,
    IAM_DIR_KINDS
};

/* A thing that is kept, in the ring over which the hand of the clock goes. */
struct iam_dir_item {
    struct iam_dir_item *prev;
    struct iam_dir_item *next; /* NULL: in no ring */
    enum iam_dir_kind kind;
    atomic_uchar uses; /* READERS count them, up to a few; the hand counts down */
};

/* A managed policy with its default version, or a group. */
struct iam_dir_source {
    struct iam_dir_item item;
    atomic_size_t refs; /* one is the state's, the others are of facts and views */
    struct iam_pool *pool;
    struct iam_unique_id id;
    uint64_t mark;   /* READERS: of the content, another with every change of it */
    bool is_suspect; /* READERS: the feed named it, and it was not read again yet */
    bool is_gone;    /* no more, or never, in the store */
    /* a policy */
    struct iam_str arn;          /* its bytes follow the struct */
    struct iam_shared *document; /* READERS: NULL when it cannot be parsed or is gone */
    /* a group */
    struct iam_facts *facts; /* NULL when it is gone */
};

/* An inline policy. */
struct iam_dir_inline {
    struct iam_shared *document; /* NULL: it cannot be parsed */
    struct iam_str name;         /* as reasons show it */
};

/* What the store says about a user, role, account root or group, in one block of memory. */
struct iam_facts {
    atomic_size_t refs;
    struct iam_pool *pool;
    enum iam_kind kind;
    struct iam_str account;
    struct iam_str id;
    struct iam_str name; /* empty for root */
    struct iam_str arn;  /* absent for a group */
    const struct iam_tag *tags;
    size_t tag_count;
    const struct iam_dir_inline *inlines;
    size_t inline_count;
    struct iam_dir_source *const *attached; /* policies */
    size_t attached_count;
    struct iam_dir_source *const *groups;
    size_t group_count;
    struct iam_dir_source *boundary; /* a policy; NULL: none */
    struct iam_shared *trust_text;   /* role only, as the next; kept so that others can share it */
    struct iam_policy_set *trust;
    bool is_broken; /* a document of its own could not be parsed */
};

/* What a view was built from. */
struct iam_dir_dependency {
    struct iam_dir_source *source; /* a reference */
    uint64_t mark;                 /* of the content that is in the view */
};

/* The sets of a view. */
enum iam_dir_layer { IAM_DIR_IDENTITY, IAM_DIR_BOUNDARY, IAM_DIR_TRUST, IAM_DIR_LAYERS };

/* What iam_view points into. The public part is the first member. */
struct iam_dir_view {
    struct iam_view view;
    struct iam_dir_item item;
    atomic_size_t refs;                        /* one is the state's while it is kept */
    struct iam_facts *facts;                   /* a reference; owns the slices */
    struct iam_shared *shared[IAM_DIR_LAYERS]; /* what the sets of view are of; or NULL */
    size_t dependency_count;
    struct iam_dir_dependency dependencies[];
};

/* An access key; immutable. */
struct iam_dir_key {
    struct iam_dir_item item;
    struct iam_str id;
    struct iam_directory_key key;
};

/* An identity provider, of which sessions need to know that it is there; immutable. */
struct iam_dir_provider {
    struct iam_dir_item item;
    struct iam_str id;
    struct iam_str account;
};

/* Everything that is kept. Maps borrow their keys from the values. */
struct iam_dir_state {
    struct iam_pool *pool;
    int64_t seq;                  /* the last change that is in it */
    struct iam_map ids;           /* READERS: ID to iam_dir_view */
    struct iam_map arns;          /* READERS: ARN to iam_dir_view */
    struct iam_map keys;          /* READERS: access key ID to iam_dir_key */
    struct iam_map providers;     /* READERS: ID to iam_dir_provider */
    struct iam_map policy_arns;   /* READERS: ARN to iam_dir_source, of those not gone */
    struct iam_map policies;      /* by ID */
    struct iam_map groups;        /* by ID */
    struct iam_dir_item *hand;    /* of the clock; NULL: the ring is empty */
    size_t counts[IAM_DIR_KINDS]; /* of items in the ring */
};

/* ---- refs.c -------------------------------------------------------------------------- */

/* Takes one more reference, by any thread, and returns its argument. */
struct iam_facts *iam_facts_ref(struct iam_facts *facts);
struct iam_dir_source *iam_dir_source_ref(struct iam_dir_source *source);
/*
 * Drops a reference, by any thread. With the last one the object is freed, and the references that
 * it holds are dropped. NULL is accepted.
 */
void iam_facts_unref(struct iam_facts *facts);
void iam_dir_source_unref(struct iam_dir_source *source);

/* ---- facts.c ------------------------------------------------------------------------- */

/*
 * Makes a packed copy of draft, whose slices may be anywhere, with references of its own.
 * IAM_NOMEM.
 */
enum iam_status iam_facts_new(struct iam_pool *pool, const struct iam_facts *draft,
                              struct iam_facts **ret) IAM_MUST_USE;
/* Tells whether facts a and b of a group grant its members the same; never when one is broken. */
bool iam_facts_grant_same(const struct iam_facts *a, const struct iam_facts *b);

/* ---- source.c ------------------------------------------------------------------------ */

/*
 * Makes a source without content, which is gone until iam_dir_source_fill. kind is IAM_DIR_POLICY
 * or _GROUP; arn is copied, absent for a group. IAM_CORRUPT for an ID that is too long; IAM_NOMEM.
 */
enum iam_status iam_dir_source_new(struct iam_pool *pool, enum iam_dir_kind kind, struct iam_str id,
                                   struct iam_str arn, struct iam_dir_source **ret) IAM_MUST_USE;
/*
 * Replaces the content, with a new mark: the document of a policy or the facts of a group, moved
 * in. The references to the old content are dropped.
 */
void iam_dir_source_fill(struct iam_dir_source *source, struct iam_shared *document,
                         struct iam_facts *facts, bool is_gone);

/* ---- view.c -------------------------------------------------------------------------- */

/* Tells whether nothing that it was built from has changed since. */
bool iam_dir_view_is_fresh(const struct iam_dir_view *view);
/* Drops a reference; NULL is accepted. */
void iam_dir_view_unref(struct iam_dir_view *view);

/* ---- key.c --------------------------------------------------------------------------- */

/* Makes a packed copy. IAM_NOMEM. */
enum iam_status iam_dir_key_new(struct iam_pool *pool, const struct iam_access_key *key,
                                struct iam_dir_key **ret) IAM_MUST_USE;
enum iam_status iam_dir_provider_new(struct iam_pool *pool, struct iam_str id,
                                     struct iam_str account,
                                     struct iam_dir_provider **ret) IAM_MUST_USE;
/* Copies it into arena. IAM_NOMEM. */
enum iam_status iam_dir_key_copy(const struct iam_dir_key *key, struct iam_arena *arena,
                                 struct iam_directory_key *ret) IAM_MUST_USE;

/* ---- ring.c -------------------------------------------------------------------------- */

/* Puts item, not used yet, into the ring where the hand comes last. */
void iam_dir_ring_add(struct iam_dir_state *state, struct iam_dir_item *item);
/* Takes item out; nothing happens when it is in none. */
void iam_dir_ring_remove(struct iam_dir_state *state, struct iam_dir_item *item);

/* ---- state.c ------------------------------------------------------------------------- */

/* Makes an empty state at change seq. IAM_NOMEM. */
enum iam_status iam_dir_state_new(struct iam_pool *pool, int64_t seq,
                                  struct iam_dir_state **ret) IAM_MUST_USE;
/*
 * Frees state, which no other thread may be using any more. Views that are held stay valid. NULL is
 * accepted.
 */
void iam_dir_state_free(struct iam_dir_state *state);
/*
 * Moves a view, key, provider or source in; it replaces the one that has the same ID or ARN.
 * IAM_NOMEM: it is released, and the state does not have it.
 */
enum iam_status iam_dir_state_add_view(struct iam_dir_state *state,
                                       struct iam_dir_view *view) IAM_MUST_USE;
enum iam_status iam_dir_state_add_key(struct iam_dir_state *state,
                                      struct iam_dir_key *key) IAM_MUST_USE;
enum iam_status iam_dir_state_add_provider(struct iam_dir_state *state,
                                           struct iam_dir_provider *provider) IAM_MUST_USE;
enum iam_status iam_dir_state_add_source(struct iam_dir_state *state,
                                         struct iam_dir_source *source) IAM_MUST_USE;
/* Forgets item, and frees it unless somebody holds it. */
void iam_dir_state_drop(struct iam_dir_state *state, struct iam_dir_item *item);
/* Tells whether nobody but the state has item. */
bool iam_dir_item_is_idle(struct iam_dir_item *item);
/* Returns the view, key, provider or source that item is part of. */
struct iam_dir_view *iam_dir_item_view(struct iam_dir_item *item);
struct iam_dir_key *iam_dir_item_key(struct iam_dir_item *item);
struct iam_dir_provider *iam_dir_item_provider(struct iam_dir_item *item);
struct iam_dir_source *iam_dir_item_source(struct iam_dir_item *item);

/* ---- clock.c ------------------------------------------------------------------------- */

/* Notes that item was used. Cheap, by any thread under the read lock. */
void iam_dir_clock_mark(struct iam_dir_item *item);
/*
 * Drops what was not used for longest until the pool holds at most max_bytes, or a bounded number
 * of steps is done: the next call goes on. Returns how many were dropped.
 */
size_t iam_dir_clock_evict(struct iam_dir_state *state, size_t max_bytes);
