/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection does next. Sockets are watched edge-triggered, so may_read remembers that there
 * was something; a request that arrives whole costs one wait, one read and one write.
 * INVARIANT: while a request is with its handler nothing is read, so that a client cannot make a
 * connection hold more than one request and what one buffer holds after it.
 */
#include "http/connection_int.h"

#include <sys/epoll.h>

#include "base/ct.h"

/* Bytes of the first buffer. */
#define BUFFER_FIRST 4096
/* A body up to this size is copied after the head: cheaper than two pieces, and one TLS record. */
#define JOIN_MAX 4096
/* LIMIT: steps before other connections get their turn. */
#define STEPS_MAX 64
/* LIMIT: bytes read and forgotten from a client that was told to go. */
#define DISCARD_MAX ((size_t)1 << 20)

static const char BROKEN_RESPONSE[] = "HTTP/1.1 500 Internal Server Error\r\n"
                                      "Cache-Control: no-store\r\n"
                                      "Content-Length: 0\r\nConnection: close\r\n\r\n";

enum step { STEP_AGAIN, STEP_WAIT, STEP_GONE };

/* Returns the kind of timer that c has for what a stranger has kind for. */
static enum iam_http_timer_kind kind_for(const struct iam_http_connection *c,
                                         enum iam_http_timer_kind kind)
{
    static const enum iam_http_timer_kind KNOWN[IAM_HTTP_TIMER_KINDS] = {
        [IAM_HTTP_TIMER_HEADER] = IAM_HTTP_TIMER_KNOWN_HEADER,
        [IAM_HTTP_TIMER_BODY] = IAM_HTTP_TIMER_KNOWN_BODY,
        [IAM_HTTP_TIMER_IDLE] = IAM_HTTP_TIMER_KNOWN_IDLE,
        [IAM_HTTP_TIMER_WRITE] = IAM_HTTP_TIMER_KNOWN_WRITE,
    };
    IAM_ASSERT(KNOWN[kind] != IAM_HTTP_TIMER_HEADER);
    return c->is_known ? KNOWN[kind] : kind;
}

static void arm(struct iam_http_connection *c, enum iam_http_timer_kind kind)
{
    iam_http_timer_arm(&c->worker->timers, &c->timer, kind, c->worker->now_ms);
}

/* Asks epoll for room to write, or stops asking. */
static void watch(struct iam_http_connection *c, bool writable)
{
    if (c->waits_for_out == writable) {
        return;
    }
    struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c };
    if (writable) {
        e.events |= EPOLLOUT;
    }
    if (epoll_ctl(c->worker->epoll_fd, EPOLL_CTL_MOD, c->stream.fd, &e) != 0) {
        c->state = IAM_HTTP_CLOSED;
        return;
    }
    c->waits_for_out = writable;
}

/* Has c wait for the next request. */
static void read_next(struct iam_http_connection *c)
{
    c->state = IAM_HTTP_READING;
    arm(c, kind_for(c, IAM_HTTP_TIMER_IDLE));
}

/* Does not read from c for a while. What comes from the socket meanwhile stays there. */
static void hold(struct iam_http_connection *c)
{
    c->is_to_wait = false;
    c->state = IAM_HTTP_HELD;
    arm(c, IAM_HTTP_TIMER_HELD);
}

/* Ends the connection, or lets it read the next request, when the response is sent. */
static void finish(struct iam_http_connection *c)
{
    watch(c, false);
    if (c->state == IAM_HTTP_CLOSED) {
        return;
    }
    if (c->closes) {
        iam_http_stream_end(&c->stream);
        iam_http_connection_shed(c);
        c->state = IAM_HTTP_LINGER;
        arm(c, c->refusal != NULL ? IAM_HTTP_TIMER_REFUSED : IAM_HTTP_TIMER_LINGER);
    } else {
        iam_http_connection_recycle(c);
        if (c->is_to_wait) {
            hold(c);
        } else {
            read_next(c);
        }
    }
}

static void wait_for_room(struct iam_http_connection *c)
{
    c->state = IAM_HTTP_WRITING;
    enum iam_http_timer_kind kind = kind_for(c, IAM_HTTP_TIMER_WRITE);
    if (c->timer.kind != kind) {
        arm(c, kind);
        /* Before waiting for a client that may never read. */
        iam_http_connection_shed(c);
    }
    watch(c, c->stream.wants_writable);
}

