/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policies that live inside a user, group or role: the same four operations for each. SPEC: IAM API
 * Reference, "PutUserPolicy", "GetUserPolicy", "ListUserPolicies", "DeleteUserPolicy"; IAM User
 * Guide, "IAM and AWS STS quotas": the quota is for all inline policies of one entity together.
 */
#include "services/iam/convert.h"

#include "iam/policy.h"
#include "store/inline_policy.h"

/* Whose policies a call is about. */
struct owner {
    struct iam_entity_ref ref;
    struct iam_str name;
    const struct iam_kind_row *kind;
};

/* ---- for every kind ---- */

static enum iam_status user_owner(struct iam_call *call, struct iam_str name, struct owner *ret)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, name, &user));
    *ret = (struct owner){ iam_ref_user(user), user->name, iam_kind_get(IAM_KIND_USER) };
    return IAM_OK;
}

static enum iam_status group_owner(struct iam_call *call, struct iam_str name, struct owner *ret)
{
    const struct iam_group *group;
    IAM_TRY(iam_need_group(call, name, &group));
    *ret = (struct owner){ iam_ref_group(group), group->name, iam_kind_get(IAM_KIND_GROUP) };
    return IAM_OK;
}

static enum iam_status role_owner(struct iam_call *call, struct iam_str name, struct owner *ret)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_role(call, name, &role));
    *ret = (struct owner){ iam_ref_role(role), role->name, iam_kind_get(IAM_KIND_ROLE) };
    return IAM_OK;
}

/* Does what role_owner does for a role whose policies are to be changed. */
static enum iam_status own_role_owner(struct iam_call *call, struct iam_str name, struct owner *ret)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_own_role(call, name, &role));
    return role_owner(call, name, ret);
}

static enum iam_status or_no_policy(struct iam_call *call, enum iam_status st,
                                    const struct owner *owner, struct iam_str policy_name)
{
    if (st != IAM_NOT_FOUND) {
        return st;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The %.*s policy with name %.*s cannot be found.",
                    IAM_STR_ARG(owner->kind->noun), API_QUOTED(policy_name));
}

/*
 * Checks a size: chars are the characters that the quota counts, bytes include the white space,
 * which it does not count.
 */
static enum iam_status check_size(struct iam_call *call, const struct owner *owner, size_t chars,
                                  size_t bytes)
{
    size_t max = (size_t)api_quota(call, owner->kind->inline_quota);
    if (!api_is_over_size(chars, bytes, max)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_LIMIT_EXCEEDED,
                    "Maximum policy size of %zu bytes exceeded for %.*s %.*s", max,
                    IAM_STR_ARG(owner->kind->noun), IAM_STR_ARG(owner->name));
}

static enum iam_status put(struct iam_call *call, const struct owner *owner,
                           struct iam_str policy_name, struct iam_str document)
{
    struct iam_inline_list all = { 0 };
    size_t chars = 0;
    size_t bytes = 0;
    IAM_TRY(check_size(call, owner, iam_quota_document_chars(document), document.len));
    IAM_TRY(api_check_document(call, IAM_POLICY_IDENTITY, document, SIZE_MAX));
    IAM_TRY(iam_store_inline_put(call->txn, &owner->ref, policy_name, document));
    /*
     * The quota is for all policies of the owner, this one included; the fault undoes the change.
     */
    IAM_TRY(iam_store_inline_load(call->txn, call->arena, &owner->ref, &all));
    for (size_t i = 0; i < all.count; i++) {
        chars += iam_quota_document_chars(all.items[i].document);
        bytes += all.items[i].document.len;
    }
    return check_size(call, owner, chars, bytes);
}

enum iam_status iam_role_inline_put(struct iam_call *call, const struct iam_role *role,
                                    struct iam_str policy_name, struct iam_str document)
{
    const struct owner owner = { iam_ref_role(role), role->name, iam_kind_get(IAM_KIND_ROLE) };
    return put(call, &owner, policy_name, document);
}

/*
 * Returns the document, and the name as it was asked for, whatever its stored spelling: recorded on
 * AWS.
 */
static enum iam_status get(struct iam_call *call, const struct owner *owner,
                           struct iam_str policy_name, struct iam_str *ret_name,
                           struct iam_str *ret_document)
{
    struct iam_inline_policy policy;
    enum iam_status st =
        iam_store_inline_get(call->txn, call->arena, &owner->ref, policy_name, &policy);
    IAM_TRY(or_no_policy(call, st, owner, policy_name));
    *ret_name = policy_name;
    return api_encode_document(call, policy.document, ret_document);
}

/* Reads one page of names, as stored (for the end of the page) and as answered. */
static enum iam_status list(struct iam_call *call, const struct owner *owner,
                            const struct iam_page *page, struct iam_inline_list *ret_page,
                            struct api_iam_policy_name_list *ret)
{
    IAM_TRY(iam_store_inline_list(call->txn, call->arena, &owner->ref, page, ret_page));
    struct iam_str *items = iam_arena_zalloc(call->arena, ret_page->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < ret_page->count; i++) {
        items[i] = ret_page->items[i].name;
    }
    *ret = (struct api_iam_policy_name_list){ items, ret_page->count, true };
    return IAM_OK;
}

