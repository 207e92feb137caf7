/* SPDX-License-Identifier: Apache-2.0 */
#include "server/log.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/heap.h"
#include "base/time.h"
#include "codec/json.h"
#include "server/clock.h"
#include "server/repeats.h"
#include "server/ring.h"

#define LINE_MAX_BYTES 4096

enum state {
    DIRECT, /* each line is written by its caller */
    RUNNING,
    STOPPING,
    GIVEN_UP /* the thread still waits for the reader */
};

static char ring_bytes[LOG_RING_BYTES];

/* The log of the process: there is one stderr. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a line has come, or the state has changed */
    enum state state;
    struct ring ring;
    struct repeats repeats;
    uint64_t dropped; /* lines without room, not told yet */
} the_log = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .ring = {.bytes = ring_bytes, .cap = sizeof(ring_bytes)},
};

/* ---- lines ---- */

static const char *level_name(enum log_level level)
{
    static const char *const names[] = { [LOG_LEVEL_INFO] = "info",
                                         [LOG_LEVEL_WARN] = "warn",
                                         [LOG_LEVEL_ERROR] = "error",
                                         [LOG_LEVEL_EACH] = "error" };
    return names[level];
}

static void add_member(struct iam_buf *b, bool *first, const char *name, struct iam_str value)
{
    iam_json_add_name(b, first, iam_str_c(name));
    iam_json_add_string(b, value);
}

static void add_number(struct iam_buf *b, bool *first, const char *name, uint64_t value)
{
    if (value > 0) {
        iam_json_add_name(b, first, iam_str_c(name));
        iam_buf_add_u64(b, value);
    }
}

struct line {
    enum log_level level;
    const char *msg;
    uint64_t left_out; /* lines with this msg before this one */
    const struct log_field *fields;
    size_t field_count;
};

static void add_line(struct iam_buf *b, const struct line *l, size_t field_count)
{
    char time_text[IAM_TIME_ISO_MS_LEN + 1];
    bool first = true;
    iam_time_to_iso_ms(clock_now_ms(), time_text);
    iam_buf_add_char(b, '{');
    add_member(b, &first, "time", iam_str_c(time_text));
    add_member(b, &first, "level", iam_str_c(level_name(l->level)));
    add_member(b, &first, "msg", iam_str_c(l->msg));
    add_number(b, &first, "leftOut", l->left_out);
    for (size_t i = 0; i < field_count; i++) {
        add_member(b, &first, l->fields[i].name, l->fields[i].value);
    }
    iam_buf_add(b, IAM_STR("}\n"));
}

/*
 * Makes the text of a line, without the last fields when it would be too long; the message always
 * fits. IAM_NOMEM.
 */
static enum iam_status make_text(struct iam_buf *b, const struct line *l, struct iam_str *ret)
{
    size_t count = l->field_count;
    enum iam_status st;
    do {
        iam_buf_clear(b);
        add_line(b, l, count);
        st = iam_buf_finish(b, ret);
    } while (st == IAM_LIMIT && count-- > 0);
    return st;
}

/* ---- writing ---- */

static void write_all(struct iam_str s)
{
    while (s.len > 0) {
        ssize_t n = write(STDERR_FILENO, s.p, s.len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return; /* there is nowhere to report this */
        }
        s = iam_str_sub(s, (size_t)n, s.len);
    }
}

/* Queues a line; false when there is no room. The lock is held. */
static bool put(const struct line *l)
{
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, iam_heap(), LINE_MAX_BYTES);
    bool ok = make_text(&b, l, &text) == IAM_OK && ring_put(&the_log.ring, text);
    iam_buf_done(&b);
    return ok;
}

/*
 * Queues the line about those that found no room, once half of it is free: with less, such lines
 * alone would fill it. The lock is held.
 */
static void tell_dropped(void)
{
    const struct line l = { .level = LOG_LEVEL_WARN,
                            .msg = "lines of this log were dropped: its reader was too slow",
                            .left_out = the_log.dropped };
    if (the_log.dropped > 0 && the_log.ring.len <= the_log.ring.cap / 2 && put(&l)) {
        the_log.dropped = 0;
    }
}

/* Queues a line for each text whose repetitions were left out until now_ms. The lock is held. */
static void tell_repeats(int64_t now_ms)
{
    struct repeat r;
    while (repeats_take(&the_log.repeats, now_ms, &r)) {
        const struct line l = { .level = (enum log_level)r.kind,
                                .msg = r.text,
                                .left_out = r.left_out };
        if (!put(&l)) {
            the_log.dropped += r.left_out;
        }
    }
}

static void deadline_in(unsigned wait_ms, struct timespec *ret)
{
    (void)clock_gettime(CLOCK_MONOTONIC, ret);
    ret->tv_sec += wait_ms / 1000;
    ret->tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (ret->tv_nsec >= 1000000000) {
        ret->tv_sec++;
        ret->tv_nsec -= 1000000000;
    }
}

