/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lists.h"

void iam_owners_add(struct iam_owners *owners, struct iam_str id)
{
    size_t at = owners->count;

    IAM_ASSERT(owners->count < IAM_OWNERS_MAX);
    for (; at > 0 && iam_str_cmp(owners->ids[at - 1], id) > 0; at--) {
        owners->ids[at] = owners->ids[at - 1];
        owners->places[at] = owners->places[at - 1];
    }
    owners->ids[at] = id;
    owners->places[at] = owners->count++;
}
