/* SPDX-License-Identifier: Apache-2.0 */
#include "server/reports.h"

#include <pthread.h>
#include <time.h>

#include "base/heap.h"
#include "base/thread.h"
#include "server/access_report.h"
#include "server/credential_report.h"
#include "server/log.h"
#include "server/token_keys.h"
#include "store/access_job.h"
#include "store/report.h"

#define PERIOD_MS 1000
/* How long the end waits for the store: as long as for the writer (lanes.c). */
#define STOP_MS 10000
/* Periods that the next try waits after a failure. */
#define PATIENCE 30
/* Periods between two looks for keys that are due. */
#define KEY_PERIODS 60
/* On a busy processor it gets a tenth of what a worker gets. */
#define NICENESS 10
/* LIMIT: accounts whose reports are made in one turn, and reports about used services. */
#define MAX_TOGETHER 16
#define ARENA_BYTES ((size_t)1 << 20)

struct reports {
    struct reports_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping; /* under lock */
    bool has_ended;   /* the thread; under lock */
    unsigned patience;
    unsigned key_patience; /* periods until keys are looked at */
};

/* ---- waiting ---- */

static void set_deadline(int64_t ms, struct timespec *ret)
{
    (void)clock_gettime(CLOCK_MONOTONIC, ret);
    ret->tv_sec += ms / 1000;
    ret->tv_nsec += (ms % 1000) * 1000000;
    if (ret->tv_nsec >= 1000000000) {
        ret->tv_sec++;
        ret->tv_nsec -= 1000000000;
    }
}

/* Waits for a period; false when the thread is to end. */
static bool wait_period(struct reports *r)
{
    struct timespec until;
    set_deadline(r->options.period_ms, &until);
    (void)pthread_mutex_lock(&r->lock);
    while (!r->is_stopping && pthread_cond_timedwait(&r->changed, &r->lock, &until) == 0) {
    }
    bool goes_on = !r->is_stopping;
    (void)pthread_mutex_unlock(&r->lock);
    return goes_on;
}

static bool goes_on(void *ctx)
{
    struct reports *r = ctx;
    (void)pthread_mutex_lock(&r->lock);
    bool is_stopping = r->is_stopping;
    (void)pthread_mutex_unlock(&r->lock);
    return !is_stopping;
}

/* Returns the first failure of two. */
static enum iam_status first_of(enum iam_status a, enum iam_status b)
{
    return a != IAM_OK ? a : b;
}

/* ---- one credential report ---- */

static enum iam_status write_report(struct reports *r, struct iam_str account, struct iam_buf *out)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->options.store, IAM_TXN_READ, &txn));
    enum iam_status st = credential_report_write(txn, account, goes_on, r, out);
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status finish(struct reports *r, struct iam_str account, struct iam_str content,
                              int64_t made_ms)
{
    const struct iam_entity_ref ref = { IAM_KIND_ACCOUNT, account, account };
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->options.store, IAM_TXN_WRITE, &txn));
    enum iam_status st = iam_store_report_finish(txn, &ref, content, made_ms);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    return iam_txn_commit(txn);
}

/* Makes the report and keeps it. One that is too long is given up: it would be so the next time. */
static enum iam_status make(struct reports *r, struct iam_str account)
{
    struct iam_buf out;
    int64_t made_ms = r->options.now_ms() / 1000 * 1000;
    iam_buf_init(&out, iam_heap(), CREDENTIAL_REPORT_MAX);
    enum iam_status st = write_report(r, account, &out);
    if (st == IAM_OK) {
        st = finish(r, account, (struct iam_str){ out.p, out.len }, made_ms);
    } else if (st == IAM_LIMIT) {
        log_write(LOG_LEVEL_ERROR, "the credential report is too long",
                  LOG_FIELDS({ "account", account }));
        st = finish(r, account, iam_str_absent(), 0);
    }
    iam_buf_done(&out);
    return st;
}

/* ---- one report about used services ---- */

