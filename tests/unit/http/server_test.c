/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server over real sockets: framing, keep-alive, pipelining, answers from other threads, limits,
 * stop.
 */
#include "rig.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static char text[RIG_TEXT_CAP];

static const char *body_of(const char *response)
{
    return strstr(response, "\r\n\r\n") + 4;
}

static void expect_body(int fd, const char *body)
{
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
    assert_string_equal(body_of(text), body);
}

static void ask(int fd, const char *request, const char *body)
{
    rig_send_text(fd, request);
    expect_body(fd, body);
}

static int64_t now_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int setup(void **state)
{
    static struct rig r;
    rig_init(&r);
    rig_start(&r);
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig_stop(*state, 5000);
    return 0;
}

static void check_keep_alive(int fd)
{
    for (int i = 0; i < 50; i++) {
        ask(fd, GET("/echo?a=b"), "GET /echo?a=b 127.0.0.1 tls=0 1:");
    }
    ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "POST /echo? 127.0.0.1 tls=0 2:hello");
    ask(fd,
        "POST /echo HTTP/1.1\r\nhost: [::1]:80\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n00A;x=y\r\n0123456789\r\n0\r\n\r\n",
        "POST /echo? 127.0.0.1 tls=0 2:abc0123456789");
    /* Upgrade is ignored, an empty line before the request line too. */
    ask(fd, "\r\nGET /echo HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        "GET /echo? 127.0.0.1 tls=0 3:");
    ask(fd, GET("/"), "ok");
    (void)close(fd);
}

static void test_keep_alive(void **state)
{
    check_keep_alive(rig_connect(*state));
    check_keep_alive(rig_connect_unix(*state));
}

static void test_response_head(void **state)
{
    int fd = rig_connect(*state);
    ask(fd, GET("/"), "ok");
    assert_null(strstr(text, "Connection:"));
    assert_non_null(strstr(text, " GMT\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Length: 2\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Type: text/plain\r\n"));
    rig_send_text(fd, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for (size_t n = 0; n < 4 || memcmp(text + n - 4, "\r\n\r\n", 4) != 0; n++) {
        assert_int_equal(recv(fd, text + n, 1, 0), 1);
    }
    expect_body(fd, "ok");
    rig_send_text(fd, GET("/bad"));
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 500);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
}

static void test_connection_close(void **state)
{
    int fd = rig_connect(*state);
    ask(fd, "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n" GET("/"), "ok");
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(rig_is_closed(fd));
    assert_int_equal(rig_calls(), 1);
    (void)close(fd);
}

/* Served, however it asks to go on, and nothing of what follows. */
static void check_1_0(const struct rig *r, const char *request, const char *body)
{
    int fd = rig_connect(r);
    unsigned before = rig_calls();
    rig_send_text(fd, request);
    expect_body(fd, body);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_null(strstr(text, "chunked"));
    assert_true(rig_is_closed(fd));
    assert_int_equal(rig_calls(), before + 1);
    (void)close(fd);
}

static void test_http_1_0(void **state)
{
    check_1_0(*state, "GET /echo HTTP/1.0\r\nHost: a\r\n\r\n", "GET /echo? 127.0.0.1 tls=0 1:");
    check_1_0(*state,
              "POST /echo HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n"
              "Connection: keep-alive\r\n\r\nhiGET /echo HTTP/1.0\r\nHost: a\r\n\r\n",
              "POST /echo? 127.0.0.1 tls=0 3:hi");
    check_1_0(*state, "POST /defer HTTP/1.0\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
              "POST /defer? 127.0.0.1 tls=0 2:");
    /* The expectation is ignored: a 100 would be the answer to such a client. */
    int fd = rig_connect(*state);
    rig_send_text(fd, "POST /echo HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n"
                      "Expect: 100-continue\r\n\r\n");
    assert_false(rig_wait_readable(fd, 50));
    ask(fd, "hi", "POST /echo? 127.0.0.1 tls=0 3:hi");
    (void)close(fd);
}

