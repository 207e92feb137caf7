/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU per request of the HTTP layer next to its floor: a loop of epoll_wait, read and write that
 * answers any bytes with the same bytes. Both serve the same clients: CONNECTIONS connections, one
 * 700-byte request under way on each. Client and server share the process; the server's share is
 * the process's CPU time less that of the client's thread. Prints microseconds and the ratio.
 *
 * Usage: http_bench [requests, default 200000]
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"

#define CONNECTIONS 16
#define REQUEST_BYTES 700
#define BODY "hello"

static char request[REQUEST_BYTES + 1];
static char path[64];
static char response[512];
static size_t response_len;

static void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static double seconds(clockid_t clock)
{
    struct timespec ts;
    (void)clock_gettime(clock, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int64_t wall_ms(void)
{
    return (int64_t)(seconds(CLOCK_REALTIME) * 1000);
}

/* A signed API call by its size: a form body and the headers that an SDK sends. */
static void make_request(void)
{
    static const char HEAD[] =
        "POST / HTTP/1.1\r\nHost: 127.0.0.1:4560\r\nAccept-Encoding: identity\r\n"
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
        "User-Agent: bench/1.0 md/prompt#off ua/2.0 os/linux md/arch#x86_64 lang/c\r\n"
        "X-Amz-Date: 20261124T230213Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/us-east-1/sts/"
        "aws4_request, SignedHeaders=content-type;host;x-amz-date, "
        "Signature=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\r\n"
        "Content-Length: 43\r\nX-Fill: ";
    static const char TAIL[] = "\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15";
    size_t fill = REQUEST_BYTES - (sizeof(HEAD) - 1) - (sizeof(TAIL) - 1);
    memcpy(request, HEAD, sizeof(HEAD) - 1);
    memset(request + sizeof(HEAD) - 1, 'x', fill);
    memcpy(request + sizeof(HEAD) - 1 + fill, TAIL, sizeof(TAIL));
}

/* ---- the floor ---- */

static int floor_epoll;
static int floor_listen;
static atomic_bool floor_stops;

static void floor_accept(void)
{
    int fd = accept4(floor_listen, NULL, NULL, SOCK_NONBLOCK);
    if (fd >= 0) {
        struct epoll_event e = { .events = EPOLLIN | EPOLLET, .data.fd = fd };
        must(epoll_ctl(floor_epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
    }
}

static void *floor_run(void *arg)
{
    char buf[4096];
    struct epoll_event events[64];
    (void)arg;
    while (!atomic_load(&floor_stops)) {
        int n = epoll_wait(floor_epoll, events, 64, 100);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == floor_listen) {
                floor_accept();
                continue;
            }
            ssize_t got = recv(fd, buf, sizeof(buf), 0);
            if (got > 0) {
                (void)!send(fd, response, response_len, MSG_NOSIGNAL);
            } else if (got == 0) {
                (void)close(fd);
            }
        }
    }
    return NULL;
}

static pthread_t floor_start(int listen_fd)
{
    pthread_t thread;
    atomic_store(&floor_stops, false);
    floor_listen = listen_fd;
    floor_epoll = epoll_create1(0);
    struct epoll_event e = { .events = EPOLLIN, .data.fd = listen_fd };
    must(epoll_ctl(floor_epoll, EPOLL_CTL_ADD, listen_fd, &e) == 0, "epoll_ctl");
    must(pthread_create(&thread, NULL, floor_run, NULL) == 0, "pthread_create");
    return thread;
}

static void floor_stop(pthread_t thread)
{
    atomic_store(&floor_stops, true);
    (void)pthread_join(thread, NULL);
    (void)close(floor_epoll);
    (void)close(floor_listen);
}

static int listen_on(bool is_unix, unsigned *ret_port)
{
    struct sockaddr_un u = { .sun_family = AF_UNIX };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(v4);
    int one = 1;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (is_unix) {
        (void)snprintf(u.sun_path, sizeof(u.sun_path), "%s", path);
        (void)unlink(path);
        must(bind(fd, (const struct sockaddr *)&u, sizeof(u)) == 0, "bind");
    } else {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        must(bind(fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0, "bind");
        must(getsockname(fd, (struct sockaddr *)&v4, &len) == 0, "getsockname");
        *ret_port = ntohs(v4.sin_port);
    }
    must(listen(fd, 64) == 0, "listen");
    return fd;
}

/* ---- the client ---- */

static int connect_to(bool is_unix, unsigned port)
{
    struct sockaddr_un u = { .sun_family = AF_UNIX };
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int one = 1;
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
    if (is_unix) {
        (void)snprintf(u.sun_path, sizeof(u.sun_path), "%s", path);
        must(connect(fd, (const struct sockaddr *)&u, sizeof(u)) == 0, "connect");
        return fd;
    }
    v4.sin_port = htons((uint16_t)port);
    must(connect(fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0, "connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static void read_response(int fd)
{
    char buf[1024];
    size_t n = 0;
    while (n < response_len) {
        ssize_t got = recv(fd, buf, sizeof(buf), 0);
        must(got > 0, "recv");
        n += (size_t)got;
    }
}

/* Sends on all connections and then reads on all; returns the server's CPU seconds per request. */
static double measure(bool is_unix, unsigned port, unsigned requests)
{
    int fds[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = connect_to(is_unix, port);
    }
    double all = seconds(CLOCK_PROCESS_CPUTIME_ID);
    double own = seconds(CLOCK_THREAD_CPUTIME_ID);
    unsigned rounds = requests / CONNECTIONS;
    for (unsigned r = 0; r < rounds; r++) {
        for (int i = 0; i < CONNECTIONS; i++) {
            must(send(fds[i], request, REQUEST_BYTES, MSG_NOSIGNAL) == REQUEST_BYTES, "send");
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            read_response(fds[i]);
        }
    }
    all = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
    own = seconds(CLOCK_THREAD_CPUTIME_ID) - own;
    for (int i = 0; i < CONNECTIONS; i++) {
        (void)close(fds[i]);
    }
    return (all - own) / (rounds * CONNECTIONS);
}

static void handle(void *ctx, struct iam_http_exchange *x)
{
    static const struct iam_http_header TYPE = {
        {"Content-Type", 12},
        { "text/plain",  10}
    };
    struct iam_http_response r = {
        200, &TYPE, 1, {BODY, sizeof(BODY) - 1}
    };
    (void)ctx;
    iam_http_reply(x, &r);
}

static struct iam_http_server *start_server(void)
{
    struct iam_http_config config = {
        .listen_address = "127.0.0.1:0",
        .unix_path = path,
        .workers = 1,
        .max_header_bytes = 16384,
        .max_headers = 100,
        .max_body_bytes = 1 << 20,
        .max_connections = 1000,
        .arena_max_bytes = 4 << 20,
        .max_memory_bytes = 64 << 20,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 10000,
        .idle_timeout_ms = 60000,
        .write_timeout_ms = 10000,
        .now_ms = wall_ms,
        .handler = handle,
    };
    char error[200];
    struct iam_http_server *server = NULL;
    if (iam_http_start(&config, &server, error, sizeof(error)) != IAM_OK) {
        (void)fprintf(stderr, "%s\n", error);
        exit(1);
    }
    return server;
}

/* The floor answers with what the server answers. */
static void learn_response(unsigned port)
{
    int fd = connect_to(false, port);
    must(send(fd, request, REQUEST_BYTES, MSG_NOSIGNAL) == REQUEST_BYTES, "send");
    ssize_t n = recv(fd, response, sizeof(response), 0);
    must(n > 0, "recv");
    response_len = (size_t)n;
    (void)close(fd);
}

static double measure_floor(bool is_unix, unsigned requests)
{
    unsigned port = 0;
    pthread_t thread = floor_start(listen_on(is_unix, &port));
    double cost = measure(is_unix, port, requests);
    floor_stop(thread);
    return cost;
}

int main(int argc, char **argv)
{
    unsigned requests = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200000;
    make_request();
    (void)snprintf(path, sizeof(path), "/tmp/http_bench_%d", (int)getpid());
    struct iam_http_server *server = start_server();
    learn_response(iam_http_port(server));
    for (int is_unix = 0; is_unix <= 1; is_unix++) {
        (void)measure(is_unix, iam_http_port(server), requests / 10);
        double cost = measure(is_unix, iam_http_port(server), requests);
        if (is_unix) {
            iam_http_stop(server, 1000);
        }
        double least = measure_floor(is_unix, requests);
        (void)printf("%-4s http %.2f us, floor %.2f us CPU per request, ratio %.2f\n",
                     is_unix ? "unix" : "tcp", cost * 1e6, least * 1e6, cost / least);
    }
    (void)unlink(path);
    return 0;
}
