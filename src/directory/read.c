/* SPDX-License-Identifier: Apache-2.0 */
/* From the store to facts: what belongs to one principal is read, parsed and packed. */
#include "directory/read_int.h"
#include "model/arn.h"
#include "store/account.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"

static enum iam_status read_groups(struct iam_dir_pass *pass, struct iam_facts *draft,
                                   struct iam_row_sum *sum)
{
    struct iam_group_list list;

    IAM_TRY(iam_store_user_groups(pass->txn, &pass->arena, draft->id, NULL, &list));
    iam_row_sum_add(sum, &list.sum);
    struct iam_dir_source **groups =
        iam_arena_zalloc(&pass->arena, list.count, sizeof(struct iam_dir_source *));
    IAM_ENSURE(groups != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(iam_dir_need_group(pass, &list.items[i], &groups[i]));
    }
    draft->groups = groups;
    draft->group_count = list.count;
    return IAM_OK;
}

/* Policies, tags and boundary: what users and roles have in common. */
static enum iam_status read_parts(struct iam_dir_pass *pass, struct iam_facts *draft,
                                  struct iam_str boundary_id, struct iam_str boundary_arn,
                                  struct iam_row_sum *sum)
{
    const struct iam_entity_ref ref = { draft->kind, draft->account, draft->id };
    struct iam_tag_list tags;

    IAM_TRY(iam_dir_read_grants(pass, draft, sum));
    IAM_TRY(iam_store_tag_list(pass->txn, &pass->arena, &ref, NULL, &tags));
    iam_row_sum_add(sum, &tags.sum);
    draft->tags = tags.items;
    draft->tag_count = tags.count;
    if (iam_str_is_set(boundary_id) || iam_str_is_set(boundary_arn)) {
        IAM_TRY(iam_dir_need_policy(pass, boundary_id, boundary_arn, &draft->boundary));
    }
    return IAM_OK;
}

/* Checks that all parts that the principal has were among those that were read. */
static enum iam_status check_parts(struct iam_dir_pass *pass, const struct iam_facts *draft,
                                   const struct iam_row_sum *sum)
{
    const struct iam_entity_ref ref = { draft->kind, draft->account, draft->id };

    return iam_store_parts_check(pass->txn, &ref, sum);
}

enum iam_status iam_dir_read_account(struct iam_dir_pass *pass, const struct iam_account *account,
                                     struct iam_facts **ret)
{
    const struct iam_entity_arn arn = { .kind = IAM_KIND_ACCOUNT, .account = account->id };
    struct iam_facts draft = {
        .kind = IAM_KIND_ACCOUNT,
        .account = account->id,
        .id = account->id,
        .name = IAM_STR(""),
    };

    IAM_TRY(iam_entity_arn_print(&pass->arena, &arn, &draft.arn));
    return iam_facts_new(pass->pool, &draft, ret);
}

enum iam_status iam_dir_read_user(struct iam_dir_pass *pass, const struct iam_user *user,
                                  struct iam_facts **ret)
{
    IAM_CLEANUP(iam_dir_draft_done)
    struct iam_facts draft = {
        .kind = IAM_KIND_USER,
        .account = user->account,
        .id = user->id,
        .name = user->name,
        .arn = user->arn,
    };

    struct iam_row_sum sum = { 0 };

    IAM_TRY(read_parts(pass, &draft, user->boundary_policy_id, user->boundary_arn, &sum));
    IAM_TRY(read_groups(pass, &draft, &sum));
    IAM_TRY(check_parts(pass, &draft, &sum));
    return iam_facts_new(pass->pool, &draft, ret);
}

/* Reads the pins in the form that the decision takes. */
static enum iam_status read_pins(struct iam_dir_pass *pass, struct iam_str role_id,
                                 struct iam_set_entry *entry, struct iam_row_sum *sum)
{
    struct iam_pin_list list;

    IAM_TRY(iam_store_role_pins(pass->txn, &pass->arena, role_id, &list));
    iam_row_sum_add(sum, &list.sum);
    struct iam_principal_pin *pins = iam_arena_zalloc(&pass->arena, list.count, sizeof(*pins));
    IAM_ENSURE(pins != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        pins[i] =
            (struct iam_principal_pin){ list.items[i].principal_arn, list.items[i].unique_id };
    }
    entry->pins = pins;
    entry->pin_count = list.count;
    return IAM_OK;
}

/* Compiles the trust policy, here and once, as it depends on nothing but the role. */
static enum iam_status read_trust(struct iam_dir_pass *pass, const struct iam_role *role,
                                  struct iam_facts *draft, struct iam_row_sum *sum)
{
    struct iam_set_entry entry = { .name = role->arn };
    enum iam_status st = IAM_OK;

    IAM_TRY(read_pins(pass, role->id, &entry, sum));
    IAM_TRY(iam_shared_document(pass->pool, IAM_POLICY_TRUST, role->trust_document,
                                &draft->trust_text));
    if (draft->trust_text != NULL) {
        entry.policy = draft->trust_text->policy;
        st = iam_policy_set_new(&pass->pool->alloc, &entry, 1, &draft->trust);
        IAM_ENSURE(st != IAM_NOMEM, IAM_NOMEM);
    }
    draft->is_broken = draft->is_broken || draft->trust == NULL;
    return IAM_OK;
}

enum iam_status iam_dir_read_role(struct iam_dir_pass *pass, const struct iam_role *role,
                                  struct iam_facts **ret)
{
    IAM_CLEANUP(iam_dir_draft_done)
    struct iam_facts draft = {
        .kind = IAM_KIND_ROLE,
        .account = role->account,
        .id = role->id,
        .name = role->name,
        .arn = role->arn,
    };

    struct iam_row_sum sum = { 0 };

    IAM_TRY(read_trust(pass, role, &draft, &sum));
    IAM_TRY(read_parts(pass, &draft, role->boundary_policy_id, role->boundary_arn, &sum));
    IAM_TRY(check_parts(pass, &draft, &sum));
    return iam_facts_new(pass->pool, &draft, ret);
}
