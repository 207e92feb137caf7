/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iamd reset-root. The credentials are in a file of another name before the store has the key, so a
 * process that is killed leaves the old keys or the new one, and running it again helps in every
 * case.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/heap.h"
#include "server/audit_local.h"
#include "server/clock.h"
#include "server/commands.h"
#include "server/offline.h"
#include "server/root_key.h"
#include "store/access_key.h"

#define ARENA_BYTES (1u << 20)
#define NEXT_FILE ROOT_KEY_FILE ".next"

static enum iam_status fail(char error[DATA_DIR_ERROR_MAX], enum iam_status st, const char *what)
{
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

/* Deletes every root key of the account and adds the new one. */
static enum iam_status replace(struct iam_txn *txn, struct iam_arena *arena, struct iam_str account,
                               const struct root_key *key, int64_t now_ms)
{
    struct iam_access_key_list keys = { 0 };
    struct iam_access_key row = { .id = key->id,
                                  .account = account,
                                  .owner_id = account,
                                  .is_active = true,
                                  .created_ms = now_ms - now_ms % 1000,
                                  .sealed_secret = key->sealed };
    IAM_TRY(iam_store_access_key_list(txn, arena, account, account, NULL, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        IAM_TRY(iam_store_access_key_delete(txn, account, account, keys.items[i].id));
    }
    return iam_store_access_key_add(txn, &row);
}

static enum iam_status store_key(const struct server_config *c, struct offline *o,
                                 struct iam_arena *arena, const struct root_key *key,
                                 struct iam_str *ret_account, char *error)
{
    struct iam_txn *txn;
    enum iam_status st = iam_store_begin(o->store, IAM_TXN_WRITE, &txn);
    if (st != IAM_OK) {
        return fail(error, st, "cannot write the store");
    }
    st = offline_find_account(c, txn, arena, ret_account, error);
    if (st == IAM_OK) {
        st = replace(txn, arena, *ret_account, key, clock_now_ms());
        st = st == IAM_OK ? IAM_OK : fail(error, st, "cannot replace the root access key");
    }
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    st = iam_txn_commit(txn);
    return st == IAM_OK ? IAM_OK : fail(error, st, "cannot write the store");
}

/* Gives the file of a made key its name; the file of a key that is gone says nothing any more. */
static bool settle_file(const struct offline *o, const struct root_key *key)
{
    return key->is_made ? data_dir_rename(&o->dir, NEXT_FILE, ROOT_KEY_FILE)
                        : unlinkat(o->dir.fd, ROOT_KEY_FILE, 0) == 0 ||
                              !data_dir_has(&o->dir, ROOT_KEY_FILE);
}

static enum iam_status put_key(const struct server_config *c, struct offline *o,
                               struct iam_arena *arena, const struct root_key *key,
                               struct iam_str *ret_account, char *error)
{
    enum iam_status st = key->is_made ? root_key_write(c->data_dir, NEXT_FILE, key) : IAM_OK;
    if (st != IAM_OK) {
        return fail(error, st, "cannot write " NEXT_FILE);
    }
    IAM_TRY(store_key(c, o, arena, key, ret_account, error));
    return settle_file(o, key) ? IAM_OK
                               : fail(error, IAM_IO,
                                      "the new root access key is in force, but " ROOT_KEY_FILE
                                      " cannot be renamed or removed");
}

static enum iam_status record(struct offline *o, struct iam_str account, const struct root_key *key,
                              char *error)
{
    struct audit_local event = { .event_name = "ResetRoot",
                                 .account = account,
                                 .access_key_id = key->id,
                                 .uid = getuid(),
                                 .now_ms = clock_now_ms() };
    enum iam_status st = audit_local(o->audit, &event);
    return st == IAM_OK ? IAM_OK
                        : fail(error, st,
                               "the new root access key is in force, but the audit file "
                               "does not take the record");
}

static enum iam_status reset(const struct server_config *c, struct offline *o,
                             struct iam_arena *arena, char *error)
{
    struct root_key key;
    struct iam_str account;
    IAM_TRY(offline_open(o, c, error));
    enum iam_status st = root_key_choose(c, o->keeper, arena, &key);
    st =
        st == IAM_OK ? put_key(c, o, arena, &key, &account, error) : fail(error, st, ROOT_KEY_RULE);
    iam_wipe(&key.secret, sizeof(key.secret));
    IAM_TRY(st);
    (void)printf(
        "The root user of account %.*s has the access key %.*s; every other one is deleted.\n",
        IAM_STR_ARG(account), IAM_STR_ARG(key.id));
    if (key.is_made) {
        (void)printf("Its secret is in %s/" ROOT_KEY_FILE ".\n", c->data_dir);
    }
    return record(o, account, &key, error);
}

int command_reset_root(const struct server_config *config)
{
    struct offline o;
    struct iam_arena arena;
    char error[DATA_DIR_ERROR_MAX] = "";
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = reset(config, &o, &arena, error);
    if (st != IAM_OK) {
        (void)fprintf(stderr, "iamd: %s%s\n", error, st == IAM_CONFLICT ? "; stop it first" : "");
    }
    offline_close(&o);
    iam_arena_wipe(&arena);
    iam_arena_done(&arena);
    return st == IAM_OK ? 0 : 1;
}
