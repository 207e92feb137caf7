/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of all connections together: what is counted, what happens when it is used up, that
 * small requests go on, and that everything is freed.
 */
#include "rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/budget_int.h"

#define MIB ((size_t)1 << 20)
#define BUDGET (4 * MIB)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST_HEAD "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n"
#define NO_MEMORY "the server is out of memory for requests"
#define ANSWER_LOST "The outcome of the request is unknown"
/* What a connection is charged for a buffer of 1 MiB, and a bound of what it is for the rest. */
#define CHARGE (MIB - IAM_HTTP_STRANGER_ALLOWANCE)
#define REST ((size_t)16 << 10)
/* Of a body of 1 MiB, what fits a buffer of 1 MiB together with the head. */
#define PART (MIB - 4096)

static char text[RIG_TEXT_CAP];
static char body[1 << 20];

static void start(struct rig *r)
{
    memset(body, 'x', sizeof(body));
    rig_init(r);
    r->config.max_body_bytes = MIB;
    r->config.arena_max_bytes = 3 * MIB;
    r->config.max_memory_bytes = BUDGET;
    r->config.max_stranger_bytes = BUDGET;
}

static void stop(struct rig *r)
{
    rig_wait_memory(r, 0, 0);
    rig_stop(r, 5000);
}

static void ask(int fd, const char *request, int status, const char *part)
{
    rig_send_text(fd, request);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), status);
    assert_non_null(strstr(text, part));
}

/* What needs no more than the base of its connection is served, no matter what the others hold. */
static void check_small(const struct rig *r)
{
    static char request[3100];
    for (int i = 0; i < 4; i++) {
        int fd = i % 2 == 0 ? rig_connect(r) : rig_connect_unix(r);
        ask(fd, GET("/echo"), 200, "GET /echo?");
        (void)snprintf(request, sizeof(request),
                       "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n%.3000s",
                       body);
        ask(fd, request, 200, "2:xxx");
        ask(fd, GET("/defer"), 200, "GET /defer?");
        (void)close(fd);
    }
}

/*
 * Waits until the connection was refused: true; or until it holds PART, as holders others do. While
 * a buffer grows there is half of it more.
 */
static bool is_refused(const struct rig *r, int fd, size_t holders)
{
    for (int i = 0; i < RIG_WAIT_MS; i++) {
        if (rig_wait_readable(fd, 1)) {
            return true;
        }
        size_t now = iam_http_memory(r->server);
        if (now >= (holders + 1) * CHARGE && now <= (holders + 1) * (CHARGE + REST)) {
            return false;
        }
    }
    fail_msg("neither held nor refused");
    return false;
}

static void check_refused(int fd, const char *words)
{
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 503);
    assert_non_null(strstr(text, words));
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(rig_is_closed(fd));
}

/* All but the end of the body, over and over. The fourth buffer of 1 MiB could not be grown to. */
static void test_half_sent_bodies(void **state)
{
    enum { COUNT = 40 };
    struct rig r;
    int held[COUNT];
    size_t holders = 0;
    (void)state;
    start(&r);
    rig_start(&r);
    for (int i = 0; i < COUNT; i++) {
        int fd = i % 2 == 0 ? rig_connect(&r) : rig_connect_unix(&r);
        rig_send_text(fd, POST_HEAD);
        rig_send(fd, body, PART);
        if (is_refused(&r, fd, holders)) {
            check_refused(fd, NO_MEMORY);
            (void)close(fd);
        } else {
            held[holders++] = fd;
        }
        assert_true(iam_http_memory(r.server) <= BUDGET);
    }
    assert_int_equal(holders, 3);
    assert_int_equal(rig_calls(), 0);
    rig_wait_memory(&r, holders * CHARGE, holders * (CHARGE + REST));
    check_small(&r);
    /* A connection that was accepted is served. */
    rig_send(held[0], body, sizeof(body) - PART);
    ask(held[0], "", 200, "ok");
    rig_wait_memory(&r, (holders - 1) * CHARGE, (holders - 1) * (CHARGE + REST));
    for (size_t i = 0; i < holders; i++) {
        (void)close(held[i]);
    }
    stop(&r);
}

