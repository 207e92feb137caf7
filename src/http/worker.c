/* SPDX-License-Identifier: Apache-2.0 */
#include "http/worker_int.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"

/* LIMIT: the head of one response. */
#define HEAD_MAX ((size_t)1 << 20)
/* How long a connection whose last response was sent may take to close. */
#define LINGER_MS 1000

int64_t iam_http_monotonic_us(void)
{
    struct timespec ts = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t iam_http_monotonic_ms(void)
{
    return iam_http_monotonic_us() / 1000;
}

static void init_timers(struct iam_http_timers *timers, const struct iam_http_config *config)
{
    const unsigned after_ms[IAM_HTTP_TIMER_KINDS] = {
        [IAM_HTTP_TIMER_HEADER] = config->header_timeout_ms,
        [IAM_HTTP_TIMER_BODY] = config->body_timeout_ms,
        [IAM_HTTP_TIMER_IDLE] = config->idle_timeout_ms,
        [IAM_HTTP_TIMER_KNOWN_HEADER] = config->header_timeout_ms,
        [IAM_HTTP_TIMER_KNOWN_BODY] = config->body_timeout_ms,
        [IAM_HTTP_TIMER_KNOWN_IDLE] = config->idle_timeout_ms,
        [IAM_HTTP_TIMER_KNOWN_WRITE] = config->write_timeout_ms,
        [IAM_HTTP_TIMER_WRITE] = config->write_timeout_ms,
        [IAM_HTTP_TIMER_LINGER] = LINGER_MS,
        [IAM_HTTP_TIMER_REFUSED] = LINGER_MS,
        [IAM_HTTP_TIMER_HELD] = IAM_HTTP_HOLD_MS,
    };
    iam_http_timers_init(timers, after_ms);
}

enum iam_status iam_http_worker_init(struct iam_http_worker *w, struct iam_http_server *server,
                                     const struct iam_http_config *config)
{
    *w = (struct iam_http_worker){ .server = server,
                                   .config = config,
                                   .wake_source = IAM_HTTP_WAKE };
    w->date_second = INT64_MIN;
    w->now_ms = iam_http_monotonic_ms();
    iam_http_link_init(&w->connections);
    iam_http_turns_init(&w->ready);
    iam_buf_init(&w->head, iam_heap(), HEAD_MAX);
    init_timers(&w->timers, config);
    iam_http_worker_publish(w);
    w->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = &w->wake_source };
    bool ok = w->epoll_fd >= 0 && w->wake_fd >= 0 &&
              epoll_ctl(w->epoll_fd, EPOLL_CTL_ADD, w->wake_fd, &e) == 0 &&
              pthread_mutex_init(&w->mail_lock, NULL) == 0;
    if (!ok) {
        (void)close(w->epoll_fd);
        (void)close(w->wake_fd);
        return IAM_IO;
    }
    return IAM_OK;
}

void iam_http_worker_done(struct iam_http_worker *w)
{
    (void)close(w->epoll_fd);
    (void)close(w->wake_fd);
    iam_buf_done(&w->head);
}

void iam_http_worker_wake(struct iam_http_worker *w)
{
    uint64_t one = 1;
    ssize_t n = write(w->wake_fd, &one, sizeof(one));
    (void)n; /* fails only when a wake-up is pending already */
}

