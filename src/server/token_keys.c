/* SPDX-License-Identifier: Apache-2.0 */
#include "server/token_keys.h"

#include "base/heap.h"
#include "keeper/token_signer.h"
#include "server/log.h"
#include "store/token_key.h"

/* LIMIT: accounts of one transaction. */
#define MAX_TOGETHER 16
#define ARENA_BYTES ((size_t)1 << 20)

/* What is to be done for an account: keys to add, keys to delete. */
struct plan {
    struct iam_str account;
    struct iam_token_key_list kept;
    struct iam_token_key made[IAM_TOKEN_ALGORITHM_END];
    size_t made_count;
};

static enum iam_status end(struct iam_txn *txn, enum iam_status st)
{
    if (st != IAM_OK) {
        iam_txn_rollback(txn);
        return st;
    }
    return iam_txn_commit(txn);
}

static enum iam_status read_keys(const struct token_keys *t, struct iam_arena *arena,
                                 struct plan *plan)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(t->store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_token_key_list(txn, arena, plan->account, &plan->kept);
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status make_key(const struct token_keys *t, struct iam_arena *arena,
                                struct plan *plan, enum iam_token_algorithm algorithm,
                                int64_t now_ms)
{
    char id[IAM_TOKEN_KEY_ID_MAX];
    unsigned number = 0;
    if (!iam_token_key_is_due(plan->kept.items, plan->kept.count, algorithm, now_ms, &number)) {
        return IAM_OK;
    }
    struct iam_token_key *key = &plan->made[plan->made_count];
    *key = (struct iam_token_key){ .account = plan->account,
                                   .algorithm = algorithm,
                                   .created_ms = now_ms };
    iam_token_key_id(algorithm, number, id);
    IAM_TRY(iam_arena_dup(arena, iam_str_c(id), &key->id));
    IAM_TRY(iam_keeper_make_token_key(t->keeper, arena, key));
    plan->made_count++;
    return IAM_OK;
}

static bool has_work(const struct plan *plan, int64_t now_ms)
{
    bool found = plan->made_count > 0;
    for (size_t i = 0; i < plan->kept.count; i++) {
        found |=
            iam_token_key_is_over(plan->kept.items, plan->kept.count, &plan->kept.items[i], now_ms);
    }
    return found;
}

static enum iam_status write_plan(struct iam_txn *txn, const struct plan *plan, int64_t now_ms)
{
    for (size_t i = 0; i < plan->made_count; i++) {
        IAM_TRY(iam_store_token_key_add(txn, &plan->made[i]));
    }
    for (size_t i = 0; i < plan->kept.count; i++) {
        const struct iam_token_key *key = &plan->kept.items[i];
        if (iam_token_key_is_over(plan->kept.items, plan->kept.count, key, now_ms)) {
            IAM_TRY(iam_store_token_key_delete(txn, key));
        }
    }
    return IAM_OK;
}

static void tell(const struct plan *plan)
{
    for (size_t i = 0; i < plan->made_count; i++) {
        log_write(LOG_LEVEL_INFO, "made a key that will sign tokens",
                  LOG_FIELDS({ "account", plan->account }, { "keyId", plan->made[i].id }));
    }
}

static enum iam_status tend_account(const struct token_keys *t, struct iam_arena *arena,
                                    struct iam_str account, int64_t now_ms)
{
    struct plan plan = { .account = account };
    struct iam_txn *txn;
    IAM_TRY(read_keys(t, arena, &plan));
    IAM_TRY(make_key(t, arena, &plan, IAM_TOKEN_RS256, now_ms));
    IAM_TRY(make_key(t, arena, &plan, IAM_TOKEN_ES384, now_ms));
    if (!has_work(&plan, now_ms)) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_begin(t->store, IAM_TXN_WRITE, &txn));
    IAM_TRY(end(txn, write_plan(txn, &plan, now_ms)));
    tell(&plan);
    return IAM_OK;
}

static enum iam_status list_issuers(const struct token_keys *t, struct iam_arena *arena,
                                    struct iam_str after, struct iam_account_id_list *ret)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(t->store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_issuer_list(txn, arena, after, MAX_TOGETHER, ret);
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status tend_all(const struct token_keys *t, struct iam_arena *arena, int64_t now_ms,
                                bool (*goes_on)(void *ctx), void *ctx)
{
    struct iam_account_id_list accounts = { 0 };
    struct iam_str after = iam_str_absent();
    do {
        IAM_TRY(list_issuers(t, arena, after, &accounts));
        for (size_t i = 0; i < accounts.count && goes_on(ctx); i++) {
            after = accounts.items[i];
            IAM_TRY(tend_account(t, arena, after, now_ms));
        }
    } while (accounts.count == MAX_TOGETHER && goes_on(ctx));
    return IAM_OK;
}

enum iam_status token_keys_tend(const struct token_keys *t, int64_t now_ms,
                                bool (*goes_on)(void *ctx), void *ctx)
{
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), ARENA_BYTES);
    enum iam_status st = tend_all(t, &arena, now_ms, goes_on, ctx);
    iam_arena_done(&arena);
    return st;
}
