/* SPDX-License-Identifier: Apache-2.0 */
#include "server/service_uses.h"

#include <stdatomic.h>

#include "base/heap.h"
#include "model/service.h"
#include "server/use_batches.h"
#include "store/service_use.h"

/* How exact the time of a use is, and how often the same one is written at most. */
#define PERIOD_MS 60000
/* LIMIT: uses that are collected between two flushes. What is left out is seen again. */
#define MAX_USES 2048
/* Marks of what was collected in this period: 512 KiB. */
#define SLOT_BITS 16
#define SLOTS ((size_t)1 << SLOT_BITS)
/* Makes the marks of two periods differ. */
#define PERIOD_FACTOR UINT64_C(0x9E3779B97F4A7C15)
#define MAX_ID 32
#define MAX_REGION 32
#define MAX_KEY (MAX_ID + 1 + IAM_SERVICE_MAX + 1 + IAM_SERVICE_ACTION_MAX)

struct use {
    int64_t used_ms;
    struct iam_str action; /* static; absent: only the service is told */
    uint8_t id_len;
    uint8_t service_len;
    uint8_t region_len;
    uint8_t key_len;
    char region[MAX_REGION];
    char key[MAX_KEY]; /* "ID/service/action" */
};

_Static_assert(MAX_KEY <= UINT8_MAX, "a byte holds its length");

struct service_uses {
    uint64_t seed;
    _Atomic uint64_t *marks; /* the last use of each slot, mixed with its period; 0: none */
    struct use_batches uses;
};

/* ---- life ---- */

enum iam_status service_uses_new(uint64_t seed, struct service_uses **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct service_uses *u = heap->alloc(heap->ctx, sizeof(*u));
    IAM_ENSURE(u != NULL, IAM_NOMEM);
    u->seed = seed;
    u->marks = heap->alloc(heap->ctx, SLOTS * sizeof(*u->marks));
    enum iam_status st = use_batches_init(&u->uses, sizeof(struct use), MAX_USES, seed);
    if (u->marks == NULL || st != IAM_OK) {
        service_uses_free(u);
        return IAM_NOMEM;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        atomic_init(&u->marks[i], 0);
    }
    *ret = u;
    return IAM_OK;
}

void service_uses_free(struct service_uses *u)
{
    if (u == NULL) {
        return;
    }
    use_batches_done(&u->uses);
    iam_heap()->free(iam_heap()->ctx, u->marks);
    iam_heap()->free(iam_heap()->ctx, u);
}

/* ---- collecting ---- */

static bool is_region(struct iam_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!iam_ascii_is_alnum(text.p[i]) && text.p[i] != '-') {
            return false;
        }
    }
    return text.len > 0 && text.len <= MAX_REGION;
}

/* Returns the region in which the call was made: its own, or what a question says of it. */
static struct iam_str region_of(const struct api_service_use *use)
{
    struct iam_str region = use->region;
    for (size_t i = 0; i < use->context_count && !iam_str_is_set(region); i++) {
        const struct iam_context_entry *entry = &use->context[i];
        if (iam_str_eq_nocase(entry->key, IAM_STR("aws:RequestedRegion")) && !entry->is_list) {
            region = entry->values[0];
        }
    }
    return is_region(region) ? region : iam_str_absent();
}

static char *append(char *to, struct iam_str text)
{
    memcpy(to, text.p, text.len);
    return to + text.len;
}

static struct iam_str id_of(const struct use *u)
{
    return (struct iam_str){ u->key, u->id_len };
}

static struct iam_str service_of(const struct use *u)
{
    return (struct iam_str){ u->key + u->id_len + 1, u->service_len };
}

static struct iam_str key_of(const struct use *u)
{
    return (struct iam_str){ u->key, u->key_len };
}

/* Writes the key of a use, and finds the action that is told. No ID and no service has a slash. */
static void make_key(const struct api_service_use *from, struct use *u)
{
    char *service = append(append(u->key, from->principal_id), IAM_STR("/"));
    for (size_t i = 0; i < from->service.len; i++) {
        service[i] = iam_ascii_lower(from->service.p[i]);
    }
    char *end = append(service + from->service.len, IAM_STR("/"));
    u->action = iam_service_action(iam_service_find(service_of(u)), from->action);
    if (iam_str_is_set(u->action)) {
        IAM_ASSERT(u->action.len <= IAM_SERVICE_ACTION_MAX);
        end = append(end, u->action);
    }
    u->key_len = (uint8_t)(end - u->key);
}

/* Fills in all but the time. False for a use that is too long to be told. */
static bool read_use(const struct api_service_use *from, struct use *ret)
{
    struct iam_str region = region_of(from);
    if (from->principal_id.len > MAX_ID || from->service.len > IAM_SERVICE_MAX) {
        return false;
    }
    *ret = (struct use){ .id_len = (uint8_t)from->principal_id.len,
                         .service_len = (uint8_t)from->service.len,
                         .region_len = (uint8_t)region.len };
    make_key(from, ret);
    if (region.len > 0) {
        (void)append(ret->region, region);
    }
    return true;
}

/* Adds the use, or moves the time of the same one; false when there is no room. */
static bool collect(struct use_batches *b, const struct use *use)
{
    struct use *to = use_batches_find(b, key_of(use));
    if (to != NULL) {
        to->used_ms = use->used_ms;
        return true;
    }
    to = use_batches_new(b);
    if (to == NULL) {
        return false;
    }
    *to = *use;
    return use_batches_add(b, key_of(to));
}

/* Remembers a use; false when it must be seen again. */
static bool remember(struct service_uses *u, const struct api_service_use *from, int64_t now_ms)
{
    struct use use;
    if (!read_use(from, &use)) {
        return true;
    }
    use.used_ms = now_ms;
    use_batches_lock(&u->uses);
    bool is_kept = collect(&u->uses, &use);
    use_batches_unlock(&u->uses);
    return is_kept;
}

void service_uses_note(void *ctx, const struct api_service_use *use, int64_t now_ms)
{
    struct service_uses *u = ctx;
    uint64_t hash =
        iam_hash(use->action, iam_hash(use->service, iam_hash(use->principal_id, u->seed)));
    _Atomic uint64_t *slot = &u->marks[hash >> (64 - SLOT_BITS)];
    uint64_t mark = hash ^ ((uint64_t)(now_ms / PERIOD_MS) * PERIOD_FACTOR);
    if (atomic_load_explicit(slot, memory_order_relaxed) != mark && remember(u, use, now_ms)) {
        atomic_store_explicit(slot, mark, memory_order_relaxed);
    }
}

/* ---- writing ---- */

static enum iam_status write_use(struct iam_txn *txn, const void *collected)
{
    const struct use *u = collected;
    struct iam_service_use use = { .service = service_of(u),
                                   .action = IAM_STR(""),
                                   .used_ms = u->used_ms };
    if (u->region_len > 0) {
        use.region = (struct iam_str){ u->region, u->region_len };
    }
    IAM_TRY(iam_store_service_use_put(txn, id_of(u), &use));
    if (!iam_str_is_set(u->action)) {
        return IAM_OK;
    }
    use.action = u->action;
    return iam_store_service_use_put(txn, id_of(u), &use);
}

enum iam_status service_uses_flush(struct service_uses *u, struct iam_store *store)
{
    return use_batches_flush(&u->uses, store, write_use);
}
