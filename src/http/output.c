/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing: at once as far as the socket takes it, the rest when there is room. A response that can
 * not be built becomes a plain 500 and the end of the connection.
 */
#include "http/output_int.h"

#include <sys/epoll.h>
#include <unistd.h>

/* A body up to this size is copied behind the head: cheaper than two pieces, and one TLS record. */
#define JOIN_MAX 4096
/* The output buffer of a connection is kept when it is not larger. */
#define OUT_KEEP 16384

static const char BROKEN_RESPONSE[] = "HTTP/1.1 500 Internal Server Error\r\n"
                                      "Content-Length: 0\r\nConnection: close\r\n\r\n";

void iam_http_output_watch(struct iam_http_connection *c, bool writable)
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

static void linger(struct iam_http_connection *c)
{
    iam_http_stream_end(&c->stream);
    c->state = IAM_HTTP_LINGER;
    iam_http_timer_arm(&c->worker->timers, &c->timer, IAM_HTTP_TIMER_LINGER, c->worker->now_ms);
}

/* All is written. */
static void finish(struct iam_http_connection *c)
{
    iam_http_output_watch(c, false);
    if (c->state == IAM_HTTP_CLOSED) {
        return;
    }
    if (c->closes) {
        linger(c);
    } else {
        iam_http_connection_next(c);
    }
}

static void release_out(struct iam_http_connection *c)
{
    c->out_at = 0;
    if (c->out.cap > OUT_KEEP) {
        iam_buf_done(&c->out);
    } else {
        iam_buf_clear(&c->out);
    }
}

void iam_http_output_flush(struct iam_http_connection *c)
{
    while (c->out_at < c->out.len) {
        struct iovec piece = { c->out.p + c->out_at, c->out.len - c->out_at };
        size_t n = 0;
        enum iam_http_io io = iam_http_stream_write(&c->stream, &piece, 1, &n);
        if (io == IAM_HTTP_IO_AGAIN) {
            c->state = IAM_HTTP_WRITING;
            if (c->timer.kind != IAM_HTTP_TIMER_WRITE) {
                iam_http_timer_arm(&c->worker->timers, &c->timer, IAM_HTTP_TIMER_WRITE,
                                   c->worker->now_ms);
                /* Before waiting for a client that may never read. */
                iam_http_connection_shed(c);
            }
            iam_http_output_watch(c, c->stream.wants_writable);
            return;
        }
        if (io != IAM_HTTP_IO_OK) {
            c->state = IAM_HTTP_CLOSED;
            return;
        }
        c->out_at += n;
    }
    release_out(c);
    finish(c);
}

/* Keeps what is behind the first done bytes of head and body. */
static void keep_rest(struct iam_http_connection *c, struct iam_str head, struct iam_str body,
                      size_t done)
{
    size_t of_head = done < head.len ? done : head.len;
    struct iam_str rest = IAM_STR("");
    iam_buf_clear(&c->out);
    c->out_at = 0;
    iam_buf_add(&c->out, iam_str_sub(head, of_head, head.len));
    iam_buf_add(&c->out, iam_str_sub(body, done - of_head, body.len));
    if (iam_buf_finish(&c->out, &rest) != IAM_OK) {
        c->state = IAM_HTTP_CLOSED;
    }
}

/* A pointer for struct iovec, which is not const for the sake of readv. */
static void *bytes_of(struct iam_str s)
{
    return (void *)(uintptr_t)s.p;
}

void iam_http_output_send(struct iam_http_connection *c, struct iam_str head, struct iam_str body)
{
    struct iovec pieces[2] = {
        {bytes_of(head),  head.len},
        { bytes_of(body), body.len}
    };
    size_t n = 0;
    enum iam_http_io io = iam_http_stream_write(&c->stream, pieces, body.len > 0 ? 2 : 1, &n);
    if (io == IAM_HTTP_IO_BROKEN || io == IAM_HTTP_IO_EOF) {
        c->state = IAM_HTTP_CLOSED;
    } else if (n == head.len + body.len) {
        finish(c);
    } else {
        keep_rest(c, head, body, n);
        if (c->state != IAM_HTTP_CLOSED) {
            iam_http_output_flush(c);
        }
    }
}

static void send_broken(struct iam_http_connection *c)
{
    c->closes = true;
    iam_http_output_send(c, IAM_STR(BROKEN_RESPONSE), IAM_STR(""));
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
    iam_http_output_send(c, head, body);
}

static void default_error(const char *message, int status, struct iam_http_response *ret)
{
    static const struct iam_http_header TYPE = {
        {"Content-Type", 12},
        { "text/plain",  10}
    };
    *ret = (struct iam_http_response){ status, &TYPE, 1, iam_str_c(message) };
}

void iam_http_output_refusal(struct iam_http_connection *c, int status, const char *message,
                             struct iam_http_response *ret)
{
    const struct iam_http_config *config = &c->worker->server->config;
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

/* The method is not known for sure; an error always has its body. */
void iam_http_output_refuse(struct iam_http_connection *c, int status, const char *message)
{
    struct iam_http_response r = { 0 };
    iam_http_output_refusal(c, status, message, &r);
    iam_http_connection_reply(c, &r);
}

void iam_http_connection_replied(struct iam_http_connection *c)
{
    if (c->reply_failed) {
        c->state = IAM_HTTP_CLOSED;
    } else {
        iam_http_output_flush(c);
    }
    iam_http_connection_run(c);
}
