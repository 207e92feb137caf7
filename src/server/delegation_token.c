/* SPDX-License-Identifier: Apache-2.0 */
#include "server/delegation_token.h"

#include <stdio.h>

#include "base/heap.h"
#include "codec/base64.h"
#include "keeper/sealed_text.h"
#include "store/delegation_request.h"

#define ARENA_BYTES ((size_t)1 << 20)
#define TOKEN_MAX 512

static enum iam_status fail(char text[DATA_DIR_ERROR_MAX], enum iam_status st, const char *why)
{
    (void)snprintf(text, DATA_DIR_ERROR_MAX, "%s", why);
    return st;
}

static enum iam_status read_request(struct iam_store *store, struct iam_arena *arena,
                                    struct iam_str id, struct iam_delegation_request *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_delegation_request_get(txn, arena, id, ret);
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status check(const struct iam_delegation_request *request, int64_t high_ms,
                             char text[DATA_DIR_ERROR_MAX])
{
    if (request->state != IAM_DELEGATION_FINALIZED) {
        return fail(text, IAM_CONFLICT, "the token of this delegation request was not sent");
    }
    if (iam_delegation_session_end(request) <= high_ms) {
        return fail(text, IAM_CONFLICT, "the time of this delegation request is over");
    }
    return IAM_OK;
}

/* Seals the ID of the request for the account that has asked. */
static enum iam_status seal(struct iam_keeper *keeper, struct iam_arena *arena,
                            const struct iam_delegation_request *request,
                            char text[DATA_DIR_ERROR_MAX])
{
    struct iam_alloc alloc = iam_arena_allocator(arena);
    struct iam_buf b;
    struct iam_str sealed;
    struct iam_str token;
    IAM_TRY(iam_keeper_seal_text(keeper, IAM_SEALED_TRADE_IN, request->account,
                                 iam_delegation_session_end(request), request->id, arena, &sealed));
    iam_buf_init(&b, &alloc, TOKEN_MAX);
    iam_base64url_add(&b, sealed.p, sealed.len);
    IAM_TRY(iam_buf_finish(&b, &token));
    (void)snprintf(text, DATA_DIR_ERROR_MAX, "%.*s", IAM_STR_ARG(token));
    return IAM_OK;
}

static enum iam_status make(struct iam_store *store, struct iam_keeper *keeper, struct iam_str id,
                            int64_t high_ms, struct iam_arena *arena, char text[DATA_DIR_ERROR_MAX])
{
    struct iam_delegation_request request = { 0 };
    enum iam_status st = read_request(store, arena, id, &request);
    if (st == IAM_NOT_FOUND) {
        return fail(text, st, "there is no delegation request with this ID");
    }
    if (st == IAM_OK) {
        IAM_TRY(check(&request, high_ms, text));
        st = seal(keeper, arena, &request, text);
    }
    return st == IAM_OK ? st : fail(text, st, iam_status_text(st));
}

enum iam_status delegation_token_make(struct iam_store *store, struct iam_keeper *keeper,
                                      struct iam_str id, int64_t high_ms,
                                      char text[DATA_DIR_ERROR_MAX])
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = make(store, keeper, id, high_ms, &arena, text);
    iam_arena_wipe(&arena);
    iam_arena_done(&arena);
    return st;
}
