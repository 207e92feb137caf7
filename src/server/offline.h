/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that work on the store of a data directory while no server does. */
#pragma once

#include "server/audit.h"
#include "server/config.h"
#include "server/integrity.h"
#include "server/keys.h"

struct offline {
    struct data_dir dir;
    struct integrity integrity;
    struct iam_store *store;
    struct iam_keeper *keeper;
    struct audit *audit;
    bool is_new; /* the account was made now */
};

/*
 * Opens everything as a server does: the locks, the store, the keeper, the audit trail. The store
 * must exist. IAM_CONFLICT when a server uses it; statuses as data_dir_open_store and keys_open. On
 * failure error says why; o is to be closed in every case.
 */
enum iam_status offline_open(struct offline *o, const struct server_config *config,
                             char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/*
 * Does what offline_open does; where there is no store, or one without an account, makes it with
 * that account, as the first start of a server does.
 */
enum iam_status offline_open_or_make(struct offline *o, const struct server_config *config,
                                     const char *account,
                                     char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/*
 * Finds the account of --account-id, or the only one there is, whose ID is in arena or in config.
 * On failure error says why: IAM_RANGE when there are several, IAM_NOT_FOUND, or as the store.
 */
enum iam_status offline_find_account(const struct server_config *config, struct iam_txn *txn,
                                     struct iam_arena *arena, struct iam_str *ret,
                                     char error[DATA_DIR_ERROR_MAX]) IAM_MUST_USE;
/* Closes what is open. */
void offline_close(struct offline *o);
