/* SPDX-License-Identifier: Apache-2.0 */
#include "http/link_int.h"

#include <stddef.h>

void iam_http_link_init(struct iam_http_link *link)
{
    link->prev = link;
    link->next = link;
}

void iam_http_link_add(struct iam_http_link *head, struct iam_http_link *member)
{
    member->prev = head->prev;
    member->next = head;
    head->prev->next = member;
    head->prev = member;
}

void iam_http_link_remove(struct iam_http_link *member)
{
    member->prev->next = member->next;
    member->next->prev = member->prev;
    iam_http_link_init(member);
}

struct iam_http_link *iam_http_link_take(struct iam_http_link *head)
{
    struct iam_http_link *first = head->next;
    if (first == head) {
        return NULL;
    }
    iam_http_link_remove(first);
    return first;
}
