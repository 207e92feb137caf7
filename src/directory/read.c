/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the store to records: what belongs to one entity is read, parsed and packed. A document that
 * does not parse is no error here: it breaks the views that it would have been part of, and only
 * those.
 */
#include "directory/pass_int.h"
#include "model/arn.h"
#include "store/account.h"
#include "store/group.h"
#include "store/inline_policy.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"

/* *ret is NULL when text is not a policy of this kind. Only IAM_NOMEM is a failure. */
static enum iam_status parse(const struct iam_dir_pass *pass, enum iam_policy_kind kind,
                             struct iam_str text, struct iam_policy **ret)
{
    struct iam_policy *policy = NULL;
    enum iam_status st = iam_policy_parse(pass->state->alloc, kind, text, &policy, NULL);

    IAM_ENSURE(st != IAM_NOMEM, IAM_NOMEM);
    *ret = st == IAM_OK ? policy : NULL;
    return IAM_OK;
}

/* The slices of a draft lie in arenas; the policies and the trust set are its own. */
static void draft_done(struct iam_facts *draft)
{
    for (size_t i = 0; i < draft->inline_count; i++) {
        iam_policy_unref(draft->inlines[i].policy);
    }
    iam_policy_set_unref(draft->trust);
}

/* The name that reasons show: of a group's policies with the group. */
static enum iam_status inline_name(struct iam_dir_pass *pass, const struct iam_facts *draft,
                                   struct iam_str name, struct iam_str *ret)
{
    if (draft->kind != IAM_KIND_GROUP) {
        *ret = name;
        return IAM_OK;
    }
    return iam_arena_fmt(&pass->entity, ret, "group/%.*s/%.*s", IAM_STR_ARG(draft->name),
                         IAM_STR_ARG(name));
}

static enum iam_status read_inlines(struct iam_dir_pass *pass, const struct iam_entity_ref *ref,
                                    struct iam_facts *draft)
{
    struct iam_inline_list list;

    IAM_TRY(iam_store_inline_load(pass->txn, &pass->entity, ref, &list));
    struct iam_dir_inline *inlines = iam_arena_zalloc(&pass->entity, list.count, sizeof(*inlines));
    IAM_ENSURE(inlines != NULL, IAM_NOMEM);
    draft->inlines = inlines;
    draft->inline_count = list.count;
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(inline_name(pass, draft, list.items[i].name, &inlines[i].name));
        IAM_TRY(parse(pass, IAM_POLICY_IDENTITY, list.items[i].document, &inlines[i].policy));
        draft->is_broken = draft->is_broken || inlines[i].policy == NULL;
    }
    return IAM_OK;
}

static enum iam_status read_attached(struct iam_dir_pass *pass, const struct iam_entity_ref *ref,
                                     struct iam_facts *draft)
{
    struct iam_attached_list list;

    IAM_TRY(iam_store_attached_list(pass->txn, &pass->entity, ref, iam_str_absent(), NULL, &list));
    struct iam_dir_policy **attached =
        iam_arena_zalloc(&pass->entity, list.count, sizeof(struct iam_dir_policy *));
    IAM_ENSURE(attached != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(iam_dir_policy_take(pass->state, list.items[i].policy_id, iam_str_absent(),
                                    list.items[i].arn, &attached[i]));
    }
    draft->attached = attached;
    draft->attached_count = list.count;
    return IAM_OK;
}

static enum iam_status read_groups(struct iam_dir_pass *pass, struct iam_facts *draft)
{
    struct iam_group_list list;

    IAM_TRY(iam_store_user_groups(pass->txn, &pass->entity, draft->id, NULL, &list));
    struct iam_dir_group **groups =
        iam_arena_zalloc(&pass->entity, list.count, sizeof(struct iam_dir_group *));
    IAM_ENSURE(groups != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        IAM_TRY(iam_dir_group_take(pass->state, list.items[i].id, &groups[i]));
    }
    draft->groups = groups;
    draft->group_count = list.count;
    return IAM_OK;
}

