/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/address.h"

#include <netinet/in.h>

#define V4_AT 12
#define MAPPED(a, b, c, d, n)                                                      \
    {                                                                              \
        { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), (d) }, 96 + (n) \
    }

/* clang-format off */
static const struct iam_http_network not_public[] = {
    MAPPED(0, 0, 0, 0, 8),        MAPPED(10, 0, 0, 0, 8),      MAPPED(100, 64, 0, 0, 10),
    MAPPED(127, 0, 0, 0, 8),      MAPPED(169, 254, 0, 0, 16),  MAPPED(172, 16, 0, 0, 12),
    MAPPED(192, 0, 0, 0, 24),     MAPPED(192, 0, 2, 0, 24),    MAPPED(192, 88, 99, 0, 24),
    MAPPED(192, 168, 0, 0, 16),   MAPPED(198, 18, 0, 0, 15),   MAPPED(198, 51, 100, 0, 24),
    MAPPED(203, 0, 113, 0, 24),   MAPPED(224, 0, 0, 0, 4),     MAPPED(240, 0, 0, 0, 4),
    { { 0x20, 0x01, 0x00 }, 23 },             /* protocols of the IETF, Teredo */
    { { 0x20, 0x01, 0x0d, 0xb8 }, 32 },       /* documentation */
    { { 0x3f, 0xff }, 20 },                   /* documentation */
};
/* What is routed: all other addresses of IPv6 are for special purposes. */
static const struct iam_http_network global_unicast = { { 0x20 }, 3 };
static const struct iam_http_network mapped = MAPPED(0, 0, 0, 0, 0);
/* Addresses in which one of IPv4 is: 6to4 after 2 bytes, NAT64 after 12. */
static const struct iam_http_network six_to_four = { { 0x20, 0x02 }, 16 };
static const struct iam_http_network nat64 = { { 0x00, 0x64, 0xff, 0x9b }, 96 };
/* clang-format on */

static void map_v4(const uint8_t v4[4], uint8_t ret[16])
{
    memset(ret, 0, V4_AT);
    memset(ret + V4_AT - 2, 0xff, 2);
    memcpy(ret + V4_AT, v4, 4);
}

static bool read_address(const struct sockaddr *address, socklen_t len, uint8_t ret[16])
{
    if (address->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof(v4));
        map_v4((const uint8_t *)&v4.sin_addr, ret);
        return true;
    }
    if (address->sa_family == AF_INET6 && len >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof(v6));
        memcpy(ret, &v6.sin6_addr, 16);
        return true;
    }
    return false;
}

static bool is_in(const struct iam_http_network *networks, size_t count, const uint8_t address[16])
{
    for (size_t i = 0; i < count; i++) {
        if (iam_http_network_has(&networks[i], address)) {
            return true;
        }
    }
    return false;
}

static bool is_public(const uint8_t address[16])
{
    uint8_t inner[16];
    if (iam_http_network_has(&six_to_four, address)) {
        map_v4(address + 2, inner);
        return is_public(inner);
    }
    if (iam_http_network_has(&nat64, address)) {
        map_v4(address + V4_AT, inner);
        return is_public(inner);
    }
    bool is_routed =
        iam_http_network_has(&mapped, address) || iam_http_network_has(&global_unicast, address);
    return is_routed && !is_in(not_public, IAM_COUNT(not_public), address);
}

bool iam_fetch_may_connect(const struct sockaddr *address, socklen_t len,
                           const struct iam_fetch_networks *allowed)
{
    uint8_t bytes[16];
    if (!read_address(address, len, bytes)) {
        return false;
    }
    return is_public(bytes) || is_in(allowed->items, allowed->count, bytes);
}
