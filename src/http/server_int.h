/* SPDX-License-Identifier: Apache-2.0 */
/* What the workers share. Written before they start; afterwards only the atomic members change. */
#pragma once

#include <openssl/ssl.h>

#include "http/budget_int.h"
#include "http/parser_int.h"
#include "http/worker_int.h"

/* LIMIT: connections past max_connections that are just being told so. */
#define IAM_HTTP_REFUSALS_MAX 64

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
    SSL_CTX *tls;
    struct iam_http_worker *workers;
    unsigned workers_ready;   /* initialised */
    unsigned workers_started; /* running */
    struct iam_http_budget budget;
    atomic_size_t connections;
    atomic_bool is_stopping;
    _Atomic int64_t stop_at_ms; /* monotonic; written before is_stopping */
    /* One for the owner and one per exchange that is still unanswered after the stop. */
    atomic_size_t refs;
};

/* Makes a server with a copy of config and one reference. NULL without memory. */
struct iam_http_server *iam_http_server_new(const struct iam_http_config *config);
/* Drops a reference; the last one frees the server's memory, and that of its workers. */
void iam_http_server_unref(struct iam_http_server *server);