/* Policies, tags and boundary: what users and roles have in common. */
static enum iam_status read_parts(struct iam_dir_pass *pass, struct iam_facts *draft,
                                  struct iam_str boundary_id, struct iam_str boundary_arn)
{
    const struct iam_entity_ref ref = { draft->kind, draft->account, draft->id };
    struct iam_tag_list tags;

    IAM_TRY(read_inlines(pass, &ref, draft));
    IAM_TRY(read_attached(pass, &ref, draft));
    IAM_TRY(iam_store_tag_list(pass->txn, &pass->entity, &ref, NULL, &tags));
    draft->tags = tags.items;
    draft->tag_count = tags.count;
    if (iam_str_is_set(boundary_id)) {
        IAM_TRY(iam_dir_policy_take(pass->state, boundary_id, iam_str_absent(), boundary_arn,
                                    &draft->boundary));
    }
    return IAM_OK;
}

static enum iam_status fill_subject(struct iam_dir_pass *pass, const struct iam_facts *draft)
{
    struct iam_dir_subject *subject;
    struct iam_facts *facts;

    IAM_TRY(iam_dir_subject_take(pass->state, draft->id, &subject));
    IAM_TRY(iam_facts_new(pass->state->alloc, draft, &facts));
    iam_dir_subject_fill(subject, facts);
    iam_dir_pass_subject(pass, subject);
    return IAM_OK;
}

enum iam_status iam_dir_read_account(struct iam_dir_pass *pass, const struct iam_account *account)
{
    const struct iam_entity_arn arn = { .kind = IAM_KIND_ACCOUNT, .account = account->id };
    struct iam_facts draft = {
        .kind = IAM_KIND_ACCOUNT,
        .account = account->id,
        .id = account->id,
        .name = IAM_STR(""),
    };

    IAM_TRY(iam_entity_arn_print(&pass->entity, &arn, &draft.arn));
    return fill_subject(pass, &draft);
}

enum iam_status iam_dir_read_user(struct iam_dir_pass *pass, const struct iam_user *user)
{
    IAM_CLEANUP(draft_done)
    struct iam_facts draft = {
        .kind = IAM_KIND_USER,
        .account = user->account,
        .id = user->id,
        .name = user->name,
        .arn = user->arn,
    };

    IAM_TRY(read_parts(pass, &draft, user->boundary_policy_id, user->boundary_arn));
    IAM_TRY(read_groups(pass, &draft));
    return fill_subject(pass, &draft);
}

/* The pins as the decision takes them. */
static enum iam_status read_pins(struct iam_dir_pass *pass, struct iam_str role_id,
                                 struct iam_set_entry *entry)
{
    struct iam_pin_list list;

    IAM_TRY(iam_store_role_pins(pass->txn, &pass->entity, role_id, &list));
    struct iam_principal_pin *pins = iam_arena_zalloc(&pass->entity, list.count, sizeof(*pins));
    IAM_ENSURE(pins != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list.count; i++) {
        pins[i] =
            (struct iam_principal_pin){ list.items[i].principal_arn, list.items[i].unique_id };
    }
    entry->pins = pins;
    entry->pin_count = list.count;
    return IAM_OK;
}

/* The trust policy depends on nothing but the role, so it is compiled here, once. */
static enum iam_status read_trust(struct iam_dir_pass *pass, const struct iam_role *role,
                                  struct iam_facts *draft)
{
    struct iam_set_entry entry = { .name = role->arn };
    enum iam_status st = IAM_OK;

    IAM_TRY(read_pins(pass, role->id, &entry));
    IAM_TRY(parse(pass, IAM_POLICY_TRUST, role->trust_document, &entry.policy));
    if (entry.policy != NULL) {
        st = iam_policy_set_new(pass->state->alloc, &entry, 1, &draft->trust);
        iam_policy_unref(entry.policy);
        IAM_ENSURE(st != IAM_NOMEM, IAM_NOMEM);
    }
    draft->is_broken = draft->is_broken || draft->trust == NULL;
    return IAM_OK;
}

