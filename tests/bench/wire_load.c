/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends prepared requests again and again over some keep-alive connections, one under way on each,
 * and prints what they cost the server: CPU microseconds per request (of process PID, from the
 * scheduler's accounts) and requests per second. Several files of requests are given with commas
 * between them; the connections share them out. All must be answered in the same length.
 *
 * Usage: wire_load tcp:PORT|unix:PATH REQUEST_FILE[,...] COUNT PID CONNECTIONS
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 64
#define MAX_REQUEST 65536
#define MAX_RESPONSE 65536

struct request {
    char text[MAX_REQUEST];
    size_t len;
};

static struct request requests[MAX_CONNECTIONS];
static int request_count;
static char response[MAX_RESPONSE];
static size_t response_len; /* of the first answer: all are equally long */

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

/* Nanoseconds on a processor of all threads of a process. */
static double cpu_ns(const char *pid)
{
    char path[512];
    double total = 0;
    (void)snprintf(path, sizeof(path), "/proc/%s/task", pid);
    DIR *dir = opendir(path);
    must(dir != NULL, path);
    const struct dirent *e;
    while ((e = readdir(dir)) != NULL) {
        (void)snprintf(path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, e->d_name);
        FILE *f = e->d_name[0] != '.' ? fopen(path, "r") : NULL;
        char line[128];
        if (f != NULL && fgets(line, sizeof(line), f) != NULL) {
            total += strtod(line, NULL);
        }
        if (f != NULL) {
            (void)fclose(f);
        }
    }
    (void)closedir(dir);
    return total;
}

static int dial(const char *target)
{
    int fd;
    int one = 1;
    if (strncmp(target, "unix:", 5) == 0) {
        struct sockaddr_un u = { .sun_family = AF_UNIX };
        (void)snprintf(u.sun_path, sizeof(u.sun_path), "%s", target + 5);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        must(connect(fd, (const struct sockaddr *)&u, sizeof(u)) == 0, "connect");
        return fd;
    }
    struct sockaddr_in v4 = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) },
                              .sin_port = htons((uint16_t)strtoul(target + 4, NULL, 10)) };
    fd = socket(AF_INET, SOCK_STREAM, 0);
    must(connect(fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0, "connect");
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static void send_request(int fd, int number)
{
    const struct request *r = &requests[number % request_count];
    must(send(fd, r->text, r->len, MSG_NOSIGNAL) == (ssize_t)r->len, "send");
}

static void read_request(const char *file)
{
    must(request_count < MAX_CONNECTIONS, "number of requests");
    struct request *r = &requests[request_count++];
    FILE *f = fopen(file, "rb");
    must(f != NULL, file);
    r->len = fread(r->text, 1, sizeof(r->text), f);
    (void)fclose(f);
}

static void read_requests(char *files)
{
    char *comma;
    while ((comma = strchr(files, ',')) != NULL) {
        *comma = '\0';
        read_request(files);
        files = comma + 1;
    }
    read_request(files);
}

/* The first answer tells how long all are, and that it is not an error. */
static void learn(int fd)
{
    size_t got = 0;
    size_t want = 0;
    send_request(fd, 0);
    while (want == 0 || got < want) {
        ssize_t n = recv(fd, response + got, sizeof(response) - 1 - got, 0);
        must(n > 0, "recv");
        got += (size_t)n;
        response[got] = '\0';
        const char *end = strstr(response, "\r\n\r\n");
        const char *length = strcasestr(response, "content-length:");
        if (end != NULL) {
            size_t body = length != NULL ? (size_t)strtoul(length + 15, NULL, 10) : 0;
            want = (size_t)(end - response) + 4 + body;
        }
    }
    if (strncmp(response, "HTTP/1.1 200", 12) != 0) {
        (void)fprintf(stderr, "%s\n", response);
        exit(1);
    }
    response_len = want;
}

static void run(const char *target, unsigned long count, int connections)
{
    size_t pending[1024] = { 0 }; /* bytes still to come, by descriptor */
    int number[1024] = { 0 };     /* of the connection, by descriptor */
    struct epoll_event events[MAX_CONNECTIONS];
    unsigned long sent = 0;
    unsigned long done = 0;
    int epoll = epoll_create1(0);
    for (int i = 0; i < connections && sent < count; i++) {
        int fd = dial(target);
        struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
        must(fd < 1024 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
        number[fd] = i;
        send_request(fd, i);
        pending[fd] = response_len;
        sent++;
    }
    while (done < count) {
        int n = epoll_wait(epoll, events, MAX_CONNECTIONS, 5000);
        must(n > 0, "epoll_wait");
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            ssize_t got = recv(fd, response, pending[fd], 0);
            must(got > 0, "recv");
            pending[fd] -= (size_t)got;
            if (pending[fd] > 0) {
                continue;
            }
            done++;
            if (sent < count) {
                send_request(fd, number[fd]);
                pending[fd] = response_len;
                sent++;
            }
        }
    }
    (void)close(epoll);
}

int main(int argc, char **argv)
{
    must(argc == 6, "usage: wire_load tcp:PORT|unix:PATH REQUEST_FILE[,...] COUNT PID "
                    "CONNECTIONS");
    read_requests(argv[2]);
    unsigned long count = strtoul(argv[3], NULL, 10);
    int connections = (int)strtol(argv[5], NULL, 10);
    must(connections > 0 && connections <= MAX_CONNECTIONS, "number of connections");
    int fd = dial(argv[1]);
    learn(fd);
    run(argv[1], count / 10, connections); /* warm */
    double cpu = cpu_ns(argv[4]);
    double start = wall();
    run(argv[1], count, connections);
    double seconds = wall() - start;
    cpu = cpu_ns(argv[4]) - cpu;
    (void)printf("%.3f %.0f %zu %zu\n", cpu / 1000.0 / (double)count, (double)count / seconds,
                 requests[0].len, response_len);
    (void)close(fd);
    return 0;
}
