/* SPDX-License-Identifier: Apache-2.0 */
#include "server/trail.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/heap.h"
#include "dispatch/serve.h"
#include "server/clock.h"
#include "server/log.h"

/* A trail that took no records is not tried again with less room than this: it would fail at once.
 */
#define MIN_FREE_BYTES (64u << 10)
/* Room that is allocated ahead for a record: far more than most have. */
#define ALLOCATED_PER_RECORD (16u << 10)
/* LIMIT: summaries that are written at a time. */
#define MAX_SUMMARIES 64
#define NUMBER_BYTES 24

struct trail {
    struct audit *file;
    struct strangers *strangers;
    struct health *health;
    uint64_t reserve_bytes;
    bool is_required;
    _Atomic bool is_low;     /* there is less room than the reserve */
    _Atomic bool is_failing; /* the file has not taken records */
    pthread_mutex_t lock;    /* for what follows */
    uint64_t missing;        /* records that the file does not tell of; may be none yet */
    int64_t since_ms;
    int64_t last_ms;
};

/* ---- missing records ---- */

static void log_number(enum log_level level, const char *msg, uint64_t n)
{
    char number[NUMBER_BYTES];
    (void)snprintf(number, sizeof(number), "%llu", (unsigned long long)n);
    log_write(level, msg, LOG_FIELDS({ "missing", iam_str_c(number) }));
}

/* Notes that n records are missing; none: that the next ones would be. */
static void lose(struct trail *t, uint64_t n, int64_t now_ms)
{
    (void)pthread_mutex_lock(&t->lock);
    t->since_ms = t->missing > 0 ? t->since_ms : now_ms;
    t->last_ms = now_ms;
    t->missing += n;
    uint64_t missing = t->missing;
    atomic_store(&t->is_failing, true);
    health_set_missing(t->health, missing);
    (void)health_set(t->health, HEALTH_AUDIT_FAILED, true);
    (void)pthread_mutex_unlock(&t->lock);
    if (n > 0) {
        log_number(LOG_LEVEL_ERROR, "audit records are missing", missing);
    }
}

/* ---- lines ---- */

/*
 * Tells whether nobody vouches for the caller. Who signed with a key that is no longer there did
 * authenticate, and so did who brought evidence that was accepted.
 */
static bool is_stranger(const struct api_request *r)
{
    bool is_refused = r->call.op == NULL || api_fault_is_set(&r->call.fault);
    return !iam_str_is_set(r->identity.access_key_id) && r->call.evidence == NULL &&
           (is_refused || r->call.op->rule->access == API_ACCESS_PUBLIC);
}

/* Tells whether the request of a stranger is recorded. */
static bool admit(struct trail *t, const struct api_request *r)
{
    bool has_room = !atomic_load_explicit(&t->is_low, memory_order_relaxed) &&
                    !atomic_load_explicit(&t->is_failing, memory_order_relaxed);
    struct iam_str code = api_fault_is_set(&r->call.fault)
                              ? api_error_code(r->call.fault.error, api_request_is_json(r))
                              : iam_str_absent();
    return strangers_admit(t->strangers, r->call.origin.source_ip, code, r->call.now_ms, has_room);
}

static enum iam_status make_line(struct trail *t, const struct api_request *r,
                                 struct trail_line *ret)
{
    if (is_stranger(r)) {
        return admit(t, r) ? record_short(r, &ret->spare, &ret->text) : IAM_OK;
    }
    return record_whole(r, &ret->text) == IAM_OK ? IAM_OK
                                                 : record_brief(r, &ret->spare, &ret->text);
}

void trail_record(struct trail *trail, const struct api_request *r, struct trail_line *ret)
{
    *ret = (struct trail_line){ 0 };
    iam_buf_init(&ret->spare, iam_heap(), RECORD_BRIEF_BYTES);
    if (trail != NULL && make_line(trail, r, ret) != IAM_OK) {
        ret->text = iam_str_absent();
        ret->is_lost = true;
        lose(trail, 1, r->call.now_ms);
    }
}

/* Marks the lines from the first that is not in the file. Returns their number. */
static uint64_t mark_lost(struct trail_line *const *lines, size_t first, size_t count)
{
    uint64_t lost = 0;
    for (size_t i = first; i < count; i++) {
        if (lines[i]->text.len > 0) {
            lines[i]->is_lost = true;
            lost++;
        }
    }
    return lost;
}

void trail_write(struct trail *trail, struct trail_line *const *lines, size_t count)
{
    struct iam_str texts[AUDIT_BATCH_MAX];
    size_t i = 0;
    if (trail == NULL) {
        return;
    }
    do {
        texts[i] = lines[i]->text;
    } while (++i < count);
    size_t written = audit_write(trail->file, texts, count);
    uint64_t lost = mark_lost(lines, written, count);
    if (lost > 0) {
        lose(trail, lost, clock_now_ms());
    }
}

/* ---- a trail that is required ---- */

bool trail_is_required(const struct trail *trail)
{
    return trail != NULL && trail->is_required;
}

/* Tells whether the file has, or cannot have, blocks for count more records. */
static bool has_room(struct trail *t, size_t count)
{
    return audit_allocate(t->file, (uint64_t)count * ALLOCATED_PER_RECORD) != IAM_LIMIT;
}

bool trail_takes_records(const struct trail *trail)
{
    return !trail_is_required(trail) || !atomic_load(&trail->is_failing);
}

bool trail_make_room(struct trail *trail, size_t count)
{
    if (!trail_is_required(trail)) {
        return true;
    }
    if (!atomic_load(&trail->is_failing) && !has_room(trail, count)) {
        lose(trail, 0, clock_now_ms());
    }
    return !atomic_load(&trail->is_failing);
}

