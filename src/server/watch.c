/* SPDX-License-Identifier: Apache-2.0 */
#include "server/watch.h"

#include "base/time.h"
#include "server/clock.h"
#include "server/log.h"
#include "store/clock.h"

static enum iam_status read_kept(struct iam_store *store, int64_t *ret_ms)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_clock_get(txn, ret_ms);
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status write_kept(struct watch *w, int64_t ms)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(w->store, IAM_TXN_WRITE, &txn));
    enum iam_status st = iam_store_clock_set(txn, ms);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    IAM_TRY(iam_txn_commit(txn));
    w->kept_ms = ms;
    return IAM_OK;
}

/* Logs message with the wall clock's time and another one. */
static void log_times(enum log_level level, const char *message, int64_t seen_ms)
{
    char now[IAM_TIME_ISO_LEN + 1];
    char seen[IAM_TIME_ISO_LEN + 1];
    iam_time_to_iso(clock_now_ms(), now);
    iam_time_to_iso(seen_ms, seen);
    log_write(level, message, LOG_FIELDS({ "clock", iam_str_c(now) }, { "seen", iam_str_c(seen) }));
}

/* Takes the wall clock's time as the present one, whatever was seen before. */
static enum iam_status accept_clock(struct watch *w)
{
    log_times(LOG_LEVEL_WARN,
              "the present clock is accepted: what has expired after it is valid again",
              w->kept_ms);
    return write_kept(w, clock_now_ms());
}

enum iam_status watch_start(struct watch *w, struct iam_store *store, struct health *health,
                            bool is_accepted)
{
    *w = (struct watch){ .store = store, .health = health };
    IAM_TRY(read_kept(store, &w->kept_ms));
    if (is_accepted) {
        IAM_TRY(accept_clock(w));
    }
    clock_raise(w->kept_ms);
    watch_judge(w);
    if (watch_keep(w) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the time to the store", NULL, 0);
    }
    return IAM_OK;
}

void watch_judge(struct watch *w)
{
    int64_t behind_ms = clock_behind_ms();
    bool is_behind = behind_ms > WATCH_BEHIND_MAX_MS;
    if (!health_set(w->health, HEALTH_CLOCK_BEHIND, is_behind)) {
        return;
    }
    if (is_behind) {
        log_times(LOG_LEVEL_WARN,
                  "the clock is behind a time that was seen before; what expires is judged by that",
                  clock_high_ms());
    } else {
        log_write(LOG_LEVEL_INFO, "the clock is right again", NULL, 0);
    }
}

enum iam_status watch_keep(struct watch *w)
{
    int64_t high_ms = clock_high_ms();
    return high_ms - w->kept_ms < WATCH_KEEP_MS ? IAM_OK : write_kept(w, high_ms);
}

enum iam_status watch_stop(struct watch *w)
{
    return w->store != NULL ? write_kept(w, clock_high_ms()) : IAM_OK;
}
