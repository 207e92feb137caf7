/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and their members. SPEC: IAM API Reference, "CreateGroup", "AddUserToGroup" and others. */
#include "services/iam/convert.h"

static enum iam_status fail_exists(struct iam_call *call, struct iam_str name)
{
    return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "Group with name %.*s already exists.",
                    API_QUOTED(name));
}

static enum iam_status group_out(struct iam_call *call, const struct iam_group *from,
                                 struct api_iam_group **ret)
{
    struct api_iam_group *group = iam_arena_zalloc(call->arena, 1, sizeof(*group));
    IAM_ENSURE(group != NULL, IAM_NOMEM);
    iam_group_out(from, group);
    *ret = group;
    return IAM_OK;
}

enum iam_status api_iam_create_group(struct iam_call *call,
                                     const struct api_iam_create_group_in *in,
                                     struct api_iam_create_group_out *out)
{
    struct iam_group group = { .account = api_account(call),
                               .name = in->group_name,
                               .path = iam_path_or_root(in->path),
                               .created_ms = iam_created_now(call) };
    IAM_TRY(iam_check_room(call, IAM_KIND_GROUP, IAM_TABLE_GROUP));
    IAM_TRY(iam_new_id(call, IAM_KIND_GROUP, &group.id));
    enum iam_status st = iam_store_group_add(call->txn, &group);
    if (st == IAM_EXISTS) {
        return fail_exists(call, in->group_name);
    }
    IAM_TRY(st);
    IAM_TRY(iam_store_group_get_by_id(call->txn, call->arena, group.id, &group));
    return group_out(call, &group, &out->group);
}

enum iam_status api_iam_get_group(struct iam_call *call, const struct api_iam_get_group_in *in,
                                  struct api_iam_get_group_out *out)
{
    const struct iam_group *group;
    struct iam_page page;
    struct iam_user_list users = { 0 };
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_group_members(call->txn, call->arena, group->id, &page, &users));
    IAM_TRY(group_out(call, group, &out->group));
    IAM_TRY(iam_user_list_out(call, &users, &out->users));
    return api_page_close(call, users.is_truncated, users.next, &out->is_truncated, &out->marker);
}

enum iam_status api_iam_list_groups(struct iam_call *call, const struct api_iam_list_groups_in *in,
                                    struct api_iam_list_groups_out *out)
{
    struct iam_page page;
    struct iam_group_list groups = { 0 };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_group_list(call->txn, call->arena, api_account(call), in->path_prefix, &page,
                                 &groups));
    IAM_TRY(iam_group_list_out(call, &groups, &out->groups));
    return api_page_close(call, groups.is_truncated, groups.next, &out->is_truncated, &out->marker);
}

enum iam_status api_iam_list_groups_for_user(struct iam_call *call,
                                             const struct api_iam_list_groups_for_user_in *in,
                                             struct api_iam_list_groups_for_user_out *out)
{
    const struct iam_user *user;
    struct iam_page page;
    struct iam_group_list groups = { 0 };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_user_groups(call->txn, call->arena, user->id, &page, &groups));
    IAM_TRY(iam_group_list_out(call, &groups, &out->groups));
    return api_page_close(call, groups.is_truncated, groups.next, &out->is_truncated, &out->marker);
}

enum iam_status api_iam_update_group(struct iam_call *call,
                                     const struct api_iam_update_group_in *in)
{
    const struct iam_group *group;
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    enum iam_status st = iam_store_group_update(call->txn, group->account, group->id,
                                                in->new_group_name, in->new_path);
    return st == IAM_EXISTS ? fail_exists(call, in->new_group_name) : st;
}

enum iam_status api_iam_delete_group(struct iam_call *call,
                                     const struct api_iam_delete_group_in *in)
{
    const struct iam_group *group;
    struct iam_entity_parts parts;
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    IAM_TRY(iam_store_parts(call->txn, group->id, &parts));
    IAM_TRY(iam_check_none_left(call, parts.members, "remove users from group"));
    IAM_TRY(iam_check_none_left(call, parts.attached_policies, "detach all policies"));
    IAM_TRY(iam_check_none_left(call, parts.inline_policies, "delete policies"));
    return iam_store_group_delete(call->txn, group->account, group->id);
}

/* ---- membership ---- */

/*
 * Finds the user, whom the input names in addition to the group: the resource of the call is the
 * group.
 */
static enum iam_status find_member(struct iam_call *call, struct iam_str name, struct iam_user *ret)
{
    enum iam_status st = iam_store_user_get(call->txn, call->arena, api_account(call), name, ret);
    return st == IAM_NOT_FOUND ? iam_fail_no_user(call, name) : st;
}

enum iam_status api_iam_add_user_to_group(struct iam_call *call,
                                          const struct api_iam_add_user_to_group_in *in)
{
    const struct iam_group *group;
    struct iam_user user;
    struct iam_entity_parts parts;
    IAM_TRY(find_member(call, in->user_name, &user));
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    IAM_TRY(iam_store_member_add(call->txn, user.account, group->id, user.id));
    IAM_TRY(iam_store_parts(call->txn, user.id, &parts));
    /* The fault rolls the transaction back, so one too many does not stay. */
    return iam_check_quota(call, IAM_QUOTA_GROUPS_PER_USER, parts.groups - 1);
}

enum iam_status api_iam_remove_user_from_group(struct iam_call *call,
                                               const struct api_iam_remove_user_from_group_in *in)
{
    const struct iam_group *group;
    struct iam_user user;
    IAM_TRY(find_member(call, in->user_name, &user));
    IAM_TRY(iam_need_group(call, in->group_name, &group));
    enum iam_status st = iam_store_member_remove(call->txn, user.account, group->id, user.id);
    /* AWS does not report it when the user was not in the group. */
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}
