/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit trail: which requests are recorded, and what follows when one cannot be. Every request
 * of a caller who authenticated has a record. Those of strangers are short and bounded in number
 * (server/strangers.h), and stop when the room is low; what is left out is counted and told by a
 * record as soon as one can be written.
 */
#pragma once

#include "server/audit.h"
#include "server/health.h"
#include "server/record.h"

struct trail;

struct trail_options {
    const char *path;
    uint64_t seed;          /* see strangers_new */
    uint64_t reserve_bytes; /* below it only callers who authenticated are recorded; 0: the usual */
    bool is_required;       /* a request that cannot be recorded is refused */
    struct health *health;  /* borrowed: is told of missing records and of low room */
};

/* A request on its way into the trail. */
struct trail_line {
    struct iam_str text;  /* absent: left out, or lost */
    struct iam_buf spare; /* memory for a text that does not fit the arena of its request */
    bool is_lost;         /* the trail does not have it, though it should */
};

/* Opens the trail. IAM_IO (errno says why), IAM_NOMEM. */
enum iam_status trail_open(const struct trail_options *options, struct trail **ret) IAM_MUST_USE;
/*
 * Makes the line of a finished request. trail may be NULL: nothing is recorded. *ret is to be given
 * to trail_line_done before the arena of the request is freed. Thread-safe, as is all but
 * trail_open and trail_close.
 */
void trail_record(struct trail *trail, const struct api_request *r, struct trail_line *ret);
/* Writes 1 to AUDIT_BATCH_MAX lines and marks those that are lost. trail may be NULL. */
void trail_write(struct trail *trail, struct trail_line *const *lines, size_t count);
static inline void trail_line_done(struct trail_line *line)
{
    iam_buf_done(&line->spare);
}

/* Returns the trail's file, for records that are no request's. Borrowed. */
struct audit *trail_file(struct trail *trail);
/*
 * Tells whether requests may run at all: false only for a trail that is required and at present
 * takes no records. trail may be NULL.
 */
bool trail_takes_records(const struct trail *trail);
/*
 * Makes room for count records of changes that are about to be made. False: a trail that is
 * required has none, or takes no records. Called by the thread that makes all changes. trail may be
 * NULL.
 */
bool trail_make_room(struct trail *trail, size_t count) IAM_MUST_USE;
/* Refuses a request that cannot be recorded. */
void trail_refuse(struct api_request *r);
/* Tells whether a request whose record is lost must be refused. trail may be NULL. */
bool trail_is_required(const struct trail *trail);
/*
 * Looks at the room, tries whether a trail that took no records does so again, and records what was
 * left out; about once a second. trail may be NULL.
 */
void trail_keep(struct trail *trail, int64_t now_ms);
/* Opens the file again, after it was moved away. Failures are logged. trail may be NULL. */
void trail_reopen(struct trail *trail);
/* Records what was left out and not told, and closes the trail. Accepts NULL. */
void trail_close(struct trail *trail, int64_t now_ms);
