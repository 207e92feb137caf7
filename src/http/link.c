/* SPDX-License-Identifier: Apache-2.0 */
#include "http/link_int.h"

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
