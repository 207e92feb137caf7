/* SPDX-License-Identifier: Apache-2.0 */
/* The first start: the first account and its root key. */
#pragma once

#include "keeper/keeper.h"
#include "server/config.h"
#include "store/store.h"

#define BOOTSTRAP_ERROR_MAX 256

/*
 * Makes the first account when the store has none. Its ID is that of --account-id or random. Its
 * root key comes from the environment, or is made and written to DIR/root-credentials (mode 0600).
 * Otherwise checks that the account of --account-id, when given, exists, and that the keeper opens
 * what is stored: a wrong master key is seen here and not at the first request (IAM_CORRUPT). A
 * root key of the environment that is not in force is logged. On failure error_text
 * (NUL-terminated) says why, without a secret.
 */
enum iam_status bootstrap(const struct server_config *config, struct iam_store *store,
                          struct iam_keeper *keeper, int64_t now_ms,
                          char error_text[BOOTSTRAP_ERROR_MAX]) IAM_MUST_USE;
