/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a worker. INVARIANT: while the events of one wait are handled, a connection is freed
 * only by its own event; whatever else may end one (mail, deadlines) comes after them.
 */
#include "http/worker_int.h"

#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "http/accept_int.h"

#define EVENTS_MAX 64
/* LIMIT: the head of one response. */
#define HEAD_MAX ((size_t)1 << 20)

/* Of a worker's thread, while its loop runs. */
static _Thread_local struct iam_http_worker *this_worker;

int64_t iam_http_monotonic_ms(void)
{
    struct timespec ts = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void init_timers(struct iam_http_worker *w)
{
    const struct iam_http_config *config = &w->server->config;
    const unsigned after_ms[IAM_HTTP_TIMER_KINDS] = {
        [IAM_HTTP_TIMER_HEADER] = config->header_timeout_ms,
        [IAM_HTTP_TIMER_BODY] = config->body_timeout_ms,
        [IAM_HTTP_TIMER_IDLE] = config->idle_timeout_ms,
        [IAM_HTTP_TIMER_WRITE] = config->write_timeout_ms,
        [IAM_HTTP_TIMER_LINGER] = IAM_HTTP_LINGER_MS,
    };
    iam_http_timers_init(&w->timers, after_ms);
}

enum iam_status iam_http_worker_init(struct iam_http_worker *w, struct iam_http_server *server)
{
    *w = (struct iam_http_worker){ .server = server, .wake_source = IAM_HTTP_WAKE };
    w->date_second = INT64_MIN;
    w->now_ms = iam_http_monotonic_ms();
    iam_http_link_init(&w->connections);
    iam_http_link_init(&w->ready);
    iam_buf_init(&w->head, iam_heap(), HEAD_MAX);
    init_timers(w);
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = &w->wake_source };
    bool ok = w->epoll_fd >= 0 && w->wake_fd >= 0 &&
              epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &e) == 0 &&
              pthread_mutex_init(&w->mail_lock, NULL) == 0;
    if (!ok) {
        (void)close(w->epoll_fd);
        (void)close(w->wake_fd);
        return IAM_IO;
    }
    iam_http_accept_start(w);
    return IAM_OK;
}

bool iam_http_worker_is_here(const struct iam_http_worker *w)
{
    return this_worker == w;
}

void iam_http_worker_wake(struct iam_http_worker *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->wake_fd, &one, sizeof(one));
    (void)n; /* fails only when a wake-up is pending already */
}

bool iam_http_worker_mail(struct iam_http_worker *w, struct iam_http_connection *c)
{
    (void)pthread_mutex_lock(&w->mail_lock);
    bool is_open = !w->mail_is_closed;
    if (is_open) {
        bool was_empty = w->mail == NULL;
        c->mail_next = w->mail;
        c->is_mailed = true;
        w->mail = c;
        if (was_empty) {
            /* Under the lock: afterwards the worker may be gone, and the descriptor with it. */
            iam_http_worker_wake(w);
        }
    }
    (void)pthread_mutex_unlock(&w->mail_lock);
    return is_open;
}

void iam_http_worker_ready(struct iam_http_worker *w, struct iam_http_connection *c)
{
    iam_http_link_remove(&c->ready_link);
    iam_http_link_add(&w->ready, &c->ready_link);
}

const char *iam_http_worker_date(struct iam_http_worker *w)
{
    int64_t now = w->server->config.now_ms();
    if (now / 1000 != w->date_second) {
        w->date_second = now / 1000;
        iam_http_date(now, w->date);
    }
    return w->date;
}

static struct iam_http_connection *of_link(struct iam_http_link *link)
{
    return (struct iam_http_connection *)((char *)link -
                                          offsetof(struct iam_http_connection, link));
}

static struct iam_http_connection *of_ready(struct iam_http_link *link)
{
    return (struct iam_http_connection *)((char *)link -
                                          offsetof(struct iam_http_connection, ready_link));
}

static struct iam_http_connection *of_timer(struct iam_http_timer *timer)
{
    return (struct iam_http_connection *)((char *)timer -
                                          offsetof(struct iam_http_connection, timer));
}

static struct iam_http_connection *take_mail(struct iam_http_worker *w)
{
    (void)pthread_mutex_lock(&w->mail_lock);
    struct iam_http_connection *first = w->mail;
    for (struct iam_http_connection *c = first; c != NULL; c = c->mail_next) {
        c->is_mailed = false;
    }
    w->mail = NULL;
    (void)pthread_mutex_unlock(&w->mail_lock);
    return first;
}

/* New connections are in no list yet; others have been answered. */
static void read_mail(struct iam_http_worker *w)
{
    struct iam_http_connection *c = take_mail(w);
    while (c != NULL) {
        struct iam_http_connection *next = c->mail_next;
        if (c->link.next == &c->link) {
            iam_http_connection_adopt(c);
        } else {
            iam_http_connection_replied(c);
        }
        c = next;
    }
}

static void drain(struct iam_http_worker *w)
{
    w->is_draining = true;
    iam_http_accept_stop(w);
    struct iam_http_link *link = w->connections.next;
    while (link != &w->connections) {
        struct iam_http_link *next = link->next;
        iam_http_connection_drain(of_link(link));
        link = next;
    }
}

