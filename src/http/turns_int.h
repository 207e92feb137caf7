/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose connection a worker serves next. Those that have something to do wait in lots, one for each
 * caller (two callers may share one), and the lots take turns: how many connections somebody keeps
 * busy makes nobody else wait longer. All of it is for one thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "http/link_int.h"

#define IAM_HTTP_LOTS 256

struct iam_http_lot {
    struct iam_http_link link;    /* among the lots that wait */
    struct iam_http_link members; /* in the order in which they came */
};

/*
 * LIMITS, in microseconds: until it is looked who else has come. That is done more often, which
 * costs a little, as long as several are served.
 */
#define IAM_HTTP_ROUND_ALONE_US 300
#define IAM_HTTP_ROUND_SHARED_US 20
/* How long somebody counts who was served. */
#define IAM_HTTP_SHARED_MS 20

struct iam_http_turns {
    struct iam_http_link waiting; /* whose turn is next comes first */
    struct iam_http_lot lots[IAM_HTTP_LOTS];
    uint64_t served;         /* whose turn it was last, */
    int64_t served_since_ms; /* ... and since when */
    int64_t shared_until_ms; /* until then several are served */
};

void iam_http_turns_init(struct iam_http_turns *t);
/*
 * Puts member at the end of the lot of whose, any number; takes it out of another first. A member
 * leaves with iam_http_link_remove, too.
 */
void iam_http_turns_add(struct iam_http_turns *t, struct iam_http_link *member, uint64_t whose);
/* Takes out the member whose turn it is; NULL when there is none. */
struct iam_http_link *iam_http_turns_take(struct iam_http_turns *t);
/* Tells whether a member may be waiting; false: none is. */
bool iam_http_turns_has_some(const struct iam_http_turns *t);
/*
 * Notes whose turn it was. When that changes again and again, several are served; one change is
 * where one caller's series of requests ends and another's begins.
 */
void iam_http_turns_note(struct iam_http_turns *t, uint64_t whose, int64_t now_ms);
/* Returns for how long members are taken before it is looked who else has come, in microseconds. */
int64_t iam_http_turns_round_us(const struct iam_http_turns *t, int64_t now_ms);
