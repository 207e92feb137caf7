/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of one accepted socket, plain or through TLS, without blocking. */
#pragma once

#include <openssl/ssl.h>
#include <sys/uio.h>

#include "base/base.h"

enum iam_http_io {
    IAM_HTTP_IO_OK,
    IAM_HTTP_IO_AGAIN, /* later, when the socket is ready */
    IAM_HTTP_IO_EOF,
    IAM_HTTP_IO_BROKEN
};

struct iam_http_stream {
    int fd;              /* -1 when closed */
    SSL *ssl;            /* NULL: plain */
    bool wants_writable; /* the last AGAIN waits for room to write, not for bytes to read */
};

/*
 * Starts a stream that owns fd (non-blocking). tls may be NULL. On IAM_NOMEM fd stays the caller's.
 */
enum iam_status iam_http_stream_init(struct iam_http_stream *s, int fd, SSL_CTX *tls) IAM_MUST_USE;
/* Closes without saying goodbye; may be called twice. */
void iam_http_stream_close(struct iam_http_stream *s);
/* Negotiates; OK when nothing is left to negotiate. */
enum iam_http_io iam_http_stream_handshake(struct iam_http_stream *s);
/* Reads up to cap > 0 bytes; *ret_n is written for OK. */
enum iam_http_io iam_http_stream_read(struct iam_http_stream *s, char *buf, size_t cap,
                                      size_t *ret_n);
/* Writes a part of the 1 or 2 pieces, at least one byte of them (0 when all are empty). */
enum iam_http_io iam_http_stream_write(struct iam_http_stream *s, const struct iovec *pieces,
                                       int count, size_t *ret_n);
/* Tells the peer that nothing more follows; reading may go on with iam_http_stream_discard. */
void iam_http_stream_end(struct iam_http_stream *s);
/* Reads and forgets, beneath TLS. */
enum iam_http_io iam_http_stream_discard(struct iam_http_stream *s, size_t *ret_n);
