/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one text form of an entity's part that is not a name or an ARN: the version ID of a managed
 * policy, "v1", "v2" and so on. INVARIANT: one number has one text.
 */
#include "model/entity.h"

enum iam_status iam_policy_version_parse(struct iam_str text, int64_t *ret)
{
    uint64_t number = 0;

    if (text.len < 2 || text.len > 10 || text.p[0] != 'v' || text.p[1] == '0') {
        return IAM_SYNTAX;
    }
    IAM_ENSURE(iam_str_to_u64(iam_str_sub(text, 1, text.len), 999999999, &number) == IAM_OK,
               IAM_SYNTAX);
    *ret = (int64_t)number;
    return IAM_OK;
}
