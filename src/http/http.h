/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 server over epoll: a number of workers, each with its own loop, TCP or Unix sockets,
 * optional TLS. Hands every complete request to one callback; the answer may be given at once or
 * later, from any thread. Refuses whatever leaves the framing in doubt, and closes the connection.
 *
 * HTTP/1.0 is served as far as its framing is certain: it needs a Host as HTTP/1.1 does, a
 * Content-Length when its method may have a body, and no Transfer-Encoding; the connection is
 * closed after the answer. Other versions get 505. Also refused: targets that do not start with
 * '/', trailer fields, transfer codings other than exactly chunked, expectations other than
 * 100-continue. Upgrade is ignored.
 *
 * A client is a stranger until it was authenticated: strangers draw on a part of the memory alone,
 * and lose their connections first.
 */
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

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
 * Says who has sent the request: a caller that was authenticated, any number but 0 that is the same
 * for all requests of the caller; or 0, one whose request was refused because it was not. Not
 * called for what anybody may ask. The first makes the connection known until the second happens on
 * it: then it is served when it is that caller's turn. The second is a penalty for the source of
 * the connection. Called by the handler, on the worker's thread.
 */
void iam_http_note_caller(struct iam_http_exchange *x, uint64_t caller);

/*
 * LIMIT: so long waits a client that was told that it asks too often, before its connection is read
 * again. What it sends meanwhile costs the others nothing: not read, it stays with the client.
 */
#define IAM_HTTP_HOLD_MS 20

/*
 * headers are sent in addition to Date, Content-Length, Connection and "Cache-Control: no-store",
 * which every answer has but one that may be kept; values are without CR or LF.
 */
struct iam_http_response {
    int status; /* 200..599 */
    const struct iam_http_header *headers;
    size_t header_count;
    struct iam_str body;
    bool may_be_kept;  /* headers say for how long */
    bool holds_client; /* it asks too often: no request is read for IAM_HTTP_HOLD_MS after this */
};

/*
 * Answers; exactly once per exchange, from any thread. The response is copied or written before the
 * call returns; the exchange and its arena are gone afterwards. HEAD sends no body.
 */
void iam_http_reply(struct iam_http_exchange *x, const struct iam_http_response *response);

/*
 * Answers although somebody still works on the exchange: it and its arena stay until
 * iam_http_reply, which then sends nothing. Once per exchange, from a thread that is no worker, and
 * never while iam_http_reply may be called for it. The connection ends with this answer; without
 * memory for it, without one.
 */
void iam_http_reply_early(struct iam_http_exchange *x, const struct iam_http_response *response);

/*
 * Is called on a worker's thread for every request. Must reply now or arrange for a reply later; it
 * must not block for long. Meanwhile no further request of that connection is read.
 */
typedef void iam_http_handler_fn(void *ctx, struct iam_http_exchange *x);

/*
 * Is called on a worker's thread when it has handled what one wait brought, or as much of it as it
 * had time for, before it waits or looks again. A handler may keep its exchanges for this moment,
 * to do once for all of them what would cost as much for each; by the end of this call it must have
 * replied to every exchange that it kept.
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

/* Addresses whose first bits are those of address; those of IPv4 are IPv4-mapped IPv6. */
struct iam_http_network {
    uint8_t address[16];
    unsigned bits; /* 0..128 */
};

/* Tells whether text is an address and a port to listen on: "127.0.0.1:4560", "[::1]:0". */
bool iam_http_is_listen_address(const char *text);

/* Reads "127.0.0.0/8", "2001:db8::/32" or a single address. IAM_RANGE for anything else. */
enum iam_status iam_http_network_parse(struct iam_str text,
                                       struct iam_http_network *ret) IAM_MUST_USE;
/* Tells whether address, of IPv6 or IPv4-mapped, lies in the network. */
bool iam_http_network_has(const struct iam_http_network *network, const uint8_t address[16]);

/* LIMIT: networks whose clients are exempt. */
#define IAM_HTTP_EXEMPT_MAX 16

