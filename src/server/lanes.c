/* SPDX-License-Identifier: Apache-2.0 */
#include "server/lanes.h"

#include "base/map.h"
#include "dispatch/batch.h"
#include "dispatch/prepare.h"
#include "dispatch/serve.h"

/* LIMITS of the writer: a caller's share is a sixteenth of the queue. */
#define MAX_WRITES 4096
#define MAX_WRITES_PER_CALLER 256
/* LIMITS of the preparer: a caller's share is about a second of hashing passwords. */
#define MAX_PREPARATIONS 256
#define MAX_PREPARATIONS_PER_CALLER 64
/*
 * LIMITS of the slow lane: a call takes up to a quarter of a second, so that a caller's share is
 * about a second of one thread.
 */
#define MAX_SLOW 256
#define MAX_SLOW_PER_CALLER 4
/*
 * LIMITS of what verifies evidence in writes of strangers: each takes less than a millisecond, one
 * that is encrypted a few. Many may sign on through one address.
 */
#define MAX_EVIDENCE 256
#define MAX_EVIDENCE_PER_SOURCE 64
/* On a busy processor the writer gets a third of what a worker gets. */
#define WRITER_NICENESS 5
/* On a busy processor the slow lane, and evidence, get a tenth of what a worker gets. */
#define SLOW_NICENESS 10

/* A batch of 64 takes a few milliseconds where the disk is not slow. */
#define CONGESTED_MS 5
/*
 * A disk that needs ten seconds for a commit is not slow but away, and clients give up after a
 * minute: they learn it while they can still do something else.
 */
#define HUNG_MS 10000

#define SAYS_THROTTLED "Rate exceeded"
#define SAYS_HUNG \
    "The server cannot store changes at the moment; the request was not carried out. Try again later."
#define SAYS_BUSY "The request has failed due to a temporary failure of the server."

/* ---- who ---- */

static uint64_t number_of(const struct lane_job *job, struct iam_str name)
{
    return iam_hash(name, job->lanes->seed) | 1;
}

/*
 * Returns a number for the caller, the same for all sessions of a role, or where the request comes
 * from until the evidence for its caller is verified; never 0.
 */
static uint64_t caller_of(struct lane_job *job)
{
    const struct iam_identity *caller = job->request->call.caller;
    if (caller->kind == IAM_KIND_NONE) {
        return number_of(job, job->request->wire.source_ip);
    }
    if (job->caller == 0) {
        job->caller = number_of(job, caller->principal_id);
    }
    return job->caller;
}

uint64_t lanes_caller(struct lane_job *job)
{
    const struct iam_identity *caller = job->request->call.caller;
    bool is_known = caller != NULL && caller->kind != IAM_KIND_NONE;
    return is_known ? caller_of(job) : 0;
}

/* Returns a number for calls of this operation by the caller, as first asked for; never 0. */
static uint64_t call_of(struct lane_job *job)
{
    if (job->call == 0) {
        job->call = iam_hash(job->request->call.op->name, caller_of(job)) | 1;
    }
    return job->call;
}

/* ---- handing over ---- */

static void refuse(struct lane_job *job, enum iam_status st, enum api_error when_full)
{
    bool is_throttled = st == IAM_RANGE || when_full == API_ERR_THROTTLING;
    api_request_refuse(job->request, is_throttled ? API_ERR_THROTTLING : when_full,
                       is_throttled ? SAYS_THROTTLED : SAYS_BUSY);
}

/* Queues job. True: it is refused instead, and done. */
static bool hand_over(struct queue *q, queue_job_fn *fn, struct lane_job *job,
                      enum api_error when_full)
{
    enum iam_status st = queue_put(q, caller_of(job), fn, job);
    if (st != IAM_OK) {
        refuse(job, st, when_full);
    }
    return st != IAM_OK;
}

static bool is_hung(struct lanes *l)
{
    return queue_busy_ms(l->writer) >= l->hung_ms;
}

/* ---- the writer ---- */

/*
 * Remembers of each caller whether the last write succeeded: other answers come without permission
 * too.
 */
static void remember(struct lanes *l, struct lane_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memo_set(&l->trusted, caller_of(jobs[i]), jobs[i]->request->response.status == 200);
    }
}

/* Says what the outcome of these requests shows of the store. */
static void note_outcome(struct health *health, struct api_request *const *requests, size_t count)
{
    for (size_t i = 0; health != NULL && i < count; i++) {
        const struct api_request *r = requests[i];
        bool has_failed = r->response.status == 500 && r->log_error.len > 0;
        if (has_failed || api_request_is_committed(r)) {
            (void)health_set(health, HEALTH_WRITES_FAIL, has_failed);
        }
    }
}

/* Runs the first of the requests, as many as can run together. Returns their number. */
static size_t run_some(struct lanes *l, struct api_request *const *requests, size_t count)
{
    if (!trail_make_room(l->trail, count)) {
        trail_refuse(requests[0]);
        return 1;
    }
    size_t taken = api_batch_run(requests, count);
    note_outcome(l->health, requests, taken);
    return taken;
}