/* ---- upkeep ---- */

/* Appends an event of the server's own. */
static bool write_missing(struct trail *t, const struct record_missing *m, int64_t now_ms)
{
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, iam_heap(), RECORD_BRIEF_BYTES);
    bool ok = record_missing(m, now_ms, &b, &text) == IAM_OK && audit_write(t->file, &text, 1) == 1;
    iam_buf_done(&b);
    return ok;
}

static void look_at_room(struct trail *t)
{
    bool is_low = audit_free_bytes(t->file) < t->reserve_bytes;
    atomic_store(&t->is_low, is_low);
    (void)health_set(t->health, HEALTH_AUDIT_ROOM_LOW, is_low);
}

/* Tells whether it is worth a try to write again. */
static bool may_work(struct trail *t)
{
    char error[FILES_ERROR_MAX];
    if (!audit_is_open(t->file) && audit_reopen(t->file, error) != IAM_OK) {
        return false;
    }
    return audit_free_bytes(t->file) >= MIN_FREE_BYTES && (!t->is_required || has_room(t, 1));
}

/* Notes that the file tells of the first told missing records. */
static void end_failure(struct trail *t, uint64_t told)
{
    if (told > 0) {
        log_number(LOG_LEVEL_WARN, "audit records are written again", told);
    }
    (void)pthread_mutex_lock(&t->lock);
    t->missing -= told;
    bool is_over = t->missing == 0;
    atomic_store(&t->is_failing, !is_over);
    health_set_missing(t->health, t->missing);
    (void)health_set(t->health, HEALTH_AUDIT_FAILED, !is_over);
    (void)pthread_mutex_unlock(&t->lock);
}

static void try_again(struct trail *t, int64_t now_ms)
{
    struct record_missing m = { .reason = IAM_STR("the file took no records") };
    (void)pthread_mutex_lock(&t->lock);
    m.count = t->missing;
    m.first_ms = t->since_ms;
    m.last_ms = t->last_ms;
    (void)pthread_mutex_unlock(&t->lock);
    if (may_work(t) && (m.count == 0 || write_missing(t, &m, now_ms))) {
        end_failure(t, m.count);
    }
}

/* Records what was left out of the requests of strangers and is due. */
static void sum_up(struct trail *t, int64_t due_ms, int64_t now_ms)
{
    struct strangers_summary s;
    for (size_t i = 0; i < MAX_SUMMARIES && strangers_take(t->strangers, due_ms, &s); i++) {
        const struct record_missing m = { .reason = IAM_STR("the caller did not authenticate"),
                                          .source = iam_str_c(s.source),
                                          .count = s.count,
                                          .first_ms = s.first_ms,
                                          .last_ms = s.last_ms,
                                          .codes = s.codes,
                                          .code_count = s.code_count };
        if (!write_missing(t, &m, now_ms)) {
            lose(t, s.count, now_ms);
            return;
        }
    }
}

void trail_keep(struct trail *trail, int64_t now_ms)
{
    if (trail == NULL) {
        return;
    }
    look_at_room(trail);
    if (atomic_load(&trail->is_failing)) {
        try_again(trail, now_ms);
    }
    if (!atomic_load(&trail->is_failing) && !atomic_load(&trail->is_low)) {
        sum_up(trail, now_ms, now_ms);
    }
}

void trail_reopen(struct trail *trail)
{
    char error[FILES_ERROR_MAX];
    if (trail != NULL && audit_reopen(trail->file, error) != IAM_OK) {
        log_write(LOG_LEVEL_ERROR, "cannot open the audit file again, the old one is used",
                  LOG_FIELDS({ "error", iam_str_c(error) }));
    } else if (trail != NULL) {
        log_write(LOG_LEVEL_INFO, "the audit file was opened again", NULL, 0);
    }
}

/* ---- life ---- */

static void release(struct trail *t)
{
    audit_close(t->file);
    strangers_free(t->strangers);
    (void)pthread_mutex_destroy(&t->lock);
    iam_heap()->free(iam_heap()->ctx, t);
}

enum iam_status trail_open(const struct trail_options *options, struct trail **ret)
{
    const struct iam_alloc *heap = iam_heap();
    struct trail *t = heap->alloc(heap->ctx, sizeof(*t));
    IAM_ENSURE(t != NULL, IAM_NOMEM);
    *t = (struct trail){ .is_required = options->is_required, .health = options->health };
    (void)pthread_mutex_init(&t->lock, NULL);
    enum iam_status st = strangers_new(options->seed, &t->strangers);
    if (st == IAM_OK) {
        st = audit_open(options->path, &t->file);
    }
    if (st != IAM_OK) {
        release(t);
        return st;
    }
    t->reserve_bytes =
        options->reserve_bytes > 0 ? options->reserve_bytes : audit_usual_reserve(t->file);
    look_at_room(t);
    if (!audit_is_open(t->file)) {
        lose(t, 0, clock_now_ms());
    }
    *ret = t;
    return IAM_OK;
}

void trail_refuse(struct api_request *r)
{
    api_request_refuse(r, API_ERR_SERVICE_UNAVAILABLE,
                       "The request has failed because it cannot be recorded; try again later.");
}

struct audit *trail_file(struct trail *trail)
{
    return trail->file;
}

void trail_close(struct trail *trail, int64_t now_ms)
{
    if (trail == NULL) {
        return;
    }
    if (atomic_load(&trail->is_failing)) {
        try_again(trail, now_ms);
    }
    if (!atomic_load(&trail->is_failing)) {
        sum_up(trail, INT64_MAX, now_ms);
    }
    release(trail);
}
