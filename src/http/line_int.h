/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a request's head, judged one by one as they arrive. */
#pragma once

#include "base/str.h"

/* The message of a 503 when memory, or its budget, is used up. */
#define IAM_HTTP_OUT_OF_MEMORY "the server is out of memory for requests"
/* What the handler has done is done. */
#define IAM_HTTP_ANSWER_LOST                                                           \
    "The outcome of the request is unknown: the server has no memory for its answer. " \
    "Look at what is there before you repeat it."

/*
 * Why a request is refused: an HTTP status and static English text. With status 0 it is not
 * refused.
 */
struct iam_http_refusal {
    int status;
    const char *message;
};

struct iam_http_request_line {
    struct iam_str method;
    struct iam_str target;
    bool is_1_0; /* HTTP/1.0 */
};

/* Tells whether c may be part of a method or a field name (RFC 9110 5.6.2, token). */
bool iam_http_is_token_char(char c);

/*
 * Checks line, without its CR LF. Accepts exactly "METHOD /target HTTP/1.1", or 1.0; *ret borrows
 * from line and is written only when the result's status is 0. 505 for another version, 501 for
 * CONNECT, else 400.
 */
struct iam_http_refusal iam_http_request_line_check(struct iam_str line,
                                                    struct iam_http_request_line *ret);

/*
 * Checks line, without its CR LF and not empty. Refuses (400) a folded line, a name that is not a
 * token directly before its colon, and control characters other than a tab.
 */
struct iam_http_refusal iam_http_field_line_check(struct iam_str line);

/*
 * Tells whether value may be that of a Host field: a name or address with an optional port, not
 * empty.
 */
bool iam_http_host_is_valid(struct iam_str value);
