/* SPDX-License-Identifier: Apache-2.0 */
/* Response heads to the byte, dates, and what may not go into a header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/heap.h"
#include "http/response_int.h"

static const char DATE[] = "Tue, 24 Nov 2026 23:02:13 GMT";

static void expect_date(int64_t ms, const char *want)
{
    char got[IAM_HTTP_DATE_LEN + 1];
    iam_http_date(ms, got);
    assert_string_equal(got, want);
}

static void test_date(void **state)
{
    (void)state;
    expect_date(0, "Thu, 01 Jan 1970 00:00:00 GMT");
    expect_date(784111777000, "Sun, 06 Nov 1994 08:49:37 GMT");
    expect_date(1795561333999, DATE);
    expect_date(951782400000, "Tue, 29 Feb 2000 00:00:00 GMT");
    expect_date(-1, "Wed, 31 Dec 1969 23:59:59 GMT");
}

static void expect_head(const struct iam_http_response *r, bool close, const char *want)
{
    struct iam_buf out;
    struct iam_str got = { 0 };
    iam_buf_init(&out, iam_heap(), 4096);
    assert_int_equal(iam_http_response_head(&out, r, DATE, close), IAM_OK);
    assert_int_equal(iam_buf_finish(&out, &got), IAM_OK);
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.p, want, got.len);
    iam_buf_done(&out);
}

static void test_head(void **state)
{
    const struct iam_http_header headers[] = {
        {IAM_STR("A"),    IAM_STR("b c\t\xc3\xa4")},
        { IAM_STR("X-Y"), IAM_STR("")             }
    };
    struct iam_http_response r = { 200, headers, 2, IAM_STR("hello") };
    (void)state;
    expect_head(
        &r, false,
        "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 23:02:13 GMT\r\nCache-Control: no-store\r\nContent-Length: 5\r\n"
        "A: b c\t\xc3\xa4\r\nX-Y: \r\n\r\n");
    r = (struct iam_http_response){ 431, NULL, 0, IAM_STR("") };
    expect_head(
        &r, true,
        "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        "Date: Tue, 24 Nov 2026 23:02:13 GMT\r\nCache-Control: no-store\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n");
    r.status = 204;
    expect_head(
        &r, false,
        "HTTP/1.1 204 No Content\r\nDate: Tue, 24 Nov 2026 23:02:13 GMT\r\nCache-Control: no-store\r\n\r\n");
    r.may_be_kept = true;
    expect_head(&r, false,
                "HTTP/1.1 204 No Content\r\nDate: Tue, 24 Nov 2026 23:02:13 GMT\r\n\r\n");
    r.may_be_kept = false;
    r.status = 299;
    expect_head(
        &r, false,
        "HTTP/1.1 299 \r\nDate: Tue, 24 Nov 2026 23:02:13 GMT\r\nCache-Control: no-store\r\nContent-Length: 0\r\n\r\n");
}

static void expect_refused(int status, struct iam_str name, struct iam_str value)
{
    const struct iam_http_header header = { name, value };
    const struct iam_http_response r = { status, &header, 1, IAM_STR("") };
    struct iam_buf out;
    iam_buf_init(&out, iam_heap(), 4096);
    assert_int_equal(iam_http_response_head(&out, &r, DATE, false), IAM_RANGE);
    assert_int_equal(out.len, 0);
    iam_buf_done(&out);
}

static void test_refused(void **state)
{
    (void)state;
    expect_refused(199, IAM_STR("A"), IAM_STR("b"));
    expect_refused(600, IAM_STR("A"), IAM_STR("b"));
    expect_refused(200, IAM_STR(""), IAM_STR("b"));
    expect_refused(200, IAM_STR("A "), IAM_STR("b"));
    expect_refused(200, IAM_STR("A:"), IAM_STR("b"));
    expect_refused(200, IAM_STR("A"), IAM_STR("b\n"));
    expect_refused(200, IAM_STR("A"), IAM_STR("b\rc"));
    expect_refused(200, IAM_STR("A"), IAM_STR("\0"));
    expect_refused(200, IAM_STR("A"), IAM_STR("\x7f"));
}

static void test_body(void **state)
{
    (void)state;
    assert_true(iam_http_response_has_body(IAM_STR("GET"), 200));
    assert_true(iam_http_response_has_body(IAM_STR("head"), 200));
    assert_false(iam_http_response_has_body(IAM_STR("HEAD"), 200));
    assert_false(iam_http_response_has_body(IAM_STR("GET"), 204));
    assert_false(iam_http_response_has_body(IAM_STR("GET"), 304));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
