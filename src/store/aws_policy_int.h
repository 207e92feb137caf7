/* SPDX-License-Identifier: Apache-2.0 */
/* Attachments of AWS managed policies, for attachment.c, which has those of both kinds. */
#pragma once

#include "store/store.h"

/* Does what iam_store_policy_attach does with the ARN of an AWS managed policy. */
enum iam_status iam_aws_attach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                               struct iam_str arn) IAM_MUST_USE;
/* Does what iam_store_policy_detach does with one. */
enum iam_status iam_aws_detach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                               struct iam_str arn) IAM_MUST_USE;
/*
 * Lists at most limit struct iam_attached_policy of the entity, by name; each is "name!2" in the
 * order in which after lies.
 */
enum iam_status iam_aws_attached_list(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *entity,
                                      struct iam_str path_prefix, struct iam_str after,
                                      size_t limit, struct iam_rows *ret) IAM_MUST_USE;
