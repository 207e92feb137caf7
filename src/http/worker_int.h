/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread, one epoll, and the connections that it alone touches. From other threads
 * only its mailbox is reached: a connection comes in by it when it was accepted elsewhere or when
 * its answer was given elsewhere.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "http/response_int.h"
#include "http/timer_int.h"

struct iam_http_connection;
struct iam_http_server;

/* What an epoll event belongs to; the first member of it. */
enum iam_http_source { IAM_HTTP_LISTENER, IAM_HTTP_WAKE, IAM_HTTP_CONNECTION };

/* Circular and doubly linked; a head or a member. A member that is in no list points to itself. */
struct iam_http_link {
    struct iam_http_link *prev;
    struct iam_http_link *next;
};

struct iam_http_worker {
    struct iam_http_server *server;
    pthread_t thread;
    int epoll_fd;
    enum iam_http_source wake_source;
    int wake_fd;
    atomic_uint load; /* connections, for choosing the least loaded worker */

    pthread_mutex_t mail_lock;
    struct iam_http_connection *mail; /* last in, first out; under mail_lock */
    bool mail_is_closed;              /* under mail_lock */

    /* From here on for the worker's thread alone. */
    struct iam_http_connection *current; /* the one whose handler is running */
    struct iam_http_timers timers;
    struct iam_http_link connections;
    struct iam_http_link ready; /* have work that needs no event */
    struct iam_buf head;        /* for building a response's head */
    int64_t now_ms;             /* monotonic, when the last wait ended or later */
    int64_t listen_at_ms;       /* accepting is suspended until then; 0: it is not */
    bool is_listening;
    bool is_draining;
    int64_t date_second;
    char date[IAM_HTTP_DATE_LEN + 1];
};

/* What a list's head was made of. */
void iam_http_link_init(struct iam_http_link *head);
void iam_http_link_add(struct iam_http_link *head, struct iam_http_link *member);
void iam_http_link_remove(struct iam_http_link *member);

/* Opens epoll and the wake-up; done frees what init made, once the thread has ended. IAM_IO. */
enum iam_status iam_http_worker_init(struct iam_http_worker *w,
                                     struct iam_http_server *server) IAM_MUST_USE;
void iam_http_worker_done(struct iam_http_worker *w);
/* Starts the thread, with every signal blocked. IAM_IO. */
enum iam_status iam_http_worker_start(struct iam_http_worker *w) IAM_MUST_USE;
/* Whether the calling thread is the worker's. */
bool iam_http_worker_is_here(const struct iam_http_worker *w);
/* From any thread: the worker looks at its mailbox and at whether the server is stopping. */
void iam_http_worker_wake(struct iam_http_worker *w);
/* From any thread. False when the mailbox is closed: the connection stays the caller's. */
bool iam_http_worker_mail(struct iam_http_worker *w, struct iam_http_connection *c);
/* On the worker's thread: run c again before waiting for events. */
void iam_http_worker_ready(struct iam_http_worker *w, struct iam_http_connection *c);
/* On the worker's thread: the wall clock as a Date. */
const char *iam_http_worker_date(struct iam_http_worker *w);
