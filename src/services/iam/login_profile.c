/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login profiles: the passwords of users. AWS answers EntityTemporarilyUnmodifiable while a new
 * profile spreads; here it can be changed at once. SPEC: IAM API Reference, "CreateLoginProfile"
 * and the actions about login profiles.
 */
#include "services/iam/convert.h"
#include "services/iam/password.h"
#include "store/password.h"

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
    struct iam_password_wish wish = { .password = in->password };
    IAM_TRY(iam_need_user(call, in->user_name, &wish.user));
    return iam_password_prepare(call, &wish);
}

static enum iam_status fail_exists(struct iam_call *call, const struct iam_user *user)
{
    return api_fail(call, API_ERR_ENTITY_ALREADY_EXISTS,
                    "Login Profile for user %.*s already exists.", IAM_STR_ARG(user->name));
}

enum iam_status api_iam_create_login_profile(struct iam_call *call,
                                             const struct api_iam_create_login_profile_in *in,
                                             struct api_iam_create_login_profile_out *out)
{
    struct iam_login_profile profile = { .created_ms = iam_created_now(call),
                                         .is_reset_required = in->password_reset_required.value };
    struct iam_password_wish wish = { .password = in->password };
    int64_t count;
    int64_t keep;
    IAM_TRY(iam_need_user(call, in->user_name, &wish.user));
    IAM_TRY(iam_store_login_profile_count(call->txn, wish.user->id, &count));
    if (count > 0) {
        return fail_exists(call, wish.user);
    }
    IAM_TRY(iam_password_take(call, &wish, &profile.password_hash, &keep));
    IAM_TRY(iam_store_login_profile_add(call->txn, &call->target.ref, &profile));
    return profile_out(call, wish.user, &profile, &out->login_profile);
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
    struct iam_password_wish wish = { .password = in->password };
    struct iam_login_profile profile;
    IAM_TRY(need(call, in->user_name, &wish.user, &profile));
    return iam_str_is_set(in->password) ? iam_password_prepare(call, &wish) : IAM_OK;
}

/* Puts the prepared password in the place of the user's. */
static enum iam_status replace(struct iam_call *call, const struct iam_password_wish *wish,
                               bool is_reset_required)
{
    struct iam_login_profile profile = { .is_reset_required = is_reset_required };
    const struct iam_entity_ref ref = iam_ref_user(wish->user);
    int64_t keep;
    IAM_TRY(iam_password_take(call, wish, &profile.password_hash, &keep));
    return iam_store_password_replace(call->txn, call->arena, &ref, &profile, iam_created_now(call),
                                      keep);
}

/* Changes what is given; the rest keeps its value. */
enum iam_status api_iam_update_login_profile(struct iam_call *call,
                                             const struct api_iam_update_login_profile_in *in)
{
    struct iam_password_wish wish = { .password = in->password };
    struct iam_login_profile profile;
    IAM_TRY(need(call, in->user_name, &wish.user, &profile));
    if (in->password_reset_required.is_set) {
        profile.is_reset_required = in->password_reset_required.value;
    }
    if (iam_str_is_set(in->password)) {
        return replace(call, &wish, profile.is_reset_required);
    }
    return iam_store_login_profile_update(call->txn, &call->target.ref, &profile);
}

/* ---- the user's own ---- */

/* Resolves to the calling user; nobody else has a password that could be meant. */
enum iam_status api_iam_resolve_own_user(struct iam_call *call, const void *in,
                                         const struct api_reference *ref, struct api_target *ret)
{
    const struct api_reference self = { .name = iam_str_absent() };
    (void)ref;
    if (call->subject.kind != IAM_KIND_USER) {
        return api_fail(call, API_ERR_INVALID_USER_TYPE,
                        "Only IAM Users can change their own password");
    }
    return api_iam_resolve_user(call, in, &self, ret);
}

static enum iam_status need_own(struct iam_call *call, const struct api_iam_change_password_in *in,
                                struct iam_password_wish *ret)
{
    struct iam_login_profile profile;
    *ret = (struct iam_password_wish){ .old = in->old_password, .password = in->new_password };
    return need(call, iam_str_absent(), &ret->user, &profile);
}

enum iam_status api_iam_change_password_prepare(struct iam_call *call,
                                                const struct api_iam_change_password_in *in)
{
    struct iam_password_wish wish;
    IAM_TRY(need_own(call, in, &wish));
    return iam_password_prepare(call, &wish);
}

/* Changes the password; the user has chosen it, so that no other has to be chosen. */
enum iam_status api_iam_change_password(struct iam_call *call,
                                        const struct api_iam_change_password_in *in)
{
    struct iam_password_wish wish;
    IAM_TRY(need_own(call, in, &wish));
    return replace(call, &wish, false);
}

enum iam_status api_iam_delete_login_profile(struct iam_call *call,
                                             const struct api_iam_delete_login_profile_in *in)
{
    const struct iam_user *user;
    int64_t keep;
    IAM_TRY(iam_need_user(call, in->user_name, &user));
    IAM_TRY(iam_password_keep(call, &keep));
    enum iam_status st = iam_store_password_remove(call->txn, call->arena, &call->target.ref, keep);
    if (st == IAM_NOT_FOUND) {
        /* AWS has other words here than elsewhere. */
        return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Cannot find Login Profile for User %.*s",
                        IAM_STR_ARG(user->name));
    }
    return st;
}
