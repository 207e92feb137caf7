/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What strangers can take from others: who is closed when the server is full, the bound and the
 * penalties of a source, and the part of the memory that is theirs.
 */
#include "rig.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define HALF_HEAD "GET / HTTP/1.1\r\nHost"
#define HALF_BODY "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"
#define MIB ((size_t)1 << 20)

static char text[RIG_TEXT_CAP];
static char big[RIG_BIG + 1024];

static void ask(int fd, const char *request, int status)
{
    rig_send_text(fd, request);
    assert_int_equal(rig_read_response(fd, text, sizeof(text)), status);
}

static int connect_and_ask(const struct rig *r, const char *request)
{
    int fd = rig_connect(r);
    ask(fd, request, 200);
    return fd;
}

static struct iam_http_stats stats_of(const struct rig *r)
{
    struct iam_http_stats s;
    iam_http_stats(r->server, &s);
    return s;
}

/* Waits until the server has this number of connections. */
static void wait_connections(const struct rig *r, size_t count)
{
    for (int i = 0; i < RIG_WAIT_MS && stats_of(r).connections != count; i++) {
        rig_sleep_ms(1);
    }
    assert_int_equal(stats_of(r).connections, count);
}

/* One worker, so that what came first is known; each test fills it. */
static void start_full(struct rig *r, size_t max)
{
    rig_init(r);
    r->config.workers = 1;
    r->config.max_connections = max;
    rig_start(r);
}

/* A new connection is served, and of the others just this one is closed, and served no more. */
static void check_evicts(const struct rig *r, int victim, const int *others, size_t count)
{
    struct iam_http_stats before = stats_of(r);
    int fd = connect_and_ask(r, GET("/known"));
    assert_true(rig_is_closed(victim));
    (void)close(victim);
    for (size_t i = 0; i < count; i++) {
        assert_false(rig_wait_readable(others[i], 0));
    }
    struct iam_http_stats after = stats_of(r);
    assert_int_equal(after.evicted, before.evicted + 1);
    assert_int_equal(after.refused_full, before.refused_full);
    assert_int_equal(after.connections, before.connections);
    (void)close(fd);
    wait_connections(r, before.connections - 1);
}

/* Strangers who wait go first, the longest first: with a part of a head, or after a request. */
static void test_strangers_first(void **state)
{
    struct rig r;
    int fds[4];
    (void)state;
    start_full(&r, 4);
    fds[3] = connect_and_ask(&r, GET("/known"));
    rig_sleep_ms(5);
    fds[0] = rig_connect(&r);
    rig_send_text(fds[0], HALF_HEAD);
    wait_connections(&r, 2);
    rig_sleep_ms(5);
    fds[1] = connect_and_ask(&r, GET("/"));
    rig_sleep_ms(5);
    fds[2] = rig_connect(&r);
    rig_send_text(fds[2], HALF_BODY);
    wait_connections(&r, 4);
    rig_sleep_ms(5);
    check_evicts(&r, fds[0], fds + 1, 3);
    fds[0] = rig_connect(&r);
    wait_connections(&r, 4);
    rig_sleep_ms(5);
    check_evicts(&r, fds[1], fds + 2, 2);
    (void)close(fds[0]);
    /* The others go on as if nothing had been. */
    ask(fds[2], "-body", 200);
    ask(fds[3], GET("/"), 200);
    (void)close(fds[2]);
    (void)close(fds[3]);
    rig_stop(&r, 5000);
}

/* Then who is known and idle, then a stranger's half body; a request in flight never. */
static void test_then_known(void **state)
{
    struct rig r;
    int fds[3];
    (void)state;
    start_full(&r, 3);
    fds[2] = rig_connect(&r);
    rig_send_text(fds[2], GET("/hold"));
    rig_wait_held();
    fds[1] = rig_connect(&r);
    rig_send_text(fds[1], HALF_BODY);
    wait_connections(&r, 2);
    rig_sleep_ms(5);
    fds[0] = connect_and_ask(&r, GET("/known"));
    rig_sleep_ms(5);
    check_evicts(&r, fds[0], fds + 1, 2);
    fds[0] = rig_connect(&r);
    rig_send_text(fds[0], HALF_BODY);
    wait_connections(&r, 3);
    rig_sleep_ms(5);
    check_evicts(&r, fds[1], fds + 2, 1);
    rig_release();
    assert_int_equal(rig_read_response(fds[2], text, sizeof(text)), 200);
    (void)close(fds[0]);
    (void)close(fds[2]);
    rig_stop(&r, 5000);
}

