/* SPDX-License-Identifier: Apache-2.0 */
#include "way_rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/heap.h"
#include "server/bootstrap.h"
#include "store/access_key.h"
#include "store/user.h"

void way_begin(struct way *w)
{
    *w = (struct way){
        .dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    /* In memory where that is possible: the tests end thousands of transactions. */
    (void)snprintf(w->path, sizeof(w->path), "%s/iamd-way-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(w->path));
    (void)unsetenv("IAMD_MASTER_KEY");
    (void)unsetenv("CREDENTIALS_DIRECTORY");
}

static enum iam_status open_store(struct way *w)
{
    integrity_init(&w->integrity, NULL);
    struct iam_store_options options = { .path = way_file(w, "iamd.db"),
                                         .sealer = integrity_sealer(&w->integrity),
                                         .is_sealed = sealed_is_noted(w->path),
                                         .seals_later = true };
    return iam_store_open(&options, &w->store, w->error);
}

enum iam_status way_open(struct way *w)
{
    struct server_config config = { .data_dir = w->path, .account_id = WAY_ACCOUNT };
    IAM_TRY(data_dir_open(&w->dir, w->path, w->error));
    IAM_TRY(open_store(w));
    IAM_TRY(keys_open(&w->dir, w->store, iam_heap(), &w->keeper, w->error));
    integrity_use(&w->integrity, w->keeper);
    IAM_TRY(sealed_make(w->path, w->store));
    IAM_TRY(bootstrap(&config, w->store, w->keeper, WAY_NOW_MS, w->error));
    IAM_TRY(keys_settle(&w->dir, w->store, w->keeper, WAY_NOW_MS, w->error));
    w->rotate = (struct rotate){ .dir = &w->dir, .store = w->store, .keeper = w->keeper };
    return rotate_look(&w->rotate);
}

void way_close(struct way *w)
{
    iam_store_close(w->store);
    iam_keeper_free(w->keeper);
    w->store = NULL;
    w->keeper = NULL;
    data_dir_close(&w->dir);
}

const char *way_file(const struct way *w, const char *name)
{
    static char path[400];
    (void)snprintf(path, sizeof(path), "%s/%s", w->path, name);
    return path;
}

bool way_has(const struct way *w, const char *name)
{
    struct stat st;
    return lstat(way_file(w, name), &st) == 0;
}

void way_end(struct way *w)
{
    DIR *dir = opendir(w->path);
    const struct dirent *entry;
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        (void)unlink(way_file(w, entry->d_name));
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    (void)rmdir(w->path);
}

struct way_fixture way_fixture;

int way_setup(void **state)
{
    (void)state;
    way_begin(&way_fixture.way);
    assert_ok(way_open(&way_fixture.way));
    iam_arena_init(&way_fixture.arena, iam_heap(), (size_t)4 << 20);
    return 0;
}

int way_teardown(void **state)
{
    (void)state;
    iam_arena_done(&way_fixture.arena);
    way_close(&way_fixture.way);
    way_end(&way_fixture.way);
    return 0;
}

static void add_key(struct way *w, struct iam_txn *txn, struct iam_arena *arena, unsigned number)
{
    char user_id[32];
    char key_id[32];
    struct iam_secret_text secret;
    (void)snprintf(user_id, sizeof(user_id), "AIDAUSER%05u", number);
    (void)snprintf(key_id, sizeof(key_id), "AKIAKEY%05u", number);
    struct iam_user user = { .id = iam_str_c(user_id),
                             .account = IAM_STR(WAY_ACCOUNT),
                             .name = iam_str_c(user_id),
                             .path = IAM_STR("/"),
                             .created_ms = WAY_NOW_MS };
    struct iam_access_key key = { .id = iam_str_c(key_id),
                                  .account = IAM_STR(WAY_ACCOUNT),
                                  .owner_id = iam_str_c(user_id),
                                  .is_active = true,
                                  .created_ms = WAY_NOW_MS };
    assert_ok(iam_store_user_add(txn, &user));
    assert_ok(iam_keeper_make_secret(w->keeper, key.id, arena, &key.sealed_secret, &secret));
    assert_ok(iam_store_access_key_add(txn, &key));
}

void way_add_keys(struct way *w, unsigned count)
{
    struct iam_arena arena;
    struct iam_txn *txn;
    iam_arena_init(&arena, iam_heap(), 8 << 20);
    assert_ok(iam_store_begin(w->store, IAM_TXN_WRITE, &txn));
    for (unsigned i = 1; i <= count; i++) {
        add_key(w, txn, &arena, i);
    }
    assert_ok(iam_txn_commit(txn));
    iam_arena_done(&arena);
}

/* Calls fn with every access key. */
static size_t each_key(struct way *w, bool (*fn)(struct way *w, struct iam_arena *arena,
                                                 const struct iam_access_key *key))
{
    struct iam_arena arena;
    struct iam_access_key_list keys = { 0 };
    struct iam_txn *txn;
    size_t n = 0;
    iam_arena_init(&arena, iam_heap(), 8 << 20);
    assert_ok(iam_store_begin(w->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_key_scan(txn, &arena, NULL, &keys));
    iam_txn_rollback(txn);
    for (size_t i = 0; i < keys.count; i++) {
        n += fn(w, &arena, &keys.items[i]) ? 1 : 0;
    }
    iam_arena_done(&arena);
    return n;
}

static bool opens(struct way *w, struct iam_arena *arena, const struct iam_access_key *key)
{
    (void)arena;
    assert_ok(iam_keeper_check_secret(w->keeper, key->id, key->sealed_secret));
    return true;
}

static bool is_old(struct way *w, struct iam_arena *arena, const struct iam_access_key *key)
{
    struct iam_str sealed;
    return iam_keeper_reseal_secret(w->keeper, key->id, key->sealed_secret, arena, &sealed) !=
           IAM_EXISTS;
}

size_t way_check_keys(struct way *w)
{
    return each_key(w, opens);
}

size_t way_old_keys(struct way *w)
{
    return each_key(w, is_old);
}

void way_work(struct way *w)
{
    for (int steps = 0; w->rotate.has_work; steps++) {
        assert_true(steps < 1000);
        assert_ok(rotate_step(&w->rotate));
    }
}
