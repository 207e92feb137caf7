/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The permission policies that a user, group or role has, each with where it comes from, and a
 * managed policy by itself: for reports and lists about them.
 */
#pragma once

#include "directory/directory.h"

struct iam_held_policy {
    struct iam_policy *policy; /* a reference of the list */
    struct iam_str name;
    struct iam_str arn;        /* of a managed policy; absent: it is inline */
    enum iam_kind owner_kind;  /* of an inline policy: user, group or role */
    struct iam_str owner_name; /* likewise */
};

struct iam_held {
    struct iam_held_policy *items;
    size_t count;
};

/*
 * Finds the policies of a user or role, those of its groups included; of a group; or the managed
 * policy with ARN text. text is the name of a group and is not read for users and roles. A managed
 * policy is there once, however often it is attached. Everything but the policies is in arena;
 * txn is the transaction of the caller. Ends as the look-ups of a directory do, and with
 * IAM_CORRUPT for a policy that cannot be read. *ret is the caller's to drop with iam_held_drop.
 */
enum iam_status iam_directory_held(struct iam_directory *dir, struct iam_txn *txn,
                                   struct iam_arena *arena, const struct iam_entity_ref *entity,
                                   struct iam_str text, struct iam_held *ret) IAM_MUST_USE;
/* Drops the policies. A zeroed list is fine. */
void iam_held_drop(struct iam_held *held);
