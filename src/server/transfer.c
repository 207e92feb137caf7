/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iamd import aws and iamd export aws: an account in the form in which the AWS CLI prints it. An
 * import is checked as a whole before the store is opened, and is one transaction. Findings and
 * errors go to standard error, one line each.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/heap.h"
#include "keeper/random.h"
#include "server/audit_local.h"
#include "server/clock.h"
#include "server/commands.h"
#include "server/offline.h"
#include "server/policies.h"
#include "server/root_key.h"
#include "transfer/transfer.h"

#define READ_BYTES ((size_t)1 << 20)
#define SMALL_ARENA_BYTES ((size_t)1 << 20)
/* LIMIT: files of one import. */
#define MAX_FILES 10000

/* The exit codes. */
enum { CODE_ALL, CODE_LEFT, CODE_NOTHING };

_Static_assert(IAM_CATALOGUE_ERROR_MAX <= DATA_DIR_ERROR_MAX, "why there is no catalogue fits");

static void tell(void *ctx, const struct iam_transfer_finding *finding)
{
    static const char *const words[IAM_TRANSFER_LEVELS] = {
        [IAM_TRANSFER_ERROR] = "error",
        [IAM_TRANSFER_LEFT] = "not carried over",
        [IAM_TRANSFER_NOTE] = "note",
    };
    size_t *errors = ctx;
    if (errors != NULL && finding->level == IAM_TRANSFER_ERROR) {
        (*errors)++;
    }
    if (finding->file != NULL) {
        (void)fprintf(stderr, "%s:%u:%u: ", finding->file, finding->line, finding->column);
    } else {
        (void)fputs("iamd: ", stderr);
    }
    (void)fprintf(stderr, "%s: %s\n", words[finding->level], finding->text);
}

static enum iam_status fail(char *error, enum iam_status st, const char *what)
{
    (void)snprintf(error, DATA_DIR_ERROR_MAX, "%s: %s", what, iam_status_text(st));
    return st;
}

static enum iam_status record(struct offline *o, const char *name, struct iam_str account,
                              char *error)
{
    const struct audit_local event = {
        .event_name = name, .account = account, .uid = getuid(), .now_ms = clock_now_ms()
    };
    enum iam_status st = audit_local(o->audit, &event);
    return st == IAM_OK ? IAM_OK
                        : fail(error, st, "done, but the audit file takes no record of it");
}

/* ---- import ---- */

struct import {
    const struct server_config *config;
    struct iam_catalogue *catalogue;
    struct iam_arena arena;
    struct iam_buf *texts; /* of the files */
    struct iam_transfer_file *files;
    struct iam_transfer_options options;
    struct iam_transfer *account;
    struct offline offline;
    size_t errors_told;
    char error[DATA_DIR_ERROR_MAX];
};

