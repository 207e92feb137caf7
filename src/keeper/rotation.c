/* SPDX-License-Identifier: Apache-2.0 */
/* A rotation: the ring that will be, beside the one in use. */
#include "keeper/rotation.h"

#include <stdio.h>

#include "base/ct.h"
#include "keeper/keeper_int.h"
#include "keeper/master_key_int.h"

struct iam_rotation {
    struct iam_keeper *keeper;
    struct keeper_ring ring; /* the other master key, all generations in use, and the new one */
};

/* Makes the ring of another master key without generations. */
static enum iam_status load_ring(const struct iam_keeper_config *config, struct keeper_ring *ret,
                                 char *error_text, size_t cap)
{
    uint8_t master[IAM_MASTER_KEY_BYTES];
    if (cap > 0) {
        (void)snprintf(error_text, cap, "the master key cannot be used");
    }
    IAM_TRY(master_key_load(config, master, error_text, cap));
    enum iam_status st = ring_init(ret, master);
    iam_wipe(master, sizeof(master));
    return st;
}

enum iam_status iam_master_id_of(const struct iam_keeper_config *config,
                                 char ret[IAM_MASTER_ID_LEN + 1], char *error_text, size_t cap)
{
    struct keeper_ring ring;
    IAM_TRY(load_ring(config, &ring, error_text, cap));
    memcpy(ret, ring.master_id, sizeof(ring.master_id));
    iam_wipe(&ring, sizeof(ring));
    return IAM_OK;
}

/* Copies the generations and the key of rows in use into ring, which has no generation. IAM_IO. */
static enum iam_status copy_generations(struct iam_keeper *k, struct keeper_ring *ring)
{
    (void)pthread_rwlock_rdlock(&k->lock);
    ring->count = k->ring.count;
    memcpy(ring->items, k->ring.items, sizeof(ring->items));
    enum iam_status st = ring_set_rows(ring, k->ring.row_secret);
    (void)pthread_rwlock_unlock(&k->lock);
    return st;
}

static enum iam_status prepare(struct iam_rotation *r, const struct iam_keeper_config *next,
                               int64_t number, char *error_text, size_t cap)
{
    char in_use[IAM_MASTER_ID_LEN + 1];
    IAM_TRY(load_ring(next, &r->ring, error_text, cap));
    iam_keeper_master_id(r->keeper, in_use);
    IAM_ENSURE(!iam_ct_equal(in_use, r->ring.master_id, sizeof(in_use)), IAM_EXISTS);
    IAM_TRY(copy_generations(r->keeper, &r->ring));
    return ring_add_random(&r->ring, number);
}

enum iam_status iam_rotation_new(struct iam_keeper *k, const struct iam_keeper_config *next,
                                 int64_t number, struct iam_rotation **ret, char *error_text,
                                 size_t cap)
{
    struct iam_rotation *r = k->alloc->alloc(k->alloc->ctx, sizeof(*r));
    IAM_ENSURE(r != NULL, IAM_NOMEM);
    memset(r, 0, sizeof(*r));
    r->keeper = k;
    enum iam_status st = prepare(r, next, number, error_text, cap);
    if (st != IAM_OK) {
        iam_rotation_free(r);
        return st;
    }
    *ret = r;
    return IAM_OK;
}

const char *iam_rotation_master_id(const struct iam_rotation *r)
{
    return r->ring.master_id;
}

enum iam_status iam_rotation_entry(const struct iam_rotation *r, size_t i, struct iam_arena *arena,
                                   struct iam_ring_entry *ret)
{
    IAM_ENSURE(i < r->ring.count, IAM_NOT_FOUND);
    return ring_seal(&r->ring, &r->ring.items[i], arena, ret);
}

enum iam_status iam_rotation_bridge(const struct iam_rotation *r, struct iam_arena *arena,
                                    struct iam_ring_entry *ret)
{
    struct keeper_ring in_use;
    keeper_copy_master(r->keeper, &in_use);
    enum iam_status st = ring_seal(&in_use, ring_newest(&r->ring), arena, ret);
    iam_wipe(&in_use, sizeof(in_use));
    return st;
}

enum iam_status iam_rotation_commit(struct iam_rotation *r, bool takes_master)
{
    if (!takes_master) {
        struct keeper_ring in_use;
        keeper_copy_master(r->keeper, &in_use);
        r->ring.wrap = in_use.wrap;
        memcpy(r->ring.master_id, in_use.master_id, sizeof(in_use.master_id));
        iam_wipe(&in_use, sizeof(in_use));
    }
    return keeper_take_ring(r->keeper, &r->ring);
}

void iam_rotation_free(struct iam_rotation *r)
{
    if (r != NULL) {
        const struct iam_alloc *alloc = r->keeper->alloc;
        iam_wipe(r, sizeof(*r));
        alloc->free(alloc->ctx, r);
    }
}
