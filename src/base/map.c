/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing with the hash kept in each slot. INVARIANT: at most three quarters of the slots
 * are taken, and no free slot lies between an entry and the slot its hash names; removal moves
 * later entries back, so there are no tombstones.
 */
#include "base/map.h"

#define MAP_MIN_CAP 16

/* Odd constants with about half of their bits set, from the fractions of square roots of primes. */
#define K1 UINT64_C(0x6A09E667F3BCC909)
#define K2 UINT64_C(0xBB67AE8584CAA73B)
#define K3 UINT64_C(0xA54FF53A5F1D36F1)

static uint64_t load64(const char *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

static uint64_t load32(const char *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof(v));
    return v;
}

/* Folds the two halves of the 128-bit product: every input bit reaches every output bit. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Computes the hash. Both factors of every product that takes key bytes are masked with values that
 * depend on the seed. With constant masks a client could make one factor zero, and so choose
 * colliding keys.
 */
uint64_t iam_hash(struct iam_str s, uint64_t seed)
{
    const char *p = s.p;
    size_t left = s.len;
    uint64_t mask = seed ^ K1;
    uint64_t h = mix(mask, K2) ^ seed;
    uint64_t a = 0;
    uint64_t b = 0;

    while (left > 16) {
        h = mix(load64(p) ^ mask, load64(p + 8) ^ h);
        p += 16;
        left -= 16;
    }
    if (left >= 8) {
        a = load64(p);
        b = load64(p + left - 8);
    } else if (left >= 4) {
        a = load32(p);
        b = load32(p + left - 4);
    } else if (left > 0) {
        a = (uint64_t)(unsigned char)p[0] << 16 | (uint64_t)(unsigned char)p[left / 2] << 8 |
            (uint64_t)(unsigned char)p[left - 1];
    }
    return mix(mix(a ^ mask, b ^ h) ^ s.len, h ^ K3);
}

void iam_map_init(struct iam_map *m, const struct iam_alloc *alloc, uint64_t seed)
{
    *m = (struct iam_map){ .alloc = alloc, .seed = seed };
}

void iam_map_done(struct iam_map *m)
{
    if (m->slots != NULL) {
        m->alloc->free(m->alloc->ctx, m->slots);
    }
    m->slots = NULL;
    m->cap = 0;
    m->count = 0;
}

/*
 * Returns the slot of key, or the free slot where it belongs. cap is not 0, and a free slot exists.
 */
static struct iam_map_slot *find(const struct iam_map *m, struct iam_str key, uint64_t hash)
{
    size_t i = hash & (m->cap - 1);

    while (m->slots[i].value != NULL &&
           (m->slots[i].hash != hash || !iam_str_eq(m->slots[i].key, key))) {
        i = (i + 1) & (m->cap - 1);
    }
    return &m->slots[i];
}

static void move_in(struct iam_map *m, const struct iam_map_slot *slot)
{
    size_t i = slot->hash & (m->cap - 1);

    while (m->slots[i].value != NULL) {
        i = (i + 1) & (m->cap - 1);
    }
    m->slots[i] = *slot;
}

static enum iam_status grow(struct iam_map *m)
{
    struct iam_map bigger = *m;

    bigger.cap = m->cap > 0 ? 2 * m->cap : MAP_MIN_CAP;
    IAM_ENSURE(bigger.cap <= SIZE_MAX / 2 / sizeof(struct iam_map_slot), IAM_NOMEM);
    size_t bytes = bigger.cap * sizeof(struct iam_map_slot);
    bigger.slots = m->alloc->alloc(m->alloc->ctx, bytes);
    IAM_ENSURE(bigger.slots != NULL, IAM_NOMEM);
    memset(bigger.slots, 0, bytes);
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].value != NULL) {
            move_in(&bigger, &m->slots[i]);
        }
    }
    if (m->slots != NULL) {
        m->alloc->free(m->alloc->ctx, m->slots);
    }
    *m = bigger;
    return IAM_OK;
}

enum iam_status iam_map_put(struct iam_map *m, struct iam_str key, void *value, void **ret_old)
{
    uint64_t hash = iam_hash(key, m->seed);
    struct iam_map_slot *slot = m->cap > 0 ? find(m, key, hash) : NULL;

    if (slot == NULL || (slot->value == NULL && m->count >= m->cap / 4 * 3)) {
        IAM_TRY(grow(m));
        slot = find(m, key, hash);
    }
    void *old = slot->value;
    *slot = (struct iam_map_slot){ .key = key, .value = value, .hash = hash };
    m->count += old == NULL;
    IAM_ASSERT(m->count <= m->cap / 4 * 3 && find(m, key, hash) == slot);
    if (ret_old != NULL) {
        *ret_old = old;
    }
    return IAM_OK;
}

void *iam_map_get(const struct iam_map *m, struct iam_str key)
{
    return m->count > 0 ? find(m, key, iam_hash(key, m->seed))->value : NULL;
}

/* Tells whether the entry at i may move to hole, that is, whether its home is not after hole. */
static bool may_move(const struct iam_map *m, size_t i, size_t hole)
{
    size_t from_home = (i - (size_t)m->slots[i].hash) & (m->cap - 1);
    size_t from_hole = (i - hole) & (m->cap - 1);

    return from_home >= from_hole;
}

void *iam_map_remove(struct iam_map *m, struct iam_str key)
{
    struct iam_map_slot *slot = m->count > 0 ? find(m, key, iam_hash(key, m->seed)) : NULL;

    if (slot == NULL || slot->value == NULL) {
        return NULL;
    }
    void *old = slot->value;
    size_t hole = (size_t)(slot - m->slots);
    size_t i = (hole + 1) & (m->cap - 1);
    while (m->slots[i].value != NULL) {
        if (may_move(m, i, hole)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
        i = (i + 1) & (m->cap - 1);
    }
    m->slots[hole] = (struct iam_map_slot){ .value = NULL };
    m->count--;
    IAM_ASSERT(find(m, key, iam_hash(key, m->seed))->value == NULL);
    return old;
}

bool iam_map_next(const struct iam_map *m, size_t *pos, struct iam_str *ret_key, void **ret_value)
{
    while (*pos < m->cap) {
        const struct iam_map_slot *slot = &m->slots[(*pos)++];
        if (slot->value != NULL) {
            *ret_key = slot->key;
            *ret_value = slot->value;
            return true;
        }
    }
    return false;
}
