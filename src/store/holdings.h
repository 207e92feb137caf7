/* SPDX-License-Identifier: Apache-2.0 */
/* All that up to IAM_OWNERS_MAX entities of a list have, each kind of it read at once. */
#pragma once

#include "store/lists.h"

/* What users, groups or roles have. */
struct iam_holdings {
    struct iam_lists inlines;  /* struct iam_inline_policy, with documents */
    struct iam_lists attached; /* struct iam_attached_policy */
    struct iam_lists tags;     /* struct iam_tag */
    struct iam_lists groups;   /* struct iam_str: the names of the groups that a user is in */
};

/* What users, or an account, prove with who they are. */
struct iam_credentials {
    struct iam_lists profiles;         /* struct iam_login_profile, at most one */
    struct iam_lists password_changes; /* struct iam_password_change, at most one */
    struct iam_lists devices;          /* struct iam_mfa_device: IDs alone, in no order */
    struct iam_lists keys;             /* struct iam_access_key, the oldest first */
    struct iam_lists certificates;     /* struct iam_signing_certificate, by ID */
};

/*
 * Reads what entities, a list of table, have from number first on. The first of them is number 0 in
 * ret, whose rows live in arena.
 */
enum iam_status iam_store_holdings(struct iam_txn *txn, struct iam_arena *arena,
                                   enum iam_table_id table, const struct iam_rows *entities,
                                   size_t first, struct iam_holdings *ret) IAM_MUST_USE;
/* Reads their credentials, in the same way. */
enum iam_status iam_store_credentials(struct iam_txn *txn, struct iam_arena *arena,
                                      enum iam_table_id table, const struct iam_rows *entities,
                                      size_t first, struct iam_credentials *ret) IAM_MUST_USE;
