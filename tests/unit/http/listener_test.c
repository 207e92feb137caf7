/* SPDX-License-Identifier: Apache-2.0 */
/* Listening and accepting: ports, address families, and the name of a peer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/http.h"
#include "http/listener_int.h"

static int listen_on(const char *address, unsigned *ret_port)
{
    char error[200] = "";
    int fd = -1;
    enum iam_status status = iam_http_listen_tcp(address, &fd, ret_port, error, sizeof(error));
    if (status == IAM_IO) {
        skip(); /* a machine without IPv6 */
    }
    assert_int_equal(status, IAM_OK);
    assert_in_range(*ret_port, 1, 65535);
    return fd;
}

static void expect_peer(int listen_fd, const struct sockaddr *to, socklen_t len, const char *want)
{
    struct iam_http_address peer = { 0 };
    int fd = -1;
    assert_false(iam_http_accept(listen_fd, &fd, &peer));
    assert_int_equal(errno, EAGAIN);
    int client = socket(to->sa_family, SOCK_STREAM, 0);
    assert_int_equal(connect(client, to, len), 0);
    struct pollfd p = { .fd = listen_fd, .events = POLLIN };
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_true(iam_http_accept(listen_fd, &fd, &peer));
    assert_string_equal(peer.text, want);
    assert_false(peer.is_local);
    struct iam_http_network network;
    assert_int_equal(iam_http_network_parse(iam_str_c(want), &network), IAM_OK);
    assert_memory_equal(peer.bytes, network.address, sizeof(peer.bytes));
    (void)close(client);
    (void)close(fd);
    (void)close(listen_fd);
}

static void test_v4(void **state)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    unsigned port = 0;
    (void)state;
    int fd = listen_on("127.0.0.1:0", &port);
    to.sin_port = htons((uint16_t)port);
    expect_peer(fd, (const struct sockaddr *)&to, sizeof(to), "127.0.0.1");
}

static void test_v6(void **state)
{
    struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    unsigned port = 0;
    (void)state;
    int fd = listen_on("[::1]:0", &port);
    to.sin6_port = htons((uint16_t)port);
    expect_peer(fd, (const struct sockaddr *)&to, sizeof(to), "::1");
}

/* An IPv4 client of an IPv6 socket is reported with its IPv4 address. */
static void test_mapped(void **state)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    unsigned port = 0;
    (void)state;
    int fd = listen_on("[::]:0", &port);
    to.sin_port = htons((uint16_t)port);
    expect_peer(fd, (const struct sockaddr *)&to, sizeof(to), "127.0.0.1");
}

static void test_port_in_use(void **state)
{
    char error[200] = "";
    char address[32];
    unsigned port = 0;
    unsigned other = 0;
    int second = -1;
    (void)state;
    int fd = listen_on("127.0.0.1:0", &port);
    memcpy(address, "127.0.0.1:", 11);
    for (unsigned i = 0, rest = port; i < 5; i++, rest /= 10) {
        address[14 - i] = (char)('0' + rest % 10);
    }
    address[15] = '\0';
    assert_int_equal(iam_http_listen_tcp(address, &second, &other, error, sizeof(error)), IAM_IO);
    assert_non_null(strstr(error, address));
    assert_int_equal(second, -1);
    (void)close(fd);
}

static void test_long_unix_path(void **state)
{
    const struct iam_http_unix_access any = { 0, (gid_t)-1 };
    char error[200] = "";
    char path[200];
    int fd = -1;
    (void)state;
    memset(path, 'p', sizeof(path));
    path[sizeof(path) - 1] = '\0';
    assert_int_equal(iam_http_listen_unix(path, &any, &fd, error, sizeof(error)), IAM_RANGE);
    assert_int_equal(iam_http_listen_unix("", &any, &fd, error, sizeof(error)), IAM_RANGE);
    assert_int_equal(iam_http_listen_unix("/nonexistent/s", &any, &fd, error, sizeof(error)),
                     IAM_IO);
    assert_int_equal(fd, -1);
}

static void test_unix_access(void **state)
{
    struct iam_http_unix_access access = { 0620, getgid() };
    char error[200] = "";
    char path[] = "/tmp/iam_listener_XXXXXX";
    struct stat st;
    int fd = -1;
    (void)state;
    fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(iam_http_listen_unix(path, &access, &fd, error, sizeof(error)), IAM_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0620);
    assert_int_equal(st.st_gid, getgid());
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
}

/* Only the socket of a process that has ended is removed: nobody takes another program's. */
static void test_socket_of_others(void **state)
{
    const struct iam_http_unix_access any = { 0, (gid_t)-1 };
    struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/tmp/iam_listener_XXXXXX" };
    char error[200] = "";
    struct stat st;
    int fd = mkstemp(to.sun_path);
    (void)state;
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(unlink(to.sun_path), 0);

    /* in use, but by no server of streams: it can be neither connected to nor taken for stale */
    int other = socket(AF_UNIX, SOCK_DGRAM, 0);
    assert_int_equal(bind(other, (const struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(iam_http_listen_unix(to.sun_path, &any, &fd, error, sizeof(error)), IAM_IO);
    assert_int_equal(stat(to.sun_path, &st), 0);
    (void)close(other);
    assert_int_equal(unlink(to.sun_path), 0);

    other = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(other, (const struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(listen(other, 1), 0);
    assert_int_equal(iam_http_listen_unix(to.sun_path, &any, &fd, error, sizeof(error)), IAM_IO);
    (void)close(other);
    assert_int_equal(iam_http_listen_unix(to.sun_path, &any, &fd, error, sizeof(error)), IAM_OK);
    (void)close(fd);
    assert_int_equal(unlink(to.sun_path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_v4),
        cmocka_unit_test(test_v6),
        cmocka_unit_test(test_mapped),
        cmocka_unit_test(test_port_in_use),
        cmocka_unit_test(test_long_unix_path),
        cmocka_unit_test(test_unix_access),
        cmocka_unit_test(test_socket_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