/* A stranger that does not read its answer holds no place; with who is known the server waits. */
static void test_unread(void **state)
{
    struct rig r;
    (void)state;
    start_full(&r, 1);
    int fd = rig_connect(&r);
    rig_send_text(fd, GET("/big"));
    rig_wait_returned(1);
    int next = connect_and_ask(&r, GET("/known"));
    assert_in_range(rig_read_all(fd), 1, RIG_BIG - 1);
    (void)close(fd);
    rig_send_text(next, GET("/big"));
    rig_wait_returned(3);
    fd = rig_connect(&r);
    ask(fd, GET("/"), 503);
    (void)close(fd);
    assert_true(rig_wait_readable(next, RIG_WAIT_MS));
    assert_true(rig_read_response(next, big, sizeof(big)) == 200);
    (void)close(next);
    rig_stop(&r, 5000);
}

/* Who was told to go and stays does not hold a place, and neither does who was refused. */
static void test_lingering(void **state)
{
    struct rig r;
    int fds[2];
    (void)state;
    start_full(&r, 2);
    for (int i = 0; i < 2; i++) {
        fds[i] = rig_connect(&r);
        ask(fds[i], "BAD\r\n", 400);
    }
    int known = connect_and_ask(&r, GET("/known"));
    int other = connect_and_ask(&r, GET("/known"));
    assert_int_equal(stats_of(&r).evicted, 2);
    assert_true(rig_is_closed(fds[0]));
    assert_true(rig_is_closed(fds[1]));
    ask(known, GET("/known"), 200);
    ask(other, GET("/known"), 200);
    for (int i = 0; i < 2; i++) {
        (void)close(fds[i]);
    }
    (void)close(known);
    (void)close(other);
    rig_stop(&r, 5000);
}

/* Waits until count connections have been accepted, and closed, refused or kept. */
static void wait_accepted(const struct rig *r, size_t count)
{
    struct iam_http_stats s = stats_of(r);
    for (int i = 0; i < RIG_WAIT_MS; i++) {
        s = stats_of(r);
        if (s.connections + s.evicted + s.refused_full == count) {
            return;
        }
        rig_sleep_ms(1);
    }
    fail_msg("%zu + %zu + %zu", s.connections, (size_t)s.evicted, (size_t)s.refused_full);
}

/* Many more strangers than there is room for, on several workers: who is known is served. */
static void test_flood(void **state)
{
    enum { COUNT = 200, MAX = 20 };
    struct rig r;
    int fds[COUNT];
    (void)state;
    rig_init(&r);
    r.config.workers = 3;
    r.config.max_connections = MAX;
    rig_start(&r);
    int known = connect_and_ask(&r, GET("/known"));
    for (int i = 0; i < COUNT; i++) {
        fds[i] = rig_connect(&r);
        rig_send_text(fds[i], i % 2 == 0 ? HALF_HEAD : "");
    }
    wait_accepted(&r, COUNT + 1);
    for (int i = 0; i < 30; i++) {
        int fd = connect_and_ask(&r, GET("/known"));
        (void)close(fd);
        ask(known, GET("/known"), 200);
    }
    assert_in_range(stats_of(&r).connections, 1, MAX + IAM_HTTP_EXTRA_CONNECTIONS);
    for (int i = 0; i < COUNT; i++) {
        (void)close(fds[i]);
    }
    (void)close(known);
    rig_stop(&r, 5000);
}

static void check_refused(const struct rig *r, const char *part)
{
    int fd = rig_connect(r);
    ask(fd, GET("/"), 503);
    assert_non_null(strstr(text, part));
    assert_non_null(strstr(text, "\r\nCache-Control: no-store\r\n"));
    assert_true(rig_is_closed(fd));
    (void)close(fd);
}