/* Acts on what happened to the response. */
static void go_on(struct iam_http_connection *c, enum iam_http_sent sent)
{
    switch (sent) {
    case IAM_HTTP_SENT_ALL:
        finish(c);
        break;
    case IAM_HTTP_SENT_PART:
        wait_for_room(c);
        break;
    case IAM_HTTP_SENT_LOST:
        c->state = IAM_HTTP_CLOSED;
        break;
    }
}

static void send_broken(struct iam_http_connection *c)
{
    c->closes = true;
    go_on(c, iam_http_output_send(&c->output, &c->stream, IAM_STR(BROKEN_RESPONSE), IAM_STR("")));
}

void iam_http_connection_reply(struct iam_http_connection *c, const struct iam_http_response *r)
{
    struct iam_http_worker *w = c->worker;
    struct iam_str body = r->body;
    /* Not is_draining: once the server stops, a worker may meet a request before its wake-up. */
    c->closes = c->closes || atomic_load(&w->server->is_stopping);
    iam_buf_clear(&w->head);
    if (iam_http_response_head(&w->head, r, iam_http_worker_date(w), c->closes) != IAM_OK) {
        send_broken(c);
        return;
    }
    if (!iam_http_response_has_body(c->exchange.request.method, r->status)) {
        body = IAM_STR("");
    }
    if (body.len <= JOIN_MAX) {
        iam_buf_add(&w->head, body);
        body = IAM_STR("");
    }
    struct iam_str head;
    if (iam_buf_finish(&w->head, &head) != IAM_OK) {
        send_broken(c);
        return;
    }
    enum iam_http_sent sent = iam_http_output_send(&c->output, &c->stream, head, body);
    if (c->exchange.is_secret) {
        iam_wipe(w->head.p, w->head.len);
    }
    go_on(c, sent);
}

static void default_error(const char *message, int status, struct iam_http_response *ret)
{
    static const struct iam_http_header TYPE = {
        {"Content-Type", 12},
        { "text/plain",  10}
    };
    *ret = (struct iam_http_response){ status, &TYPE, 1, iam_str_c(message) };
}

void iam_http_connection_refusal(struct iam_http_connection *c, int status, const char *message,
                                 struct iam_http_response *ret)
{
    const struct iam_http_config *config = c->worker->config;
    c->closes = true;
    iam_http_connection_shed(c);
    /* Its bytes are gone. */
    c->exchange.request = (struct iam_http_request){ .method = IAM_STR("") };
    if (config->error != NULL) {
        config->error(config->ctx, &c->exchange.arena, status, message, ret);
    } else {
        default_error(message, status, ret);
    }
}

/* Holds what the client did against its source. */
static void penalise(struct iam_http_connection *c, enum iam_http_penalty why)
{
    struct iam_http_worker *w = c->worker;
    (void)iam_http_peers_penalise(&w->server->peers, c->peer, why, w->now_ms);
}

/* Ends the connection with an error. The method may be unknown; an error always has its body. */
static void refuse(struct iam_http_connection *c, int status, const char *message)
{
    struct iam_http_response r = { 0 };
    iam_http_connection_refusal(c, status, message, &r);
    iam_http_connection_reply(c, &r);
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
        /* Whether it holds a secret is not known before the request is complete. */
        iam_wipe(c->buf, c->len);
        c->account.alloc.free(&c->account, c->buf);
    }
    c->buf = p;
    c->cap = cap;
    return true;
}

/* Makes room for bytes from len. */
static bool make_room(struct iam_http_connection *c)
{
    if (c->start > 0) {
        memmove(c->buf, c->buf + c->start, c->len - c->start);
        c->len -= c->start;
        c->start = 0;
    }
    return c->len < c->cap || grow(c);
}

/* Ends the connection because the server has no memory for the request; nobody is to blame. */
static void refuse_for_memory(struct iam_http_connection *c)
{
    atomic_fetch_add(&c->worker->server->counters.memory, 1);
    refuse(c, 503, IAM_HTTP_OUT_OF_MEMORY);
}

/* Ends the connection because of a request that the parser has refused. */
static void refuse_parsed(struct iam_http_connection *c)
{
    int status = c->parser.refusal.status;
    if (status == 503) {
        refuse_for_memory(c);
        return;
    }
    penalise(c, status == 413 ? IAM_HTTP_PENALTY_BODY : IAM_HTTP_PENALTY_MALFORMED);
    refuse(c, status, c->parser.refusal.message);
}

