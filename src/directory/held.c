/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/held.h"

#include "base/heap.h"
#include "decide/set.h"
#include "model/arn.h"
#include "store/inline_policy.h"
#include "store/policy.h"

#define GROUP_PREFIX IAM_STR("group/")

void iam_held_drop(struct iam_held *held)
{
    for (size_t i = 0; i < held->count; i++) {
        iam_policy_unref(held->items[i].policy);
    }
    *held = (struct iam_held){ 0 };
}

/* Makes room for count policies. */
static enum iam_status start(struct iam_arena *arena, size_t count, struct iam_held *ret)
{
    *ret = (struct iam_held){ .items = iam_arena_zalloc(arena, count + 1, sizeof(*ret->items)) };
    return ret->items != NULL ? IAM_OK : IAM_NOMEM;
}

/* ---- users and roles ---- */

/* Reads where a policy comes from in the name that an entry of a view has. */
static enum iam_status read_entry(struct iam_arena *arena, const struct iam_view *view,
                                  struct iam_str text, struct iam_held_policy *ret)
{
    struct iam_entity_arn parts;
    struct iam_str entry;
    IAM_TRY(iam_arena_dup(arena, text, &entry));
    if (iam_str_starts(entry, IAM_STR("arn:"))) {
        IAM_ENSURE(iam_entity_arn_parse(entry, &parts) == IAM_OK, IAM_CORRUPT);
        ret->arn = entry;
        ret->name = parts.name;
        return IAM_OK;
    }
    ret->owner_kind = view->kind;
    ret->name = entry;
    if (!iam_str_starts(entry, GROUP_PREFIX)) {
        return iam_arena_dup(arena, view->name, &ret->owner_name);
    }
    size_t from = GROUP_PREFIX.len;
    size_t slash = iam_str_find(entry, '/', from);
    ret->owner_kind = IAM_KIND_GROUP;
    ret->owner_name = iam_str_sub(entry, from, slash - from);
    ret->name = iam_str_sub(entry, slash + 1, entry.len);
    return IAM_OK;
}

static enum iam_status take_view(struct iam_arena *arena, const struct iam_view *view,
                                 struct iam_held *ret)
{
    const struct iam_policy_set *set = view->identity;
    IAM_ENSURE(!view->is_broken, IAM_CORRUPT);
    IAM_TRY(start(arena, set != NULL ? set->entry_count : 0, ret));
    for (size_t i = 0; set != NULL && i < set->entry_count; i++) {
        struct iam_held_policy *to = &ret->items[ret->count];
        IAM_TRY(read_entry(arena, view, set->entries[i].name, to));
        to->policy = iam_policy_ref(set->entries[i].policy);
        ret->count++;
    }
    return IAM_OK;
}

static enum iam_status hold_principal(struct iam_directory *dir, struct iam_txn *txn,
                                      struct iam_arena *arena, struct iam_str id,
                                      struct iam_held *ret)
{
    const struct iam_view *view;
    IAM_TRY(iam_directory_by_id(dir, txn, id, &view));
    enum iam_status st = take_view(arena, view, ret);
    iam_view_unref(view);
    return st;
}

/* ---- groups, which decide for nobody by themselves and have no view ---- */

static enum iam_status add_managed(struct iam_directory *dir, struct iam_txn *txn,
                                   struct iam_str arn, struct iam_held *held)
{
    struct iam_held_policy *to = &held->items[held->count];
    struct iam_entity_arn parts;
    struct iam_unique_id id;
    IAM_ENSURE(iam_entity_arn_parse(arn, &parts) == IAM_OK, IAM_CORRUPT);
    IAM_TRY(iam_directory_managed_policy(dir, txn, arn, &id, &to->policy));
    to->arn = arn;
    to->name = parts.name;
    held->count++;
    return IAM_OK;
}

static enum iam_status add_inline(const struct iam_inline_policy *from, struct iam_str group,
                                  struct iam_held *held)
{
    struct iam_held_policy *to = &held->items[held->count];
    enum iam_status st =
        iam_policy_parse(iam_heap(), IAM_POLICY_IDENTITY, from->document, &to->policy, NULL);
    IAM_ENSURE(st == IAM_OK, st == IAM_NOMEM ? IAM_NOMEM : IAM_CORRUPT);
    to->name = from->name;
    to->owner_kind = IAM_KIND_GROUP;
    to->owner_name = group;
    held->count++;
    return IAM_OK;
}

static enum iam_status hold_group(struct iam_directory *dir, struct iam_txn *txn,
                                  struct iam_arena *arena, const struct iam_entity_ref *group,
                                  struct iam_str name, struct iam_held *ret)
{
    struct iam_inline_list inlines = { 0 };
    struct iam_attached_list attached = { 0 };
    IAM_TRY(iam_store_inline_load(txn, arena, group, &inlines));
    IAM_TRY(iam_store_attached_list(txn, arena, group, iam_str_absent(), NULL, &attached));
    IAM_TRY(start(arena, inlines.count + attached.count, ret));
    for (size_t i = 0; i < inlines.count; i++) {
        IAM_TRY(add_inline(&inlines.items[i], name, ret));
    }
    for (size_t i = 0; i < attached.count; i++) {
        enum iam_status st = add_managed(dir, txn, attached.items[i].arn, ret);
        IAM_ENSURE(st != IAM_NOT_FOUND, IAM_CORRUPT);
        IAM_TRY(st);
    }
    return IAM_OK;
}

static enum iam_status hold(struct iam_directory *dir, struct iam_txn *txn, struct iam_arena *arena,
                            const struct iam_entity_ref *entity, struct iam_str text,
                            struct iam_held *ret)
{
    switch (entity->kind) {
    case IAM_KIND_GROUP:
        return hold_group(dir, txn, arena, entity, text, ret);
    case IAM_KIND_POLICY:
        IAM_TRY(start(arena, 1, ret));
        return add_managed(dir, txn, text, ret);
    default:
        return hold_principal(dir, txn, arena, entity->id, ret);
    }
}

enum iam_status iam_directory_held(struct iam_directory *dir, struct iam_txn *txn,
                                   struct iam_arena *arena, const struct iam_entity_ref *entity,
                                   struct iam_str text, struct iam_held *ret)
{
    struct iam_held held = { 0 };
    enum iam_status st = hold(dir, txn, arena, entity, text, &held);
    if (st != IAM_OK) {
        iam_held_drop(&held);
        return st;
    }
    *ret = held;
    return IAM_OK;
}
