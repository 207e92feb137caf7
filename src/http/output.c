/* SPDX-License-Identifier: Apache-2.0 */
#include "http/output_int.h"

#include "base/ct.h"

/* The buffer is kept when it is not larger. */
#define KEEP_MAX 16384

void iam_http_output_init(struct iam_http_output *o, const struct iam_alloc *alloc,
                          size_t max_bytes)
{
    iam_buf_init(&o->rest, alloc, max_bytes);
    o->at = 0;
}

/* Overwrites the bytes that were kept: whether they are a secret is not known here. */
static void wipe(struct iam_http_output *o)
{
    if (o->rest.len > 0) {
        iam_wipe(o->rest.p, o->rest.len);
    }
}

void iam_http_output_done(struct iam_http_output *o)
{
    wipe(o);
    iam_buf_done(&o->rest);
}

static void empty(struct iam_http_output *o)
{
    o->at = 0;
    if (o->rest.cap > KEEP_MAX) {
        iam_http_output_done(o);
    } else {
        wipe(o);
        iam_buf_clear(&o->rest);
    }
}

enum iam_http_sent iam_http_output_flush(struct iam_http_output *o, struct iam_http_stream *stream)
{
    while (o->at < o->rest.len) {
        struct iovec piece = { o->rest.p + o->at, o->rest.len - o->at };
        size_t n = 0;
        enum iam_http_io io = iam_http_stream_write(stream, &piece, 1, &n);
        if (io != IAM_HTTP_IO_OK) {
            return io == IAM_HTTP_IO_AGAIN ? IAM_HTTP_SENT_PART : IAM_HTTP_SENT_LOST;
        }
        o->at += n;
    }
    empty(o);
    return IAM_HTTP_SENT_ALL;
}

/* Keeps what follows the first done bytes of head and body. Returns false without memory. */
static bool keep_rest(struct iam_http_output *o, struct iam_str head, struct iam_str body,
                      size_t done)
{
    size_t of_head = done < head.len ? done : head.len;
    struct iam_str rest = IAM_STR("");
    iam_buf_clear(&o->rest);
    o->at = 0;
    iam_buf_add(&o->rest, iam_str_sub(head, of_head, head.len));
    iam_buf_add(&o->rest, iam_str_sub(body, done - of_head, body.len));
    return iam_buf_finish(&o->rest, &rest) == IAM_OK;
}

/* Returns a pointer for struct iovec, which is not const because readv writes through it. */
static void *bytes_of(struct iam_str s)
{
    return (void *)(uintptr_t)s.p;
}

enum iam_http_sent iam_http_output_send(struct iam_http_output *o, struct iam_http_stream *stream,
                                        struct iam_str head, struct iam_str body)
{
    struct iovec pieces[2] = {
        {bytes_of(head),  head.len},
        { bytes_of(body), body.len}
    };
    size_t n = 0;
    enum iam_http_io io = iam_http_stream_write(stream, pieces, body.len > 0 ? 2 : 1, &n);
    if (io == IAM_HTTP_IO_BROKEN || io == IAM_HTTP_IO_EOF) {
        return IAM_HTTP_SENT_LOST;
    }
    if (n == head.len + body.len) {
        return IAM_HTTP_SENT_ALL;
    }
    return keep_rest(o, head, body, n) ? iam_http_output_flush(o, stream) : IAM_HTTP_SENT_LOST;
}
