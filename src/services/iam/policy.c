/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies and the entities that use them; their versions are in policy_version.c. AWS
 * managed policies (aws_policy.c) are read like the account's own and never changed. SPEC: IAM API
 * Reference, "CreatePolicy", "ListPolicies", "ListEntitiesForPolicy" and others.
 */
#include "services/iam/convert.h"

#include "iam/policy.h"

/* ---- conversions ---- */

/*
 * Fills in what a list shows. SPEC: IAM API Reference, "Policy": only GetPolicy shows the
 * description and the tags.
 */
static enum iam_status fill_policy(struct iam_call *call, const struct iam_managed_policy *from,
                                   struct api_iam_policy *to)
{
    *to =
        (struct api_iam_policy){ .policy_name = from->name,
                                 .policy_id = from->id,
                                 .arn = from->arn,
                                 .path = from->path,
                                 .attachment_count = api_int(from->attachment_count),
                                 .permissions_boundary_usage_count = api_int(from->boundary_count),
                                 .is_attachable = api_bool(true),
                                 .create_date = api_time(from->created_ms),
                                 .update_date = api_time(from->updated_ms) };
    return iam_version_id(call, from->default_version, &to->default_version_id);
}

static enum iam_status policy_out(struct iam_call *call, const struct iam_managed_policy *from,
                                  struct api_iam_policy **ret)
{
    struct iam_entity_ref ref = iam_ref_policy(from);
    struct api_iam_policy *policy = iam_arena_zalloc(call->arena, 1, sizeof(*policy));
    IAM_ENSURE(policy != NULL, IAM_NOMEM);
    IAM_TRY(fill_policy(call, from, policy));
    IAM_TRY(iam_tags_out(call, &ref, &policy->tags));
    *ret = policy;
    return IAM_OK;
}

/*
 * Returns the use that a filter names; any use when it is absent. The definition permits no third
 * value.
 */
static enum iam_policy_usage usage_of(struct iam_str filter)
{
    if (!iam_str_is_set(filter)) {
        return IAM_USAGE_ANY;
    }
    return iam_str_eq(filter, IAM_STR("PermissionsBoundary")) ? IAM_USAGE_BOUNDARY
                                                              : IAM_USAGE_PERMISSIONS;
}

/* ---- policies ---- */

static enum iam_status add_policy(struct iam_call *call, const struct api_iam_create_policy_in *in,
                                  struct iam_managed_policy *policy)
{
    IAM_TRY(iam_check_room(call, IAM_KIND_POLICY, IAM_TABLE_POLICY));
    IAM_TRY(iam_new_id(call, IAM_KIND_POLICY, &policy->id));
    enum iam_status st = iam_store_policy_add(call->txn, policy, in->policy_document);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "A policy called %.*s already exists. Duplicate names are not allowed.",
                        API_QUOTED(in->policy_name));
    }
    return st;
}

enum iam_status api_iam_create_policy(struct iam_call *call,
                                      const struct api_iam_create_policy_in *in,
                                      struct api_iam_create_policy_out *out)
{
    struct iam_managed_policy policy = { .account = api_account(call),
                                         .name = in->policy_name,
                                         .path = iam_path_or_root(in->path),
                                         .created_ms = iam_created_now(call) };
    size_t max_chars = (size_t)api_quota(call, IAM_QUOTA_MANAGED_POLICY_SIZE);
    if (in->description.len > 0) {
        policy.description = in->description;
    }
    IAM_TRY(api_check_document(call, IAM_POLICY_MANAGED, in->policy_document, max_chars));
    IAM_TRY(add_policy(call, in, &policy));
    struct iam_entity_ref ref = iam_ref_policy(&policy);
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    IAM_TRY(iam_store_policy_get_by_id(call->txn, call->arena, policy.account, policy.id, &policy));
    return policy_out(call, &policy, &out->policy);
}

/* Reads the policy of the call with the counts of its attachments and of its uses as a boundary. */
static enum iam_status need_counted(struct iam_call *call, struct iam_str arn,
                                    struct iam_managed_policy *ret)
{
    const struct iam_managed_policy *policy;
    IAM_TRY(iam_need_policy(call, arn, &policy));
    return iam_policy_count(call, policy, ret);
}

