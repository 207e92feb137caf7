/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A complete head, divided into its parts. Positions are offsets from the start of the head,
 * because the buffer may move while the body arrives.
 */
#pragma once

#include "base/arena.h"
#include "http/line_int.h"

struct iam_http_span {
    uint32_t at;
    uint32_t len;
};

struct iam_http_field {
    struct iam_http_span name;
    struct iam_http_span value; /* trimmed */
};

struct iam_http_head {
    struct iam_http_span method;
    struct iam_http_span target;
    struct iam_http_field *fields; /* in the arena */
    size_t field_count;
    uint64_t content_length; /* 0 without one */
    bool is_chunked;
    bool keep_alive; /* never with HTTP/1.0 */
    bool expects_continue;
};

/*
 * Reads bytes, the head from the first byte of its request line to the end of the empty line; every
 * line has passed its check in line.c, and field_lines of them are fields. line is the checked
 * request line within bytes. The fields are allocated in arena. Refuses with 400, 411, 417, 501 or
 * 503 (no memory); *ret is written only when the result's status is 0.
 */
struct iam_http_refusal iam_http_head_parse(struct iam_str bytes,
                                            const struct iam_http_request_line *line,
                                            size_t field_lines, struct iam_arena *arena,
                                            struct iam_http_head *ret);
