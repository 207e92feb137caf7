/* SPDX-License-Identifier: Apache-2.0 */
/* The parser without sockets: what a request becomes, limits to the byte, and every split of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/heap.h"
#include "http/parser_int.h"

static const struct iam_http_limits LIMITS = { .max_header_bytes = 512,
                                               .max_headers = 4,
                                               .max_body_bytes = 32 };

struct run {
    struct iam_http_parser parser;
    struct iam_http_request request;
    struct iam_arena arena;
    char *buf;
    size_t len;
};

static void run_done(struct run *r)
{
    iam_arena_done(&r->arena);
    free(r->buf);
}

/*
 * Feeds text in pieces of step bytes, each time at a new address of exactly the right size, so that
 * both a read too far and a pointer kept from before are seen by the sanitizer.
 */
static enum iam_http_progress feed(struct run *r, const char *text, size_t n, size_t step)
{
    enum iam_http_progress p = IAM_HTTP_NEED_HEAD;
    *r = (struct run){ 0 };
    iam_http_parser_clear(&r->parser);
    iam_arena_init(&r->arena, iam_heap(), 65536);
    size_t fed = 0;
    while (fed < n && (p == IAM_HTTP_NEED_HEAD || p == IAM_HTTP_NEED_BODY)) {
        size_t part = step < n - fed ? step : n - fed;
        char *grown = malloc(r->len + part);
        assert_non_null(grown);
        if (r->len > 0) {
            memcpy(grown, r->buf, r->len);
        }
        memcpy(grown + r->len, text + fed, part);
        free(r->buf);
        r->buf = grown;
        r->len += part;
        fed += part;
        p = iam_http_parser_feed(&r->parser, &LIMITS, &r->arena, r->buf, &r->len, &r->request);
    }
    return p;
}

static void assert_str(struct iam_str got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.p, want, got.len);
}

static void test_request(void **state)
{
    static const char TEXT[] = "POST /a%20b/c?x=1&y HTTP/1.1\r\nHost: a.b:80\r\nX-Empty:\r\n"
                               "X-Two: \t two words \t\r\nContent-Length: 5\r\n\r\nhello rest";
    (void)state;
    for (size_t step = 1; step < sizeof(TEXT); step++) {
        struct run r;
        assert_int_equal(feed(&r, TEXT, sizeof(TEXT) - 1, step), IAM_HTTP_COMPLETE);
        assert_str(r.request.method, "POST");
        assert_str(r.request.target, "/a%20b/c?x=1&y");
        assert_str(r.request.path, "/a%20b/c");
        assert_str(r.request.query, "x=1&y");
        assert_int_equal(r.request.header_count, 4);
        assert_str(r.request.headers[0].name, "Host");
        assert_str(r.request.headers[0].value, "a.b:80");
        assert_str(r.request.headers[1].name, "X-Empty");
        assert_str(r.request.headers[1].value, "");
        assert_true(iam_str_is_set(r.request.headers[1].value));
        assert_str(r.request.headers[2].value, "two words");
        assert_str(r.request.body, "hello");
        assert_int_equal(r.parser.used, sizeof(TEXT) - 1 - 5);
        assert_true(r.parser.head.keep_alive);
        run_done(&r);
    }
}

static void test_small_request(void **state)
{
    static const char TEXT[] = "\r\nGET /? HTTP/1.1\r\nHost:a\r\nConnection: close\r\n\r\n";
    struct run r;
    (void)state;
    assert_int_equal(feed(&r, TEXT, sizeof(TEXT) - 1, 7), IAM_HTTP_COMPLETE);
    assert_str(r.request.path, "/");
    assert_str(r.request.query, "");
    assert_true(iam_str_is_set(r.request.query));
    assert_str(r.request.body, "");
    assert_true(iam_str_is_set(r.request.body));
    assert_false(r.parser.head.keep_alive);
    run_done(&r);
    assert_int_equal(feed(&r, "GET /a HTTP/1.1\r\nHost:a\r\n\r\n", 27, 99), IAM_HTTP_COMPLETE);
    assert_false(iam_str_is_set(r.request.query));
    run_done(&r);
}

static void test_chunked(void **state)
{
    static const char TEXT[] =
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        "1\r\na\r\n00f;k=\"v\"\r\nbcdefghijklmnop\r\n10\r\n0123456789abcdef\r\n"
        "0\r\n\r\nGET /next";
    (void)state;
    for (size_t step = 1; step < sizeof(TEXT); step++) {
        struct run r;
        assert_int_equal(feed(&r, TEXT, sizeof(TEXT) - 1, step), IAM_HTTP_COMPLETE);
        assert_str(r.request.body, "abcdefghijklmnop0123456789abcdef");
        /* What follows is found at used, whatever was joined before. */
        if (r.len > r.parser.used) {
            assert_memory_equal(r.buf + r.parser.used, "GET /next", r.len - r.parser.used);
        }
        run_done(&r);
    }
}

