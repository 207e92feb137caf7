/* SPDX-License-Identifier: Apache-2.0 */
/* Lists whose members carry their own links, so that joining and leaving cannot fail. */
#pragma once

/* Circular and doubly linked; a head or a member. A member that is in no list points to itself. */
struct iam_http_link {
    struct iam_http_link *prev;
    struct iam_http_link *next;
};

/* Makes link an empty list, or a member of none. */
void iam_http_link_init(struct iam_http_link *link);
/* Adds member, which is in no list, at the end. */
void iam_http_link_add(struct iam_http_link *head, struct iam_http_link *member);
/* Takes member out of its list. Does nothing when it is in none. */
void iam_http_link_remove(struct iam_http_link *member);
/* Takes out the first member; NULL when the list is empty. */
struct iam_http_link *iam_http_link_take(struct iam_http_link *head);
