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

static void tell_state(struct iam_store *store, struct health *health)
{
    enum iam_store_state state = iam_store_state(store);
    bool is_full = state == IAM_STORE_SHORT;
    bool is_failed = state == IAM_STORE_FAILED;

    if (health_set(health, HEALTH_STORE_FULL, is_full)) {
        log_write(is_full ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
                  is_full ? "the disk of the store is full: nothing new can be made"
                          : "the store has its reserve of space again",
                  NULL, 0);
    }
    if (health_set(health, HEALTH_STORE_FAILED, is_failed)) {
        log_write(is_failed ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO,
                  is_failed ? "a commit failed and cannot be taken back: nothing is written"
                            : "the store can be written again",
                  NULL, 0);
    }
}

/* Begins and ends a write, which makes a store that had failed try to write again. */
static void try_to_write(struct iam_store *store)
{
    struct iam_txn *txn;

    if (iam_store_begin(store, IAM_TXN_WRITE, &txn) == IAM_OK) {
        iam_txn_rollback(txn);
    }
}

void maintenance_run(struct iam_store *store, struct iam_directory *directory,
                     struct last_used *last_used, struct health *health)
{
    iam_store_tend(store);
    if (iam_store_state(store) == IAM_STORE_FAILED) {
        try_to_write(store);
    }
    if (iam_store_state(store) == IAM_STORE_GOOD && last_used_flush(last_used, store) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the last-used data", NULL, 0);
    }
    if (!iam_directory_is_ready(directory) && iam_directory_refresh(directory) != IAM_OK) {
        log_write(LOG_LEVEL_ERROR, "cannot load the directory from the store", NULL, 0);
    }
    if (trim_changes(store) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot trim old changes", NULL, 0);
    }
    tell_state(store, health);
}
