/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hash map from byte strings to pointers: open addressing, and a hash keyed with a seed so that a
 * client cannot choose colliding keys. Keys are borrowed: they must live as long as the entry.
 */
#pragma once

#include "base/str.h"

struct iam_map_slot {
    struct iam_str key;
    void *value; /* NULL: free */
    uint64_t hash;
};

struct iam_map {
    const struct iam_alloc *alloc;
    struct iam_map_slot *slots;
    size_t cap; /* 0 or a power of two */
    size_t count;
    uint64_t seed;
};

/*
 * Starts an empty map; nothing is allocated yet. seed should be unpredictable where keys come from
 * outside.
 */
void iam_map_init(struct iam_map *m, const struct iam_alloc *alloc, uint64_t seed);
void iam_map_done(struct iam_map *m);
/*
 * Sets or replaces an entry, and its borrowed key too; value must not be NULL. ret_old (may be
 * NULL) receives the replaced value or NULL. IAM_NOMEM leaves the map as it was.
 */
enum iam_status iam_map_put(struct iam_map *m, struct iam_str key, void *value,
                            void **ret_old) IAM_MUST_USE;
/* Returns the value or NULL. */
void *iam_map_get(const struct iam_map *m, struct iam_str key);
/* Removes and returns the value, or NULL. */
void *iam_map_remove(struct iam_map *m, struct iam_str key);
/*
 * Walks the entries: *pos starts at 0; returns false at the end. The map must not change meanwhile.
 */
bool iam_map_next(const struct iam_map *m, size_t *pos, struct iam_str *ret_key, void **ret_value);

/*
 * Computes the hash used above, for other tables. Fast on short keys; not cryptographic: its values
 * must not be shown to clients, nor stored, as they may differ between versions and byte orders.
 */
uint64_t iam_hash(struct iam_str s, uint64_t seed);
