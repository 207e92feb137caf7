/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of any HTTP server of this kind: a loop of epoll_wait, recv and send in one thread that
 * answers whatever comes with the same bytes. Prints its TCP port, serves until stdin ends.
 *
 * Usage: wire_floor UNIX_PATH BODY_BYTES
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void must(bool ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void watch(int epoll, int fd)
{
    struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
    must(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) == 0, "epoll_ctl");
}

static int listen_tcp(void)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(v4);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(fd, (const struct sockaddr *)&v4, sizeof(v4)) == 0 && listen(fd, 64) == 0, "listen");
    must(getsockname(fd, (struct sockaddr *)&v4, &len) == 0, "getsockname");
    (void)printf("%u\n", ntohs(v4.sin_port));
    (void)fflush(stdout);
    return fd;
}

static int listen_unix(const char *path)
{
    struct sockaddr_un u = { .sun_family = AF_UNIX };
    (void)snprintf(u.sun_path, sizeof(u.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(bind(fd, (const struct sockaddr *)&u, sizeof(u)) == 0 && listen(fd, 64) == 0, "listen");
    return fd;
}

int main(int argc, char **argv)
{
    static char response[65536];
    static char buf[65536];
    struct epoll_event events[64];
    int one = 1;
    must(argc == 3, "usage: wire_floor UNIX_PATH BODY_BYTES");
    int body = (int)strtol(argv[2], NULL, 10);
    int len = snprintf(response, sizeof(response),
                       "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%*s", body, body, "");
    int epoll = epoll_create1(0);
    int tcp = listen_tcp();
    int un = listen_unix(argv[1]);
    watch(epoll, tcp);
    watch(epoll, un);
    watch(epoll, STDIN_FILENO);
    for (;;) {
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO) {
                return 0;
            }
            if (fd == tcp || fd == un) {
                int client = accept(fd, NULL, NULL);
                (void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
                watch(epoll, client);
                continue;
            }
            if (recv(fd, buf, sizeof(buf), 0) <= 0) {
                (void)close(fd);
            } else {
                (void)!send(fd, response, (size_t)len, MSG_NOSIGNAL);
            }
        }
    }
}
