/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire between the server and the process that fetches: a stream socket for one question and
 * its answer at a time. Both sides are this program; each bounds what the other says all the same.
 */
#pragma once

#include "fetch/https.h"

/* LIMIT: thumbprints, one a line: an account registers five. */
#define IAM_FETCH_THUMBPRINTS_MAX 1024

struct iam_fetch_question {
    struct iam_str url; /* 1..IAM_FETCH_URL_MAX bytes */
    struct iam_str thumbprints;
};

/* Writes a question. IAM_IO: the other side is gone; IAM_LIMIT: it is too long. */
enum iam_status iam_channel_ask(int fd, const struct iam_fetch_question *question) IAM_MUST_USE;
/* Reads a question, with a NUL after each text, into arena. IAM_IO, IAM_NOT_FOUND: the other side
 * is gone. */
enum iam_status iam_channel_read_question(int fd, struct iam_arena *arena,
                                          struct iam_fetch_question *ret) IAM_MUST_USE;
/* Writes an answer. IAM_IO. */
enum iam_status iam_channel_answer(int fd, const struct iam_fetch_answer *answer) IAM_MUST_USE;
/*
 * Reads an answer, which must be there within wait_ms to its end; the body is in arena. IAM_IO: it
 * is not, or is none, and the channel is of no use any more. IAM_NOMEM: there is no room for the
 * body, and the channel is as after an answer. IAM_NOT_FOUND: the other side is gone, and has not
 * read the question.
 */
enum iam_status iam_channel_read_answer(int fd, int wait_ms, struct iam_arena *arena,
                                        struct iam_fetch_answer *ret) IAM_MUST_USE;