static void test_pipelining(void **state)
{
    enum { COUNT = 400 };
    static char requests[COUNT * 128];
    char want[64];
    int fd = rig_connect(*state);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(requests + strlen(requests), sizeof(requests) - strlen(requests),
                       "POST %s?%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n%03d",
                       i % 50 == 7 ? "/defer" : "/echo", i, i);
    }
    rig_send_text(fd, requests);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(want, sizeof(want), "POST %s?%d 127.0.0.1 tls=0 2:%03d",
                       i % 50 == 7 ? "/defer" : "/echo", i, i);
        expect_body(fd, want);
    }
    assert_int_equal(rig_calls(), COUNT);
    (void)close(fd);
}

/*
 * None of them waits for anything, so that one look at the connection could go on for all of them:
 * it stops for other connections after a number of steps, and must come back for the rest.
 */
static void test_many_requests_in_one_read(void **state)
{
    enum { COUNT = 400 };
    static char requests[COUNT * 64];
    char want[64];
    int fd = rig_connect(*state);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(requests + strlen(requests), sizeof(requests) - strlen(requests),
                       "GET /echo?%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
    }
    rig_send_text(fd, requests);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(want, sizeof(want), "GET /echo?%d 127.0.0.1 tls=0 1:", i);
        expect_body(fd, want);
    }
    (void)close(fd);
}

static void test_split_bytes(void **state)
{
    static const char REQUEST[] =
        "POST /echo?q HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        "\r\n4\r\nabcd\r\n2;e\r\nef\r\n0\r\n\r\n";
    struct timespec pause = { 0, 200000 };
    int fd = rig_connect(*state);
    for (size_t i = 0; i + 1 < sizeof(REQUEST); i++) {
        rig_send(fd, REQUEST + i, 1);
        (void)nanosleep(&pause, NULL);
    }
    expect_body(fd, "POST /echo?q 127.0.0.1 tls=0 2:abcdef");
    (void)close(fd);
}

static void test_large_bodies(void **state)
{
    static char body[65536];
    int fd = rig_connect_unix(*state);
    memset(body, 'x', sizeof(body));
    for (int i = 0; i < 3; i++) {
        rig_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
        rig_send(fd, body, sizeof(body));
        assert_int_equal(rig_read_response(fd, text, sizeof(text)), 200);
        const char *start = strstr(body_of(text), "2:") + 2;
        assert_int_equal(strlen(start), sizeof(body));
        assert_memory_equal(start, body, sizeof(body));
        ask(fd, GET("/"), "ok");
    }
    (void)close(fd);
}

static void test_expect_continue(void **state)
{
    int fd = rig_connect(*state);
    rig_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                      "Expect: 100-Continue\r\n\r\n");
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 100);
    assert_int_equal(rig_calls(), 0);
    ask(fd, "hi", "POST /echo? 127.0.0.1 tls=0 3:hi");
    /* The body is there already: nobody waits for the 100. */
    ask(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nho",
        "POST /echo? 127.0.0.1 tls=0 3:ho");
    (void)close(fd);
}

static void test_deferred(void **state)
{
    int fd = rig_connect(*state);
    for (int i = 0; i < 5; i++) {
        ask(fd, GET("/defer"), "GET /defer? 127.0.0.1 tls=0 1:");
    }
    (void)close(fd);
}

/* The client has gone when the answer comes. */
static void test_deferred_to_nobody(void **state)
{
    int fd = rig_connect(*state);
    rig_send_text(fd, GET("/hold"));
    rig_wait_held();
    struct linger reset = { 1, 0 };
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
    (void)close(fd);
    rig_release();
    fd = rig_connect(*state);
    ask(fd, GET("/"), "ok");
    (void)close(fd);
}

static void check_half_closed(int fd)
{
    rig_send_text(fd, GET("/defer") GET("/echo"));
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    expect_body(fd, "GET /defer? 127.0.0.1 tls=0 1:");
    expect_body(fd, "GET /echo? 127.0.0.1 tls=0 1:");
    assert_true(rig_is_closed(fd));
    (void)close(fd);
}

