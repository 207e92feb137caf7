/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: made from a configured address, shared by all workers. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/base.h"

/* Text of an IPv6 address with its NUL. */
#define IAM_HTTP_PEER_CAP INET6_ADDRSTRLEN

/*
 * Listens on "address:port" or "[v6-address]:port", numeric. Non-blocking. On failure error_text
 * (cap bytes, NUL-terminated) says why: IAM_RANGE for a text that is not an address, IAM_IO.
 */
enum iam_status iam_http_listen_tcp(const char *address, int *ret_fd, unsigned *ret_port,
                                    char *error_text, size_t cap) IAM_MUST_USE;
/*
 * Listens on a Unix socket. A socket file that nobody listens on any more is replaced; any other
 * file is left alone. IAM_RANGE for a path that is too long, IAM_IO.
 */
enum iam_status iam_http_listen_unix(const char *path, int *ret_fd, char *error_text,
                                     size_t cap) IAM_MUST_USE;
/*
 * Accepts one connection, non-blocking and close-on-exec; *ret_fd and peer (the text of the address
 * as in iam_http_request.peer_ip) are written when it returns true. False: errno says why.
 */
bool iam_http_accept(int listen_fd, int *ret_fd, char peer[IAM_HTTP_PEER_CAP]);
