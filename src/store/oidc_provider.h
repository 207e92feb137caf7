/* SPDX-License-Identifier: Apache-2.0 */
/* OpenID Connect providers, named by their URL without https://, in which case counts. */
#pragma once

#include "store/entity.h"
#include "store/texts.h"

/* iam_store_oidc_provider_get, _get_by_id, _list, _scan, _delete, _add: see entity.h. */
IAM_STORE_ENTITY(oidc_provider, IAM_TABLE_OIDC_PROVIDER)
IAM_STORE_ADD(oidc_provider, IAM_TABLE_OIDC_PROVIDER)

/* Writes the lists of row that are not absent. IAM_NOT_FOUND: no such provider. */
static inline IAM_MUST_USE enum iam_status
iam_store_oidc_provider_update(struct iam_txn *txn, const struct iam_oidc_provider *row)
{
    return iam_table_update(txn, IAM_TABLE_OIDC_PROVIDER, NULL, row);
}
