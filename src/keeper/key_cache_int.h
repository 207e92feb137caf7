/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Derived signing keys, so that most requests pay for one HMAC instead of five and an opening. A
 * fixed number of entries, in sets of four within shards that have a lock each; the entry of a set
 * that has not been used for the longest time makes room. The cached key's name holds the whole
 * sealed secret: what was replaced or deleted can no longer be named.
 */
#pragma once

#include <pthread.h>

#include "keeper/types.h"

/* LIMIT: names longer than this are not cached; the key is derived each time. */
#define KEY_CACHE_NAME_MAX 256
#define KEY_CACHE_SHARDS 32
#define KEY_CACHE_SETS 32 /* per shard */
#define KEY_CACHE_WAYS 4

struct key_cache_entry {
    uint64_t hash;
    uint64_t used_at; /* the shard's tick; 0: free */
    uint16_t name_len;
    uint8_t id_len; /* the name starts with the access key ID */
    char name[KEY_CACHE_NAME_MAX];
    struct iam_signing_key key;
};

struct key_cache_shard {
    pthread_mutex_t lock;
    uint64_t tick;
    struct key_cache_entry sets[KEY_CACHE_SETS][KEY_CACHE_WAYS];
};

struct key_cache {
    const struct iam_alloc *alloc;
    struct key_cache_shard *shards;
    uint64_t seed;
};

/* The name of an entry. is_whole is false when it did not fit: then nothing is cached. */
struct key_cache_name {
    char bytes[KEY_CACHE_NAME_MAX];
    size_t len;
    size_t id_len;
    bool is_whole;
};

/* Allocates everything. IAM_NOMEM, IAM_IO (no random seed). */
enum iam_status key_cache_init(struct key_cache *c, const struct iam_alloc *alloc) IAM_MUST_USE;
/* Wipes and frees; accepts a zeroed cache. */
void key_cache_done(struct key_cache *c);
/* Makes the unambiguous name of (ID, scope, fingerprint). */
void key_cache_name_set(struct key_cache_name *name, struct iam_str access_key_id,
                        const struct iam_key_scope *scope, struct iam_str fingerprint);
bool key_cache_get(struct key_cache *c, const struct key_cache_name *name,
                   struct iam_signing_key *ret);
void key_cache_put(struct key_cache *c, const struct key_cache_name *name,
                   const struct iam_signing_key *key);
/* Wipes all entries of that access key ID. */
void key_cache_forget(struct key_cache *c, struct iam_str access_key_id);
