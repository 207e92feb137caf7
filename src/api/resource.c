/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request is about: the entity that the input names, with the spelling and the path that are
 * stored, so that what is authorized is what the handler will touch. A name that does not exist is
 * authorized as it would be called, and the handler then says that it is not there.
 * SPEC: Service Authorization Reference, "Actions, resources, and condition keys for IAM".
 */
#include "api/authorize.h"
#include "api/member.h"
#include "model/arn.h"
#include "store/access_key.h"
#include "store/group.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"

static struct iam_str named(const struct iam_call *call, const void *input)
{
    const struct api_member *m = call->op->resource_member;
    return m != NULL ? *(const struct iam_str *)((const char *)input + m->offset)
                     : iam_str_absent();
}

/* IAM_NOT_FOUND is an answer here, not a failure: *found tells. */
static enum iam_status optional(enum iam_status st, bool *ret_found)
{
    *ret_found = st == IAM_OK;
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

static enum iam_status load_tags(struct iam_call *call, enum iam_entity_kind kind,
                                 struct iam_str account, struct iam_str id)
{
    struct iam_entity_ref ref = { kind, account, id };
    struct iam_tag_list tags = { 0 };
    if ((call->op->context_keys & API_KEY_RESOURCE_TAGS) == 0) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_tag_list(call->txn, call->arena, &ref, NULL, &tags));
    call->target.tags = tags.items;
    call->target.tag_count = tags.count;
    return IAM_OK;
}

/* before, the account and after, one behind the other, as the ARN. */
static enum iam_status account_arn(struct iam_call *call, struct iam_str before,
                                   struct iam_str account, struct iam_str after)
{
    const struct iam_str parts[] = { before, account, after };
    return iam_arena_join(call->arena, parts, IAM_COUNT(parts), &call->target.arn);
}

/* The ARN of an entity that does not exist (yet). */
static enum iam_status assumed_arn(struct iam_call *call, enum iam_arn_kind kind,
                                   struct iam_str path, struct iam_str name)
{
    return iam_arn_of(call->arena, kind, api_account(call),
                      iam_str_is_set(path) ? path : IAM_STR("/"), name, &call->target.arn);
}

static enum iam_status set_user(struct iam_call *call, const struct iam_user *user)
{
    struct iam_user *copy = iam_arena_alloc(call->arena, sizeof(*copy));
    IAM_ENSURE(copy != NULL, IAM_NOMEM);
    *copy = *user;
    call->target.user = copy;
    call->target.arn = user->arn;
    call->target.boundary_arn = user->boundary_arn;
    return load_tags(call, IAM_ENTITY_USER, user->account, user->id);
}

static enum iam_status resolve_user(struct iam_call *call, struct iam_str name)
{
    struct iam_user user;
    bool found;
    if (iam_str_is_set(name)) {
        IAM_TRY(optional(iam_store_user_get(call->txn, call->arena, api_account(call), name, &user),
                         &found));
        return found ? set_user(call, &user)
                     : assumed_arn(call, IAM_ARN_USER, iam_str_absent(), name);
    }
    if (call->caller->kind == IAM_CALLER_USER) {
        IAM_TRY(optional(
            iam_store_user_get_by_id(call->txn, call->arena, call->caller->principal_id, &user),
            &found));
        if (found) {
            return set_user(call, &user);
        }
    }
    /* The root user asks about itself; a session has no user and the handler says so. */
    call->target.arn = api_subject_arn(&call->subject);
    return IAM_OK;
}

static enum iam_status resolve_group(struct iam_call *call, struct iam_str name)
{
    struct iam_group *group = iam_arena_alloc(call->arena, sizeof(*group));
    bool found;
    IAM_ENSURE(group != NULL, IAM_NOMEM);
    IAM_TRY(optional(iam_store_group_get(call->txn, call->arena, api_account(call), name, group),
                     &found));
    if (!found) {
        return assumed_arn(call, IAM_ARN_GROUP, iam_str_absent(), name);
    }
    call->target.group = group;
    call->target.arn = group->arn;
    return IAM_OK;
}

static enum iam_status set_role(struct iam_call *call, const struct iam_role *role)
{
    call->target.role = role;
    call->target.arn = role->arn;
    call->target.account = role->account;
    call->target.boundary_arn = role->boundary_arn;
    return load_tags(call, IAM_ENTITY_ROLE, role->account, role->id);
}

static enum iam_status resolve_role(struct iam_call *call, struct iam_str name)
{
    struct iam_role *role = iam_arena_alloc(call->arena, sizeof(*role));
    bool found;
    IAM_ENSURE(role != NULL, IAM_NOMEM);
    IAM_TRY(optional(iam_store_role_get(call->txn, call->arena, api_account(call), name, role),
                     &found));
    return found ? set_role(call, role) : assumed_arn(call, IAM_ARN_ROLE, iam_str_absent(), name);
}

