/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection does next. Sockets are watched edge-triggered, so may_read remembers that there
 * was something; a request that arrives whole costs one wait, one read and one write.
 * INVARIANT: while a request is with its handler nothing is read, so that a client cannot make a
 * connection hold more than one request and one buffer's worth behind it.
 */
#include "http/connection_int.h"

#include <sys/epoll.h>

#include "http/output_int.h"

/* Bytes of the first buffer; larger ones are given back when the connection is idle. */
#define BUFFER_FIRST 4096
#define BUFFER_KEEP 16384
/* An arena that was used for more does not keep its memory. */
#define ARENA_KEEP 65536
/* LIMIT: steps before other connections get their turn. */
#define STEPS_MAX 64
/* LIMIT: bytes read and forgotten from a client that was told to go. */
#define DISCARD_MAX ((size_t)1 << 20)

enum step { STEP_AGAIN, STEP_WAIT, STEP_GONE };

static void arm(struct iam_http_connection *c, enum iam_http_timer_kind kind)
{
    iam_http_timer_arm(&c->worker->timers, &c->timer, kind, c->worker->now_ms);
}

static size_t buffer_max(const struct iam_http_connection *c)
{
    const struct iam_http_limits *limits = &c->worker->server->limits;
    return limits->max_header_bytes + limits->max_body_bytes + BUFFER_FIRST;
}

static bool grow(struct iam_http_connection *c)
{
    size_t max = buffer_max(c);
    size_t cap = c->cap == 0 ? BUFFER_FIRST : 2 * c->cap;
    cap = cap < max ? cap : max;
    char *p = cap > c->cap ? c->account.alloc.alloc(&c->account, cap) : NULL;
    if (p == NULL) {
        return false;
    }
    if (c->buf != NULL) {
        memcpy(p, c->buf, c->len);
        c->account.alloc.free(&c->account, c->buf);
    }
    c->buf = p;
    c->cap = cap;
    return true;
}

void iam_http_connection_drop_buffer(struct iam_http_connection *c)
{
    c->account.alloc.free(&c->account, c->buf);
    c->buf = NULL;
    c->start = 0;
    c->len = 0;
    c->cap = 0;
}

void iam_http_connection_shed(struct iam_http_connection *c)
{
    iam_arena_done(&c->exchange.arena);
    if (c->closes || c->start + c->parser.used == c->len) {
        iam_http_connection_drop_buffer(c);
        c->parser.used = 0;
    }
}

/* Makes room behind len. */
static bool make_room(struct iam_http_connection *c)
{
    if (c->start > 0) {
        memmove(c->buf, c->buf + c->start, c->len - c->start);
        c->len -= c->start;
        c->start = 0;
    }
    return c->len < c->cap || grow(c);
}

/* The request is read: the handler has it now. */
static void dispatch(struct iam_http_connection *c)
{
    struct iam_http_worker *w = c->worker;
    const struct iam_http_config *config = &w->server->config;
    struct iam_http_exchange *x = &c->exchange;
    /* The body counts against the arena's cap, so that one number bounds what a request costs. */
    size_t body = x->request.body.len;
    size_t left = config->arena_max_bytes > body ? config->arena_max_bytes - body : 0;
    x->arena.max_bytes = left > x->arena.used_bytes ? left : x->arena.used_bytes;
    x->request.peer_ip = iam_str_c(c->peer);
    x->request.is_tls = c->stream.ssl != NULL;
    x->connection = c;
    c->closes = !c->parser.head.keep_alive;
    IAM_ASSERT(c->state == IAM_HTTP_READING);
    c->state = IAM_HTTP_BUSY;
    w->current = c;
    config->handler(config->ctx, x);
    w->current = NULL;
    if (c->state == IAM_HTTP_BUSY) {
        iam_http_timer_disarm(&c->timer);
    }
}

