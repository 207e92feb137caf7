/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users. The name is kept as written and once more in lower case, which is what is unique and
 * searched. INVARIANT: a user that is deleted takes its keys and memberships along, each of which
 * is told to the change feed.
 */
#include "store/user.h"

#include "model/arn.h"
#include "store/access_key.h"
#include "store/entity_int.h"
#include "store/group.h"
#include "store/sql_int.h"

#define USER_COLUMNS                                                        \
    "u.user_id, u.account_id, u.name, u.path, u.created_ms, u.boundary_id," \
    " b.account_id, b.path, b.name FROM iam_user u"                         \
    " LEFT JOIN iam_policy b ON b.policy_id = u.boundary_id"

enum {
    SQL_ADD = IAM_SQL_OWN,
    SQL_UPDATE,
    SQL_SET_BOUNDARY,
    SQL_PARTS,
    SQL_DELETE,
    SQL_MEMBERS,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_ADD] = "INSERT INTO iam_user"
                " (user_id, account_id, name, name_key, path, created_ms, boundary_id)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
    [IAM_SQL_GET] = "SELECT " USER_COLUMNS " WHERE u.account_id = $1 AND u.name_key = $2",
    [IAM_SQL_GET_BY_ID] = "SELECT " USER_COLUMNS " WHERE u.user_id = $1",
    [IAM_SQL_LIST] = "SELECT " USER_COLUMNS " WHERE u.account_id = $1 AND u.name_key > $2"
                     " AND substr(u.path, 1, length(CAST($3 AS TEXT))) = $3"
                     " ORDER BY u.name_key LIMIT $4",
    [IAM_SQL_SCAN] = "SELECT " USER_COLUMNS " WHERE u.user_id > $1 ORDER BY u.user_id LIMIT $2",
    [SQL_UPDATE] = "UPDATE iam_user SET name = COALESCE($1, name),"
                   " name_key = COALESCE($2, name_key), path = COALESCE($3, path)"
                   " WHERE user_id = $4 AND account_id = $5",
    [SQL_SET_BOUNDARY] = "UPDATE iam_user SET boundary_id = $1"
                         " WHERE user_id = $2 AND account_id = $3",
    [SQL_PARTS] = "SELECT (SELECT COUNT(*) FROM access_key WHERE owner_id = $1),"
                  " (SELECT COUNT(*) FROM membership WHERE user_id = $1)",
    [SQL_DELETE] = "DELETE FROM iam_user WHERE user_id = $1 AND account_id = $2",
    [SQL_MEMBERS] = "SELECT " USER_COLUMNS " JOIN membership m ON m.user_id = u.user_id"
                    " WHERE m.group_id = $1 AND u.name_key > $2 ORDER BY u.name_key LIMIT $3",
};

const struct iam_sql_table iam_sql_user = { "user", SQL, SQL_COUNT };

static void read_user(struct iam_row *row, void *ret_user)
{
    struct iam_user *user = ret_user;

    user->id = iam_row_text(row);
    user->account = iam_row_text(row);
    user->name = iam_row_text(row);
    user->path = iam_row_text(row);
    user->created_ms = iam_row_i64(row);
    user->boundary_policy_id = iam_row_text(row);
    user->boundary_arn = iam_read_policy_arn(row);
    iam_row_fail(row, iam_arn_of(row->arena, IAM_KIND_USER, user->account, user->path, user->name,
                                 &user->arn));
}

static const struct iam_entity_form FORM = IAM_ENTITY_FORM(SQL, read_user, struct iam_user);

