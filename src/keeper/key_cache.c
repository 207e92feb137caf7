/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cache of derived signing keys.
 * INVARIANT: a shard's entries are touched under its lock only, and an entry is wiped when it is
 * dropped.
 */
#include "keeper/key_cache_int.h"

#include "base/ct.h"
#include "base/map.h"
#include "keeper/random.h"

enum iam_status key_cache_init(struct key_cache *c, const struct iam_alloc *alloc)
{
    uint64_t seed;
    IAM_TRY(iam_keeper_random(&seed, sizeof(seed)));
    size_t bytes = sizeof(struct key_cache_shard) * KEY_CACHE_SHARDS;
    struct key_cache_shard *shards = alloc->alloc(alloc->ctx, bytes);
    IAM_ENSURE(shards != NULL, IAM_NOMEM);
    memset(shards, 0, bytes);
    for (size_t i = 0; i < KEY_CACHE_SHARDS; i++) {
        /* Default attributes: cannot fail on Linux. */
        (void)pthread_mutex_init(&shards[i].lock, NULL);
    }
    *c = (struct key_cache){ alloc, shards, seed };
    return IAM_OK;
}

void key_cache_done(struct key_cache *c)
{
    if (c->shards == NULL) {
        return;
    }
    for (size_t i = 0; i < KEY_CACHE_SHARDS; i++) {
        (void)pthread_mutex_destroy(&c->shards[i].lock);
    }
    iam_wipe(c->shards, sizeof(struct key_cache_shard) * KEY_CACHE_SHARDS);
    c->alloc->free(c->alloc->ctx, c->shards);
    c->shards = NULL;
}

/* Adds a part with its length before it, so that no two lists of parts make the same name. */
static void add_part(struct key_cache_name *name, struct iam_str part)
{
    if (!name->is_whole || part.len > UINT8_MAX || name->len + 1 + part.len > KEY_CACHE_NAME_MAX) {
        name->is_whole = false;
        return;
    }
    name->bytes[name->len] = (char)(uint8_t)part.len;
    if (part.len > 0) {
        memcpy(name->bytes + name->len + 1, part.p, part.len);
    }
    name->len += 1 + part.len;
}

void key_cache_name_set(struct key_cache_name *name, struct iam_str access_key_id,
                        const struct iam_key_scope *scope, struct iam_str fingerprint)
{
    name->len = 0;
    name->id_len = access_key_id.len;
    name->is_whole = true;
    add_part(name, access_key_id);
    add_part(name, scope->date);
    add_part(name, scope->region);
    add_part(name, scope->service);
    add_part(name, fingerprint);
}

static struct key_cache_shard *shard_of(struct key_cache *c, uint64_t hash)
{
    return &c->shards[hash % KEY_CACHE_SHARDS];
}

static struct key_cache_entry *set_of(struct key_cache_shard *shard, uint64_t hash)
{
    return shard->sets[(hash / KEY_CACHE_SHARDS) % KEY_CACHE_SETS];
}

static struct key_cache_entry *find(struct key_cache_entry *set, uint64_t hash, struct iam_str name)
{
    for (size_t i = 0; i < KEY_CACHE_WAYS; i++) {
        struct key_cache_entry *e = &set[i];
        if (e->used_at != 0 && e->hash == hash &&
            iam_str_eq((struct iam_str){ e->name, e->name_len }, name)) {
            return e;
        }
    }
    return NULL;
}

bool key_cache_get(struct key_cache *c, const struct key_cache_name *name,
                   struct iam_signing_key *ret)
{
    if (!name->is_whole) {
        return false;
    }
    struct iam_str text = { name->bytes, name->len };
    uint64_t hash = iam_hash(text, c->seed);
    struct key_cache_shard *shard = shard_of(c, hash);

    (void)pthread_mutex_lock(&shard->lock);
    struct key_cache_entry *e = find(set_of(shard, hash), hash, text);
    if (e != NULL) {
        e->used_at = ++shard->tick;
        *ret = e->key;
    }
    (void)pthread_mutex_unlock(&shard->lock);
    return e != NULL;
}

/* Returns a free entry, or the one that has not been used for the longest time. */
static struct key_cache_entry *victim(struct key_cache_entry *set)
{
    struct key_cache_entry *oldest = &set[0];
    for (size_t i = 1; i < KEY_CACHE_WAYS; i++) {
        if (set[i].used_at < oldest->used_at) {
            oldest = &set[i];
        }
    }
    return oldest;
}

void key_cache_put(struct key_cache *c, const struct key_cache_name *name,
                   const struct iam_signing_key *key)
{
    if (!name->is_whole) {
        return;
    }
    struct iam_str text = { name->bytes, name->len };
    uint64_t hash = iam_hash(text, c->seed);
    struct key_cache_shard *shard = shard_of(c, hash);

    (void)pthread_mutex_lock(&shard->lock);
    struct key_cache_entry *set = set_of(shard, hash);
    struct key_cache_entry *e = find(set, hash, text);
    if (e == NULL) {
        e = victim(set);
    }
    e->hash = hash;
    e->used_at = ++shard->tick;
    e->name_len = (uint16_t)name->len;
    e->id_len = (uint8_t)name->id_len;
    memcpy(e->name, name->bytes, name->len);
    e->key = *key;
    (void)pthread_mutex_unlock(&shard->lock);
}

static void forget_in_shard(struct key_cache_shard *shard, struct iam_str access_key_id)
{
    struct key_cache_entry *entries = &shard->sets[0][0];
    for (size_t i = 0; i < sizeof(shard->sets) / sizeof(*entries); i++) {
        struct key_cache_entry *e = &entries[i];
        if (e->used_at != 0 &&
            iam_str_eq((struct iam_str){ e->name + 1, e->id_len }, access_key_id)) {
            iam_wipe(e, sizeof(*e));
        }
    }
}

void key_cache_forget(struct key_cache *c, struct iam_str access_key_id)
{
    for (size_t i = 0; i < KEY_CACHE_SHARDS; i++) {
        (void)pthread_mutex_lock(&c->shards[i].lock);
        forget_in_shard(&c->shards[i], access_key_id);
        (void)pthread_mutex_unlock(&c->shards[i].lock);
    }
}
