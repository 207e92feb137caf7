/* SPDX-License-Identifier: Apache-2.0 */
#include "server/access_entities.h"

#include "base/heap.h"
#include "model/arn.h"
#include "store/group.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/user.h"

/* What is read at a time. */
#define PAGE 1000

static enum iam_status grow(struct access_entities *e)
{
    size_t cap = e->cap == 0 ? 16 : 2 * e->cap;
    if (e->count < e->cap) {
        return IAM_OK;
    }
    IAM_ENSURE(e->count < ACCESS_ENTITIES_MAX, IAM_LIMIT);
    struct iam_access_entity *items = iam_arena_zalloc(e->arena, cap, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    if (e->count > 0) {
        memcpy(items, e->items, e->count * sizeof(*items));
    }
    e->items = items;
    e->cap = cap < ACCESS_ENTITIES_MAX ? cap : ACCESS_ENTITIES_MAX;
    return IAM_OK;
}

/* Adds somebody who is not there yet. */
static enum iam_status add(struct access_entities *e, const struct iam_access_entity *entity)
{
    if (iam_map_get(&e->by_id, entity->id) != NULL) {
        return IAM_OK;
    }
    IAM_TRY(grow(e));
    e->items[e->count++] = *entity;
    return iam_map_put(&e->by_id, entity->id, e, NULL);
}

static enum iam_status add_user(struct access_entities *e, const struct iam_user *user)
{
    const struct iam_access_entity entity = {
        .id = user->id, .arn = user->arn, .name = user->name, .path = user->path
    };
    return add(e, &entity);
}

static enum iam_status add_user_by_id(struct iam_txn *txn, struct iam_str id,
                                      struct access_entities *e)
{
    struct iam_user user;
    IAM_TRY(iam_store_user_get_by_id(txn, e->arena, id, &user));
    return add_user(e, &user);
}

static enum iam_status add_role_by_id(struct iam_txn *txn, struct iam_str id,
                                      struct access_entities *e)
{
    struct iam_role role;
    IAM_TRY(iam_store_role_get_by_id(txn, e->arena, id, &role));
    const struct iam_access_entity entity = {
        .is_role = true, .id = role.id, .arn = role.arn, .name = role.name, .path = role.path
    };
    return add(e, &entity);
}

static enum iam_status add_members(struct iam_txn *txn, struct iam_str group_id,
                                   struct access_entities *e)
{
    struct iam_page page = { .after = iam_str_absent(), .limit = PAGE };
    struct iam_user_list users;
    do {
        users = (struct iam_user_list){ 0 };
        IAM_TRY(iam_store_group_members(txn, e->arena, group_id, &page, &users));
        for (size_t i = 0; i < users.count; i++) {
            IAM_TRY(add_user(e, &users.items[i]));
        }
        page.after = users.next;
    } while (users.is_truncated);
    return IAM_OK;
}

static enum iam_status add_entity(struct iam_txn *txn, const struct iam_policy_entity *entity,
                                  struct access_entities *e)
{
    switch (entity->kind) {
    case IAM_KIND_USER:
        return add_user_by_id(txn, entity->id, e);
    case IAM_KIND_ROLE:
        return add_role_by_id(txn, entity->id, e);
    default:
        return add_members(txn, entity->id, e);
    }
}

/* Checks that an own policy is still the one that was asked about. */
static enum iam_status check_policy(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_access_job *job)
{
    struct iam_managed_policy policy;
    if (iam_arn_is_aws_policy(job->entity_id)) {
        return IAM_OK;
    }
    IAM_TRY(iam_store_policy_find(txn, arena, job->account, job->arn, &policy));
    return iam_str_eq(policy.id, job->entity_id) ? IAM_OK : IAM_NOT_FOUND;
}

static enum iam_status add_holders(struct iam_txn *txn, const struct iam_access_job *job,
                                   struct access_entities *e)
{
    const struct iam_policy_entity_filter filter = { .usage = IAM_USAGE_PERMISSIONS };
    struct iam_page page = { .after = iam_str_absent(), .limit = PAGE };
    struct iam_policy_entity_list list;
    do {
        list = (struct iam_policy_entity_list){ 0 };
        IAM_TRY(iam_store_policy_entities(txn, e->arena, job->account, job->entity_id, &filter,
                                          &page, &list));
        for (size_t i = 0; i < list.count; i++) {
            IAM_TRY(add_entity(txn, &list.items[i], e));
        }
        page.after = list.next;
    } while (list.is_truncated);
    return IAM_OK;
}

enum iam_status access_entities_find(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_access_job *job, struct access_entities *ret)
{
    struct iam_group group;
    *ret = (struct access_entities){ .arena = arena };
    iam_map_init(&ret->by_id, iam_heap(), 0);
    switch (job->kind) {
    case IAM_KIND_USER:
        return add_user_by_id(txn, job->entity_id, ret);
    case IAM_KIND_ROLE:
        return add_role_by_id(txn, job->entity_id, ret);
    case IAM_KIND_GROUP:
        IAM_TRY(iam_store_group_get_by_id(txn, arena, job->entity_id, &group));
        return add_members(txn, group.id, ret);
    default:
        IAM_TRY(check_policy(txn, arena, job));
        return add_holders(txn, job, ret);
    }
}

void access_entities_done(struct access_entities *entities)
{
    iam_map_done(&entities->by_id);
}
