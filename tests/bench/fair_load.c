/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends one prepared request again and again over some keep-alive connections, one under way on
 * each, for some seconds, and prints how long the answers took: their number, the median and the
 * 99th percentile in microseconds, and how many had status 200.
 *
 * Usage: fair_load PORT REQUEST_FILE CONNECTIONS SECONDS
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 64
#define MAX_REQUEST (1u << 20)
#define MAX_HEAD 65536
#define MAX_TIMES (1u << 22)

struct connection {
    int fd;
    double sent;
    char head[MAX_HEAD]; /* what was read, until the headers are complete */
    size_t have;
    size_t left; /* of the body; SIZE_MAX: the headers are not complete */
};

static struct connection connections[MAX_CONNECTIONS];
static char request[MAX_REQUEST];
static size_t request_len;
static float times[MAX_TIMES];
static size_t time_count;
static size_t ok_count;

static void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static double wall(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void read_request(const char *file)
{
    FILE *f = fopen(file, "rb");
    must(f != NULL, file);
    request_len = fread(request, 1, sizeof(request), f);
    (void)fclose(f);
}

static void dial(struct connection *c, const char *port)
{
    int one = 1;
    struct sockaddr_in v4 = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) },
                              .sin_port = htons((uint16_t)strtoul(port, NULL, 10)) };
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(c->fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0, "connect");
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void send_request(struct connection *c)
{
    c->have = 0;
    c->left = SIZE_MAX;
    c->sent = wall();
    for (size_t at = 0; at < request_len;) {
        ssize_t n = send(c->fd, request + at, request_len - at, MSG_NOSIGNAL);
        must(n > 0, "send");
        at += (size_t)n;
    }
}

/* Finds the end of the headers and what is left of the body. */
static void read_head(struct connection *c)
{
    c->head[c->have] = '\0';
    const char *end = strstr(c->head, "\r\n\r\n");
    if (end == NULL) {
        return;
    }
    const char *length = strcasestr(c->head, "\r\ncontent-length:");
    must(length != NULL && length < end, "Content-Length");
    size_t got = c->have - (size_t)(end + 4 - c->head);
    c->left = strtoul(length + strlen("\r\ncontent-length:"), NULL, 10) - got;
    ok_count += strncmp(c->head, "HTTP/1.1 200", 12) == 0 ? 1 : 0;
}

/* Reads what is there; true when the answer is complete. */
static bool read_some(struct connection *c)
{
    static char rest[1u << 20];
    bool in_head = c->left == SIZE_MAX;
    char *to = in_head ? c->head + c->have : rest;
    size_t room = in_head ? sizeof(c->head) - 1 - c->have : sizeof(rest);
    ssize_t n = recv(c->fd, to, room, 0);
    must(n > 0, "recv");
    if (in_head) {
        c->have += (size_t)n;
        read_head(c);
    } else {
        c->left -= (size_t)n;
    }
    return c->left == 0;
}

static void note(const struct connection *c)
{
    if (time_count < MAX_TIMES) {
        times[time_count++] = (float)((wall() - c->sent) * 1e6);
    }
}

static void run(int poll, double until)
{
    struct epoll_event events[MAX_CONNECTIONS];
    while (wall() < until) {
        int n = epoll_wait(poll, events, MAX_CONNECTIONS, 100);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (read_some(c)) {
                note(c);
                send_request(c);
            }
        }
    }
}

static int compare(const void *a, const void *b)
{
    float x = *(const float *)a;
    float y = *(const float *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fprintf(stderr, "usage: fair_load PORT REQUEST_FILE CONNECTIONS SECONDS\n");
        return 2;
    }
    size_t count = strtoul(argv[3], NULL, 10);
    int poll = epoll_create1(0);
    must(count >= 1 && count <= MAX_CONNECTIONS && poll >= 0, "connections");
    read_request(argv[2]);
    for (size_t i = 0; i < count; i++) {
        struct epoll_event ev = { .events = EPOLLIN, .data.ptr = &connections[i] };
        dial(&connections[i], argv[1]);
        must(epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &ev) == 0, "epoll_ctl");
        send_request(&connections[i]);
    }
    run(poll, wall() + strtod(argv[4], NULL));
    for (size_t i = 0; i < count; i++) {
        note(&connections[i]); /* it takes at least as long */
    }
    qsort(times, time_count, sizeof(times[0]), compare);
    (void)printf("%zu %.0f %.0f %zu\n", time_count, time_count ? times[time_count / 2] : 0.0,
                 time_count ? times[time_count * 99 / 100] : 0.0, ok_count);
    return 0;
}