/* On one connection: a kept exchange holds up what follows it, and its answer lets it go on. */
static void test_round(void **state)
{
    enum { COUNT = 200 };
    static const char *const PATHS[] = { "/round", "/echo", "/round", "/flush", "/defer" };
    static char requests[COUNT * 64];
    char want[64];
    int fd = rig_connect(*state);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(requests + strlen(requests), sizeof(requests) - strlen(requests),
                       "GET %s?%d HTTP/1.1\r\nHost: a\r\n\r\n", PATHS[i % 5], i);
    }
    rig_send_text(fd, requests);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(want, sizeof(want), "GET %s?%d 127.0.0.1 tls=0 1:", PATHS[i % 5], i);
        expect_body(fd, want);
    }
    ask(fd, "GET /round HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "GET /round? 127.0.0.1 tls=0 2:");
    assert_true(rig_is_closed(fd));
    (void)close(fd);
}

/* Many in one round, some of whose clients have gone before they are answered. */
static void test_round_of_many(void **state)
{
    enum { COUNT = 60, TURNS = 20 };
    int fds[COUNT];
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < COUNT; i++) {
            fds[i] = i % 2 == 0 ? rig_connect(*state) : rig_connect_unix(*state);
        }
        for (int i = 0; i < COUNT; i++) {
            rig_send_text(fds[i], i % 20 == 13 ? GET("/flush") : GET("/round"));
        }
        for (int i = 0; i < COUNT; i++) {
            if (i % 3 > 0) {
                assert_int_equal(rig_read_response(fds[i], text, sizeof(text)), 200);
            }
            (void)close(fds[i]);
        }
    }
}

static void test_half_closed(void **state)
{
    check_half_closed(rig_connect(*state));
    check_half_closed(rig_connect_unix(*state));
    int fd = rig_connect(*state);
    rig_send_text(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 400);
    assert_true(rig_is_closed(fd));
    assert_int_equal(rig_calls(), 4);
    (void)close(fd);
}

/* A response that needs many writes arrives whole, and the connection goes on. */
static void test_big_response(void **state)
{
    int fd = rig_connect(*state);
    char *big = malloc(RIG_BIG + 1024);
    assert_non_null(big);
    for (int i = 0; i < 2; i++) {
        rig_send_text(fd, GET("/big"));
        assert_int_equal(rig_read_response(fd, big, RIG_BIG + 1024), 200);
        assert_int_equal(strspn(body_of(big), "b"), RIG_BIG);
    }
    free(big);
    ask(fd, GET("/"), "ok");
    (void)close(fd);
}

static void *hammer(void *arg)
{
    const struct rig *r = arg;
    char response[1024];
    for (int i = 0; i < 20; i++) {
        int fd = i % 2 == 0 ? rig_connect(r) : rig_connect_unix(r);
        for (int k = 0; k < 20; k++) {
            rig_send_text(fd, k % 10 == 3 ? GET("/defer") : GET("/echo"));
            assert_int_equal(rig_read_response(fd, response, sizeof(response)), 200);
        }
        (void)close(fd);
    }
    return NULL;
}

static void test_many_clients(void **state)
{
    pthread_t threads[6];
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, *state), 0);
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(rig_calls(), 6 * 20 * 20);
}

/* Nobody is closed whose request is with the handler. */
static void test_max_connections(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.max_connections = 1;
    rig_start(&r);
    int busy = rig_connect(&r);
    rig_send_text(busy, GET("/hold"));
    rig_wait_held();
    int fd = rig_connect(&r);
    rig_send_text(fd, GET("/"));
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 503);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
    assert_int_equal(rig_calls(), 1);
    rig_release();
    expect_body(busy, "held");
    (void)close(busy);
    int status = 503;
    int64_t until = now_ms() + RIG_WAIT_MS;
    while (status == 503 && now_ms() < until) {
        rig_sleep_ms(10);
        fd = rig_connect(&r);
        rig_send_text(fd, GET("/"));
        status = rig_read_response(fd, text, sizeof(text));
        (void)close(fd);
    }
    assert_int_equal(status, 200);
    rig_stop(&r, 5000);
}

