/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entity that a request to IAM is about. It is resolved to the spelling and the path that are
 * stored, so that what is authorized is what the handler will touch. A name that does not exist is
 * authorized under the ARN that it would have; the handler then reports that it does not exist.
 * SPEC: Service Authorization Reference, "Actions, resources, and condition keys for IAM".
 */
#include "model/arn.h"
#include "policy/compiled.h"
#include "services/iam/convert.h"
#include "store/access_key.h"
#include "store/group.h"
#include "store/role.h"
#include "store/user.h"

/* Turns IAM_NOT_FOUND into an answer, *ret_found false, since it is no failure here. */
static enum iam_status optional(enum iam_status st, bool *ret_found)
{
    *ret_found = st == IAM_OK;
    return st == IAM_NOT_FOUND ? IAM_OK : st;
}

/* Sets the ARN of an entity that does not exist (yet). */
static enum iam_status assume(struct iam_call *call, enum iam_kind kind, struct iam_str path,
                              struct iam_str name, struct api_target *ret)
{
    return iam_arn_of(call->arena, kind, api_account(call), iam_path_or_root(path), name,
                      &ret->arn);
}

static struct api_fact_text boundary_fact(struct iam_str arn)
{
    return (struct api_fact_text){ IAM_STR("boundary"), arn };
}

/* ---- entities that a name or an ARN finds ---- */

static void set_user(const struct iam_user *user, struct api_target *ret)
{
    ret->entity = user;
    ret->ref = iam_ref_user(user);
    ret->arn = user->arn;
    ret->facts[0] = boundary_fact(user->boundary_arn);
}

/*
 * Resolves to the caller's own user, or to the ARN of the root user. Any other caller has no user
 * that could be meant, so there is nothing to decide on.
 */
static enum iam_status resolve_caller(struct iam_call *call, struct iam_user *user,
                                      struct api_target *ret)
{
    bool found = false;
    if (call->subject.kind == IAM_KIND_USER) {
        IAM_TRY(optional(
            iam_store_user_get_by_id(call->txn, call->arena, call->caller->principal_id, user),
            &found));
    } else if (call->subject.kind != IAM_KIND_ACCOUNT) {
        return iam_fail_unnamed_user(call);
    }
    if (found) {
        set_user(user, ret);
    } else {
        ret->arn = api_subject_arn(&call->subject);
    }
    return IAM_OK;
}

enum iam_status api_iam_resolve_user(struct iam_call *call, const void *in,
                                     const struct api_reference *ref, struct api_target *ret)
{
    struct iam_user *user = iam_arena_alloc(call->arena, sizeof(*user));
    bool found;
    (void)in;
    IAM_ENSURE(user != NULL, IAM_NOMEM);
    if (!iam_str_is_set(ref->name)) {
        return resolve_caller(call, user, ret);
    }
    IAM_TRY(optional(iam_store_user_get(call->txn, call->arena, api_account(call), ref->name, user),
                     &found));
    if (!found) {
        return assume(call, IAM_KIND_USER, iam_str_absent(), ref->name, ret);
    }
    set_user(user, ret);
    return IAM_OK;
}

enum iam_status api_iam_resolve_group(struct iam_call *call, const void *in,
                                      const struct api_reference *ref, struct api_target *ret)
{
    struct iam_group *group = iam_arena_alloc(call->arena, sizeof(*group));
    bool found;
    (void)in;
    IAM_ENSURE(group != NULL, IAM_NOMEM);
    IAM_TRY(optional(
        iam_store_group_get(call->txn, call->arena, api_account(call), ref->name, group), &found));
    if (!found) {
        return assume(call, IAM_KIND_GROUP, iam_str_absent(), ref->name, ret);
    }
    ret->entity = group;
    ret->ref = iam_ref_group(group);
    ret->arn = group->arn;
    return IAM_OK;
}

enum iam_status api_iam_resolve_role(struct iam_call *call, const void *in,
                                     const struct api_reference *ref, struct api_target *ret)
{
    struct iam_role *role = iam_arena_alloc(call->arena, sizeof(*role));
    bool found;
    (void)in;
    IAM_ENSURE(role != NULL, IAM_NOMEM);
    IAM_TRY(optional(iam_store_role_get(call->txn, call->arena, api_account(call), ref->name, role),
                     &found));
    if (!found) {
        return assume(call, IAM_KIND_ROLE, iam_str_absent(), ref->name, ret);
    }
    ret->entity = role;
    ret->ref = iam_ref_role(role);
    ret->arn = role->arn;
    ret->facts[0] = boundary_fact(role->boundary_arn);
    return IAM_OK;
}

/* Tells whether a decision can be about it: it is an ARN. */
static bool is_resource(struct iam_str sent)
{
    struct iam_request request = { .action = IAM_STR("iam:GetPolicy"), .resource = sent };
    return iam_request_check(&request, NULL);
}

void iam_set_sent_arn(struct iam_str sent, struct api_target *ret)
{
    if (is_resource(sent)) {
        ret->arn = sent;
        ret->account = iam_str_or(iam_arn_account(sent), ret->account);
    }
}

