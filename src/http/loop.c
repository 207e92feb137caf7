/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of a worker. INVARIANT: while the events of one wait are handled, a connection is freed
 * only by its own event; whatever else may end one (its turn, mail, deadlines) comes after them.
 */
#include "http/loop_int.h"

#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/thread.h"
#include "http/accept_int.h"
#include "http/connection_int.h"

#define EVENTS_MAX 64
/* Of the processor: a worker that has something to do waits for no long turn of another thread. */
#define TURN_NS 100000
/* LIMIT: connections that are looked at, for one that is to be closed. */
#define EVICTION_TRIES 4

/* The worker of this thread, while its loop runs. */
static _Thread_local struct iam_http_worker *this_worker;

bool iam_http_loop_is_here(const struct iam_http_worker *w)
{
    return this_worker == w;
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

static struct iam_http_connection *of_mail(struct iam_http_mail *mail)
{
    return (struct iam_http_connection *)((char *)mail -
                                          offsetof(struct iam_http_connection, mail));
}

/* Reads the mail. New connections are in no list yet; others have been answered. */
static void read_mail(struct iam_http_worker *w)
{
    struct iam_http_mail *mail = iam_http_worker_take_mail(w);
    while (mail != NULL) {
        struct iam_http_mail *next = mail->next;
        struct iam_http_connection *c = of_mail(mail);
        if (c->link.next == &c->link) {
            iam_http_connection_adopt(c);
        } else {
            iam_http_connection_replied(c);
        }
        mail = next;
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

/*
 * Runs what is ready, in turns. When that takes long, the rest is left until it is known who else
 * has come: after that it is their turn too.
 */
static void run_ready(struct iam_http_worker *w)
{
    int64_t began = iam_http_monotonic_us();
    struct iam_http_link *link = NULL;
    while ((link = iam_http_turns_take(&w->ready)) != NULL) {
        iam_http_turns_note(&w->ready, iam_http_connection_run(of_ready(link)), w->now_ms);
        if (iam_http_monotonic_us() - began >= iam_http_turns_round_us(&w->ready, w->now_ms)) {
            return;
        }
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
    if (iam_http_turns_has_some(&w->ready)) {
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

/*
 * Detaches connections whose answer is still owed: each keeps its memory, and the server's, until
 * it is answered.
 */
static void detach_owed(struct iam_http_worker *w)
{
    struct iam_http_link *link = w->connections.next;
    while (link != &w->connections) {
        struct iam_http_connection *c = of_link(link);
        link = link->next;
        if (c->state == IAM_HTTP_BUSY && !c->mail.is_waiting && !c->is_replied) {
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

void iam_http_loop_end(struct iam_http_worker *w)
{
    (void)pthread_mutex_lock(&w->mail_lock);
    detach_owed(w);
    struct iam_http_mail *mail = w->mail;
    w->mail = NULL;
    w->mail_is_closed = true;
    (void)pthread_mutex_unlock(&w->mail_lock);
    while (mail != NULL) {
        struct iam_http_mail *next = mail->next;
        end(of_mail(mail));
        mail = next;
    }
    while (w->connections.next != &w->connections) {
        end(of_link(w->connections.next));
    }
}

/*
 * Makes room for connections that were accepted past the number of them. A victim that is not
 * closed has sent something, and is looked at once more or is none any longer.
 */
static void run_evictions(struct iam_http_worker *w)
{
    if (w->evictions == 0) {
        return;
    }
    /* Connections that wait there came before those that others go for. */
    read_mail(w);
    unsigned tries = w->evictions * EVICTION_TRIES;
    struct iam_http_timer *timer = NULL;
    while (w->evictions > 0 && tries-- > 0 && (timer = iam_http_worker_victim(w)) != NULL) {
        w->evictions -= iam_http_connection_evict(of_timer(timer));
    }
    w->evictions = 0;
}

static void end_round(struct iam_http_worker *w)
{
    const struct iam_http_config *config = w->config;
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
        if (is_woken) {
            run_wake(w);
        }
        run_ready(w);
        run_timers(w);
        run_evictions(w);
        end_round(w);
        iam_http_worker_publish(w);
    }
    this_worker = NULL;
    iam_http_loop_end(w);
    return NULL;
}

enum iam_status iam_http_loop_start(struct iam_http_worker *w)
{
    const struct iam_thread_options options = { .turn_ns = TURN_NS };
    sigset_t all;
    sigset_t old;
    iam_http_accept_start(w);
    (void)sigfillset(&all);
    /* Signals belong to the program's main thread, and SIGPIPE to nobody. */
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    enum iam_status st = iam_thread_start(&options, run, w, &w->thread);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return st;
}
