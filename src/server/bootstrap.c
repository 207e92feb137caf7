/* SPDX-License-Identifier: Apache-2.0 */
#include "server/bootstrap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/heap.h"
#include "model/id.h"
#include "store/access_key.h"
#include "store/account.h"

#define ARENA_BYTES (1u << 20)
#define PATH_BYTES 4096
/* As many cannot all be damaged where the others are not. */
#define KEYS_TRIED 32

struct root_key {
    struct iam_str id;
    struct iam_str sealed;
    struct iam_secret_text secret; /* set only when the key was made here */
    bool is_made;
};

static enum iam_status fail(char *error, enum iam_status st, const char *what)
{
    (void)snprintf(error, BOOTSTRAP_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

/* ---- the account ID ---- */

static enum iam_status choose_account(const struct server_config *c, struct iam_arena *arena,
                                      struct iam_str *ret)
{
    if (c->account_id != NULL) {
        *ret = iam_str_c(c->account_id);
        return IAM_OK;
    }
    uint64_t n;
    IAM_TRY(iam_keeper_random(&n, sizeof(n)));
    /* Twelve digits, the first not zero, as AWS assigns them. */
    return iam_arena_fmt(arena, ret, "%llu",
                         (unsigned long long)(100000000000ULL + n % 900000000000ULL));
}

/* ---- the root key ---- */

static bool is_key_id(struct iam_str id)
{
    /* A temporary key is refused: its secret would be in a token. */
    return id.len >= IAM_ACCESS_KEY_ID_MIN && iam_access_key_id_is_valid(id) &&
           !iam_id_is_temporary(id);
}

static enum iam_status given_key(const struct server_config *c, struct iam_keeper *keeper,
                                 struct iam_arena *arena, struct root_key *ret)
{
    ret->id = iam_str_c(c->root_access_key_id);
    IAM_ENSURE(is_key_id(ret->id), IAM_RANGE);
    return iam_keeper_seal_given_secret(keeper, ret->id, iam_str_c(c->root_secret_access_key),
                                        arena, &ret->sealed);
}

static enum iam_status made_key(struct iam_keeper *keeper, struct iam_arena *arena,
                                struct root_key *ret)
{
    uint8_t random[IAM_ID_RANDOM_BYTES];
    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    struct iam_unique_id id = iam_id_make(IAM_KIND_ACCESS_KEY, random);
    IAM_TRY(iam_arena_dup(arena, iam_id_str(&id), &ret->id));
    ret->is_made = true;
    return iam_keeper_make_secret(keeper, ret->id, arena, &ret->sealed, &ret->secret);
}

static enum iam_status write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR) {
            continue;
        }
        IAM_ENSURE(w > 0, IAM_IO);
        p += w;
        n -= (size_t)w;
    }
    return IAM_OK;
}

/*
 * Writes the file whole and to disk before the account exists; after a crash in between, the next
 * start overwrites it.
 */
static enum iam_status write_credentials(const char *dir, const struct root_key *key)
{
    char path[PATH_BYTES];
    char text[256];
    int n = snprintf(path, sizeof(path), "%s/root-credentials", dir);
    IAM_ENSURE(n > 0 && (size_t)n < sizeof(path), IAM_LIMIT);
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    IAM_ENSURE(fd >= 0, IAM_IO);
    n = snprintf(text, sizeof(text), "access_key_id=%.*s\nsecret_access_key=%s\n",
                 IAM_STR_ARG(key->id), key->secret.text);
    enum iam_status st =
        n > 0 && (size_t)n < sizeof(text) ? write_all(fd, text, (size_t)n) : IAM_LIMIT;
    if (st == IAM_OK && fsync(fd) != 0) {
        st = IAM_IO;
    }
    (void)close(fd);
    iam_wipe(text, sizeof(text));
    return st;
}

/* ---- first start ---- */

