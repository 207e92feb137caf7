/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iamd mfa import: hardware tokens by serial number, each with the seed of its maker, and security
 * keys of users, which AWS's API can show but not register. All of a file, or nothing of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ct.h"
#include "base/heap.h"
#include "keeper/random.h"
#include "server/audit_local.h"
#include "server/clock.h"
#include "server/commands.h"
#include "server/files.h"
#include "server/offline.h"
#include "server/seed_file.h"
#include "store/mfa_device.h"
#include "store/user.h"

#define ARENA_BYTES ((size_t)64 << 20)

struct import {
    struct offline offline;
    struct iam_arena arena; /* has seeds: wiped */
    struct iam_txn *txn;
    struct iam_str account;
    int64_t now_ms; /* whole seconds */
    unsigned count;
    char *error; /* DATA_DIR_ERROR_MAX */
};

static enum iam_status fail(struct import *in, enum iam_status st, const char *what)
{
    (void)snprintf(in->error, DATA_DIR_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

/* ---- the file ---- */

/* Reads the file, which nobody else may read, into the arena. */
static enum iam_status read_file(struct import *in, const char *path, struct iam_str *ret)
{
    char refusal[FILES_ERROR_MAX];
    char *text = iam_arena_alloc(&in->arena, SEED_FILE_MAX_BYTES + 1);
    IAM_ENSURE(text != NULL, fail(in, IAM_NOMEM, "cannot read the file"));
    FILE *f = fopen(path, "rbe");
    if (f != NULL && files_check(fileno(f), path, FILES_SECRET, refusal) != IAM_OK) {
        (void)fclose(f);
        (void)snprintf(in->error, DATA_DIR_ERROR_MAX, "%.*s", DATA_DIR_ERROR_MAX - 1, refusal);
        return IAM_DENIED;
    }
    /* without a buffer of its own, that would keep seeds */
    size_t n = f != NULL && setvbuf(f, NULL, _IONBF, 0) == 0
                   ? fread(text, 1, SEED_FILE_MAX_BYTES + 1, f)
                   : 0;
    bool is_read = f != NULL && ferror(f) == 0;
    if (!is_read) {
        (void)snprintf(in->error, DATA_DIR_ERROR_MAX, "cannot read '%.1000s': %s", path,
                       strerrordesc_np(errno));
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    IAM_ENSURE(is_read, IAM_IO);
    IAM_ENSURE(n <= SEED_FILE_MAX_BYTES, fail(in, IAM_LIMIT, "the file has more than 4 MiB"));
    *ret = (struct iam_str){ text, n };
    return IAM_OK;
}

/* ---- devices ---- */

static enum iam_status new_id(struct import *in, struct iam_str *ret)
{
    uint8_t random[IAM_ID_RANDOM_BYTES];
    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    struct iam_unique_id id = iam_id_make(IAM_KIND_MFA_DEVICE, random);
    return iam_arena_dup(&in->arena, iam_id_str(&id), ret);
}

/* Gives a security key to its user. */
static enum iam_status give(struct import *in, struct iam_mfa_device *device, struct iam_str name,
                            const char **ret_why)
{
    struct iam_user user;
    enum iam_status st = iam_store_user_get(in->txn, &in->arena, in->account, name, &user);
    if (st == IAM_NOT_FOUND) {
        *ret_why = "there is no such user";
    }
    IAM_TRY(st);
    device->owner_id = user.id;
    device->enabled_ms = in->now_ms;
    return iam_store_mfa_device_set_state(in->txn, device);
}

static enum iam_status add_device(struct import *in, const struct seed_line *line,
                                  const char **ret_why)
{
    bool is_key = line->seed_len == 0;
    struct iam_mfa_device device = { .account = in->account,
                                     .serial = line->serial,
                                     .name = line->serial,
                                     .form = is_key ? IAM_MFA_FIDO : IAM_MFA_HARDWARE,
                                     .created_ms = in->now_ms,
                                     .certifications = line->certifications };
    struct iam_str seed = { (const char *)line->seed, line->seed_len };
    IAM_TRY(new_id(in, &device.id));
    if (!is_key) {
        IAM_TRY(iam_keeper_seal_given_seed(in->offline.keeper, device.id, seed, &in->arena,
                                           &device.sealed_seed));
    }
    enum iam_status st = iam_store_mfa_device_add(in->txn, &device);
    if (st == IAM_EXISTS) {
        *ret_why = "the serial number is taken";
    }
    IAM_TRY(st);
    return is_key ? give(in, &device, line->user, ret_why) : IAM_OK;
}

static enum iam_status take_line(struct import *in, struct iam_str text, const char **ret_why)
{
    struct seed_line line;
    enum iam_status st = seed_line_read(&in->arena, text, &line, ret_why);
    if (st == IAM_OK && iam_str_is_set(line.serial)) {
        st = in->count < SEED_FILE_MAX_LINES ? add_device(in, &line, ret_why) : IAM_LIMIT;
        in->count++;
    }
    iam_wipe(&line, sizeof(line));
    return st;
}

static enum iam_status take_lines(struct import *in, struct iam_str text)
{
    unsigned number = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = iam_str_find(text, '\n', at);
        const char *why = NULL;
        enum iam_status st = take_line(in, iam_str_sub(text, at, end - at), &why);
        number++;
        if (st != IAM_OK) {
            (void)snprintf(in->error, DATA_DIR_ERROR_MAX, "line %u: %s; nothing was imported",
                           number, why != NULL ? why : iam_status_text(st));
            return st;
        }
        at = end + 1;
    }
    return IAM_OK;
}

static enum iam_status store_devices(struct import *in, const struct server_config *c,
                                     struct iam_str text)
{
    enum iam_status st = iam_store_begin(in->offline.store, IAM_TXN_WRITE, &in->txn);
    IAM_ENSURE(st == IAM_OK, fail(in, st, "cannot write the store"));
    st = offline_find_account(c, in->txn, &in->arena, &in->account, in->error);
    if (st == IAM_OK) {
        st = take_lines(in, text);
    }
    if (st != IAM_OK) {
        iam_txn_rollback(in->txn);
        return st;
    }
    st = iam_txn_commit(in->txn);
    return st == IAM_OK ? IAM_OK : fail(in, st, "cannot write the store");
}

static enum iam_status record(struct import *in)
{
    struct audit_local event = { .event_name = "ImportMFADevices",
                                 .account = in->account,
                                 .uid = getuid(),
                                 .now_ms = clock_now_ms() };
    enum iam_status st = audit_local(in->offline.audit, &event);
    return st == IAM_OK
               ? IAM_OK
               : fail(in, st,
                      "the devices are imported, but the audit file does not take the record");
}

static enum iam_status run(struct import *in, const struct server_config *c)
{
    struct iam_str text;
    IAM_TRY(offline_open(&in->offline, c, in->error));
    IAM_TRY(read_file(in, c->seeds_path, &text));
    IAM_TRY(store_devices(in, c, text));
    (void)printf("%u MFA devices imported into account %.*s.\n", in->count,
                 IAM_STR_ARG(in->account));
    return record(in);
}

int command_mfa_import(const struct server_config *config)
{
    char error[DATA_DIR_ERROR_MAX] = "";
    int64_t now_ms = clock_now_ms();
    struct import in = { .error = error, .now_ms = now_ms - now_ms % 1000 };
    iam_arena_init(&in.arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = run(&in, config);
    if (st != IAM_OK) {
        (void)fprintf(stderr, "iamd: %s%s\n", error,
                      in.txn == NULL && st == IAM_CONFLICT ? "; stop it first" : "");
    }
    offline_close(&in.offline);
    iam_arena_wipe(&in.arena);
    iam_arena_done(&in.arena);
    return st == IAM_OK ? 0 : 1;
}