/* Waits for a line, or until it is time to tell what was left out. The lock is held. */
static void wait_for_line(void)
{
    struct timespec deadline;
    deadline_in(REPEATS_PERIOD_MS, &deadline);
    if (pthread_cond_timedwait(&the_log.changed, &the_log.lock, &deadline) == ETIMEDOUT) {
        tell_repeats(clock_now_ms());
    }
}

static void write_first(void)
{
    char line[LINE_MAX_BYTES];
    size_t n = ring_take(&the_log.ring, line);
    (void)pthread_mutex_unlock(&the_log.lock);
    write_all((struct iam_str){ line, n });
    (void)pthread_mutex_lock(&the_log.lock);
}

static void *run(void *arg)
{
    (void)pthread_mutex_lock(&the_log.lock);
    while (the_log.state == RUNNING || the_log.ring.len > 0) {
        if (the_log.ring.len == 0) {
            wait_for_line();
        } else {
            write_first();
        }
        tell_dropped();
    }
    if (the_log.state == STOPPING) {
        the_log.state = DIRECT;
    }
    (void)pthread_cond_broadcast(&the_log.changed);
    (void)pthread_mutex_unlock(&the_log.lock);
    return arg;
}

/* ---- start and stop ---- */

static enum iam_status start_thread(void)
{
    pthread_condattr_t clock;
    pthread_attr_t detached;
    pthread_t thread;
    IAM_ENSURE(pthread_condattr_init(&clock) == 0, IAM_NOMEM);
    (void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    int rc = pthread_cond_init(&the_log.changed, &clock);
    (void)pthread_condattr_destroy(&clock);
    IAM_ENSURE(rc == 0 && pthread_attr_init(&detached) == 0, IAM_NOMEM);
    /* Nobody can wait for a thread that itself may wait for ever. */
    (void)pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    rc = pthread_create(&thread, &detached, run, NULL);
    (void)pthread_attr_destroy(&detached);
    return rc == 0 ? IAM_OK : IAM_IO;
}

enum iam_status log_start(void)
{
    enum iam_status st = IAM_CONFLICT;
    (void)pthread_mutex_lock(&the_log.lock);
    if (the_log.state == DIRECT) {
        the_log.state = RUNNING;
        st = start_thread();
        the_log.state = st == IAM_OK ? RUNNING : DIRECT;
    }
    (void)pthread_mutex_unlock(&the_log.lock);
    return st;
}

void log_stop(unsigned wait_ms)
{
    struct timespec deadline;
    int rc = 0;
    deadline_in(wait_ms, &deadline);
    (void)pthread_mutex_lock(&the_log.lock);
    if (the_log.state == RUNNING) {
        tell_repeats(INT64_MAX);
        the_log.state = STOPPING;
        (void)pthread_cond_broadcast(&the_log.changed);
    }
    while (the_log.state == STOPPING && rc == 0) {
        rc = pthread_cond_timedwait(&the_log.changed, &the_log.lock, &deadline);
    }
    if (the_log.state == STOPPING) {
        the_log.state = GIVEN_UP;
    }
    (void)pthread_mutex_unlock(&the_log.lock);
}

/* ---- logging ---- */

static unsigned max_per_second(enum log_level level)
{
    static const unsigned limits[] = { [LOG_LEVEL_INFO] = LOG_INFOS_PER_SECOND,
                                       [LOG_LEVEL_WARN] = LOG_FAULTS_PER_SECOND,
                                       [LOG_LEVEL_ERROR] = LOG_FAULTS_PER_SECOND,
                                       [LOG_LEVEL_EACH] = LOG_EACH_PER_SECOND };
    return limits[level];
}

/* Queues a line for the thread, unless it repeats others. The lock is held. */
static void hand_over(struct line *l)
{
    if (!repeats_admit(&the_log.repeats, l->msg, (int)l->level, max_per_second(l->level),
                       clock_now_ms(), &l->left_out)) {
        return;
    }
    tell_dropped();
    if (!put(l)) {
        the_log.dropped++;
    }
    (void)pthread_cond_signal(&the_log.changed);
}

static void write_directly(const struct line *l)
{
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, iam_heap(), LINE_MAX_BYTES);
    if (make_text(&b, l, &text) == IAM_OK) {
        write_all(text);
    }
    iam_buf_done(&b);
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields, size_t count)
{
    struct line l = { .level = level, .msg = msg, .fields = fields, .field_count = count };
    (void)pthread_mutex_lock(&the_log.lock);
    enum state state = the_log.state;
    if (state == RUNNING || state == STOPPING) {
        hand_over(&l);
    }
    (void)pthread_mutex_unlock(&the_log.lock);
    if (state == DIRECT) {
        write_directly(&l);
    }
}
