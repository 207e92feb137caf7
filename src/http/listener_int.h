/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: made from a configured address, shared by all workers. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/base.h"

/* Text of an IPv6 address with its NUL. */
#define IAM_HTTP_PEER_CAP INET6_ADDRSTRLEN

/* The address of a client. */
struct iam_http_address {
    char text[IAM_HTTP_PEER_CAP]; /* as in iam_http_request.peer_ip */
    uint8_t bytes[16];            /* IPv4 as IPv4-mapped IPv6; zeros for a Unix socket */
    bool is_local;                /* a Unix socket */
};

/*
 * Listens on "address:port" or "[v6-address]:port", numeric. Non-blocking. On failure error_text
 * (cap bytes, NUL-terminated) says why: IAM_RANGE for a text that is not an address, IAM_IO.
 */
enum iam_status iam_http_listen_tcp(const char *address, int *ret_fd, unsigned *ret_port,
                                    char *error_text, size_t cap) IAM_MUST_USE;
/* Whose a socket file is, and who may connect. */
struct iam_http_unix_access {
    unsigned mode; /* 0: what the umask leaves */
    gid_t gid;     /* (gid_t)-1: that of the process */
};

/*
 * Listens on a Unix socket; nobody can connect before its file has its owner and mode. A socket
 * file that nobody listens on any more is replaced; any other file is left alone. IAM_RANGE for a
 * path that is too long, IAM_IO.
 */
enum iam_status iam_http_listen_unix(const char *path, const struct iam_http_unix_access *access,
                                     int *ret_fd, char *error_text, size_t cap) IAM_MUST_USE;
/*
 * Accepts one connection, non-blocking and close-on-exec; *ret_fd and *ret_address are written when
 * it returns true. False: errno says why.
 */
bool iam_http_accept(int listen_fd, int *ret_fd, struct iam_http_address *ret_address);