static void expect_status(const char *text, size_t n, int status)
{
    for (size_t step = 1; step <= n; step++) {
        struct run r;
        assert_int_equal(feed(&r, text, n, step), IAM_HTTP_REFUSED);
        assert_int_equal(r.parser.refusal.status, status);
        assert_non_null(r.parser.refusal.message);
        run_done(&r);
    }
}

/* Adds one line of the head after the other until size bytes are full, to the byte. */
static void make_head(char *text, size_t size)
{
    memcpy(text, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
    memset(text + 28, 'x', size - 28 - 4);
    memcpy(text + size - 4, "\r\n\r\n", 4);
}

static void test_header_limits(void **state)
{
    char text[600];
    struct run r;
    (void)state;
    make_head(text, 512);
    assert_int_equal(feed(&r, text, 512, 512), IAM_HTTP_COMPLETE);
    run_done(&r);
    make_head(text, 513);
    expect_status(text, 513, 431);
    memset(text, 'G', sizeof(text));
    expect_status(text, sizeof(text), 414);
    memcpy(text, "GET /", 5);
    memcpy(text + 560, " HTTP/1.1\r\nHost: a\r\n\r\n", 22);
    expect_status(text, 582, 414);
}

static void test_header_count(void **state)
{
    static const char FOUR[] = "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n";
    static const char FIVE[] = "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n";
    struct run r;
    (void)state;
    assert_int_equal(feed(&r, FOUR, sizeof(FOUR) - 1, 9), IAM_HTTP_COMPLETE);
    run_done(&r);
    expect_status(FIVE, sizeof(FIVE) - 1, 431);
}

static void test_body_limits(void **state)
{
    static const char FITS[] = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 32\r\n\r\n"
                               "0123456789abcdef0123456789abcdef";
    static const char LARGE[] = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 33\r\n\r\n";
    static const char CHUNKS[] = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "10\r\n0123456789abcdef\r\n11\r\n";
    struct run r;
    (void)state;
    assert_int_equal(feed(&r, FITS, sizeof(FITS) - 1, 11), IAM_HTTP_COMPLETE);
    run_done(&r);
    expect_status(LARGE, sizeof(LARGE) - 1, 413);
    expect_status(CHUNKS, sizeof(CHUNKS) - 1, 413);
}

/* The first mistake decides, even when everything arrives at once. */
static void test_order_of_refusals(void **state)
{
    static const char TEXT[] = "GET / HTTP/1.2\r\nHost : a\r\n\r\n";
    static const char FOLD[] = "GET / HTTP/1.1\r\nTransfer-Encoding: x\r\n b\r\n\r\n";
    (void)state;
    expect_status(TEXT, sizeof(TEXT) - 1, 505);
    expect_status(FOLD, sizeof(FOLD) - 1, 400);
}

static void test_early_refusal(void **state)
{
    struct run r;
    (void)state;
    assert_int_equal(feed(&r, "\x16\x03", 1, 1), IAM_HTTP_REFUSED);
    run_done(&r);
    assert_int_equal(feed(&r, "GET / HTTP/1.1\n", 15, 15), IAM_HTTP_REFUSED);
    run_done(&r);
    assert_int_equal(feed(&r, "GET / HTTP/1.1\r\nA :\r\n", 21, 21), IAM_HTTP_REFUSED);
    run_done(&r);
}

/* No memory is a refusal too. */
static void test_no_memory(void **state)
{
    static char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct iam_http_parser p;
    struct iam_http_request request;
    struct iam_arena arena;
    size_t len = sizeof(text) - 1;
    (void)state;
    for (size_t max = 16; max <= 32; max += 16) {
        iam_http_parser_clear(&p);
        iam_arena_init(&arena, iam_heap(), max);
        enum iam_http_progress progress =
            iam_http_parser_feed(&p, &LIMITS, &arena, text, &len, &request);
        assert_int_equal(progress, IAM_HTTP_REFUSED);
        assert_int_equal(p.refusal.status, 503);
        iam_arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),           cmocka_unit_test(test_small_request),
        cmocka_unit_test(test_chunked),           cmocka_unit_test(test_header_limits),
        cmocka_unit_test(test_header_count),      cmocka_unit_test(test_body_limits),
        cmocka_unit_test(test_order_of_refusals), cmocka_unit_test(test_early_refusal),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
