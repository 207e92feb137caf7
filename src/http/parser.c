/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the end of the head line by line, so that a bad line is refused when it ends and not when
 * the head does; then the body by its length or its chunks.
 * INVARIANT: what is refused, and with which status, depends on the bytes alone. For this reason a
 * limit is checked before the content of the line that crosses it.
 */
#include "http/parser_int.h"

void iam_http_parser_clear(struct iam_http_parser *p)
{
    *p = (struct iam_http_parser){ .progress = IAM_HTTP_NEED_HEAD };
}

static void refuse(struct iam_http_parser *p, int status, const char *message)
{
    p->progress = IAM_HTTP_REFUSED;
    p->refusal = (struct iam_http_refusal){ status, message };
}

static bool refuse_if(struct iam_http_parser *p, struct iam_http_refusal no)
{
    if (no.status != 0) {
        refuse(p, no.status, no.message);
    }
    return no.status != 0;
}

static void refuse_head_size(struct iam_http_parser *p)
{
    if (p->lines == 0) {
        refuse(p, 414, "the request target is too long");
    } else {
        refuse(p, 431, "the headers are too large");
    }
}

static void take_request_line(struct iam_http_parser *p, const char *buf, struct iam_str line)
{
    if (line.len == 0 && p->head_at == 0) {
        /* RFC 9112 2.2: some old clients send one empty line before the request line. */
        p->head_at = 2;
        return;
    }
    struct iam_http_request_line parts = { 0 };
    if (refuse_if(p, iam_http_request_line_check(line, &parts))) {
        return;
    }
    const char *head = buf + p->head_at;
    p->line_method =
        (struct iam_http_span){ (uint32_t)(parts.method.p - head), (uint32_t)parts.method.len };
    p->line_target =
        (struct iam_http_span){ (uint32_t)(parts.target.p - head), (uint32_t)parts.target.len };
    p->is_1_0 = parts.is_1_0;
    p->lines = 1;
}

static struct iam_str slice(const char *base, struct iam_http_span span)
{
    return (struct iam_str){ base + span.at, span.len };
}

static void finish_head(struct iam_http_parser *p, const struct iam_http_limits *limits,
                        struct iam_arena *arena, const char *buf)
{
    const char *base = buf + p->head_at;
    struct iam_http_request_line line = { slice(base, p->line_method), slice(base, p->line_target),
                                          p->is_1_0 };
    struct iam_str bytes = { base, p->line_at - p->head_at };
    if (refuse_if(p, iam_http_head_parse(bytes, &line, p->lines - 1, arena, &p->head))) {
        return;
    }
    if (p->head.content_length > limits->max_body_bytes) {
        refuse(p, 413, "the body is larger than the server takes");
        return;
    }
    p->head_end = p->line_at;
    p->raw_at = p->line_at;
    p->progress = IAM_HTTP_NEED_BODY;
    iam_http_chunk_init(&p->chunk, limits->max_body_bytes);
}

static void take_field_line(struct iam_http_parser *p, const struct iam_http_limits *limits,
                            struct iam_str line)
{
    if (p->lines > limits->max_headers) {
        refuse(p, 431, "there are too many headers");
    } else if (!refuse_if(p, iam_http_field_line_check(line))) {
        p->lines++;
    }
}

/* Takes the line from line_at to end, with its LF. */
static void take_line(struct iam_http_parser *p, const struct iam_http_limits *limits,
                      struct iam_arena *arena, const char *buf, size_t end)
{
    struct iam_str line = { buf + p->line_at, end - p->line_at };
    if (end - p->head_at > limits->max_header_bytes) {
        refuse_head_size(p);
        return;
    }
    if (line.len < 2 || line.p[line.len - 2] != '\r') {
        refuse(p, 400, "every line of the head must end with CR LF");
        return;
    }
    line.len -= 2;
    p->line_at = end;
    p->scanned = end;
    if (p->lines == 0) {
        take_request_line(p, buf, line);
    } else if (line.len == 0) {
        finish_head(p, limits, arena, buf);
    } else {
        take_field_line(p, limits, line);
    }
}

