/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request parser under any bytes, twice: all at once, and in pieces whose sizes come from the
 * first bytes of the input. Both runs must agree on everything. What is accepted must keep the
 * promises of http.h, which are checked here again in the plainest way.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "http/parser_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes at the start of the input that say how to split the rest. */
#define SPLITS 4
#define REQUESTS_MAX 8

static const struct iam_http_limits LIMITS = { .max_header_bytes = 1024,
                                               .max_headers = 8,
                                               .max_body_bytes = 256 };

/* What one request came to. */
struct outcome {
    enum iam_http_progress progress;
    struct iam_http_refusal refusal;
    size_t wire_len; /* bytes of the input up to the end of the request */
    uint64_t hash;   /* of all that the handler would see */
};

static void require(bool ok)
{
    if (!ok) {
        abort();
    }
}

static uint64_t mix(uint64_t h, struct iam_str s)
{
    h = (h ^ s.len) * UINT64_C(0x100000001b3);
    for (size_t i = 0; i < s.len; i++) {
        h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    }
    return h;
}

static uint64_t hash_of(const struct iam_http_request *r)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    h = mix(mix(mix(mix(mix(h, r->method), r->target), r->path), r->query), r->body);
    for (size_t i = 0; i < r->header_count; i++) {
        h = mix(mix(h, r->headers[i].name), r->headers[i].value);
    }
    return h;
}

static size_t count_headers(const struct iam_http_request *r, struct iam_str name)
{
    size_t n = 0;
    for (size_t i = 0; i < r->header_count; i++) {
        n += iam_str_eq_nocase(r->headers[i].name, name) ? 1 : 0;
    }
    return n;
}

static void check_promises(const struct iam_http_request *r)
{
    size_t lengths = count_headers(r, IAM_STR("content-length"));
    size_t codings = count_headers(r, IAM_STR("transfer-encoding"));
    require(r->method.len > 0 && r->target.len > 0 && r->target.p[0] == '/');
    for (size_t i = 0; i < r->target.len; i++) {
        require(r->target.p[i] > 0x20 && r->target.p[i] < 0x7f);
    }
    require(r->path.len + (r->query.p != NULL ? 1 + r->query.len : 0) == r->target.len);
    require(r->header_count <= LIMITS.max_headers && r->body.len <= LIMITS.max_body_bytes);
    require(count_headers(r, IAM_STR("host")) == 1);
    require(lengths + codings <= 1);
    require(lengths + codings == 1 || r->body.len == 0);
    for (size_t i = 0; i < r->header_count; i++) {
        struct iam_str value = r->headers[i].value;
        require(r->headers[i].name.len > 0 && value.p != NULL);
        require(iam_str_eq(value, iam_str_trim(value)));
        for (size_t k = 0; k < value.len; k++) {
            unsigned char c = (unsigned char)value.p[k];
            require((c >= 0x20 || c == '\t') && c != 0x7f);
        }
    }
}

/* A request of HTTP/1.0 ends where its Content-Length says, and nothing may follow it. */
static void check_1_0(const struct iam_http_parser *p, const struct iam_http_request *r)
{
    bool may_have_body = iam_str_eq(r->method, IAM_STR("POST")) ||
                         iam_str_eq(r->method, IAM_STR("PUT")) ||
                         iam_str_eq(r->method, IAM_STR("PATCH"));
    require(!p->head.keep_alive && !p->head.expects_continue && !p->head.is_chunked);
    require(count_headers(r, IAM_STR("transfer-encoding")) == 0);
    require(!may_have_body || count_headers(r, IAM_STR("content-length")) == 1);
}

struct feed {
    const uint8_t *data;
    size_t size;
    size_t at;
    const uint8_t *splits; /* NULL: all at once */
    unsigned turn;
};

static size_t next_piece(struct feed *f)
{
    size_t left = f->size - f->at;
    if (f->splits == NULL) {
        return left;
    }
    size_t want = (size_t)f->splits[f->turn++ % SPLITS] + 1;
    return want < left ? want : left;
}

/* Reads one request; the buffer is always exactly as large as what it holds, and always moves. */
static struct outcome read_request(struct feed *f)
{
    struct iam_http_parser p;
    struct iam_http_request request = { 0 };
    struct iam_arena arena;
    struct outcome out = { .progress = IAM_HTTP_NEED_HEAD };
    size_t begin = f->at;
    size_t len = 0;
    size_t fed_len = 0;
    char *buf = NULL;
    iam_http_parser_clear(&p);
    iam_arena_init(&arena, iam_heap(), 65536);
    while (f->at < f->size && out.progress < IAM_HTTP_COMPLETE) {
        size_t piece = next_piece(f);
        char *moved = malloc(len + piece);
        require(moved != NULL);
        if (len > 0) {
            memcpy(moved, buf, len);
        }
        memcpy(moved + len, f->data + f->at, piece);
        free(buf);
        buf = moved;
        len += piece;
        f->at += piece;
        fed_len = len;
        out.progress = iam_http_parser_feed(&p, &LIMITS, &arena, buf, &len, &request);
    }
    out.refusal = p.refusal;
    if (out.progress == IAM_HTTP_COMPLETE) {
        check_promises(&request);
        if (p.is_1_0) {
            check_1_0(&p, &request);
        }
        require(p.used <= fed_len);
        f->at -= fed_len - p.used; /* the rest belongs to the next request */
        out.wire_len = f->at - begin;
        out.hash = hash_of(&request);
    }
    iam_arena_done(&arena);
    free(buf);
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < SPLITS) {
        return 0;
    }
    struct feed whole = { data + SPLITS, size - SPLITS, 0, NULL, 0 };
    struct feed split = { data + SPLITS, size - SPLITS, 0, data, 0 };
    for (int i = 0; i < REQUESTS_MAX; i++) {
        struct outcome a = read_request(&whole);
        struct outcome b = read_request(&split);
        require(a.progress == b.progress);
        require(a.refusal.status == b.refusal.status && a.refusal.message == b.refusal.message);
        require(a.progress != IAM_HTTP_REFUSED || a.refusal.status >= 400);
        require(a.wire_len == b.wire_len && a.hash == b.hash);
        if (a.progress != IAM_HTTP_COMPLETE) {
            break;
        }
    }
    return 0;
}
