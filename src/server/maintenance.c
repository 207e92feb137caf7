/* SPDX-License-Identifier: Apache-2.0 */
#include "server/maintenance.h"

#include "server/log.h"
#include "store/change.h"

/* Changes are kept for those that apply them late; this node has applied all of them. */
#define KEPT_CHANGES 10000

static enum iam_status last_change(struct iam_store *store, int64_t *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_change_last(txn, ret);
    iam_txn_rollback(txn);
    return st;
}

/* Trims the changes once there are enough of them: the trim is a write of its own. */
static enum iam_status trim_changes(struct iam_store *store, bool *ret_is_read)
{
    static int64_t trimmed; /* used by the writer thread alone */
    struct iam_txn *txn;
    int64_t last = 0;
    IAM_TRY(last_change(store, &last));
    *ret_is_read = true;
    if (last - trimmed < 2 * KEPT_CHANGES) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    enum iam_status st = iam_store_change_trim(txn, last - KEPT_CHANGES);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    IAM_TRY(iam_txn_commit(txn));
    trimmed = last - KEPT_CHANGES;
    return IAM_OK;
}

static enum iam_status try_write(struct iam_store *store)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    enum iam_status st = iam_store_change_rewrite(txn);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    return iam_txn_commit(txn);
}

/* Begins and ends a write, which makes a store that had failed try to write again. */
static void try_to_begin(struct iam_store *store)
{
    struct iam_txn *txn;
    if (iam_store_begin(store, IAM_TXN_WRITE, &txn) == IAM_OK) {
        iam_txn_rollback(txn);
    }
}

/* Writes last-used data and the highest time. */
static enum iam_status write_own(const struct maintenance *m)
{
    if (m->watch != NULL && watch_keep(m->watch) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the time to the store", NULL, 0);
    }
    enum iam_status st = last_used_flush(m->last_used, m->store);
    if (st == IAM_OK) {
        st = service_uses_flush(m->service_uses, m->store);
    }
    if (st != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot write the last-used data", NULL, 0);
    }
    return st;
}

/*
 * Writes what is to be kept, unless the disk is full or the store has failed, and finds out whether
 * a store that took no change does so again.
 */
static void write_something(const struct maintenance *m)
{
    enum iam_status st = IAM_OK;
    iam_store_tend(m->store);
    if (iam_store_state(m->store) == IAM_STORE_FAILED) {
        try_to_begin(m->store);
    }
    enum iam_store_state state = iam_store_state(m->store);
    if (state == IAM_STORE_GOOD) {
        st = write_own(m);
    }
    if (state == IAM_STORE_GOOD && st == IAM_OK && health_has(m->health, HEALTH_WRITES_FAIL)) {
        st = try_write(m->store);
    }
    (void)health_set(m->health, HEALTH_WRITES_FAIL, st != IAM_OK);
    (void)health_set(m->health, HEALTH_STORE_FULL, state == IAM_STORE_SHORT);
    (void)health_set(m->health, HEALTH_STORE_FAILED, state == IAM_STORE_FAILED);
}

static void reopen_directory(const struct maintenance *m)
{
    bool ok = iam_directory_is_ready(m->directory) || iam_directory_refresh(m->directory) == IAM_OK;
    (void)health_set(m->health, HEALTH_DIRECTORY_CLOSED, !ok);
    if (!ok) {
        log_write(LOG_LEVEL_ERROR, "cannot load the directory from the store", NULL, 0);
    }
}

void maintenance_run(const struct maintenance *m, int64_t now_ms)
{
    write_something(m);
    reopen_directory(m);
    bool is_read = false;
    if (trim_changes(m->store, &is_read) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot trim old changes", NULL, 0);
    }
    (void)health_set(m->health, HEALTH_STORE_UNREADABLE, !is_read);
    trail_keep(m->trail, now_ms);
}