static enum iam_status drop(struct iam_call *call, const struct owner *owner,
                            struct iam_str policy_name)
{
    return or_no_policy(call, iam_store_inline_delete(call->txn, &owner->ref, policy_name), owner,
                        policy_name);
}

/* ---- users ---- */

enum iam_status api_iam_put_user_policy(struct iam_call *call,
                                        const struct api_iam_put_user_policy_in *in)
{
    struct owner owner;
    IAM_TRY(user_owner(call, in->user_name, &owner));
    return put(call, &owner, in->policy_name, in->policy_document);
}

enum iam_status api_iam_get_user_policy(struct iam_call *call,
                                        const struct api_iam_get_user_policy_in *in,
                                        struct api_iam_get_user_policy_out *out)
{
    struct owner owner;
    IAM_TRY(user_owner(call, in->user_name, &owner));
    out->user_name = owner.name;
    return get(call, &owner, in->policy_name, &out->policy_name, &out->policy_document);
}

enum iam_status api_iam_list_user_policies(struct iam_call *call,
                                           const struct api_iam_list_user_policies_in *in,
                                           struct api_iam_list_user_policies_out *out)
{
    struct owner owner;
    struct iam_page page;
    struct iam_inline_list policies = { 0 };
    IAM_TRY(user_owner(call, in->user_name, &owner));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(list(call, &owner, &page, &policies, &out->policy_names));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}

enum iam_status api_iam_delete_user_policy(struct iam_call *call,
                                           const struct api_iam_delete_user_policy_in *in)
{
    struct owner owner;
    IAM_TRY(user_owner(call, in->user_name, &owner));
    return drop(call, &owner, in->policy_name);
}

/* ---- groups ---- */

enum iam_status api_iam_put_group_policy(struct iam_call *call,
                                         const struct api_iam_put_group_policy_in *in)
{
    struct owner owner;
    IAM_TRY(group_owner(call, in->group_name, &owner));
    return put(call, &owner, in->policy_name, in->policy_document);
}

enum iam_status api_iam_get_group_policy(struct iam_call *call,
                                         const struct api_iam_get_group_policy_in *in,
                                         struct api_iam_get_group_policy_out *out)
{
    struct owner owner;
    IAM_TRY(group_owner(call, in->group_name, &owner));
    out->group_name = owner.name;
    return get(call, &owner, in->policy_name, &out->policy_name, &out->policy_document);
}

enum iam_status api_iam_list_group_policies(struct iam_call *call,
                                            const struct api_iam_list_group_policies_in *in,
                                            struct api_iam_list_group_policies_out *out)
{
    struct owner owner;
    struct iam_page page;
    struct iam_inline_list policies = { 0 };
    IAM_TRY(group_owner(call, in->group_name, &owner));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(list(call, &owner, &page, &policies, &out->policy_names));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}

enum iam_status api_iam_delete_group_policy(struct iam_call *call,
                                            const struct api_iam_delete_group_policy_in *in)
{
    struct owner owner;
    IAM_TRY(group_owner(call, in->group_name, &owner));
    return drop(call, &owner, in->policy_name);
}

/* ---- roles ---- */

enum iam_status api_iam_put_role_policy(struct iam_call *call,
                                        const struct api_iam_put_role_policy_in *in)
{
    struct owner owner;
    IAM_TRY(own_role_owner(call, in->role_name, &owner));
    return put(call, &owner, in->policy_name, in->policy_document);
}

enum iam_status api_iam_get_role_policy(struct iam_call *call,
                                        const struct api_iam_get_role_policy_in *in,
                                        struct api_iam_get_role_policy_out *out)
{
    struct owner owner;
    IAM_TRY(role_owner(call, in->role_name, &owner));
    out->role_name = owner.name;
    return get(call, &owner, in->policy_name, &out->policy_name, &out->policy_document);
}

enum iam_status api_iam_list_role_policies(struct iam_call *call,
                                           const struct api_iam_list_role_policies_in *in,
                                           struct api_iam_list_role_policies_out *out)
{
    struct owner owner;
    struct iam_page page;
    struct iam_inline_list policies = { 0 };
    IAM_TRY(role_owner(call, in->role_name, &owner));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(list(call, &owner, &page, &policies, &out->policy_names));
    return api_page_close(call, policies.is_truncated, policies.next, &out->is_truncated,
                          &out->marker);
}

enum iam_status api_iam_delete_role_policy(struct iam_call *call,
                                           const struct api_iam_delete_role_policy_in *in)
{
    struct owner owner;
    IAM_TRY(own_role_owner(call, in->role_name, &owner));
    return drop(call, &owner, in->policy_name);
}
