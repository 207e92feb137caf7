/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on their way into a stream: as many as the socket takes at once, the rest when it has room.
 * Says what happened; what follows from it is the connection's to decide.
 */
#pragma once

#include "base/buf.h"
#include "http/stream_int.h"

enum iam_http_sent {
    IAM_HTTP_SENT_ALL,
    IAM_HTTP_SENT_PART, /* the rest is kept; flush when stream->wants_writable or bytes to read say
                         */
    IAM_HTTP_SENT_LOST  /* the stream is broken, or there was no memory for the rest */
};

/*
 * What is still to be written: the bytes of rest from at. Filled by send, or by its owner; they are
 * overwritten when they have been written.
 */
struct iam_http_output {
    struct iam_buf rest;
    size_t at;
};

/* Makes an output that keeps at most max_bytes, in memory from alloc. */
void iam_http_output_init(struct iam_http_output *o, const struct iam_alloc *alloc,
                          size_t max_bytes);
/* Overwrites and frees what is kept. */
void iam_http_output_done(struct iam_http_output *o);
/* Writes head and then body; copies what the socket does not take. Nothing else may be kept. */
enum iam_http_sent iam_http_output_send(struct iam_http_output *o, struct iam_http_stream *stream,
                                        struct iam_str head, struct iam_str body);
/* Goes on writing what is kept. */
enum iam_http_sent iam_http_output_flush(struct iam_http_output *o, struct iam_http_stream *stream);
