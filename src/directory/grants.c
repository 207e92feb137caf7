/* SPDX-License-Identifier: Apache-2.0 */
/* From the store to facts: the policies of a user, role or group, inline and attached. */
#include "directory/read_int.h"
#include "store/inline_policy.h"
#include "store/policy.h"

void iam_dir_draft_done(struct iam_facts *draft)
{
    for (size_t i = 0; i < draft->inline_count; i++) {
        iam_shared_unref(draft->inlines[i].document);
    }
    iam_policy_set_unref(draft->trust);
    iam_shared_unref(draft->trust_text);
}

/* Makes the name that reasons show, which for a policy of a group begins with the group. */
static enum iam_status inline_name(struct iam_dir_pass *pass, const struct iam_facts *draft,
                                   struct iam_str name, struct iam_str *ret)
{
    if (draft->kind != IAM_KIND_GROUP) {
        *ret = name;
        return IAM_OK;
    }
    return iam_arena_fmt(&pass->arena, ret, "group/%.*s/%.*s", IAM_STR_ARG(draft->name),
                         IAM_STR_ARG(name));
}

static enum iam_status read_inlines(struct iam_dir_pass *pass, const struct iam_entity_ref *ref,
                                    struct iam_facts *draft, struct iam_row_sum *sum)
{
    struct iam_inline_list list;

    IAM_TRY(iam_store_inline_load(pass->txn, &pass->arena, ref, &list));
    iam_row_sum_add(sum, &list.sum);
    struct iam_dir_inline *inlines = iam_arena_zalloc(&pass->arena, list.count, sizeof(*inlines));
    IAM_ENSURE(inlines != NULL, IAM_NOMEM);
    draft->inlines = inlines;
    draft->inline_count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(inline_name(pass, draft, list.items[i].name, &inlines[i].name));
        IAM_TRY(iam_shared_document(pass->pool, IAM_POLICY_IDENTITY, list.items[i].document,
                                    &inlines[i].document));
        draft->is_broken = draft->is_broken || inlines[i].document == NULL;
    }
    return IAM_OK;
}

static enum iam_status read_attached(struct iam_dir_pass *pass, const struct iam_entity_ref *ref,
                                     struct iam_facts *draft, struct iam_row_sum *sum)
{
    struct iam_attached_list list;

    IAM_TRY(iam_store_attached_list(pass->txn, &pass->arena, ref, iam_str_absent(), NULL, &list));
    iam_row_sum_add(sum, &list.sum);
    struct iam_dir_source **attached =
        iam_arena_zalloc(&pass->arena, list.count, sizeof(struct iam_dir_source *));
    IAM_ENSURE(attached != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(
            iam_dir_need_policy(pass, list.items[i].policy_id, list.items[i].arn, &attached[i]));
    }
    draft->attached = attached;
    draft->attached_count = list.count;
    return IAM_OK;
}

enum iam_status iam_dir_read_grants(struct iam_dir_pass *pass, struct iam_facts *draft,
                                    struct iam_row_sum *sum)
{
    const struct iam_entity_ref ref = { draft->kind, draft->account, draft->id };

    IAM_TRY(read_inlines(pass, &ref, draft, sum));
    return read_attached(pass, &ref, draft, sum);
}
