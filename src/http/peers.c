/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INVARIANT: an entry is in the map under its key, and in the list of idle ones exactly while it
 * has no connection. There are more entries than there can be connections, so an idle one is found
 * whenever a new source comes.
 */
#include "http/peers_int.h"

#include <stddef.h>

#include "base/heap.h"

/* LIMIT: of the entries unused longest, those that are compared when one has to go. */
#define LOOKED_AT 16

/*
 * What each costs. A source may go on for ever with one malformed request in half a second, or five
 * failed authentications in a second: a client with a wrong key does not take the service from the
 * others that share its address.
 */
static const int64_t COSTS_MS[IAM_HTTP_PENALTIES] = {
    [IAM_HTTP_PENALTY_MALFORMED] = 500,       [IAM_HTTP_PENALTY_BODY] = 1000,
    [IAM_HTTP_PENALTY_HEADER_TIMEOUT] = 1000, [IAM_HTTP_PENALTY_HANDSHAKE] = 500,
    [IAM_HTTP_PENALTY_AUTHENTICATION] = 200,
};

static struct iam_http_peer *of_link(struct iam_http_link *link)
{
    return (struct iam_http_peer *)((char *)link - offsetof(struct iam_http_peer, link));
}

static struct iam_str key_text(const uint8_t key[16])
{
    return (struct iam_str){ (const char *)key, 16 };
}

enum iam_status iam_http_peers_init(struct iam_http_peers *p, size_t connections,
                                    size_t max_connections, const struct iam_http_network *exempt,
                                    size_t count, uint64_t seed)
{
    *p = (struct iam_http_peers){ .max_connections = max_connections,
                                  .exempt = exempt,
                                  .exempt_count = count,
                                  .entry_cap = connections + IAM_HTTP_PEERS_IDLE };
    IAM_ENSURE(p->entry_cap <= SIZE_MAX / sizeof(*p->entries), IAM_NOMEM);
    p->entries = iam_heap()->alloc(iam_heap()->ctx, p->entry_cap * sizeof(*p->entries));
    IAM_ENSURE(p->entries != NULL, IAM_NOMEM);
    if (pthread_mutex_init(&p->lock, NULL) != 0) {
        iam_heap()->free(iam_heap()->ctx, p->entries);
        return IAM_IO;
    }
    iam_map_init(&p->map, iam_heap(), seed);
    iam_http_link_init(&p->idle);
    return IAM_OK;
}

void iam_http_peers_done(struct iam_http_peers *p)
{
    (void)pthread_mutex_destroy(&p->lock);
    iam_map_done(&p->map);
    iam_heap()->free(iam_heap()->ctx, p->entries);
}

static bool is_exempt(const struct iam_http_peers *p, const struct iam_http_address *address)
{
    for (size_t i = 0; i < p->exempt_count; i++) {
        if (iam_http_network_has(&p->exempt[i], address->bytes)) {
            return true;
        }
    }
    return address->is_local;
}

