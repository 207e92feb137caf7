/* SPDX-License-Identifier: Apache-2.0 */
/* Sources where readers see them: what was read of one is put there under the write lock. */
#include "directory/read_int.h"

enum iam_status iam_dir_show_new(struct iam_dir_pass *pass, struct iam_dir_source *source,
                                 struct iam_dir_source **ret)
{
    iam_dir_pass_lock(pass);
    enum iam_status st = iam_dir_state_add_source(pass->state, source);
    iam_dir_pass_unlock(pass);
    IAM_TRY(st);
    *ret = source;
    return IAM_OK;
}

void iam_dir_show_same(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    iam_dir_pass_lock(pass);
    source->is_suspect = false;
    iam_dir_pass_unlock(pass);
}

/* Has the ARN of source lead to it, or to nothing when it is gone. The write lock is held. */
static enum iam_status route_arn(struct iam_dir_state *state, struct iam_dir_source *source,
                                 bool is_gone)
{
    const struct iam_dir_source *now = iam_map_get(&state->policy_arns, source->arn);

    if (source->item.kind != IAM_DIR_POLICY || is_gone == (now != source)) {
        return IAM_OK;
    }
    if (is_gone) {
        (void)iam_map_remove(&state->policy_arns, source->arn);
        return IAM_OK;
    }
    return iam_map_put(&state->policy_arns, source->arn, source, NULL);
}

enum iam_status iam_dir_show_changed(struct iam_dir_pass *pass, struct iam_dir_source *source,
                                     struct iam_shared *document, struct iam_facts *facts,
                                     bool is_gone)
{
    iam_dir_pass_lock(pass);
    enum iam_status st = route_arn(pass->state, source, is_gone);
    if (st == IAM_OK) {
        iam_dir_source_fill(source, document, facts, is_gone);
    }
    iam_dir_pass_unlock(pass);
    if (st != IAM_OK) {
        iam_shared_unref(document);
        iam_facts_unref(facts);
    }
    return st;
}
