/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All workers watch the same listening sockets and one of them wakes; it gives the connection to
 * the worker that has the fewest, since a connection never changes its worker.
 */
#include "http/accept_int.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "http/connection_int.h"

/* LIMIT: accepted at one event, before requests get their turn. */
#define ACCEPTS_MAX 16
/* Without descriptors or memory accepting fails again and again; look again only after this. */
#define PAUSE_MS 100

void iam_http_accept_start(struct iam_http_worker *w)
{
    struct iam_http_server *server = w->server;
    for (size_t i = 0; i < server->listener_count && !w->is_listening; i++) {
        struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE,
                                 .data.ptr = &server->listeners[i] };
        (void)epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, server->listeners[i].fd, &e);
    }
    w->is_listening = true;
    w->listen_at_ms = 0;
}

void iam_http_accept_stop(struct iam_http_worker *w)
{
    const struct iam_http_server *server = w->server;
    for (size_t i = 0; i < server->listener_count && w->is_listening; i++) {
        (void)epoll_ctl(w->epoll_fd, EPOLL_CTL_DEL, server->listeners[i].fd, NULL);
    }
    w->is_listening = false;
    w->listen_at_ms = 0;
}

void iam_http_accept_resume(struct iam_http_worker *w)
{
    if (w->listen_at_ms != 0 && w->now_ms >= w->listen_at_ms) {
        iam_http_accept_start(w);
    }
}

static struct iam_http_worker *least_loaded(struct iam_http_worker *w)
{
    const struct iam_http_server *server = w->server;
    struct iam_http_worker *best = w;
    unsigned best_load = atomic_load(&w->load);
    for (unsigned i = 0; i < server->workers_ready; i++) {
        unsigned load = atomic_load(&server->workers[i].load);
        if (load < best_load) {
            best = &server->workers[i];
            best_load = load;
        }
    }
    return best;
}

static void place(struct iam_http_worker *w, int fd, SSL_CTX *tls, const char *peer)
{
    const struct iam_http_server *server = w->server;
    size_t count = atomic_load(&server->connections);
    bool is_surplus = count >= server->config.max_connections;
    /* A TLS client could not read the 503 before a handshake that is too costly to give away. */
    if (is_surplus &&
        (tls != NULL || count - server->config.max_connections >= IAM_HTTP_REFUSALS_MAX)) {
        (void)close(fd);
        return;
    }
    struct iam_http_worker *target = least_loaded(w);
    struct iam_http_connection *c = iam_http_connection_new(target, fd, tls, peer, is_surplus);
    if (c == NULL) {
        return;
    }
    if (target == w) {
        iam_http_connection_adopt(c);
    } else if (!iam_http_worker_mail(target, &c->mail)) {
        iam_http_connection_detach(c);
        iam_http_connection_release(c);
    }
}

static bool is_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

void iam_http_accept_run(struct iam_http_worker *w, struct iam_http_listener *listener)
{
    for (int i = 0; i < ACCEPTS_MAX && w->is_listening; i++) {
        char peer[IAM_HTTP_PEER_CAP];
        int fd = -1;
        if (iam_http_accept(listener->fd, &fd, peer)) {
            place(w, fd, listener->is_unix ? NULL : w->server->tls, peer);
        } else if (is_exhausted(errno)) {
            iam_http_accept_stop(w);
            w->listen_at_ms = w->now_ms + PAUSE_MS;
        } else if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}
