/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account in AWS's form. What is accepted can be stored, what is written of it is accepted too,
 * and is written again as it was. A NUL byte in the input begins the next file.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/heap.h"
#include "lib/row_sealer.h"
#include "store/account.h"
#include "transfer/transfer.h"

#define ENSURE(cond) ((cond) ? (void)0 : abort())
#define ARENA_BYTES ((size_t)256 << 20)
#define MAX_FILES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct files {
    struct iam_transfer_file items[MAX_FILES];
    size_t count;
};

static void told(void *ctx, const struct iam_transfer_finding *finding)
{
    (void)ctx;
    ENSURE(finding->text[0] != '\0' && iam_utf8_is_valid(iam_str_c(finding->text)));
    ENSURE((finding->file == NULL) == (finding->line == 0));
}

static enum iam_status keep(void *ctx, struct iam_str part)
{
    iam_buf_add(ctx, part);
    return IAM_OK;
}

static struct iam_store *open_once(void)
{
    static struct iam_store *store;
    const struct iam_store_options options = { .path = ":memory:", .sealer = TEST_ROW_SEALER };
    char error[IAM_STORE_ERROR_MAX];
    if (store == NULL) {
        ENSURE(iam_store_open(&options, &store, error) == IAM_OK);
    }
    return store;
}

static struct files split(struct iam_str input)
{
    struct files files = { .count = 0 };
    size_t at = 0;
    while (files.count < MAX_FILES && at <= input.len) {
        size_t end = files.count + 1 < MAX_FILES ? iam_str_find(input, '\0', at) : input.len;
        files.items[files.count++] =
            (struct iam_transfer_file){ .name = "file", .text = iam_str_sub(input, at, end - at) };
        at = end + 1;
    }
    return files;
}

/* Stores what was read in an account of its own, and writes it. */
static void store_and_write(struct iam_transfer *t, struct iam_buf *ret)
{
    const struct iam_account account = { .id = iam_transfer_account(t), .name = IAM_STR("") };
    const struct iam_transfer_export options = { .told = told, .sink = keep, .ctx = ret };
    struct iam_arena arena;
    struct iam_txn *txn;
    size_t left;
    ENSURE(iam_store_begin(open_once(), IAM_TXN_WRITE, &txn) == IAM_OK);
    ENSURE(iam_store_account_add(txn, &account) == IAM_OK);
    ENSURE(iam_transfer_store(t, txn) == IAM_OK);
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    ENSURE(iam_transfer_write(txn, &arena, account.id, &options, &left) == IAM_OK && left == 0);
    iam_arena_done(&arena);
    iam_txn_rollback(txn);
}

/* Reads files and, when they are accepted, writes what they say. */
static bool read_and_write(const struct files *files, struct iam_buf *ret)
{
    struct iam_quotas quotas;
    struct iam_arena arena;
    struct iam_transfer *t;
    const struct iam_transfer_options options = { .quotas = &quotas, .seed = 1, .told = told };
    iam_quotas_default(&quotas);
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = iam_transfer_read(&arena, &options, files->items, files->count, &t);
    ENSURE(st == IAM_OK || st == IAM_SYNTAX);
    if (st == IAM_OK) {
        store_and_write(t, ret);
    }
    iam_arena_done(&arena);
    return st == IAM_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct files files = split((struct iam_str){ (const char *)data, size });
    struct iam_buf first;
    struct iam_buf second;
    struct iam_str text;
    struct iam_str again;
    iam_buf_init(&first, iam_heap(), ARENA_BYTES);
    iam_buf_init(&second, iam_heap(), ARENA_BYTES);
    if (read_and_write(&files, &first)) {
        ENSURE(iam_buf_finish(&first, &text) == IAM_OK);
        const struct files written = { .items = { { .name = "written", .text = text } },
                                       .count = 1 };
        ENSURE(read_and_write(&written, &second));
        ENSURE(iam_buf_finish(&second, &again) == IAM_OK && iam_str_eq(text, again));
    }
    iam_buf_done(&first);
    iam_buf_done(&second);
    return 0;
}
