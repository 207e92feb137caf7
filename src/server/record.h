/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit records: one CloudTrail event for each request of the API, as a line of JSON. Parameters
 * that the API's definition marks as sensitive are never in it. SPEC: CloudTrail User Guide,
 * "CloudTrail record contents".
 */
#pragma once

#include "dispatch/request.h"
#include "server/strangers.h"

/* LIMIT: bytes of a record that is not whole. */
#define RECORD_BRIEF_BYTES 65536

/* Makes the event of a finished request in the request's arena. IAM_NOMEM, IAM_LIMIT. */
enum iam_status record_whole(const struct api_request *r, struct iam_str *ret) IAM_MUST_USE;
/*
 * Makes the event without parameters and anything else that a client can make large, for a request
 * whose whole event does not fit: nobody can act unrecorded. b is empty and has at most
 * RECORD_BRIEF_BYTES; *ret borrows it. IAM_NOMEM.
 */
enum iam_status record_brief(const struct api_request *r, struct iam_buf *b,
                             struct iam_str *ret) IAM_MUST_USE;
/*
 * Does the same for a request whose caller did not authenticate, with the beginnings of the
 * User-Agent and of the error's message: less than 2 KiB, whatever was sent.
 */
enum iam_status record_short(const struct api_request *r, struct iam_buf *b,
                             struct iam_str *ret) IAM_MUST_USE;

/* Requests without records of their own. */
struct record_missing {
    struct iam_str reason; /* a word or two */
    struct iam_str source; /* as in strangers_summary; absent: of any source */
    uint64_t count;
    int64_t first_ms;
    int64_t last_ms;
    const struct strangers_code *codes; /* may be none */
    size_t code_count;
};

/* Makes the one event that tells of them, in b as above. IAM_NOMEM, IAM_IO. */
enum iam_status record_missing(const struct record_missing *m, int64_t now_ms, struct iam_buf *b,
                               struct iam_str *ret) IAM_MUST_USE;
