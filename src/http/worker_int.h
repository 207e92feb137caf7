/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker: one thread, one epoll, and the connections that it alone touches. Other threads reach
 * only its mailbox: a connection arrives there when it was accepted elsewhere, or when its answer
 * was made elsewhere. What the thread does is in loop_int.h.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "http/link_int.h"
#include "http/response_int.h"
#include "http/timer_int.h"
#include "http/turns_int.h"

struct iam_http_connection;
struct iam_http_server;

/* Says what an epoll event is for; the first member of the struct that the event points to. */
enum iam_http_source { IAM_HTTP_LISTENER, IAM_HTTP_WAKE, IAM_HTTP_CONNECTION };

/* What makes a connection fit into a mailbox. */
struct iam_http_mail {
    struct iam_http_mail *next;
    bool is_waiting; /* in the mailbox; under the worker's mail_lock */
};

/* Whose connection is closed to make room, in this order; of each, the one that waited longest. */
enum iam_http_victim {
    IAM_HTTP_VICTIM_LINGER,   /* has its last answer, and does not close */
    IAM_HTTP_VICTIM_STRANGER, /* waits for a request, or for the rest of its head */
    IAM_HTTP_VICTIM_KNOWN,    /* between two requests */
    IAM_HTTP_VICTIM_HELD,     /* asks too often, and is not read for that */
    IAM_HTTP_VICTIM_BODY,     /* a stranger in the middle of a body */
    IAM_HTTP_VICTIM_UNREAD,   /* a stranger that does not read its answer */
    IAM_HTTP_VICTIMS
};

struct iam_http_worker {
    struct iam_http_server *server;
    const struct iam_http_config *config; /* the server's */
    pthread_t thread;
    int epoll_fd;
    enum iam_http_source wake_source;
    int wake_fd;
    atomic_uint load; /* connections, without refusals, for choosing the least loaded worker */
    /* Since when the first victim of each kind waits, INT64_MAX: none; as of the last round. */
    _Atomic int64_t waiting_since[IAM_HTTP_VICTIMS];

    pthread_mutex_t mail_lock;
    struct iam_http_mail *mail; /* last in, first out; under mail_lock */
    bool mail_is_closed;        /* under mail_lock */

    /* The rest is for the worker's thread alone. */
    struct iam_http_connection *current; /* the one whose handler is running */
    struct iam_http_timers timers;
    struct iam_http_link connections;
    struct iam_http_turns ready; /* connections that have something to do */
    struct iam_buf head;         /* for building a response's head */
    int64_t now_ms;              /* monotonic, when the last wait ended or later */
    int64_t listen_at_ms;        /* accepting is suspended until then; 0: it is not */
    unsigned evictions;          /* to be done: connections that came for which others go */
    bool is_listening;
    bool is_draining;
    int64_t date_second;
    char date[IAM_HTTP_DATE_LEN + 1];
};

/*
 * Opens epoll and the wake-up. config is the server's and stays where it is. IAM_IO: nothing is
 * left to be undone.
 */
enum iam_status iam_http_worker_init(struct iam_http_worker *w, struct iam_http_server *server,
                                     const struct iam_http_config *config) IAM_MUST_USE;
/* Frees what init made. No thread runs, and no connection is left. */
void iam_http_worker_done(struct iam_http_worker *w);

/* Shows others what waits in this worker. On its thread, or before it runs. */
void iam_http_worker_publish(struct iam_http_worker *w);
/*
 * Returns the timer of the connection that is to be closed for the one that came last, or NULL. On
 * its thread.
 */
struct iam_http_timer *iam_http_worker_victim(struct iam_http_worker *w);
/* Makes the worker look at its mailbox and at whether the server is stopping. From any thread. */
void iam_http_worker_wake(struct iam_http_worker *w);
/* Puts mail into the mailbox, from any thread. False when it is closed: mail stays the caller's. */
bool iam_http_worker_mail(struct iam_http_worker *w, struct iam_http_mail *mail);
/* Empties the mailbox and returns what was in it, linked by next; NULL for nothing. */
struct iam_http_mail *iam_http_worker_take_mail(struct iam_http_worker *w);

/* Returns the wall clock as a Date, valid until the next call. On the worker's thread. */
const char *iam_http_worker_date(struct iam_http_worker *w);
/* Reads the monotonic clock, in microseconds. */
int64_t iam_http_monotonic_us(void);
/* Reads the monotonic clock, in milliseconds. */
int64_t iam_http_monotonic_ms(void);
