/* SPDX-License-Identifier: Apache-2.0 */
#include "server/maintenance.h"

#include "server/log.h"
#include "store/change.h"

/* Changes are kept for those that apply them late; this node has applied all of them. */
#define KEPT_CHANGES 10000

/* Trims the changes once there are enough of them: the trim is a write of its own. */
static enum iam_status trim_changes(struct iam_store *store)
{
    static int64_t trimmed; /* used by the writer thread alone */
    struct iam_txn *txn;
    int64_t last = 0;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_change_last(txn, &last);
    iam_txn_rollback(txn);
    IAM_TRY(st);
    if (last - trimmed < 2 * KEPT_CHANGES) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    st = iam_store_change_trim(txn, last - KEPT_CHANGES);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    IAM_TRY(iam_txn_commit(txn));
    trimmed = last - KEPT_CHANGES;
    return IAM_OK;
}

void maintenance_run(struct iam_store *store, struct iam_directory *directory,
                     struct last_used *last_used, struct watch *watch)
{
    if (watch_keep(watch) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the time to the store", NULL, 0);
    }
    if (last_used_flush(last_used, store) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the last-used data", NULL, 0);
    }
    if (!iam_directory_is_ready(directory) && iam_directory_refresh(directory) != IAM_OK) {
        log_write(LOG_LEVEL_ERROR, "cannot load the directory from the store", NULL, 0);
    }
    if (trim_changes(store) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot trim old changes", NULL, 0);
    }
}
