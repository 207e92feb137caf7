/* SPDX-License-Identifier: Apache-2.0 */
/* Delegation requests: rows of the account that asks, found by ID from every account. */
#pragma once

#include "model/delegation.h"
#include "store/entity.h"

struct iam_delegation_request_list { /* by the time they were made */
    IAM_LIST_OF(struct iam_delegation_request);
};

/* Adds a request. IAM_EXISTS: the account has one with that workflow ID. */
static inline IAM_MUST_USE enum iam_status
iam_store_delegation_request_add(struct iam_txn *txn, const struct iam_delegation_request *request)
{
    return iam_table_add(txn, IAM_TABLE_DELEGATION_REQUEST, NULL, request);
}
/* Reads a request, of whatever account. IAM_NOT_FOUND. */
static inline IAM_MUST_USE enum iam_status
iam_store_delegation_request_get(struct iam_txn *txn, struct iam_arena *arena, struct iam_str id,
                                 struct iam_delegation_request *ret)
{
    return iam_table_get_by_id(txn, arena, IAM_TABLE_DELEGATION_REQUEST, id, ret);
}
/* Writes what became of a request: its members from state on that are set. IAM_NOT_FOUND. */
static inline IAM_MUST_USE enum iam_status
iam_store_delegation_request_update(struct iam_txn *txn,
                                    const struct iam_delegation_request *request)
{
    return iam_table_update(txn, IAM_TABLE_DELEGATION_REQUEST, NULL, request);
}
/*
 * Lists the requests of which somebody in the account is the owner, or, with owner_arn, this one.
 * page may be NULL: all.
 */
enum iam_status
iam_store_delegation_request_list(struct iam_txn *txn, struct iam_arena *arena,
                                  struct iam_str owner_account, struct iam_str owner_arn,
                                  const struct iam_page *page,
                                  struct iam_delegation_request_list *ret) IAM_MUST_USE;
/* Counts the requests that an account has made. */
enum iam_status iam_store_delegation_request_count(struct iam_txn *txn, struct iam_str account,
                                                   int64_t *ret) IAM_MUST_USE;
/* Deletes some of an account's requests that expired before that time: a few in each call. */
enum iam_status iam_store_delegation_request_forget(struct iam_txn *txn, struct iam_str account,
                                                    int64_t before_ms) IAM_MUST_USE;
