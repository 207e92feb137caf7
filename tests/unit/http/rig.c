/* SPDX-License-Identifier: Apache-2.0 */
/* See rig.h. */
#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static atomic_uint calls;
static atomic_uint returned;
static _Atomic(struct iam_http_exchange *) held;

static int64_t wall_ms(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void rig_sleep_ms(long ms)
{
    struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };
    (void)nanosleep(&ts, NULL);
}

static void reply_text(struct iam_http_exchange *x, int status, struct iam_str body)
{
    static const struct iam_http_header TYPE = {
        {"Content-Type", 12},
        { "text/plain",  10}
    };
    struct iam_http_response r = { status, &TYPE, 1, body };
    iam_http_reply(x, &r);
}

static void reply_echo(struct iam_http_exchange *x)
{
    const struct iam_http_request *q = iam_http_request(x);
    struct iam_str text = { 0 };
    assert_int_equal(iam_arena_fmt(iam_http_arena(x), &text, "%.*s %.*s?%.*s %.*s tls=%d %zu:%.*s",
                                   IAM_STR_ARG(q->method), IAM_STR_ARG(q->path),
                                   IAM_STR_ARG(q->query), IAM_STR_ARG(q->peer_ip), q->is_tls,
                                   q->header_count, IAM_STR_ARG(q->body)),
                     IAM_OK);
    reply_text(x, 200, text);
}

static void reply_big(struct iam_http_exchange *x)
{
    char *p = malloc(RIG_BIG);
    assert_non_null(p);
    memset(p, 'b', RIG_BIG);
    reply_text(x, 200, (struct iam_str){ p, RIG_BIG });
    free(p);
}

static void reply_often(struct iam_http_exchange *x)
{
    const struct iam_http_response r = { 429, .body = IAM_STR("often"), .holds_client = true };
    iam_http_reply(x, &r);
}

static void *answer_later(void *arg)
{
    struct iam_http_exchange *x = arg;
    rig_sleep_ms(20);
    reply_echo(x);
    return NULL;
}

static void *answer_often(void *arg)
{
    reply_often(arg);
    return NULL;
}

static void defer(struct iam_http_exchange *x, void *(*answer)(void *))
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer, x), 0);
    assert_int_equal(pthread_detach(thread), 0);
}

/* Exchanges of /round, in their order; of a worker. */
#define ROUND_MAX 256
static _Thread_local struct iam_http_exchange *in_round[ROUND_MAX];
static _Thread_local size_t in_round_count;

static void end_round(void *ctx)
{
    (void)ctx;
    for (size_t i = 0; i < in_round_count; i++) {
        reply_echo(in_round[i]);
    }
    in_round_count = 0;
}

static void keep(struct iam_http_exchange *x)
{
    assert_true(in_round_count < ROUND_MAX);
    in_round[in_round_count++] = x;
}

static void note_caller(struct iam_http_exchange *x, struct iam_str path)
{
    if (iam_str_eq(path, IAM_STR("/known")) || iam_str_eq(path, IAM_STR("/failed"))) {
        iam_http_note_caller(x, iam_str_eq(path, IAM_STR("/known")) ? 1 : 0);
    }
}

static void route(void *ctx, struct iam_http_exchange *x)
{
    static const struct iam_http_header BAD = {
        {"X-Bad",      5},
        { "a\r\nb: c", 7}
    };
    (void)ctx;
    struct iam_str path = iam_http_request(x)->path;
    if (iam_str_eq(path, IAM_STR("/echo"))) {
        reply_echo(x);
    } else if (iam_str_eq(path, IAM_STR("/defer"))) {
        defer(x, answer_later);
    } else if (iam_str_eq(path, IAM_STR("/often"))) {
        reply_often(x);
    } else if (iam_str_eq(path, IAM_STR("/often/defer"))) {
        defer(x, answer_often);
    } else if (iam_str_eq(path, IAM_STR("/big"))) {
        reply_big(x);
    } else if (iam_str_eq(path, IAM_STR("/hold"))) {
        atomic_store(&held, x);
    } else if (iam_str_eq(path, IAM_STR("/round"))) {
        keep(x);
    } else if (iam_str_eq(path, IAM_STR("/flush"))) {
        end_round(ctx);
        reply_echo(x);
    } else if (iam_str_eq(path, IAM_STR("/bad"))) {
        struct iam_http_response r = { 200, &BAD, 1, IAM_STR("") };
        iam_http_reply(x, &r);
    } else {
        note_caller(x, path);
        reply_text(x, 200, IAM_STR("ok"));
    }
}

static void handle(void *ctx, struct iam_http_exchange *x)
{
    atomic_fetch_add(&calls, 1);
    route(ctx, x);
    atomic_fetch_add(&returned, 1);
}

bool rig_is_held(void)
{
    return atomic_load(&held) != NULL;
}

void rig_wait_held(void)
{
    for (int i = 0; i < RIG_WAIT_MS && !rig_is_held(); i++) {
        rig_sleep_ms(1);
    }
    assert_true(rig_is_held());
}

void rig_release(void)
{
    rig_wait_held();
    reply_text(atomic_exchange(&held, NULL), 200, IAM_STR("held"));
}

void rig_reply_early(void)
{
    const struct iam_http_response r = { 503, NULL, 0, IAM_STR("early") };
    rig_wait_held();
    iam_http_reply_early(atomic_load(&held), &r);
}

