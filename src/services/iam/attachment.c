/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Managed policies attached to users, groups and roles: the same three operations for each.
 * SPEC: IAM API Reference, "AttachUserPolicy", "DetachUserPolicy", "ListAttachedUserPolicies".
 */
#include "services/iam/convert.h"

/* ---- for every kind ---- */

/* Finds the policy; *ret_found is false when there is none or this account cannot use it. */
static enum iam_status find_policy(struct iam_call *call, struct iam_str arn,
                                   struct iam_managed_policy *ret, bool *ret_found)
{
    IAM_TRY(iam_check_policy_arn(call, arn));
    enum iam_status st = iam_policy_find(call, arn, ret);
    *ret_found = st == IAM_OK;
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

enum iam_status iam_attach(struct iam_call *call, const struct iam_entity_ref *entity,
                           struct iam_str arn)
{
    struct iam_managed_policy policy;
    bool found;
    int64_t count;
    IAM_TRY(find_policy(call, arn, &policy, &found));
    if (!found || iam_policy_is_for_root(&policy)) {
        return iam_fail_no_policy(call, arn);
    }
    IAM_TRY(iam_check_attachable(call, &policy));
    IAM_TRY(iam_store_policy_attach(call->txn, entity, iam_policy_key(&policy)));
    IAM_TRY(iam_store_attached_count(call->txn, entity, &count));
    /* The fault rolls the transaction back, so one too many does not stay. */
    return iam_check_quota(call, iam_kind_get(entity->kind)->attached_quota, count - 1);
}

static enum iam_status detach(struct iam_call *call, const struct iam_entity_ref *entity,
                              struct iam_str arn)
{
    struct iam_managed_policy policy = { .account = IAM_ACCOUNT_AWS, .arn = arn };
    bool found = iam_arn_is_aws_policy(arn); /* what AWS has no more can still be detached */
    if (!found) {
        IAM_TRY(find_policy(call, arn, &policy, &found));
    }
    enum iam_status st = IAM_NOT_FOUND;
    if (found) {
        st = iam_store_policy_detach(call->txn, entity, iam_policy_key(&policy));
    }
    return st == IAM_NOT_FOUND ? iam_fail_policy_not_found(call, arn) : st;
}

enum iam_status iam_attached_list_out(struct iam_call *call, const struct iam_attached_list *from,
                                      struct api_iam_attached_policies_list *ret)
{
    struct api_iam_attached_policy *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        items[i] = (struct api_iam_attached_policy){ .policy_name = from->items[i].name,
                                                     .policy_arn = from->items[i].arn };
    }
    *ret = (struct api_iam_attached_policies_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status iam_attached_out(struct iam_call *call, const struct iam_entity_ref *entity,
                                 struct iam_str path_prefix, const struct iam_page *page,
                                 struct iam_attached_list *ret_page,
                                 struct api_iam_attached_policies_list *ret)
{
    IAM_TRY(iam_store_attached_list(call->txn, call->arena, entity, path_prefix, page, ret_page));
    return iam_attached_list_out(call, ret_page, ret);
}

/* ---- users ---- */

enum iam_status api_iam_attach_user_policy(struct iam_call *call,
                                           const struct api_iam_attach_user_policy_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    struct iam_entity_ref ref = iam_ref_user(user);
    return iam_attach(call, &ref, in->policy_arn);
}

enum iam_status api_iam_detach_user_policy(struct iam_call *call,
                                           const struct api_iam_detach_user_policy_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    struct iam_entity_ref ref = iam_ref_user(user);
    return detach(call, &ref, in->policy_arn);
}

enum iam_status
api_iam_list_attached_user_policies(struct iam_call *call,
                                    const struct api_iam_list_attached_user_policies_in *in,
                                    struct api_iam_list_attached_user_policies_out *out)
{
    const struct iam_user *user;
    struct iam_page page;
    struct iam_attached_list policies = { 0 };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    struct iam_entity_ref ref = iam_ref_user(user);
    IAM_TRY(
        iam_attached_out(call, &ref, in->path_prefix, &page, &policies, &out->attached_policies));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}

/* ---- groups ---- */

enum iam_status api_iam_attach_group_policy(struct iam_call *call,
                                            const struct api_iam_attach_group_policy_in *in)
{
    const struct iam_group *group;
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    struct iam_entity_ref ref = iam_ref_group(group);
    return iam_attach(call, &ref, in->policy_arn);
}

enum iam_status api_iam_detach_group_policy(struct iam_call *call,
                                            const struct api_iam_detach_group_policy_in *in)
{
    const struct iam_group *group;
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    struct iam_entity_ref ref = iam_ref_group(group);
    return detach(call, &ref, in->policy_arn);
}

enum iam_status
api_iam_list_attached_group_policies(struct iam_call *call,
                                     const struct api_iam_list_attached_group_policies_in *in,
                                     struct api_iam_list_attached_group_policies_out *out)
{
    const struct iam_group *group;
    struct iam_page page;
    struct iam_attached_list policies = { 0 };
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    struct iam_entity_ref ref = iam_ref_group(group);
    IAM_TRY(
        iam_attached_out(call, &ref, in->path_prefix, &page, &policies, &out->attached_policies));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}

/* ---- roles ---- */

enum iam_status api_iam_attach_role_policy(struct iam_call *call,
                                           const struct api_iam_attach_role_policy_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_own_role(call, in->role_name, &role));
    struct iam_entity_ref ref = iam_ref_role(role);
    return iam_attach(call, &ref, in->policy_arn);
}

enum iam_status api_iam_detach_role_policy(struct iam_call *call,
                                           const struct api_iam_detach_role_policy_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_own_role(call, in->role_name, &role));
    struct iam_entity_ref ref = iam_ref_role(role);
    return detach(call, &ref, in->policy_arn);
}

enum iam_status
api_iam_list_attached_role_policies(struct iam_call *call,
                                    const struct api_iam_list_attached_role_policies_in *in,
                                    struct api_iam_list_attached_role_policies_out *out)
{
    const struct iam_role *role;
    struct iam_page page;
    struct iam_attached_list policies = { 0 };
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    struct iam_entity_ref ref = iam_ref_role(role);
    IAM_TRY(
        iam_attached_out(call, &ref, in->path_prefix, &page, &policies, &out->attached_policies));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}
