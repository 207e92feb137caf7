/* SPDX-License-Identifier: Apache-2.0 */
#include "server/rotate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "keeper/seed.h"
#include "keeper/token_signer.h"
#include "server/log.h"
#include "store/access_key.h"
#include "store/mfa_device.h"
#include "store/saml_provider.h"
#include "store/server_certificate.h"
#include "store/token_key.h"

/* A page of the longest sealed keys, before and after. */
#define ARENA_BYTES (4u << 20)
/* LIMIT: rows of one transaction: other writers wait for no more than that. */
#define PAGE_ROWS 64
/* Sessions are judged by clocks that may differ by this much. */
#define SKEW_MS (INT64_C(15) * 60 * 1000)

static enum iam_status fail(char text[DATA_DIR_ERROR_MAX], enum iam_status st, const char *what)
{
    (void)snprintf(text, DATA_DIR_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

/* Ends txn as st says. */
static enum iam_status end(struct iam_txn *txn, enum iam_status st)
{
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    return iam_txn_commit(txn);
}

static enum iam_status list_generations(struct iam_store *store, struct iam_arena *arena,
                                        struct iam_key_generation_list *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_generation_list(txn, arena, ret);
    iam_txn_rollback(txn);
    return st;
}

static int64_t end_of(const struct iam_key_generation *g)
{
    return g->retired_ms + IAM_SESSION_MAX_MS + SKEW_MS;
}

enum iam_status rotate_look(struct rotate *r)
{
    struct iam_arena arena;
    struct iam_key_generation_list list = { 0 };
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = list_generations(r->store, &arena, &list);
    r->has_work = false;
    r->drop_at_ms = 0;
    for (size_t i = 0; st == IAM_OK && i + 1 < list.count; i++) {
        int64_t at = end_of(&list.items[i]);
        r->has_work |= !list.items[i].is_clear;
        r->drop_at_ms = r->drop_at_ms == 0 || at < r->drop_at_ms ? at : r->drop_at_ms;
    }
    iam_arena_done(&arena);
    return st;
}

/* ---- the switch ---- */

/* Adds the generations under the other master key: from then on the store opens with either. */
static enum iam_status add_wraps(struct iam_txn *txn, const struct iam_rotation *rotation,
                                 int64_t number, struct iam_arena *arena)
{
    struct iam_ring_entry e;
    enum iam_status st;
    for (size_t i = 0; (st = iam_rotation_entry(rotation, i, arena, &e)) == IAM_OK; i++) {
        struct iam_key_wrap wrap = { .master_id = iam_str_c(iam_rotation_master_id(rotation)),
                                     .generation = e.number,
                                     .rotation = number,
                                     .sealed = e.sealed };
        IAM_TRY(iam_store_wrap_add(txn, &wrap));
    }
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* Adds the new generation under the master key in use. */
static enum iam_status add_bridge(struct iam_txn *txn, const struct rotate *r,
                                  const struct iam_rotation *rotation, struct iam_arena *arena)
{
    struct iam_key_wrap_list wraps = { 0 };
    struct iam_ring_entry e;
    char id[IAM_MASTER_ID_LEN + 1];
    iam_keeper_master_id(r->keeper, id);
    /* A rotation that the operator has not taken up is replaced by this one. */
    IAM_TRY(iam_store_wrap_keep(txn, iam_str_c(id)));
    IAM_TRY(iam_store_wrap_list(txn, arena, &wraps));
    IAM_ENSURE(wraps.count > 0, IAM_CORRUPT);
    IAM_TRY(iam_rotation_bridge(rotation, arena, &e));
    struct iam_key_wrap wrap = { .master_id = iam_str_c(id),
                                 .generation = e.number,
                                 .rotation = wraps.items[0].rotation,
                                 .sealed = e.sealed };
    return iam_store_wrap_add(txn, &wrap);
}

static enum iam_status add_rows(struct iam_txn *txn, const struct rotate *r,
                                const struct iam_rotation *rotation, int64_t number,
                                struct iam_arena *arena, int64_t now_ms)
{
    IAM_TRY(iam_store_generation_add(txn, number, now_ms));
    IAM_TRY(iam_store_generation_retire(txn, number, now_ms));
    IAM_TRY(add_bridge(txn, r, rotation, arena));
    return add_wraps(txn, rotation, number, arena);
}

/* Finds the number of the next generation. */
static enum iam_status next_number(const struct rotate *r, struct iam_arena *arena, int64_t *ret)
{
    struct iam_key_generation_list list = { 0 };
    IAM_TRY(keys_reload(r->store, r->keeper));
    IAM_TRY(list_generations(r->store, arena, &list));
    *ret = list.items[list.count - 1].number + 1;
    return IAM_OK;
}

/*
 * Makes room for a new `master.key.next`. One that is there is the key in use when its renaming
 * failed, and is renamed now; otherwise it is of a rotation that failed, and no secret depends on
 * it.
 */
static enum iam_status clear_next(const struct rotate *r, const char *path,
                                  char text[DATA_DIR_ERROR_MAX])
{
    char id[IAM_MASTER_ID_LEN + 1];
    char in_use[IAM_MASTER_ID_LEN + 1];
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_file = path };
    IAM_TRY(iam_master_id_of(&config, id, text, DATA_DIR_ERROR_MAX));
    iam_keeper_master_id(r->keeper, in_use);
    bool ok = strcmp(id, in_use) == 0 ? data_dir_rename(r->dir, KEYS_NEXT_FILE, KEYS_FILE)
                                      : unlinkat(r->dir->fd, KEYS_NEXT_FILE, 0) == 0;
    return ok ? IAM_OK : fail(text, IAM_IO, "cannot rename or remove " KEYS_NEXT_FILE);
}

/* Says where the other master key comes from; path has room for that of a file. */
static enum iam_status source_of(const struct rotate *r, const char *new_key,
                                 char path[DATA_DIR_PATH_MAX], struct iam_keeper_config *ret,
                                 char text[DATA_DIR_ERROR_MAX])
{
    *ret = (struct iam_keeper_config){ .alloc = iam_heap(),
                                       .key_base64 = new_key,
                                       .key_variable = "IAMD_NEW_MASTER_KEY" };
    if (r->dir->is_key_outside) {
        return new_key != NULL
                   ? IAM_OK
                   : fail(text, IAM_RANGE,
                          "the master key of this store comes from outside: set "
                          "IAMD_NEW_MASTER_KEY to the new one, 32 random bytes in base64");
    }
    if (new_key != NULL) {
        return fail(
            text, IAM_RANGE,
            "IAMD_NEW_MASTER_KEY is set, but the master key of this store is the file " KEYS_FILE
            ", for which a new key is made: unset it");
    }
    IAM_TRY(data_dir_join(r->dir, KEYS_NEXT_FILE, path));
    ret->key_file = path;
    return data_dir_has(r->dir, KEYS_NEXT_FILE) ? clear_next(r, path, text) : IAM_OK;
}

/* Keeps the rows of the rotation, and puts it in use. */
static enum iam_status commit(struct rotate *r, struct iam_rotation *rotation, int64_t number,
                              struct iam_arena *arena, int64_t now_ms)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    IAM_TRY(end(txn, add_rows(txn, r, rotation, number, arena, now_ms)));
    return iam_rotation_commit(rotation, !r->dir->is_key_outside);
}

/* Lets the new file take the place of the old one, which opens the store no more then. */
static enum iam_status take_file(const struct rotate *r, const struct iam_rotation *rotation)
{
    struct iam_txn *txn;
    IAM_ENSURE(data_dir_rename(r->dir, KEYS_NEXT_FILE, KEYS_FILE), IAM_IO);
    IAM_TRY(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    return end(txn, iam_store_wrap_keep(txn, iam_str_c(iam_rotation_master_id(rotation))));
}

static void tell(const struct rotate *r, char text[DATA_DIR_ERROR_MAX])
{
    (void)snprintf(text, DATA_DIR_ERROR_MAX, "%s",
                   r->dir->is_key_outside
                       ? "the store opens with the new master key and with the one of before; give "
                         "the new one at the next start, which ends the other"
                       : "the file " KEYS_FILE " has the new master key; backups of the store from "
                         "before need the one of before");
}

static enum iam_status do_switch(struct rotate *r, const struct iam_keeper_config *next,
                                 int64_t number, struct iam_arena *arena, int64_t now_ms,
                                 char text[DATA_DIR_ERROR_MAX])
{
    struct iam_rotation *rotation = NULL;
    enum iam_status st =
        iam_rotation_new(r->keeper, next, number, &rotation, text, DATA_DIR_ERROR_MAX);
    if (st == IAM_EXISTS) {
        return fail(text, st, "the new master key is the one in use");
    }
    if (st == IAM_LIMIT) {
        return fail(text, st,
                    "there were too many rotations in the last 36 hours: wait until "
                    "the sessions of that time have ended");
    }
    IAM_TRY(st);
    st = commit(r, rotation, number, arena, now_ms);
    if (st != IAM_OK) {
        (void)fail(text, st, "the master key was not rotated, the store cannot be written");
    } else if (!r->dir->is_key_outside && take_file(r, rotation) != IAM_OK) {
        log_write(LOG_LEVEL_ERROR,
                  "the master key was rotated, but master.key.next could not take its place; the "
                  "next start does it",
                  NULL, 0);
    }
    iam_rotation_free(rotation);
    return st;
}

enum iam_status rotate_switch(struct rotate *r, const char *new_key, int64_t now_ms,
                              char text[DATA_DIR_ERROR_MAX])
{
    char path[DATA_DIR_PATH_MAX];
    struct iam_keeper_config next;
    struct iam_arena arena;
    int64_t number = 0;
    IAM_TRY(source_of(r, new_key, path, &next, text));
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = next_number(r, &arena, &number);
    if (st != IAM_OK) {
        (void)fail(text, st, "cannot read the keys of the store");
    } else {
        st = do_switch(r, &next, number, &arena, now_ms, text);
    }
    iam_arena_done(&arena);
    IAM_TRY(st);
    r->has_work = true;
    r->walk = (struct rotate_walk){ 0 };
    tell(r, text);
    return IAM_OK;
}

/* ---- the work ---- */

/* One kind of rows with something sealed. */
struct pass {
    const char *damaged; /* for the log: that no key opens it */
    enum iam_status (*reseal)(struct iam_keeper *k, struct iam_str id, struct iam_str sealed,
                              struct iam_arena *arena, struct iam_str *ret_sealed);
    enum iam_status (*scan)(struct iam_txn *txn, struct iam_arena *arena,
                            const struct iam_page *page, struct iam_rows *ret);
    /* Finds what a row was sealed for; NULL: for its ID. */
    enum iam_status (*owner)(struct iam_arena *arena, const void *row, struct iam_str *ret);
    enum iam_status (*write)(struct iam_txn *txn, const void *row, struct iam_str sealed);
    size_t row_bytes;
    size_t id; /* where in a row these two texts are; sealed may be absent */
    size_t sealed;
};

/* Defines scan_KIND and write_KIND with the functions of the store for that kind. */
#define FUNCTIONS(kind, scan_rows)                                                        \
    static enum iam_status scan_##kind(struct iam_txn *txn, struct iam_arena *arena,      \
                                       const struct iam_page *page, struct iam_rows *ret) \
    {                                                                                     \
        struct iam_##kind##_list list = { 0 };                                            \
        IAM_TRY(scan_rows(txn, arena, page, &list));                                      \
        *ret = list.rows;                                                                 \
        return IAM_OK;                                                                    \
    }                                                                                     \
    static enum iam_status write_##kind(struct iam_txn *txn, const void *row,             \
                                        struct iam_str sealed)                            \
    {                                                                                     \
        return iam_store_##kind##_reseal(txn, row, sealed);                               \
    }

