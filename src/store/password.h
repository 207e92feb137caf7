/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a user's password when another takes its place: when that was, and the hashes of
 * the passwords before. They stay when the user has no password any more, and go with the user.
 */
#pragma once

#include "store/entity.h"

struct iam_old_password_list { /* the newest first */
    IAM_LIST_OF(struct iam_old_password);
};

/* Lists the newest limit passwords that the user had before. */
enum iam_status iam_store_old_passwords(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str user_id, size_t limit,
                                        struct iam_old_password_list *ret) IAM_MUST_USE;
/*
 * Puts profile (hash, and whether it must be changed) in the place of the password that user has,
 * as of now_ms. Of the passwords before, keep (at most IAM_PASSWORDS_REMEMBERED_MAX) are kept.
 * IAM_NOT_FOUND when the user has no password.
 */
enum iam_status iam_store_password_replace(struct iam_txn *txn, struct iam_arena *arena,
                                           const struct iam_entity_ref *user,
                                           const struct iam_login_profile *profile, int64_t now_ms,
                                           int64_t keep) IAM_MUST_USE;
/* Takes the password of user away, with keep as above. IAM_NOT_FOUND when the user has none. */
enum iam_status iam_store_password_remove(struct iam_txn *txn, struct iam_arena *arena,
                                          const struct iam_entity_ref *user,
                                          int64_t keep) IAM_MUST_USE;
/* Returns since when a user has the password of profile; change is the user's, NULL: none. */
static inline int64_t iam_password_since(const struct iam_login_profile *profile,
                                         const struct iam_password_change *change)
{
    return change != NULL ? change->changed_ms : profile->created_ms;
}
/* Finds out since when the user has the password of profile, which is the user's. */
enum iam_status iam_store_password_since(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str user_id,
                                         const struct iam_login_profile *profile,
                                         int64_t *ret_ms) IAM_MUST_USE;
