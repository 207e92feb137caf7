/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines of connections. Each kind has one fixed duration, so that a list per kind, filled at
 * its end, is ordered by deadline: arming, disarming and looking for what has expired need no
 * search.
 */
#pragma once

#include "base/base.h"

/* Those of known clients are apart, so that each list of strangers has nobody else in it. */
enum iam_http_timer_kind {
    IAM_HTTP_TIMER_HEADER,
    IAM_HTTP_TIMER_BODY,
    IAM_HTTP_TIMER_IDLE,
    IAM_HTTP_TIMER_WRITE,
    IAM_HTTP_TIMER_LINGER,
    IAM_HTTP_TIMER_REFUSED, /* lingers, and counts for nothing else */
    IAM_HTTP_TIMER_HELD,    /* the end of the wait, not of the connection */
    IAM_HTTP_TIMER_KNOWN_HEADER,
    IAM_HTTP_TIMER_KNOWN_BODY,
    IAM_HTTP_TIMER_KNOWN_IDLE,
    IAM_HTTP_TIMER_KNOWN_WRITE,
    IAM_HTTP_TIMER_KINDS /* the number of kinds; also: not armed */
};

/* Member of what it is a deadline for. Start with kind IAM_HTTP_TIMER_KINDS. */
struct iam_http_timer {
    struct iam_http_timer *prev;
    struct iam_http_timer *next;
    int64_t deadline_ms;
    enum iam_http_timer_kind kind;
};

struct iam_http_timers {
    struct iam_http_timer heads[IAM_HTTP_TIMER_KINDS];
    unsigned after_ms[IAM_HTTP_TIMER_KINDS];
};

void iam_http_timers_init(struct iam_http_timers *t, const unsigned after_ms[IAM_HTTP_TIMER_KINDS]);
/*
 * Starts or restarts timer at now_ms, which must not be before an earlier now_ms of the same
 * timers.
 */
void iam_http_timer_arm(struct iam_http_timers *t, struct iam_http_timer *timer,
                        enum iam_http_timer_kind kind, int64_t now_ms);
void iam_http_timer_disarm(struct iam_http_timer *timer);
/* Returns the timer of this kind that was armed first, or NULL. */
struct iam_http_timer *iam_http_timers_first(struct iam_http_timers *t,
                                             enum iam_http_timer_kind kind);
/* Returns the one that was armed last, or NULL. */
struct iam_http_timer *iam_http_timers_last(struct iam_http_timers *t,
                                            enum iam_http_timer_kind kind);
/* Returns when the first was armed, or INT64_MAX without one. */
int64_t iam_http_timers_since(const struct iam_http_timers *t, enum iam_http_timer_kind kind);
/* Returns the earliest deadline, or INT64_MAX. */
int64_t iam_http_timers_next(const struct iam_http_timers *t);
/* Returns a timer that has expired at now_ms, still armed, or NULL. */
struct iam_http_timer *iam_http_timers_expired(const struct iam_http_timers *t, int64_t now_ms);