/* Says why there is none, as of the status with which it ended. */
static void set_error(struct iam_access_job *job, enum iam_status st)
{
    bool is_gone = st == IAM_NOT_FOUND;
    bool is_long = st == IAM_LIMIT;
    job->error_code = is_gone   ? IAM_STR("NoSuchEntity")
                      : is_long ? IAM_STR("LimitExceeded")
                                : IAM_STR("ServiceFailure");
    job->error_text = is_gone   ? IAM_STR("The entity was deleted before its report was made.")
                      : is_long ? IAM_STR("The report is too long.")
                                : IAM_STR("A policy of the entity cannot be read.");
}

/* Tells whether another try would end in the same way. */
static bool is_final(enum iam_status st)
{
    return st == IAM_NOT_FOUND || st == IAM_LIMIT || st == IAM_CORRUPT;
}

static enum iam_status write_access(struct reports *r, const struct iam_access_job *job,
                                    struct iam_buf texts[IAM_ACCESS_PART_COUNT])
{
    const struct access_report_options options = { .directory = r->options.directory,
                                                   .now_ms = r->options.now_ms(),
                                                   .goes_on = goes_on,
                                                   .ctx = r };
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->options.store, IAM_TXN_READ, &txn));
    enum iam_status st = access_report_write(txn, job, &options, texts);
    iam_txn_rollback(txn);
    return st;
}

/* Keeps what became of the job; texts is NULL of one that has failed. */
static enum iam_status finish_access(struct reports *r, struct iam_arena *arena,
                                     const struct iam_access_job *job, const struct iam_str *texts)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->options.store, IAM_TXN_WRITE, &txn));
    enum iam_status st = iam_store_access_job_finish(txn, arena, job, r->options.now_ms(), texts);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st == IAM_NOT_FOUND ? IAM_OK : st; /* the account is gone */
    }
    return iam_txn_commit(txn);
}

static enum iam_status make_access(struct reports *r, struct iam_arena *arena,
                                   struct iam_access_job *job)
{
    struct iam_buf bufs[IAM_ACCESS_PART_COUNT];
    struct iam_str texts[IAM_ACCESS_PART_COUNT];
    for (size_t i = 0; i < IAM_ACCESS_PART_COUNT; i++) {
        iam_buf_init(&bufs[i], iam_heap(), IAM_ACCESS_TEXT_MAX);
    }
    enum iam_status st = write_access(r, job, bufs);
    for (size_t i = 0; i < IAM_ACCESS_PART_COUNT; i++) {
        texts[i] = bufs[i].len > 0 ? (struct iam_str){ bufs[i].p, bufs[i].len } : IAM_STR("");
    }
    if (st == IAM_OK) {
        st = finish_access(r, arena, job, texts);
    } else if (is_final(st)) {
        set_error(job, st);
        st = finish_access(r, arena, job, NULL);
    }
    for (size_t i = 0; i < IAM_ACCESS_PART_COUNT; i++) {
        iam_buf_done(&bufs[i]);
    }
    return st;
}

static enum iam_status list_access(struct reports *r, struct iam_arena *arena,
                                   struct iam_access_job_list *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->options.store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_access_job_pending(txn, arena, MAX_TOGETHER, ret);
    iam_txn_rollback(txn);
    return st;
}

/* Makes the oldest ones that are asked for. One that cannot be made holds up no other. */
static enum iam_status make_all_access(struct reports *r, struct iam_arena *arena)
{
    struct iam_access_job_list jobs = { 0 };
    enum iam_status st = list_access(r, arena, &jobs);
    for (size_t i = 0; i < jobs.count && goes_on(r); i++) {
        st = first_of(st, make_access(r, arena, &jobs.items[i]));
    }
    return st;
}

/* ---- the thread ---- */

static enum iam_status list_pending(struct reports *r, struct iam_arena *arena,
                                    struct iam_account_id_list *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->options.store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_report_pending(txn, arena, MAX_TOGETHER, ret);
    iam_txn_rollback(txn);
    return st;
}

