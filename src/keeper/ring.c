/* SPDX-License-Identifier: Apache-2.0 */
/* Generations: deriving their keys, sealing and opening their secrets. */
#include "keeper/ring_int.h"

#include <stdio.h>

#include "base/ct.h"
#include "keeper/random.h"

#define OWNER_MAX 40
/* What is sealed of a generation: its secret, and that of rows. */
#define SEALED_BYTES (2 * KEEPER_KEY_BYTES)

static struct iam_str bytes_of(const uint8_t *p, size_t n)
{
    return (struct iam_str){ (const char *)p, n };
}

enum iam_status ring_set_rows(struct keeper_ring *ring, const uint8_t secret[KEEPER_KEY_BYTES])
{
    struct iam_str from = bytes_of(secret, KEEPER_KEY_BYTES);
    uint8_t id[KEEPER_KEY_BYTES];
    uint8_t key[KEEPER_KEY_BYTES];
    IAM_TRY(keeper_derive(from, IAM_STR("iamd v1 rows id"), id));
    IAM_TRY(keeper_derive(from, IAM_STR("iamd v1 rows"), key));
    enum iam_status st = iam_hmac_prepare(bytes_of(key, sizeof(key)), &ring->row_key);
    iam_wipe(key, sizeof(key));
    IAM_TRY(st);
    memcpy(ring->row_id, id, KEEPER_KEY_ID_BYTES);
    memcpy(ring->row_secret, secret, KEEPER_KEY_BYTES);
    return IAM_OK;
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
    uint8_t rows[KEEPER_KEY_BYTES];
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 rows secret"), rows));
    enum iam_status st = ring_set_rows(ring, rows);
    iam_wipe(rows, sizeof(rows));
    return st;
}

static const struct {
    enum keeper_purpose purpose;
    struct iam_str label;
} PURPOSES[] = {
    {KEEPER_PURPOSE_SECRET,       IAM_STR_INIT("iamd v1 access key secrets")    },
    { KEEPER_PURPOSE_SESSION,     IAM_STR_INIT("iamd v1 session tokens")        },
    { KEEPER_PURPOSE_SEED,        IAM_STR_INIT("iamd v1 mfa seeds")             },
    { KEEPER_PURPOSE_PRIVATE_KEY, IAM_STR_INIT("iamd v1 private keys")          },
    { KEEPER_PURPOSE_MESSAGE,     IAM_STR_INIT("iamd v1 authorization messages")},
    { KEEPER_PURPOSE_TRADE_IN,    IAM_STR_INIT("iamd v1 trade-in tokens")       },
};

/* Derives the keys. Each purpose has its own label, so that no key can be used as another. */
static enum iam_status derive_keys(struct keeper_generation *g)
{
    struct iam_str secret = bytes_of(g->secret, sizeof(g->secret));
    uint8_t id[KEEPER_KEY_BYTES];
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 master key id"), id));
    IAM_TRY(keeper_derive(secret, IAM_STR("iamd v1 markers"), g->marker_key));
    for (size_t i = 0; i < IAM_COUNT(PURPOSES); i++) {
        struct keeper_purpose_key *key = &g->keys[PURPOSES[i].purpose];
        key->purpose = PURPOSES[i].purpose;
        memcpy(key->key_id, id, KEEPER_KEY_ID_BYTES);
        IAM_TRY(keeper_derive(secret, PURPOSES[i].label, key->bytes));
        IAM_ASSERT(!iam_ct_equal(key->bytes, g->marker_key, KEEPER_KEY_BYTES));
        for (size_t j = 0; j < i; j++) {
            IAM_ASSERT(
                !iam_ct_equal(key->bytes, g->keys[PURPOSES[j].purpose].bytes, KEEPER_KEY_BYTES));
        }
    }
    return IAM_OK;
}

/* Tells whether number comes after all others, and no other generation has the same ID. */
static enum iam_status check_new(const struct keeper_ring *ring, const struct keeper_generation *g)
{
    IAM_ENSURE(ring->count == 0 || g->number > ring_newest(ring)->number, IAM_RANGE);
    for (size_t i = 0; i < ring->count; i++) {
        bool is_taken = iam_ct_equal(ring->items[i].keys[KEEPER_PURPOSE_SECRET].key_id,
                                     g->keys[KEEPER_PURPOSE_SECRET].key_id, KEEPER_KEY_ID_BYTES);
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
    uint8_t secrets[SEALED_BYTES];
    size_t len = SEALED_BYTES + KEEPER_SEAL_OVERHEAD;
    uint8_t *out = iam_arena_alloc(arena, len);
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    memcpy(secrets, g->secret, KEEPER_KEY_BYTES);
    memcpy(secrets + KEEPER_KEY_BYTES, ring->row_secret, KEEPER_KEY_BYTES);
    enum iam_status st = keeper_seal(&ring->wrap, owner_of(g->number, owner),
                                     bytes_of(secrets, sizeof(secrets)), out);
    iam_wipe(secrets, sizeof(secrets));
    IAM_TRY(st);
    *ret = (struct iam_ring_entry){ .number = g->number, .sealed = bytes_of(out, len) };
    return IAM_OK;
}

/* Takes the secret of rows that the first generation brings; all others bring the same. */
static enum iam_status take_rows(struct keeper_ring *ring, const uint8_t secret[KEEPER_KEY_BYTES])
{
    if (ring->count == 0) {
        return ring_set_rows(ring, secret);
    }
    return iam_ct_equal(ring->row_secret, secret, KEEPER_KEY_BYTES) ? IAM_OK : IAM_CORRUPT;
}

enum iam_status ring_open(struct keeper_ring *ring, const struct iam_ring_entry *entry)
{
    char owner[OWNER_MAX];
    uint8_t secrets[SEALED_BYTES];
    IAM_ENSURE(entry->sealed.len == SEALED_BYTES + KEEPER_SEAL_OVERHEAD, IAM_CORRUPT);
    IAM_TRY(keeper_open(&ring->wrap, owner_of(entry->number, owner), entry->sealed, secrets));
    enum iam_status st = take_rows(ring, secrets + KEEPER_KEY_BYTES);
    if (st == IAM_OK) {
        st = ring_add(ring, entry->number, secrets);
    }
    iam_wipe(secrets, sizeof(secrets));
    return st == IAM_EXISTS || st == IAM_RANGE ? IAM_CORRUPT : st;
}
