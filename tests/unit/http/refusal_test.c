/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every request that must be refused, as raw bytes over a real socket: the status, that the
 * connection ends after it, and that the handler never saw it.
 */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOST "Host: a\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
#define ROW(status, bytes)               \
    {                                    \
        status, bytes, sizeof(bytes) - 1 \
    }

static const struct {
    int status;
    const char *bytes;
    size_t len;
} ROWS[] = {
    /* lines */
    ROW(400, "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "a(b): c\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\nHost: a\n\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a\r\n\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "X: a\r\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "X: a\0b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "X: a\x7f\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\n" HOST "X\0: a\r\n\r\n"),
    ROW(400, "\n"),
    ROW(400, "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
    /* the request line */
    ROW(400, "\x16\x03\x01"),
    ROW(400, " GET / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/1.1 \r\n" HOST "\r\n"),
    ROW(400, "GET  / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /  HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET\t/ HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /\r\n"),
    ROW(400, "GET\r\n"),
    ROW(400, "GET / http/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/1\r\n" HOST "\r\n"),
    ROW(400, "GET / HTTP/1.1x\r\n" HOST "\r\n"),
    /* HTTP/1.0 with anything that leaves the end of the request open */
    ROW(400, "GET / HTTP/1.0\r\n\r\n"),
    ROW(400, "GET / HTTP/1.0\r\n" HOST HOST "\r\n"),
    ROW(411, "POST / HTTP/1.0\r\n" HOST "\r\n"),
    ROW(411, "PUT / HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\nabc"),
    ROW(400, "GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(400, "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(400, "POST / HTTP/1.0\r\n" HOST "Content-Length: 5\r\n"
             "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(400, "POST / HTTP/1.0\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ROW(413, "POST / HTTP/1.0\r\n" HOST "Content-Length: 65537\r\n\r\n"),
    ROW(505, "GET / HTTP/1.2\r\n" HOST "\r\n"),
    ROW(505, "GET / HTTP/2.0\r\n" HOST "\r\n"),
    ROW(505, "GET / HTTP/0.9\r\n" HOST "\r\n"),
    ROW(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ROW(501, "FROB / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(501, "get / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(501, "CONNECT a:443 HTTP/1.1\r\n" HOST "\r\n"),
    ROW(501, "CONNECT / HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET http://a/ HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET a:80 HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /\x7f HTTP/1.1\r\n" HOST "\r\n"),
    ROW(400, "GET /\0 HTTP/1.1\r\n" HOST "\r\n"),
    /* Host */
    ROW(400, "GET / HTTP/1.1\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    ROW(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    /* Content-Length */
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1 2\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1.0\r\n\r\na"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551616\r\n\r\n"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999999\r\n\r\n"),
    ROW(413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 18446744073709551615\r\n\r\n"),
    ROW(413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n"),
    ROW(413, "GET / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\nExpect: 100-continue\r\n\r\n"),
    /* Transfer-Encoding */
    ROW(400, "POST / HTTP/1.1\r\n" HOST
             "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    ROW(501, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n"),
    ROW(400, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \x0b"
             "chunked\r\n\r\n0\r\n\r\n"),
    /* chunks */
    ROW(400, CHUNKED "x\r\n"),
    ROW(400, CHUNKED "\r\n"),
    ROW(400, CHUNKED "-1\r\n"),
    ROW(400, CHUNKED "+1\r\na\r\n0\r\n\r\n"),
    ROW(400, CHUNKED "0x1\r\na\r\n0\r\n\r\n"),
    ROW(400, CHUNKED "1 \r\na\r\n0\r\n\r\n"),
    ROW(400, CHUNKED " 1\r\na\r\n0\r\n\r\n"),
    ROW(400, CHUNKED "1\na\r\n0\r\n\r\n"),
    ROW(400, CHUNKED "1\r\na\n0\r\n\r\n"),
    ROW(400, CHUNKED "1\r\nab\r\n0\r\n\r\n"),
    ROW(400, CHUNKED "1;a\nb\r\na\r\n0\r\n\r\n"),
    ROW(400, CHUNKED "0\r\nTrailer: x\r\n\r\n"),
    ROW(400, CHUNKED "00000000000000001\r\na\r\n"),
    ROW(413, CHUNKED "FFFFFFFFFFFFFFFF\r\n"),
    ROW(400, CHUNKED "10000000000000000\r\n"),
    ROW(413, CHUNKED "10001\r\n"),
    ROW(413, CHUNKED "1\r\na\r\n10000\r\n"),
    /* Expect */
    ROW(417, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nExpect: 200-ok\r\n\r\n"),
    ROW(417, "GET / HTTP/1.1\r\n" HOST "Expect:\r\n\r\n"),
};

static void check_refused(const struct rig *r, int fd, int status, const char *bytes, size_t len)
{
    char text[4096];
    unsigned before = rig_calls();
    (void)r;
    rig_send(fd, bytes, len);
    int got = rig_read_response(fd, text, sizeof(text));
    if (got != status) {
        print_error("%d instead of %d for: %s\n", got, status, bytes);
    }
    assert_int_equal(got, status);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(rig_is_closed(fd));
    assert_int_equal(rig_calls(), before);
    (void)close(fd);
}

static void test_rows(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        int fd = i % 2 == 0 ? rig_connect(&r) : rig_connect_unix(&r);
        check_refused(&r, fd, ROWS[i].status, ROWS[i].bytes, ROWS[i].len);
    }
    rig_stop(&r, 5000);
}

/* What follows a refused request in the same packet must not be served. */
static void test_nothing_after(void **state)
{
    static const char BYTES[] = "POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                                "GET /echo HTTP/1.1\r\n" HOST "\r\n";
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    check_refused(&r, rig_connect(&r), 400, BYTES, sizeof(BYTES) - 1);
    rig_stop(&r, 5000);
}

static void check_made(const struct rig *r, int status, const char *before, char filler, size_t n,
                       const char *after)
{
    size_t len = strlen(before) + n + strlen(after);
    char *p = malloc(len + 1);
    assert_non_null(p);
    memcpy(p, before, strlen(before));
    memset(p + strlen(before), filler, n);
    memcpy(p + strlen(before) + n, after, strlen(after) + 1);
    check_refused(r, rig_connect(r), status, p, len);
    free(p);
}

static void test_sizes(void **state)
{
    struct rig r;
    char many[8000] = "GET / HTTP/1.1\r\n" HOST;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    check_made(&r, 414, "GET /", 'a', 9000, "");
    check_made(&r, 414, "GET /", 'a', 9000, " HTTP/1.1\r\n" HOST "\r\n");
    check_made(&r, 431, "GET / HTTP/1.1\r\n" HOST "X: ", 'a', 9000, "\r\n\r\n");
    check_made(&r, 431, "GET / HTTP/1.1\r\n" HOST "X: ", 'a', 9000, "");
    check_made(&r, 400, CHUNKED "1;", 'e', 257, "");
    for (int i = 0; i < 40; i++) {
        (void)snprintf(many + strlen(many), sizeof(many) - strlen(many), "X-%d: 1\r\n", i);
    }
    check_refused(&r, rig_connect(&r), 431, many, strlen(many));
    rig_stop(&r, 5000);
}

/* A client that keeps sending can still read why it was refused. */
static void test_refused_while_sending(void **state)
{
    struct rig r;
    char text[4096];
    static char junk[300000];
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int fd = rig_connect(&r);
    memset(junk, 'j', sizeof(junk));
    rig_send_text(fd, "POST / HTTP/1.1\r\n" HOST "Content-Length: 300000\r\n\r\n");
    rig_send(fd, junk, sizeof(junk));
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 413);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
    rig_stop(&r, 5000);
}

static void make_error(void *ctx, struct iam_arena *arena, int status, const char *message,
                       struct iam_http_response *ret)
{
    static const struct iam_http_header TYPE = {
        {"Content-Type", 12},
        { "text/xml",    8 }
    };
    struct iam_str body = { 0 };
    (void)ctx;
    assert_int_equal(iam_arena_fmt(arena, &body, "<e>%s</e>", message), IAM_OK);
    *ret = (struct iam_http_response){ status, &TYPE, 1, body };
}

static void test_error_callback(void **state)
{
    struct rig r;
    char text[4096];
    (void)state;
    rig_init(&r);
    r.config.error = make_error;
    rig_start(&r);
    int fd = rig_connect(&r);
    rig_send_text(fd, "GET / HTTP/1.1\r\n\r\n");
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 400);
    assert_non_null(strstr(text, "\r\nContent-Type: text/xml\r\n"));
    assert_non_null(strstr(text, "<e>Host is missing</e>"));
    (void)close(fd);
    rig_stop(&r, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),           cmocka_unit_test(test_nothing_after),
        cmocka_unit_test(test_sizes),          cmocka_unit_test(test_refused_while_sending),
        cmocka_unit_test(test_error_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
