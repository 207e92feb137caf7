/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All workers watch the same listening sockets and one of them wakes; it gives the connection to
 * the worker that has the fewest, since a connection never changes its worker.
 */
#include "http/accept_int.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/connection_int.h"

/* LIMIT: accepted at one event, before requests get their turn. */
#define ACCEPTS_MAX 16
/* Without descriptors or memory accepting fails again and again; look again only after this. */
#define PAUSE_MS 100
/* By how many connections a worker may be ahead of another when one of its own goes for a new one.
 */
#define UNEVEN_MAX 4

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

/* Returns the worker in which a victim of this kind waits longest, of those with at most max. */
static struct iam_http_worker *find_victim(const struct iam_http_server *server,
                                           enum iam_http_victim kind, unsigned max)
{
    struct iam_http_worker *best = NULL;
    int64_t best_since = INT64_MAX;
    for (unsigned i = 0; i < server->workers_ready; i++) {
        int64_t since =
            atomic_load_explicit(&server->workers[i].waiting_since[kind], memory_order_relaxed);
        if (since < best_since && atomic_load(&server->workers[i].load) <= max) {
            best = &server->workers[i];
            best_since = since;
        }
    }
    return best;
}

/*
 * Returns the worker in which a connection is to be closed for a new one, or NULL when all are busy
 * with requests. What a worker shows is as old as its last round; so that it is not given more
 * connections in one round than it has victims, one that has many more than the least comes last.
 */
static struct iam_http_worker *most_waiting(struct iam_http_worker *w)
{
    unsigned even = atomic_load(&least_loaded(w)->load) + UNEVEN_MAX;
    struct iam_http_worker *target = NULL;
    for (unsigned kind = 0; kind < IAM_HTTP_VICTIMS && target == NULL; kind++) {
        target = find_victim(w->server, (enum iam_http_victim)kind, even);
        if (target == NULL) {
            target = find_victim(w->server, (enum iam_http_victim)kind, UINT_MAX);
        }
    }
    return target;
}

/*
 * Returns the worker for a new connection, or NULL when there is no room for it. When the server is
 * full, another connection of that worker goes for it.
 */
static struct iam_http_worker *choose_worker(struct iam_http_worker *w, bool *ret_displaces)
{
    size_t count = atomic_load(&w->server->connections);
    size_t max = w->server->config.max_connections;
    if (count < max) {
        *ret_displaces = false;
        return least_loaded(w);
    }
    struct iam_http_worker *target = count - max < IAM_HTTP_SURPLUS_MAX ? most_waiting(w) : NULL;
    *ret_displaces = target != NULL;
    return target;
}

/*
 * Decides about a connection: fills in what origin does not say yet, and *ret_target, the worker
 * for it. Returns why it is refused, NULL: it is not.
 */
static const char *admit(struct iam_http_worker *w, struct iam_http_origin *origin,
                         struct iam_http_worker **ret_target)
{
    struct iam_http_server *server = w->server;
    *ret_target = w;
    switch (iam_http_peers_enter(&server->peers, origin->address, w->now_ms, &origin->peer)) {
    case IAM_HTTP_PENALISED:
        return "this address has sent too many bad requests";
    case IAM_HTTP_TOO_MANY:
        return "there are too many connections from this address";
    case IAM_HTTP_ADMITTED:
        break;
    }
    struct iam_http_worker *target = choose_worker(w, &origin->displaces);
    if (target == NULL) {
        iam_http_peers_leave(&server->peers, origin->peer);
        origin->peer = NULL;
        atomic_fetch_add(&server->counters.full, 1);
        return "there are too many connections";
    }
    *ret_target = target;
    return NULL;
}

/*
 * Tells whether a client may be told that it is refused. A TLS client could not read it before a
 * handshake that is too costly to give away.
 */
static bool may_tell(struct iam_http_server *server, bool is_tls)
{
    if (is_tls) {
        return false;
    }
    if (atomic_fetch_add(&server->refusals, 1) >= IAM_HTTP_REFUSALS_MAX) {
        atomic_fetch_sub(&server->refusals, 1);
        return false;
    }
    return true;
}