void iam_http_worker_publish(struct iam_http_worker *w)
{
    const struct iam_http_timers *t = &w->timers;
    int64_t head = iam_http_timers_since(t, IAM_HTTP_TIMER_HEADER);
    int64_t idle = iam_http_timers_since(t, IAM_HTTP_TIMER_IDLE);
    const int64_t since[IAM_HTTP_VICTIMS] = {
        [IAM_HTTP_VICTIM_LINGER] = iam_http_timers_since(t, IAM_HTTP_TIMER_LINGER),
        [IAM_HTTP_VICTIM_STRANGER] = head < idle ? head : idle,
        [IAM_HTTP_VICTIM_KNOWN] = iam_http_timers_since(t, IAM_HTTP_TIMER_KNOWN_IDLE),
        [IAM_HTTP_VICTIM_HELD] = iam_http_timers_since(t, IAM_HTTP_TIMER_HELD),
        [IAM_HTTP_VICTIM_BODY] = iam_http_timers_since(t, IAM_HTTP_TIMER_BODY),
        [IAM_HTTP_VICTIM_UNREAD] = iam_http_timers_since(t, IAM_HTTP_TIMER_WRITE),
    };
    for (size_t i = 0; i < IAM_HTTP_VICTIMS; i++) {
        atomic_store_explicit(&w->waiting_since[i], since[i], memory_order_relaxed);
    }
}

/* Returns the kind of timer of the stranger that has waited longest, whatever for. */
static enum iam_http_timer_kind longest_waiting(const struct iam_http_timers *t)
{
    bool is_head = iam_http_timers_since(t, IAM_HTTP_TIMER_HEADER) <=
                   iam_http_timers_since(t, IAM_HTTP_TIMER_IDLE);
    return is_head ? IAM_HTTP_TIMER_HEADER : IAM_HTTP_TIMER_IDLE;
}

struct iam_http_timer *iam_http_worker_victim(struct iam_http_worker *w)
{
    struct iam_http_timers *t = &w->timers;
    const enum iam_http_timer_kind order[IAM_HTTP_VICTIMS] = {
        [IAM_HTTP_VICTIM_LINGER] = IAM_HTTP_TIMER_LINGER,
        [IAM_HTTP_VICTIM_STRANGER] = longest_waiting(t),
        [IAM_HTTP_VICTIM_KNOWN] = IAM_HTTP_TIMER_KNOWN_IDLE,
        [IAM_HTTP_VICTIM_HELD] = IAM_HTTP_TIMER_HELD,
        [IAM_HTTP_VICTIM_BODY] = IAM_HTTP_TIMER_BODY,
        [IAM_HTTP_VICTIM_UNREAD] = IAM_HTTP_TIMER_WRITE,
    };
    /* It has not had the time to ask anything. */
    const struct iam_http_timer *newcomer = iam_http_timers_last(t, IAM_HTTP_TIMER_HEADER);
    for (size_t i = 0; i < IAM_HTTP_VICTIMS; i++) {
        struct iam_http_timer *timer = iam_http_timers_first(t, order[i]);
        if (timer != NULL && timer != newcomer) {
            return timer;
        }
    }
    return NULL;
}

bool iam_http_worker_mail(struct iam_http_worker *w, struct iam_http_mail *mail)
{
    (void)pthread_mutex_lock(&w->mail_lock);
    bool is_open = !w->mail_is_closed;
    if (is_open) {
        bool was_empty = w->mail == NULL;
        mail->next = w->mail;
        mail->is_waiting = true;
        w->mail = mail;
        if (was_empty) {
            /* Under the lock: afterwards the worker may be gone, and the descriptor with it. */
            iam_http_worker_wake(w);
        }
    }
    (void)pthread_mutex_unlock(&w->mail_lock);
    return is_open;
}

struct iam_http_mail *iam_http_worker_take_mail(struct iam_http_worker *w)
{
    (void)pthread_mutex_lock(&w->mail_lock);
    struct iam_http_mail *first = w->mail;
    for (struct iam_http_mail *mail = first; mail != NULL; mail = mail->next) {
        mail->is_waiting = false;
    }
    w->mail = NULL;
    (void)pthread_mutex_unlock(&w->mail_lock);
    return first;
}

const char *iam_http_worker_date(struct iam_http_worker *w)
{
    int64_t now = w->config->now_ms();
    if (now / 1000 != w->date_second) {
        w->date_second = now / 1000;
        iam_http_date(now, w->date);
    }
    return w->date;
}
