/* SPDX-License-Identifier: Apache-2.0 */
#include "http/server_int.h"

#include "base/heap.h"

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
    atomic_store(&server->refs, 1);
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