/* A chunked body tells no length, and a head is held too. */
static void test_other_shapes(void **state)
{
    struct rig r;
    (void)state;
    start(&r);
    r.config.max_header_bytes = 2 * MIB;
    r.config.max_memory_bytes = r.config.arena_max_bytes;
    r.config.max_stranger_bytes = r.config.max_memory_bytes;
    rig_start(&r);
    int chunked = rig_connect(&r);
    rig_send_text(chunked, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "fffff\r\n");
    rig_send(chunked, body, sizeof(body) - 1);
    rig_wait_memory(&r, MIB + CHARGE, MIB + CHARGE + REST);
    int head = rig_connect(&r);
    rig_send_text(head, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    rig_send(head, body, sizeof(body));
    rig_send(head, body, sizeof(body) / 2);
    check_refused(head, NO_MEMORY);
    (void)close(head);
    check_small(&r);
    (void)close(chunked);
    stop(&r);
}

/* A connection between two requests holds nothing that counts. */
static void test_idle(void **state)
{
    struct rig r;
    (void)state;
    start(&r);
    rig_start(&r);
    int fd = rig_connect(&r);
    for (int i = 0; i < 3; i++) {
        rig_send_text(fd, POST_HEAD);
        rig_send(fd, body, sizeof(body));
        ask(fd, "", 200, "ok");
        rig_wait_memory(&r, 0, 0);
        ask(fd, GET("/echo"), 200, "GET /echo?");
    }
    (void)close(fd);
    stop(&r);
}

/* Two unread answers fit, the third is cut off. A Unix socket buffers little of them. */
static void test_slow_readers(void **state)
{
    struct rig r;
    int fds[3];
    (void)state;
    start(&r);
    r.config.max_memory_bytes = 2 * RIG_BIG;
    r.config.max_stranger_bytes = r.config.max_memory_bytes;
    rig_start(&r);
    for (unsigned i = 0; i < IAM_COUNT(fds); i++) {
        fds[i] = rig_connect_unix(&r);
        rig_send_text(fds[i], "GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        rig_wait_returned(i + 1);
        assert_in_range(iam_http_memory(r.server), (i < 2 ? i + 1 : 2) * (RIG_BIG - 2 * MIB),
                        2 * RIG_BIG);
    }
    assert_in_range(rig_read_all(fds[2]), 1, RIG_BIG - 1);
    check_small(&r);
    assert_true(rig_read_all(fds[0]) > RIG_BIG);
    rig_wait_memory(&r, RIG_BIG - 2 * MIB, RIG_BIG);
    assert_true(rig_read_all(fds[1]) > RIG_BIG);
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        (void)close(fds[i]);
    }
    stop(&r);
}

/* ---- requests that wait for another thread ---- */

static atomic_bool gate_is_open;
static atomic_uint waiting;
static atomic_uint answered;

static void reply(struct iam_http_exchange *x, int status, struct iam_str text_body)
{
    struct iam_http_response response = { .status = status, .body = text_body };
    iam_http_reply(x, &response);
}

static void wait_for_gate(void)
{
    atomic_fetch_add(&waiting, 1);
    for (int i = 0; i < RIG_WAIT_MS && !atomic_load(&gate_is_open); i++) {
        rig_sleep_ms(1);
    }
}

/* Takes 2.5 MiB of the exchange's arena in small pieces. */
static void *fill_arena(void *arg)
{
    struct iam_http_exchange *x = arg;
    bool is_full = false;
    for (size_t n = 0; n < MIB * 5 / 2 && !is_full; n += 1000) {
        is_full = iam_arena_alloc(iam_http_arena(x), 1000) == NULL;
    }
    wait_for_gate();
    reply(x, is_full ? 503 : 200, is_full ? IAM_STR("full") : IAM_STR("filled"));
    atomic_fetch_add(&answered, 1);
    return NULL;
}

/* An answer that is larger than what the budget allows to be copied. */
static void *answer_large(void *arg)
{
    static char large[5 << 20];
    reply(arg, 200, (struct iam_str){ large, sizeof(large) });
    return NULL;
}

static void handle(void *ctx, struct iam_http_exchange *x)
{
    struct iam_str path = iam_http_request(x)->path;
    pthread_t thread;
    (void)ctx;
    if (iam_str_eq(path, IAM_STR("/fill")) || iam_str_eq(path, IAM_STR("/large"))) {
        void *(*fn)(void *) = iam_str_eq(path, IAM_STR("/fill")) ? fill_arena : answer_large;
        assert_int_equal(pthread_create(&thread, NULL, fn, x), 0);
        assert_int_equal(pthread_detach(thread), 0);
    } else {
        reply(x, 200, IAM_STR("ok"));
    }
}

static void wait_for(atomic_uint *counter, unsigned count)
{
    for (int i = 0; i < RIG_WAIT_MS && atomic_load(counter) < count; i++) {
        rig_sleep_ms(1);
    }
    assert_int_equal(atomic_load(counter), count);
}

static void start_deferring(struct rig *r)
{
    start(r);
    r->config.handler = handle;
    r->config.round_end = NULL;
    atomic_store(&gate_is_open, false);
    atomic_store(&waiting, 0);
    atomic_store(&answered, 0);
    rig_start(r);
}

static void test_deferred(void **state)
{
    struct rig r;
    (void)state;
    start_deferring(&r);
    int first = rig_connect(&r);
    rig_send_text(first, GET("/fill"));
    wait_for(&waiting, 1);
    assert_in_range(iam_http_memory(r.server), MIB * 2, MIB * 3);
    int second = rig_connect(&r);
    rig_send_text(second, GET("/fill"));
    wait_for(&waiting, 2);
    assert_in_range(iam_http_memory(r.server), MIB * 3, BUDGET);
    int small = rig_connect(&r);
    ask(small, GET("/"), 200, "ok");
    atomic_store(&gate_is_open, true);
    ask(first, "", 200, "filled");
    ask(second, "", 503, "full");
    /* Both connections go on, and hold nothing of it any more. */
    rig_wait_memory(&r, 0, 0);
    ask(second, GET("/fill"), 200, "filled");
    ask(first, GET("/"), 200, "ok");
    (void)close(first);
    (void)close(second);
    (void)close(small);
    stop(&r);
}

static void test_deferred_large(void **state)
{
    struct rig r;
    (void)state;
    start_deferring(&r);
    int fd = rig_connect(&r);
    rig_send_text(fd, GET("/large"));
    check_refused(fd, ANSWER_LOST);
    (void)close(fd);
    fd = rig_connect(&r);
    rig_send_text(fd, "HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n");
    for (size_t n = 0; n < 4 || memcmp(text + n - 4, "\r\n\r\n", 4) != 0; n++) {
        assert_int_equal(recv(fd, text + n, 1, 0), 1);
    }
    assert_memory_equal(text, "HTTP/1.1 200", 12);
    (void)close(fd);
    stop(&r);
}

/* Stopped while the request waits: its memory goes when it is answered. */
static void test_deferred_past_stop(void **state)
{
    struct rig r;
    (void)state;
    start_deferring(&r);
    int fd = rig_connect(&r);
    rig_send_text(fd, GET("/fill"));
    wait_for(&waiting, 1);
    rig_stop(&r, 0);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
    atomic_store(&gate_is_open, true);
    wait_for(&answered, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_half_sent_bodies),
        cmocka_unit_test(test_other_shapes),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_slow_readers),
        cmocka_unit_test(test_deferred),
        cmocka_unit_test(test_deferred_large),
        cmocka_unit_test(test_deferred_past_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
