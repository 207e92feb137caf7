/* SPDX-License-Identifier: Apache-2.0 */
/* Generations: deriving their keys, sealing and opening their secrets, those that a keeper has. */
#include "keeper/ring.h"

#include <stdio.h>

#include "base/ct.h"
#include "keeper/keeper_int.h"
#include "keeper/random.h"

#define OWNER_MAX 40

static struct iam_str bytes_of(const uint8_t *p, size_t n)
{
    return (struct iam_str){ (const char *)p, n };
}

enum iam_status ring_init(struct keeper_ring *ring, const uint8_t master[IAM_MASTER_KEY_BYTES])
{
    struct iam_str secret = bytes_of(master, IAM_MASTER_KEY_BYTES);
    uint8_t id[KEEPER_KEY_BYTES];
    memset(ring, 0, sizeof(*ring));
    ring->wrap.purpose = KEEPER_PURPOSE_RING;
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 ring id"), id));
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 ring"), ring->wrap.bytes));
    memcpy(ring->wrap.key_id, id, KEEPER_KEY_ID_BYTES);
    for (size_t i = 0; i < IAM_MASTER_ID_LEN / 2; i++) {
        (void)snprintf(ring->master_id + 2 * i, 3, "%02x", id[i]);
    }
    return IAM_OK;
}

static enum iam_status derive_purpose_key(struct iam_str secret, struct iam_str label,
                                          enum keeper_purpose purpose, const uint8_t *key_id,
                                          struct keeper_purpose_key *ret)
{
    ret->purpose = purpose;
    memcpy(ret->key_id, key_id, KEEPER_KEY_ID_BYTES);
    return keeper_derive(secret, label, ret->bytes);
}

/* Derives the keys. Each purpose has its own label, so that no key can be used as another. */
static enum iam_status derive_keys(struct keeper_generation *g)
{
    struct iam_str secret = bytes_of(g->secret, sizeof(g->secret));
    uint8_t id[KEEPER_KEY_BYTES];
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 master key id"), id));
    IAM_TRY(derive_purpose_key(secret, IAM_STR("iamd v1 access key secrets"), KEEPER_PURPOSE_SECRET,
                               id, &g->secret_key));
    IAM_TRY(derive_purpose_key(secret, IAM_STR("iamd v1 session tokens"), KEEPER_PURPOSE_SESSION,
                               id, &g->session_key));
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 markers"), g->marker_key));
    IAM_ASSERT(!iam_ct_equal(g->secret_key.bytes, g->session_key.bytes, KEEPER_KEY_BYTES) &&
               !iam_ct_equal(g->secret_key.bytes, g->marker_key, KEEPER_KEY_BYTES) &&
               !iam_ct_equal(g->session_key.bytes, g->marker_key, KEEPER_KEY_BYTES));
    return IAM_OK;
}

/* Tells whether number comes after all others, and no other generation has the same ID. */
static enum iam_status check_new(const struct keeper_ring *ring, const struct keeper_generation *g)
{
    IAM_ENSURE(ring->count == 0 || g->number > ring_newest(ring)->number, IAM_RANGE);
    for (size_t i = 0; i < ring->count; i++) {
        bool is_taken = iam_ct_equal(ring->items[i].secret_key.key_id, g->secret_key.key_id,
                                     KEEPER_KEY_ID_BYTES);
        IAM_ENSURE(!is_taken, IAM_EXISTS);
    }
    return IAM_OK;
}

enum iam_status ring_add(struct keeper_ring *ring, int64_t number,
                         const uint8_t secret[KEEPER_KEY_BYTES])
{
    IAM_ENSURE(ring->count < IAM_RING_MAX, IAM_LIMIT);
    struct keeper_generation g = { .number = number };
    memcpy(g.secret, secret, sizeof(g.secret));
    enum iam_status st = derive_keys(&g);
    if (st == IAM_OK) {
        st = check_new(ring, &g);
    }
    if (st == IAM_OK) {
        ring->items[ring->count++] = g;
    }
    iam_wipe(&g, sizeof(g));
    return st;
}

enum iam_status ring_add_random(struct keeper_ring *ring, int64_t number)
{
    uint8_t secret[KEEPER_KEY_BYTES];
    enum iam_status st;
    do {
        IAM_TRY(iam_keeper_random(secret, sizeof(secret)));
        st = ring_add(ring, number, secret);
    } while (st == IAM_EXISTS); /* one in a thousand million times */
    iam_wipe(secret, sizeof(secret));
    return st;
}

/* Writes what a generation's secret is sealed for. */
static struct iam_str owner_of(int64_t number, char text[OWNER_MAX])
{
    (void)snprintf(text, OWNER_MAX, "generation %lld", (long long)number);
    return iam_str_c(text);
}

enum iam_status ring_seal(const struct keeper_ring *ring, const struct keeper_generation *g,
                          struct iam_arena *arena, struct iam_ring_entry *ret)
{
    char owner[OWNER_MAX];
    size_t len = KEEPER_KEY_BYTES + KEEPER_SEAL_OVERHEAD;
    uint8_t *out = iam_arena_alloc(arena, len);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    IAM_TRY(keeper_seal(&ring->wrap, owner_of(g->number, owner),
                        bytes_of(g->secret, sizeof(g->secret)), out));
    *ret = (struct iam_ring_entry){ .number = g->number, .sealed = bytes_of(out, len) };
    return IAM_OK;
}

