/* SPDX-License-Identifier: Apache-2.0 */
/* Writing the change feed, for the files of this directory. */
#pragma once

#include "store/change.h"

/* Writes the row of the change feed for a mutation of entity. */
enum iam_status iam_change_record(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                  enum iam_change_op op) IAM_MUST_USE;
