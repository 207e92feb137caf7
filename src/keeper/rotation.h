/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring of keys and its rotation. What is stored and what clients hold is sealed with keys of a
 * generation, whose secret is itself sealed under the master key; so another master key has only
 * the few secrets of generations to seal again, and a new generation takes over from the old ones
 * secret by secret. The newest generation seals, all of them open. The keeper has no store: who
 * uses it keeps the entries. Functions with a keeper may be called from any thread.
 */
#pragma once

#include "base/arena.h"
#include "keeper/types.h"

struct iam_keeper;

/* Copies the name of the master key in use. */
void iam_keeper_master_id(struct iam_keeper *k, char ret[IAM_MASTER_ID_LEN + 1]);
/* Finds the name of the master key that config names; it may make a file, as iam_keeper_new. */
enum iam_status iam_master_id_of(const struct iam_keeper_config *config,
                                 char ret[IAM_MASTER_ID_LEN + 1], char *error_text,
                                 size_t cap) IAM_MUST_USE;
/*
 * Takes these generations (ascending, at least one) in the place of those that k has. IAM_CORRUPT
 * when one does not open under the master key, IAM_LIMIT for more than IAM_RING_MAX, IAM_IO; then k
 * is as before.
 */
enum iam_status iam_keeper_open_ring(struct iam_keeper *k, const struct iam_ring_entry *entries,
                                     size_t count) IAM_MUST_USE;
/* Takes one generation with a random secret, number 1, in their place: for a new store. IAM_IO. */
enum iam_status iam_keeper_first_ring(struct iam_keeper *k) IAM_MUST_USE;
/* Seals generation i, from 0, of those in use. IAM_NOT_FOUND after the last; IAM_NOMEM, IAM_IO. */
enum iam_status iam_keeper_ring_entry(struct iam_keeper *k, size_t i, struct iam_arena *arena,
                                      struct iam_ring_entry *ret) IAM_MUST_USE;
/* Wipes a generation that nothing needs any more; never the newest. Nothing else may use it. */
void iam_keeper_drop_generation(struct iam_keeper *k, int64_t number);

/*
 * A rotation: another master key, and a new generation beside those in use. Nothing of the keeper
 * changes before iam_rotation_commit. One at a time for a keeper.
 */
struct iam_rotation;

/*
 * Begins one; next says where the other master key comes from. IAM_EXISTS when it is the one in
 * use, IAM_LIMIT when the keeper has IAM_RING_MAX generations; otherwise as iam_keeper_new. number
 * is that of the new generation, higher than all.
 */
enum iam_status iam_rotation_new(struct iam_keeper *k, const struct iam_keeper_config *next,
                                 int64_t number, struct iam_rotation **ret, char *error_text,
                                 size_t cap) IAM_MUST_USE;
/* Returns the name of the other master key. Borrowed. */
const char *iam_rotation_master_id(const struct iam_rotation *r);
/* Seals generation i, from 0, under the other master key; the new one is the last. As above. */
enum iam_status iam_rotation_entry(const struct iam_rotation *r, size_t i, struct iam_arena *arena,
                                   struct iam_ring_entry *ret) IAM_MUST_USE;
/* Seals the new generation under the master key in use, with which the store opens too. */
enum iam_status iam_rotation_bridge(const struct iam_rotation *r, struct iam_arena *arena,
                                    struct iam_ring_entry *ret) IAM_MUST_USE;
/*
 * Puts the new generation in use, and with takes_master the other master key. To be called when the
 * entries are kept for good. IAM_IO: nothing has changed.
 */
enum iam_status iam_rotation_commit(struct iam_rotation *r, bool takes_master) IAM_MUST_USE;
/* Wipes and frees. Accepts NULL. */
void iam_rotation_free(struct iam_rotation *r);
