/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permissions boundaries of users and roles. SPEC: IAM API Reference, "PutUserPermissionsBoundary"
 * and others; IAM User Guide, "Permissions boundaries for IAM entities".
 */
#include "services/iam/convert.h"

#include "store/role.h"

/*
 * Fails unless there is a boundary. Recorded on AWS: one that is not there cannot be deleted. The
 * sentence is ours.
 */
static enum iam_status need_boundary(struct iam_call *call, struct iam_str boundary_arn,
                                     enum iam_kind kind, struct iam_str name)
{
    if (iam_str_is_set(boundary_arn)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "The permissions boundary of the %.*s with name %.*s cannot be found.",
                    IAM_STR_ARG(iam_kind_get(kind)->noun), API_QUOTED(name));
}

enum iam_status
api_iam_put_user_permissions_boundary(struct iam_call *call,
                                      const struct api_iam_put_user_permissions_boundary_in *in)
{
    const struct iam_user *user;
    struct iam_str policy;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(iam_boundary_in(call, in->permissions_boundary, &policy));
    return iam_store_user_set_boundary(call->txn, user->account, user->id, policy);
}

enum iam_status api_iam_delete_user_permissions_boundary(
    struct iam_call *call, const struct api_iam_delete_user_permissions_boundary_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(need_boundary(call, user->boundary_arn, IAM_KIND_USER, user->name));
    return iam_store_user_set_boundary(call->txn, user->account, user->id, iam_str_absent());
}

enum iam_status
api_iam_put_role_permissions_boundary(struct iam_call *call,
                                      const struct api_iam_put_role_permissions_boundary_in *in)
{
    const struct iam_role *role;
    struct iam_str policy;
    IAM_TRY(iam_need_own_role(call, in->role_name, &role));
    IAM_TRY(iam_boundary_in(call, in->permissions_boundary, &policy));
    return iam_store_role_set_boundary(call->txn, role->account, role->id, policy);
}

enum iam_status api_iam_delete_role_permissions_boundary(
    struct iam_call *call, const struct api_iam_delete_role_permissions_boundary_in *in)
{
    const struct iam_role *role;
    IAM_TRY(iam_need_own_role(call, in->role_name, &role));
    IAM_TRY(need_boundary(call, role->boundary_arn, IAM_KIND_ROLE, role->name));
    return iam_store_role_set_boundary(call->txn, role->account, role->id, iam_str_absent());
}