/* Gives the request, which is complete, to the handler. */
static void dispatch(struct iam_http_connection *c)
{
    struct iam_http_worker *w = c->worker;
    const struct iam_http_config *config = w->config;
    struct iam_http_exchange *x = &c->exchange;
    /* The body counts against the arena's cap, so that one number bounds what a request costs. */
    size_t body = x->request.body.len;
    size_t left = config->arena_max_bytes > body ? config->arena_max_bytes - body : 0;
    x->arena.max_bytes = left > x->arena.used_bytes ? left : x->arena.used_bytes;
    iam_http_account_set(&c->account, !c->is_known, IAM_HTTP_ALLOWANCE);
    x->request.peer_ip = iam_str_c(c->peer_text);
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

/* Sends what the client waits for before it sends the body. */
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
        kind_for(c, progress == IAM_HTTP_NEED_HEAD ? IAM_HTTP_TIMER_HEADER : IAM_HTTP_TIMER_BODY);
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
        refuse_parsed(c);
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
    penalise(c, IAM_HTTP_PENALTY_MALFORMED);
    refuse(c, 400, "the request ends before it is complete");
    return STEP_AGAIN;
}

/* Stops waiting for room to write, when reading (TLS) asked for it. */
static void watch_for_read(struct iam_http_connection *c, enum iam_http_io io)
{
    watch(c, io == IAM_HTTP_IO_AGAIN && c->stream.wants_writable);
}

static enum step read_more(struct iam_http_connection *c)
{
    IAM_ASSERT(c->state == IAM_HTTP_READING);
    if (!c->may_read) {
        return STEP_WAIT;
    }
    if (c->len == c->cap && !make_room(c)) {
        refuse_for_memory(c);
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
        /* A short read has emptied the socket; with TLS only AGAIN says so. */
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
        penalise(c, IAM_HTTP_PENALTY_HANDSHAKE);
        return STEP_GONE;
    }
    c->state = IAM_HTTP_READING;
    return STEP_AGAIN;
}

/*
 * Sends an early answer as far as the socket takes it at once. Of the connection's memory nothing
 * is freed or allocated: it is still in use.
 */
static void send_early(struct iam_http_connection *c)
{
    struct iovec piece = { c->early.p, c->early.len };
    size_t n = 0;
    (void)iam_http_stream_write(&c->stream, &piece, 1, &n);
    iam_http_stream_end(&c->stream);
    c->state = IAM_HTTP_LINGER;
    arm(c, IAM_HTTP_TIMER_LINGER);
}

/* Sends what another thread has answered. */
static void send_answer(struct iam_http_connection *c)
{
    if (c->reply_failed) {
        c->state = IAM_HTTP_CLOSED;
    } else if (c->is_early) {
        send_early(c);
    } else {
        go_on(c, iam_http_output_flush(&c->output, &c->stream));
    }
}

static enum step step_busy(struct iam_http_connection *c)
{
    if (!c->is_replied) {
        return STEP_WAIT;
    }
    c->is_replied = false;
    send_answer(c);
    return STEP_AGAIN;
}

static enum step step_held(struct iam_http_connection *c)
{
    (void)c;
    return STEP_WAIT;
}

static enum step step_writing(struct iam_http_connection *c)
{
    go_on(c, iam_http_output_flush(&c->output, &c->stream));
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
    [IAM_HTTP_HELD] = step_held,           [IAM_HTTP_LINGER] = step_linger,
    [IAM_HTTP_CLOSED] = step_closed,
};

_Static_assert(IAM_COUNT(STEPS) == IAM_HTTP_CLOSED + 1, "a step for each state");

/* Has c run when it is its turn. */
static void ready(struct iam_http_connection *c)
{
    iam_http_turns_add(&c->worker->ready, &c->ready_link, c->whose);
}

uint64_t iam_http_connection_run(struct iam_http_connection *c)
{
    enum step step = STEP_AGAIN;
    for (unsigned i = 0; i < STEPS_MAX && step == STEP_AGAIN; i++) {
        step = STEPS[c->state](c);
    }
    uint64_t whose = c->whose;
    if (step == STEP_AGAIN) {
        ready(c);
    } else if (step == STEP_GONE) {
        iam_http_connection_detach(c);
        iam_http_connection_release(c);
    }
    return whose;
}

void iam_http_connection_replied(struct iam_http_connection *c)
{
    c->is_replied = true;
    ready(c);
}

