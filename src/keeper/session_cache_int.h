/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Claims of session tokens that were opened, so that the next request of a session does not open
 * its token again. The whole text of a token and the ID that it was opened for are compared; the
 * secret is not kept. A fixed number of entries, as in the cache of signing keys.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "keeper/crypto_int.h"
#include "keeper/types.h"

/* LIMIT: tokens longer than this are opened each time; it has room for a policy of 500 bytes. */
#define SESSION_CACHE_TOKEN_MAX 1024
#define SESSION_CACHE_PLAIN_MAX (SESSION_CACHE_TOKEN_MAX / 4 * 3)
#define SESSION_CACHE_ID_MAX 32
#define SESSION_CACHE_SHARDS 16
#define SESSION_CACHE_SETS 8 /* per shard */
#define SESSION_CACHE_WAYS 4

/* What is unique to a token: its salt and nonce. */
#define SESSION_FINGERPRINT_BYTES (KEEPER_SALT_BYTES + KEEPER_NONCE_BYTES)

/* What is known of a token. */
struct session_cached {
    uint8_t fingerprint[SESSION_FINGERPRINT_BYTES];
    size_t len;
    uint8_t plain[SESSION_CACHE_PLAIN_MAX]; /* as claims_read takes it, but without the secret */
};

struct session_cache_entry {
    uint64_t hash;
    uint64_t used_at; /* the shard's tick; 0: free */
    size_t id_len;
    size_t token_len;
    char id[SESSION_CACHE_ID_MAX];
    char token[SESSION_CACHE_TOKEN_MAX];
    struct session_cached claims;
};

struct session_cache_shard {
    pthread_mutex_t lock;
    uint64_t tick;
    struct session_cache_entry sets[SESSION_CACHE_SETS][SESSION_CACHE_WAYS];
};

struct session_cache {
    const struct iam_alloc *alloc;
    struct session_cache_shard *shards;
    uint64_t seed;
    atomic_uint_fast64_t epoch; /* another with every clearing */
};

/* Allocates everything. IAM_NOMEM, IAM_IO (no random seed). */
enum iam_status session_cache_init(struct session_cache *c,
                                   const struct iam_alloc *alloc) IAM_MUST_USE;
/* Wipes and frees; accepts a zeroed cache. */
void session_cache_done(struct session_cache *c);
/* Returns the epoch, which is asked for before a token is opened. */
uint64_t session_cache_epoch(struct session_cache *c);
bool session_cache_get(struct session_cache *c, struct iam_str access_key_id, struct iam_str token,
                       struct session_cached *ret);
/* Keeps claims of a token that was opened in that epoch, unless it is over or they are too long. */
void session_cache_put(struct session_cache *c, uint64_t epoch, struct iam_str access_key_id,
                       struct iam_str token, struct iam_str fingerprint, struct iam_str plain);
/* Wipes all of it: the keys that tokens are opened with have changed. */
void session_cache_clear(struct session_cache *c);
