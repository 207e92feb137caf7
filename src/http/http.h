/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 server over epoll: a number of workers, each with its own loop, TCP or Unix sockets,
 * optional TLS. Hands every complete request to one callback; the answer may be given at once or
 * later, from any thread. Refuses whatever leaves the framing in doubt, and closes the connection.
 *
 * Only HTTP/1.1 is spoken: HTTP/1.0, whose framing is weaker and which needs no Host, gets 505 as
 * HTTP/2 does. Also refused: targets that do not start with '/', trailer fields, transfer codings
 * other than exactly chunked, expectations other than 100-continue. Upgrade is ignored.
 */
#pragma once

#include "base/arena.h"

struct iam_http_header {
    struct iam_str name;  /* as sent */
    struct iam_str value; /* without white space at both ends */
};

/* A complete, well-framed request. Everything lives until iam_http_reply for it. */
struct iam_http_request {
    struct iam_str method;
    struct iam_str target; /* as sent: starts with '/', printable ASCII without spaces or '#' */
    struct iam_str path;   /* the target up to '?', still percent-encoded */
    struct iam_str query;  /* after '?', absent without one */
    const struct iam_http_header *headers;
    size_t header_count;
    struct iam_str body;    /* empty without one; chunked bodies are joined */
    struct iam_str peer_ip; /* the peer's address, IPv4-mapped IPv6 as IPv4; Unix: "127.0.0.1" */
    bool is_tls;
};

/* One request and its answer. */
struct iam_http_exchange;

const struct iam_http_request *iam_http_request(const struct iam_http_exchange *x);
/*
 * Returns the request's arena, for everything that is made while answering. Freed after the reply.
 */
struct iam_arena *iam_http_arena(struct iam_http_exchange *x);
/*
 * Says that the request holds a secret: its bytes and its arena are overwritten when it is
 * answered. Called by the handler, on the worker's thread.
 */
void iam_http_mark_secret(struct iam_http_exchange *x);

/*
 * headers are sent in addition to Date, Content-Length and Connection; values are without CR or LF.
 */
struct iam_http_response {
    int status; /* 200..599 */
    const struct iam_http_header *headers;
    size_t header_count;
    struct iam_str body;
};

/*
 * Answers; exactly once per exchange, from any thread. The response is copied or written before the
 * call returns; the exchange and its arena are gone afterwards. HEAD sends no body.
 */
void iam_http_reply(struct iam_http_exchange *x, const struct iam_http_response *response);

/*
 * Is called on a worker's thread for every request. Must reply now or arrange for a reply later; it
 * must not block for long. Meanwhile no further request of that connection is read.
 */
typedef void iam_http_handler_fn(void *ctx, struct iam_http_exchange *x);

/*
 * Is called on a worker's thread when it has handled everything that one wait brought, before it
 * waits again. A handler may keep its exchanges for this moment, to do once for all of them what
 * would cost as much for each; by the end of this call it must have replied to every exchange that
 * it kept.
 */
typedef void iam_http_round_fn(void *ctx);

/*
 * Makes the body of an error that the HTTP layer itself answers (400 malformed, 408 timeout, 413
 * body too large, 414, 417, 431 headers too large, 501, 503 too many connections or out of memory,
 * 505). message is static English text. The result lives in arena. May be called on any thread that
 * answers. May be NULL in the config: then the body is text/plain.
 */
typedef void iam_http_error_fn(void *ctx, struct iam_arena *arena, int status, const char *message,
                               struct iam_http_response *ret);

struct iam_http_config {
    /* "127.0.0.1:4560", "[::1]:0"; numeric; port 0 picks a free one; NULL: no TCP */
    const char *listen_address;
    const char *unix_path;   /* NULL: none */
    unsigned workers;        /* 1..256 */
    size_t max_header_bytes; /* request line and headers together */
    size_t max_headers;      /* their number */
    size_t max_body_bytes;   /* joined, when chunked */
    size_t max_connections;  /* of all workers; past it a new one gets 503 and is closed */
    size_t arena_max_bytes;  /* per request, the body included */
    /*
     * Of all connections, beyond the 72 KiB that each may hold besides: buffers of requests, arenas
     * and answers that were not read yet. At least arena_max_bytes. When it is used up, a request
     * that needs more gets 503 and its connection is closed, arenas that would grow fail
     * (IAM_NOMEM), and a connection whose answer cannot be kept for a slow reader is closed;
     * requests that fit into the 72 KiB go on. Not counted: TLS, and what OpenSSL buffers.
     */
    size_t max_memory_bytes;
    unsigned header_timeout_ms; /* from the first byte (or accept) to the end of the headers */
    unsigned body_timeout_ms;   /* from the headers to the end of the body */
    unsigned idle_timeout_ms;   /* keep-alive without a request */
    unsigned write_timeout_ms;  /* a response that the client does not read */
    const char *tls_cert_file;  /* PEM chain and key: both or neither; TLS is for TCP alone */
    const char *tls_key_file;
    bool tls_self_signed;    /* a certificate made in memory for localhost, 127.0.0.1, ::1 */
    int64_t (*now_ms)(void); /* wall clock */
    iam_http_handler_fn *handler;
    iam_http_round_fn *round_end; /* NULL: the handler keeps nothing */
    iam_http_error_fn *error;
    void *ctx; /* for handler, round_end and error */
    /* Called once all sockets are bound and all files read, before the first worker; or NULL. */
    void (*opened)(void *opened_ctx);
    void *opened_ctx;
};

struct iam_http_server;

/*
 * Binds and starts the workers. On failure *ret is untouched and error_text (cap bytes,
 * NUL-terminated) says why: IAM_RANGE for a configuration that makes no sense, IAM_IO, IAM_NOMEM.
 */
enum iam_status iam_http_start(const struct iam_http_config *config, struct iam_http_server **ret,
                               char *error_text, size_t cap) IAM_MUST_USE;
/* Returns the bound TCP port, 0 without TCP. */
unsigned iam_http_port(const struct iam_http_server *server);
/* Returns the bytes that count against max_memory_bytes now. From any thread. */
size_t iam_http_memory(const struct iam_http_server *server);
/*
 * Drains: stops accepting, answers what is in flight (Connection: close), closes idle connections,
 * waits at most timeout_ms for the rest, ends the workers and frees the server. An exchange that is
 * still unanswered loses its connection, but must be replied to nevertheless.
 */
void iam_http_stop(struct iam_http_server *server, unsigned timeout_ms);
