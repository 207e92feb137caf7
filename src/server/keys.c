/* SPDX-License-Identifier: Apache-2.0 */
#include "server/keys.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/heap.h"
#include "server/log.h"
#include "store/access_key.h"
#include "store/account.h"

#define ARENA_BYTES (1u << 20)
/* As many cannot all be damaged where the others are not. */
#define KEYS_TRIED 32

/* What the store says about its keys. */
struct kept {
    int64_t accounts;
    struct iam_key_generation_list generations;
    struct iam_key_wrap_list wraps;
};

static enum iam_status fail(char error[DATA_DIR_ERROR_MAX], enum iam_status st, const char *what)
{
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

/* Tells whether the master key comes from the environment or a credential. */
static bool is_outside(const struct data_dir *d)
{
    char path[DATA_DIR_PATH_MAX];
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    if (getenv("IAMD_MASTER_KEY") != NULL || d->path == NULL) {
        return true;
    }
    int n =
        credentials == NULL ? -1 : snprintf(path, sizeof(path), "%s/iamd-master-key", credentials);
    return n > 0 && (size_t)n < sizeof(path) && access(path, F_OK) == 0;
}

static enum iam_status read_kept(struct iam_store *store, struct iam_arena *arena, struct kept *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_account_count(txn, &ret->accounts);
    if (st == IAM_OK) {
        st = iam_store_generation_list(txn, arena, &ret->generations);
    }
    if (st == IAM_OK) {
        st = iam_store_wrap_list(txn, arena, &ret->wraps);
    }
    iam_txn_rollback(txn);
    return st;
}

/* Collects what the master key has sealed, in the order of the generations. */
static enum iam_status entries_of(const struct kept *kept, const char *master_id,
                                  struct iam_arena *arena, struct iam_ring_entry **ret,
                                  size_t *ret_count)
{
    struct iam_ring_entry *entries =
        iam_arena_zalloc(arena, kept->wraps.count + 1, sizeof(*entries));
    IAM_ENSURE(entries != NULL, IAM_NOMEM);
    *ret_count = 0;
    for (size_t i = 0; i < kept->wraps.count; i++) {
        const struct iam_key_wrap *w = &kept->wraps.items[i];
        if (iam_str_eq(w->master_id, iam_str_c(master_id))) {
            entries[(*ret_count)++] = (struct iam_ring_entry){ w->generation, w->sealed };
        }
    }
    *ret = entries;
    return IAM_OK;
}

/* Tells whether the master key of this name opens every generation of the store. */
static bool opens(const struct kept *kept, const char *master_id)
{
    size_t count = 0;
    for (size_t i = 0; i < kept->wraps.count; i++) {
        count += iam_str_eq(kept->wraps.items[i].master_id, iam_str_c(master_id)) ? 1 : 0;
    }
    return count > 0 && count == kept->generations.count;
}

/* ---- which key ---- */

/*
 * Gives `master.key.next` the name `master.key` when the store knows it: a rotation, or a first
 * start, was interrupted. It is removed when the store does not.
 */
static enum iam_status finish_interrupted(const struct data_dir *d, const struct kept *kept,
                                          char error[DATA_DIR_ERROR_MAX])
{
    char path[DATA_DIR_PATH_MAX];
    char id[IAM_MASTER_ID_LEN + 1];
    if (kept->accounts == 0 || !data_dir_has(d, KEYS_NEXT_FILE)) {
        return IAM_OK;
    }
    IAM_TRY(data_dir_join(d, KEYS_NEXT_FILE, path));
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = path };
    IAM_TRY(iam_master_id_of(&config, id, error, DATA_DIR_ERROR_MAX));
    bool ok = opens(kept, id) ? data_dir_rename(d, KEYS_NEXT_FILE, KEYS_FILE)
                              : unlinkat(d->fd, KEYS_NEXT_FILE, 0) == 0;
    return ok ? IAM_OK : fail(error, IAM_IO, "cannot rename or remove " KEYS_NEXT_FILE);
}

/* Removes what a process that was killed while it made a key file has left: a copy of the key. */
static void remove_strays(const struct data_dir *d)
{
    int fd = dup(d->fd);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    if (dir == NULL) {
        return;
    }
    rewinddir(dir);
    while ((entry = readdir(dir)) != NULL) {
        if (iam_str_starts(iam_str_c(entry->d_name), IAM_STR(KEYS_NEXT_FILE ".new."))) {
            (void)unlinkat(d->fd, entry->d_name, 0);
        }
    }
    (void)closedir(dir);
}

static enum iam_status refuse_missing(const struct data_dir *d, char error[DATA_DIR_ERROR_MAX])
{
    (void)snprintf(error, DATA_DIR_ERROR_MAX,
                   "'%s/" KEYS_FILE "' is missing, and the store was sealed with a master key: put "
                   "the file back from where it is kept, or set IAMD_MASTER_KEY; without it no "
                   "access key of this store can be used",
                   d->path);
    return IAM_DENIED;
}