/* Says what the writer is at: nobody is told of other jobs any more. */
static void set_at(struct lanes *l, struct lane_job **jobs, size_t count)
{
    (void)pthread_mutex_lock(&l->at_lock);
    l->at = jobs;
    l->at_count = count;
    (void)pthread_mutex_unlock(&l->at_lock);
}

static void tell_unknown(struct lanes *l)
{
    (void)pthread_mutex_lock(&l->at_lock);
    for (size_t i = 0; i < l->at_count; i++) {
        struct lane_job *job = l->at[i];
        if (!job->is_told) {
            job->is_told = true;
            l->unknown(job);
        }
    }
    (void)pthread_mutex_unlock(&l->at_lock);
}

static void run_on_writer(void *const *args, size_t count)
{
    struct lane_job *jobs[QUEUE_BATCH_MAX] = { NULL };
    struct api_request *requests[QUEUE_BATCH_MAX];
    for (size_t i = 0; i < count; i++) {
        jobs[i] = args[i];
        requests[i] = jobs[i]->request;
    }
    struct lanes *l = jobs[0]->lanes;
    set_at(l, jobs, count);
    for (size_t i = 0; i < count;) {
        size_t taken = run_some(l, &requests[i], count - i);
        remember(l, &jobs[i], taken);
        set_at(l, &jobs[i + taken], count - i - taken);
        l->done(&jobs[i], taken);
        i += taken;
    }
}

_Static_assert(QUEUE_BATCH_MAX <= API_BATCH_MAX, "what waits together commits together");

static bool hand_to_writer(struct lane_job *job)
{
    if (is_hung(job->lanes)) {
        api_request_refuse(job->request, API_ERR_SERVICE_UNAVAILABLE, SAYS_HUNG);
        return true;
    }
    return hand_over(job->lanes->writer, run_on_writer, job, API_ERR_SERVICE_UNAVAILABLE);
}

/* ---- the preparer ---- */

static void run_on_preparer(void *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lane_job *job = args[i];
        api_request_prepare(job->request);
        if (job->request->is_done || hand_to_writer(job)) {
            job->lanes->done(&job, 1);
        }
    }
}

/* Hands a write that may wait to the thread that it waits for. */
static bool hand_on(struct lane_job *job)
{
    return api_request_needs_preparation(job->request)
               ? hand_over(job->lanes->preparer, run_on_preparer, job, API_ERR_THROTTLING)
               : hand_to_writer(job);
}

/* ---- outside ---- */

/*
 * Runs a request again that has waited. It is short: everything that takes long was before the
 * waiting.
 */
static void run_after_wait(void *arg)
{
    struct lane_job *job = arg;
    if (!api_request_run_reading(job->request)) {
        refuse(job, IAM_LIMIT, API_ERR_SERVICE_UNAVAILABLE);
    }
    job->lanes->done(&job, 1);
}

/* Lets a request wait for something from outside. True: it cannot, and is done. */
static bool wait_outside(struct lane_job *job)
{
    struct lanes *l = job->lanes;
    struct api_wait *wait = &job->request->call.wait;
    enum iam_status st =
        l->wait != NULL ? l->wait(l->wait_ctx, wait, run_after_wait, job) : IAM_LIMIT;
    if (st != IAM_OK) {
        refuse(job, st, API_ERR_THROTTLING);
    }
    return st != IAM_OK;
}

/* ---- the slow lane ---- */

/* Runs a job whose request is open. True: it is done; otherwise it belongs to another thread. */
static bool run_slowly(struct lane_job *job)
{
    struct api_request *r = job->request;
    if (r->is_done) {
        return true;
    }
    if (api_request_is_write(r)) {
        bool is_known = api_request_judge(r, API_STEPS_MAX);
        IAM_ASSERT(is_known);
        return r->is_done || hand_on(job);
    }
    uint64_t call = call_of(job);
    bool is_done = api_request_run_reading(r);
    memo_set(&job->lanes->lengthy, call, r->call.work.left < API_STEPS_MAX - API_STEPS_SHORT / 2);
    return is_done || wait_outside(job);
}

static void run_on_slow(void *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lane_job *job = args[i];
        if (run_slowly(job)) {
            job->lanes->done(&job, 1);
        }
    }
}

static void open_on_slow(void *const *args, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct lane_job *job = args[i];
        job->open(job->owner);
        run_on_slow(&args[i], 1);
    }
}

bool lanes_open_later(struct lane_job *job, struct iam_str source)
{
    return queue_put(job->lanes->slow, number_of(job, source), open_on_slow, job) == IAM_OK;
}

static bool hand_to_slow(struct lane_job *job)
{
    return hand_over(job->lanes->slow, run_on_slow, job, API_ERR_THROTTLING);
}

/* ---- on a worker ---- */

bool lanes_turn_away(struct lane_job *job)
{
    struct lanes *l = job->lanes;
    struct api_request *r = job->request;
    if (api_request_is_write(r) || !memo_has(&l->lengthy, call_of(job)) ||
        queue_has_room(l->slow, caller_of(job))) {
        return false;
    }
    refuse(job, IAM_RANGE, API_ERR_THROTTLING);
    return true;
}

