/* SPDX-License-Identifier: Apache-2.0 */
#include "services/iam/convert.h"

#include "model/arn.h"
#include "store/account.h"

/* ---- new entities ---- */

enum iam_status iam_new_id(struct iam_call *call, enum iam_kind kind, struct iam_str *ret)
{
    uint8_t random[IAM_ID_RANDOM_BYTES];
    IAM_TRY(iam_keeper_random(random, sizeof(random)));
    struct iam_unique_id id = iam_id_make(kind, random);
    return iam_arena_dup(call->arena, iam_id_str(&id), ret);
}

int64_t iam_created_now(const struct iam_call *call)
{
    return call->now_ms - call->now_ms % 1000;
}

struct iam_str iam_path_or_root(struct iam_str path)
{
    return iam_str_is_set(path) ? path : IAM_STR("/");
}

enum iam_status iam_check_quota(struct iam_call *call, enum iam_quota quota, int64_t count)
{
    const struct iam_quota_row *row = iam_quota_get(quota);
    int64_t max = api_quota(call, quota);
    if (count < max) {
        return IAM_OK;
    }
    if (iam_str_is_set(row->sentence)) {
        return api_fail(call, API_ERR_LIMIT_EXCEEDED, "%.*s", IAM_STR_ARG(row->sentence));
    }
    return api_fail(call, API_ERR_LIMIT_EXCEEDED, "Cannot exceed quota for %.*s: %lld",
                    IAM_STR_ARG(row->name), (long long)max);
}

enum iam_status iam_check_room(struct iam_call *call, enum iam_kind kind, enum iam_table_id table)
{
    int64_t count;
    IAM_TRY(iam_entity_count(call->txn, table, api_account(call), &count));
    return iam_check_kind_quota(call, kind, count);
}

enum iam_status iam_check_none_left(struct iam_call *call, int64_t count, const char *what)
{
    if (count == 0) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_DELETE_CONFLICT, "Cannot delete entity, must %s first.", what);
}

/* ---- tags ---- */

/*
 * Does not compare the tags of the request with each other: that was done when they were
 * authorized.
 */
enum iam_status iam_tags_put(struct iam_call *call, const struct iam_entity_ref *entity,
                             const struct api_iam_tag_list *in)
{
    int64_t count;
    if (in->count == 0) {
        return IAM_OK;
    }
    struct iam_tag *tags = iam_arena_zalloc(call->arena, in->count, sizeof(*tags));
    IAM_ENSURE(tags != NULL, IAM_NOMEM);
    for (size_t i = 0; i < in->count; i++) {
        tags[i] = (struct iam_tag){ in->items[i].key, in->items[i].value };
    }
    IAM_TRY(iam_store_tag_put(call->txn, entity, tags, in->count));
    IAM_TRY(iam_store_tag_count(call->txn, entity, &count));
    /* The fault rolls the transaction back: nothing stays. */
    return iam_check_quota(call, IAM_QUOTA_TAGS, count - 1);
}

enum iam_status iam_tag_list_out(struct iam_call *call, const struct iam_tag_list *from,
                                 struct api_iam_tag_list *ret)
{
    struct api_iam_tag *items = iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        items[i] = (struct api_iam_tag){ from->items[i].key, from->items[i].value };
    }
    *ret = (struct api_iam_tag_list){ .items = items, .count = from->count, .is_set = true };
    return IAM_OK;
}

enum iam_status iam_tags_out(struct iam_call *call, const struct iam_entity_ref *entity,
                             struct api_iam_tag_list *ret)
{
    struct iam_tag_list tags = { 0 };
    IAM_TRY(iam_store_tag_list(call->txn, call->arena, entity, NULL, &tags));
    return tags.count > 0 ? iam_tag_list_out(call, &tags, ret) : IAM_OK;
}

/* ---- policies ---- */

enum iam_status iam_check_arn(struct iam_call *call, enum iam_kind kind, struct iam_str arn)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) == IAM_OK && parts.kind == kind) {
        return IAM_OK;
    }
    /* Recorded: for AWS, the ARN of something else is another mistake than a text that is no ARN.
     */
    struct iam_str partition = iam_arn_partition(arn);
    if (!iam_str_is_set(partition)) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid ARN:  Could not be parsed!");
    }
    if (!iam_str_eq(partition, IAM_STR(IAM_PARTITION))) {
        return api_fail(call, API_ERR_VALIDATION_ERROR, "Invalid ARN partition: %.*s",
                        API_QUOTED(partition));
    }
    return api_fail(call, API_ERR_INVALID_INPUT, "ARN %.*s is not valid.", API_QUOTED(arn));
}