static enum iam_status read_file(struct import *in, const char *path, struct iam_buf *text)
{
    FILE *f = fopen(path, "rbe");
    size_t n = f != NULL ? 1 : 0;
    while (n > 0) {
        char *room = iam_buf_extend(text, READ_BYTES);
        n = room != NULL ? fread(room, 1, READ_BYTES, f) : 0;
        text->len -= room != NULL ? READ_BYTES - n : 0;
    }
    bool is_read = f != NULL && ferror(f) == 0;
    if (!is_read) {
        (void)snprintf(in->error, sizeof(in->error), "cannot read '%.1000s': %s", path,
                       strerrordesc_np(errno));
    } else if (text->status != IAM_OK) {
        (void)snprintf(in->error, sizeof(in->error), "'%.1000s' has more than %zu MiB", path,
                       IAM_TRANSFER_MAX_BYTES >> 20);
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    IAM_ENSURE(is_read, IAM_IO);
    return text->status;
}

static enum iam_status read_files(struct import *in)
{
    size_t count = in->config->file_count;
    IAM_ENSURE(count <= MAX_FILES, fail(in->error, IAM_LIMIT, "there are more than 10000 files"));
    in->files = iam_arena_zalloc(&in->arena, count, sizeof(*in->files));
    in->texts = iam_arena_zalloc(&in->arena, count, sizeof(*in->texts));
    IAM_ENSURE(in->files != NULL && in->texts != NULL,
               fail(in->error, IAM_NOMEM, "cannot read the files"));
    for (size_t i = 0; i < count; i++) {
        const char *path = in->config->files[i];
        iam_buf_init(&in->texts[i], iam_heap(), IAM_TRANSFER_MAX_BYTES + READ_BYTES);
        IAM_TRY(read_file(in, path, &in->texts[i]));
        /* an empty one has no memory */
        struct iam_str text = { in->texts[i].p != NULL ? in->texts[i].p : "", in->texts[i].len };
        in->files[i] = (struct iam_transfer_file){ .name = path, .text = text };
    }
    return IAM_OK;
}

/* Reads and checks the account. What is wrong with it is told, so that error stays empty then. */
static enum iam_status read_account(struct import *in)
{
    IAM_TRY(policies_open(in->config, &in->catalogue, in->error));
    in->error[0] = '\0';
    IAM_TRY(read_files(in));
    in->options = (struct iam_transfer_options){ .catalogue = in->catalogue,
                                                 .quotas = &in->config->quotas,
                                                 .told = tell,
                                                 .ctx = &in->errors_told };
    enum iam_status st = iam_keeper_random(&in->options.seed, sizeof(in->options.seed));
    if (st == IAM_OK) {
        st = iam_transfer_read(&in->arena, &in->options, in->files, in->config->file_count,
                               &in->account);
    }
    if (st == IAM_SYNTAX && in->errors_told == IAM_TRANSFER_MAX_TOLD) {
        (void)snprintf(in->error, sizeof(in->error), "errors after the first %u are not told",
                       IAM_TRANSFER_MAX_TOLD);
    }
    return st == IAM_OK || st == IAM_SYNTAX ? st : fail(in->error, st, "cannot read the account");
}

/* Checks the account against --account-id. */
static enum iam_status check_account(struct import *in)
{
    struct iam_str id = iam_transfer_account(in->account);
    const char *wanted = in->config->account_id;
    if (wanted == NULL || iam_str_eq(iam_str_c(wanted), id)) {
        return IAM_OK;
    }
    (void)snprintf(in->error, sizeof(in->error),
                   "the files are of account %.*s, and --account-id is %s", IAM_STR_ARG(id),
                   wanted);
    return IAM_RANGE;
}

static enum iam_status refuse_store(struct import *in, enum iam_status st)
{
    struct iam_str id = iam_transfer_account(in->account);
    if (st == IAM_NOT_FOUND) {
        (void)snprintf(in->error, sizeof(in->error),
                       "the files are of account %.*s, which %.1000s does not have: take a new "
                       "directory, which will be of this account",
                       IAM_STR_ARG(id), in->config->data_dir);
    } else if (st == IAM_CONFLICT) {
        (void)snprintf(in->error, sizeof(in->error),
                       "account %.*s has users, groups, roles, policies or instance profiles "
                       "already: an import is into an account without",
                       IAM_STR_ARG(id));
    } else {
        (void)fail(in->error, st, "cannot store the account");
    }
    return st == IAM_CONFLICT ? IAM_EXISTS : st;
}

static enum iam_status store_account(struct import *in)
{
    struct iam_txn *txn;
    enum iam_status st = iam_store_begin(in->offline.store, IAM_TXN_WRITE, &txn);
    if (st != IAM_OK) {
        return fail(in->error, st, "cannot write the store");
    }
    st = iam_transfer_store(in->account, txn);
    if (st != IAM_OK || in->config->is_dry_run) {
        iam_txn_rollback(txn);
        return st == IAM_OK ? IAM_OK : refuse_store(in, st);
    }
    st = iam_txn_commit(txn);
    return st == IAM_OK ? IAM_OK : fail(in->error, st, "cannot write the store");
}

/* Looks whether the account could be stored; a store that there is not would be made. */
static enum iam_status try_store(struct import *in)
{
    enum iam_status st = offline_open(&in->offline, in->config, in->error);
    if (st == IAM_NOT_FOUND) {
        return IAM_OK;
    }
    return st == IAM_OK ? store_account(in) : st;
}

/* Stores the account, in a store that is made when there is none. */
static enum iam_status run_import(struct import *in)
{
    struct iam_str id;
    IAM_TRY(read_account(in));
    IAM_TRY(check_account(in));
    if (in->config->is_dry_run) {
        return data_dir_is_there(in->config->data_dir) ? try_store(in) : IAM_OK;
    }
    /* with a NUL */
    IAM_TRY(iam_arena_dup(&in->arena, iam_transfer_account(in->account), &id));
    IAM_TRY(offline_open_or_make(&in->offline, in->config, id.p, in->error));
    return store_account(in);
}

static void print_counts(const struct import *in)
{
    const struct iam_transfer_counts n = iam_transfer_counts(in->account);
    (void)printf("%s account %.*s: %zu users, %zu groups, %zu roles, %zu policies, %zu instance "
                 "profiles; %zu not carried over, %zu notes.\n",
                 in->config->is_dry_run ? "Could import into" : "Imported into",
                 IAM_STR_ARG(iam_transfer_account(in->account)), n.users, n.groups, n.roles,
                 n.policies, n.instance_profiles,
                 iam_transfer_found(in->account, IAM_TRANSFER_LEFT),
                 iam_transfer_found(in->account, IAM_TRANSFER_NOTE));
    if (n.users > 0) {
        (void)puts("Passwords, access keys, MFA devices, certificates and other credentials of "
                   "users are not in AWS's list: make new ones.");
    }
    if (in->offline.is_new && in->config->root_access_key_id == NULL) {
        (void)printf("The root access key of the account is in %s/" ROOT_KEY_FILE ".\n",
                     in->config->data_dir);
    }
}

/* Prints what was done and keeps a record of it. Returns the exit code. */
static int finish_import(struct import *in)
{
    print_counts(in);
    if (!in->config->is_dry_run && record(&in->offline, "ImportAccount",
                                          iam_transfer_account(in->account), in->error) != IAM_OK) {
        (void)fprintf(stderr, "iamd: %s\n", in->error);
        return CODE_LEFT;
    }
    return iam_transfer_found(in->account, IAM_TRANSFER_LEFT) == 0 ? CODE_ALL : CODE_LEFT;
}

int command_import_aws(const struct server_config *config)
{
    struct import in = {
        .config = config, .offline.dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    int code = CODE_NOTHING;
    iam_arena_init(&in.arena, iam_heap(), IAM_TRANSFER_ARENA_BYTES);
    enum iam_status st = run_import(&in);
    if (st == IAM_OK) {
        code = finish_import(&in);
    } else {
        (void)fprintf(stderr, "iamd: %s%s%s\n", in.error,
                      st == IAM_CONFLICT ? "; stop it first" : "",
                      in.error[0] != '\0' ? "; nothing was imported" : "nothing was imported");
    }
    offline_close(&in.offline);
    for (size_t i = 0; in.texts != NULL && i < config->file_count; i++) {
        iam_buf_done(&in.texts[i]);
    }
    iam_catalogue_close(in.catalogue);
    iam_arena_done(&in.arena);
    return code;
}

/* ---- export ---- */

static enum iam_status print_part(void *ctx, struct iam_str part)
{
    (void)ctx;
    return fwrite(part.p, 1, part.len, stdout) == part.len ? IAM_OK : IAM_IO;
}

static enum iam_status write_account(const struct server_config *config, struct iam_txn *txn,
                                     struct iam_catalogue *catalogue, struct iam_str account,
                                     size_t *ret_left)
{
    const struct iam_transfer_export options = {
        .catalogue = catalogue, .is_encoded = config->is_encoded, .told = tell, .sink = print_part
    };
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), IAM_TRANSFER_ARENA_BYTES);
    enum iam_status st = iam_transfer_write(txn, &arena, account, &options, ret_left);
    iam_arena_done(&arena);
    return st == IAM_OK && fflush(stdout) != 0 ? IAM_IO : st;
}