static void feed_head(struct iam_http_parser *p, const struct iam_http_limits *limits,
                      struct iam_arena *arena, const char *buf, size_t len)
{
    /* Refuses another protocol (a TLS greeting) at once instead of waiting for its first LF. */
    if (len > 0 && !iam_http_is_token_char(buf[0]) && buf[0] != '\r') {
        refuse(p, 400, "this is not an HTTP request");
    }
    while (p->progress == IAM_HTTP_NEED_HEAD && p->scanned < len) {
        const char *lf = memchr(buf + p->scanned, '\n', len - p->scanned);
        if (lf == NULL) {
            p->scanned = len;
            if (len - p->head_at > limits->max_header_bytes) {
                refuse_head_size(p);
            }
            return;
        }
        take_line(p, limits, arena, buf, (size_t)(lf - buf) + 1);
    }
}

static void feed_chunks(struct iam_http_parser *p, char *buf, size_t *len)
{
    size_t consumed =
        iam_http_chunk_feed(&p->chunk, buf + p->head_end, buf + p->raw_at, *len - p->raw_at);
    p->raw_at += consumed;
    if (p->chunk.state == IAM_HTTP_CHUNK_REFUSED) {
        refuse(p, p->chunk.refusal.status, p->chunk.refusal.message);
    } else if (p->chunk.state == IAM_HTTP_CHUNK_DONE) {
        p->used = p->raw_at;
        p->progress = IAM_HTTP_COMPLETE;
    } else {
        /* All was consumed; what was not data makes room. */
        *len = p->head_end + p->chunk.body_len;
        p->raw_at = *len;
    }
}

static void feed_body(struct iam_http_parser *p, char *buf, size_t *len)
{
    if (p->head.is_chunked) {
        feed_chunks(p, buf, len);
    } else if (*len - p->head_end >= p->head.content_length) {
        p->used = p->head_end + (size_t)p->head.content_length;
        p->progress = IAM_HTTP_COMPLETE;
    }
}

static void publish(struct iam_http_parser *p, struct iam_arena *arena, const char *buf,
                    struct iam_http_request *ret)
{
    const char *base = buf + p->head_at;
    struct iam_http_header *headers =
        iam_arena_alloc(arena, p->head.field_count * sizeof(*headers));
    if (headers == NULL) {
        refuse(p, 503, IAM_HTTP_OUT_OF_MEMORY);
        return;
    }
    for (size_t i = 0; i < p->head.field_count; i++) {
        headers[i] = (struct iam_http_header){ slice(base, p->head.fields[i].name),
                                               slice(base, p->head.fields[i].value) };
    }
    struct iam_str target = slice(base, p->head.target);
    size_t mark = iam_str_find(target, '?', 0);
    ret->method = slice(base, p->head.method);
    ret->target = target;
    ret->path = iam_str_sub(target, 0, mark);
    ret->query = mark < target.len ? iam_str_sub(target, mark + 1, target.len) : iam_str_absent();
    ret->headers = headers;
    ret->header_count = p->head.field_count;
    ret->body =
        (struct iam_str){ buf + p->head_end,
                          p->head.is_chunked ? p->chunk.body_len : (size_t)p->head.content_length };
}

enum iam_http_progress iam_http_parser_feed(struct iam_http_parser *p,
                                            const struct iam_http_limits *limits,
                                            struct iam_arena *arena, char *buf, size_t *len,
                                            struct iam_http_request *request)
{
    if (p->progress == IAM_HTTP_NEED_HEAD) {
        feed_head(p, limits, arena, buf, *len);
    }
    if (p->progress == IAM_HTTP_NEED_BODY) {
        feed_body(p, buf, len);
    }
    if (p->progress == IAM_HTTP_COMPLETE) {
        publish(p, arena, buf, request);
    }
    return p->progress;
}