/* A source has its number; a Unix socket is another matter. */
static void test_source_bound(void **state)
{
    struct rig r;
    int fds[3];
    (void)state;
    rig_init(&r);
    r.config.max_source_connections = IAM_COUNT(fds);
    r.config.exempt_count = 0;
    rig_start(&r);
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        fds[i] = connect_and_ask(&r, GET("/known"));
    }
    check_refused(&r, "too many connections from this address");
    assert_int_equal(stats_of(&r).refused_source, 1);
    assert_string_equal(stats_of(&r).last_source, "127.0.0.1");
    int local = rig_connect_unix(&r);
    ask(local, GET("/"), 200);
    (void)close(local);
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        ask(fds[i], GET("/known"), 200);
        (void)close(fds[i]);
    }
    wait_connections(&r, 0);
    (void)close(connect_and_ask(&r, GET("/")));
    rig_stop(&r, 5000);
}

static void test_exempt(void **state)
{
    struct rig r;
    int fds[5];
    (void)state;
    rig_init(&r);
    r.config.max_source_connections = 1;
    rig_start(&r);
    for (int i = 0; i < 40; i++) {
        int fd = rig_connect(&r);
        ask(fd, "BAD\r\n", 400);
        (void)close(fd);
    }
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        fds[i] = connect_and_ask(&r, GET("/"));
    }
    for (size_t i = 0; i < IAM_COUNT(fds); i++) {
        (void)close(fds[i]);
    }
    rig_stop(&r, 5000);
}

/* Bad requests, one connection each, until the source is refused: each kind gets there. */
static void check_penalty(const char *request, int status)
{
    struct rig r;
    rig_init(&r);
    r.config.exempt_count = 0;
    if (status == 408) { /* who sends in time must not be late on a busy machine */
        r.config.header_timeout_ms = 30;
        r.config.body_timeout_ms = 30;
    }
    rig_start(&r);
    int i = 0;
    for (; i < 200 && stats_of(&r).refused_penalty == 0; i++) {
        int fd = rig_connect(&r);
        rig_send_text(fd, request);
        int got = rig_read_response(fd, text, sizeof(text));
        assert_true(got == status || got == 503);
        (void)close(fd);
    }
    assert_in_range(i, 10, 199);
    assert_non_null(strstr(text, "too many bad requests"));
    rig_stop(&r, 5000);
}