struct iam_http_config {
    /* "127.0.0.1:4560", "[::1]:0"; numeric; port 0 picks a free one; NULL: no TCP */
    const char *listen_address;
    const char *unix_path;   /* NULL: none */
    unsigned unix_mode;      /* of the socket file, 0: what the umask leaves */
    gid_t unix_gid;          /* of the socket file, (gid_t)-1: that of the process */
    unsigned workers;        /* 1..256 */
    size_t max_header_bytes; /* request line and headers together */
    size_t max_headers;      /* their number */
    size_t max_body_bytes;   /* joined, when chunked */
    /*
     * Of all workers. Past it the one that has waited longest is closed for a new one: first one
     * that has its last answer and is not closed by its client; then a stranger's without a request
     * or in the middle of its head; then a known one between two requests; then a stranger's in the
     * middle of a body; then one that does not read its answer. When there is none of these, the
     * new one gets 503.
     */
    size_t max_connections;
    /*
     * Of one source: an IPv4 address or an IPv6 network of 64 bits. Past it, and while the source
     * has a penalty for bad requests, a new one gets 503. Unix sockets and exempt networks are
     * neither bounded nor penalised.
     */
    size_t max_source_connections;
    struct iam_http_network exempt[IAM_HTTP_EXEMPT_MAX];
    size_t exempt_count;
    uint64_t seed;          /* of what tells sources apart: not to be guessed by a client */
    size_t arena_max_bytes; /* per request, the body included */
    /*
     * Of all connections, beyond the 72 KiB that each may hold besides (24 KiB while a stranger's
     * request is being read): buffers of requests, arenas and answers that were not read yet. At
     * least arena_max_bytes. When it is used up, a request that needs more gets 503 and its
     * connection is closed, arenas that would grow fail (IAM_NOMEM), and a connection whose answer
     * cannot be kept for a slow reader is closed; requests that fit into what is not counted go on.
     * Not counted: TLS, and what OpenSSL buffers.
     */
    size_t max_memory_bytes;
    size_t max_stranger_bytes;  /* the part of it that strangers may hold together */
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

/* LIMIT: connections past max_connections, while others are closed or these are refused. */
#define IAM_HTTP_EXTRA_CONNECTIONS 64
/* Returns the descriptors that a server with this number of workers has, besides connections. */
size_t iam_http_descriptors(unsigned workers);

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

/* What was refused since the start, and what is there now. */
struct iam_http_stats {
    size_t connections;
    size_t memory_bytes;
    size_t stranger_bytes;    /* of memory_bytes */
    uint64_t evicted;         /* connections closed to make room for others */
    uint64_t refused_full;    /* there was nobody to be closed */
    uint64_t refused_source;  /* the source had its number of connections */
    uint64_t refused_penalty; /* the source had a penalty */
    uint64_t refused_descriptors;
    uint64_t refused_memory;            /* requests for which there was no memory */
    char last_source[INET6_ADDRSTRLEN]; /* whose connection was refused last; empty: none */
};

/* Fills *ret; the numbers may be of slightly different moments. From any thread. */
void iam_http_stats(struct iam_http_server *server, struct iam_http_stats *ret);

/*
 * Reads the certificate chain and the key again, for a server that was started with files. New
 * handshakes use them, without the sessions of before; connections go on. On failure everything is
 * left as it was, and error_text (cap bytes, NUL-terminated) says why: IAM_IO, IAM_NOMEM.
 */
enum iam_status iam_http_reload_tls(struct iam_http_server *server, const char *cert_file,
                                    const char *key_file, char *error_text,
                                    size_t cap) IAM_MUST_USE;
/*
 * Drains: stops accepting, answers what is in flight (Connection: close), closes idle connections,
 * waits at most timeout_ms for the rest, ends the workers and frees the server. An exchange that is
 * still unanswered loses its connection, but must be replied to nevertheless.
 */
void iam_http_stop(struct iam_http_server *server, unsigned timeout_ms);
