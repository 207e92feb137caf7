/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping a server, and what a configuration must be. */

#include <stdio.h>
#include <unistd.h>

#include "base/heap.h"
#include "http/accept_int.h"
#include "http/listener_int.h"
#include "http/loop_int.h"
#include "http/server_int.h"
#include "http/tls_int.h"

#define WORKERS_MAX 256u
#define HEADER_BYTES_MIN 128u
/* LIMIT: offsets in a head have 32 bits; nobody needs heads of this size. */
#define HEADER_BYTES_MAX (1u << 24)
#define HEADERS_MAX (1u << 16)
#define BODY_BYTES_MAX ((size_t)1 << 30)
#define CONNECTIONS_MAX ((size_t)1 << 24)
/* What the arena spends on one header. */
#define BYTES_PER_HEADER 64u

static bool is_within(size_t value, size_t min, size_t max)
{
    return value >= min && value <= max;
}

/* Returns NULL, or what is wrong. */
static const char *find_bad_limit(const struct iam_http_config *c)
{
    if (!is_within(c->workers, 1, WORKERS_MAX)) {
        return "workers must be 1 to 256";
    }
    if (!is_within(c->max_header_bytes, HEADER_BYTES_MIN, HEADER_BYTES_MAX)) {
        return "the maximum number of header bytes must be 128 to 16777216";
    }
    if (!is_within(c->max_headers, 1, HEADERS_MAX)) {
        return "the maximum number of headers must be 1 to 65536";
    }
    if (c->max_body_bytes > BODY_BYTES_MAX) {
        return "the maximum number of body bytes must be at most 1 GiB";
    }
    if (!is_within(c->max_connections, 1, CONNECTIONS_MAX)) {
        return "the maximum number of connections must be 1 to 16777216";
    }
    if (c->max_source_connections == 0 || c->exempt_count > IAM_HTTP_EXEMPT_MAX) {
        return "the connections of one source must be at least 1, and exempt networks at most 16";
    }
    if (c->arena_max_bytes < c->max_body_bytes ||
        c->arena_max_bytes / BYTES_PER_HEADER < c->max_headers) {
        return "the memory of a request must have room for its headers and its body";
    }
    if (c->max_memory_bytes < c->arena_max_bytes) {
        return "the memory of all requests must have room for that of one";
    }
    if (c->max_stranger_bytes > c->max_memory_bytes) {
        return "the memory of strangers is a part of that of all requests";
    }
    return NULL;
}

/* Returns NULL, or what is wrong. */
static const char *find_nonsense(const struct iam_http_config *c)
{
    if (c->handler == NULL || c->now_ms == NULL) {
        return "a handler and a clock must be given";
    }
    if (c->listen_address == NULL && c->unix_path == NULL) {
        return "there must be a listen address or a Unix socket";
    }
    if (c->header_timeout_ms == 0 || c->body_timeout_ms == 0 || c->idle_timeout_ms == 0 ||
        c->write_timeout_ms == 0) {
        return "timeouts must be at least 1 ms";
    }
    if ((c->tls_cert_file == NULL) != (c->tls_key_file == NULL)) {
        return "TLS needs both a certificate file and a key file";
    }
    if (c->tls_cert_file != NULL && c->tls_self_signed) {
        return "TLS is either self-signed or uses the given files";
    }
    return find_bad_limit(c);
}

/* Frees everything. No worker runs any more. */
static void shut(struct iam_http_server *server)
{
    for (unsigned i = 0; i < server->workers_ready; i++) {
        iam_http_loop_end(&server->workers[i]);
        iam_http_worker_done(&server->workers[i]);
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        (void)close(server->listeners[i].fd);
    }
    if (server->unix_path != NULL) {
        (void)unlink(server->unix_path);
        iam_heap()->free(iam_heap()->ctx, server->unix_path);
    }
    if (server->spare_fd >= 0) {
        (void)close(server->spare_fd);
    }
    SSL_CTX_free(server->tls);
    iam_http_server_unref(server);
}

static void add_listener(struct iam_http_server *server, int fd, bool is_unix)
{
    server->listeners[server->listener_count++] =
        (struct iam_http_listener){ IAM_HTTP_LISTENER, fd, is_unix };
}