/* The client waits for it before it sends the body. */
static void send_continue(struct iam_http_connection *c)
{
    static char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct iovec piece = { text, sizeof(text) - 1 };
    size_t n = 0;
    c->said_continue = true;
    if (iam_http_stream_write(&c->stream, &piece, 1, &n) != IAM_HTTP_IO_OK ||
        n < sizeof(text) - 1) {
        c->state = IAM_HTTP_CLOSED;
    }
}

static void want_more(struct iam_http_connection *c, enum iam_http_progress progress)
{
    enum iam_http_timer_kind kind =
        progress == IAM_HTTP_NEED_HEAD ? IAM_HTTP_TIMER_HEADER : IAM_HTTP_TIMER_BODY;
    if (c->timer.kind != kind) {
        arm(c, kind);
    }
    if (progress == IAM_HTTP_NEED_BODY && c->parser.head.expects_continue && !c->said_continue) {
        send_continue(c);
    }
}

static void parse(struct iam_http_connection *c)
{
    size_t len = c->len - c->start;
    enum iam_http_progress progress =
        iam_http_parser_feed(&c->parser, &c->worker->server->limits, &c->exchange.arena,
                             c->buf + c->start, &len, &c->exchange.request);
    c->is_fresh = false;
    if (progress == IAM_HTTP_COMPLETE) {
        dispatch(c);
    } else if (progress == IAM_HTTP_REFUSED) {
        iam_http_output_refuse(c, c->parser.refusal.status, c->parser.refusal.message);
    } else {
        c->len = c->start + len;
        want_more(c, progress);
    }
}

static enum step take_eof(struct iam_http_connection *c)
{
    c->has_eof = true;
    if (c->len == c->start) {
        return STEP_GONE;
    }
    iam_http_output_refuse(c, 400, "the request ends before it is complete");
    return STEP_AGAIN;
}

/* Stops waiting for room to write, when reading (TLS) asked for it. */
static void watch_for_read(struct iam_http_connection *c, enum iam_http_io io)
{
    iam_http_output_watch(c, io == IAM_HTTP_IO_AGAIN && c->stream.wants_writable);
}

static enum step read_more(struct iam_http_connection *c)
{
    IAM_ASSERT(c->state == IAM_HTTP_READING);
    if (!c->may_read) {
        return STEP_WAIT;
    }
    if (c->len == c->cap && !make_room(c)) {
        iam_http_output_refuse(c, 503, IAM_HTTP_OUT_OF_MEMORY);
        return STEP_AGAIN;
    }
    size_t room = c->cap - c->len;
    size_t n = 0;
    enum iam_http_io io = iam_http_stream_read(&c->stream, c->buf + c->len, room, &n);
    if (c->stream.ssl != NULL) {
        watch_for_read(c, io);
    }
    switch (io) {
    case IAM_HTTP_IO_OK:
        c->len += n;
        c->is_fresh = true;
        /* A short read has emptied the socket; with TLS only AGAIN tells. */
        c->may_read = n == room || c->has_hangup || c->stream.ssl != NULL;
        return STEP_AGAIN;
    case IAM_HTTP_IO_AGAIN:
        c->may_read = false;
        return STEP_WAIT;
    case IAM_HTTP_IO_EOF:
        return take_eof(c);
    case IAM_HTTP_IO_BROKEN:
        break;
    }
    return STEP_GONE;
}

static enum step step_reading(struct iam_http_connection *c)
{
    if (c->is_fresh) {
        parse(c);
        return STEP_AGAIN;
    }
    return read_more(c);
}

static enum step step_handshake(struct iam_http_connection *c)
{
    enum iam_http_io io = iam_http_stream_handshake(&c->stream);
    watch_for_read(c, io);
    if (io == IAM_HTTP_IO_AGAIN) {
        return STEP_WAIT;
    }
    if (io != IAM_HTTP_IO_OK) {
        return STEP_GONE;
    }
    c->state = IAM_HTTP_READING;
    return STEP_AGAIN;
}

static enum step step_busy(struct iam_http_connection *c)
{
    (void)c;
    return STEP_WAIT;
}

