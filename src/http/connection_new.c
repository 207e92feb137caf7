/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection owns, from its birth to its end. The end has two halves, because an exchange
 * may be with another thread when its connection is lost: detach lets go of the socket and the
 * worker, release of the memory.
 */
#include <unistd.h>

#include "base/ct.h"
#include "base/heap.h"
#include "http/connection_int.h"

/* LIMIT: one response, head and body. */
#define OUTPUT_MAX ((size_t)1 << 30)
/* A larger buffer is freed when the connection is idle. */
#define BUFFER_KEEP 16384
/* An arena that was used for more does not keep its memory. */
#define ARENA_KEEP 65536

/* Undoes what was counted for a connection. */
static void uncount(struct iam_http_server *server, struct iam_http_peer *peer, const char *refusal)
{
    iam_http_peers_leave(&server->peers, peer);
    atomic_fetch_sub(refusal != NULL ? &server->refusals : &server->connections, 1);
}

void iam_http_connection_note(struct iam_http_connection *c, uint64_t caller)
{
    c->is_known = caller != 0;
    c->whose = c->is_known ? caller : iam_hash(iam_str_c(c->peer_text), c->worker->config->seed);
}

static void fill(struct iam_http_connection *c, struct iam_http_worker *worker,
                 const struct iam_http_origin *origin)
{
    const struct iam_http_config *config = worker->config;
    c->state = c->stream.ssl != NULL ? IAM_HTTP_HANDSHAKE : IAM_HTTP_READING;
    c->worker = worker;
    c->timer.kind = IAM_HTTP_TIMER_KINDS;
    c->exchange.connection = c;
    c->peer = origin->peer;
    c->refusal = origin->refusal;
    c->displaces = origin->displaces;
    memcpy(c->peer_text, origin->address->text, sizeof(c->peer_text));
    iam_http_connection_note(c, 0);
    iam_http_link_init(&c->link);
    iam_http_link_init(&c->ready_link);
    iam_http_parser_clear(&c->parser);
    iam_http_account_init(&c->account, &worker->server->budget);
    iam_arena_init(&c->exchange.arena, &c->account.alloc, config->arena_max_bytes);
    iam_http_output_init(&c->output, &c->account.alloc, OUTPUT_MAX);
    iam_buf_init(&c->early, iam_heap(), OUTPUT_MAX);
    atomic_fetch_add(&worker->load, c->refusal == NULL);
}

/* Makes a connection of which only the stream is there. */
static struct iam_http_connection *make(int fd, SSL_CTX *tls)
{
    struct iam_http_connection *c = iam_heap()->alloc(iam_heap()->ctx, sizeof(*c));
    if (c == NULL) {
        return NULL;
    }
    *c = (struct iam_http_connection){ .source = IAM_HTTP_CONNECTION };
    atomic_init(&c->owners, 1);
    if (iam_http_stream_init(&c->stream, fd, tls) != IAM_OK) {
        iam_heap()->free(iam_heap()->ctx, c);
        return NULL;
    }
    return c;
}

struct iam_http_connection *iam_http_connection_new(struct iam_http_worker *worker, int fd,
                                                    SSL_CTX *tls,
                                                    const struct iam_http_origin *origin)
{
    struct iam_http_server *server = worker->server;
    struct iam_http_connection *c = make(fd, tls);
    atomic_fetch_add(&server->connections, origin->refusal == NULL);
    if (c == NULL) {
        (void)close(fd);
        uncount(server, origin->peer, origin->refusal);
        return NULL;
    }
    fill(c, worker, origin);
    return c;
}

void iam_http_connection_detach(struct iam_http_connection *c)
{
    iam_http_timer_disarm(&c->timer);
    iam_http_link_remove(&c->link);
    iam_http_link_remove(&c->ready_link);
    iam_http_stream_close(&c->stream);
    atomic_fetch_sub(&c->worker->load, c->refusal == NULL);
    uncount(c->worker->server, c->peer, c->refusal);
}

void iam_http_connection_drop_buffer(struct iam_http_connection *c)
{
    c->account.alloc.free(&c->account, c->buf);
    c->buf = NULL;
    c->start = 0;
    c->len = 0;
    c->cap = 0;
}

/*
 * Overwrites what the request has left: its bytes, copies of them after what was read (from before
 * the bytes were moved to the front), and its arena.
 */
static void wipe(struct iam_http_connection *c)
{
    if (!c->exchange.is_secret) {
        return;
    }
    iam_arena_wipe(&c->exchange.arena);
    if (c->buf != NULL) {
        iam_wipe(c->buf + c->start, c->parser.used);
        iam_wipe(c->buf + c->len, c->cap - c->len);
    }
}

void iam_http_connection_release(struct iam_http_connection *c)
{
    if (atomic_fetch_sub(&c->owners, 1) != 1) {
        return;
    }
    wipe(c);
    iam_arena_done(&c->exchange.arena);
    iam_http_output_done(&c->output);
    iam_buf_done(&c->early);
    iam_http_connection_drop_buffer(c);
    iam_heap()->free(iam_heap()->ctx, c);
}

void iam_http_connection_shed(struct iam_http_connection *c)
{
    wipe(c);
    iam_arena_done(&c->exchange.arena);
    if (c->closes || c->start + c->parser.used == c->len) {
        iam_http_connection_drop_buffer(c);
        c->parser.used = 0;
    }
}

void iam_http_connection_recycle(struct iam_http_connection *c)
{
    wipe(c);
    c->exchange.is_secret = false;
    c->start += c->parser.used;
    if (c->start == c->len) {
        c->start = 0;
        c->len = 0;
        if (c->cap > BUFFER_KEEP) {
            iam_http_connection_drop_buffer(c);
        }
    }
    if (c->exchange.arena.used_bytes > ARENA_KEEP) {
        iam_arena_done(&c->exchange.arena);
    } else {
        iam_arena_clear(&c->exchange.arena);
    }
    size_t allowance = c->is_known ? IAM_HTTP_ALLOWANCE : IAM_HTTP_STRANGER_ALLOWANCE;
    if (c->account.held_bytes > allowance) {
        iam_arena_done(&c->exchange.arena);
    }
    iam_http_account_set(&c->account, !c->is_known, allowance);
    c->exchange.arena.max_bytes = c->worker->server->config.arena_max_bytes;
    iam_http_parser_clear(&c->parser);
    c->is_fresh = c->len > c->start;
    c->said_continue = false;
}
