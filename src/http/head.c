/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of a head to its fields and its framing. llhttp reads the whole head in one call;
 * what it says must agree with the line checks, and the rules of RFC 9112 6 are then applied to the
 * fields once more and more strictly.
 * INVARIANT: a head that passes has exactly one framing.
 */
#include "http/head_int.h"

#include <llhttp/llhttp.h>

/* What the callbacks collect. */
struct sink {
    struct iam_str bytes;
    struct iam_http_field *fields;
    size_t count;
    size_t cap;
    struct iam_http_span target;
    bool is_complete;
    bool keep_alive;
};

static struct iam_http_refusal refuse(int status, const char *message)
{
    return (struct iam_http_refusal){ status, message };
}

static struct iam_http_refusal accept_head(void)
{
    return refuse(0, NULL);
}

static struct iam_http_span span_of(const struct sink *s, const char *at, size_t len)
{
    return (struct iam_http_span){ (uint32_t)(at - s->bytes.p), (uint32_t)len };
}

static int on_url(llhttp_t *h, const char *at, size_t len)
{
    struct sink *s = h->data;
    s->target = span_of(s, at, len);
    return 0;
}

static int on_field(llhttp_t *h, const char *at, size_t len)
{
    struct sink *s = h->data;
    if (s->count == s->cap) {
        return HPE_USER;
    }
    struct iam_http_span name = span_of(s, at, len);
    struct iam_http_span value = { name.at + name.len, 0 };
    s->fields[s->count++] = (struct iam_http_field){ name, value };
    return 0;
}

static int on_value(llhttp_t *h, const char *at, size_t len)
{
    struct sink *s = h->data;
    if (s->count == 0 || s->fields[s->count - 1].value.len != 0) {
        return HPE_USER;
    }
    struct iam_str value = iam_str_trim((struct iam_str){ at, len });
    s->fields[s->count - 1].value = span_of(s, value.p, value.len);
    return 0;
}

/* Pauses: neither the body nor what an Upgrade would bring is for llhttp. */
static int on_headers_complete(llhttp_t *h)
{
    struct sink *s = h->data;
    s->is_complete = true;
    s->keep_alive = llhttp_should_keep_alive(h) != 0;
    return HPE_PAUSED;
}

static const llhttp_settings_t SETTINGS = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
};

static struct iam_http_refusal refusal_of(llhttp_errno_t e)
{
    switch (e) {
    case HPE_INVALID_METHOD:
        return refuse(501, "the method is not known");
    case HPE_INVALID_TRANSFER_ENCODING:
        return refuse(501, "the only Transfer-Encoding accepted is chunked");
    case HPE_INVALID_CONTENT_LENGTH:
        return refuse(400, "Content-Length must be a decimal number");
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return refuse(400, "Content-Length must be given once, and not with Transfer-Encoding");
    default:
        return refuse(400, "the request is not well-formed HTTP/1.1");
    }
}

static struct iam_http_refusal run_llhttp(struct sink *s)
{
    llhttp_t h;
    llhttp_init(&h, HTTP_REQUEST, &SETTINGS);
    h.data = s;
    llhttp_errno_t e = llhttp_execute(&h, s->bytes.p, s->bytes.len);
    if (!s->is_complete || e != HPE_PAUSED) {
        return refusal_of(e);
    }
    /* A disagreement about where the head ends or what it holds is framing in doubt. */
    if (llhttp_get_error_pos(&h) != s->bytes.p + s->bytes.len || s->count != s->cap) {
        return refusal_of(HPE_OK);
    }
    return accept_head();
}

/* The fields that decide about framing, as often as they occur. */
struct framing {
    unsigned hosts;
    unsigned lengths;
    unsigned codings;
    struct iam_http_refusal refusal; /* the first */
};

static void note(struct framing *f, int status, const char *message)
{
    if (f->refusal.status == 0) {
        f->refusal = refuse(status, message);
    }
}

static void take_host(struct framing *f, struct iam_str value)
{
    if (++f->hosts > 1) {
        note(f, 400, "Host must be given once");
    } else if (!iam_http_host_is_valid(value)) {
        note(f, 400, "Host must be a name or an address with an optional port");
    }
}

static void take_length(struct framing *f, struct iam_str value, struct iam_http_head *head)
{
    if (++f->lengths > 1) {
        note(f, 400, "Content-Length must be given once");
    } else if (iam_str_to_u64(value, UINT64_MAX, &head->content_length) != IAM_OK) {
        note(f, 400, "Content-Length must be a decimal number");
    }
}

