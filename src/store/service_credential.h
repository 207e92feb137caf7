/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service-specific credentials: parts of a user. Of the password only a hash is kept, which the
 * keeper has made.
 */
#pragma once

#include "store/entity.h"

struct iam_service_credential_list { /* by ID */
    IAM_LIST_OF(struct iam_service_credential);
};

/*
 * Adds a credential of user. IAM_EXISTS when another of its account and service has its login, in
 * any case; IAM_NOT_FOUND: no such user.
 */
static inline IAM_MUST_USE enum iam_status
iam_store_service_credential_add(struct iam_txn *txn, const struct iam_entity_ref *user,
                                 const struct iam_service_credential *credential)
{
    return iam_table_add(txn, IAM_TABLE_SERVICE_CREDENTIAL, user, credential);
}
/* Reads a credential of the account by its ID. IAM_NOT_FOUND. */
enum iam_status iam_store_service_credential_get(struct iam_txn *txn, struct iam_arena *arena,
                                                 struct iam_str account, struct iam_str id,
                                                 struct iam_service_credential *ret) IAM_MUST_USE;
/*
 * Lists the credentials of a user, or, without user_id, of all users of the account; for one
 * service, or, without it, for all. page may be NULL: all.
 */
enum iam_status
iam_store_service_credential_list(struct iam_txn *txn, struct iam_arena *arena,
                                  struct iam_str account, struct iam_str user_id,
                                  struct iam_str service, const struct iam_page *page,
                                  struct iam_service_credential_list *ret) IAM_MUST_USE;
/* Counts the credentials that a user has for one service; without it, for all. */
enum iam_status iam_store_service_credential_count(struct iam_txn *txn, struct iam_str user_id,
                                                   struct iam_str service,
                                                   int64_t *ret) IAM_MUST_USE;
/* Tells whether a credential of the account for that service has this login, in any case. */
enum iam_status iam_store_service_login_is_taken(struct iam_txn *txn, struct iam_str account,
                                                 struct iam_str service, struct iam_str login,
                                                 bool *ret) IAM_MUST_USE;
/*
 * Writes whether the credential is active, and its hash unless that is absent. IAM_NOT_FOUND unless
 * it is there and is user's.
 */
static inline IAM_MUST_USE enum iam_status
iam_store_service_credential_update(struct iam_txn *txn, const struct iam_entity_ref *user,
                                    const struct iam_service_credential *credential)
{
    return iam_table_update(txn, IAM_TABLE_SERVICE_CREDENTIAL, user, credential);
}
/* Deletes the credential. IAM_NOT_FOUND unless it is there and is user's. */
static inline IAM_MUST_USE enum iam_status
iam_store_service_credential_delete(struct iam_txn *txn, const struct iam_entity_ref *user,
                                    const struct iam_service_credential *credential)
{
    return iam_table_delete(txn, IAM_TABLE_SERVICE_CREDENTIAL, user, credential);
}
