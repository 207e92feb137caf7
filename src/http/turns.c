/* SPDX-License-Identifier: Apache-2.0 */
#include "http/turns_int.h"

#include <stddef.h>

static bool is_empty(const struct iam_http_link *head)
{
    return head->next == head;
}

static struct iam_http_lot *of_link(struct iam_http_link *link)
{
    return (struct iam_http_lot *)((char *)link - offsetof(struct iam_http_lot, link));
}

void iam_http_turns_init(struct iam_http_turns *t)
{
    t->served = 0;
    t->served_since_ms = INT64_MIN / 2;
    t->shared_until_ms = INT64_MIN;
    iam_http_link_init(&t->waiting);
    for (size_t i = 0; i < IAM_HTTP_LOTS; i++) {
        iam_http_link_init(&t->lots[i].link);
        iam_http_link_init(&t->lots[i].members);
    }
}

void iam_http_turns_add(struct iam_http_turns *t, struct iam_http_link *member, uint64_t whose)
{
    struct iam_http_lot *lot = &t->lots[whose % IAM_HTTP_LOTS];
    iam_http_link_remove(member);
    iam_http_link_add(&lot->members, member);
    if (is_empty(&lot->link)) {
        iam_http_link_add(&t->waiting, &lot->link);
    }
}

struct iam_http_link *iam_http_turns_take(struct iam_http_turns *t)
{
    struct iam_http_link *member = NULL;
    while (member == NULL && !is_empty(&t->waiting)) {
        struct iam_http_lot *lot = of_link(iam_http_link_take(&t->waiting));
        member = iam_http_link_take(&lot->members);
        if (!is_empty(&lot->members)) {
            iam_http_link_add(&t->waiting, &lot->link);
        }
    }
    return member;
}

bool iam_http_turns_has_some(const struct iam_http_turns *t)
{
    return !is_empty(&t->waiting);
}

void iam_http_turns_note(struct iam_http_turns *t, uint64_t whose, int64_t now_ms)
{
    if (whose == t->served) {
        return;
    }
    if (now_ms < t->served_since_ms + IAM_HTTP_SHARED_MS) {
        t->shared_until_ms = now_ms + IAM_HTTP_SHARED_MS;
    }
    t->served = whose;
    t->served_since_ms = now_ms;
}

int64_t iam_http_turns_round_us(const struct iam_http_turns *t, int64_t now_ms)
{
    return now_ms < t->shared_until_ms ? IAM_HTTP_ROUND_SHARED_US : IAM_HTTP_ROUND_ALONE_US;
}
