/* SPDX-License-Identifier: Apache-2.0 */
#include "server/integrity.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "server/log.h"
#include "store/account.h"

#define PATH_BYTES 4096

_Static_assert(IAM_ROW_CODE_BYTES == IAM_ROW_MAC_BYTES, "the keeper's MACs are the store's");

static enum iam_status make_mac(void *ctx, struct iam_str bytes, uint8_t ret[IAM_ROW_MAC_BYTES])
{
    const struct integrity *i = ctx;
    IAM_ENSURE(i->is_over == NULL || !i->is_over(), IAM_CONFLICT);
    return i->keeper != NULL ? iam_keeper_row_mac(i->keeper, bytes, ret) : IAM_IO;
}

static enum iam_status check_mac(void *ctx, struct iam_str bytes,
                                 const uint8_t mac[IAM_ROW_MAC_BYTES])
{
    const struct integrity *i = ctx;
    return i->keeper != NULL ? iam_keeper_check_row_mac(i->keeper, bytes, mac) : IAM_IO;
}

/* Adds text to a hash (FNV-1a) that tells rows apart for the log, and is for nothing else. */
static uint64_t hash_of(uint64_t hash, struct iam_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        hash = (hash ^ (uint8_t)s.p[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* Remembers the row; false when it is known, or when too many are. */
static bool remember(struct integrity *i, struct iam_str table, struct iam_str key)
{
    uint64_t hash = hash_of(hash_of(UINT64_C(14695981039346656037), table), key);
    bool is_new = i->count < INTEGRITY_ROWS_MAX;

    for (size_t at = 0; at < i->count; at++) {
        is_new = is_new && i->rows[at] != hash;
    }
    if (is_new) {
        i->rows[i->count++] = hash;
    }
    return is_new;
}

static void broken(void *ctx, struct iam_str table, struct iam_str key)
{
    struct integrity *i = ctx;

    pthread_mutex_lock(&i->lock);
    bool is_new = remember(i, table, key);
    pthread_mutex_unlock(&i->lock);
    if (is_new) {
        log_write(LOG_LEVEL_EACH,
                  "a row of the store was altered or is damaged, what depends on it is denied",
                  LOG_FIELDS({ "table", table }, { "row", key }));
    }
    if (i->health != NULL) {
        (void)health_set(i->health, HEALTH_INTEGRITY, true);
    }
}

void integrity_init(struct integrity *i, struct health *health)
{
    *i = (struct integrity){ .health = health };
    (void)pthread_mutex_init(&i->lock, NULL);
}

void integrity_use(struct integrity *i, struct iam_keeper *keeper)
{
    i->keeper = keeper;
}

void integrity_until(struct integrity *i, bool (*is_over)(void))
{
    i->is_over = is_over;
}

struct iam_row_sealer integrity_sealer(struct integrity *i)
{
    return (
        struct iam_row_sealer){ .make = make_mac, .check = check_mac, .broken = broken, .ctx = i };
}

static bool note_path(const char *dir, char ret[PATH_BYTES])
{
    int n = snprintf(ret, PATH_BYTES, "%s/store-sealed", dir);
    return n > 0 && n < PATH_BYTES;
}

bool sealed_is_noted(const char *dir)
{
    char path[PATH_BYTES];
    return note_path(dir, path) && access(path, F_OK) == 0;
}

/* Notes it, on the disk. IAM_IO, with errno. */
static enum iam_status note(const char *dir)
{
    char path[PATH_BYTES];
    IAM_ENSURE(note_path(dir, path), IAM_IO);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    IAM_ENSURE(fd >= 0, IAM_IO);
    bool is_kept = fsync(fd) == 0;
    (void)close(fd);
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    is_kept = dir_fd >= 0 && fsync(dir_fd) == 0 && is_kept;
    if (dir_fd >= 0) {
        (void)close(dir_fd);
    }
    return is_kept ? IAM_OK : IAM_IO;
}

/* Finds out whether the store is in use, and whether its rows have been given MACs. */
static enum iam_status look(struct iam_store *store, int64_t *ret_accounts, bool *ret_has_macs)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_account_count(txn, ret_accounts);
    if (st == IAM_OK) {
        st = iam_store_has_macs(txn, ret_has_macs);
    }
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status give_macs(struct iam_store *store, bool is_in_use)
{
    if (is_in_use) {
        log_write(LOG_LEVEL_INFO, "giving the rows of the store MACs, which may take minutes", NULL,
                  0);
    }
    IAM_TRY(iam_store_seal(store));
    if (is_in_use) {
        log_write(LOG_LEVEL_WARN,
                  "the rows of the store have MACs from now on, what they said was taken for true",
                  NULL, 0);
    }
    return IAM_OK;
}

enum iam_status sealed_make(const char *dir, struct iam_store *store)
{
    int64_t accounts = 0;
    bool has_macs = false;
    if (dir != NULL && sealed_is_noted(dir)) {
        return IAM_OK;
    }
    IAM_TRY(look(store, &accounts, &has_macs));
    /* A copy that was put back without its note has them: what was altered in it is to be seen. */
    IAM_TRY(has_macs ? IAM_OK : give_macs(store, accounts > 0));
    return dir != NULL ? note(dir) : IAM_OK;
}
