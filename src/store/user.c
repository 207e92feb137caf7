/* SPDX-License-Identifier: Apache-2.0 */
/* Users: what is not in their table. One that is deleted leaves its groups in leave.c. */
#include "store/user.h"

#include "store/table_int.h"

enum { SQL_PARTS, SQL_END };

const char *const iam_user_sql[] = {
    [SQL_PARTS] = "SELECT (SELECT COUNT(*) FROM access_key WHERE owner_id = $1),"
                  " (SELECT COUNT(*) FROM membership WHERE user_id = $1),"
                  " (SELECT COUNT(*) FROM membership WHERE group_id = $1),"
                  " (SELECT COUNT(*) FROM attachment WHERE entity_id = $1)"
                  " + (SELECT COUNT(*) FROM aws_attachment WHERE entity_id = $1),"
                  " (SELECT COUNT(*) FROM inline_policy WHERE entity_id = $1)",
    [SQL_END] = NULL,
};

enum { SQL_MEMBERS, SQL_MEMBER_END };

const char *const iam_member_sql[] = {
    [SQL_MEMBERS] = "SELECT @columns FROM @from WHERE m.group_id = $1 AND t.name_key > $2"
                    " ORDER BY t.name_key LIMIT $3",
    [SQL_MEMBER_END] = NULL,
};

enum iam_status iam_store_parts(struct iam_txn *txn, struct iam_str id,
                                struct iam_entity_parts *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_INT(NULL, 0, struct iam_entity_parts, access_keys),
        IAM_INT(NULL, 0, struct iam_entity_parts, groups),
        IAM_INT(NULL, 0, struct iam_entity_parts, members),
        IAM_INT(NULL, 0, struct iam_entity_parts, attached_policies),
        IAM_INT(NULL, 0, struct iam_entity_parts, inline_policies),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_entity_parts);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_USER, SQL_PARTS);
    iam_query_text(&q, id);
    return iam_query_one(&q, NULL, &SHAPE, ret);
}

enum iam_status iam_store_group_members(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str group_id, const struct iam_page *page,
                                        struct iam_user_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_MEMBER, SQL_MEMBERS);
    iam_query_text(&q, group_id);
    iam_query_key(&q, iam_page_after(page));
    return iam_table_page(&q, arena, IAM_TABLE_MEMBER, page, &ret->rows);
}