static void test_penalties(void **state)
{
    (void)state;
    check_penalty("BAD\r\n", 400);
    check_penalty("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413);
    check_penalty(HALF_HEAD, 408);
    check_penalty(HALF_BODY, 408);
    check_penalty(GET("/failed"), 200);
}

/* Who fails on one connection again and again loses it; others from there keep theirs. */
static void test_failed_callers(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.exempt_count = 0;
    rig_start(&r);
    int other = connect_and_ask(&r, GET("/known"));
    int fd = rig_connect(&r);
    int i = 0;
    do {
        ask(fd, GET("/failed"), 200);
        i++;
    } while (i < 200 && strstr(text, "\r\nConnection: close\r\n") == NULL);
    assert_in_range(i, 10, 199);
    assert_true(rig_is_closed(fd));
    check_refused(&r, "too many bad requests");
    ask(other, GET("/known"), 200);
    (void)close(fd);
    (void)close(other);
    rig_stop(&r, 5000);
}

/* Waits until all that is counted is strangers'. The two sums change one after the other. */
static struct iam_http_stats of_strangers_alone(const struct rig *r)
{
    struct iam_http_stats s = stats_of(r);
    for (int i = 0; i < RIG_WAIT_MS && s.memory_bytes != s.stranger_bytes; i++) {
        rig_sleep_ms(1);
        s = stats_of(r);
    }
    assert_int_equal(s.memory_bytes, s.stranger_bytes);
    return s;
}

/* Strangers fill their part with half bodies; who is known sends large ones all the same. */
static void test_memory(void **state)
{
    enum { COUNT = 30 };
    static char body[1 << 20];
    static const char HEAD[] = "POST /known HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n";
    struct rig r;
    int fds[COUNT];
    (void)state;
    rig_init(&r);
    r.config.max_body_bytes = MIB;
    r.config.arena_max_bytes = 3 * MIB;
    r.config.max_memory_bytes = 12 * MIB;
    r.config.max_stranger_bytes = 3 * MIB;
    rig_start(&r);
    int known = connect_and_ask(&r, GET("/known"));
    for (int i = 0; i < COUNT; i++) {
        fds[i] = rig_connect(&r);
        rig_send_text(fds[i], HEAD);
        rig_send(fds[i], body, MIB / 2);
    }
    for (int i = 0; i < RIG_WAIT_MS && stats_of(&r).refused_memory < COUNT - 5; i++) {
        rig_sleep_ms(1);
    }
    struct iam_http_stats s = of_strangers_alone(&r);
    assert_in_range(s.refused_memory, COUNT - 5, COUNT);
    assert_in_range(s.stranger_bytes, 1, 3 * MIB);
    rig_send_text(known, HEAD);
    rig_send(known, body, MIB);
    assert_int_equal(rig_read_response(known, text, sizeof(text)), 200);
    int small = connect_and_ask(&r, GET("/echo"));
    (void)close(small);
    (void)close(known);
    for (int i = 0; i < COUNT; i++) {
        (void)close(fds[i]);
    }
    rig_wait_memory(&r, 0, 0);
    assert_int_equal(of_strangers_alone(&r).stranger_bytes, 0);
    rig_stop(&r, 5000);
}

/* Whether what is counted is a stranger's buffer of 64 KiB, and nothing else. */
static bool is_of_one_stranger(const struct iam_http_stats *s)
{
    return s->memory_bytes >= (size_t)40 << 10 && s->memory_bytes <= (size_t)48 << 10 &&
           s->stranger_bytes == s->memory_bytes;
}

/* What is not counted is less for a stranger, on an old connection as on a new one. */
static void test_what_is_not_counted(void **state)
{
    static const char HEAD[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
    static char body[40000];
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r);
    int stranger = connect_and_ask(&r, GET("/"));
    int known = connect_and_ask(&r, GET("/known"));
    rig_send_text(known, HEAD);
    rig_send(known, body, sizeof(body));
    rig_send_text(stranger, HEAD);
    rig_send(stranger, body, sizeof(body));
    /* A buffer of 64 KiB each: the known one's is within what it may hold. While a buffer grows,
     * the old one and the new one are held. */
    struct iam_http_stats s = stats_of(&r);
    for (int i = 0; i < RIG_WAIT_MS && !is_of_one_stranger(&s); i++) {
        rig_sleep_ms(1);
        s = stats_of(&r);
    }
    assert_true(is_of_one_stranger(&s));
    (void)close(stranger);
    rig_wait_memory(&r, 0, 0);
    (void)close(known);
    rig_stop(&r, 5000);
}

/* Takes MIB of the arena; /known says before that who asks. */
static void take_much(void *ctx, struct iam_http_exchange *x)
{
    (void)ctx;
    if (iam_str_eq(iam_http_request(x)->path, IAM_STR("/known"))) {
        iam_http_note_caller(x, 1);
    }
    bool ok = iam_arena_alloc(iam_http_arena(x), MIB) != NULL;
    struct iam_http_response r = { .status = ok ? 200 : 503, .body = IAM_STR("") };
    iam_http_reply(x, &r);
}

/* From the moment that a caller is known, the request draws on what callers have. */
static void test_memory_of_the_handler(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.config.handler = take_much;
    r.config.arena_max_bytes = 3 * MIB;
    r.config.max_stranger_bytes = MIB / 2;
    rig_start(&r);
    int fd = rig_connect(&r);
    ask(fd, GET("/"), 503);
    ask(fd, GET("/known"), 200);
    ask(fd, GET("/"), 200);
    (void)close(fd);
    rig_wait_memory(&r, 0, 0);
    rig_stop(&r, 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strangers_first),
        cmocka_unit_test(test_then_known),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_lingering),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_source_bound),
        cmocka_unit_test(test_exempt),
        cmocka_unit_test(test_penalties),
        cmocka_unit_test(test_failed_callers),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_what_is_not_counted),
        cmocka_unit_test(test_memory_of_the_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
