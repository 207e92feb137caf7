/* SPDX-License-Identifier: Apache-2.0 */
#include "server/last_used.h"

#include <pthread.h>

#include "base/heap.h"
#include "base/map.h"
#include "store/access_key.h"
#include "store/role.h"

/*
 * LIMIT: uses remembered between two flushes; when they are full, new keys and roles are not
 * recorded.
 */
#define MAX_USES 16384
#define MAX_ID 128
#define MAX_TEXT 64

struct use {
    bool is_role;
    uint8_t id_len;
    uint8_t region_len;
    uint8_t service_len;
    int64_t used_ms;
    char id[MAX_ID];
    char region[MAX_TEXT];
    char service[MAX_TEXT];
};

/* Uses of one period. There are two batches in turn, so that a flush does not hold up requests. */
struct batch {
    struct use *uses;
    size_t count;
    struct iam_map by_id; /* from an ID to its use; the use holds the text of the key */
};

struct last_used {
    pthread_mutex_t lock;
    struct batch batches[2];
    unsigned current;
};

static enum iam_status batch_init(struct batch *b, uint64_t seed)
{
    const struct iam_alloc *heap = iam_heap();
    iam_map_init(&b->by_id, heap, seed);
    b->uses = heap->alloc(heap->ctx, MAX_USES * sizeof(*b->uses));
    return b->uses != NULL ? IAM_OK : IAM_NOMEM;
}

static void batch_done(struct batch *b)
{
    const struct iam_alloc *heap = iam_heap();
    iam_map_done(&b->by_id);
    heap->free(heap->ctx, b->uses);
}

enum iam_status last_used_new(uint64_t seed, struct last_used **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct last_used *l = heap->alloc(heap->ctx, sizeof(*l));
    IAM_ENSURE(l != NULL, IAM_NOMEM);
    *l = (struct last_used){ 0 };
    (void)pthread_mutex_init(&l->lock, NULL);
    enum iam_status st = batch_init(&l->batches[0], seed);
    if (st == IAM_OK) {
        st = batch_init(&l->batches[1], seed);
    }
    if (st != IAM_OK) {
        last_used_free(l);
        return st;
    }
    *ret = l;
    return IAM_OK;
}

void last_used_free(struct last_used *l)
{
    if (l == NULL) {
        return;
    }
    batch_done(&l->batches[0]);
    batch_done(&l->batches[1]);
    (void)pthread_mutex_destroy(&l->lock);
    iam_heap()->free(iam_heap()->ctx, l);
}

static uint8_t copy(char *to, size_t cap, struct iam_str from)
{
    size_t n = from.len < cap ? from.len : cap;
    if (n > 0) {
        memcpy(to, from.p, n);
    }
    return (uint8_t)n;
}

/* Finds the use of id in the batch, or makes it; NULL when there is no room. */
static struct use *find(struct batch *b, struct iam_str id)
{
    struct use *u = iam_map_get(&b->by_id, id);
    if (u != NULL || b->count == MAX_USES || id.len > MAX_ID) {
        return u;
    }
    u = &b->uses[b->count];
    *u = (struct use){ 0 };
    u->id_len = copy(u->id, sizeof(u->id), id);
    if (iam_map_put(&b->by_id, (struct iam_str){ u->id, u->id_len }, u, NULL) != IAM_OK) {
        return NULL;
    }
    b->count++;
    return u;
}

void last_used_note(void *ctx, const struct iam_identity *caller, struct iam_str service,
                    struct iam_str region, int64_t now_ms)
{
    struct last_used *l = ctx;
    bool is_role = iam_kind_get(caller->kind)->view == IAM_KIND_ROLE;
    struct iam_str id = is_role ? caller->principal_id : caller->access_key_id;

    if (caller->session != NULL && !is_role) {
        return; /* the key of such a session is in no table */
    }

    (void)pthread_mutex_lock(&l->lock);
    struct use *u = find(&l->batches[l->current], id);
    if (u != NULL) {
        u->is_role = is_role;
        u->used_ms = now_ms;
        u->region_len = copy(u->region, sizeof(u->region), region);
        u->service_len = copy(u->service, sizeof(u->service), service);
    }
    (void)pthread_mutex_unlock(&l->lock);
}

static enum iam_status write_use(struct iam_txn *txn, const struct use *u)
{
    struct iam_str id = { u->id, u->id_len };
    struct iam_str region = { u->region, u->region_len };
    struct iam_str service = { u->service, u->service_len };
    if (u->is_role) {
        return iam_store_role_touch(txn, id, u->used_ms, region);
    }
    return iam_store_access_key_touch(txn, id, u->used_ms, region, service);
}

static enum iam_status write_batch(const struct batch *b, struct iam_store *store)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    for (size_t i = 0; i < b->count; i++) {
        enum iam_status st = write_use(txn, &b->uses[i]);
        if (st != IAM_OK) {
            iam_txn_rollback(txn);
            return st;
        }
    }
    return iam_txn_commit(txn);
}

enum iam_status last_used_flush(struct last_used *l, struct iam_store *store)
{
    (void)pthread_mutex_lock(&l->lock);
    struct batch *b = &l->batches[l->current];
    l->current ^= 1u;
    (void)pthread_mutex_unlock(&l->lock);
    if (b->count == 0) {
        return IAM_OK;
    }
    enum iam_status st = write_batch(b, store);
    uint64_t seed = b->by_id.seed;
    iam_map_done(&b->by_id);
    iam_map_init(&b->by_id, iam_heap(), seed);
    b->count = 0;
    return st;
}
