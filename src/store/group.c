/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Groups and memberships. Being in a group changes what the user may do, so a membership is a
 * change of the user as well as of the group.
 */
#include "store/group.h"

#include "model/arn.h"
#include "store/entity_int.h"
#include "store/sql_int.h"

#define GROUP_COLUMNS "g.group_id, g.account_id, g.name, g.path, g.created_ms FROM iam_group g"

enum {
    SQL_ADD = IAM_SQL_OWN,
    SQL_UPDATE,
    SQL_MEMBER_COUNT,
    SQL_DELETE,
    SQL_MEMBER_IS,
    SQL_MEMBER_ADD,
    SQL_MEMBER_REMOVE,
    SQL_OF_USER,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_ADD] = "INSERT INTO iam_group (group_id, account_id, name, name_key, path, created_ms)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
    [IAM_SQL_GET] = "SELECT " GROUP_COLUMNS " WHERE g.account_id = $1 AND g.name_key = $2",
    [IAM_SQL_GET_BY_ID] = "SELECT " GROUP_COLUMNS " WHERE g.group_id = $1",
    [IAM_SQL_LIST] = "SELECT " GROUP_COLUMNS " WHERE g.account_id = $1 AND g.name_key > $2"
                     " AND substr(g.path, 1, length(CAST($3 AS TEXT))) = $3"
                     " ORDER BY g.name_key LIMIT $4",
    [IAM_SQL_SCAN] = "SELECT " GROUP_COLUMNS " WHERE g.group_id > $1 ORDER BY g.group_id LIMIT $2",
    [SQL_UPDATE] = "UPDATE iam_group SET name = COALESCE($1, name),"
                   " name_key = COALESCE($2, name_key), path = COALESCE($3, path)"
                   " WHERE group_id = $4 AND account_id = $5",
    [SQL_MEMBER_COUNT] = "SELECT COUNT(*) FROM membership WHERE group_id = $1",
    [SQL_DELETE] = "DELETE FROM iam_group WHERE group_id = $1 AND account_id = $2",
    [SQL_MEMBER_IS] = "SELECT 1 FROM membership"
                      " WHERE group_id = $1 AND user_id = $2 AND account_id = $3",
    [SQL_MEMBER_ADD] = "INSERT INTO membership (group_id, user_id, account_id)"
                       " SELECT g.group_id, u.user_id, u.account_id"
                       " FROM iam_group g JOIN iam_user u ON u.account_id = g.account_id"
                       " WHERE g.group_id = $1 AND u.user_id = $2 AND u.account_id = $3",
    [SQL_MEMBER_REMOVE] = "DELETE FROM membership"
                          " WHERE group_id = $1 AND user_id = $2 AND account_id = $3",
    [SQL_OF_USER] = "SELECT " GROUP_COLUMNS " JOIN membership m ON m.group_id = g.group_id"
                    " WHERE m.user_id = $1 AND g.name_key > $2 ORDER BY g.name_key LIMIT $3",
};

const struct iam_sql_table iam_sql_group = { "group", SQL, SQL_COUNT };

static void read_group(struct iam_row *row, void *ret_group)
{
    struct iam_group *group = ret_group;

    group->id = iam_row_text(row);
    group->account = iam_row_text(row);
    group->name = iam_row_text(row);
    group->path = iam_row_text(row);
    group->created_ms = iam_row_i64(row);
    iam_row_fail(row, iam_arn_of(row->arena, IAM_KIND_GROUP, group->account, group->path,
                                 group->name, &group->arn));
}

static const struct iam_entity_form FORM = IAM_ENTITY_FORM(SQL, read_group, struct iam_group);

