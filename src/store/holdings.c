/* SPDX-License-Identifier: Apache-2.0 */
#include "store/holdings.h"

#include "store/access_key.h"
#include "store/group.h"
#include "store/policy.h"
#include "store/tag.h"

enum iam_status iam_store_holdings(struct iam_txn *txn, struct iam_arena *arena,
                                   enum iam_table_id table, const struct iam_rows *entities,
                                   size_t first, struct iam_holdings *ret)
{
    struct iam_owners owners;

    iam_table_owners(table, entities, first, &owners);
    IAM_TRY(iam_table_lists(txn, arena, IAM_TABLE_INLINE_POLICY, &owners, &ret->inlines));
    IAM_TRY(iam_store_attached_lists(txn, arena, &owners, &ret->attached));
    IAM_TRY(iam_store_tag_lists(txn, arena, &owners, &ret->tags));
    ret->groups = (struct iam_lists){ 0 };
    return table == IAM_TABLE_USER ? iam_store_group_name_lists(txn, arena, &owners, &ret->groups)
                                   : IAM_OK;
}

enum iam_status iam_store_credentials(struct iam_txn *txn, struct iam_arena *arena,
                                      enum iam_table_id table, const struct iam_rows *entities,
                                      size_t first, struct iam_credentials *ret)
{
    struct iam_owners owners;

    iam_table_owners(table, entities, first, &owners);
    IAM_TRY(iam_table_lists(txn, arena, IAM_TABLE_LOGIN_PROFILE, &owners, &ret->profiles));
    IAM_TRY(
        iam_table_lists(txn, arena, IAM_TABLE_PASSWORD_CHANGE, &owners, &ret->password_changes));
    IAM_TRY(iam_table_lists(txn, arena, IAM_TABLE_MFA_DEVICE_OF_OWNER, &owners, &ret->devices));
    IAM_TRY(iam_store_access_key_lists(txn, arena, &owners, &ret->keys));
    return iam_table_lists(txn, arena, IAM_TABLE_SIGNING_CERTIFICATE, &owners, &ret->certificates);
}
