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
