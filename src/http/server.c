/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server_int.h"

#include "base/heap.h"

/* Of each worker: epoll and its wake-up. Besides: two listeners and the spare one. */
#define DESCRIPTORS_PER_WORKER 2
#define DESCRIPTORS_BESIDES 3

size_t iam_http_descriptors(unsigned workers)
{
    return (size_t)workers * DESCRIPTORS_PER_WORKER + DESCRIPTORS_BESIDES;
}

static enum iam_status init_peers(struct iam_http_server *server)
{
    const struct iam_http_config *config = &server->config;
    return iam_http_peers_init(&server->peers, config->max_connections + IAM_HTTP_EXTRA_CONNECTIONS,
                               config->max_source_connections, config->exempt, config->exempt_count,
                               config->seed);
}

struct iam_http_server *iam_http_server_new(const struct iam_http_config *config)
{
    struct iam_http_server *server = iam_heap()->alloc(iam_heap()->ctx, sizeof(*server));
    if (server == NULL) {
        return NULL;
    }
    *server = (struct iam_http_server){ .config = *config };
    server->config.listen_address = NULL;
    server->config.unix_path = NULL;
    server->config.tls_cert_file = NULL;
    server->config.tls_key_file = NULL;
    server->limits = (struct iam_http_limits){ config->max_header_bytes, config->max_headers,
                                               config->max_body_bytes };
    server->budget.max_bytes = config->max_memory_bytes;
    server->budget.max_stranger_bytes = config->max_stranger_bytes;
    server->spare_fd = -1;
    atomic_store(&server->refs, 1);
    if (init_peers(server) != IAM_OK) {
        iam_heap()->free(iam_heap()->ctx, server);
        return NULL;
    }
    (void)pthread_mutex_init(&server->tls_lock, NULL);
    (void)pthread_mutex_init(&server->spare_lock, NULL);
    return server;
}

void iam_http_server_unref(struct iam_http_server *server)
{
    if (atomic_fetch_sub(&server->refs, 1) != 1) {
        return;
    }
    for (unsigned i = 0; i < server->workers_ready; i++) {
        (void)pthread_mutex_destroy(&server->workers[i].mail_lock);
    }
    (void)pthread_mutex_destroy(&server->tls_lock);
    (void)pthread_mutex_destroy(&server->spare_lock);
    iam_http_peers_done(&server->peers);
    iam_heap()->free(iam_heap()->ctx, server->workers);
    iam_heap()->free(iam_heap()->ctx, server);
}

unsigned iam_http_port(const struct iam_http_server *server)
{
    return server->port;
}

size_t iam_http_memory(const struct iam_http_server *server)
{
    return atomic_load_explicit(&server->budget.used_bytes, memory_order_relaxed);
}

SSL_CTX *iam_http_server_tls(struct iam_http_server *server)
{
    if (!server->has_tls) {
        return NULL;
    }
    (void)pthread_mutex_lock(&server->tls_lock);
    SSL_CTX *tls = server->tls;
    bool ok = SSL_CTX_up_ref(tls) == 1;
    (void)pthread_mutex_unlock(&server->tls_lock);
    IAM_ASSERT(ok);
    return tls;
}

void iam_http_stats(struct iam_http_server *server, struct iam_http_stats *ret)
{
    struct iam_http_counters *c = &server->counters;
    *ret = (struct iam_http_stats){
        .connections = atomic_load(&server->connections),
        .memory_bytes = iam_http_memory(server),
        .stranger_bytes = atomic_load(&server->budget.stranger_bytes),
        .evicted = atomic_load(&c->evicted),
        .refused_full = atomic_load(&c->full),
        .refused_descriptors = atomic_load(&c->descriptors),
        .refused_memory = atomic_load(&c->memory),
    };
    (void)pthread_mutex_lock(&server->peers.lock);
    ret->refused_source = server->peers.too_many;
    ret->refused_penalty = server->peers.penalised;
    memcpy(ret->last_source, server->peers.last_refused, sizeof(ret->last_source));
    (void)pthread_mutex_unlock(&server->peers.lock);
}
