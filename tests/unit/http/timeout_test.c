/* SPDX-License-Identifier: Apache-2.0 */
/* Clients that are too slow: each is told where that is possible, and disconnected in time. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SHORT_MS 120

static char text[RIG_TEXT_CAP];

static int64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void start(struct rig *r, unsigned *timeout_ms)
{
    *timeout_ms = SHORT_MS;
    rig_start(r);
}

static void expect_408(const struct rig *r, const char *bytes)
{
    int64_t begin = now_ms();
    int fd = rig_connect(r);
    rig_send_text(fd, bytes);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 408);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(now_ms() - begin >= SHORT_MS - 5);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
}

static void test_header_timeout(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    start(&r, &r.config.header_timeout_ms);
    expect_408(&r, "");
    expect_408(&r, "GET / HTTP/1.1\r\nHost: a\r\n");
    assert_int_equal(rig_calls(), 0);
    rig_stop(&r, 5000);
}

/* Under load the time may be over before the request is sent: then the next one. */
static int connect_and_ask(const struct rig *r)
{
    int64_t until = now_ms() + RIG_WAIT_MS;
    for (;;) {
        int fd = rig_connect(r);
        rig_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        int status = rig_read_response(fd, text, sizeof(text));
        if (status == 200) {
            return fd;
        }
        assert_int_equal(status, 408);
        (void)close(fd);
        assert_true(now_ms() < until);
    }
}

/* A byte now and then does not prolong it. */
static void test_slow_loris(void **state)
{
    static const char DRIP[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    struct rig r;
    (void)state;
    rig_init(&r);
    start(&r, &r.config.header_timeout_ms);
    /* The second request of a connection has its own time. */
    int fd = connect_and_ask(&r);
    int64_t until = now_ms() + RIG_WAIT_MS;
    for (size_t sent = 0; !rig_wait_readable(fd, 10); sent++) {
        rig_send(fd, sent + 1 < sizeof(DRIP) ? DRIP + sent : "a", 1);
        assert_true(now_ms() < until);
    }
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 408);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
    rig_stop(&r, 5000);
}

static void test_body_timeout(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    start(&r, &r.config.body_timeout_ms);
    expect_408(&r, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell");
    expect_408(&r, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell");
    assert_int_equal(rig_calls(), 0);
    rig_stop(&r, 5000);
}

/* An idle connection is closed without a response: the client has asked nothing. */
static void test_idle_timeout(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    start(&r, &r.config.idle_timeout_ms);
    int fd = rig_connect(&r);
    /* Both at once: between them there is no time in which the connection is idle. */
    int64_t begin = now_ms();
    rig_send_text(fd, "GET /defer HTTP/1.1\r\nHost: a\r\n\r\n"
                      "GET /defer HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    assert_int_equal(recv(fd, text, 1, 0), 0);
    assert_true(now_ms() - begin >= SHORT_MS - 5);
    (void)close(fd);
    rig_stop(&r, 5000);
}

/* Under load the time may be over before the request is sent: then the next one. */
static int connect_and_hold(const struct rig *r)
{
    int64_t until = now_ms() + RIG_WAIT_MS;
    for (;;) {
        int fd = rig_connect(r);
        rig_send_text(fd, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
        while (!rig_is_held() && !rig_wait_readable(fd, 1)) {
            assert_true(now_ms() < until);
        }
        if (rig_is_held()) {
            return fd;
        }
        assert_int_equal(rig_read_response(fd, text, sizeof(text)), 408);
        (void)close(fd);
    }
}

/* No timeout runs while the server itself owes the answer. */
static void test_slow_handler(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.header_timeout_ms = 50;
    r.config.body_timeout_ms = 50;
    r.config.idle_timeout_ms = 50;
    r.config.write_timeout_ms = 50;
    rig_start(&r);
    int fd = connect_and_hold(&r);
    rig_sleep_ms(150);
    rig_release();
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    (void)close(fd);
    rig_stop(&r, 5000);
}

static void check_slow_reader(const struct rig *r, int fd)
{
    unsigned before = rig_calls();
    int64_t begin = now_ms();
    rig_send_text(fd, "GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    /* The rest of the answer is kept, and gone when the connection is. */
    rig_wait_returned(before + 1);
    rig_wait_memory(r, 0, 0);
    assert_true(now_ms() - begin >= SHORT_MS - 5);
    assert_in_range(rig_read_all(fd), 1, RIG_BIG - 1);
    (void)close(fd);
    int other = rig_connect(r);
    rig_send_text(other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(rig_read_response(other, text, sizeof(text)), 200);
    (void)close(other);
}

static void test_slow_reader(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    start(&r, &r.config.write_timeout_ms);
    check_slow_reader(&r, rig_connect(&r));
    check_slow_reader(&r, rig_connect_unix(&r));
    rig_stop(&r, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_timeout), cmocka_unit_test(test_slow_loris),
        cmocka_unit_test(test_body_timeout),   cmocka_unit_test(test_idle_timeout),
        cmocka_unit_test(test_slow_handler),   cmocka_unit_test(test_slow_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
