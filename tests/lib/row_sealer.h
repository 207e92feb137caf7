/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sealer for tests of what lies above or beside the keeper: its MACs tell changes apart and are
 * worth nothing against anybody who wants to forge one.
 */
#pragma once

#include "store/store.h"

static inline enum iam_status test_row_mac(void *ctx, struct iam_str bytes,
                                           uint8_t ret[IAM_ROW_MAC_BYTES])
{
    (void)ctx;
    for (size_t lane = 0; lane < IAM_ROW_MAC_BYTES; lane++) {
        uint64_t hash = UINT64_C(14695981039346656037) + lane;

        for (size_t i = 0; i < bytes.len; i++) {
            hash = (hash ^ (uint8_t)bytes.p[i]) * UINT64_C(1099511628211);
        }
        ret[lane] = (uint8_t)(hash >> 40);
    }
    return IAM_OK;
}

static inline enum iam_status test_check_row_mac(void *ctx, struct iam_str bytes,
                                                 const uint8_t mac[IAM_ROW_MAC_BYTES])
{
    uint8_t ours[IAM_ROW_MAC_BYTES];

    (void)test_row_mac(ctx, bytes, ours);
    return memcmp(ours, mac, sizeof(ours)) == 0 ? IAM_OK : IAM_CORRUPT;
}

#define TEST_ROW_SEALER                                   \
    {                                                     \
        .make = test_row_mac, .check = test_check_row_mac \
    }
