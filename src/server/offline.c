/* SPDX-License-Identifier: Apache-2.0 */
#include "server/offline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/heap.h"
#include "server/bootstrap.h"
#include "server/clock.h"
#include "store/account.h"

#define CONNECTIONS 2

_Static_assert(BOOTSTRAP_ERROR_MAX <= DATA_DIR_ERROR_MAX, "why there is no account fits");

static enum iam_status open_store(struct offline *o, char error[DATA_DIR_ERROR_MAX])
{
    char path[DATA_DIR_PATH_MAX];
    char why[IAM_STORE_ERROR_MAX];
    struct iam_store_options options = { .path = path,
                                         .max_connections = CONNECTIONS,
                                         .is_sealed = sealed_is_noted(o->dir.path),
                                         .seals_later = true };
    integrity_init(&o->integrity, NULL);
    options.sealer = integrity_sealer(&o->integrity);
    IAM_TRY(data_dir_join(&o->dir, "iamd.db", path));
    enum iam_status st = iam_store_open(&options, &o->store, why);
    if (st != IAM_OK) {
        (void)snprintf(error, DATA_DIR_ERROR_MAX, "cannot open the store: %s", why);
    }
    return st;
}

static enum iam_status open_audit(struct offline *o, const struct server_config *config,
                                  char error[DATA_DIR_ERROR_MAX])
{
    char path[DATA_DIR_PATH_MAX];
    const char *file = config->audit_path;
    if (file == NULL) {
        IAM_TRY(data_dir_join(&o->dir, "audit.jsonl", path));
        file = path;
    }
    enum iam_status st = files_check_at(AT_FDCWD, file, file, FILES_STREAM, error);
    if (st != IAM_OK && st != IAM_NOT_FOUND) {
        return st;
    }
    st = audit_open(file, &o->audit);
    if (st != IAM_OK) {
        (void)snprintf(error, DATA_DIR_ERROR_MAX, "cannot open the audit file '%.1000s': %s", file,
                       strerrordesc_np(errno));
    }
    return st;
}

static enum iam_status fail(char error[DATA_DIR_ERROR_MAX], enum iam_status st, const char *what)
{
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

/* Makes the account when the store has none, as the first start of a server does. */
static enum iam_status make_account(struct offline *o, const struct server_config *config,
                                    const char *account, char error[DATA_DIR_ERROR_MAX])
{
    struct server_config first = *config;
    struct iam_txn *txn;
    int64_t count = 0;
    enum iam_status st = iam_store_begin(o->store, IAM_TXN_READ, &txn);
    if (st == IAM_OK) {
        st = iam_store_account_count(txn, &count);
        iam_txn_rollback(txn);
    }
    if (st != IAM_OK) {
        return fail(error, st, "cannot read the store");
    }
    first.account_id = account;
    o->is_new = count == 0;
    return count == 0 ? bootstrap(&first, o->store, o->keeper, clock_now_ms(), error) : IAM_OK;
}

/* Opens what is in a directory; account, unless it is NULL, is made when there is none. */
static enum iam_status open_parts(struct offline *o, const struct server_config *config,
                                  const char *account, char error[DATA_DIR_ERROR_MAX])
{
    IAM_TRY(open_store(o, error));
    IAM_TRY(keys_open(&o->dir, o->store, iam_heap(), &o->keeper, error));
    integrity_use(&o->integrity, o->keeper);
    enum iam_status st = sealed_make(o->dir.path, o->store);
    if (st != IAM_OK) {
        return fail(error, st, "cannot give the rows of the store MACs");
    }
    if (account != NULL) {
        IAM_TRY(make_account(o, config, account, error));
    }
    IAM_TRY(keys_settle(&o->dir, o->store, o->keeper, clock_now_ms(), error));
    return open_audit(o, config, error);
}

enum iam_status offline_open(struct offline *o, const struct server_config *config,
                             char error[DATA_DIR_ERROR_MAX])
{
    *o = (struct offline){ 0 };
    error[0] = '\0';
    IAM_TRY(data_dir_open_store(&o->dir, config->data_dir, error));
    return open_parts(o, config, NULL, error);
}

enum iam_status offline_open_or_make(struct offline *o, const struct server_config *config,
                                     const char *account, char error[DATA_DIR_ERROR_MAX])
{
    *o = (struct offline){
        .dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    error[0] = '\0';
    enum iam_status st = IAM_NOT_FOUND;
    if (data_dir_is_there(config->data_dir)) {
        st = data_dir_open_store(&o->dir, config->data_dir, error);
    }
    if (st == IAM_NOT_FOUND) {
        data_dir_close(&o->dir);
        st = data_dir_open(&o->dir, config->data_dir, error);
    }
    return st == IAM_OK ? open_parts(o, config, account, error) : st;
}

enum iam_status offline_find_account(const struct server_config *config, struct iam_txn *txn,
                                     struct iam_arena *arena, struct iam_str *ret,
                                     char error[DATA_DIR_ERROR_MAX])
{
    struct iam_account_list list = { 0 };
    struct iam_account account;
    if (config->account_id != NULL) {
        *ret = iam_str_c(config->account_id);
        enum iam_status st = iam_store_account_get(txn, arena, *ret, &account);
        return st == IAM_OK
                   ? IAM_OK
                   : fail(error, st, "the account of --account-id is not in this data directory");
    }
    enum iam_status st = iam_store_account_list(txn, arena, NULL, &list);
    if (st != IAM_OK) {
        return fail(error, st, "cannot read the store");
    }
    if (list.count != 1) {
        return fail(error, IAM_RANGE, "there is more than one account, name one with --account-id");
    }
    *ret = list.items[0].id;
    return IAM_OK;
}

void offline_close(struct offline *o)
{
    audit_close(o->audit);
    iam_store_close(o->store);
    iam_keeper_free(o->keeper);
    data_dir_close(&o->dir);
}