static void run_wake(struct iam_http_worker *w)
{
    uint64_t count = 0;
    ssize_t n = read(w->wake_fd, &count, sizeof(count));
    (void)n;
    read_mail(w);
    if (atomic_load(&w->server->is_stopping) && !w->is_draining) {
        drain(w);
    }
}

/* Only those that are ready now: one may come back at the end of the list. */
static void run_ready(struct iam_http_worker *w)
{
    struct iam_http_link batch;
    iam_http_link_init(&batch);
    while (w->ready.next != &w->ready) {
        struct iam_http_link *link = w->ready.next;
        iam_http_link_remove(link);
        iam_http_link_add(&batch, link);
    }
    while (batch.next != &batch) {
        struct iam_http_link *link = batch.next;
        iam_http_link_remove(link);
        iam_http_connection_run(of_ready(link));
    }
}

static void run_timers(struct iam_http_worker *w)
{
    struct iam_http_timer *timer = NULL;
    while ((timer = iam_http_timers_expired(&w->timers, w->now_ms)) != NULL) {
        iam_http_connection_expire(of_timer(timer));
    }
    iam_http_accept_resume(w);
}

/* Returns true when the worker was woken. */
static bool run_events(struct iam_http_worker *w, const struct epoll_event *events, int count)
{
    bool is_woken = false;
    for (int i = 0; i < count; i++) {
        const enum iam_http_source *source = events[i].data.ptr;
        switch (*source) {
        case IAM_HTTP_CONNECTION:
            iam_http_connection_event(events[i].data.ptr, events[i].events);
            break;
        case IAM_HTTP_LISTENER:
            iam_http_accept_run(w, events[i].data.ptr);
            break;
        case IAM_HTTP_WAKE:
            is_woken = true;
            break;
        }
    }
    return is_woken;
}

static int wait_ms(const struct iam_http_worker *w)
{
    if (w->ready.next != &w->ready) {
        return 0;
    }
    int64_t until = iam_http_timers_next(&w->timers);
    if (w->listen_at_ms != 0 && w->listen_at_ms < until) {
        until = w->listen_at_ms;
    }
    if (w->is_draining && atomic_load(&w->server->stop_at_ms) < until) {
        until = atomic_load(&w->server->stop_at_ms);
    }
    if (until == INT64_MAX) {
        return -1;
    }
    int64_t left = until - w->now_ms;
    return left <= 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static bool is_finished(const struct iam_http_worker *w)
{
    return w->is_draining && (w->connections.next == &w->connections ||
                              w->now_ms >= atomic_load(&w->server->stop_at_ms));
}

/* An exchange that is still owed keeps its memory, and the server's, until it is answered. */
static void detach_owed(struct iam_http_worker *w)
{
    struct iam_http_link *link = w->connections.next;
    while (link != &w->connections) {
        struct iam_http_connection *c = of_link(link);
        link = link->next;
        if (c->state == IAM_HTTP_BUSY && !c->is_mailed) {
            atomic_fetch_add(&w->server->refs, 1);
            iam_http_connection_detach(c);
        }
    }
}

static void end(struct iam_http_connection *c)
{
    iam_http_connection_detach(c);
    iam_http_connection_release(c);
}

static void close_all(struct iam_http_worker *w)
{
    (void)pthread_mutex_lock(&w->mail_lock);
    detach_owed(w);
    struct iam_http_connection *c = w->mail;
    w->mail = NULL;
    w->mail_is_closed = true;
    (void)pthread_mutex_unlock(&w->mail_lock);
    while (c != NULL) {
        struct iam_http_connection *next = c->mail_next;
        end(c);
        c = next;
    }
    while (w->connections.next != &w->connections) {
        end(of_link(w->connections.next));
    }
}

/* A worker that never ran may have mail too. */
void iam_http_worker_done(struct iam_http_worker *w)
{
    close_all(w);
    (void)close(w->epoll_fd);
    (void)close(w->wake_fd);
    iam_buf_done(&w->head);
}

static void end_round(struct iam_http_worker *w)
{
    const struct iam_http_config *config = &w->server->config;
    if (config->round_end != NULL) {
        config->round_end(config->ctx);
    }
}

static void *run(void *arg)
{
    struct iam_http_worker *w = arg;
    struct epoll_event events[EVENTS_MAX];
    this_worker = w;
    while (!is_finished(w)) {
        int count = epoll_wait(w->epoll_fd, events, EVENTS_MAX, wait_ms(w));
        w->now_ms = iam_http_monotonic_ms();
        bool is_woken = run_events(w, events, count);
        run_ready(w);
        if (is_woken) {
            run_wake(w);
        }
        run_timers(w);
        end_round(w);
    }
    this_worker = NULL;
    close_all(w);
    return NULL;
}

enum iam_status iam_http_worker_start(struct iam_http_worker *w)
{
    sigset_t all;
    sigset_t old;
    (void)sigfillset(&all);
    /* Signals belong to the program's main thread, and SIGPIPE to nobody. */
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&w->thread, NULL, run, w);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failed == 0 ? IAM_OK : IAM_IO;
}