enum iam_status api_iam_get_policy(struct iam_call *call, const struct api_iam_get_policy_in *in,
                                   struct api_iam_get_policy_out *out)
{
    struct iam_managed_policy policy;
    IAM_TRY(need_counted(call, in->policy_arn, &policy));
    IAM_TRY(policy_out(call, &policy, &out->policy));
    out->policy->description = policy.description;
    /* Unlike a user or a role, a policy without tags shows an empty list. */
    out->policy->tags.is_set = true;
    return IAM_OK;
}

static enum iam_status policy_list_out(struct iam_call *call, const struct iam_policy_list *from,
                                       struct api_iam_policy_list *ret)
{
    struct api_iam_policy *items = iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        IAM_TRY(fill_policy(call, &from->items[i], &items[i]));
    }
    *ret = (struct api_iam_policy_list){ items, from->count, true };
    return IAM_OK;
}

/* Begins the places in the list at which AWS's policies are: '!' is in no name. */
#define AWS_PLACE "!"

/*
 * Adds AWS's policies to a page that has those of the account; rest is what is left of it. Without
 * room, it only tells whether there are any.
 */
static enum iam_status add_aws(struct iam_call *call, const struct iam_policy_filter *filter,
                               const struct iam_page *rest, struct iam_policy_list *list)
{
    const struct iam_page page = { .after = rest->after,
                                   .limit = rest->limit > 0 ? rest->limit : 1 };
    struct iam_policy_list aws = { 0 };
    IAM_TRY(iam_aws_policy_list(call, filter, &page, &aws));
    size_t added = rest->limit > 0 ? aws.count : 0;
    struct iam_managed_policy *items =
        iam_arena_zalloc(call->arena, list->count + added + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < list->count + added; i++) {
        items[i] = i < list->count ? list->items[i] : aws.items[i - list->count];
    }
    list->items = items;
    list->count += added;
    list->is_truncated = aws.is_truncated || added < aws.count;
    struct iam_str next = added > 0 ? aws.next : iam_str_absent();
    return iam_arena_fmt(call->arena, &list->next, AWS_PLACE "%.*s", IAM_STR_ARG(next));
}

/* Reads a page: the account's own policies by name, then AWS's in AWS's order. */
static enum iam_status list_policies(struct iam_call *call, struct iam_str scope,
                                     const struct iam_policy_filter *filter,
                                     const struct iam_page *page, struct iam_policy_list *ret)
{
    bool is_in_aws = iam_str_starts(iam_str_or(page->after, IAM_STR("")), IAM_STR(AWS_PLACE));
    if (!is_in_aws && !iam_str_eq(scope, IAM_STR("AWS"))) {
        IAM_TRY(
            iam_store_policy_list(call->txn, call->arena, api_account(call), filter, page, ret));
    }
    if (ret->is_truncated || iam_str_eq(scope, IAM_STR("Local"))) {
        return IAM_OK;
    }
    const struct iam_page rest = { .after = is_in_aws ? iam_str_sub(page->after, 1, page->after.len)
                                                      : iam_str_absent(),
                                   .limit = page->limit - ret->count };
    return add_aws(call, filter, &rest, ret);
}

enum iam_status api_iam_list_policies(struct iam_call *call,
                                      const struct api_iam_list_policies_in *in,
                                      struct api_iam_list_policies_out *out)
{
    struct iam_page page;
    struct iam_policy_list policies = { 0 };
    /* Recorded on AWS: the kind of use counts only together with OnlyAttached. */
    struct iam_policy_filter filter = { .only_used =
                                            in->only_attached.is_set && in->only_attached.value,
                                        .usage = usage_of(in->policy_usage_filter),
                                        .path_prefix = in->path_prefix };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(list_policies(call, in->scope, &filter, &page, &policies));
    IAM_TRY(policy_list_out(call, &policies, &out->policies));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}

