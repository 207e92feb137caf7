/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The password that a request sets for a user: what it must be like, and its hash. It is hashed
 * before the transaction of the change, and the handler sees the hash alone.
 */
#pragma once

#include "dispatch/call.h"

/*
 * Prepares a call that sets a password: checks it against the password policy of the account
 * (PasswordPolicyViolation) and leaves its hash for iam_password_prepared. Ends call->txn.
 */
enum iam_status iam_password_prepare(struct iam_call *call, struct iam_str password) IAM_MUST_USE;
/* Returns the hash that iam_password_prepare made; absent when it was not called. */
struct iam_str iam_password_prepared(const struct iam_call *call);
