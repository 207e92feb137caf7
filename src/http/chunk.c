/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked coding as a state machine. Stricter than the RFC: no white space around the size, no
 * bare LF, no trailer fields (nothing here would use one), few bytes of extensions. A chunk that
 * could be read in two ways ends the connection.
 */
#include "http/chunk_int.h"

#include <stdint.h>

void iam_http_chunk_init(struct iam_http_chunk *c, size_t max_body_bytes)
{
    *c = (struct iam_http_chunk){ .state = IAM_HTTP_CHUNK_SIZE, .max_body_bytes = max_body_bytes };
}

static void refuse(struct iam_http_chunk *c, int status, const char *message)
{
    c->state = IAM_HTTP_CHUNK_REFUSED;
    c->refusal = (struct iam_http_refusal){ status, message };
}

static void take_digit(struct iam_http_chunk *c, int value)
{
    if (++c->digits > IAM_HTTP_CHUNK_DIGITS_MAX || c->left > (SIZE_MAX >> 4)) {
        refuse(c, 400, "a chunk size has too many digits");
        return;
    }
    c->left = c->left << 4 | (size_t)value;
}

static void take_size(struct iam_http_chunk *c, char ch)
{
    int value = iam_ascii_hex_value(ch);
    if (value >= 0) {
        take_digit(c, value);
    } else if (c->digits == 0) {
        refuse(c, 400, "a chunk must start with its size in hexadecimal digits");
    } else if (ch == ';') {
        c->state = IAM_HTTP_CHUNK_EXTENSION;
    } else if (ch == '\r') {
        c->state = IAM_HTTP_CHUNK_SIZE_LF;
    } else {
        refuse(c, 400, "a chunk size must be followed by CR LF");
    }
}

static void take_extension(struct iam_http_chunk *c, char ch)
{
    if (ch == '\r') {
        c->state = IAM_HTTP_CHUNK_SIZE_LF;
    } else if ((unsigned char)ch < 0x20 || ch == 0x7f) {
        refuse(c, 400, "a chunk extension must not hold control characters");
    } else if (++c->extension_bytes > IAM_HTTP_CHUNK_EXTENSION_MAX) {
        refuse(c, 400, "the chunk extensions are too long");
    }
}

/* Checks, when the line with the size is over, whether there is room for what it announces. */
static void start_data(struct iam_http_chunk *c)
{
    if (c->left > c->max_body_bytes - c->body_len) {
        refuse(c, 413, "the body is larger than the server takes");
        return;
    }
    c->state = c->left > 0 ? IAM_HTTP_CHUNK_DATA : IAM_HTTP_CHUNK_END_CR;
    c->digits = 0;
}

static void expect(struct iam_http_chunk *c, char ch, char want, enum iam_http_chunk_state next)
{
    if (ch != want) {
        refuse(c, 400, "a chunk must end with CR LF, and the last one with an empty line");
        return;
    }
    c->state = next;
}

static void take_byte(struct iam_http_chunk *c, char ch)
{
    switch (c->state) {
    case IAM_HTTP_CHUNK_SIZE:
        take_size(c, ch);
        break;
    case IAM_HTTP_CHUNK_EXTENSION:
        take_extension(c, ch);
        break;
    case IAM_HTTP_CHUNK_SIZE_LF:
        expect(c, ch, '\n', IAM_HTTP_CHUNK_DATA);
        if (c->state == IAM_HTTP_CHUNK_DATA) {
            start_data(c);
        }
        break;
    case IAM_HTTP_CHUNK_DATA_CR:
        expect(c, ch, '\r', IAM_HTTP_CHUNK_DATA_LF);
        break;
    case IAM_HTTP_CHUNK_DATA_LF:
        expect(c, ch, '\n', IAM_HTTP_CHUNK_SIZE);
        break;
    case IAM_HTTP_CHUNK_END_CR:
        expect(c, ch, '\r', IAM_HTTP_CHUNK_END_LF);
        break;
    case IAM_HTTP_CHUNK_END_LF:
        expect(c, ch, '\n', IAM_HTTP_CHUNK_DONE);
        break;
    case IAM_HTTP_CHUNK_DATA:
    case IAM_HTTP_CHUNK_DONE:
    case IAM_HTTP_CHUNK_REFUSED:
        break;
    }
}

static size_t take_data(struct iam_http_chunk *c, char *body, const char *src, size_t n)
{
    size_t part = n < c->left ? n : c->left;
    memmove(body + c->body_len, src, part);
    c->body_len += part;
    c->left -= part;
    if (c->left == 0) {
        c->state = IAM_HTTP_CHUNK_DATA_CR;
    }
    return part;
}

size_t iam_http_chunk_feed(struct iam_http_chunk *c, char *body, const char *src, size_t n)
{
    size_t at = 0;
    while (at < n && c->state != IAM_HTTP_CHUNK_DONE && c->state != IAM_HTTP_CHUNK_REFUSED) {
        if (c->state == IAM_HTTP_CHUNK_DATA) {
            at += take_data(c, body, src + at, n - at);
        } else {
            take_byte(c, src[at++]);
        }
    }
    return at;
}