static enum iam_status run_export(const struct server_config *config, struct offline *o,
                                  struct iam_catalogue **catalogue, struct iam_arena *arena,
                                  size_t *ret_left, char *error)
{
    struct iam_txn *txn;
    struct iam_str account;
    IAM_TRY(policies_open(config, catalogue, error));
    IAM_TRY(offline_open(o, config, error));
    enum iam_status st = iam_store_begin(o->store, IAM_TXN_READ, &txn);
    if (st != IAM_OK) {
        return fail(error, st, "cannot read the store");
    }
    st = offline_find_account(config, txn, arena, &account, error);
    if (st == IAM_OK) {
        st = write_account(config, txn, *catalogue, account, ret_left);
        st = st == IAM_OK ? IAM_OK : fail(error, st, "cannot write the account");
    }
    iam_txn_rollback(txn);
    return st == IAM_OK ? record(o, "ExportAccount", account, error) : st;
}

int command_export_aws(const struct server_config *config)
{
    struct offline o = {
        .dir = {.fd = -1, .lock_fd = -1, .db_fd = -1}
    };
    struct iam_catalogue *catalogue = NULL;
    struct iam_arena arena;
    char error[DATA_DIR_ERROR_MAX] = "";
    size_t left = 0;
    iam_arena_init(&arena, iam_heap(), SMALL_ARENA_BYTES);
    enum iam_status st = run_export(config, &o, &catalogue, &arena, &left, error);
    if (st != IAM_OK) {
        (void)fprintf(stderr, "iamd: %s%s\n", error, st == IAM_CONFLICT ? "; stop it first" : "");
    }
    offline_close(&o);
    iam_catalogue_close(catalogue);
    iam_arena_done(&arena);
    return st != IAM_OK ? CODE_NOTHING : left == 0 ? CODE_ALL : CODE_LEFT;
}
