/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Birth and end of connections. The end has two halves, because an exchange may be with another
 * thread when its connection is lost: detach lets go of socket and worker, release of the memory.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "base/heap.h"
#include "http/output_int.h"

/* LIMIT: one response, head and body. */
#define OUT_MAX ((size_t)1 << 30)

static void fill(struct iam_http_connection *c, struct iam_http_worker *worker, const char *peer)
{
    const struct iam_http_config *config = &worker->server->config;
    c->source = IAM_HTTP_CONNECTION;
    c->state = c->stream.ssl != NULL ? IAM_HTTP_HANDSHAKE : IAM_HTTP_READING;
    c->worker = worker;
    c->timer.kind = IAM_HTTP_TIMER_KINDS;
    c->exchange.connection = c;
    memcpy(c->peer, peer, strlen(peer) + 1);
    iam_http_link_init(&c->link);
    iam_http_link_init(&c->ready_link);
    iam_http_parser_clear(&c->parser);
    iam_http_account_init(&c->account, &worker->server->budget);
    iam_arena_init(&c->exchange.arena, &c->account.alloc, config->arena_max_bytes);
    iam_buf_init(&c->out, &c->account.alloc, OUT_MAX);
    atomic_fetch_add(&worker->server->connections, 1);
    atomic_fetch_add(&worker->load, 1);
}

struct iam_http_connection *iam_http_connection_new(struct iam_http_worker *worker, int fd,
                                                    SSL_CTX *tls, const char *peer, bool is_surplus)
{
    struct iam_http_connection *c = iam_heap()->alloc(iam_heap()->ctx, sizeof(*c));
    if (c == NULL) {
        (void)close(fd);
        return NULL;
    }
    *c = (struct iam_http_connection){ .is_surplus = is_surplus };
    if (iam_http_stream_init(&c->stream, fd, tls) != IAM_OK) {
        (void)close(fd);
        iam_heap()->free(iam_heap()->ctx, c);
        return NULL;
    }
    fill(c, worker, peer);
    return c;
}

void iam_http_connection_detach(struct iam_http_connection *c)
{
    iam_http_timer_disarm(&c->timer);
    iam_http_link_remove(&c->link);
    iam_http_link_remove(&c->ready_link);
    iam_http_stream_close(&c->stream);
    atomic_fetch_sub(&c->worker->load, 1);
    atomic_fetch_sub(&c->worker->server->connections, 1);
}

void iam_http_connection_release(struct iam_http_connection *c)
{
    iam_arena_done(&c->exchange.arena);
    iam_buf_done(&c->out);
    iam_http_connection_drop_buffer(c);
    iam_heap()->free(iam_heap()->ctx, c);
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
    /* Its time must not begin before it came, as that of this round may have. */
    w->now_ms = iam_http_monotonic_ms();
    iam_http_timer_arm(&w->timers, &c->timer, IAM_HTTP_TIMER_HEADER, w->now_ms);
    if (c->is_surplus) {
        iam_http_output_refuse(c, 503, "there are too many connections");
        iam_http_connection_run(c);
    } else if (w->is_draining) {
        iam_http_connection_drain(c);
    }
}
