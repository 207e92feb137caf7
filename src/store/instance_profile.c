/* SPDX-License-Identifier: Apache-2.0 */
/* Instance profiles: what is not in their table. */
#include "store/instance_profile.h"

#include "store/table_int.h"

enum { SQL_OF_ROLE, SQL_END };

const char *const iam_instance_profile_sql[] = {
    [SQL_OF_ROLE] = "SELECT @columns FROM @from WHERE t.role_id = $1 AND t.name_key > $2"
                    " ORDER BY t.name_key LIMIT $3",
    [SQL_END] = NULL,
};

enum iam_status iam_store_instance_profile_set_role(struct iam_txn *txn, struct iam_str account,
                                                    struct iam_str id, struct iam_str role_id)
{
    const struct iam_instance_profile row = { .id = id,
                                              .account = account,
                                              .role_id = iam_text_or_empty(role_id) };

    return iam_table_update(txn, IAM_TABLE_INSTANCE_PROFILE, NULL, &row);
}

enum iam_status iam_store_role_instance_profiles(struct iam_txn *txn, struct iam_arena *arena,
                                                 struct iam_str role_id,
                                                 const struct iam_page *page,
                                                 struct iam_instance_profile_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_INSTANCE_PROFILE, SQL_OF_ROLE);
    iam_query_text(&q, role_id);
    iam_query_key(&q, iam_page_after(page));
    return iam_table_page(&q, arena, IAM_TABLE_INSTANCE_PROFILE, page, &ret->rows);
}