static enum step step_writing(struct iam_http_connection *c)
{
    iam_http_output_flush(c);
    return c->state == IAM_HTTP_WRITING ? STEP_WAIT : STEP_AGAIN;
}

static enum step step_linger(struct iam_http_connection *c)
{
    size_t n = 0;
    enum iam_http_io io = iam_http_stream_discard(&c->stream, &n);
    c->discarded += n;
    if (io == IAM_HTTP_IO_AGAIN) {
        return STEP_WAIT;
    }
    return io == IAM_HTTP_IO_OK && c->discarded < DISCARD_MAX ? STEP_AGAIN : STEP_GONE;
}

static enum step step_closed(struct iam_http_connection *c)
{
    (void)c;
    return STEP_GONE;
}

static enum step (*const STEPS[])(struct iam_http_connection *) = {
    [IAM_HTTP_HANDSHAKE] = step_handshake, [IAM_HTTP_READING] = step_reading,
    [IAM_HTTP_BUSY] = step_busy,           [IAM_HTTP_WRITING] = step_writing,
    [IAM_HTTP_LINGER] = step_linger,       [IAM_HTTP_CLOSED] = step_closed,
};

_Static_assert(IAM_COUNT(STEPS) == IAM_HTTP_CLOSED + 1, "a step for each state");

void iam_http_connection_run(struct iam_http_connection *c)
{
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        enum step step = STEPS[c->state](c);
        if (step == STEP_WAIT) {
            return;
        }
        if (step == STEP_GONE) {
            iam_http_connection_detach(c);
            iam_http_connection_release(c);
            return;
        }
    }
    iam_http_worker_ready(c->worker, c);
}

void iam_http_connection_resume(struct iam_http_connection *c)
{
    bool is_idle = c->state == IAM_HTTP_READING && !c->is_fresh && !c->may_read;
    if (!is_idle) {
        iam_http_worker_ready(c->worker, c);
    }
}

void iam_http_connection_next(struct iam_http_connection *c)
{
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
    if (c->account.held_bytes > IAM_HTTP_ALLOWANCE) {
        iam_arena_done(&c->exchange.arena);
    }
    c->exchange.arena.max_bytes = c->worker->server->config.arena_max_bytes;
    iam_http_parser_clear(&c->parser);
    c->is_fresh = c->len > c->start;
    c->said_continue = false;
    c->state = IAM_HTTP_READING;
    arm(c, IAM_HTTP_TIMER_IDLE);
}

void iam_http_connection_event(struct iam_http_connection *c, uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 || c->stream.wants_writable) {
        c->may_read = true;
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        c->has_hangup = true;
    }
    iam_http_connection_run(c);
}

/* A client that said nothing is not told anything: it may be reading the answer to an earlier one.
 */
void iam_http_connection_expire(struct iam_http_connection *c)
{
    enum iam_http_timer_kind kind = c->timer.kind;
    iam_http_timer_disarm(&c->timer);
    if (c->state == IAM_HTTP_READING && kind == IAM_HTTP_TIMER_HEADER) {
        iam_http_output_refuse(c, 408, "the headers took too long");
    } else if (c->state == IAM_HTTP_READING && kind == IAM_HTTP_TIMER_BODY) {
        iam_http_output_refuse(c, 408, "the body took too long");
    } else {
        c->state = IAM_HTTP_CLOSED;
    }
    iam_http_connection_run(c);
}

void iam_http_connection_drain(struct iam_http_connection *c)
{
    if (c->state == IAM_HTTP_HANDSHAKE) {
        c->state = IAM_HTTP_CLOSED;
    } else if (c->state == IAM_HTTP_READING && c->len == c->start) {
        /* A request may have arrived just before; one more look, then nothing is lost by closing.
         */
        c->may_read = true;
        enum step step = read_more(c);
        if (step != STEP_AGAIN) {
            c->state = IAM_HTTP_CLOSED;
        }
    }
    iam_http_connection_run(c);
}
