/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets and TLS with the same few calls. SIGPIPE: plain writes ask for none; OpenSSL writes
 * without that flag, so the threads that come here keep the signal blocked.
 */
#include "http/stream_int.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

/* LIMIT: one SSL_read or SSL_write. */
#define TLS_PIECE_MAX ((size_t)1 << 20)

enum iam_status iam_http_stream_init(struct iam_http_stream *s, int fd, SSL_CTX *tls)
{
    *s = (struct iam_http_stream){ .fd = fd };
    if (tls == NULL) {
        return IAM_OK;
    }
    s->ssl = SSL_new(tls);
    if (s->ssl == NULL || SSL_set_fd(s->ssl, fd) != 1) {
        SSL_free(s->ssl);
        *s = (struct iam_http_stream){ .fd = -1 };
        return IAM_NOMEM;
    }
    SSL_set_accept_state(s->ssl);
    return IAM_OK;
}

void iam_http_stream_close(struct iam_http_stream *s)
{
    SSL_free(s->ssl);
    s->ssl = NULL;
    if (s->fd >= 0) {
        (void)close(s->fd);
        s->fd = -1;
    }
}

static enum iam_http_io io_of_errno(void)
{
    return errno == EAGAIN || errno == EINTR ? IAM_HTTP_IO_AGAIN : IAM_HTTP_IO_BROKEN;
}

static enum iam_http_io io_of_ssl(struct iam_http_stream *s, int result)
{
    switch (SSL_get_error(s->ssl, result)) {
    case SSL_ERROR_NONE:
        return IAM_HTTP_IO_OK;
    case SSL_ERROR_WANT_READ:
        s->wants_writable = false;
        return IAM_HTTP_IO_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        s->wants_writable = true;
        return IAM_HTTP_IO_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return IAM_HTTP_IO_EOF;
    default:
        return IAM_HTTP_IO_BROKEN;
    }
}

enum iam_http_io iam_http_stream_handshake(struct iam_http_stream *s)
{
    if (s->ssl == NULL) {
        return IAM_HTTP_IO_OK;
    }
    ERR_clear_error();
    return io_of_ssl(s, SSL_do_handshake(s->ssl));
}

static enum iam_http_io read_tls(struct iam_http_stream *s, char *buf, size_t cap, size_t *ret_n)
{
    ERR_clear_error();
    int n = SSL_read(s->ssl, buf, (int)(cap < TLS_PIECE_MAX ? cap : TLS_PIECE_MAX));
    if (n <= 0) {
        return io_of_ssl(s, n);
    }
    *ret_n = (size_t)n;
    return IAM_HTTP_IO_OK;
}

enum iam_http_io iam_http_stream_read(struct iam_http_stream *s, char *buf, size_t cap,
                                      size_t *ret_n)
{
    if (s->ssl != NULL) {
        return read_tls(s, buf, cap, ret_n);
    }
    ssize_t n = 0;
    do {
        n = recv(s->fd, buf, cap, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return io_of_errno();
    }
    *ret_n = (size_t)n;
    return n == 0 ? IAM_HTTP_IO_EOF : IAM_HTTP_IO_OK;
}

static enum iam_http_io write_tls(struct iam_http_stream *s, const struct iovec *pieces, int count,
                                  size_t *ret_n)
{
    size_t done = 0;
    for (int i = 0; i < count; i++) {
        const char *p = pieces[i].iov_base;
        for (size_t at = 0; at < pieces[i].iov_len;) {
            size_t len = pieces[i].iov_len - at;
            ERR_clear_error();
            int n = SSL_write(s->ssl, p + at, (int)(len < TLS_PIECE_MAX ? len : TLS_PIECE_MAX));
            if (n <= 0) {
                *ret_n = done;
                return done > 0 ? IAM_HTTP_IO_OK : io_of_ssl(s, n);
            }
            at += (size_t)n;
            done += (size_t)n;
        }
    }
    *ret_n = done;
    return IAM_HTTP_IO_OK;
}

/*
 * Writes in one call. One piece is by far the most frequent case, and send costs less than sendmsg.
 */
static ssize_t write_plain(int fd, const struct iovec *pieces, int count)
{
    struct iovec copy[2] = { pieces[0], count > 1 ? pieces[1] : (struct iovec){ 0 } };
    struct msghdr msg = { .msg_iov = copy, .msg_iovlen = (size_t)count };
    ssize_t n = 0;
    do {
        n = count == 1 ? send(fd, pieces->iov_base, pieces->iov_len, MSG_NOSIGNAL)
                       : sendmsg(fd, &msg, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    return n;
}

enum iam_http_io iam_http_stream_write(struct iam_http_stream *s, const struct iovec *pieces,
                                       int count, size_t *ret_n)
{
    if (s->ssl != NULL) {
        return write_tls(s, pieces, count, ret_n);
    }
    ssize_t n = write_plain(s->fd, pieces, count);
    if (n < 0) {
        s->wants_writable = true;
        return io_of_errno();
    }
    *ret_n = (size_t)n;
    return IAM_HTTP_IO_OK;
}

void iam_http_stream_end(struct iam_http_stream *s)
{
    if (s->ssl != NULL && SSL_is_init_finished(s->ssl)) {
        ERR_clear_error();
        (void)SSL_shutdown(s->ssl);
    }
    (void)shutdown(s->fd, SHUT_WR);
}

enum iam_http_io iam_http_stream_discard(struct iam_http_stream *s, size_t *ret_n)
{
    char scratch[4096];
    ssize_t n = recv(s->fd, scratch, sizeof(scratch), 0);
    if (n < 0) {
        return io_of_errno();
    }
    *ret_n = (size_t)n;
    return n == 0 ? IAM_HTTP_IO_EOF : IAM_HTTP_IO_OK;
}
