/* SPDX-License-Identifier: Apache-2.0 */
/* Users. SPEC: IAM API Reference, "CreateUser" and the other actions about users. */
#include "services/iam/convert.h"

#include "store/mfa_device.h"
#include "store/service_credential.h"

enum iam_status api_iam_create_user(struct iam_call *call, const struct api_iam_create_user_in *in,
                                    struct api_iam_create_user_out *out)
{
    struct iam_user user = { .account = api_account(call),
                             .name = in->user_name,
                             .path = iam_path_or_root(in->path),
                             .created_ms = iam_created_now(call) };
    struct iam_str boundary;
    IAM_TRY(iam_check_room(call, IAM_KIND_USER, IAM_TABLE_USER));
    IAM_TRY(iam_boundary_in(call, in->permissions_boundary, &boundary));
    iam_boundary_set(boundary, &user.boundary_policy_id, &user.aws_boundary_arn);
    IAM_TRY(iam_new_id(call, IAM_KIND_USER, &user.id));

    enum iam_status st = iam_store_user_add(call->txn, &user);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "User with name %.*s already exists.",
                        API_QUOTED(in->user_name));
    }
    IAM_TRY(st);
    struct iam_entity_ref ref = iam_ref_user(&user);
    IAM_TRY(iam_tags_put(call, &ref, &in->tags));
    IAM_TRY(iam_store_user_get_by_id(call->txn, call->arena, user.id, &user));
    return iam_user_full(call, &user, &out->user);
}

enum iam_status api_iam_get_user(struct iam_call *call, const struct api_iam_get_user_in *in,
                                 struct api_iam_get_user_out *out)
{
    const struct iam_user *user;
    if (!iam_str_is_set(in->user_name) && call->caller->kind == IAM_KIND_ACCOUNT) {
        return iam_root_out(call, &out->user);
    }
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    return iam_user_full(call, user, &out->user);
}

enum iam_status api_iam_list_users(struct iam_call *call, const struct api_iam_list_users_in *in,
                                   struct api_iam_list_users_out *out)
{
    struct iam_page page;
    struct iam_user_list users = { 0 };
    IAM_TRY(api_page_open(call, in->marker, in->max_items, &page));
    IAM_TRY(iam_store_user_list(call->txn, call->arena, api_account(call), in->path_prefix, &page,
                                &users));
    IAM_TRY(iam_user_list_out(call, &users, &out->users));
    return api_page_close(call, users.is_truncated, users.next, &out->is_truncated, &out->marker);
}

enum iam_status api_iam_update_user(struct iam_call *call, const struct api_iam_update_user_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    enum iam_status st =
        iam_store_user_update(call->txn, user->account, user->id, in->new_user_name, in->new_path);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS, "User with name %.*s already exists.",
                        API_QUOTED(in->new_user_name));
    }
    return st;
}

/* What AWS says of keys for SSH and of service-specific credentials. */
#define REFERENCED "remove referenced objects"

enum iam_status api_iam_delete_user(struct iam_call *call, const struct api_iam_delete_user_in *in)
{
    const struct iam_user *user;
    struct iam_entity_parts parts;
    int64_t count;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(iam_store_parts(call->txn, user->id, &parts));
    IAM_TRY(iam_check_none_left(call, parts.groups, "remove users from group"));
    IAM_TRY(iam_check_none_left(call, parts.attached_policies, "detach all policies"));
    IAM_TRY(iam_check_none_left(call, parts.inline_policies, "delete policies"));
    IAM_TRY(iam_check_none_left(call, parts.access_keys, "delete access keys"));
    IAM_TRY(iam_store_mfa_device_count_of(call->txn, user->account, user->id, &count));
    IAM_TRY(iam_check_none_left(call, count, "remove tokens from principal"));
    IAM_TRY(iam_store_login_profile_count(call->txn, user->id, &count));
    IAM_TRY(iam_check_none_left(call, count, "delete login profile"));
    IAM_TRY(iam_store_signing_certificate_count(call->txn, user->id, &count));
    IAM_TRY(iam_check_none_left(call, count, "delete certificates"));
    IAM_TRY(iam_store_ssh_public_key_count(call->txn, user->id, &count));
    IAM_TRY(iam_check_none_left(call, count, REFERENCED));
    IAM_TRY(iam_store_service_credential_count(call->txn, user->id, iam_str_absent(), &count));
    IAM_TRY(iam_check_none_left(call, count, REFERENCED));
    return iam_store_user_delete(call->txn, user->account, user->id);
}