/* Finds the file that opens the store, and leaves all as it is. */
static enum iam_status find_file(const struct data_dir *d, const struct kept *kept,
                                 char path[DATA_DIR_PATH_MAX], char error[DATA_DIR_ERROR_MAX])
{
    char id[IAM_MASTER_ID_LEN + 1];
    if (data_dir_has(d, KEYS_NEXT_FILE)) {
        IAM_TRY(data_dir_join(d, KEYS_NEXT_FILE, path));
        struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = path };
        IAM_TRY(iam_master_id_of(&config, id, error, DATA_DIR_ERROR_MAX));
        if (opens(kept, id)) {
            return IAM_OK;
        }
    }
    IAM_ENSURE(data_dir_has(d, KEYS_FILE), refuse_missing(d, error));
    return data_dir_join(d, KEYS_FILE, path);
}

/* Finds the file with the master key; one that is missing will be made. */
static enum iam_status choose_file(const struct data_dir *d, const struct kept *kept,
                                   char path[DATA_DIR_PATH_MAX], char error[DATA_DIR_ERROR_MAX])
{
    if (kept->accounts == 0) {
        return data_dir_join(d, KEYS_NEXT_FILE, path);
    }
    IAM_TRY(finish_interrupted(d, kept, error));
    IAM_ENSURE(data_dir_has(d, KEYS_FILE), refuse_missing(d, error));
    return data_dir_join(d, KEYS_FILE, path);
}

static enum iam_status new_keeper(const struct data_dir *d, const struct kept *kept,
                                  const struct iam_alloc *alloc, struct iam_keeper **ret,
                                  char error[DATA_DIR_ERROR_MAX])
{
    char path[DATA_DIR_PATH_MAX];
    struct iam_keeper_config config = { .alloc = alloc,
                                        .key_base64 = getenv("IAMD_MASTER_KEY"),
                                        .credentials_dir = getenv("CREDENTIALS_DIRECTORY") };
    if (!d->is_key_outside && d->is_read_only) {
        IAM_TRY(find_file(d, kept, path, error));
        config.key_file = path;
    } else if (!d->is_key_outside) {
        remove_strays(d);
        IAM_TRY(choose_file(d, kept, path, error));
        config.key_file = path;
    }
    return iam_keeper_new(&config, ret, error, DATA_DIR_ERROR_MAX);
}

/* ---- the ring ---- */

static enum iam_status open_ring(const struct kept *kept, struct iam_keeper *keeper,
                                 struct iam_arena *arena)
{
    char id[IAM_MASTER_ID_LEN + 1];
    struct iam_ring_entry *entries = NULL;
    size_t count = 0;
    iam_keeper_master_id(keeper, id);
    IAM_ENSURE(opens(kept, id), IAM_CORRUPT);
    IAM_TRY(entries_of(kept, id, arena, &entries, &count));
    return iam_keeper_open_ring(keeper, entries, count);
}

enum iam_status keys_reload(struct iam_store *store, struct iam_keeper *keeper)
{
    struct iam_arena arena;
    struct kept kept = { 0 };
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = read_kept(store, &arena, &kept);
    if (st == IAM_OK) {
        st = kept.wraps.count == 0 ? IAM_NOT_FOUND : open_ring(&kept, keeper, &arena);
    }
    iam_arena_done(&arena);
    return st;
}

static enum iam_status read_sample(struct iam_store *store, struct iam_arena *arena,
                                   struct iam_access_key_list *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_access_key_sample(txn, arena, KEYS_TRIED, ret);
    iam_txn_rollback(txn);
    return st;
}

/*
 * Checks that the keeper opens one of a few secrets: with the right key, one may be damaged. It is
 * done before anything is written under the key, a MAC among that. IAM_CORRUPT.
 */
static enum iam_status check_key(struct iam_store *store, struct iam_keeper *keeper,
                                 struct iam_arena *arena)
{
    struct iam_access_key_list keys = { 0 };
    enum iam_status st = read_sample(store, arena, &keys);
    for (size_t i = 0; i < keys.count; i++) {
        st = iam_keeper_check_secret(keeper, keys.items[i].id, keys.items[i].sealed_secret);
        if (st != IAM_CORRUPT) {
            return st;
        }
    }
    return st;
}

