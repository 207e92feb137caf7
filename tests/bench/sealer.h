/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper as the sealer of rows, as the server has it. */
#pragma once

#include "keeper/keeper.h"
#include "store/store.h"

static inline enum iam_status bench_row_mac(void *ctx, struct iam_str bytes,
                                            uint8_t ret[IAM_ROW_MAC_BYTES])
{
    return iam_keeper_row_mac(ctx, bytes, ret);
}

static inline enum iam_status bench_check_row_mac(void *ctx, struct iam_str bytes,
                                                  const uint8_t mac[IAM_ROW_MAC_BYTES])
{
    return iam_keeper_check_row_mac(ctx, bytes, mac);
}

static inline struct iam_store_options bench_store_options(struct iam_keeper *k, const char *path)
{
    return (struct iam_store_options){
        .path = path, .sealer = {.make = bench_row_mac, .check = bench_check_row_mac, .ctx = k}
    };
}
