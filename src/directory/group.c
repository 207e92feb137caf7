/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups: read when first needed, and again when the feed named them. That somebody joined is a
 * change of the group too: what says the same as before keeps its mark, and nobody's view is built
 * again.
 */
#include "directory/read_int.h"

static enum iam_status read_group(struct iam_dir_pass *pass, const struct iam_group *group,
                                  struct iam_facts **ret)
{
    IAM_CLEANUP(iam_dir_draft_done)
    struct iam_facts draft = {
        .kind = IAM_KIND_GROUP,
        .account = group->account,
        .id = group->id,
        .name = group->name,
    };

    const struct iam_entity_ref ref = { IAM_KIND_GROUP, group->account, group->id };
    struct iam_row_sum sum = { 0 };

    IAM_TRY(iam_dir_read_grants(pass, &draft, &sum));
    IAM_TRY(iam_store_parts_check(pass->txn, &ref, &sum));
    return iam_facts_new(pass->pool, &draft, ret);
}

enum iam_status iam_dir_renew_group(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    struct iam_group group;
    struct iam_facts *facts;

    if (!source->is_suspect) {
        return IAM_OK;
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    enum iam_status st =
        iam_store_group_get_by_id(pass->txn, &pass->arena, iam_id_str(&source->id), &group);
    if (st == IAM_NOT_FOUND) {
        return iam_dir_show_changed(pass, source, NULL, NULL, true);
    }
    IAM_TRY(st);
    IAM_TRY(read_group(pass, &group, &facts));
    if (source->facts != NULL && iam_facts_grant_same(source->facts, facts)) {
        iam_facts_unref(facts);
        iam_dir_show_same(pass, source);
        return IAM_OK;
    }
    return iam_dir_show_changed(pass, source, NULL, facts, false);
}

enum iam_status iam_dir_need_group(struct iam_dir_pass *pass, const struct iam_group *group,
                                   struct iam_dir_source **ret)
{
    struct iam_dir_source *source = iam_map_get(&pass->state->groups, group->id);
    struct iam_facts *facts;

    if (source != NULL) {
        IAM_TRY(iam_dir_renew_group(pass, source));
        *ret = source;
        return IAM_OK;
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    IAM_TRY(read_group(pass, group, &facts));
    enum iam_status st =
        iam_dir_source_new(pass->pool, IAM_DIR_GROUP, group->id, iam_str_absent(), &source);
    if (st != IAM_OK) {
        iam_facts_unref(facts);
        return st;
    }
    iam_dir_source_fill(source, NULL, facts, false);
    return iam_dir_show_new(pass, source, ret);
}