/* The role may be in any account: its own trust policy decides who comes in. */
static enum iam_status resolve_role_arn(struct iam_call *call, struct iam_str arn)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || parts.kind != IAM_ARN_ROLE) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "%.*s is invalid", IAM_STR_ARG(arn));
    }
    call->target.arn = arn;
    const struct iam_view *view;
    enum iam_status st = iam_directory_by_arn(call->env->directory, call->txn, arn, &view);
    if (st != IAM_OK) {
        return st == IAM_NOT_FOUND ? IAM_OK : api_fail_look_up(call, st);
    }
    call->target.view = view; /* given back with the call */
    if (view->kind != IAM_VIEW_ROLE) {
        return IAM_OK;
    }
    struct iam_role *role = iam_arena_alloc(call->arena, sizeof(*role));
    bool found;
    IAM_ENSURE(role != NULL, IAM_NOMEM);
    IAM_TRY(optional(iam_store_role_get_by_id(call->txn, call->arena, view->id, role), &found));
    return found ? set_role(call, role) : IAM_OK;
}

static enum iam_status resolve_policy(struct iam_call *call, struct iam_str arn)
{
    struct iam_managed_policy *policy = iam_arena_alloc(call->arena, sizeof(*policy));
    bool found;
    IAM_ENSURE(policy != NULL, IAM_NOMEM);
    call->target.arn = arn;
    IAM_TRY(optional(iam_store_policy_find(call->txn, call->arena, api_account(call), arn, policy),
                     &found));
    if (!found) {
        return IAM_OK;
    }
    call->target.policy = policy;
    call->target.arn = policy->arn;
    return load_tags(call, IAM_ENTITY_POLICY, policy->account, policy->id);
}

static enum iam_status resolve_new(struct iam_call *call, const void *input, enum iam_arn_kind kind)
{
    const struct api_member *m = call->op->path_member;
    struct iam_str path =
        m != NULL ? *(const struct iam_str *)((const char *)input + m->offset) : iam_str_absent();
    return assumed_arn(call, kind, path, named(call, input));
}

static enum iam_status resolve_key_owner(struct iam_call *call, struct iam_str key_id)
{
    struct iam_access_key key;
    struct iam_user user;
    bool found;
    IAM_TRY(optional(iam_store_access_key_get(call->txn, call->arena, key_id, &key), &found));
    if (!found || !iam_str_eq(key.account, api_account(call))) {
        /* Nothing of another account shows: neither the owner nor that the key exists. */
        return assumed_arn(call, IAM_ARN_USER, iam_str_absent(), IAM_STR("*"));
    }
    IAM_TRY(
        optional(iam_store_user_get_by_id(call->txn, call->arena, key.owner_id, &user), &found));
    if (found) {
        return set_user(call, &user);
    }
    return account_arn(call, IAM_STR("arn:aws:iam::"), key.account, IAM_STR(":root"));
}

enum iam_status api_resolve_target(struct iam_call *call, const void *input)
{
    call->target.arn = IAM_STR("*");
    call->target.account = api_account(call);
    switch (call->op->resource) {
    case API_RESOURCE_NONE:
        return IAM_OK;
    case API_RESOURCE_USER:
        return resolve_user(call, named(call, input));
    case API_RESOURCE_GROUP:
        return resolve_group(call, named(call, input));
    case API_RESOURCE_ROLE:
        return resolve_role(call, named(call, input));
    case API_RESOURCE_POLICY:
        return resolve_policy(call, named(call, input));
    case API_RESOURCE_NEW_USER:
        return resolve_new(call, input, IAM_ARN_USER);
    case API_RESOURCE_NEW_GROUP:
        return resolve_new(call, input, IAM_ARN_GROUP);
    case API_RESOURCE_NEW_ROLE:
        return resolve_new(call, input, IAM_ARN_ROLE);
    case API_RESOURCE_NEW_POLICY:
        return resolve_new(call, input, IAM_ARN_POLICY);
    case API_RESOURCE_ROLE_ARN:
        return resolve_role_arn(call, named(call, input));
    case API_RESOURCE_ACCESS_KEY_OWNER:
        return resolve_key_owner(call, named(call, input));
    case API_RESOURCE_ACCOUNT:
        return account_arn(call, IAM_STR("arn:aws:iamd::"), api_account(call),
                           IAM_STR(":evaluation"));
    }
    return IAM_UNSUPPORTED;
}
