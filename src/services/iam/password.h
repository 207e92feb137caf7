/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The password that a request sets for a user: what it must be like, and its hash. It is hashed,
 * and compared with the passwords before, ahead of the transaction of the change; the handler makes
 * sure that nothing has changed since.
 */
#pragma once

#include "dispatch/call.h"

/* What a request says of a user's password. */
struct iam_password_wish {
    const struct iam_user *user;
    struct iam_str old; /* that the user says to have, who changes it alone; absent: nobody asks */
    struct iam_str password;
};

/*
 * Prepares a call that sets a password: checks it against the password policy of the account and
 * against the passwords before (PasswordPolicyViolation), and the old one against the one that the
 * user has (AccessDenied), and leaves the hash for iam_password_take. Ends call->txn.
 */
enum iam_status iam_password_prepare(struct iam_call *call,
                                     const struct iam_password_wish *wish) IAM_MUST_USE;
/*
 * Returns in *ret_hash the hash that iam_password_prepare made of the same wish, and in *ret_keep
 * how many of the passwords before are to be kept. Checks the policy again; fails with
 * EntityTemporarilyUnmodifiable when the passwords of the user have changed meanwhile.
 */
enum iam_status iam_password_take(struct iam_call *call, const struct iam_password_wish *wish,
                                  struct iam_str *ret_hash, int64_t *ret_keep) IAM_MUST_USE;
/* Returns in *ret_keep how many of the passwords of a user are to be kept, after they are gone. */
enum iam_status iam_password_keep(struct iam_call *call, int64_t *ret_keep) IAM_MUST_USE;