static bool is_v4(const uint8_t address[16])
{
    static const uint8_t MAPPED[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(address, MAPPED, sizeof(MAPPED)) == 0;
}

static void make_key(const uint8_t address[16], uint8_t ret[16])
{
    size_t kept = is_v4(address) ? 16 : IAM_HTTP_PEER_PREFIX_BITS / 8;
    memset(ret, 0, 16);
    memcpy(ret, address, kept);
}

/* Takes an idle entry out of the map: of those unused longest the one with the least penalty. */
static struct iam_http_peer *evict(struct iam_http_peers *p)
{
    struct iam_http_peer *best = NULL;
    struct iam_http_link *link = p->idle.next;
    for (int i = 0; i < LOOKED_AT && link != &p->idle; i++, link = link->next) {
        struct iam_http_peer *peer = of_link(link);
        if (best == NULL || peer->penalty_until_ms < best->penalty_until_ms) {
            best = peer;
        }
    }
    IAM_ASSERT(best != NULL);
    if (best != NULL) {
        (void)iam_map_remove(&p->map, key_text(best->key));
        iam_http_link_remove(&best->link);
    }
    return best;
}

/* Returns an entry that is in no list and not in the map: a new one, or another source's. */
static struct iam_http_peer *take_entry(struct iam_http_peers *p)
{
    if (p->entry_count == p->entry_cap) {
        return evict(p);
    }
    return &p->entries[p->entry_count++];
}

/* Returns the entry of key, which is made when there is none; NULL without memory. */
static struct iam_http_peer *find(struct iam_http_peers *p, const uint8_t key[16])
{
    struct iam_http_peer *peer = iam_map_get(&p->map, key_text(key));
    if (peer != NULL) {
        return peer;
    }
    peer = take_entry(p);
    IAM_ENSURE(peer != NULL, NULL);
    *peer = (struct iam_http_peer){ 0 };
    memcpy(peer->key, key, sizeof(peer->key));
    if (iam_map_put(&p->map, key_text(peer->key), peer, NULL) != IAM_OK) {
        /* The map grows with new entries alone: this is the newest. */
        p->entry_count--;
        return NULL;
    }
    iam_http_link_init(&peer->link);
    iam_http_link_add(&p->idle, &peer->link);
    return peer;
}

static bool is_penalised(struct iam_http_peer *peer, int64_t now_ms)
{
    peer->is_refused = peer->is_refused && peer->penalty_until_ms > now_ms;
    return peer->is_refused;
}

static enum iam_http_admission judge(struct iam_http_peers *p, struct iam_http_peer *peer,
                                     int64_t now_ms)
{
    if (peer != NULL && is_penalised(peer, now_ms)) {
        p->penalised++;
        return IAM_HTTP_PENALISED;
    }
    if (peer == NULL || peer->connections >= p->max_connections) {
        p->too_many++;
        return IAM_HTTP_TOO_MANY;
    }
    return IAM_HTTP_ADMITTED;
}

enum iam_http_admission iam_http_peers_enter(struct iam_http_peers *p,
                                             const struct iam_http_address *address, int64_t now_ms,
                                             struct iam_http_peer **ret)
{
    uint8_t key[16];
    if (is_exempt(p, address)) {
        *ret = NULL;
        return IAM_HTTP_ADMITTED;
    }
    make_key(address->bytes, key);
    (void)pthread_mutex_lock(&p->lock);
    struct iam_http_peer *peer = find(p, key);
    enum iam_http_admission admission = judge(p, peer, now_ms);
    if (admission == IAM_HTTP_ADMITTED) {
        iam_http_link_remove(&peer->link);
        peer->connections++;
        *ret = peer;
    } else {
        memcpy(p->last_refused, address->text, sizeof(p->last_refused));
    }
    (void)pthread_mutex_unlock(&p->lock);
    return admission;
}

void iam_http_peers_leave(struct iam_http_peers *p, struct iam_http_peer *peer)
{
    if (peer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&p->lock);
    IAM_ASSERT(peer->connections > 0);
    if (--peer->connections == 0) {
        iam_http_link_add(&p->idle, &peer->link);
    }
    (void)pthread_mutex_unlock(&p->lock);
}

bool iam_http_peers_penalise(struct iam_http_peers *p, struct iam_http_peer *peer,
                             enum iam_http_penalty why, int64_t now_ms)
{
    if (peer == NULL) {
        return false;
    }
    (void)pthread_mutex_lock(&p->lock);
    bool is_refused = is_penalised(peer, now_ms);
    int64_t left = peer->penalty_until_ms > now_ms ? peer->penalty_until_ms - now_ms : 0;
    left += COSTS_MS[why];
    left = left < IAM_HTTP_PENALTY_MAX_MS ? left : IAM_HTTP_PENALTY_MAX_MS;
    peer->penalty_until_ms = now_ms + left;
    peer->is_refused = is_refused || left >= IAM_HTTP_PENALTY_THRESHOLD_MS;
    is_refused = peer->is_refused;
    (void)pthread_mutex_unlock(&p->lock);
    return is_refused;
}
