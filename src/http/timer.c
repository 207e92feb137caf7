/* SPDX-License-Identifier: Apache-2.0 */
/* INVARIANT: every list is circular through its head and ordered by deadline. */
#include "http/timer_int.h"

void iam_http_timers_init(struct iam_http_timers *t, const unsigned after_ms[IAM_HTTP_TIMER_KINDS])
{
    for (int kind = 0; kind < IAM_HTTP_TIMER_KINDS; kind++) {
        struct iam_http_timer *head = &t->heads[kind];
        *head = (struct iam_http_timer){ head, head, INT64_MAX, IAM_HTTP_TIMER_KINDS };
        t->after_ms[kind] = after_ms[kind];
    }
}

void iam_http_timer_disarm(struct iam_http_timer *timer)
{
    if (timer->kind != IAM_HTTP_TIMER_KINDS) {
        timer->prev->next = timer->next;
        timer->next->prev = timer->prev;
        timer->kind = IAM_HTTP_TIMER_KINDS;
    }
}

void iam_http_timer_arm(struct iam_http_timers *t, struct iam_http_timer *timer,
                        enum iam_http_timer_kind kind, int64_t now_ms)
{
    iam_http_timer_disarm(timer);
    struct iam_http_timer *head = &t->heads[kind];
    IAM_ASSERT(head->prev == head || head->prev->deadline_ms <= now_ms + t->after_ms[kind]);
    *timer = (struct iam_http_timer){ head->prev, head, now_ms + t->after_ms[kind], kind };
    head->prev->next = timer;
    head->prev = timer;
}

struct iam_http_timer *iam_http_timers_first(struct iam_http_timers *t,
                                             enum iam_http_timer_kind kind)
{
    struct iam_http_timer *first = t->heads[kind].next;
    return first == &t->heads[kind] ? NULL : first;
}

struct iam_http_timer *iam_http_timers_last(struct iam_http_timers *t,
                                            enum iam_http_timer_kind kind)
{
    struct iam_http_timer *last = t->heads[kind].prev;
    return last == &t->heads[kind] ? NULL : last;
}

int64_t iam_http_timers_since(const struct iam_http_timers *t, enum iam_http_timer_kind kind)
{
    int64_t deadline = t->heads[kind].next->deadline_ms;
    return deadline == INT64_MAX ? INT64_MAX : deadline - t->after_ms[kind];
}

int64_t iam_http_timers_next(const struct iam_http_timers *t)
{
    int64_t next = INT64_MAX;
    for (int kind = 0; kind < IAM_HTTP_TIMER_KINDS; kind++) {
        /* The head itself when the list is empty: its deadline is INT64_MAX. */
        int64_t first = t->heads[kind].next->deadline_ms;
        next = first < next ? first : next;
    }
    return next;
}

struct iam_http_timer *iam_http_timers_expired(const struct iam_http_timers *t, int64_t now_ms)
{
    for (int kind = 0; kind < IAM_HTTP_TIMER_KINDS; kind++) {
        struct iam_http_timer *first = t->heads[kind].next;
        if (first->deadline_ms <= now_ms) {
            return first;
        }
    }
    return NULL;
}