static enum iam_status open_all(const struct data_dir *d, struct iam_store *store,
                                struct iam_arena *arena, const struct iam_alloc *alloc,
                                struct iam_keeper **ret, char error[DATA_DIR_ERROR_MAX])
{
    struct kept kept = { 0 };
    enum iam_status st = read_kept(store, arena, &kept);
    if (st != IAM_OK) {
        return fail(error, st, "cannot read the store");
    }
    if (kept.accounts == 0 && d->trace != NULL) {
        return data_dir_refuse_empty(d, error);
    }
    if (kept.accounts == 0 && d->is_read_only) {
        return fail(error, IAM_NOT_FOUND, "the store has no account yet");
    }
    (void)fail(error, IAM_FAULT, "cannot use the master key");
    IAM_TRY(new_keeper(d, &kept, alloc, ret, error));
    if (kept.accounts == 0) {
        return iam_keeper_first_ring(*ret);
    }
    st = kept.generations.count == 0 ? IAM_OK : open_ring(&kept, *ret, arena);
    if (st == IAM_OK) {
        st = check_key(store, *ret, arena);
    }
    return st != IAM_CORRUPT
               ? st
               : fail(error, st,
                      "the master key is not the one that sealed this store: give the key that "
                      "was in use when the store was last written, or put back the store that "
                      "belongs to this key");
}

enum iam_status keys_open(struct data_dir *d, struct iam_store *store,
                          const struct iam_alloc *alloc, struct iam_keeper **ret,
                          char error[DATA_DIR_ERROR_MAX])
{
    struct iam_arena arena;
    struct iam_keeper *keeper = NULL;
    d->is_key_outside = is_outside(d);
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = open_all(d, store, &arena, alloc, &keeper, error);
    iam_arena_done(&arena);
    if (st != IAM_OK) {
        iam_keeper_free(keeper);
        return st;
    }
    *ret = keeper;
    return IAM_OK;
}

enum iam_status keys_add_ring(struct iam_txn *txn, struct iam_keeper *keeper,
                              struct iam_arena *arena, int64_t now_ms)
{
    char id[IAM_MASTER_ID_LEN + 1];
    struct iam_ring_entry entry;
    enum iam_status st;
    iam_keeper_master_id(keeper, id);
    for (size_t i = 0; (st = iam_keeper_ring_entry(keeper, i, arena, &entry)) == IAM_OK; i++) {
        struct iam_key_wrap wrap = { .master_id = iam_str_c(id),
                                     .generation = entry.number,
                                     .rotation = entry.number,
                                     .sealed = entry.sealed };
        IAM_TRY(iam_store_generation_add(txn, entry.number, now_ms));
        IAM_TRY(iam_store_wrap_add(txn, &wrap));
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* ---- in order ---- */

/* Deletes what other master keys have sealed. */
static enum iam_status keep_only(struct iam_txn *txn, struct iam_keeper *keeper)
{
    char id[IAM_MASTER_ID_LEN + 1];
    iam_keeper_master_id(keeper, id);
    return iam_store_wrap_keep(txn, iam_str_c(id));
}

enum work { NOTHING, ADD_RING, KEEP_ONLY };

static enum work work_to_do(const struct data_dir *d, const struct kept *kept,
                            struct iam_keeper *keeper)
{
    char id[IAM_MASTER_ID_LEN + 1];
    if (kept->wraps.count == 0) {
        return ADD_RING;
    }
    if (kept->wraps.count == kept->generations.count) {
        return NOTHING;
    }
    iam_keeper_master_id(keeper, id);
    const struct iam_key_wrap *newest = &kept->wraps.items[kept->wraps.count - 1];
    if (iam_str_eq(newest->master_id, iam_str_c(id)) || !d->is_key_outside) {
        return KEEP_ONLY;
    }
    log_write(LOG_LEVEL_WARN,
              "the master key was rotated, but this start has the one of before: give the new key "
              "at the next start",
              NULL, 0);
    return NOTHING;
}

static enum iam_status do_work(enum work work, struct iam_store *store, struct iam_keeper *keeper,
                               struct iam_arena *arena, int64_t now_ms)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    enum iam_status st =
        work == ADD_RING ? keys_add_ring(txn, keeper, arena, now_ms) : keep_only(txn, keeper);
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    return iam_txn_commit(txn);
}

static enum iam_status settle(const struct data_dir *d, struct iam_store *store,
                              struct iam_keeper *keeper, struct iam_arena *arena, int64_t now_ms,
                              char error[DATA_DIR_ERROR_MAX])
{
    struct kept kept = { 0 };
    enum iam_status st = read_kept(store, arena, &kept);
    if (st != IAM_OK) {
        return fail(error, st, "cannot read the store");
    }
    if (!d->is_key_outside) {
        IAM_TRY(finish_interrupted(d, &kept, error));
    }
    enum work work = work_to_do(d, &kept, keeper);
    if (work != NOTHING && do_work(work, store, keeper, arena, now_ms) != IAM_OK) {
        log_write(LOG_LEVEL_WARN, "cannot put the keys of the store in order", NULL, 0);
    }
    return IAM_OK;
}

enum iam_status keys_settle(const struct data_dir *d, struct iam_store *store,
                            struct iam_keeper *keeper, int64_t now_ms,
                            char error[DATA_DIR_ERROR_MAX])
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = settle(d, store, keeper, &arena, now_ms, error);
    iam_arena_done(&arena);
    return st;
}
