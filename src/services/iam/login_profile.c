/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login profiles: the passwords of users. AWS answers EntityTemporarilyUnmodifiable while a new
 * profile spreads; here it can be changed at once. SPEC: IAM API Reference, "CreateLoginProfile"
 * and the actions about login profiles.
 */
#include "services/iam/convert.h"
#include "services/iam/password.h"

/* Finds the user that the call is about, and the user's profile. */
static enum iam_status need(struct iam_call *call, struct iam_str user_name,
                            const struct iam_user **ret_user, struct iam_login_profile *ret)
{
    IAM_TRY(iam_need_user(call, user_name, ret_user));
    enum iam_status st = iam_store_login_profile_get(call->txn, call->arena, (*ret_user)->id, ret);
    if (st == IAM_NOT_FOUND) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                        "Login Profile for User %.*s cannot be found.",
                        IAM_STR_ARG((*ret_user)->name));
    }
    return st;
}

static enum iam_status profile_out(struct iam_call *call, const struct iam_user *user,
                                   const struct iam_login_profile *profile,
                                   struct api_iam_login_profile **ret)
{
    struct api_iam_login_profile *out = iam_arena_zalloc(call->arena, 1, sizeof(*out));
    IAM_ENSURE(out != NULL, IAM_NOMEM);
    out->user_name = user->name;
    out->create_date = api_time(profile->created_ms);
    out->password_reset_required = api_bool(profile->is_reset_required);
    *ret = out;
    return IAM_OK;
}

enum iam_status
api_iam_create_login_profile_prepare(struct iam_call *call,
                                     const struct api_iam_create_login_profile_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    return iam_password_prepare(call, in->password);
}

enum iam_status api_iam_create_login_profile(struct iam_call *call,
                                             const struct api_iam_create_login_profile_in *in,
                                             struct api_iam_create_login_profile_out *out)
{
    const struct iam_user *user;
    struct iam_login_profile profile = { .created_ms = iam_created_now(call),
                                         .password_hash = iam_password_prepared(call),
                                         .is_reset_required = in->password_reset_required.value };
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    enum iam_status st = iam_store_login_profile_add(call->txn, &call->target.ref, &profile);
    if (st == IAM_EXISTS) {
        return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                        "Login Profile for user %.*s already exists.", IAM_STR_ARG(user->name));
    }
    IAM_TRY(st);
    return profile_out(call, user, &profile, &out->login_profile);
}

enum iam_status api_iam_get_login_profile(struct iam_call *call,
                                          const struct api_iam_get_login_profile_in *in,
                                          struct api_iam_get_login_profile_out *out)
{
    const struct iam_user *user;
    struct iam_login_profile profile;
    IAM_TRY(need(call, in->user_name, &user, &profile));
    return profile_out(call, user, &profile, &out->login_profile);
}

enum iam_status
api_iam_update_login_profile_prepare(struct iam_call *call,
                                     const struct api_iam_update_login_profile_in *in)
{
    const struct iam_user *user;
    struct iam_login_profile profile;
    IAM_TRY(need(call, in->user_name, &user, &profile));
    return iam_str_is_set(in->password) ? iam_password_prepare(call, in->password) : IAM_OK;
}

/* Changes what is given; the rest keeps its value. */
enum iam_status api_iam_update_login_profile(struct iam_call *call,
                                             const struct api_iam_update_login_profile_in *in)
{
    const struct iam_user *user;
    struct iam_login_profile profile;
    IAM_TRY(need(call, in->user_name, &user, &profile));
    profile.password_hash = iam_password_prepared(call);
    if (in->password_reset_required.is_set) {
        profile.is_reset_required = in->password_reset_required.value;
    }
    return iam_store_login_profile_update(call->txn, &call->target.ref, &profile);
}

enum iam_status api_iam_delete_login_profile(struct iam_call *call,
                                             const struct api_iam_delete_login_profile_in *in)
{
    const struct iam_user *user;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    enum iam_status st = iam_store_login_profile_delete(call->txn, &call->target.ref);
    if (st == IAM_NOT_FOUND) {
        /* AWS has other words here than elsewhere. */
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Cannot find Login Profile for User %.*s",
                        IAM_STR_ARG(user->name));
    }
    return st;
}