enum iam_status api_iam_resolve_policy(struct iam_call *call, const void *in,
                                       const struct api_reference *ref, struct api_target *ret)
{
    struct iam_managed_policy *policy = iam_arena_alloc(call->arena, sizeof(*policy));
    bool found;
    (void)in;
    IAM_ENSURE(policy != NULL, IAM_NOMEM);
    iam_set_sent_arn(ref->name, ret);
    IAM_TRY(optional(iam_policy_find(call, ref->name, policy), &found));
    if (found) {
        ret->entity = policy;
        ret->ref = iam_ref_policy(policy);
        ret->arn = policy->arn;
    }
    return IAM_OK;
}

/* ---- entities to be ---- */

enum iam_status api_iam_resolve_new_user(struct iam_call *call, const void *in,
                                         const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return assume(call, IAM_KIND_USER, ref->path, ref->name, ret);
}

enum iam_status api_iam_resolve_new_group(struct iam_call *call, const void *in,
                                          const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return assume(call, IAM_KIND_GROUP, ref->path, ref->name, ret);
}

enum iam_status api_iam_resolve_new_role(struct iam_call *call, const void *in,
                                         const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return assume(call, IAM_KIND_ROLE, ref->path, ref->name, ret);
}

enum iam_status api_iam_resolve_new_policy(struct iam_call *call, const void *in,
                                           const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return assume(call, IAM_KIND_POLICY, ref->path, ref->name, ret);
}

/*
 * Resolves to what a user becomes when its name, its path or both change: without a new name, AWS
 * asks about the path with an empty one. SPEC: IAM API Reference, "UpdateUser": permission is
 * needed on the source and on the target; docs/conformance.md, "Denials".
 */
enum iam_status api_iam_resolve_renamed_user(struct iam_call *call, const void *in,
                                             const struct api_reference *ref,
                                             struct api_target *ret)
{
    const struct iam_user *user = api_target_entity(call, IAM_KIND_USER);
    (void)in;
    if (user == NULL) {
        *ret = call->target;
        return IAM_OK;
    }
    set_user(user, ret);
    return assume(call, IAM_KIND_USER, iam_str_or(ref->path, user->path), ref->name, ret);
}

/*
 * Resolves to the group that is called ref->current now, under the ARN of what it becomes, as
 * api_iam_resolve_renamed_user does for a user. AWS asks for a group's new ARN first.
 */
enum iam_status api_iam_resolve_renamed_group(struct iam_call *call, const void *in,
                                              const struct api_reference *ref,
                                              struct api_target *ret)
{
    struct api_reference now = { .name = ref->current };
    IAM_TRY(api_iam_resolve_group(call, in, &now, ret));
    const struct iam_group *group = ret->entity;
    struct iam_str path = group != NULL ? group->path : iam_str_absent();
    return assume(call, IAM_KIND_GROUP, iam_str_or(ref->path, path), ref->name, ret);
}

/* ---- lists ---- */

/* Resolves to what is listed: the ARN of a path prefix. AWS decides all of a list on that one. */
static enum iam_status resolve_path(struct iam_call *call, enum iam_kind kind,
                                    const struct api_reference *ref, struct api_target *ret)
{
    return assume(call, kind, ref->path, iam_str_absent(), ret);
}

enum iam_status api_iam_resolve_user_path(struct iam_call *call, const void *in,
                                          const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return resolve_path(call, IAM_KIND_USER, ref, ret);
}

enum iam_status api_iam_resolve_group_path(struct iam_call *call, const void *in,
                                           const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return resolve_path(call, IAM_KIND_GROUP, ref, ret);
}

enum iam_status api_iam_resolve_role_path(struct iam_call *call, const void *in,
                                          const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return resolve_path(call, IAM_KIND_ROLE, ref, ret);
}

enum iam_status api_iam_resolve_policy_path(struct iam_call *call, const void *in,
                                            const struct api_reference *ref, struct api_target *ret)
{
    (void)in;
    return resolve_path(call, IAM_KIND_POLICY, ref, ret);
}

/* ---- the owner of an access key ---- */

/*
 * Resolves to the owner of the key. For a key of another account it shows neither the owner nor
 * that the key exists, and the denial names the key alone.
 */
enum iam_status api_iam_resolve_access_key_owner(struct iam_call *call, const void *in,
                                                 const struct api_reference *ref,
                                                 struct api_target *ret)
{
    struct iam_user *user = iam_arena_alloc(call->arena, sizeof(*user));
    struct iam_access_key key;
    bool found;
    (void)in;
    IAM_ENSURE(user != NULL, IAM_NOMEM);
    IAM_TRY(optional(iam_store_access_key_get(call->txn, call->arena, ref->name, &key), &found));
    if (!found || !iam_str_eq(key.account, api_account(call))) {
        return assume(call, IAM_KIND_USER, iam_str_absent(), IAM_STR("*"), ret);
    }
    IAM_TRY(optional(iam_store_user_get_by_id(call->txn, call->arena, key.owner_id, user), &found));
    if (found) {
        set_user(user, ret);
        return IAM_OK;
    }
    return iam_arn_of(call->arena, IAM_KIND_ACCOUNT, key.account, iam_str_absent(),
                      iam_str_absent(), &ret->arn);
}
