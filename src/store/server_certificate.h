/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates of TLS servers. The private key is stored only as bytes that the keeper has sealed.
 */
#pragma once

#include "store/entity.h"

/* iam_store_server_certificate_get, _get_by_id, _delete, _add, _update: see entity.h. */
IAM_STORE_ENTITY(server_certificate, IAM_TABLE_SERVER_CERTIFICATE)
IAM_STORE_ADD(server_certificate, IAM_TABLE_SERVER_CERTIFICATE)
IAM_STORE_RENAME(server_certificate, IAM_TABLE_SERVER_CERTIFICATE)

/* Reads a certificate by its name, without body and chain. IAM_NOT_FOUND. */
static inline IAM_MUST_USE enum iam_status
iam_store_server_certificate_find(struct iam_txn *txn, struct iam_arena *arena,
                                  struct iam_str account, struct iam_str name,
                                  struct iam_server_certificate *ret)
{
    return iam_table_get(txn, arena, IAM_TABLE_SERVER_CERTIFICATE_FACTS, account, name, ret);
}
/* Lists the certificates of an account by name, as _find reads each. page may be NULL: all. */
static inline IAM_MUST_USE enum iam_status
iam_store_server_certificate_facts(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str path_prefix,
                                   const struct iam_page *page,
                                   struct iam_server_certificate_list *ret)
{
    return iam_table_list(txn, arena, IAM_TABLE_SERVER_CERTIFICATE_FACTS, account, path_prefix,
                          page, &ret->rows);
}
/* Lists those of all accounts in the order of IDs, as _find reads each (after, next are IDs). */
static inline IAM_MUST_USE enum iam_status
iam_store_server_certificate_scan_facts(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_page *page,
                                        struct iam_server_certificate_list *ret)
{
    return iam_table_scan(txn, arena, IAM_TABLE_SERVER_CERTIFICATE_FACTS, page, &ret->rows);
}
/* Puts another sealed form of the same key in the place of cert's. IAM_NOT_FOUND: it is gone. */
static inline IAM_MUST_USE enum iam_status
iam_store_server_certificate_reseal(struct iam_txn *txn, const struct iam_server_certificate *cert,
                                    struct iam_str sealed_key)
{
    const struct iam_server_certificate row = { .id = cert->id,
                                                .account = cert->account,
                                                .sealed_key = sealed_key };

    return iam_table_update(txn, IAM_TABLE_SERVER_CERTIFICATE, NULL, &row);
}
