/* SPDX-License-Identifier: Apache-2.0 */
/* Storing an account that was checked: policies first, which everything else refers to. */
#include "model/arn.h"
#include "store/account.h"
#include "store/group.h"
#include "store/inline_policy.h"
#include "store/instance_profile.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/tag.h"
#include "store/user.h"
#include "transfer/transfer_int.h"

typedef enum iam_status store_fn(struct iam_transfer *t, struct iam_txn *txn, struct moved *e);

static struct iam_entity_ref ref_of(const struct iam_transfer *t, const struct moved *e)
{
    return (struct iam_entity_ref){ e->kind, t->account, e->id };
}

/* ---- policies ---- */

/* Finds how the store is told of a policy: the ID of an own one, the ARN of one of AWS. */
static struct iam_str policy_key(const struct iam_transfer *t, const struct moved_ref *ref)
{
    struct iam_entity_arn parts = { 0 };
    if (ref->at == NULL || iam_arn_is_aws_policy(ref->arn_or_id) ||
        iam_entity_arn_parse(ref->arn_or_id, &parts) != IAM_OK) {
        return ref->arn_or_id;
    }
    const struct moved *policy = moved_find(t, MOVED_POLICIES, parts.name);
    return policy != NULL ? policy->id : iam_str_absent();
}

static enum iam_status add_tags(struct iam_transfer *t, struct iam_txn *txn, const struct moved *e)
{
    const struct iam_entity_ref ref = ref_of(t, e);
    return e->tag_count > 0 ? iam_store_tag_put(txn, &ref, e->tags, e->tag_count) : IAM_OK;
}

static enum iam_status add_policy(struct iam_transfer *t, struct iam_txn *txn, struct moved *e)
{
    const struct iam_managed_policy row = { .id = e->id,
                                            .account = t->account,
                                            .name = e->name,
                                            .path = e->path,
                                            .description = e->description,
                                            .created_ms = e->created_ms,
                                            .updated_ms = e->updated_ms,
                                            .default_version = e->default_version };
    struct iam_policy_version *versions =
        iam_arena_zalloc(t->arena, e->version_count + 1, sizeof(*versions));
    size_t count = 0;
    IAM_ENSURE(versions != NULL, IAM_NOMEM);
    for (size_t i = 0; i < e->version_count; i++) {
        const struct moved_document *from = &e->versions[i];
        if (!from->is_left) {
            versions[count++] = (struct iam_policy_version){ .number = from->number,
                                                             .document = from->text,
                                                             .created_ms = from->created_ms };
        }
    }
    IAM_TRY(iam_store_policy_restore(txn, &row, versions, count));
    return add_tags(t, txn, e);
}

/* ---- principals ---- */

/* Adds what users, groups and roles have. */
static enum iam_status add_parts(struct iam_transfer *t, struct iam_txn *txn, const struct moved *e)
{
    const struct iam_entity_ref ref = ref_of(t, e);
    for (size_t i = 0; i < e->attached_count; i++) {
        IAM_TRY(iam_store_policy_attach(txn, &ref, policy_key(t, &e->attached[i])));
    }
    for (size_t i = 0; i < e->inline_count; i++) {
        IAM_TRY(iam_store_inline_put(txn, &ref, e->inlines[i].name, e->inlines[i].text));
    }
    return add_tags(t, txn, e);
}

static enum iam_status add_group(struct iam_transfer *t, struct iam_txn *txn, struct moved *e)
{
    const struct iam_group row = { .id = e->id,
                                   .account = t->account,
                                   .name = e->name,
                                   .path = e->path,
                                   .created_ms = e->created_ms };
    IAM_TRY(iam_store_group_add(txn, &row));
    return add_parts(t, txn, e);
}

static void set_boundary(struct iam_str policy, struct iam_str *ret_id, struct iam_str *ret_arn)
{
    bool is_aws = iam_arn_is_aws_policy(policy);
    *ret_id = is_aws ? iam_str_absent() : policy;
    *ret_arn = is_aws ? policy : iam_str_absent();
}

