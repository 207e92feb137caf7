/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instance profiles: each hands one role to EC2 instances. SPEC: IAM API Reference,
 * "CreateInstanceProfile" and the actions about instance profiles.
 */
#include "services/iam/convert.h"

#include "store/instance_profile.h"
#include "store/role.h"

/* ---- which one ---- */

enum iam_status api_iam_resolve_instance_profile(struct iam_call *call, const void *in,
                                                 const struct api_reference *ref,
                                                 struct api_target *ret)
{
    struct iam_instance_profile *profile = iam_arena_alloc(call->arena, sizeof(*profile));
    (void)in;
    IAM_ENSURE(profile != NULL, IAM_NOMEM);
    enum iam_status st = iam_store_instance_profile_get(call->txn, call->arena, api_account(call),
                                                        ref->name, profile);
    if (st == IAM_NOT_FOUND) {
        return iam_arn_of(call->arena, IAM_KIND_INSTANCE_PROFILE, api_account(call), IAM_STR("/"),
                          ref->name, &ret->arn);
    }
    IAM_TRY(st);
    ret->entity = profile;
    ret->ref = (struct iam_entity_ref){ IAM_KIND_INSTANCE_PROFILE, profile->account, profile->id };
    ret->arn = profile->arn;
    return IAM_OK;
}

enum iam_status api_iam_resolve_new_instance_profile(struct iam_call *call, const void *in,
                                                     const struct api_reference *ref,
                                                     struct api_target *ret)
{
    (void)in;
    return iam_arn_of(call->arena, IAM_KIND_INSTANCE_PROFILE, api_account(call),
                      iam_path_or_root(ref->path), ref->name, &ret->arn);
}

enum iam_status api_iam_resolve_instance_profile_path(struct iam_call *call, const void *in,
                                                      const struct api_reference *ref,
                                                      struct api_target *ret)
{
    (void)in;
    return iam_arn_of(call->arena, IAM_KIND_INSTANCE_PROFILE, api_account(call),
                      iam_path_or_root(ref->path), iam_str_absent(), &ret->arn);
}

/*
 * Returns in *ret the profile that the call is about; NoSuchEntity with the name that was asked for
 * when there is none.
 */
static enum iam_status need(struct iam_call *call, struct iam_str name,
                            const struct iam_instance_profile **ret)
{
    *ret = api_target_entity(call, IAM_KIND_INSTANCE_PROFILE);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Instance Profile %.*s cannot be found.",
                    API_QUOTED(name));
}

/* ---- reading ---- */

/* Fills in a profile with its role, without the members that only GetRole shows. */
static enum iam_status fill(struct iam_call *call, const struct iam_instance_profile *from,
                            struct api_iam_instance_profile *to)
{
    *to = (struct api_iam_instance_profile){ .path = from->path,
                                             .instance_profile_name = from->name,
                                             .instance_profile_id = from->id,
                                             .arn = from->arn,
                                             .create_date = api_time(from->created_ms),
                                             .roles.is_set = true };
    if (!iam_str_is_set(from->role_id)) {
        return IAM_OK;
    }
    struct iam_role stored;
    struct api_iam_role *role = iam_arena_zalloc(call->arena, 1, sizeof(*role));
    IAM_ENSURE(role != NULL, IAM_NOMEM);
    IAM_TRY(iam_store_role_get_by_id(call->txn, call->arena, from->role_id, &stored));
    IAM_TRY(iam_role_fill(call, &stored, role));
    to->roles.items = role;
    to->roles.count = 1;
    return IAM_OK;
}

static enum iam_status profile_out(struct iam_call *call, const struct iam_instance_profile *from,
                                   struct api_iam_instance_profile **ret)
{
    const struct iam_entity_ref ref = { IAM_KIND_INSTANCE_PROFILE, from->account, from->id };
    struct api_iam_instance_profile *profile = iam_arena_zalloc(call->arena, 1, sizeof(*profile));
    IAM_ENSURE(profile != NULL, IAM_NOMEM);
    IAM_TRY(fill(call, from, profile));
    IAM_TRY(iam_tags_out(call, &ref, &profile->tags));
    *ret = profile;
    return IAM_OK;
}

enum iam_status iam_instance_profile_list_out(struct iam_call *call,
                                              const struct iam_instance_profile_list *from,
                                              struct api_iam_instance_profile_list *ret)
{
    struct api_iam_instance_profile *items =
        iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        IAM_TRY(fill(call, &from->items[i], &items[i]));
    }
    *ret = (struct api_iam_instance_profile_list){ items, from->count, true };
    return IAM_OK;
}

enum iam_status api_iam_get_instance_profile(struct iam_call *call,
                                             const struct api_iam_get_instance_profile_in *in,
                                             struct api_iam_get_instance_profile_out *out)
{
    const struct iam_instance_profile *profile;
    IAM_TRY(need(call, in->instance_profile_name, &profile));
    return profile_out(call, profile, &out->instance_profile);
}

enum iam_status api_iam_list_instance_profiles(struct iam_call *call,
                                               const struct api_iam_list_instance_profiles_in *in,
                                               struct api_iam_list_instance_profiles_out *out)
{
    struct iam_page page;
    struct iam_instance_profile_list list = { 0 };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_instance_profile_list(call->txn, call->arena, api_account(call),
                                            in->path_prefix, &page, &list));
    IAM_TRY(iam_instance_profile_list_out(call, &list, &out->instance_profiles));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