enum iam_status iam_check_policy_arn(struct iam_call *call, struct iam_str arn)
{
    return iam_check_arn(call, IAM_KIND_POLICY, arn);
}

enum iam_status iam_fail_policy_not_found(struct iam_call *call, struct iam_str arn)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "Policy %.*s was not found.", API_QUOTED(arn));
}

enum iam_status iam_check_own_policy(struct iam_call *call, struct iam_str arn, const char *doing)
{
    struct iam_entity_arn parts;
    if (iam_entity_arn_parse(arn, &parts) != IAM_OK || parts.kind != IAM_KIND_POLICY ||
        iam_str_eq(parts.account, api_account(call))) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_ACCESS_DENIED, "Cannot %s policies outside your own account.",
                    doing);
}

/* ---- boundaries ---- */

enum iam_status iam_boundary_in(struct iam_call *call, struct iam_str arn,
                                struct iam_str *ret_policy)
{
    struct iam_managed_policy policy;
    if (!iam_str_is_set(arn)) {
        *ret_policy = iam_str_absent();
        return IAM_OK;
    }
    IAM_TRY(iam_check_policy_arn(call, arn));
    enum iam_status st = iam_policy_find(call, arn, &policy);
    if (st == IAM_NOT_FOUND || (st == IAM_OK && iam_policy_is_for_root(&policy))) {
        return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                        "Scope ARN: %.*s does not exist or is not attachable.", API_QUOTED(arn));
    }
    IAM_TRY(st);
    IAM_TRY(iam_check_attachable(call, &policy));
    *ret_policy = iam_policy_key(&policy);
    return IAM_OK;
}

enum iam_status iam_boundary_out(struct iam_call *call, struct iam_str arn,
                                 struct api_iam_attached_permissions_boundary **ret)
{
    if (!iam_str_is_set(arn)) {
        *ret = NULL;
        return IAM_OK;
    }
    struct api_iam_attached_permissions_boundary *b = iam_arena_zalloc(call->arena, 1, sizeof(*b));
    IAM_ENSURE(b != NULL, IAM_NOMEM);
    b->permissions_boundary_type = IAM_STR("Policy");
    b->permissions_boundary_arn = arn;
    *ret = b;
    return IAM_OK;
}

/* ---- users and groups ---- */

void iam_user_out(const struct iam_user *from, struct api_iam_user *to)
{
    *to = (struct api_iam_user){ .path = from->path,
                                 .user_name = from->name,
                                 .user_id = from->id,
                                 .arn = from->arn,
                                 .create_date = api_time(from->created_ms) };
}

void iam_group_out(const struct iam_group *from, struct api_iam_group *to)
{
    *to = (struct api_iam_group){ .path = from->path,
                                  .group_name = from->name,
                                  .group_id = from->id,
                                  .arn = from->arn,
                                  .create_date = api_time(from->created_ms) };
}

enum iam_status iam_root_out(struct iam_call *call, struct api_iam_user **ret)
{
    struct iam_account account;
    struct api_iam_user *user = iam_arena_zalloc(call->arena, 1, sizeof(*user));
    IAM_ENSURE(user != NULL, IAM_NOMEM);
    IAM_TRY(iam_store_account_get(call->txn, call->arena, api_account(call), &account));
    IAM_TRY(iam_arn_of(call->arena, IAM_KIND_ACCOUNT, account.id, iam_str_absent(),
                       iam_str_absent(), &user->arn));
    user->user_id = account.id;
    user->create_date = api_time(account.created_ms);
    *ret = user;
    return IAM_OK;
}

enum iam_status iam_user_full(struct iam_call *call, const struct iam_user *from,
                              struct api_iam_user **ret)
{
    struct iam_entity_ref ref = iam_ref_user(from);
    struct api_iam_user *user = iam_arena_zalloc(call->arena, 1, sizeof(*user));
    IAM_ENSURE(user != NULL, IAM_NOMEM);
    iam_user_out(from, user);
    IAM_TRY(iam_boundary_out(call, from->boundary_arn, &user->permissions_boundary));
    IAM_TRY(iam_tags_out(call, &ref, &user->tags));
    *ret = user;
    return IAM_OK;
}