static enum iam_status listen_unix(struct iam_http_server *server, const char *path,
                                   char *error_text, size_t cap)
{
    const struct iam_http_unix_access access = { server->config.unix_mode,
                                                 server->config.unix_gid };
    int fd = -1;
    size_t size = strlen(path) + 1;
    char *copy = iam_heap()->alloc(iam_heap()->ctx, size);
    IAM_ENSURE(copy != NULL, IAM_NOMEM);
    memcpy(copy, path, size);
    enum iam_status status = iam_http_listen_unix(path, &access, &fd, error_text, cap);
    if (status != IAM_OK) {
        iam_heap()->free(iam_heap()->ctx, copy);
        return status;
    }
    server->unix_path = copy;
    add_listener(server, fd, true);
    return IAM_OK;
}

static enum iam_status open_all(struct iam_http_server *server, const struct iam_http_config *c,
                                char *error_text, size_t cap)
{
    if (c->tls_cert_file != NULL || c->tls_self_signed) {
        IAM_TRY(iam_http_tls_new(c->tls_cert_file, c->tls_key_file, &server->tls, error_text, cap));
        server->has_tls = true;
    }
    if (c->listen_address != NULL) {
        int fd = -1;
        IAM_TRY(iam_http_listen_tcp(c->listen_address, &fd, &server->port, error_text, cap));
        add_listener(server, fd, false);
    }
    if (c->unix_path != NULL) {
        IAM_TRY(listen_unix(server, c->unix_path, error_text, cap));
    }
    return IAM_OK;
}

static enum iam_status make_workers(struct iam_http_server *server, unsigned count)
{
    server->workers = iam_heap()->alloc(iam_heap()->ctx, count * sizeof(*server->workers));
    IAM_ENSURE(server->workers != NULL, IAM_NOMEM);
    for (unsigned i = 0; i < count; i++) {
        IAM_TRY(iam_http_worker_init(&server->workers[i], server, &server->config));
        server->workers_ready++;
    }
    return IAM_OK;
}

static enum iam_status start_workers(struct iam_http_server *server)
{
    for (unsigned i = 0; i < server->workers_ready; i++) {
        IAM_TRY(iam_http_loop_start(&server->workers[i]));
        server->workers_started++;
    }
    return IAM_OK;
}

enum iam_status iam_http_start(const struct iam_http_config *config, struct iam_http_server **ret,
                               char *error_text, size_t cap)
{
    const char *nonsense = find_nonsense(config);
    if (nonsense != NULL) {
        (void)snprintf(error_text, cap, "%s", nonsense);
        return IAM_RANGE;
    }
    (void)snprintf(error_text, cap, "cannot start the HTTP workers");
    struct iam_http_server *server = iam_http_server_new(config);
    IAM_ENSURE(server != NULL, IAM_NOMEM);
    server->spare_fd = iam_http_accept_spare();
    enum iam_status status = open_all(server, config, error_text, cap);
    if (status == IAM_OK && config->opened != NULL) {
        config->opened(config->opened_ctx);
    }
    if (status == IAM_OK) {
        status = make_workers(server, config->workers);
    }
    if (status == IAM_OK) {
        status = start_workers(server);
    }
    if (status != IAM_OK) {
        iam_http_stop(server, 0);
        return status;
    }
    *ret = server;
    return IAM_OK;
}

enum iam_status iam_http_reload_tls(struct iam_http_server *server, const char *cert_file,
                                    const char *key_file, char *error_text, size_t cap)
{
    SSL_CTX *fresh = NULL;
    IAM_ASSERT(server->has_tls);
    IAM_TRY(iam_http_tls_new(cert_file, key_file, &fresh, error_text, cap));
    (void)pthread_mutex_lock(&server->tls_lock);
    SSL_CTX *old = server->tls;
    server->tls = fresh;
    (void)pthread_mutex_unlock(&server->tls_lock);
    SSL_CTX_free(old);
    return IAM_OK;
}

void iam_http_stop(struct iam_http_server *server, unsigned timeout_ms)
{
    atomic_store(&server->stop_at_ms, iam_http_monotonic_ms() + timeout_ms);
    atomic_store(&server->is_stopping, true);
    for (unsigned i = 0; i < server->workers_started; i++) {
        iam_http_worker_wake(&server->workers[i]);
    }
    for (unsigned i = 0; i < server->workers_started; i++) {
        (void)pthread_join(server->workers[i].thread, NULL);
    }
    shut(server);
}
