/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include <arpa/inet.h>

#define V4_AT 12

/* Reads an address of either family. */
static bool parse_address(struct iam_str text, uint8_t ret[16], bool *ret_is_v4)
{
    char copy[INET6_ADDRSTRLEN];
    if (text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.p, text.len);
    copy[text.len] = '\0';
    memset(ret, 0, 16);
    *ret_is_v4 = memchr(copy, ':', text.len) == NULL;
    if (*ret_is_v4) {
        memset(ret + V4_AT - 2, 0xff, 2);
        return inet_pton(AF_INET, copy, ret + V4_AT) == 1;
    }
    return inet_pton(AF_INET6, copy, ret) == 1;
}

enum iam_status iam_http_network_parse(struct iam_str text, struct iam_http_network *ret)
{
    struct iam_http_network network = { .bits = 128 };
    size_t slash = iam_str_find(text, '/', 0);
    uint64_t bits = 0;
    bool is_v4 = false;
    IAM_ENSURE(parse_address(iam_str_sub(text, 0, slash), network.address, &is_v4), IAM_RANGE);
    if (slash < text.len) {
        IAM_ENSURE(iam_str_to_u64(iam_str_sub(text, slash + 1, text.len), is_v4 ? 32 : 128,
                                  &bits) == IAM_OK,
                   IAM_RANGE);
        network.bits = (unsigned)bits + (is_v4 ? 8 * V4_AT : 0);
    }
    *ret = network;
    return IAM_OK;
}

bool iam_http_network_has(const struct iam_http_network *network, const uint8_t address[16])
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(network->address, address, whole) != 0) {
        return false;
    }
    return rest == 0 || (network->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}