/* The exchange can be used until it is answered for good, whatever the client does. */
static void check_early(int fd, bool closes_first)
{
    rig_send_text(fd, GET("/hold") GET("/echo"));
    rig_reply_early();
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), 503);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_string_equal(body_of(text), "early");
    assert_true(rig_is_closed(fd)); /* what follows is not answered */
    if (closes_first) {
        (void)close(fd);
        rig_sleep_ms(20);
    }
    rig_release();
    if (!closes_first) {
        rig_sleep_ms(20);
        (void)close(fd);
    }
}

static void test_early(void **state)
{
    for (int i = 0; i < 10; i++) {
        check_early(i % 4 < 2 ? rig_connect(*state) : rig_connect_unix(*state), i % 2 == 0);
    }
    int fd = rig_connect(*state);
    rig_send_text(fd, GET("/hold"));
    rig_wait_held();
    (void)close(fd); /* before the early answer */
    rig_reply_early();
    rig_sleep_ms(20);
    rig_release();
    fd = rig_connect(*state);
    ask(fd, GET("/"), "ok");
    (void)close(fd);
    rig_wait_memory(*state, 0, 0);
}

/* The server stops before the early answer, or after it; both times before the one for good. */
static void test_early_and_stop(void **state)
{
    (void)state;
    for (int stops_first = 0; stops_first < 2; stops_first++) {
        struct rig r;
        rig_init(&r);
        rig_start(&r);
        int fd = rig_connect(&r);
        rig_send_text(fd, GET("/hold"));
        rig_wait_held();
        if (!stops_first) {
            rig_reply_early();
        }
        rig_stop(&r, 50);
        if (stops_first) {
            rig_reply_early();
        }
        rig_release();
        (void)close(fd);
    }
}

static double cpu_seconds(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Without a free descriptor the server says so at once, does not spin, and recovers. */
static void test_no_descriptors(void **state)
{
    struct rig r;
    struct rlimit old;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int fd = rig_connect(&r);
    ask(fd, GET("/"), "ok");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    int late = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &len), 0);
    struct rlimit none = { (rlim_t)late + 1, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(late, (const struct sockaddr *)&a, len), 0);
    rig_send_text(late, GET("/"));
    double before = cpu_seconds();
    bool answered = rig_wait_readable(late, RIG_WAIT_MS);
    rig_sleep_ms(200); /* in which it has nothing to do */
    double spent = cpu_seconds() - before;
    ask(fd, GET("/"), "ok");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_true(answered);
    assert_true(spent < 0.1);
    assert_int_equal(rig_read_response(late, text, sizeof(text)), 503);
    assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
    assert_true(rig_is_closed(late));
    (void)close(late);
    late = rig_connect(&r);
    ask(late, GET("/"), "ok");
    struct iam_http_stats stats;
    iam_http_stats(r.server, &stats);
    assert_int_equal(stats.refused_descriptors, 1);
    (void)close(late);
    (void)close(fd);
    rig_stop(&r, 5000);
}

/* Without any descriptor, the one that is kept included, the server waits, and serves later. */
static void test_no_spare_descriptor(void **state)
{
    struct rig r;
    struct rlimit old;
    struct sockaddr_storage a;
    struct iam_http_stats stats;
    socklen_t len = sizeof(a);
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int fd = rig_connect(&r);
    ask(fd, GET("/"), "ok");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &len), 0);
    int late = socket(AF_INET, SOCK_STREAM, 0);
    struct rlimit none = { 3, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(late, (const struct sockaddr *)&a, len), 0);
    rig_send_text(late, GET("/"));
    double before = cpu_seconds();
    bool answered = rig_wait_readable(late, 400);
    double spent = cpu_seconds() - before;
    ask(fd, GET("/"), "ok");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_false(answered);
    assert_true(spent < 0.1);
    expect_body(late, "ok");
    iam_http_stats(r.server, &stats);
    assert_int_equal(stats.refused_descriptors, 0);
    (void)close(late);
    (void)close(fd);
    rig_stop(&r, 5000);
}

/* Counts the descriptors of this process below 256. */
static size_t descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 256; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

