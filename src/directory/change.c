/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading again what changed. A change row only says which entity to look at: what it is now, or
 * that it is gone, is read in the transaction that read the rows.
 */
#include "store/change.h"
#include "directory/pass_int.h"
#include "model/arn.h"
#include "store/access_key.h"
#include "store/account.h"
#include "store/group.h"
#include "store/policy.h"
#include "store/role.h"
#include "store/user.h"

/* More at once than this, and loading everything costs no more. */
#define CHANGES_MAX 10000

static void lose_subject(struct iam_dir_pass *pass, struct iam_str id)
{
    struct iam_dir_subject *subject = iam_map_get(&pass->state->subjects, id);

    if (subject != NULL) {
        iam_dir_subject_fill(subject, NULL);
        iam_dir_pass_subject(pass, subject);
    }
}

static enum iam_status change_policy(struct iam_dir_pass *pass, const struct iam_change *change)
{
    struct iam_managed_policy policy;
    enum iam_status st =
        iam_store_policy_get_by_id(pass->txn, &pass->entity, change->account, change->id, &policy);

    if (st != IAM_NOT_FOUND) {
        return st == IAM_OK ? iam_dir_read_policy(pass, &policy) : st;
    }
    struct iam_dir_policy *record = iam_map_get(&pass->state->policies, change->id);
    if (record != NULL) {
        iam_policy_unref(record->policy);
        record->policy = NULL;
        record->is_gone = true;
        iam_dir_pass_policy(pass, record);
    }
    return IAM_OK;
}

static enum iam_status change_group(struct iam_dir_pass *pass, const struct iam_change *change)
{
    struct iam_group group;
    enum iam_status st = iam_store_group_get_by_id(pass->txn, &pass->entity, change->id, &group);

    if (st != IAM_NOT_FOUND) {
        return st == IAM_OK ? iam_dir_read_group(pass, &group) : st;
    }
    struct iam_dir_group *record = iam_map_get(&pass->state->groups, change->id);
    if (record != NULL) {
        iam_dir_group_fill(record, NULL);
        iam_dir_pass_group(pass, record);
    }
    return IAM_OK;
}

static enum iam_status change_account(struct iam_dir_pass *pass, const struct iam_change *change)
{
    struct iam_account account;

    /* Nobody is root there. */
    if (iam_str_eq(change->id, IAM_ACCOUNT_AWS)) {
        return IAM_OK;
    }
    enum iam_status st = iam_store_account_get(pass->txn, &pass->entity, change->id, &account);
    if (st == IAM_NOT_FOUND) {
        lose_subject(pass, change->id);
        return IAM_OK;
    }
    return st == IAM_OK ? iam_dir_read_account(pass, &account) : st;
}

static enum iam_status change_user(struct iam_dir_pass *pass, const struct iam_change *change)
{
    struct iam_user user;
    enum iam_status st = iam_store_user_get_by_id(pass->txn, &pass->entity, change->id, &user);

    if (st == IAM_NOT_FOUND) {
        lose_subject(pass, change->id);
        return IAM_OK;
    }
    return st == IAM_OK ? iam_dir_read_user(pass, &user) : st;
}

static enum iam_status change_role(struct iam_dir_pass *pass, const struct iam_change *change)
{
    struct iam_role role;
    enum iam_status st = iam_store_role_get_by_id(pass->txn, &pass->entity, change->id, &role);

    if (st == IAM_NOT_FOUND) {
        lose_subject(pass, change->id);
        return IAM_OK;
    }
    return st == IAM_OK ? iam_dir_read_role(pass, &role) : st;
}

static enum iam_status change_key(struct iam_dir_pass *pass, const struct iam_change *change)
{
    struct iam_access_key key;
    enum iam_status st = iam_store_access_key_get(pass->txn, &pass->entity, change->id, &key);

    if (st == IAM_NOT_FOUND) {
        iam_dir_pass_key(pass, change->id, NULL);
        return IAM_OK;
    }
    return st == IAM_OK ? iam_dir_read_key(pass, &key) : st;
}

/* What others refer to comes first. */
static const struct {
    enum iam_kind kind;
    enum iam_status (*read)(struct iam_dir_pass *pass, const struct iam_change *change);
} READERS[] = {
    {IAM_KIND_POLICY,      change_policy },
    { IAM_KIND_GROUP,      change_group  },
    { IAM_KIND_ACCOUNT,    change_account},
    { IAM_KIND_USER,       change_user   },
    { IAM_KIND_ROLE,       change_role   },
    { IAM_KIND_ACCESS_KEY, change_key    },
};

/* Every entity of list that READERS[reader] is for, once each; seen has those that were read. */
static enum iam_status read_kind(struct iam_dir_pass *pass, const struct iam_change_list *list,
                                 size_t reader, struct iam_map *seen)
{
    for (size_t i = 0; i < list->count; i++) {
        struct iam_change *change = &list->items[i];
        void *old = NULL;
        if (change->kind != READERS[reader].kind) {
            continue;
        }
        IAM_TRY(iam_map_put(seen, change->id, change, &old));
        if (old == NULL) {
            iam_arena_clear(&pass->entity);
            IAM_TRY(READERS[reader].read(pass, change));
        }
    }
    return IAM_OK;
}

static enum iam_status read_list(struct iam_dir_pass *pass, const struct iam_change_list *list)
{
    enum iam_status st = IAM_OK;

    for (size_t i = 0; i < IAM_COUNT(READERS) && st == IAM_OK; i++) {
        IAM_CLEANUP(iam_map_done) struct iam_map seen;
        iam_map_init(&seen, pass->state->alloc, pass->state->subjects.seed);
        st = read_kind(pass, list, i, &seen);
    }
    return st;
}

enum iam_status iam_dir_read_changes(struct iam_dir_pass *pass)
{
    struct iam_change_list list;

    IAM_TRY(iam_store_change_list(pass->txn, &pass->list, pass->state->seq, CHANGES_MAX, &list));
    IAM_ENSURE(!list.is_truncated, IAM_CONFLICT);
    IAM_TRY(read_list(pass, &list));
    if (list.count > 0) {
        pass->state->seq = list.items[list.count - 1].seq;
    }
    return IAM_OK;
}
