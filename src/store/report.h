/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credential reports: for each account how far one is, and the text of the last. That one is to be
 * made is kept, so that it is made after a restart too.
 */
#pragma once

#include "store/entity.h"

struct iam_account_id_list {
    IAM_LIST_OF(struct iam_str);
};

/* Asks for a report of the account, unless one is asked for already. */
enum iam_status iam_store_report_ask(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_entity_ref *account) IAM_MUST_USE;
/* Lists limit accounts of which a report is to be made. */
enum iam_status iam_store_report_pending(struct iam_txn *txn, struct iam_arena *arena, size_t limit,
                                         struct iam_account_id_list *ret) IAM_MUST_USE;
/*
 * Keeps the report that was asked for, as of made_ms. content may be absent: it could not be made,
 * and what there was before stays. IAM_NOT_FOUND when nobody has ever asked.
 */
enum iam_status iam_store_report_finish(struct iam_txn *txn, const struct iam_entity_ref *account,
                                        struct iam_str content, int64_t made_ms) IAM_MUST_USE;
