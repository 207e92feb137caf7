/* SPDX-License-Identifier: Apache-2.0 */
#include "server/last_used.h"

#include "base/heap.h"
#include "server/use_batches.h"
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

struct last_used {
    struct use_batches uses;
};

enum iam_status last_used_new(uint64_t seed, struct last_used **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct last_used *l = heap->alloc(heap->ctx, sizeof(*l));
    IAM_ENSURE(l != NULL, IAM_NOMEM);
    enum iam_status st = use_batches_init(&l->uses, sizeof(struct use), MAX_USES, seed);
    if (st != IAM_OK) {
        last_used_free(l);
        return st;
    }
    *ret = l;
    return IAM_OK;
}

void last_used_free(struct last_used *l)
{
    if (l != NULL) {
        use_batches_done(&l->uses);
        iam_heap()->free(iam_heap()->ctx, l);
    }
}

static uint8_t copy(char *to, size_t cap, struct iam_str from)
{
    size_t n = from.len < cap ? from.len : cap;
    if (n > 0) {
        memcpy(to, from.p, n);
    }
    return (uint8_t)n;
}

/* Finds the use of id, or makes it; NULL when there is no room. */
static struct use *find(struct use_batches *b, struct iam_str id)
{
    struct use *u = use_batches_find(b, id);
    if (u != NULL || id.len > MAX_ID) {
        return u;
    }
    u = use_batches_new(b);
    if (u == NULL) {
        return NULL;
    }
    *u = (struct use){ 0 };
    u->id_len = copy(u->id, sizeof(u->id), id);
    return use_batches_add(b, (struct iam_str){ u->id, u->id_len }) ? u : NULL;
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

    use_batches_lock(&l->uses);
    struct use *u = find(&l->uses, id);
    if (u != NULL) {
        u->is_role = is_role;
        u->used_ms = now_ms;
        u->region_len = copy(u->region, sizeof(u->region), region);
        u->service_len = copy(u->service, sizeof(u->service), service);
    }
    use_batches_unlock(&l->uses);
}

static enum iam_status write_use(struct iam_txn *txn, const void *use)
{
    const struct use *u = use;
    struct iam_str id = { u->id, u->id_len };
    struct iam_str region = { u->region, u->region_len };
    struct iam_str service = { u->service, u->service_len };
    if (u->is_role) {
        return iam_store_role_touch(txn, id, u->used_ms, region);
    }
    return iam_store_access_key_touch(txn, id, u->used_ms, region, service);
}

enum iam_status last_used_flush(struct last_used *l, struct iam_store *store)
{
    return use_batches_flush(&l->uses, store, write_use);
}