void iam_http_connection_resume(struct iam_http_connection *c)
{
    bool is_idle = c->state == IAM_HTTP_READING && !c->is_fresh && !c->may_read;
    if (!is_idle) {
        ready(c);
    }
}

/*
 * Closes c if it waits for a request. One may have arrived just before; after one more look nothing
 * is lost by closing.
 */
static void close_if_idle(struct iam_http_connection *c)
{
    if (c->state == IAM_HTTP_HANDSHAKE) {
        c->state = IAM_HTTP_CLOSED;
    } else if (c->state == IAM_HTTP_READING && c->len == c->start) {
        c->may_read = true;
        if (read_more(c) != STEP_AGAIN) {
            c->state = IAM_HTTP_CLOSED;
        }
    }
}

/*
 * Closes what has ended at once: it counts among the connections, and others would go in its place.
 */
void iam_http_connection_event(struct iam_http_connection *c, uint32_t events)
{
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 || c->stream.wants_writable) {
        c->may_read = true;
    }
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        c->has_hangup = true;
    }
    if (c->has_hangup) {
        close_if_idle(c);
    }
    if (c->state == IAM_HTTP_CLOSED) {
        (void)iam_http_connection_run(c);
    } else if (c->state != IAM_HTTP_BUSY) {
        ready(c);
    }
}

/*
 * Tells a client nothing that has sent nothing: it may be reading the answer to an earlier request.
 */
void iam_http_connection_expire(struct iam_http_connection *c)
{
    enum iam_http_timer_kind kind = c->timer.kind;
    bool is_reading = c->state == IAM_HTTP_READING;
    if (kind == IAM_HTTP_TIMER_HELD) {
        read_next(c);
        ready(c);
        return;
    }
    iam_http_timer_disarm(&c->timer);
    if (kind == kind_for(c, IAM_HTTP_TIMER_HEADER)) {
        penalise(c, IAM_HTTP_PENALTY_HEADER_TIMEOUT);
    } else if (kind == kind_for(c, IAM_HTTP_TIMER_BODY)) {
        penalise(c, IAM_HTTP_PENALTY_BODY);
    }
    if (is_reading && kind == kind_for(c, IAM_HTTP_TIMER_HEADER)) {
        refuse(c, 408, "the headers took too long");
    } else if (is_reading && kind == kind_for(c, IAM_HTTP_TIMER_BODY)) {
        refuse(c, 408, "the body took too long");
    } else {
        c->state = IAM_HTTP_CLOSED;
    }
    (void)iam_http_connection_run(c);
}

void iam_http_connection_drain(struct iam_http_connection *c)
{
    if (c->state == IAM_HTTP_HELD) {
        read_next(c);
    }
    close_if_idle(c);
    (void)iam_http_connection_run(c);
}

bool iam_http_connection_evict(struct iam_http_connection *c)
{
    /* What was read and not looked at yet may be a request; that of who is held is not waited for.
     */
    bool is_in_part = c->state == IAM_HTTP_READING && c->len > c->start && !c->is_fresh;
    if (is_in_part || c->state == IAM_HTTP_LINGER || c->state == IAM_HTTP_WRITING ||
        c->state == IAM_HTTP_HELD) {
        c->state = IAM_HTTP_CLOSED;
    } else {
        close_if_idle(c);
    }
    bool is_closed = c->state == IAM_HTTP_CLOSED;
    atomic_fetch_add(&c->worker->server->counters.evicted, is_closed);
    (void)iam_http_connection_run(c);
    return is_closed;
}

void iam_http_connection_adopt(struct iam_http_connection *c)
{
    struct iam_http_worker *w = c->worker;
    struct epoll_event e = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c };
    iam_http_link_add(&w->connections, &c->link);
    if (epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, c->stream.fd, &e) != 0) {
        iam_http_connection_detach(c);
        iam_http_connection_release(c);
        return;
    }
    /* Its time must not begin before it arrived, as that of this round may have. */
    w->now_ms = iam_http_monotonic_ms();
    iam_http_timer_arm(&w->timers, &c->timer, IAM_HTTP_TIMER_HEADER, w->now_ms);
    w->evictions += c->displaces;
    if (c->refusal != NULL) {
        refuse(c, 503, c->refusal);
        (void)iam_http_connection_run(c);
    } else if (w->is_draining) {
        iam_http_connection_drain(c);
    }
}