unsigned rig_calls(void)
{
    return atomic_load(&calls);
}

void rig_wait_returned(unsigned count)
{
    for (int i = 0; i < RIG_WAIT_MS && atomic_load(&returned) < count; i++) {
        rig_sleep_ms(1);
    }
    assert_int_equal(atomic_load(&returned), count);
}

void rig_wait_memory(const struct rig *r, size_t least, size_t most)
{
    size_t now = iam_http_memory(r->server);
    for (int i = 0; i < RIG_WAIT_MS && (now < least || now > most); i++) {
        rig_sleep_ms(1);
        now = iam_http_memory(r->server);
    }
    assert_in_range(now, least, most);
}

void rig_init(struct rig *r)
{
    *r = (struct rig){ 0 };
    atomic_store(&calls, 0);
    atomic_store(&returned, 0);
    memcpy(r->directory, "/tmp/iam_http_XXXXXX", sizeof("/tmp/iam_http_XXXXXX"));
    assert_non_null(mkdtemp(r->directory));
    (void)snprintf(r->unix_path, sizeof(r->unix_path), "%s/s", r->directory);
    r->config = (struct iam_http_config){
        .listen_address = "127.0.0.1:0",
        .unix_path = r->unix_path,
        .workers = 2,
        .max_header_bytes = 8192,
        .max_headers = 40,
        .max_body_bytes = 65536,
        /* The server may notice later than the client that a connection has ended. */
        .max_connections = 2000,
        .arena_max_bytes = 1048576,
        .unix_gid = (gid_t)-1,
        .max_source_connections = 2000,
        .exempt_count = 1,
        .max_memory_bytes = 64 << 20,
        .max_stranger_bytes = 64 << 20,
        .header_timeout_ms = 30000,
        .body_timeout_ms = 30000,
        .idle_timeout_ms = 30000,
        .write_timeout_ms = 30000,
        .now_ms = wall_ms,
        .handler = handle,
        .round_end = end_round,
    };
    assert_int_equal(iam_http_network_parse(IAM_STR("127.0.0.0/8"), &r->config.exempt[0]), IAM_OK);
}

void rig_start(struct rig *r)
{
    char error[200] = "";
    enum iam_status status = iam_http_start(&r->config, &r->server, error, sizeof(error));
    if (status != IAM_OK) {
        print_error("%s\n", error);
    }
    assert_int_equal(status, IAM_OK);
}

void rig_stop(struct rig *r, unsigned timeout_ms)
{
    iam_http_stop(r->server, timeout_ms);
    assert_int_equal(access(r->unix_path, F_OK), -1);
    assert_int_equal(rmdir(r->directory), 0);
}

static int finish_connect(int fd, const struct sockaddr *a, socklen_t len)
{
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, a, len), 0);
    struct timeval tv = { RIG_WAIT_MS / 1000, 0 };
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)), 0);
    return fd;
}

int rig_connect(const struct rig *r)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    a.sin_port = htons((uint16_t)iam_http_port(r->server));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return finish_connect(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&a, sizeof(a));
}

int rig_connect_unix(const struct rig *r)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    (void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", r->unix_path);
    return finish_connect(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&a, sizeof(a));
}

void rig_send(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            return; /* the server has refused already */
        }
        assert_true(sent > 0);
        p += sent;
        n -= (size_t)sent;
    }
}

void rig_send_text(int fd, const char *text)
{
    rig_send(fd, text, strlen(text));
}

static size_t read_head(int fd, char *text, size_t cap)
{
    size_t n = 0;
    do {
        assert_true(n + 1 < cap);
        ssize_t got = recv(fd, text + n, 1, 0);
        if (got <= 0) {
            print_error("no response: %zd (errno %d) after '%.*s'\n", got, errno, (int)n, text);
        }
        assert_int_equal(got, 1);
        n++;
        text[n] = '\0';
    } while (n < 4 || strcmp(text + n - 4, "\r\n\r\n") != 0);
    return n;
}

int rig_read_response(int fd, char *text, size_t cap)
{
    size_t n = read_head(fd, text, cap);
    const char *length = strstr(text, "\r\nContent-Length: ");
    size_t body = length != NULL ? strtoul(length + 18, NULL, 10) : 0;
    assert_true(n + body + 1 <= cap);
    while (body > 0) {
        ssize_t got = recv(fd, text + n, body, 0);
        assert_true(got > 0);
        n += (size_t)got;
        body -= (size_t)got;
    }
    text[n] = '\0';
    assert_memory_equal(text, "HTTP/1.1 ", 9);
    return (int)strtoul(text + 9, NULL, 10);
}

/* Adds what arrives to *got; what ended it is left as recv leaves it. */
static ssize_t drain(int fd, size_t *got)
{
    char scratch[65536];
    ssize_t n = 0;
    do {
        n = recv(fd, scratch, sizeof(scratch), 0);
        *got += n > 0 ? (size_t)n : 0;
    } while (n > 0);
    return n;
}

size_t rig_read_all(int fd)
{
    size_t got = 0;
    (void)drain(fd, &got);
    return got;
}

bool rig_is_closed(int fd)
{
    size_t got = 0;
    return drain(fd, &got) == 0 || errno == ECONNRESET;
}

bool rig_wait_readable(int fd, int ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    return poll(&p, 1, ms) > 0;
}
