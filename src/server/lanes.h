/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On which thread a request of the API runs, so that nobody takes the time of all others: a worker
 * only does what is short, what takes longer goes to the slow lane, changes go to the writer, and
 * each of these queues gives one caller no more than a share. How long something takes is counted
 * while it is done (dispatch/work.h), whatever the operation.
 *
 * A write is judged before it is queued, so that who may not make it waits for nobody and holds up
 * nobody, unless the caller's last write succeeded and the writer is quick: then it would be judged
 * twice for nothing. Every write is judged when it runs, with the time of then. A write of a
 * stranger brings evidence, a SAML assertion: that is verified, and the write judged, in a lane of
 * its own.
 */
#pragma once

#include <pthread.h>

#include "dispatch/request.h"
#include "server/health.h"
#include "server/memo.h"
#include "server/queue.h"
#include "server/trail.h"

struct lanes;

/*
 * LIMIT: bytes of a body that a worker hashes, parses and validates; the worst take half a
 * millisecond. No document of a policy needs more.
 */
#define LANES_SHORT_BODY (128u << 10)

/* Opens and reads the request of a job (dispatch/serve.h). */
typedef void lanes_open_fn(void *owner);

/*
 * Begins to get what a call waits for, and calls done(arg) on another thread when that is there or
 * cannot be had. IAM_LIMIT: too much is waited for, and nothing was begun.
 */
typedef enum iam_status lanes_wait_fn(void *ctx, struct api_wait *wait, void (*done)(void *arg),
                                      void *arg);

/* A request on its way. Its owner keeps it until it is done. */
struct lane_job {
    struct lanes *lanes;
    struct api_request *request;
    void *owner;
    lanes_open_fn *open; /* for lanes_open_later */
    uint64_t caller;     /* the number of who asks, and of such calls; 0: not made yet */
    uint64_t call;
    bool is_told; /* that the outcome is unknown; under lanes.at_lock */
};

/* Is told on another thread than lanes_run's that count jobs (at least one) are done, in order. */
typedef void lanes_done_fn(struct lane_job *const *jobs, size_t count);
/*
 * Is told, once, that the writer hangs while it is at this job, whose client has waited long
 * enough. It is done later all the same; not while this runs.
 */
typedef void lanes_unknown_fn(struct lane_job *job);

struct lanes {
    struct queue *writer;
    struct queue *preparer;
    struct queue *slow;
    struct queue *evidence; /* writes of strangers, until it is known who they are */
    struct trail *trail;
    struct health *health;
    lanes_done_fn *done;
    lanes_unknown_fn *unknown;
    bool has_lock;           /* lanes_start has made it: */
    pthread_mutex_t at_lock; /* on what the writer is at: */
    struct lane_job **at;
    size_t at_count;
    lanes_wait_fn *wait;
    void *wait_ctx;
    uint64_t seed;        /* secret: callers are told apart by a hash */
    int64_t congested_ms; /* a writer that takes so long for a batch lets writes wait */
    int64_t hung_ms;      /* ... and this long: hangs */
    struct memo trusted;  /* callers whose last write succeeded */
    struct memo lengthy;  /* calls of a caller that took longer than a worker has time for */
};

struct lanes_options {
    unsigned workers;      /* threads that call lanes_run */
    uint64_t seed;         /* see struct lanes */
    struct trail *trail;   /* which must have room for what the writer does; may be NULL */
    struct health *health; /* is told what the writer's commits say; may be NULL */
    lanes_done_fn *done;
    lanes_unknown_fn *unknown;
    lanes_wait_fn *wait; /* NULL: nothing comes from outside */
    void *wait_ctx;
};

/* Starts the threads of the server's lanes. On failure what was started is left for lanes_stop. */
enum iam_status lanes_start(struct lanes *l, const struct lanes_options *options) IAM_MUST_USE;
/* Returns how many transactions the threads of the lanes can have open at once. */
unsigned lanes_connections(unsigned workers);
/*
 * Returns the number of the job's caller, the same for all sessions of a role; 0: nobody that was
 * authenticated. The request is open.
 */
uint64_t lanes_caller(struct lane_job *job);
/*
 * Refuses the job's request, which is open and not read yet, when it would be refused once it is:
 * because such calls of its caller take long, and the caller has its share of the slow lane. True:
 * it is done.
 */
bool lanes_turn_away(struct lane_job *job);
/*
 * Runs the job's request, which is read, or hands it to another thread. True: it is done, here.
 * False: it belongs to another thread, and done will be told.
 */
bool lanes_run(struct lane_job *job) IAM_MUST_USE;
/*
 * Hands over a job whose request is not open yet, because that takes long: it is opened in the slow
 * lane, and goes on as with lanes_run. source is who sent it, as far as that is known: it has a
 * share like a caller. True: the job belongs to another thread, and done will be told. False: the
 * share is used up, and nothing was done.
 */
bool lanes_open_later(struct lane_job *job, struct iam_str source) IAM_MUST_USE;
/*
 * Looks whether the writer hangs; called about once a second. Then everything that waits for it is
 * answered 503 and never runs. Only what it is at may still happen, which unknown is told. Returns
 * whether it hangs, which health knows then too.
 */
bool lanes_watch(struct lanes *l, struct health *health);
/*
 * Waits until the writer has done what is queued, or hangs. False: it hangs, and lanes_stop would
 * too. Nobody may call lanes_run any more.
 */
bool lanes_settle(struct lanes *l) IAM_MUST_USE;
/* Does what is queued, and ends the threads. Accepts lanes that are zero, or were stopped. */
void lanes_stop(struct lanes *l);
