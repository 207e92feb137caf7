/* SPDX-License-Identifier: Apache-2.0 */
/* Sources that the feed named are read again: one of them, or all that a view is built from. */
#include "directory/read_int.h"

enum iam_status iam_dir_renew(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    return source->item.kind == IAM_DIR_POLICY ? iam_dir_renew_policy(pass, source)
                                               : iam_dir_renew_group(pass, source);
}

static enum iam_status renew_each(struct iam_dir_pass *pass, struct iam_dir_source *const *sources,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        IAM_TRY(iam_dir_renew(pass, sources[i]));
    }
    return IAM_OK;
}

enum iam_status iam_dir_settle(struct iam_dir_pass *pass, const struct iam_facts *facts)
{
    IAM_TRY(renew_each(pass, facts->groups, facts->group_count));
    for (size_t i = 0; i < facts->group_count; i++) {
        const struct iam_facts *group = facts->groups[i]->facts;
        if (group != NULL) {
            IAM_TRY(renew_each(pass, group->attached, group->attached_count));
        }
    }
    IAM_TRY(renew_each(pass, facts->attached, facts->attached_count));
    return facts->boundary != NULL ? iam_dir_renew(pass, facts->boundary) : IAM_OK;
}