enum iam_status iam_store_group_add(struct iam_txn *txn, const struct iam_group *group)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_GROUP, group->account, group->id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, group->id);
    iam_query_text(&q, group->account);
    iam_query_text(&q, group->name);
    iam_query_key(&q, group->name);
    iam_query_text(&q, group->path);
    iam_query_int(&q, group->created_ms);
    IAM_TRY(iam_query_run(&q, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_group_get(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_str account, struct iam_str name,
                                    struct iam_group *ret)
{
    return iam_entity_get(txn, arena, &FORM, account, name, ret);
}

enum iam_status iam_store_group_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str id, struct iam_group *ret)
{
    return iam_entity_get_by_id(txn, arena, &FORM, id, ret);
}

static struct iam_group_list list_of(const struct iam_entity_rows *rows)
{
    return (struct iam_group_list){ rows->items, rows->count, rows->is_truncated, rows->next };
}

enum iam_status iam_store_group_list(struct iam_txn *txn, struct iam_arena *arena,
                                     struct iam_str account, struct iam_str path_prefix,
                                     const struct iam_page *page, struct iam_group_list *ret)
{
    struct iam_entity_rows rows;

    IAM_TRY(iam_entity_list(txn, arena, &FORM, account, path_prefix, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_group_scan(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_page *page, struct iam_group_list *ret)
{
    struct iam_entity_rows rows;

    IAM_TRY(iam_entity_scan(txn, arena, &FORM, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_user_groups(struct iam_txn *txn, struct iam_arena *arena,
                                      struct iam_str user_id, const struct iam_page *page,
                                      struct iam_group_list *ret)
{
    struct iam_entity_rows rows;
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_OF_USER]);
    iam_query_text(&q, user_id);
    iam_query_key(&q, iam_page_after(page));
    IAM_TRY(iam_entity_page(&q, arena, &FORM, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_group_update(struct iam_txn *txn, struct iam_str account,
                                       struct iam_str id, struct iam_str new_name,
                                       struct iam_str new_path)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_GROUP, account, id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_UPDATE]);
    iam_query_text(&q, new_name);
    iam_query_key_or_null(&q, new_name);
    iam_query_text(&q, new_path);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_group_parts(struct iam_txn *txn, struct iam_str id,
                                      struct iam_group_parts *ret)
{
    struct iam_query q;
    struct iam_group_parts parts = { 0 };

    iam_query_open(&q, txn, SQL[SQL_MEMBER_COUNT]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_i64(&q, &parts.members));
    IAM_TRY(iam_entity_count_parts(txn, id, &parts.attached_policies, &parts.inline_policies));
    *ret = parts;
    return IAM_OK;
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

static enum iam_status delete_parts(struct iam_txn *txn, const struct iam_entity_ref *group)
{
    struct iam_arena arena;
    enum iam_status status;

    iam_arena_init(&arena, iam_heap(), IAM_STORE_WORK_BYTES);
    status = remove_members(txn, &arena, group);
    iam_arena_done(&arena);
    return status == IAM_OK ? iam_entity_delete_parts(txn, group) : iam_txn_spoil(txn, status);
}

enum iam_status iam_store_group_delete(struct iam_txn *txn, struct iam_str account,
                                       struct iam_str id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_GROUP, account, id);
    struct iam_query q;

    IAM_TRY(iam_entity_check(txn, &ref));
    IAM_TRY(delete_parts(txn, &ref));
    iam_query_open(&q, txn, SQL[SQL_DELETE]);
    return iam_entity_run(&q, &ref, IAM_CHANGE_DELETE);
}

static void open_member(struct iam_query *q, struct iam_txn *txn, const char *sql,
                        const struct iam_entity_ref *group, const struct iam_entity_ref *user)
{
    iam_query_open(q, txn, sql);
    iam_query_text(q, group->id);
    iam_query_text(q, user->id);
    iam_query_text(q, user->account);
}

static enum iam_status record_member(struct iam_txn *txn, const struct iam_entity_ref *group,
                                     const struct iam_entity_ref *user)
{
    IAM_TRY(iam_change_record(txn, group, IAM_CHANGE_PUT));
    return iam_change_record(txn, user, IAM_CHANGE_PUT);
}

enum iam_status iam_store_member_add(struct iam_txn *txn, struct iam_str account,
                                     struct iam_str group_id, struct iam_str user_id)
{
    struct iam_entity_ref group = iam_ref(IAM_KIND_GROUP, account, group_id);
    struct iam_entity_ref user = iam_ref(IAM_KIND_USER, account, user_id);
    struct iam_query q;
    enum iam_status status;

    open_member(&q, txn, SQL[SQL_MEMBER_IS], &group, &user);
    status = iam_query_exists(&q);
    if (status != IAM_NOT_FOUND) {
        return status;
    }
    open_member(&q, txn, SQL[SQL_MEMBER_ADD], &group, &user);
    status = iam_query_run_found(&q);
    if (status == IAM_NOT_FOUND) {
        return iam_txn_conflict(txn);
    }
    IAM_TRY(status);
    return record_member(txn, &group, &user);
}

enum iam_status iam_store_member_remove(struct iam_txn *txn, struct iam_str account,
                                        struct iam_str group_id, struct iam_str user_id)
{
    struct iam_entity_ref group = iam_ref(IAM_KIND_GROUP, account, group_id);
    struct iam_entity_ref user = iam_ref(IAM_KIND_USER, account, user_id);
    struct iam_query q;

    open_member(&q, txn, SQL[SQL_MEMBER_REMOVE], &group, &user);
    IAM_TRY(iam_query_run_found(&q));
    return record_member(txn, &group, &user);
}
