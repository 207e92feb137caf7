/* SPDX-License-Identifier: Apache-2.0 */
/* IP addresses as 16 bytes, those of IPv4 as IPv4-mapped IPv6, and networks of them. */
#pragma once

#include "http/http.h"

/* Tells whether address lies in the network. */
bool iam_http_network_has(const struct iam_http_network *network, const uint8_t address[16]);
