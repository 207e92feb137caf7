/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is deleted with a user or a group. INVARIANT: when a user is deleted, so are its keys and
 * memberships, and its MFA devices are nobody's; with a group, its memberships are. The change feed
 * records each of them.
 */
#include "store/access_key.h"
#include "store/group.h"
#include "store/mfa_device.h"
#include "store/table_int.h"
#include "store/user.h"

static enum iam_status delete_keys(struct iam_txn *txn, struct iam_arena *arena,
                                   const struct iam_entity_ref *user)
{
    struct iam_access_key_list keys;

    IAM_TRY(iam_store_access_key_list(txn, arena, user->account, user->id, NULL, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        IAM_TRY(iam_store_access_key_delete(txn, user->account, user->id, keys.items[i].id));
    }
    return IAM_OK;
}

static enum iam_status release_devices(struct iam_txn *txn, struct iam_arena *arena,
                                       const struct iam_entity_ref *user)
{
    struct iam_mfa_device_list devices;

    IAM_TRY(iam_store_mfa_device_list_of(txn, arena, user->account, user->id, NULL, &devices));
    for (size_t i = 0; i < devices.count; i++) {
        struct iam_mfa_device device = devices.items[i];

        device.owner_id = iam_str_absent();
        device.enabled_ms = 0;
        IAM_TRY(iam_store_mfa_device_set_state(txn, &device));
    }
    return IAM_OK;
}

static enum iam_status leave_groups(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_entity_ref *user)
{
    struct iam_group_list groups;

    IAM_TRY(iam_store_user_groups(txn, arena, user->id, NULL, &groups));
    for (size_t i = 0; i < groups.count; i++) {
        IAM_TRY(iam_store_member_remove(txn, user->account, groups.items[i].id, user->id));
    }
    return IAM_OK;
}

enum iam_status iam_user_leave(struct iam_txn *txn, const struct iam_entity_ref *user)
{
    struct iam_arena arena;
    enum iam_status status;

    iam_arena_init(&arena, iam_heap(), IAM_STORE_WORK_BYTES);
    status = delete_keys(txn, &arena, user);
    if (status == IAM_OK) {
        status = leave_groups(txn, &arena, user);
    }
    if (status == IAM_OK) {
        status = release_devices(txn, &arena, user);
    }
    iam_arena_done(&arena);
    return status == IAM_OK ? IAM_OK : iam_txn_spoil(txn, status);
}

static enum iam_status remove_members(struct iam_txn *txn, struct iam_arena *arena,
                                      const struct iam_entity_ref *group)
{
    struct iam_user_list members;

    IAM_TRY(iam_store_group_members(txn, arena, group->id, NULL, &members));
    for (size_t i = 0; i < members.count; i++) {
        IAM_TRY(iam_store_member_remove(txn, group->account, group->id, members.items[i].id));
    }
    return IAM_OK;
}

enum iam_status iam_group_empty(struct iam_txn *txn, const struct iam_entity_ref *group)
{
    struct iam_arena arena;
    enum iam_status status;

    iam_arena_init(&arena, iam_heap(), IAM_STORE_WORK_BYTES);
    status = remove_members(txn, &arena, group);
    iam_arena_done(&arena);
    return status == IAM_OK ? IAM_OK : iam_txn_spoil(txn, status);
}