/* Runs what changes nothing. A call that took long the last time is not even tried here. */
static bool run_reading(struct lane_job *job)
{
    if (!memo_has(&job->lanes->lengthy, call_of(job)) && api_request_run_short(job->request)) {
        return true;
    }
    return job->request->call.wait.is_wanted ? wait_outside(job) : hand_to_slow(job);
}

/* Tells whether a write is judged before it is queued. */
static bool must_judge(struct lane_job *job)
{
    struct lanes *l = job->lanes;
    const struct api_request *r = job->request;
    return api_request_needs_preparation(r) || !memo_has(&l->trusted, caller_of(job)) ||
           queue_busy_ms(l->writer) >= l->congested_ms;
}

static bool run_write(struct lane_job *job)
{
    struct api_request *r = job->request;
    if (r->call.caller->kind == IAM_KIND_NONE) {
        /* Who sent evidence shows when that is verified. */
        return hand_over(job->lanes->evidence, run_on_slow, job, API_ERR_THROTTLING);
    }
    if (must_judge(job)) {
        if (!api_request_judge(r, API_STEPS_SHORT)) {
            return hand_to_slow(job);
        }
        if (r->is_done) {
            return true;
        }
    }
    return hand_on(job);
}

bool lanes_run(struct lane_job *job)
{
    if (job->request->is_done) {
        return true;
    }
    return api_request_is_write(job->request) ? run_write(job) : run_reading(job);
}

/* ---- life ---- */

/* Threads of the slow lane: half as many as there are workers. */
static unsigned slow_threads(unsigned workers)
{
    return workers > 1 ? workers / 2 : 1;
}

unsigned lanes_connections(unsigned workers)
{
    return 2 + 2 * slow_threads(workers); /* the writer, the preparer; the slow lane, evidence */
}

enum iam_status lanes_start(struct lanes *l, const struct lanes_options *options)
{
    const struct queue_options writer = { .max_queued = MAX_WRITES,
                                          .max_per_caller = MAX_WRITES_PER_CALLER,
                                          .niceness = WRITER_NICENESS };
    const struct queue_options preparer = { .max_queued = MAX_PREPARATIONS,
                                            .max_per_caller = MAX_PREPARATIONS_PER_CALLER,
                                            .max_together = 1 };
    const struct queue_options slow = { .max_queued = MAX_SLOW,
                                        .max_per_caller = MAX_SLOW_PER_CALLER,
                                        .max_together = 1,
                                        .threads = slow_threads(options->workers),
                                        .niceness = SLOW_NICENESS };
    const struct queue_options evidence = { .max_queued = MAX_EVIDENCE,
                                            .max_per_caller = MAX_EVIDENCE_PER_SOURCE,
                                            .max_together = 1,
                                            .threads = slow_threads(options->workers),
                                            .niceness = SLOW_NICENESS };
    *l = (struct lanes){ .trail = options->trail,
                         .health = options->health,
                         .done = options->done,
                         .unknown = options->unknown,
                         .wait = options->wait,
                         .wait_ctx = options->wait_ctx,
                         .seed = options->seed,
                         .congested_ms = CONGESTED_MS,
                         .hung_ms = HUNG_MS };
    l->has_lock = pthread_mutex_init(&l->at_lock, NULL) == 0;
    IAM_TRY(queue_new(&writer, &l->writer));
    IAM_TRY(queue_new(&preparer, &l->preparer));
    IAM_TRY(queue_new(&evidence, &l->evidence));
    return queue_new(&slow, &l->slow);
}

/* Answers everything that waits for the writer. */
static void give_up(struct lanes *l)
{
    bool rest = true;
    while (rest) {
        void *args[QUEUE_BATCH_MAX];
        struct lane_job *jobs[QUEUE_BATCH_MAX];
        size_t count = queue_take_back(l->writer, run_on_writer, args, &rest);
        for (size_t i = 0; i < count; i++) {
            jobs[i] = args[i];
            api_request_refuse(jobs[i]->request, API_ERR_SERVICE_UNAVAILABLE, SAYS_HUNG);
        }
        if (count > 0) {
            l->done(jobs, count);
        }
    }
}

bool lanes_watch(struct lanes *l, struct health *health)
{
    bool hangs = is_hung(l);
    (void)health_set(health, HEALTH_WRITER_HUNG, hangs);
    if (hangs) {
        give_up(l);
        tell_unknown(l);
    }
    return hangs;
}

/* Does what is queued for the writer later. */
static void stop_others(struct lanes *l)
{
    queue_stop(l->slow);     /* first: it hands over to the others */
    queue_stop(l->evidence); /* like that one */
    queue_stop(l->preparer); /* then this, which hands over to the writer */
    l->slow = NULL;
    l->evidence = NULL;
    l->preparer = NULL;
}

bool lanes_settle(struct lanes *l)
{
    stop_others(l);
    return queue_drain(l->writer, l->hung_ms);
}

void lanes_stop(struct lanes *l)
{
    stop_others(l);
    queue_stop(l->writer);
    l->writer = NULL;
    if (l->has_lock) {
        (void)pthread_mutex_destroy(&l->at_lock);
        l->has_lock = false;
    }
}