enum iam_status iam_store_user_add(struct iam_txn *txn, const struct iam_user *user)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_USER, user->account, user->id);
    struct iam_query q;

    IAM_TRY(iam_policy_check_usable(txn, user->account, user->boundary_policy_id));
    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, user->id);
    iam_query_text(&q, user->account);
    iam_query_text(&q, user->name);
    iam_query_key(&q, user->name);
    iam_query_text(&q, user->path);
    iam_query_int(&q, user->created_ms);
    iam_query_text(&q, user->boundary_policy_id);
    IAM_TRY(iam_query_run(&q, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_user_get(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str name,
                                   struct iam_user *ret)
{
    return iam_entity_get(txn, arena, &FORM, account, name, ret);
}

enum iam_status iam_store_user_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str id, struct iam_user *ret)
{
    return iam_entity_get_by_id(txn, arena, &FORM, id, ret);
}

static struct iam_user_list list_of(const struct iam_entity_rows *rows)
{
    return (struct iam_user_list){ rows->items, rows->count, rows->is_truncated, rows->next };
}

enum iam_status iam_store_user_list(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_str account, struct iam_str path_prefix,
                                    const struct iam_page *page, struct iam_user_list *ret)
{
    struct iam_entity_rows rows;

    IAM_TRY(iam_entity_list(txn, arena, &FORM, account, path_prefix, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_user_scan(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_page *page, struct iam_user_list *ret)
{
    struct iam_entity_rows rows;

    IAM_TRY(iam_entity_scan(txn, arena, &FORM, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_group_members(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str group_id, const struct iam_page *page,
                                        struct iam_user_list *ret)
{
    struct iam_entity_rows rows;
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_MEMBERS]);
    iam_query_text(&q, group_id);
    iam_query_key(&q, iam_page_after(page));
    IAM_TRY(iam_entity_page(&q, arena, &FORM, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_user_update(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id, struct iam_str new_name,
                                      struct iam_str new_path)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_USER, account, id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_UPDATE]);
    iam_query_text(&q, new_name);
    iam_query_key_or_null(&q, new_name);
    iam_query_text(&q, new_path);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_user_set_boundary(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str id, struct iam_str policy_id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_USER, account, id);
    struct iam_query q;

    IAM_TRY(iam_policy_check_usable(txn, account, policy_id));
    iam_query_open(&q, txn, SQL[SQL_SET_BOUNDARY]);
    iam_query_text(&q, policy_id);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

static void read_parts(struct iam_row *row, void *ret_parts)
{
    struct iam_user_parts *parts = ret_parts;

    parts->access_keys = iam_row_i64(row);
    parts->groups = iam_row_i64(row);
}

enum iam_status iam_store_user_parts(struct iam_txn *txn, struct iam_str id,
                                     struct iam_user_parts *ret)
{
    struct iam_query q;
    struct iam_user_parts parts = { 0 };

    iam_query_open(&q, txn, SQL[SQL_PARTS]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_one(&q, NULL, read_parts, &parts));
    IAM_TRY(iam_entity_count_parts(txn, id, &parts.attached_policies, &parts.inline_policies));
    *ret = parts;
    return IAM_OK;
}

static enum iam_status delete_keys(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str id)
{
    struct iam_access_key_list keys;

    IAM_TRY(iam_store_access_key_list(txn, arena, account, id, NULL, &keys));
    for (size_t i = 0; i < keys.count; i++) {
        IAM_TRY(iam_store_access_key_delete(txn, account, id, keys.items[i].id));
    }
    return IAM_OK;
}

static enum iam_status leave_groups(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_str account, struct iam_str id)
{
    struct iam_group_list groups;

    IAM_TRY(iam_store_user_groups(txn, arena, id, NULL, &groups));
    for (size_t i = 0; i < groups.count; i++) {
        IAM_TRY(iam_store_member_remove(txn, account, groups.items[i].id, id));
    }
    return IAM_OK;
}

static enum iam_status delete_parts(struct iam_txn *txn, const struct iam_entity_ref *user)
{
    struct iam_arena arena;
    enum iam_status status;

    iam_arena_init(&arena, iam_heap(), IAM_STORE_WORK_BYTES);
    status = delete_keys(txn, &arena, user->account, user->id);
    if (status == IAM_OK) {
        status = leave_groups(txn, &arena, user->account, user->id);
    }
    iam_arena_done(&arena);
    return status == IAM_OK ? iam_entity_delete_parts(txn, user) : iam_txn_spoil(txn, status);
}

enum iam_status iam_store_user_delete(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_USER, account, id);
    struct iam_query q;

    IAM_TRY(iam_entity_check(txn, &ref));
    IAM_TRY(delete_parts(txn, &ref));
    iam_query_open(&q, txn, SQL[SQL_DELETE]);
    return iam_entity_run(&q, &ref, IAM_CHANGE_DELETE);
}
