/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVARIANT: a shard's entries are touched under its lock only; what was opened with keys of before
 * a clearing is not there after it.
 */
#include "keeper/session_cache_int.h"

#include "base/ct.h"
#include "base/map.h"
#include "keeper/random.h"

enum iam_status session_cache_init(struct session_cache *c, const struct iam_alloc *alloc)
{
    uint64_t seed;
    size_t bytes = sizeof(struct session_cache_shard) * SESSION_CACHE_SHARDS;
    IAM_TRY(iam_keeper_random(&seed, sizeof(seed)));
    struct session_cache_shard *shards = alloc->alloc(alloc->ctx, bytes);
    IAM_ENSURE(shards != NULL, IAM_NOMEM);
    memset(shards, 0, bytes);
    for (size_t i = 0; i < SESSION_CACHE_SHARDS; i++) {
        /* Default attributes: cannot fail on Linux. */
        (void)pthread_mutex_init(&shards[i].lock, NULL);
    }
    c->alloc = alloc;
    c->shards = shards;
    c->seed = seed;
    atomic_init(&c->epoch, 0);
    return IAM_OK;
}

void session_cache_done(struct session_cache *c)
{
    if (c->shards == NULL) {
        return;
    }
    for (size_t i = 0; i < SESSION_CACHE_SHARDS; i++) {
        (void)pthread_mutex_destroy(&c->shards[i].lock);
    }
    iam_wipe(c->shards, sizeof(struct session_cache_shard) * SESSION_CACHE_SHARDS);
    c->alloc->free(c->alloc->ctx, c->shards);
    c->shards = NULL;
}

uint64_t session_cache_epoch(struct session_cache *c)
{
    return atomic_load(&c->epoch);
}

static struct session_cache_shard *shard_of(struct session_cache *c, uint64_t hash)
{
    return &c->shards[hash % SESSION_CACHE_SHARDS];
}

static struct session_cache_entry *set_of(struct session_cache_shard *shard, uint64_t hash)
{
    return shard->sets[(hash / SESSION_CACHE_SHARDS) % SESSION_CACHE_SETS];
}

static struct session_cache_entry *find(struct session_cache_entry *set, uint64_t hash,
                                        struct iam_str id, struct iam_str token)
{
    for (size_t i = 0; i < SESSION_CACHE_WAYS; i++) {
        struct session_cache_entry *e = &set[i];
        if (e->used_at != 0 && e->hash == hash &&
            iam_str_eq((struct iam_str){ e->id, e->id_len }, id) &&
            iam_str_eq((struct iam_str){ e->token, e->token_len }, token)) {
            return e;
        }
    }
    return NULL;
}

/* Returns a free entry, or the one that has not been used for the longest time. */
static struct session_cache_entry *victim(struct session_cache_entry *set)
{
    struct session_cache_entry *oldest = &set[0];
    for (size_t i = 1; i < SESSION_CACHE_WAYS; i++) {
        if (set[i].used_at < oldest->used_at) {
            oldest = &set[i];
        }
    }
    return oldest;
}

bool session_cache_get(struct session_cache *c, struct iam_str access_key_id, struct iam_str token,
                       struct session_cached *ret)
{
    if (token.len > SESSION_CACHE_TOKEN_MAX) {
        return false;
    }
    uint64_t hash = iam_hash(token, c->seed);
    struct session_cache_shard *shard = shard_of(c, hash);

    (void)pthread_mutex_lock(&shard->lock);
    struct session_cache_entry *e = find(set_of(shard, hash), hash, access_key_id, token);
    if (e != NULL) {
        e->used_at = ++shard->tick;
        memcpy(ret->fingerprint, e->claims.fingerprint, sizeof(ret->fingerprint));
        memcpy(ret->plain, e->claims.plain, e->claims.len);
        ret->len = e->claims.len;
    }
    (void)pthread_mutex_unlock(&shard->lock);
    return e != NULL;
}

static void fill(struct session_cache_entry *e, struct iam_str id, struct iam_str token,
                 struct iam_str fingerprint, struct iam_str plain)
{
    iam_wipe(&e->claims, sizeof(e->claims));
    e->id_len = id.len;
    e->token_len = token.len;
    e->claims.len = plain.len;
    memcpy(e->id, id.p, id.len);
    memcpy(e->token, token.p, token.len);
    memcpy(e->claims.fingerprint, fingerprint.p, sizeof(e->claims.fingerprint));
    memcpy(e->claims.plain, plain.p, plain.len);
}

void session_cache_put(struct session_cache *c, uint64_t epoch, struct iam_str access_key_id,
                       struct iam_str token, struct iam_str fingerprint, struct iam_str plain)
{
    if (access_key_id.len > SESSION_CACHE_ID_MAX || token.len > SESSION_CACHE_TOKEN_MAX ||
        plain.len > SESSION_CACHE_PLAIN_MAX || fingerprint.len != SESSION_FINGERPRINT_BYTES) {
        return;
    }
    uint64_t hash = iam_hash(token, c->seed);
    struct session_cache_shard *shard = shard_of(c, hash);

    (void)pthread_mutex_lock(&shard->lock);
    if (atomic_load(&c->epoch) == epoch) {
        struct session_cache_entry *set = set_of(shard, hash);
        struct session_cache_entry *e = find(set, hash, access_key_id, token);
        e = e != NULL ? e : victim(set);
        fill(e, access_key_id, token, fingerprint, plain);
        e->hash = hash;
        e->used_at = ++shard->tick;
    }
    (void)pthread_mutex_unlock(&shard->lock);
}

void session_cache_clear(struct session_cache *c)
{
    (void)atomic_fetch_add(&c->epoch, 1);
    for (size_t i = 0; c->shards != NULL && i < SESSION_CACHE_SHARDS; i++) {
        struct session_cache_shard *shard = &c->shards[i];
        (void)pthread_mutex_lock(&shard->lock);
        iam_wipe(shard->sets, sizeof(shard->sets));
        (void)pthread_mutex_unlock(&shard->lock);
    }
}
