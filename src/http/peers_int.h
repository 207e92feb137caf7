/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where connections come from: how many each source has open, and what it has to answer for. A
 * source is an IPv4 address or an IPv6 network; what is exempt has no entry. A penalty is a time:
 * each bad request adds to it, and it passes as time does. The table has a fixed number of entries;
 * an entry with open connections stays in it. All functions may be called from any thread.
 */
#pragma once

#include <pthread.h>

#include "base/map.h"
#include "http/http.h"
#include "http/link_int.h"
#include "http/listener_int.h"

/* One client gets a whole network of IPv6: addresses in it cost nothing. */
#define IAM_HTTP_PEER_PREFIX_BITS 64

/* LIMIT: entries of sources without a connection, beside those that have one. */
#define IAM_HTTP_PEERS_IDLE 4096

/* What a source is penalised for. */
enum iam_http_penalty {
    IAM_HTTP_PENALTY_MALFORMED,
    IAM_HTTP_PENALTY_BODY, /* too large, or too slow */
    IAM_HTTP_PENALTY_HEADER_TIMEOUT,
    IAM_HTTP_PENALTY_HANDSHAKE,
    IAM_HTTP_PENALTY_AUTHENTICATION,
    IAM_HTTP_PENALTIES /* their number */
};

/* LIMIT: a source is refused when its penalty has reached this, until all of it has passed. */
#define IAM_HTTP_PENALTY_THRESHOLD_MS 15000
/* LIMIT: a penalty never becomes larger, so that nobody is refused for longer than this. */
#define IAM_HTTP_PENALTY_MAX_MS 60000

enum iam_http_admission {
    IAM_HTTP_ADMITTED,
    IAM_HTTP_TOO_MANY, /* the source has its number of connections */
    IAM_HTTP_PENALISED
};

struct iam_http_peer {
    uint8_t key[16];
    size_t connections;
    int64_t penalty_until_ms;  /* when all of it has passed */
    bool is_refused;           /* until then */
    struct iam_http_link link; /* among those without a connection, the one unused longest first */
};

struct iam_http_peers {
    pthread_mutex_t lock; /* of all below */
    size_t max_connections;
    const struct iam_http_network *exempt; /* borrowed */
    size_t exempt_count;
    struct iam_http_peer *entries;
    size_t entry_cap;
    size_t entry_count; /* have been used; never falls */
    struct iam_map map; /* of all of them, by key */
    struct iam_http_link idle;
    uint64_t too_many;
    uint64_t penalised;
    char last_refused[IAM_HTTP_PEER_CAP];
};

/*
 * Makes a table for at most connections open ones, each source with at most max_connections. exempt
 * (count of them) is borrowed. IAM_NOMEM, IAM_IO: nothing is left to be undone.
 */
enum iam_status iam_http_peers_init(struct iam_http_peers *p, size_t connections,
                                    size_t max_connections, const struct iam_http_network *exempt,
                                    size_t count, uint64_t seed) IAM_MUST_USE;
/* Frees the table. No connection is left. */
void iam_http_peers_done(struct iam_http_peers *p);

/*
 * Counts a connection from address, at now_ms of the monotonic clock. For IAM_HTTP_ADMITTED *ret is
 * the entry, to be left when the connection ends, or NULL for a source that is exempt; otherwise
 * the refusal is counted and *ret untouched.
 */
enum iam_http_admission iam_http_peers_enter(struct iam_http_peers *p,
                                             const struct iam_http_address *address, int64_t now_ms,
                                             struct iam_http_peer **ret) IAM_MUST_USE;
/* Counts the end of a connection that was admitted. peer may be NULL. */
void iam_http_peers_leave(struct iam_http_peers *p, struct iam_http_peer *peer);
/*
 * Adds a penalty to peer, which has a connection; it may be NULL. Returns whether its new
 * connections are refused now.
 */
bool iam_http_peers_penalise(struct iam_http_peers *p, struct iam_http_peer *peer,
                             enum iam_http_penalty why, int64_t now_ms);