/* Makes all reports that are asked for. One that cannot be made holds up no other. */
static enum iam_status make_all(struct reports *r, struct iam_arena *arena)
{
    struct iam_account_id_list accounts = { 0 };
    enum iam_status st = list_pending(r, arena, &accounts);
    for (size_t i = 0; i < accounts.count && goes_on(r); i++) {
        st = first_of(st, make(r, accounts.items[i]));
    }
    return st;
}

/* Makes the keys that are due, and looks again after a while. */
static enum iam_status tend_keys(struct reports *r)
{
    const struct token_keys keys = { r->options.store, r->options.keeper };
    if (r->options.keeper == NULL || r->key_patience > 0) {
        r->key_patience -= r->key_patience > 0;
        return IAM_OK;
    }
    r->key_patience = KEY_PERIODS;
    return token_keys_tend(&keys, r->options.high_ms(), goes_on, r);
}

/* Makes reports, unless the last try has failed a moment ago. */
static enum iam_status make_reports(struct reports *r)
{
    struct iam_arena arena;
    if (r->patience > 0) {
        r->patience--;
        return IAM_OK;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = make_all(r, &arena);
    st = first_of(st, make_all_access(r, &arena));
    iam_arena_done(&arena);
    r->patience = st != IAM_OK ? PATIENCE : 0;
    return st;
}

/* Looks for work. Reports that cannot be made keep no keys from being made. */
static void take_turn(struct reports *r)
{
    enum iam_status st = make_reports(r);
    st = first_of(st, tend_keys(r));
    if (st != IAM_OK && goes_on(r)) {
        log_write(LOG_LEVEL_WARN, "cannot make a report or a key, it is tried again later",
                  LOG_FIELDS({ "error", iam_str_c(iam_status_text(st)) }));
    }
}

static void *run(void *arg)
{
    struct reports *r = arg;
    do {
        take_turn(r);
    } while (wait_period(r));
    (void)pthread_mutex_lock(&r->lock);
    r->has_ended = true;
    (void)pthread_cond_broadcast(&r->changed);
    (void)pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* ---- life ---- */

static void init_locks(struct reports *r)
{
    pthread_condattr_t attr;
    (void)pthread_mutex_init(&r->lock, NULL);
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&r->changed, &attr);
    (void)pthread_condattr_destroy(&attr);
}

static void release(struct reports *r)
{
    (void)pthread_cond_destroy(&r->changed);
    (void)pthread_mutex_destroy(&r->lock);
    iam_heap()->free(iam_heap()->ctx, r);
}

enum iam_status reports_start(const struct reports_options *options, struct reports **ret)
{
    const struct iam_thread_options thread = { .niceness = NICENESS };
    struct reports *r = iam_heap()->alloc(iam_heap()->ctx, sizeof(*r));
    IAM_ENSURE(r != NULL, IAM_NOMEM);
    *r = (struct reports){ .options = *options };
    if (r->options.period_ms == 0) {
        r->options.period_ms = PERIOD_MS;
    }
    init_locks(r);
    enum iam_status st = iam_thread_start(&thread, run, r, &r->thread);
    if (st != IAM_OK) {
        release(r);
        return st;
    }
    *ret = r;
    return IAM_OK;
}

/* Tells the thread to end, and waits for it; false when that takes too long. */
static bool end_thread(struct reports *r)
{
    struct timespec until;
    set_deadline(STOP_MS, &until);
    (void)pthread_mutex_lock(&r->lock);
    r->is_stopping = true;
    (void)pthread_cond_broadcast(&r->changed);
    while (!r->has_ended && pthread_cond_timedwait(&r->changed, &r->lock, &until) == 0) {
    }
    bool has_ended = r->has_ended;
    (void)pthread_mutex_unlock(&r->lock);
    return has_ended && pthread_join(r->thread, NULL) == 0;
}

bool reports_stop(struct reports *r)
{
    if (r == NULL) {
        return true;
    }
    if (!end_thread(r)) {
        return false;
    }
    release(r);
    return true;
}
