/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies and groups: reading them, and reading them again when the feed named them. That
 * somebody joined a group is a change of the group too, and so is a new version of a policy that is
 * not its default: what says the same as before keeps its mark, and nobody's view is built again.
 */
#include "directory/read_int.h"

/* ---- what the store says now ----------------------------------------------------------- */

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

    IAM_TRY(iam_dir_read_grants(pass, &draft));
    return iam_facts_new(pass->pool, &draft, ret);
}

/* ---- new ones -------------------------------------------------------------------------- */

/* Moves source in. */
static enum iam_status add(struct iam_dir_pass *pass, struct iam_dir_source *source,
                           struct iam_dir_source **ret)
{
    iam_dir_pass_lock(pass);
    enum iam_status st = iam_dir_state_add_source(pass->state, source);
    iam_dir_pass_unlock(pass);
    IAM_TRY(st);
    *ret = source;
    return IAM_OK;
}

enum iam_status iam_dir_add_policy(struct iam_dir_pass *pass,
                                   const struct iam_effective_policy *policy,
                                   struct iam_dir_source **ret)
{
    struct iam_dir_source *source;
    struct iam_shared *document;

    IAM_TRY(iam_dir_source_new(pass->pool, IAM_DIR_POLICY, policy->id, policy->arn, &source));
    enum iam_status st =
        iam_shared_document(pass->pool, IAM_POLICY_IDENTITY, policy->document, &document);
    if (st != IAM_OK) {
        iam_dir_source_unref(source);
        return st;
    }
    iam_dir_source_fill(source, document, NULL, false);
    return add(pass, source, ret);
}

/* One that is named and is not there: it breaks who has it. */
static enum iam_status add_lost(struct iam_dir_pass *pass, struct iam_str id, struct iam_str arn,
                                struct iam_dir_source **ret)
{
    struct iam_dir_source *source;

    IAM_TRY(iam_dir_source_new(pass->pool, IAM_DIR_POLICY, id, arn, &source));
    return add(pass, source, ret);
}

enum iam_status iam_dir_need_policy(struct iam_dir_pass *pass, struct iam_str id,
                                    struct iam_str arn, struct iam_dir_source **ret)
{
    struct iam_dir_source *source = iam_map_get(&pass->state->policies, id);
    struct iam_effective_policy policy;

    if (source != NULL) {
        IAM_TRY(iam_dir_renew(pass, source));
        *ret = source;
        return IAM_OK;
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    enum iam_status st = iam_store_effective_by_id(pass->txn, &pass->arena, id, &policy);
    if (st == IAM_NOT_FOUND) {
        return add_lost(pass, id, arn, ret);
    }
    IAM_TRY(st);
    return iam_dir_add_policy(pass, &policy, ret);
}

enum iam_status iam_dir_need_group(struct iam_dir_pass *pass, const struct iam_group *group,
                                   struct iam_dir_source **ret)
{
    struct iam_dir_source *source = iam_map_get(&pass->state->groups, group->id);
    struct iam_facts *facts;

    if (source != NULL) {
        IAM_TRY(iam_dir_renew(pass, source));
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
    return add(pass, source, ret);
}

/* ---- suspects -------------------------------------------------------------------------- */

static void acquit(struct iam_dir_pass *pass, struct iam_dir_source *source)
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

/* Moves the new content in. */
static enum iam_status fill(struct iam_dir_pass *pass, struct iam_dir_source *source,
                            struct iam_shared *document, struct iam_facts *facts, bool is_gone)
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

static enum iam_status renew_policy(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    struct iam_effective_policy policy;
    struct iam_shared *document;
    enum iam_status st =
        iam_store_effective_by_id(pass->txn, &pass->arena, iam_id_str(&source->id), &policy);

    if (st == IAM_NOT_FOUND) {
        return fill(pass, source, NULL, NULL, true);
    }
    IAM_TRY(st);
    IAM_TRY(iam_shared_document(pass->pool, IAM_POLICY_IDENTITY, policy.document, &document));
    /* Documents are shared, so one that is the same is the same one. */
    if (document != NULL && document == source->document) {
        iam_shared_unref(document);
        acquit(pass, source);
        return IAM_OK;
    }
    return fill(pass, source, document, NULL, false);
}

static enum iam_status renew_group(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    struct iam_group group;
    struct iam_facts *facts;
    enum iam_status st =
        iam_store_group_get_by_id(pass->txn, &pass->arena, iam_id_str(&source->id), &group);

    if (st == IAM_NOT_FOUND) {
        return fill(pass, source, NULL, NULL, true);
    }
    IAM_TRY(st);
    IAM_TRY(read_group(pass, &group, &facts));
    if (source->facts != NULL && iam_facts_grant_same(source->facts, facts)) {
        iam_facts_unref(facts);
        acquit(pass, source);
        return IAM_OK;
    }
    return fill(pass, source, NULL, facts, false);
}

enum iam_status iam_dir_renew(struct iam_dir_pass *pass, struct iam_dir_source *source)
{
    if (!source->is_suspect) {
        return IAM_OK;
    }
    IAM_ENSURE(pass->txn != NULL, IAM_CONFLICT);
    return source->item.kind == IAM_DIR_POLICY ? renew_policy(pass, source)
                                               : renew_group(pass, source);
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