static enum iam_status add_entry(struct keeper_ring *ring, const struct iam_ring_entry *entry)
{
    char owner[OWNER_MAX];
    uint8_t secret[KEEPER_KEY_BYTES];
    IAM_ENSURE(entry->sealed.len == KEEPER_KEY_BYTES + KEEPER_SEAL_OVERHEAD, IAM_CORRUPT);
    IAM_TRY(keeper_open(&ring->wrap, owner_of(entry->number, owner), entry->sealed, secret));
    enum iam_status st = ring_add(ring, entry->number, secret);
    iam_wipe(secret, sizeof(secret));
    return st == IAM_EXISTS || st == IAM_RANGE ? IAM_CORRUPT : st;
}

/* ---- those of a keeper ---- */

void iam_keeper_master_id(struct iam_keeper *k, char ret[IAM_MASTER_ID_LEN + 1])
{
    (void)pthread_rwlock_rdlock(&k->lock);
    memcpy(ret, k->ring.master_id, sizeof(k->ring.master_id));
    (void)pthread_rwlock_unlock(&k->lock);
}

void keeper_newest_key(struct iam_keeper *k, enum keeper_purpose purpose,
                       struct keeper_purpose_key *ret)
{
    (void)pthread_rwlock_rdlock(&k->lock);
    *ret = *ring_key(ring_newest(&k->ring), purpose);
    (void)pthread_rwlock_unlock(&k->lock);
}

enum iam_status keeper_key_of(struct iam_keeper *k, enum keeper_purpose purpose,
                              struct iam_str sealed, struct keeper_purpose_key *ret)
{
    enum iam_status st = IAM_CORRUPT;
    (void)pthread_rwlock_rdlock(&k->lock);
    for (size_t i = k->ring.count; i > 0 && st != IAM_OK; i--) {
        const struct keeper_purpose_key *key = ring_key(&k->ring.items[i - 1], purpose);
        if (keeper_is_sealed_by(sealed, key)) {
            *ret = *key;
            st = IAM_OK;
        }
    }
    (void)pthread_rwlock_unlock(&k->lock);
    return st;
}

enum iam_status keeper_take_ring(struct iam_keeper *k, const struct keeper_ring *ring)
{
    uint8_t dummy[IAM_SEALED_SECRET_MAX];
    size_t dummy_len = 0;
    IAM_TRY(keeper_make_dummy(ring, dummy, &dummy_len));
    (void)pthread_rwlock_wrlock(&k->lock);
    k->ring = *ring;
    memcpy(k->dummy_sealed, dummy, dummy_len);
    k->dummy_len = dummy_len;
    (void)pthread_rwlock_unlock(&k->lock);
    return IAM_OK;
}

void keeper_copy_master(struct iam_keeper *k, struct keeper_ring *ret)
{
    memset(ret, 0, sizeof(*ret));
    (void)pthread_rwlock_rdlock(&k->lock);
    memcpy(ret->master_id, k->ring.master_id, sizeof(ret->master_id));
    ret->wrap = k->ring.wrap;
    (void)pthread_rwlock_unlock(&k->lock);
}

enum iam_status iam_keeper_open_ring(struct iam_keeper *k, const struct iam_ring_entry *entries,
                                     size_t count)
{
    struct keeper_ring ring;
    enum iam_status st = count > 0 ? IAM_OK : IAM_CORRUPT;
    keeper_copy_master(k, &ring);
    for (size_t i = 0; st == IAM_OK && i < count; i++) {
        st = add_entry(&ring, &entries[i]);
    }
    if (st == IAM_OK) {
        st = keeper_take_ring(k, &ring);
    }
    iam_wipe(&ring, sizeof(ring));
    return st;
}

enum iam_status iam_keeper_first_ring(struct iam_keeper *k)
{
    struct keeper_ring ring;
    keeper_copy_master(k, &ring);
    enum iam_status st = ring_add_random(&ring, 1);
    if (st == IAM_OK) {
        st = keeper_take_ring(k, &ring);
    }
    iam_wipe(&ring, sizeof(ring));
    return st;
}

enum iam_status iam_keeper_ring_entry(struct iam_keeper *k, size_t i, struct iam_arena *arena,
                                      struct iam_ring_entry *ret)
{
    (void)pthread_rwlock_rdlock(&k->lock);
    enum iam_status st =
        i < k->ring.count ? ring_seal(&k->ring, &k->ring.items[i], arena, ret) : IAM_NOT_FOUND;
    (void)pthread_rwlock_unlock(&k->lock);
    return st;
}

void iam_keeper_drop_generation(struct iam_keeper *k, int64_t number)
{
    (void)pthread_rwlock_wrlock(&k->lock);
    struct keeper_ring *ring = &k->ring;
    for (size_t i = 0; i + 1 < ring->count; i++) {
        if (ring->items[i].number == number) {
            ring->count--;
            memmove(&ring->items[i], &ring->items[i + 1],
                    (ring->count - i) * sizeof(ring->items[0]));
            iam_wipe(&ring->items[ring->count], sizeof(ring->items[0]));
            break;
        }
    }
    (void)pthread_rwlock_unlock(&k->lock);
}