/* A server that has stopped has given all of its descriptors back, with or without connections. */
static void test_stop_leaves_no_descriptors(void **state)
{
    struct rig r;
    size_t before = descriptors();
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int fd = rig_connect(&r);
    ask(fd, GET("/"), "ok");
    assert_true(descriptors() > before + 1);
    rig_stop(&r, 5000);
    (void)close(fd);
    assert_int_equal(descriptors(), before);
}

struct stopping {
    struct rig *rig;
    unsigned timeout_ms;
};

static void *stop_server(void *arg)
{
    const struct stopping *s = arg;
    rig_stop(s->rig, s->timeout_ms);
    return NULL;
}

/* What is under way is answered, what is idle is closed, nothing new is taken. */
static void test_stop_graceful(void **state)
{
    struct rig r;
    pthread_t thread;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int idle = rig_connect(&r);
    int busy = rig_connect(&r);
    int half = rig_connect_unix(&r);
    ask(idle, GET("/"), "ok");
    rig_send_text(busy, GET("/hold"));
    rig_wait_held();
    ask(half, GET("/") "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab", "ok");
    struct stopping s = { &r, 2 * RIG_WAIT_MS };
    int64_t begin = now_ms();
    assert_int_equal(pthread_create(&thread, NULL, stop_server, &s), 0);
    assert_true(rig_is_closed(idle));
    rig_send_text(half, "cd");
    expect_body(half, "POST /echo? 127.0.0.1 tls=0 2:abcd");
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(rig_is_closed(half));
    rig_release();
    expect_body(busy, "held");
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(rig_is_closed(busy));
    (void)close(idle);
    (void)close(busy);
    (void)close(half);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(now_ms() - begin < RIG_WAIT_MS);
}

/* Accepting pauses while there is no descriptor; a stop meanwhile ends it, and the pause with it.
 */
static void test_stop_during_a_pause(void **state)
{
    struct rig r;
    struct rlimit old;
    struct sockaddr_storage a;
    socklen_t len = sizeof(a);
    pthread_t thread;
    (void)state;
    rig_init(&r);
    r.config.workers = 1;
    rig_start(&r);
    int idle = rig_connect(&r);
    int busy = rig_connect(&r);
    ask(idle, GET("/"), "ok");
    rig_send_text(busy, GET("/hold"));
    rig_wait_held();
    int late = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(getpeername(busy, (struct sockaddr *)&a, &len), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    /* So few that the one which is kept for this is of no use either. */
    struct rlimit none = { 3, old.rlim_max };
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(late, (const struct sockaddr *)&a, len), 0);
    rig_send_text(late, GET("/"));
    rig_sleep_ms(30); /* the worker has tried to accept it */
    struct stopping s = { &r, 2 * RIG_WAIT_MS };
    assert_int_equal(pthread_create(&thread, NULL, stop_server, &s), 0);
    assert_true(rig_is_closed(idle));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    rig_sleep_ms(400); /* four pauses */
    assert_int_equal(rig_calls(), 2);
    rig_release();
    expect_body(busy, "held");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(rig_calls(), 2);
    (void)close(idle);
    (void)close(busy);
    (void)close(late);
}

/* The answer comes when the server is gone. */
static void test_stop_timeout(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int fd = rig_connect(&r);
    rig_send_text(fd, GET("/hold"));
    rig_wait_held();
    int64_t begin = now_ms();
    rig_stop(&r, 100);
    int64_t took = now_ms() - begin;
    assert_in_range(took, 90, RIG_WAIT_MS);
    assert_true(rig_is_closed(fd));
    (void)close(fd);
    rig_release();
}

static void expect_start(const struct rig *r, enum iam_status want, const char *part)
{
    char error[200] = "";
    struct iam_http_server *server = NULL;
    assert_int_equal(iam_http_start(&r->config, &server, error, sizeof(error)), want);
    assert_null(server);
    if (strstr(error, part) == NULL) {
        print_error("'%s' is not in '%s'\n", part, error);
    }
    assert_non_null(strstr(error, part));
}

