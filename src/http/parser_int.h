/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one request from a growing run of bytes, without sockets. However the bytes are split,
 * the outcome is the same: the head is judged by whole lines, a chunked body byte by byte.
 */
#pragma once

#include "http/chunk_int.h"
#include "http/head_int.h"
#include "http/http.h"

struct iam_http_limits {
    size_t max_header_bytes;
    size_t max_headers;
    size_t max_body_bytes;
};

enum iam_http_progress {
    IAM_HTTP_NEED_HEAD, /* more bytes, the head is not complete */
    IAM_HTTP_NEED_BODY, /* more bytes, the head is known */
    IAM_HTTP_COMPLETE,
    IAM_HTTP_REFUSED
};

struct iam_http_parser {
    enum iam_http_progress progress;
    size_t head_at;  /* 2 after an empty line before the request line, else 0 */
    size_t line_at;  /* where the first incomplete line starts */
    size_t scanned;  /* no LF between line_at and here */
    size_t lines;    /* complete lines from head_at */
    size_t head_end; /* after the empty line, once known */
    size_t raw_at;   /* chunked: where undecoded bytes start */
    size_t used;     /* when complete: where the next request starts */
    struct iam_http_span line_method;
    struct iam_http_span line_target;
    bool is_1_0;
    struct iam_http_head head;
    struct iam_http_chunk chunk;
    struct iam_http_refusal refusal;
};

/* Makes p ready for the next request. */
void iam_http_parser_clear(struct iam_http_parser *p);

/*
 * Feeds buf, which holds all *len bytes of the request so far, from its first one, and what follows
 * it. May be called with more bytes at the end, and with another address, until it returns COMPLETE
 * or REFUSED; then *request (its method, target, path, query, headers, body) is filled in,
 * borrowing from buf and arena, or p->refusal says why not. A chunked body is joined in place: *len
 * may shrink while more is needed, and the bytes up to p->used change. arena is the same in all
 * calls.
 */
enum iam_http_progress iam_http_parser_feed(struct iam_http_parser *p,
                                            const struct iam_http_limits *limits,
                                            struct iam_arena *arena, char *buf, size_t *len,
                                            struct iam_http_request *request);
