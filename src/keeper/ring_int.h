/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ring: a master key with the generations of keys that are sealed under it. A generation is a
 * secret, and from it a key for each purpose. Plain values: who has a ring keeps others away.
 * INVARIANT: generations are in ascending order of their numbers, and no two have the same ID.
 */
#pragma once

#include "base/arena.h"
#include "keeper/crypto_int.h"
#include "keeper/digest.h"

struct keeper_generation {
    int64_t number;
    uint8_t secret[KEEPER_KEY_BYTES];
    struct keeper_purpose_key keys[KEEPER_PURPOSE_COUNT]; /* none for the ring's own */
    uint8_t marker_key[KEEPER_KEY_BYTES];                 /* of codes, never of seals */
};

struct keeper_ring {
    char master_id[IAM_MASTER_ID_LEN + 1];
    struct keeper_purpose_key wrap; /* seals the secrets of the generations */
    /*
     * The key of MACs of rows, and the secret that it comes from, which goes with the secret of
     * each generation and is the same for all: rows keep their MACs through a rotation.
     */
    uint8_t row_secret[KEEPER_KEY_BYTES];
    struct iam_hmac_key row_key;
    uint8_t row_id[KEEPER_KEY_ID_BYTES]; /* what MACs begin with */
    size_t count;
    struct keeper_generation items[IAM_RING_MAX];
};

/* Returns the generation that seals. There is one. */
static inline const struct keeper_generation *ring_newest(const struct keeper_ring *ring)
{
    return &ring->items[ring->count - 1];
}

/* Returns a generation's key that seals for purpose, which is not that of the ring. */
static inline const struct keeper_purpose_key *ring_key(const struct keeper_generation *g,
                                                        enum keeper_purpose purpose)
{
    return &g->keys[purpose];
}

/*
 * Makes a ring of this master key without generations; its key of rows follows from the master key,
 * as in a store from before generations. IAM_IO.
 */
enum iam_status ring_init(struct keeper_ring *ring,
                          const uint8_t master[IAM_MASTER_KEY_BYTES]) IAM_MUST_USE;
/* Takes another secret for the key of rows. IAM_IO. */
enum iam_status ring_set_rows(struct keeper_ring *ring,
                              const uint8_t secret[KEEPER_KEY_BYTES]) IAM_MUST_USE;
/*
 * Adds a generation with a higher number than all others (IAM_RANGE). IAM_LIMIT when there are
 * IAM_RING_MAX, IAM_EXISTS for an ID that is taken, IAM_IO. On failure ring is as it was.
 */
enum iam_status ring_add(struct keeper_ring *ring, int64_t number,
                         const uint8_t secret[KEEPER_KEY_BYTES]) IAM_MUST_USE;
/* Adds a generation with a random secret. As above. */
enum iam_status ring_add_random(struct keeper_ring *ring, int64_t number) IAM_MUST_USE;
/* Seals a generation under the master key of ring. ret->sealed lives in arena. IAM_NOMEM, IAM_IO.
 */
enum iam_status ring_seal(const struct keeper_ring *ring, const struct keeper_generation *g,
                          struct iam_arena *arena, struct iam_ring_entry *ret) IAM_MUST_USE;
/*
 * Adds the generation that is sealed in entry. IAM_CORRUPT when it does not open under the master
 * key of ring, or does not fit the others; IAM_LIMIT, IAM_IO.
 */
enum iam_status ring_open(struct keeper_ring *ring,
                          const struct iam_ring_entry *entry) IAM_MUST_USE;
