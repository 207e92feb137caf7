/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers share. Written before they start; afterwards only the atomic members change. */
#pragma once

#include <openssl/ssl.h>

#include "http/budget_int.h"
#include "http/parser_int.h"
#include "http/peers_int.h"
#include "http/worker_int.h"

/* LIMIT: connections that are refused and are just being told so; they count for nothing else. */
#define IAM_HTTP_REFUSALS_MAX 32
/* LIMIT: connections past max_connections, for which others are about to be closed. */
#define IAM_HTTP_SURPLUS_MAX 32
_Static_assert(IAM_HTTP_REFUSALS_MAX + IAM_HTTP_SURPLUS_MAX == IAM_HTTP_EXTRA_CONNECTIONS,
               "what the interface says");

/* Counters of struct iam_http_stats. */
struct iam_http_counters {
    _Atomic uint64_t evicted;
    _Atomic uint64_t full;
    _Atomic uint64_t descriptors;
    _Atomic uint64_t memory;
};

struct iam_http_listener {
    enum iam_http_source source;
    int fd;
    bool is_unix;
};

struct iam_http_server {
    struct iam_http_config config; /* its strings are NULL: they belong to the caller */
    struct iam_http_limits limits;
    struct iam_http_listener listeners[2];
    size_t listener_count;
    unsigned port;
    char *unix_path; /* own copy, for removing the file */
    bool has_tls;
    pthread_mutex_t tls_lock;
    SSL_CTX *tls; /* under tls_lock */
    pthread_mutex_t spare_lock;
    int spare_fd; /* under spare_lock; -1: there is none */
    struct iam_http_peers peers;
    struct iam_http_counters counters;
    struct iam_http_worker *workers;
    unsigned workers_ready;   /* initialised */
    unsigned workers_started; /* running */
    struct iam_http_budget budget;
    atomic_size_t connections; /* without refusals */
    atomic_size_t refusals;
    atomic_bool is_stopping;
    _Atomic int64_t stop_at_ms; /* monotonic; written before is_stopping */
    /* One for the owner and one per exchange that is still unanswered after the stop. */
    atomic_size_t refs;
};

/* Makes a server with a copy of config and one reference. NULL without memory. */
struct iam_http_server *iam_http_server_new(const struct iam_http_config *config);
/* Returns a reference to the context of TLS, for SSL_CTX_free; NULL: plain. From any thread. */
SSL_CTX *iam_http_server_tls(struct iam_http_server *server);
/* Drops a reference; the last one frees the server's memory, and that of its workers. */
void iam_http_server_unref(struct iam_http_server *server);