static void test_bad_configurations(void **state)
{
    static const char *const BAD[] = { "",          "127.0.0.1", "127.0.0.1:",  "localhost:1",
                                       "1.2.3:1",   "::1:1",     "[::1]",       "127.0.0.1:65536",
                                       "[::1:1",    ":1",        "127.0.0.1:a", "[127.0.0.1]:1",
                                       "0x7f.1:80", "[]:1",      "127.0.0.1:-1" };
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.unix_path = NULL;
    for (size_t i = 0; i < IAM_COUNT(BAD); i++) {
        r.config.listen_address = BAD[i];
        expect_start(&r, IAM_RANGE, "not a listen address");
    }
    r.config.listen_address = "192.0.2.1:1";
    expect_start(&r, IAM_IO, "192.0.2.1:1");
    r.config.listen_address = NULL;
    expect_start(&r, IAM_RANGE, "listen address");
    r.config.listen_address = "127.0.0.1:0";
    r.config.workers = 0;
    expect_start(&r, IAM_RANGE, "workers");
    r.config.workers = 1;
    r.config.max_memory_bytes = 0;
    expect_start(&r, IAM_RANGE, "memory of all requests");
    r.config.max_memory_bytes = r.config.arena_max_bytes - 1;
    expect_start(&r, IAM_RANGE, "memory of all requests");
    r.config.max_memory_bytes = r.config.arena_max_bytes;
    expect_start(&r, IAM_RANGE, "memory of strangers");
    r.config.max_stranger_bytes = r.config.max_memory_bytes;
    r.config.max_source_connections = 0;
    expect_start(&r, IAM_RANGE, "one source");
    r.config.max_source_connections = 1;
    r.config.tls_key_file = "/nonexistent";
    expect_start(&r, IAM_RANGE, "both");
    r.config.tls_cert_file = "/nonexistent";
    expect_start(&r, IAM_IO, "/nonexistent");
    r.config.tls_self_signed = true;
    expect_start(&r, IAM_RANGE, "either");
    assert_int_equal(rmdir(r.directory), 0);
}

/* A socket file of a server that has ended is replaced; one in use and other files are not. */
static void test_unix_path(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.listen_address = NULL;
    rig_start(&r);
    assert_int_equal(iam_http_port(r.server), 0);
    expect_start(&r, IAM_IO, r.unix_path);
    char moved[80];
    (void)snprintf(moved, sizeof(moved), "%s2", r.unix_path);
    assert_int_equal(rename(r.unix_path, moved), 0);
    iam_http_stop(r.server, 0);
    assert_int_equal(rename(moved, r.unix_path), 0);
    rig_start(&r);
    int fd = rig_connect_unix(&r);
    ask(fd, GET("/"), "ok");
    (void)close(fd);
    iam_http_stop(r.server, 1000);
    FILE *f = fopen(r.unix_path, "w");
    assert_non_null(f);
    assert_int_equal(fclose(f), 0);
    expect_start(&r, IAM_IO, r.unix_path);
    assert_int_equal(unlink(r.unix_path), 0);
    assert_int_equal(rmdir(r.directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keep_alive, setup, teardown),
        cmocka_unit_test_setup_teardown(test_response_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_connection_close, setup, teardown),
        cmocka_unit_test_setup_teardown(test_http_1_0, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pipelining, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_requests_in_one_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_split_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_bodies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_expect_continue, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deferred, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deferred_to_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(test_early, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round, setup, teardown),
        cmocka_unit_test_setup_teardown(test_round_of_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_closed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_big_response, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_clients, setup, teardown),
        cmocka_unit_test(test_max_connections),
        cmocka_unit_test(test_no_descriptors),
        cmocka_unit_test(test_no_spare_descriptor),
        cmocka_unit_test(test_stop_leaves_no_descriptors),
        cmocka_unit_test(test_stop_graceful),
        cmocka_unit_test(test_stop_during_a_pause),
        cmocka_unit_test(test_stop_timeout),
        cmocka_unit_test(test_early_and_stop),
        cmocka_unit_test(test_bad_configurations),
        cmocka_unit_test(test_unix_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