enum iam_status
api_iam_list_instance_profiles_for_role(struct iam_call *call,
                                        const struct api_iam_list_instance_profiles_for_role_in *in,
                                        struct api_iam_list_instance_profiles_for_role_out *out)
{
    const struct iam_role *role;
    struct iam_page page;
    struct iam_instance_profile_list list = { 0 };
    IAM_TRY(iam_need_role(call, in->role_name, &role));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_role_instance_profiles(call->txn, call->arena, role->id, &page, &list));
    IAM_TRY(iam_instance_profile_list_out(call, &list, &out->instance_profiles));
    return api_page_close(call, list.is_truncated, list.next, &out->is_truncated, &out->marker);
}

/* ---- making and deleting ---- */

enum iam_status api_iam_create_instance_profile(struct iam_call *call,
                                                const struct api_iam_create_instance_profile_in *in,
                                                struct api_iam_create_instance_profile_out *out)
{
    struct iam_instance_profile profile = { .account = api_account(call),
                                            .name = in->instance_profile_name,
                                            .path = iam_path_or_root(in->path),
                                            .created_ms = iam_created_now(call) };
    IAM_TRY(iam_check_room(call, IAM_KIND_INSTANCE_PROFILE, IAM_TABLE_INSTANCE_PROFILE));
    IAM_TRY(iam_new_id(call, IAM_KIND_INSTANCE_PROFILE, &profile.id));
    enum iam_status st = iam_store_instance_profile_add(call->txn, &profile);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "Instance Profile %.*s already exists.", API_QUOTED(profile.name));
    }
    IAM_TRY(st);
    const struct iam_entity_ref ref = { IAM_KIND_INSTANCE_PROFILE, profile.account, profile.id };
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    IAM_TRY(iam_store_instance_profile_get_by_id(call->txn, call->arena, profile.id, &profile));
    return profile_out(call, &profile, &out->instance_profile);
}

enum iam_status api_iam_delete_instance_profile(struct iam_call *call,
                                                const struct api_iam_delete_instance_profile_in *in)
{
    const struct iam_instance_profile *profile;
    IAM_TRY(need(call, in->instance_profile_name, &profile));
    IAM_TRY(iam_check_none_left(call, iam_str_is_set(profile->role_id) ? 1 : 0,
                                "remove roles from instance profile"));
    return iam_store_instance_profile_delete(call->txn, profile->account, profile->id);
}

/* ---- the role in it ---- */

/* Finds the role, then the profile: the order in which AWS reports that one is missing. */
static enum iam_status need_both(struct iam_call *call, struct iam_str profile_name,
                                 struct iam_str role_name,
                                 const struct iam_instance_profile **ret_profile,
                                 struct iam_role *ret_role)
{
    enum iam_status st =
        iam_store_role_get(call->txn, call->arena, api_account(call), role_name, ret_role);
    if (st == IAM_NOT_FOUND) {
        return iam_fail_no_role(call, role_name);
    }
    IAM_TRY(st);
    IAM_TRY(need(call, profile_name, ret_profile));
    return iam_check_own_role(call, ret_role);
}

enum iam_status
api_iam_add_role_to_instance_profile(struct iam_call *call,
                                     const struct api_iam_add_role_to_instance_profile_in *in)
{
    const struct iam_instance_profile *profile;
    struct iam_role role;
    IAM_TRY(need_both(call, in->instance_profile_name, in->role_name, &profile, &role));
    /* Adding the same role again exceeds the quota as well, as in AWS. */
    IAM_TRY(iam_check_quota(call, IAM_QUOTA_ROLES_PER_INSTANCE_PROFILE,
                            iam_str_is_set(profile->role_id) ? 1 : 0));
    return iam_store_instance_profile_set_role(call->txn, profile->account, profile->id, role.id);
}

enum iam_status api_iam_remove_role_from_instance_profile(
    struct iam_call *call, const struct api_iam_remove_role_from_instance_profile_in *in)
{
    const struct iam_instance_profile *profile;
    struct iam_role role;
    IAM_TRY(need_both(call, in->instance_profile_name, in->role_name, &profile, &role));
    if (!iam_str_eq(profile->role_id, role.id)) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                        "Role %.*s in Instance Profile %.*s cannot be found.",
                        API_QUOTED(in->role_name), API_QUOTED(in->instance_profile_name));
    }
    return iam_store_instance_profile_set_role(call->txn, profile->account, profile->id,
                                               iam_str_absent());
}

/* ---- tags ---- */

enum iam_status api_iam_tag_instance_profile(struct iam_call *call,
                                             const struct api_iam_tag_instance_profile_in *in)
{
    const struct iam_instance_profile *profile;
    IAM_TRY(need(call, in->instance_profile_name, &profile));
    return iam_tags_put(call, &call->target.ref, &in->tags);
}

enum iam_status api_iam_untag_instance_profile(struct iam_call *call,
                                               const struct api_iam_untag_instance_profile_in *in)
{
    const struct iam_instance_profile *profile;
    IAM_TRY(need(call, in->instance_profile_name, &profile));
    return iam_untag(call, &call->target.ref, &in->tag_keys);
}

enum iam_status
api_iam_list_instance_profile_tags(struct iam_call *call,
                                   const struct api_iam_list_instance_profile_tags_in *in,
                                   struct api_iam_list_instance_profile_tags_out *out)
{
    const struct iam_instance_profile *profile;
    struct iam_tag_page page = { 0 };
    IAM_TRY(need(call, in->instance_profile_name, &profile));
    IAM_TRY(iam_tag_page(call, &call->target.ref, in->marker, in->max_items, &page));
    out->tags = page.tags;
    out->is_truncated = page.is_truncated;
    out->marker = page.marker;
    return IAM_OK;
}
