/* SPDX-License-Identifier: Apache-2.0 */
/* The ring that a keeper has: its keys are copied out, and another ring is put in its place. */
#include "base/ct.h"
#include "keeper/keeper_int.h"
#include "keeper/random.h"
#include "keeper/rotation.h"

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
    session_cache_clear(&k->sessions);
    return IAM_OK;
}

void keeper_copy_master(struct iam_keeper *k, struct keeper_ring *ret)
{
    memset(ret, 0, sizeof(*ret));
    (void)pthread_rwlock_rdlock(&k->lock);
    memcpy(ret->master_id, k->ring.master_id, sizeof(ret->master_id));
    ret->wrap = k->ring.wrap;
    memcpy(ret->row_secret, k->ring.row_secret, sizeof(ret->row_secret));
    (void)pthread_rwlock_unlock(&k->lock);
}

enum iam_status iam_keeper_open_ring(struct iam_keeper *k, const struct iam_ring_entry *entries,
                                     size_t count)
{
    struct keeper_ring ring;
    enum iam_status st = count > 0 ? IAM_OK : IAM_CORRUPT;
    keeper_copy_master(k, &ring);
    for (size_t i = 0; st == IAM_OK && i < count; i++) {
        st = ring_open(&ring, &entries[i]);
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
    uint8_t rows[KEEPER_KEY_BYTES];
    keeper_copy_master(k, &ring);
    enum iam_status st = iam_keeper_random(rows, sizeof(rows));
    if (st == IAM_OK) {
        st = ring_set_rows(&ring, rows);
    }
    iam_wipe(rows, sizeof(rows));
    if (st == IAM_OK) {
        st = ring_add_random(&ring, 1);
    }
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
    session_cache_clear(&k->sessions);
}
