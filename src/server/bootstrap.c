/* SPDX-License-Identifier: Apache-2.0 */
#include "server/bootstrap.h"

#include <stdio.h>

#include "base/ct.h"
#include "base/heap.h"
#include "server/keys.h"
#include "server/log.h"
#include "server/root_key.h"
#include "store/access_key.h"
#include "store/account.h"

#define ARENA_BYTES (1u << 20)

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

/* ---- first start ---- */

static enum iam_status add_rows(struct iam_store *store, struct iam_keeper *keeper,
                                struct iam_arena *arena, struct iam_str account,
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
    if (st == IAM_OK) {
        st = keys_add_ring(txn, keeper, arena, now_ms);
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
    st = root_key_choose(c, keeper, arena, &key);
    if (st != IAM_OK) {
        return fail(error, st, ROOT_KEY_RULE);
    }
    if (key.is_made) {
        st = root_key_write(c->data_dir, ROOT_KEY_FILE, &key);
    }
    iam_wipe(&key.secret, sizeof(key.secret));
    if (st != IAM_OK) {
        return fail(error, st, "cannot write root-credentials");
    }
    st = add_rows(store, keeper, arena, account, &key, now_ms - now_ms % 1000);
    if (st != IAM_OK) {
        return fail(error, st, "cannot create the first account");
    }
    if (c->command == COMMAND_SERVE) {
        log_write(LOG_LEVEL_INFO, "a new account was made: there was no store",
                  LOG_FIELDS({ "account", account }, { "rootAccessKeyId", key.id },
                             { "secretIsIn", key.is_made ? IAM_STR(ROOT_KEY_FILE)
                                                         : IAM_STR("the environment") }));
    }
    return IAM_OK;
}

/* ---- later starts ---- */

/* Finds why the root key of the environment is not in force; NULL when it is, or none was given. */
static const char *why_ignored(const struct server_config *c, struct iam_txn *txn,
                               struct iam_keeper *keeper, struct iam_arena *arena)
{
    struct iam_access_key key;
    if (c->root_access_key_id == NULL) {
        return NULL;
    }
    struct iam_str id = iam_str_c(c->root_access_key_id);
    struct iam_str secret = iam_str_c(c->root_secret_access_key);
    if (iam_store_access_key_get(txn, arena, id, &key) != IAM_OK ||
        !iam_str_eq(key.owner_id, key.account)) {
        return "IAMD_ROOT_ACCESS_KEY_ID is ignored: the store has other root access keys; "
               "iamd reset-root replaces them";
    }
    if (iam_keeper_compare_secret(keeper, id, key.sealed_secret, secret) == IAM_CONFLICT) {
        return "IAMD_ROOT_SECRET_ACCESS_KEY is ignored: the store has another secret for this "
               "root access key; iamd reset-root replaces it";
    }
    return key.is_active ? NULL
                         : "IAMD_ROOT_ACCESS_KEY_ID is ignored: this root access key is "
                           "inactive; iamd reset-root makes another";
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
    const char *ignored = why_ignored(c, txn, keeper, arena);
    if (ignored != NULL) {
        log_write(LOG_LEVEL_WARN, ignored, NULL, 0);
    }
    return IAM_OK;
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
