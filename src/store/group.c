/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups and memberships: what is not in their tables. Being in a group changes what the user may
 * do, so a membership is a change of the user as well as of the group. A group that is deleted
 * loses its members in leave.c.
 */
#include "store/group.h"

#include <stdlib.h>

#include "store/known_int.h"
#include "store/table_int.h"

enum { SQL_OF_USER, SQL_END };

const char *const iam_group_of_user_sql[] = {
    [SQL_OF_USER] = "SELECT @columns FROM @from WHERE m.user_id = $1 AND t.name_key > $2"
                    " ORDER BY t.name_key LIMIT $3",
    [SQL_END] = NULL,
};

enum { SQL_LISTS, SQL_MEMBERSHIP_END };

/* The order within a list is made of names. */
const char *const iam_membership_of_user_sql[] = {
    [SQL_LISTS] = "SELECT @columns FROM @from WHERE t.user_id IN (@owners) ORDER BY t.user_id",
    [SQL_MEMBERSHIP_END] = NULL,
};

enum iam_status iam_store_user_groups(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str user_id, const struct iam_page *page,
                                      struct iam_group_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_GROUP_OF_USER, SQL_OF_USER);
    iam_query_text(&q, user_id);
    iam_query_key(&q, iam_page_after(page));
    return iam_table_page(&q, arena, IAM_TABLE_GROUP_OF_USER, page, &ret->rows);
}

static int by_name(const void *a, const void *b)
{
    return iam_str_cmp_nocase(*(const struct iam_str *)a, *(const struct iam_str *)b);
}

/* Makes names of the IDs of groups, and the order of the list. */
static enum iam_status name_groups(struct iam_known *groups, struct iam_rows *list)
{
    struct iam_str *items = list->items;

    for (size_t i = 0; i < list->count; i++) {
        const void *group;

        IAM_TRY(iam_known_get(groups, items[i], &group));
        items[i] = ((const struct iam_group *)group)->name;
    }
    if (list->count > 1) {
        qsort(items, list->count, sizeof(*items), by_name);
    }
    return IAM_OK;
}

enum iam_status iam_store_group_name_lists(struct iam_txn *txn, struct iam_arena *arena,
                                           const struct iam_owners *owners, struct iam_lists *ret)
{
    const struct iam_shape *shape = &iam_tables[IAM_TABLE_MEMBERSHIP_OF_USER].shape;
    struct iam_known groups;
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_MEMBERSHIP_OF_USER, SQL_LISTS);
    IAM_TRY(iam_query_lists(&q, arena, shape, owners, ret));
    iam_known_init(&groups, txn, arena, IAM_TABLE_GROUP);
    for (size_t i = 0; i < owners->count; i++) {
        IAM_TRY(name_groups(&groups, &ret->of[i]));
    }
    return IAM_OK;
}

/* Checks that both are of the account. */
static enum iam_status check_pair(struct iam_txn *txn, const struct iam_entity_ref *group,
                                  const struct iam_entity_ref *user)
{
    enum iam_status status = iam_table_exists(txn, IAM_TABLE_GROUP, group, NULL);

    if (status == IAM_OK) {
        status = iam_table_exists(txn, IAM_TABLE_USER, user, NULL);
    }
    return status == IAM_NOT_FOUND ? iam_txn_conflict(txn) : status;
}

enum iam_status iam_store_member_add(struct iam_txn *txn, struct iam_str account,
                                     struct iam_str group_id, struct iam_str user_id)
{
    struct iam_entity_ref group = iam_ref(IAM_KIND_GROUP, account, group_id);
    struct iam_entity_ref user = iam_ref(IAM_KIND_USER, account, user_id);
    enum iam_status status = iam_table_exists(txn, IAM_TABLE_MEMBERSHIP, &group, &user_id);

    if (status != IAM_NOT_FOUND) {
        return status;
    }
    IAM_TRY(check_pair(txn, &group, &user));
    IAM_TRY(iam_table_write(txn, IAM_TABLE_MEMBERSHIP, IAM_SQL_INSERT, &group, &user_id));
    IAM_TRY(iam_change_record(txn, &group, IAM_CHANGE_PUT));
    return iam_change_record(txn, &user, IAM_CHANGE_PUT);
}

enum iam_status iam_store_member_remove(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str group_id, struct iam_str user_id)
{
    struct iam_entity_ref group = iam_ref(IAM_KIND_GROUP, account, group_id);
    struct iam_entity_ref user = iam_ref(IAM_KIND_USER, account, user_id);

    IAM_TRY(iam_table_delete(txn, IAM_TABLE_MEMBERSHIP, &group, &user_id));
    return iam_change_record(txn, &user, IAM_CHANGE_PUT);
}
