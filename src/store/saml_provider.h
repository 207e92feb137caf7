/* SPDX-License-Identifier: Apache-2.0 */
/* SAML providers, their metadata and their private keys. Nothing here can open a sealed key. */
#pragma once

#include "store/entity.h"

/* iam_store_saml_provider_get, _get_by_id, _list, _scan, _delete, _add: see entity.h. */
IAM_STORE_ENTITY(saml_provider, IAM_TABLE_SAML_PROVIDER)
IAM_STORE_ADD(saml_provider, IAM_TABLE_SAML_PROVIDER)
IAM_STORE_PART(saml_metadata, IAM_TABLE_SAML_METADATA)

/*
 * Writes needs_encryption of row, and its valid_until_ms unless that is 0. IAM_NOT_FOUND: no such
 * provider.
 */
static inline IAM_MUST_USE enum iam_status
iam_store_saml_provider_update(struct iam_txn *txn, const struct iam_saml_provider *row)
{
    return iam_table_update(txn, IAM_TABLE_SAML_PROVIDER, NULL, row);
}

struct iam_saml_key_list {
    IAM_LIST_OF(struct iam_saml_key);
};

/* Adds a key to its provider. IAM_NOT_FOUND: no such provider. */
enum iam_status iam_store_saml_key_add(struct iam_txn *txn,
                                       const struct iam_saml_key *key) IAM_MUST_USE;
/* Lists the keys of a provider, the oldest first. */
enum iam_status iam_store_saml_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str provider_id,
                                        struct iam_saml_key_list *ret) IAM_MUST_USE;
/* Lists the keys of all accounts in the order of their IDs (after and next are IDs). */
enum iam_status iam_store_saml_key_scan(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_page *page,
                                        struct iam_saml_key_list *ret) IAM_MUST_USE;
/* Replaces the sealed bytes of a key. IAM_NOT_FOUND. */
enum iam_status iam_store_saml_key_reseal(struct iam_txn *txn, const struct iam_saml_key *key,
                                          struct iam_str sealed_key) IAM_MUST_USE;
/* Deletes a key of a provider. IAM_NOT_FOUND: the provider has no such key. */
enum iam_status iam_store_saml_key_delete(struct iam_txn *txn,
                                          const struct iam_entity_ref *provider,
                                          struct iam_str key_id) IAM_MUST_USE;

/*
 * Remembers that an assertion was used, which is no change of its provider: nothing that decisions
 * read follows from it. Those that expired before now_ms are forgotten, some at a time. IAM_EXISTS:
 * it was used before; IAM_NOT_FOUND: there is no such provider.
 */
enum iam_status iam_store_saml_use_add(struct iam_txn *txn, const struct iam_saml_use *use,
                                       int64_t now_ms) IAM_MUST_USE;
