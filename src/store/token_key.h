/* SPDX-License-Identifier: Apache-2.0 */
/* Keys with which accounts sign tokens for others, and the issuers that these name. */
#pragma once

#include "model/token_key.h"
#include "store/report.h"

struct iam_token_key_list {
    IAM_LIST_OF(struct iam_token_key);
};

/* Adds a key to its account. IAM_EXISTS: it has one with that ID. */
enum iam_status iam_store_token_key_add(struct iam_txn *txn,
                                        const struct iam_token_key *key) IAM_MUST_USE;
/* Lists the keys of an account, by algorithm, the oldest first. */
enum iam_status iam_store_token_key_list(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str account,
                                         struct iam_token_key_list *ret) IAM_MUST_USE;
/* Lists the keys of all accounts in the order of ACCOUNT/ID (after and next are these). */
enum iam_status iam_store_token_key_scan(struct iam_txn *txn, struct iam_arena *arena,
                                         const struct iam_page *page,
                                         struct iam_token_key_list *ret) IAM_MUST_USE;
/* Replaces the sealed bytes of a key. IAM_NOT_FOUND. */
enum iam_status iam_store_token_key_reseal(struct iam_txn *txn, const struct iam_token_key *key,
                                           struct iam_str sealed_key) IAM_MUST_USE;
/* Deletes a key. IAM_NOT_FOUND. */
enum iam_status iam_store_token_key_delete(struct iam_txn *txn,
                                           const struct iam_token_key *key) IAM_MUST_USE;

/*
 * Finds the account whose issuer has that name, whether or not it issues now. *ret is in arena.
 * IAM_NOT_FOUND.
 */
enum iam_status iam_store_issuer_find(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str issuer, struct iam_str *ret) IAM_MUST_USE;
/* Lists accounts that issue tokens, those after that ID (absent: the first ones), by their IDs. */
enum iam_status iam_store_issuer_list(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str after, size_t limit,
                                      struct iam_account_id_list *ret) IAM_MUST_USE;