enum iam_status iam_user_list_out(struct iam_call *call, const struct iam_user_list *from,
                                  struct api_iam_user_list *ret)
{
    struct api_iam_user *items = iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        iam_user_out(&from->items[i], &items[i]);
    }
    *ret = (struct api_iam_user_list){ .items = items, .count = from->count, .is_set = true };
    return IAM_OK;
}

enum iam_status iam_group_list_out(struct iam_call *call, const struct iam_group_list *from,
                                   struct api_iam_group_list *ret)
{
    struct api_iam_group *items = iam_arena_zalloc(call->arena, from->count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t i = 0; i < from->count; i++) {
        iam_group_out(&from->items[i], &items[i]);
    }
    *ret = (struct api_iam_group_list){ .items = items, .count = from->count, .is_set = true };
    return IAM_OK;
}

/* ---- the entity of the call ---- */

static enum iam_status fail_missing(struct iam_call *call, const char *what, struct iam_str name)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY, "The %s with name %.*s cannot be found.", what,
                    API_QUOTED(name));
}

enum iam_status iam_fail_no_user(struct iam_call *call, struct iam_str name)
{
    return fail_missing(call, "user", name);
}

enum iam_status iam_fail_no_role(struct iam_call *call, struct iam_str name)
{
    return fail_missing(call, "role", name);
}

enum iam_status iam_fail_no_policy(struct iam_call *call, struct iam_str arn)
{
    return api_fail(call, API_ERR_NO_SUCH_ENTITY,
                    "Policy %.*s does not exist or is not attachable.", API_QUOTED(arn));
}

enum iam_status iam_fail_unnamed_user(struct iam_call *call)
{
    return api_fail(call, API_ERR_VALIDATION_ERROR,
                    "Must specify userName when calling with non-User credentials");
}

enum iam_status iam_need_user(struct iam_call *call, struct iam_str name,
                              const struct iam_user **ret)
{
    *ret = api_target_entity(call, IAM_KIND_USER);
    if (*ret != NULL) {
        return IAM_OK;
    }
    return iam_str_is_set(name) ? iam_fail_no_user(call, name) : iam_fail_unnamed_user(call);
}

enum iam_status iam_need_owner(struct iam_call *call, struct iam_str user_name,
                               struct iam_owner *ret)
{
    const struct iam_user *user;
    if (!iam_str_is_set(user_name) && call->caller->kind == IAM_KIND_ACCOUNT) {
        *ret = (struct iam_owner){ .ref = iam_ref_own_account(call), .name = iam_str_absent() };
        return IAM_OK;
    }
    IAM_TRY(iam_need_user(call, user_name, &user));
    *ret = (struct iam_owner){ .ref = iam_ref_user(user), .name = user->name };
    return IAM_OK;
}

enum iam_status iam_check_active(struct iam_call *call, struct iam_str status, bool *ret)
{
    *ret = iam_str_eq(status, IAM_STR("Active"));
    if (*ret || iam_str_eq(status, IAM_STR("Inactive"))) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_INVALID_INPUT, "Operation does not support status %.*s",
                    API_QUOTED(status));
}

enum iam_status iam_need_group(struct iam_call *call, struct iam_str name,
                               const struct iam_group **ret)
{
    *ret = api_target_entity(call, IAM_KIND_GROUP);
    return *ret != NULL ? IAM_OK : fail_missing(call, "group", name);
}

enum iam_status iam_need_role(struct iam_call *call, struct iam_str name,
                              const struct iam_role **ret)
{
    *ret = api_target_entity(call, IAM_KIND_ROLE);
    return *ret != NULL ? IAM_OK : iam_fail_no_role(call, name);
}

enum iam_status iam_check_own_role(struct iam_call *call, const struct iam_role *role)
{
    if (!iam_role_is_of_service(role)) {
        return IAM_OK;
    }
    return api_fail(call, API_ERR_UNMODIFIABLE_ENTITY,
                    "Cannot perform the operation on the protected role '%.*s' - this role is only "
                    "modifiable by AWS",
                    API_QUOTED(role->name));
}

enum iam_status iam_need_own_role(struct iam_call *call, struct iam_str name,
                                  const struct iam_role **ret)
{
    IAM_TRY(iam_need_role(call, name, ret));
    return iam_check_own_role(call, *ret);
}

enum iam_status iam_need_policy(struct iam_call *call, struct iam_str arn,
                                const struct iam_managed_policy **ret)
{
    IAM_TRY(iam_check_policy_arn(call, arn));
    *ret = api_target_entity(call, IAM_KIND_POLICY);
    return *ret != NULL ? IAM_OK : iam_fail_policy_not_found(call, arn);
}