enum iam_status iam_dir_read_role(struct iam_dir_pass *pass, const struct iam_role *role)
{
    IAM_CLEANUP(draft_done)
    struct iam_facts draft = {
        .kind = IAM_KIND_ROLE,
        .account = role->account,
        .id = role->id,
        .name = role->name,
        .arn = role->arn,
    };

    IAM_TRY(read_trust(pass, role, &draft));
    IAM_TRY(read_parts(pass, &draft, role->boundary_policy_id, role->boundary_arn));
    return fill_subject(pass, &draft);
}

/* True when members have nothing new from facts b after facts a. */
static bool grants_same(const struct iam_facts *a, const struct iam_facts *b)
{
    if (a->is_broken || b->is_broken || a->inline_count != b->inline_count ||
        a->attached_count != b->attached_count) {
        return false;
    }
    for (size_t i = 0; i < a->inline_count; i++) {
        if (!iam_str_eq(a->inlines[i].name, b->inlines[i].name) ||
            !iam_str_eq(iam_policy_text(a->inlines[i].policy),
                        iam_policy_text(b->inlines[i].policy))) {
            return false;
        }
    }
    for (size_t i = 0; i < a->attached_count; i++) {
        if (a->attached[i] != b->attached[i]) {
            return false;
        }
    }
    return true;
}

/* A change of who is in the group is also one of the group, and must not touch all its members. */
static enum iam_status fill_group(struct iam_dir_pass *pass, const struct iam_facts *draft)
{
    struct iam_dir_group *group;
    struct iam_facts *facts;

    IAM_TRY(iam_dir_group_take(pass->state, draft->id, &group));
    if (group->facts != NULL && grants_same(group->facts, draft)) {
        return IAM_OK;
    }
    IAM_TRY(iam_facts_new(pass->state->alloc, draft, &facts));
    iam_dir_group_fill(group, facts);
    iam_dir_pass_group(pass, group);
    return IAM_OK;
}

enum iam_status iam_dir_read_group(struct iam_dir_pass *pass, const struct iam_group *group)
{
    const struct iam_entity_ref ref = { IAM_KIND_GROUP, group->account, group->id };
    IAM_CLEANUP(draft_done)
    struct iam_facts draft = {
        .kind = IAM_KIND_GROUP,
        .account = group->account,
        .id = group->id,
        .name = group->name,
    };

    IAM_TRY(read_inlines(pass, &ref, &draft));
    IAM_TRY(read_attached(pass, &ref, &draft));
    return fill_group(pass, &draft);
}

/* The text of the default version; absent when there is none, which the store does not permit. */
static enum iam_status default_text(struct iam_dir_pass *pass, struct iam_str policy_id,
                                    struct iam_str *ret)
{
    struct iam_policy_version version = { 0 };
    enum iam_status st =
        iam_store_version_get_default(pass->txn, &pass->entity, policy_id, &version);

    IAM_ENSURE(st == IAM_OK || st == IAM_NOT_FOUND, st);
    *ret = version.document;
    return IAM_OK;
}

enum iam_status iam_dir_read_policy(struct iam_dir_pass *pass,
                                    const struct iam_managed_policy *policy)
{
    struct iam_dir_policy *record;
    struct iam_policy *parsed;
    struct iam_str text;

    IAM_TRY(iam_dir_policy_take(pass->state, policy->id, policy->account, policy->arn, &record));
    IAM_TRY(default_text(pass, policy->id, &text));
    if (record->policy != NULL && iam_str_eq(iam_policy_text(record->policy), text)) {
        return IAM_OK;
    }
    IAM_TRY(parse(pass, IAM_POLICY_IDENTITY, text, &parsed));
    iam_policy_unref(record->policy);
    record->policy = parsed;
    record->is_gone = false;
    iam_dir_pass_policy(pass, record);
    return IAM_OK;
}

enum iam_status iam_dir_read_key(struct iam_dir_pass *pass, const struct iam_access_key *key)
{
    struct iam_dir_key *copy;

    IAM_TRY(iam_dir_key_new(pass->state->alloc, key, &copy));
    iam_dir_pass_key(pass, copy->id, copy);
    return IAM_OK;
}
