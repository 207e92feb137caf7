/* SPDX-License-Identifier: Apache-2.0 */
/* Decoding of a chunked body (RFC 9112 7.1), byte by byte: the result does not depend on splits. */
#pragma once

#include "http/line_int.h"

/* LIMIT: bytes of chunk extensions over the whole body. */
#define IAM_HTTP_CHUNK_EXTENSION_MAX 256
/* LIMIT: hexadecimal digits of one chunk size. */
#define IAM_HTTP_CHUNK_DIGITS_MAX 16

enum iam_http_chunk_state {
    IAM_HTTP_CHUNK_SIZE, /* also before the first digit */
    IAM_HTTP_CHUNK_EXTENSION,
    IAM_HTTP_CHUNK_SIZE_LF,
    IAM_HTTP_CHUNK_DATA,
    IAM_HTTP_CHUNK_DATA_CR,
    IAM_HTTP_CHUNK_DATA_LF,
    IAM_HTTP_CHUNK_END_CR,
    IAM_HTTP_CHUNK_END_LF,
    IAM_HTTP_CHUNK_DONE,
    IAM_HTTP_CHUNK_REFUSED
};

struct iam_http_chunk {
    enum iam_http_chunk_state state;
    unsigned digits;
    size_t extension_bytes;
    size_t left;     /* bytes that the current chunk still has */
    size_t body_len; /* decoded so far */
    size_t max_body_bytes;
    struct iam_http_refusal refusal; /* in state REFUSED */
};

void iam_http_chunk_init(struct iam_http_chunk *c, size_t max_body_bytes);

/*
 * Decodes n bytes at src and appends the data at body + c->body_len; body and src may be parts of
 * one buffer as long as body + c->body_len is not after src. Returns the number of bytes consumed:
 * n, or less when the body ended (state DONE) or is refused (state REFUSED: 413 above the maximum,
 * otherwise 400).
 */
size_t iam_http_chunk_feed(struct iam_http_chunk *c, char *body, const char *src, size_t n);