FUNCTIONS(access_key, iam_store_access_key_scan)
FUNCTIONS(mfa_device, iam_store_mfa_device_scan)
FUNCTIONS(saml_key, iam_store_saml_key_scan)
FUNCTIONS(server_certificate, iam_store_server_certificate_scan_facts)
FUNCTIONS(token_key, iam_store_token_key_scan)

static enum iam_status token_key_owner(struct iam_arena *arena, const void *row,
                                       struct iam_str *ret)
{
    return iam_token_key_owner(arena, row, ret);
}

#define ROW(kind, owner_of, member, reseal, damaged)                                     \
    {                                                                                    \
        damaged, reseal, scan_##kind, owner_of, write_##kind, sizeof(struct iam_##kind), \
            offsetof(struct iam_##kind, id), offsetof(struct iam_##kind, member)         \
    }

/* What depends on the keys of a generation. */
static const struct pass PASSES[] = {
    ROW(access_key, NULL, sealed_secret, iam_keeper_reseal_secret,
        "the secret of an access key is damaged"),
    ROW(mfa_device, NULL, sealed_seed, iam_keeper_reseal_seed,
        "the seed of an MFA device is damaged"),
    ROW(saml_key, NULL, sealed_key, iam_keeper_reseal_private_key,
        "the private key of a SAML provider is damaged"),
    ROW(server_certificate, NULL, sealed_key, iam_keeper_reseal_private_key,
        "the private key of a server certificate is damaged"),
    ROW(token_key, token_key_owner, sealed_key, iam_keeper_reseal_private_key,
        "a key that signs tokens is damaged"),
};

static struct iam_str text_at(const void *row, size_t offset)
{
    struct iam_str text;
    memcpy(&text, (const char *)row + offset, sizeof(text));
    return text;
}

/*
 * Seals what a row has under the newest generation, unless it is sealed so already. What no key
 * opens is counted, logged and left as it is.
 */
static enum iam_status renew(struct rotate *r, const struct pass *pass, struct iam_txn *txn,
                             const void *row, struct iam_arena *arena)
{
    struct iam_str sealed = text_at(row, pass->sealed);
    struct iam_str id = text_at(row, pass->id);
    struct iam_str again;
    if (!iam_str_is_set(sealed)) {
        return IAM_OK;
    }
    IAM_TRY(pass->owner != NULL ? pass->owner(arena, row, &id) : IAM_OK);
    enum iam_status st = pass->reseal(r->keeper, id, sealed, arena, &again);
    if (st == IAM_CORRUPT) {
        r->walk.damaged++;
        log_write(LOG_LEVEL_ERROR, pass->damaged, LOG_FIELDS({ "keyId", id }));
    }
    if (st != IAM_OK) {
        return st == IAM_EXISTS || st == IAM_CORRUPT ? IAM_OK : st;
    }
    r->walk.sealed++;
    return pass->write(txn, row, again);
}

/* Brings a page of rows to the newest generation. *ret_next is absent after the last one. */
static enum iam_status renew_page(struct rotate *r, const struct pass *pass, struct iam_txn *txn,
                                  struct iam_arena *arena, const struct iam_page *page,
                                  struct iam_str *ret_next)
{
    struct iam_rows rows = { 0 };
    IAM_TRY(pass->scan(txn, arena, page, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        IAM_TRY(renew(r, pass, txn, (const char *)rows.items + i * pass->row_bytes, arena));
    }
    *ret_next = rows.is_truncated ? rows.next : iam_str_absent();
    return IAM_OK;
}

/* Notes that nothing depends on the old generations any more. */
static enum iam_status finish_work(struct rotate *r, struct iam_arena *arena)
{
    struct iam_key_generation_list list = { 0 };
    struct iam_txn *txn;
    IAM_TRY(list_generations(r->store, arena, &list));
    IAM_TRY(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    IAM_TRY(end(txn, iam_store_generation_clear(txn, list.items[list.count - 1].number)));
    return rotate_look(r);
}

/* Goes on after next, or with the next pass. */
static void advance(struct rotate_walk *w, struct iam_str next)
{
    if (!iam_str_is_set(next)) {
        w->pass++;
        w->after[0] = '\0';
        return;
    }
    memcpy(w->after, next.p, next.len);
    w->after[next.len] = '\0';
}

static enum iam_status do_page(struct rotate *r, struct iam_arena *arena)
{
    struct iam_page page = { .after = r->walk.after[0] != '\0' ? iam_str_c(r->walk.after)
                                                               : iam_str_absent(),
                             .limit = PAGE_ROWS };
    struct rotate_walk before = r->walk;
    struct iam_str next = iam_str_absent();
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    enum iam_status st = end(txn, renew_page(r, &PASSES[r->walk.pass], txn, arena, &page, &next));
    if (st == IAM_OK && next.len >= sizeof(r->walk.after)) {
        st = IAM_RANGE;
    }
    if (st != IAM_OK) {
        r->walk = before;
        return st;
    }
    advance(&r->walk, next);
    return IAM_OK;
}

enum iam_status rotate_step(struct rotate *r)
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st =
        r->walk.pass < IAM_COUNT(PASSES) ? do_page(r, &arena) : finish_work(r, &arena);
    iam_arena_done(&arena);
    return st;
}

/* ---- the end ---- */

static enum iam_status drop(struct rotate *r, int64_t number)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(r->store, IAM_TXN_WRITE, &txn));
    IAM_TRY(end(txn, iam_store_generation_delete(txn, number)));
    iam_keeper_drop_generation(r->keeper, number);
    return IAM_OK;
}

enum iam_status rotate_drop(struct rotate *r, int64_t now_ms)
{
    struct iam_arena arena;
    struct iam_key_generation_list list = { 0 };
    if (r->drop_at_ms == 0 || now_ms < r->drop_at_ms) {
        return IAM_OK;
    }
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = list_generations(r->store, &arena, &list);
    for (size_t i = 0; st == IAM_OK && i + 1 < list.count; i++) {
        const struct iam_key_generation *g = &list.items[i];
        st = g->is_clear && now_ms >= end_of(g) ? drop(r, g->number) : IAM_OK;
    }
    iam_arena_done(&arena);
    return st == IAM_OK ? rotate_look(r) : st;
}
