/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust policies as IAM shows them. SPEC: IAM User Guide, "AWS JSON policy elements: Principal",
 * IAM users and roles: an ARN is turned into the unique ID when the policy is saved, and shown as
 * that ID once the entity is gone.
 */
#pragma once

#include "store/store.h"

/*
 * Makes the trust policy of role as IAM shows it, in arena: in one form (Version, Statement; Sid,
 * Effect, Principal, Action, Condition; a list of one as what is in it), with the present ARN of
 * each principal, or the unique ID of one that no longer exists. The failures of the store.
 */
enum iam_status iam_trust_text(struct iam_txn *txn, struct iam_arena *arena,
                               const struct iam_role *role, struct iam_str *ret) IAM_MUST_USE;