static void hand_over(struct iam_http_worker *w, struct iam_http_worker *target,
                      struct iam_http_connection *c)
{
    if (target == w) {
        iam_http_connection_adopt(c);
    } else if (!iam_http_worker_mail(target, &c->mail)) {
        iam_http_connection_detach(c);
        iam_http_connection_release(c);
    }
}

static void place(struct iam_http_worker *w, int fd, bool is_tls,
                  const struct iam_http_address *address)
{
    struct iam_http_worker *target = NULL;
    struct iam_http_origin origin = { .address = address };
    origin.refusal = admit(w, &origin, &target);
    if (origin.refusal != NULL && !may_tell(w->server, is_tls)) {
        (void)close(fd);
        return;
    }
    SSL_CTX *tls = is_tls ? iam_http_server_tls(w->server) : NULL;
    struct iam_http_connection *c = iam_http_connection_new(target, fd, tls, &origin);
    SSL_CTX_free(tls);
    if (c != NULL) {
        hand_over(w, target, c);
    }
}

int iam_http_accept_spare(void)
{
    return eventfd(0, EFD_CLOEXEC);
}

/* Tells a client that there is no descriptor for it, if it can be told without waiting. */
static void say_no_descriptor(int fd, bool is_tls)
{
    static const char TEXT[] = "HTTP/1.1 503 Service Unavailable\r\n"
                               "Cache-Control: no-store\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";
    char scratch[4096];
    if (is_tls || send(fd, TEXT, sizeof(TEXT) - 1, MSG_NOSIGNAL) < 0) {
        return;
    }
    (void)shutdown(fd, SHUT_WR);
    /* Closed with bytes unread, the socket would reset the connection and take the answer back. */
    for (int i = 0; i < 4 && recv(fd, scratch, sizeof(scratch), 0) > 0; i++) {
    }
}

/*
 * Refuses one connection with the descriptor that is kept for this. Returns false when that is gone
 * and cannot be had again.
 */
static bool refuse_with_spare(struct iam_http_worker *w, const struct iam_http_listener *listener)
{
    struct iam_http_server *server = w->server;
    struct iam_http_address address;
    int fd = -1;
    bool is_accepted = false;
    (void)pthread_mutex_lock(&server->spare_lock);
    if (server->spare_fd >= 0) {
        (void)close(server->spare_fd);
        is_accepted = iam_http_accept(listener->fd, &fd, &address);
    }
    if (is_accepted) {
        say_no_descriptor(fd, server->has_tls && !listener->is_unix);
        (void)close(fd);
        atomic_fetch_add(&server->counters.descriptors, 1);
    }
    server->spare_fd = iam_http_accept_spare();
    bool has_spare = server->spare_fd >= 0;
    (void)pthread_mutex_unlock(&server->spare_lock);
    return has_spare;
}

/* Handles a failure of accept. Returns false when no more is to be accepted now. */
static bool go_on_after(struct iam_http_worker *w, const struct iam_http_listener *listener,
                        int error)
{
    if ((error == EMFILE || error == ENFILE) && refuse_with_spare(w, listener)) {
        return true;
    }
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
        iam_http_accept_stop(w);
        w->listen_at_ms = w->now_ms + PAUSE_MS;
        return false;
    }
    return error == ECONNABORTED || error == EINTR;
}

/*
 * Tells whether new connections are left where they are, because workers have yet to close others
 * for those that came.
 */
static bool must_wait(struct iam_http_worker *w)
{
    size_t count = atomic_load(&w->server->connections);
    return count >= w->server->config.max_connections + IAM_HTTP_SURPLUS_MAX &&
           most_waiting(w) != NULL;
}

void iam_http_accept_run(struct iam_http_worker *w, struct iam_http_listener *listener)
{
    for (int i = 0; i < ACCEPTS_MAX && w->is_listening && !must_wait(w); i++) {
        struct iam_http_address address;
        int fd = -1;
        if (iam_http_accept(listener->fd, &fd, &address)) {
            place(w, fd, w->server->has_tls && !listener->is_unix, &address);
        } else if (!go_on_after(w, listener, errno)) {
            return;
        }
    }
}