static enum iam_status add_user(struct iam_transfer *t, struct iam_txn *txn, struct moved *e)
{
    struct iam_user row = { .id = e->id,
                            .account = t->account,
                            .name = e->name,
                            .path = e->path,
                            .created_ms = e->created_ms };
    set_boundary(policy_key(t, &e->boundary), &row.boundary_policy_id, &row.aws_boundary_arn);
    IAM_TRY(iam_store_user_add(txn, &row));
    for (size_t i = 0; i < e->group_count; i++) {
        const struct moved *group = moved_find(t, MOVED_GROUPS, e->groups[i].name);
        IAM_ENSURE(group != NULL, IAM_CONFLICT);
        IAM_TRY(iam_store_member_add(txn, t->account, group->id, e->id));
    }
    return add_parts(t, txn, e);
}

static enum iam_status add_profiles(struct iam_transfer *t, struct iam_txn *txn, struct moved *role)
{
    for (size_t i = 0; i < role->profile_count; i++) {
        const struct moved *e = &role->profiles[i];
        const struct iam_instance_profile row = { .id = e->id,
                                                  .account = t->account,
                                                  .name = e->name,
                                                  .path = e->path,
                                                  .created_ms = e->created_ms,
                                                  .role_id = role->id };
        IAM_TRY(iam_store_instance_profile_add(txn, &row));
        IAM_TRY(add_tags(t, txn, e));
    }
    return IAM_OK;
}

static enum iam_status add_role(struct iam_transfer *t, struct iam_txn *txn, struct moved *e)
{
    struct iam_role row = { .id = e->id,
                            .account = t->account,
                            .name = e->name,
                            .path = e->path,
                            .created_ms = e->created_ms,
                            .trust_document = e->trust.text,
                            .description = e->description,
                            .max_session_seconds = e->max_session_seconds };
    set_boundary(policy_key(t, &e->boundary), &row.boundary_policy_id, &row.aws_boundary_arn);
    IAM_TRY(iam_store_role_add(txn, &row, e->pins, e->pin_count));
    if (e->last_used_ms > 0) {
        IAM_TRY(iam_store_role_touch(txn, e->id, e->last_used_ms,
                                     iam_str_or(e->last_used_region, IAM_STR(""))));
    }
    IAM_TRY(add_parts(t, txn, e));
    return add_profiles(t, txn, e);
}

/* ---- all ---- */

static enum iam_status check_empty(struct iam_txn *txn, struct iam_str account)
{
    static const enum iam_table_id tables[] = { IAM_TABLE_USER, IAM_TABLE_GROUP, IAM_TABLE_ROLE,
                                                IAM_TABLE_POLICY, IAM_TABLE_INSTANCE_PROFILE };
    for (size_t i = 0; i < IAM_COUNT(tables); i++) {
        int64_t count;
        IAM_TRY(iam_entity_count(txn, tables[i], account, &count));
        IAM_ENSURE(count == 0, IAM_CONFLICT);
    }
    return IAM_OK;
}

static enum iam_status add_all(struct iam_transfer *t, struct iam_txn *txn, enum moved_list_id list,
                               store_fn *add)
{
    for (size_t i = 0; i < t->lists[list].count; i++) {
        struct moved *e = &t->lists[list].items[i];
        enum iam_status st = add(t, txn, e);
        if (st == IAM_EXISTS) {
            transfer_tell(t, IAM_TRANSFER_ERROR, e->at,
                          "%.*s %.*s, or a part of it, has the ID of something in another account "
                          "of the store",
                          MOVED_NAME(e));
        }
        IAM_TRY(st);
    }
    return IAM_OK;
}

enum iam_status iam_transfer_store(struct iam_transfer *t, struct iam_txn *txn)
{
    struct iam_account account;
    IAM_TRY(iam_store_account_get(txn, t->arena, t->account, &account));
    IAM_TRY(check_empty(txn, t->account));
    IAM_TRY(add_all(t, txn, MOVED_POLICIES, add_policy));
    IAM_TRY(add_all(t, txn, MOVED_GROUPS, add_group));
    IAM_TRY(add_all(t, txn, MOVED_USERS, add_user));
    return add_all(t, txn, MOVED_ROLES, add_role);
}
