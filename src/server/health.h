/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with the server at the moment. Ready means: it authenticates, decides, writes and
 * records; every trouble names which of the four it takes away.
 */
#pragma once

#include <stdatomic.h>

#include "base/buf.h"

enum health_trouble {
    HEALTH_DRAINING,
    HEALTH_DIRECTORY_CLOSED,
    HEALTH_CLOCK_BEHIND,
    HEALTH_STORE_UNREADABLE,
    HEALTH_WRITES_FAIL,
    HEALTH_AUDIT_FAILED,
    HEALTH_AUDIT_ROOM_LOW,
    HEALTH_STORE_FULL,
    HEALTH_STORE_FAILED,
    HEALTH_WRITER_HUNG,
    HEALTH_NOBODY_FETCHES,
    HEALTH_INTEGRITY, /* until the next start */
    HEALTH_TROUBLES   /* their number, not one of them; at most 32 */
};

/* Zero: nothing is wrong. */
struct health {
    atomic_uint troubles; /* a bit for each enum health_trouble */
    atomic_ullong missing_records;
};

/*
 * Says that there is, or no longer is, a trouble. True when that is news, which is also logged.
 * From any thread.
 */
bool health_set(struct health *h, enum health_trouble trouble, bool is_there);
bool health_has(const struct health *h, enum health_trouble trouble);
/* Says how many records are missing for HEALTH_AUDIT_FAILED. From any thread. */
void health_set_missing(struct health *h, uint64_t count);
/* Tells whether there is no trouble but such as takes nothing away. */
bool health_is_ready(const struct health *h);
/* Adds four lines, "authenticates: ok" and so on; instead of ok, what the trouble is. */
void health_describe(const struct health *h, struct iam_buf *b);