static enum iam_status add_rows(struct iam_store *store, struct iam_str account,
                                const struct root_key *key, int64_t now_ms)
{
    struct iam_txn *txn;
    struct iam_account a = { .id = account, .name = IAM_STR(""), .created_ms = now_ms };
    struct iam_access_key k = { .id = key->id,
                                .account = account,
                                .owner_id = account,
                                .is_active = true,
                                .created_ms = now_ms,
                                .sealed_secret = key->sealed };
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    enum iam_status st = iam_store_account_add(txn, &a);
    if (st == IAM_OK) {
        st = iam_store_access_key_add(txn, &k);
    }
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    return iam_txn_commit(txn);
}

static enum iam_status make_first(const struct server_config *c, struct iam_store *store,
                                  struct iam_keeper *keeper, struct iam_arena *arena,
                                  int64_t now_ms, char *error)
{
    struct root_key key = { 0 };
    struct iam_str account;
    enum iam_status st = choose_account(c, arena, &account);
    if (st != IAM_OK) {
        return fail(error, st, "cannot choose an account ID");
    }
    st = c->root_access_key_id != NULL ? given_key(c, keeper, arena, &key)
                                       : made_key(keeper, arena, &key);
    if (st != IAM_OK) {
        return fail(
            error, st,
            "cannot use the root key: its ID must have 16 to 128 letters and digits and must "
            "not begin with ASIA, its secret must have 16 to 128 printable characters");
    }
    if (key.is_made) {
        st = write_credentials(c->data_dir, &key);
    }
    iam_wipe(&key.secret, sizeof(key.secret));
    if (st != IAM_OK) {
        return fail(error, st, "cannot write root-credentials");
    }
    st = add_rows(store, account, &key, now_ms - now_ms % 1000);
    return st == IAM_OK ? IAM_OK : fail(error, st, "cannot create the first account");
}

/* ---- later starts ---- */

/* Checks that the keeper opens one of a few secrets: with the right key, one may be damaged. */
static enum iam_status check_key(struct iam_txn *txn, struct iam_keeper *keeper,
                                 struct iam_arena *arena)
{
    struct iam_access_key_list keys = { 0 };
    IAM_TRY(iam_store_access_key_sample(txn, arena, KEYS_TRIED, &keys));
    enum iam_status st = IAM_OK;
    for (size_t i = 0; i < keys.count; i++) {
        st = iam_keeper_check_secret(keeper, keys.items[i].id, keys.items[i].sealed_secret);
        if (st != IAM_CORRUPT) {
            return st;
        }
    }
    return st;
}

static enum iam_status check_existing(const struct server_config *c, struct iam_txn *txn,
                                      struct iam_keeper *keeper, struct iam_arena *arena,
                                      char *error)
{
    struct iam_account account;
    if (c->account_id != NULL) {
        enum iam_status st = iam_store_account_get(txn, arena, iam_str_c(c->account_id), &account);
        if (st != IAM_OK) {
            return fail(error, st, "the account of --account-id is not in this data directory");
        }
    }
    enum iam_status st = check_key(txn, keeper, arena);
    return st == IAM_OK ? IAM_OK
                        : fail(error, st, "the master key is not the one that sealed this store");
}

static enum iam_status look(const struct server_config *c, struct iam_store *store,
                            struct iam_keeper *keeper, struct iam_arena *arena,
                            int64_t *ret_accounts, char *error)
{
    struct iam_txn *txn;
    enum iam_status st = iam_store_begin(store, IAM_TXN_READ, &txn);
    if (st != IAM_OK) {
        return fail(error, st, "cannot read the store");
    }
    st = iam_store_account_count(txn, ret_accounts);
    if (st != IAM_OK) {
        st = fail(error, st, "cannot read the store");
    } else if (*ret_accounts > 0) {
        st = check_existing(c, txn, keeper, arena, error);
    }
    iam_txn_rollback(txn);
    return st;
}

enum iam_status bootstrap(const struct server_config *config, struct iam_store *store,
                          struct iam_keeper *keeper, int64_t now_ms,
                          char error_text[BOOTSTRAP_ERROR_MAX])
{
    struct iam_arena arena;
    int64_t accounts = 0;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = look(config, store, keeper, &arena, &accounts, error_text);
    if (st == IAM_OK && accounts == 0) {
        st = make_first(config, store, keeper, &arena, now_ms, error_text);
    }
    iam_arena_done(&arena);
    return st;
}