enum iam_status api_iam_delete_policy(struct iam_call *call,
                                      const struct api_iam_delete_policy_in *in)
{
    struct iam_managed_policy policy;
    int64_t versions;
    IAM_TRY(iam_check_own_policy(call, in->policy_arn, "delete"));
    IAM_TRY(need_counted(call, in->policy_arn, &policy));
    if (policy.attachment_count > 0 || policy.boundary_count > 0) {
        return api_fail(call, API_ERR_DELETE_CONFLICT,
                        "Cannot delete a policy attached to entities.");
    }
    IAM_TRY(iam_store_version_count(call->txn, policy.id, &versions));
    if (versions > 1) {
        return api_fail(call, API_ERR_DELETE_CONFLICT,
                        "This policy has more than one version. Before you delete a policy, you "
                        "must delete the policy's versions. The default version is deleted with "
                        "the policy.");
    }
    return iam_store_policy_delete(call->txn, policy.account, policy.id);
}

/* ---- what uses a policy ---- */

/*
 * Tells whether the filter is absent (*ret is IAM_KIND_NONE: all kinds) or names a kind that can
 * use policies.
 */
static bool entity_kind_of(struct iam_str filter, enum iam_kind *ret)
{
    *ret = iam_str_is_set(filter) ? iam_kind_of_policy_user(filter) : IAM_KIND_NONE;
    return *ret != IAM_KIND_NONE || !iam_str_is_set(filter);
}

static enum iam_status make_lists(struct iam_call *call, size_t room,
                                  struct api_iam_list_entities_for_policy_out *out)
{
    out->policy_users.items =
        iam_arena_zalloc(call->arena, room, sizeof(struct api_iam_policy_user));
    out->policy_groups.items =
        iam_arena_zalloc(call->arena, room, sizeof(struct api_iam_policy_group));
    out->policy_roles.items =
        iam_arena_zalloc(call->arena, room, sizeof(struct api_iam_policy_role));
    IAM_ENSURE(out->policy_users.items != NULL && out->policy_groups.items != NULL &&
                   out->policy_roles.items != NULL,
               IAM_NOMEM);
    out->policy_users.is_set = true;
    out->policy_groups.is_set = true;
    out->policy_roles.is_set = true;
    return IAM_OK;
}

/* Appends the entity to the list of its kind, which has room for it. */
static void add_entity(const struct iam_policy_entity *e,
                       struct api_iam_list_entities_for_policy_out *out)
{
    if (e->kind == IAM_KIND_USER) {
        out->policy_users.items[out->policy_users.count++] =
            (struct api_iam_policy_user){ .user_name = e->name, .user_id = e->id };
    } else if (e->kind == IAM_KIND_GROUP) {
        out->policy_groups.items[out->policy_groups.count++] =
            (struct api_iam_policy_group){ .group_name = e->name, .group_id = e->id };
    } else {
        out->policy_roles.items[out->policy_roles.count++] =
            (struct api_iam_policy_role){ .role_name = e->name, .role_id = e->id };
    }
}

enum iam_status
api_iam_list_entities_for_policy(struct iam_call *call,
                                 const struct api_iam_list_entities_for_policy_in *in,
                                 struct api_iam_list_entities_for_policy_out *out)
{
    struct iam_page page;
    struct iam_policy_entity_list entities = { 0 };
    struct iam_policy_entity_filter filter = { .usage = usage_of(in->policy_usage_filter),
                                               .path_prefix = in->path_prefix };
    IAM_TRY(iam_check_policy_arn(call, in->policy_arn));
    const struct iam_managed_policy *policy = api_target_entity(call, IAM_KIND_POLICY);
    if (policy == NULL) {
        return iam_fail_no_policy(call, in->policy_arn);
    }
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    if (entity_kind_of(in->entity_filter, &filter.kind)) {
        IAM_TRY(iam_store_policy_entities(call->txn, call->arena, api_account(call),
                                          iam_policy_key(policy), &filter, &page, &entities));
    }
    IAM_TRY(make_lists(call, entities.count + 1, out));
    for (size_t i = 0; i < entities.count; i++) {
        add_entity(&entities.items[i], out);
    }
    return api_page_close(call, entities.is_truncated, entities.next, &out->is_truncated,
                          &out->marker);
}
