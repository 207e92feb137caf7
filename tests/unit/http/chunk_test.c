/* SPDX-License-Identifier: Apache-2.0 */
/* The chunk decoder alone: in place, at every split, and its limits to the byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "http/chunk_int.h"

#define BODY_MAX 64

/* Decodes text within one buffer, step bytes at a time; returns the bytes consumed. */
static size_t decode(struct iam_http_chunk *c, char *buf, const char *text, size_t step)
{
    size_t n = strlen(text);
    size_t used = 0;
    memcpy(buf, text, n);
    iam_http_chunk_init(c, BODY_MAX);
    while (used < n) {
        size_t part = step < n - used ? step : n - used;
        size_t got = iam_http_chunk_feed(c, buf, buf + used, part);
        used += got;
        if (got < part) {
            break;
        }
    }
    return used;
}

static void expect_body(const char *text, const char *body, size_t used)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        struct iam_http_chunk c;
        char buf[1024];
        assert_int_equal(decode(&c, buf, text, step), used);
        assert_int_equal(c.state, IAM_HTTP_CHUNK_DONE);
        assert_int_equal(c.body_len, strlen(body));
        assert_memory_equal(buf, body, c.body_len);
    }
}

static void expect_refused(const char *text, int status, size_t used)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        struct iam_http_chunk c;
        char buf[1024];
        assert_int_equal(decode(&c, buf, text, step), used);
        assert_int_equal(c.state, IAM_HTTP_CHUNK_REFUSED);
        assert_int_equal(c.refusal.status, status);
        /* Nothing more is taken afterwards. */
        assert_int_equal(iam_http_chunk_feed(&c, buf, "0", 1), 0);
    }
}

static void test_bodies(void **state)
{
    (void)state;
    expect_body("0\r\n\r\n", "", 5);
    expect_body("1\r\na\r\n0\r\n\r\nrest", "a", 11);
    expect_body("3\r\nabc\r\n0002;e\r\n\r\n\r\n000;x=\"y\"\r\n\r\n", "abc\r\n", 33);
    expect_body("A;\r\n0123456789\r\n0\r\n\r\n", "0123456789", 21);
}

static void test_refusals(void **state)
{
    (void)state;
    expect_refused("g", 400, 1);
    expect_refused("1;\n", 400, 3);
    expect_refused("1;\x7f", 400, 3);
    expect_refused("1\r\r", 400, 3);
    expect_refused("1\r\nab", 400, 5);
    expect_refused("1\r\na\r\r", 400, 6);
    expect_refused("0\r\nX: y\r\n", 400, 4);
    expect_refused("0\r\n\r\r", 400, 5);
    expect_refused("00000000000000000", 400, 17);
    expect_refused("fffffffffffffffff", 400, 17);
    expect_refused("41\r\n", 413, 4);
    expect_refused("1\r\na\r\n40\r\n", 413, 10);
    expect_refused("ffffffffffffffff\r\n", 413, 18);
}

/* The sum over all chunks counts. */
static void test_extensions(void **state)
{
    char text[1024] = "1;";
    (void)state;
    memset(text + 2, 'e', 200);
    (void)snprintf(text + 202, sizeof(text) - 202, "\r\na\r\n0;");
    size_t n = strlen(text);
    memset(text + n, 'e', 56);
    (void)snprintf(text + n + 56, sizeof(text) - n - 56, "\r\n\r\n");
    expect_body(text, "a", n + 60);
    (void)snprintf(text + n + 56, sizeof(text) - n - 56, "e\r\n\r\n");
    expect_refused(text, 400, n + 57);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_extensions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