static void take_coding(struct framing *f, struct iam_str value, struct iam_http_head *head)
{
    if (++f->codings > 1) {
        note(f, 400, "Transfer-Encoding must be given once");
    } else if (!iam_str_eq(value, IAM_STR("chunked"))) {
        note(f, 501, "the only Transfer-Encoding accepted is chunked");
    }
    head->is_chunked = true;
}

static void take_expect(struct framing *f, struct iam_str value, struct iam_http_head *head)
{
    if (!iam_str_eq_nocase(value, IAM_STR("100-continue"))) {
        note(f, 417, "the only Expect accepted is 100-continue");
    }
    head->expects_continue = true;
}

static struct iam_str slice(struct iam_str bytes, struct iam_http_span span)
{
    return (struct iam_str){ bytes.p + span.at, span.len };
}

static void take_field(struct framing *f, struct iam_str name, struct iam_str value,
                       struct iam_http_head *head)
{
    switch (name.len) {
    case 4:
        if (iam_str_eq_nocase(name, IAM_STR("host"))) {
            take_host(f, value);
        }
        break;
    case 6:
        if (iam_str_eq_nocase(name, IAM_STR("expect"))) {
            take_expect(f, value, head);
        }
        break;
    case 14:
        if (iam_str_eq_nocase(name, IAM_STR("content-length"))) {
            take_length(f, value, head);
        }
        break;
    case 17:
        if (iam_str_eq_nocase(name, IAM_STR("transfer-encoding"))) {
            take_coding(f, value, head);
        }
        break;
    default:
        break;
    }
}

/*
 * Refuses what HTTP/1.0 leaves open: a coding that it does not have, and a request that has a body
 * of a length nobody has said. SPEC: RFC 9112, section 6.1; RFC 1945, section 7.2.2.
 */
static void check_1_0(struct framing *f, struct iam_str method)
{
    bool may_have_body = iam_str_eq(method, IAM_STR("POST")) ||
                         iam_str_eq(method, IAM_STR("PUT")) || iam_str_eq(method, IAM_STR("PATCH"));
    if (f->codings > 0) {
        note(f, 400, "Transfer-Encoding must not be given with HTTP/1.0");
    }
    if (may_have_body && f->lengths == 0) {
        note(f, 411, "Content-Length must be given with HTTP/1.0");
    }
}

static struct iam_http_refusal check_framing(struct iam_str bytes,
                                             const struct iam_http_request_line *line,
                                             struct iam_http_head *head)
{
    struct framing f = { 0 };
    for (size_t i = 0; i < head->field_count; i++) {
        const struct iam_http_field *field = &head->fields[i];
        take_field(&f, slice(bytes, field->name), slice(bytes, field->value), head);
    }
    if (f.hosts == 0) {
        note(&f, 400, "Host is missing");
    }
    if (f.lengths > 0 && f.codings > 0) {
        note(&f, 400, "Content-Length must not be given with Transfer-Encoding");
    }
    if (line->is_1_0) {
        check_1_0(&f, line->method);
        /* SPEC: RFC 9110, section 10.1.1: the expectation of an HTTP/1.0 request is ignored. */
        head->expects_continue = false;
    }
    return f.refusal;
}

struct iam_http_refusal iam_http_head_parse(struct iam_str bytes,
                                            const struct iam_http_request_line *line,
                                            size_t field_lines, struct iam_arena *arena,
                                            struct iam_http_head *ret)
{
    struct iam_http_field *fields = iam_arena_alloc(arena, field_lines * sizeof(*fields));
    if (fields == NULL) {
        return refuse(503, IAM_HTTP_OUT_OF_MEMORY);
    }
    struct sink s = { .bytes = bytes, .fields = fields, .cap = field_lines };
    struct iam_http_refusal no = run_llhttp(&s);
    if (no.status != 0) {
        return no;
    }
    struct iam_http_head head = {
        .method = span_of(&s, line->method.p, line->method.len),
        .target = s.target,
        .fields = fields,
        .field_count = s.count,
        .keep_alive = s.keep_alive && !line->is_1_0,
    };
    if (!iam_str_eq(line->target, slice(bytes, s.target))) {
        return refusal_of(HPE_OK);
    }
    no = check_framing(bytes, line, &head);
    if (no.status == 0) {
        *ret = head;
    }
    return no;
}
