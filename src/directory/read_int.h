/* SPDX-License-Identifier: Apache-2.0 */
/* What reading principals and reading groups have in common. */
#pragma once

#include "directory/load.h"

/* The inline and attached policies of the entity that draft names. Failures as iam_dir_read_user.
 */
enum iam_status iam_dir_read_grants(struct iam_dir_pass *pass,
                                    struct iam_facts *draft) IAM_MUST_USE;
/* Gives up what a draft owns: documents and the trust set; its slices lie in arenas. */
void iam_dir_draft_done(struct iam_facts *draft);
