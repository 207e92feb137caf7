/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses are on the public Internet: those of this machine, of private networks and of
 * metadata services are not, in whatever form they are written. SPEC: IANA IPv4 and IPv6
 * Special-Purpose Address Registries.
 */
#pragma once

#include <sys/socket.h>

#include "http/http.h"

/* LIMIT: networks that an operator allows besides. */
#define IAM_FETCH_NETWORKS_MAX 16

struct iam_fetch_networks {
    struct iam_http_network items[IAM_FETCH_NETWORKS_MAX];
    size_t count;
};

/* Tells whether a connection to the address may be made: it is public, or in one of the networks.
 */
bool iam_fetch_may_connect(const struct sockaddr *address, socklen_t len,
                           const struct iam_fetch_networks *allowed);
