/* SPDX-License-Identifier: Apache-2.0 */
/* Binding and accepting. Names are not resolved: the server listens on exactly what was written. */
#include "http/listener_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"
#include "http/http.h"

#define BACKLOG 1024

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
};

/* Copies host, NUL-terminated, without the brackets of an IPv6 address. */
static bool copy_host(struct iam_str host, bool is_v6, char ret[IAM_HTTP_PEER_CAP])
{
    if (is_v6) {
        if (host.len < 2 || host.p[0] != '[' || host.p[host.len - 1] != ']') {
            return false;
        }
        host = iam_str_sub(host, 1, host.len - 2);
    }
    if (host.len >= IAM_HTTP_PEER_CAP) {
        return false;
    }
    memcpy(ret, host.p, host.len);
    ret[host.len] = '\0';
    return true;
}

static bool parse_tcp(struct iam_str text, union address *ret, socklen_t *ret_len)
{
    size_t colon = text.len;
    while (colon > 0 && text.p[colon - 1] != ':') {
        colon--;
    }
    uint64_t port = 0;
    char host[IAM_HTTP_PEER_CAP];
    bool is_v6 = text.len > 0 && text.p[0] == '[';
    if (colon == 0 || iam_str_to_u64(iam_str_sub(text, colon, text.len), 65535, &port) != IAM_OK ||
        !copy_host(iam_str_sub(text, 0, colon - 1), is_v6, host)) {
        return false;
    }
    *ret = (union address){ 0 };
    if (is_v6) {
        ret->v6.sin6_family = AF_INET6;
        ret->v6.sin6_port = htons((uint16_t)port);
        *ret_len = sizeof(ret->v6);
        return inet_pton(AF_INET6, host, &ret->v6.sin6_addr) == 1;
    }
    ret->v4.sin_family = AF_INET;
    ret->v4.sin_port = htons((uint16_t)port);
    *ret_len = sizeof(ret->v4);
    return inet_pton(AF_INET, host, &ret->v4.sin_addr) == 1;
}

bool iam_http_is_listen_address(const char *text)
{
    union address a;
    socklen_t len = 0;
    return parse_tcp(iam_str_c(text), &a, &len);
}

static enum iam_status fail(int fd, const char *name, char *error_text, size_t cap)
{
    (void)snprintf(error_text, cap, "cannot listen on '%s': %s", name, strerror(errno));
    if (fd >= 0) {
        (void)close(fd);
    }
    return IAM_IO;
}

static unsigned port_of(int fd)
{
    union address a = { 0 };
    socklen_t len = sizeof(a);
    if (getsockname(fd, &a.any, &len) != 0) {
        return 0;
    }
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

enum iam_status iam_http_listen_tcp(const char *address, int *ret_fd, unsigned *ret_port,
                                    char *error_text, size_t cap)
{
    union address a;
    socklen_t len = 0;
    if (!parse_tcp(iam_str_c(address), &a, &len)) {
        (void)snprintf(error_text, cap,
                       "'%s' is not a listen address: write 127.0.0.1:4560 or [::1]:4560", address);
        return IAM_RANGE;
    }
    int one = 1;
    int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    /* Accepted sockets inherit TCP_NODELAY: a response is one write and must not wait. */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0 ||
        bind(fd, &a.any, len) != 0 || listen(fd, BACKLOG) != 0) {
        return fail(fd, address, error_text, cap);
    }
    *ret_fd = fd;
    *ret_port = port_of(fd);
    return IAM_OK;
}

/* Removes the socket file of a process that has ended. */
static void remove_stale(const union address *a)
{
    struct stat st;
    if (lstat(a->local.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode)) {
        return;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    if (connect(fd, &a->any, sizeof(a->local)) != 0 && errno == ECONNREFUSED) {
        (void)unlink(a->local.sun_path);
    }
    (void)close(fd);
}

static bool set_access(const char *path, const struct iam_http_unix_access *access)
{
    return (access->gid == (gid_t)-1 || lchown(path, (uid_t)-1, access->gid) == 0) &&
           (access->mode == 0 || chmod(path, (mode_t)access->mode) == 0);
}

enum iam_status iam_http_listen_unix(const char *path, const struct iam_http_unix_access *access,
                                     int *ret_fd, char *error_text, size_t cap)
{
    union address a = { .local = { .sun_family = AF_UNIX } };
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(a.local.sun_path)) {
        (void)snprintf(error_text, cap, "the path of a Unix socket must have 1 to %zu bytes",
                       sizeof(a.local.sun_path) - 1);
        return IAM_RANGE;
    }
    memcpy(a.local.sun_path, path, len + 1);
    remove_stale(&a);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, &a.any, sizeof(a.local)) != 0) {
        return fail(fd, path, error_text, cap);
    }
    if (!set_access(path, access) || listen(fd, BACKLOG) != 0) {
        enum iam_status status = fail(fd, path, error_text, cap);
        (void)unlink(path);
        return status;
    }
    *ret_fd = fd;
    return IAM_OK;
}

/* Makes the client's address; a client of a Unix socket is on this machine. */
static struct iam_http_address address_of(const union address *a)
{
    bool is_ip = a->any.sa_family == AF_INET || a->any.sa_family == AF_INET6;
    struct iam_http_address r = { .is_local = !is_ip };
    if (a->any.sa_family == AF_INET) {
        memset(r.bytes + 10, 0xff, 2);
        memcpy(r.bytes + 12, &a->v4.sin_addr, 4);
    } else if (a->any.sa_family == AF_INET6) {
        memcpy(r.bytes, &a->v6.sin6_addr, sizeof(r.bytes));
    }
    bool is_v6 = a->any.sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr);
    const void *bytes = is_v6 ? r.bytes : r.bytes + 12;
    if (r.is_local ||
        inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes, r.text, sizeof(r.text)) == NULL) {
        memcpy(r.text, "127.0.0.1", sizeof("127.0.0.1"));
    }
    return r;
}

bool iam_http_accept(int listen_fd, int *ret_fd, struct iam_http_address *ret_address)
{
    union address a = { 0 };
    socklen_t len = sizeof(a);
    int fd = accept4(listen_fd, &a.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    *ret_address = address_of(&a);
    *ret_fd = fd;
    return true;
}
