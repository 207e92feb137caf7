/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys of SAML providers, and what was used: what is not in their tables. */
#include "store/saml_provider.h"

#include <stdlib.h>

#include "store/table_int.h"

enum { SQL_LIST, SQL_SCAN, SQL_END };

const char *const iam_saml_key_sql[] = {
    /* Two rows at most: the database would make a table to sort them. */
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.saml_provider_id = $1 LIMIT $2",
    [SQL_SCAN] = "SELECT @columns FROM @from WHERE t.key_id > $1 ORDER BY t.key_id LIMIT $2",
    [SQL_END] = NULL,
};

enum { SQL_OLD, SQL_FORGET, SQL_USE_END };

/*
 * What has expired goes together: nothing is deleted before one has been expired for half a second,
 * and then as many as this. So most sign-ons only look, and they do not pile up.
 */
#define FORGET_TEXT "64"
#define FORGET_AFTER_MS 500

const char *const iam_saml_use_sql[] = {
    [SQL_OLD] = "SELECT expires_ms FROM saml_use WHERE expires_ms < $1 LIMIT 1",
    [SQL_FORGET] = "DELETE FROM saml_use WHERE (saml_provider_id, assertion) IN"
                   " (SELECT saml_provider_id, assertion FROM saml_use WHERE expires_ms < $1"
                   " ORDER BY expires_ms LIMIT " FORGET_TEXT ")",
    [SQL_USE_END] = NULL,
};

static struct iam_entity_ref provider_of(const struct iam_saml_key *key)
{
    return iam_ref(IAM_KIND_SAML_PROVIDER, key->account, key->provider_id);
}

enum iam_status iam_store_saml_key_add(struct iam_txn *txn, const struct iam_saml_key *key)
{
    const struct iam_entity_ref provider = provider_of(key);

    return iam_table_add(txn, IAM_TABLE_SAML_KEY, &provider, key);
}

static int by_age(const void *left, const void *right)
{
    const struct iam_saml_key *a = left;
    const struct iam_saml_key *b = right;

    if (a->created_ms != b->created_ms) {
        return a->created_ms < b->created_ms ? -1 : 1;
    }
    return iam_str_cmp(a->id, b->id);
}

enum iam_status iam_store_saml_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str provider_id, struct iam_saml_key_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SAML_KEY, SQL_LIST);
    iam_query_text(&q, provider_id);
    IAM_TRY(iam_table_page(&q, arena, IAM_TABLE_SAML_KEY, NULL, &ret->rows));
    if (ret->count > 1) {
        qsort(ret->items, ret->count, sizeof(*ret->items), by_age);
    }
    return IAM_OK;
}

enum iam_status iam_store_saml_key_scan(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_page *page, struct iam_saml_key_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SAML_KEY, SQL_SCAN);
    iam_query_prefix(&q, iam_page_after(page));
    return iam_table_page(&q, arena, IAM_TABLE_SAML_KEY, page, &ret->rows);
}

enum iam_status iam_store_saml_key_reseal(struct iam_txn *txn, const struct iam_saml_key *key,
                                          struct iam_str sealed_key)
{
    const struct iam_entity_ref provider = provider_of(key);
    struct iam_saml_key row = *key;

    row.sealed_key = sealed_key;
    return iam_table_update(txn, IAM_TABLE_SAML_KEY, &provider, &row);
}

enum iam_status iam_store_saml_key_delete(struct iam_txn *txn,
                                          const struct iam_entity_ref *provider,
                                          struct iam_str key_id)
{
    const struct iam_saml_key row = { .id = key_id,
                                      .provider_id = provider->id,
                                      .account = provider->account };

    return iam_table_delete(txn, IAM_TABLE_SAML_KEY, provider, &row);
}

/* Looks for a use that expired before then: IAM_NOT_FOUND without one. */
static enum iam_status find_expired(struct iam_txn *txn, int64_t then_ms)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_SAML_USE, SQL_OLD);
    iam_query_int(&q, then_ms);
    return iam_query_exists(&q);
}

static enum iam_status forget_expired(struct iam_txn *txn, int64_t now_ms)
{
    struct iam_query q;
    enum iam_status st = find_expired(txn, now_ms - FORGET_AFTER_MS);

    IAM_ENSURE(st == IAM_OK, st == IAM_NOT_FOUND ? IAM_OK : st);
    iam_table_open_own(&q, txn, IAM_TABLE_SAML_USE, SQL_FORGET);
    iam_query_int(&q, now_ms);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_saml_use_add(struct iam_txn *txn, const struct iam_saml_use *use,
                                       int64_t now_ms)
{
    const struct iam_entity_ref provider =
        iam_ref(IAM_KIND_SAML_PROVIDER, use->account, use->provider_id);

    IAM_TRY(iam_part_check(txn, IAM_TABLE_SAML_USE, &provider));
    IAM_TRY(forget_expired(txn, now_ms));
    return iam_table_write(txn, IAM_TABLE_SAML_USE, IAM_SQL_INSERT, &provider, use);
}
