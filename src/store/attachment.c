/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which managed policies users, groups and roles have, and who has a given policy. INVARIANT: an
 * attachment joins an entity with a policy of its own account or of AWS.
 */
#include "model/arn.h"
#include "store/entity_int.h"
#include "store/policy.h"
#include "store/sql_int.h"

/* Who of one kind uses policy $1 in account $2; kinds as enum iam_kind. */
#define USES_IN(kind, table, id, is_bounded)                                                  \
    "SELECT " kind " AS kind, e." id " AS entity_id, e.name AS name, e.name_key AS name_key," \
    " e.path AS path,"                                                                        \
    " CASE WHEN EXISTS (SELECT 1 FROM attachment a"                                           \
    " WHERE a.entity_id = e." id " AND a.policy_id = $1) THEN 1 ELSE 0 END AS attached,"      \
    " CASE WHEN " is_bounded " THEN 1 ELSE 0 END AS bounded"                                  \
    " FROM " table " e WHERE e.account_id = $2"

#define USES_BY_USERS USES_IN("2", "iam_user", "user_id", "e.boundary_id = $1")
#define USES_BY_GROUPS USES_IN("3", "iam_group", "group_id", "1 = 0")
#define USES_BY_ROLES USES_IN("4", "iam_role", "role_id", "e.boundary_id = $1")

enum { SQL_IS, SQL_ATTACH, SQL_DETACH, SQL_LIST, SQL_ENTITIES, SQL_COUNT };

static const char *const SQL[SQL_COUNT] = {
    [SQL_IS] = "SELECT 1 FROM attachment"
               " WHERE entity_id = $1 AND policy_id = $2 AND account_id = $3",
    [SQL_ATTACH] = "INSERT INTO attachment (entity_id, policy_id, account_id) VALUES ($1, $2, $3)",
    [SQL_DETACH] = "DELETE FROM attachment"
                   " WHERE entity_id = $1 AND policy_id = $2 AND account_id = $3",
    [SQL_LIST] = "SELECT p.policy_id, p.name, p.account_id, p.path, p.name"
                 " FROM attachment a JOIN iam_policy p ON p.policy_id = a.policy_id"
                 " WHERE a.entity_id = $1 AND (p.name_key, p.account_id) > ($2, $3)"
                 " AND substr(p.path, 1, length(CAST($4 AS TEXT))) = $4"
                 " ORDER BY p.name_key, p.account_id LIMIT $5",
    [SQL_ENTITIES] = "SELECT kind, entity_id, name FROM (" USES_BY_USERS
                     " UNION ALL " USES_BY_GROUPS " UNION ALL " USES_BY_ROLES ") AS q"
                     " WHERE ((attached = 1 AND $3 <> 2) OR (bounded = 1 AND $3 <> 1))"
                     " AND ($4 = 0 OR kind = $4)"
                     " AND substr(path, 1, length(CAST($5 AS TEXT))) = $5"
                     " AND (kind > $6 OR (kind = $6 AND name_key > $7))"
                     " ORDER BY kind, name_key LIMIT $8",
};

const struct iam_sql_table iam_sql_attachment = { "attachment", SQL, SQL_COUNT };

static void open_pair(struct iam_query *q, struct iam_txn *txn, const char *sql,
                      const struct iam_entity_ref *entity, struct iam_str policy_id)
{
    iam_query_open(q, txn, sql);
    iam_query_text(q, entity->id);
    iam_query_text(q, policy_id);
    iam_query_text(q, entity->account);
}

static bool can_have_policies(const struct iam_entity_ref *entity)
{
    return entity->kind == IAM_KIND_USER || entity->kind == IAM_KIND_GROUP ||
           entity->kind == IAM_KIND_ROLE;
}

enum iam_status iam_store_policy_attach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy_id)
{
    struct iam_query q;
    enum iam_status status;

    IAM_ENSURE(can_have_policies(entity), IAM_NOT_FOUND);
    IAM_TRY(iam_entity_check(txn, entity));
    IAM_ENSURE(iam_str_is_set(policy_id), iam_txn_conflict(txn));
    IAM_TRY(iam_policy_check_usable(txn, entity->account, policy_id));
    open_pair(&q, txn, SQL[SQL_IS], entity, policy_id);
    status = iam_query_exists(&q);
    if (status != IAM_NOT_FOUND) {
        return status;
    }
    open_pair(&q, txn, SQL[SQL_ATTACH], entity, policy_id);
    IAM_TRY(iam_query_run(&q, NULL));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_policy_detach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy_id)
{
    struct iam_query q;

    open_pair(&q, txn, SQL[SQL_DETACH], entity, policy_id);
    IAM_TRY(iam_query_run_found(&q));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

static void read_attached(struct iam_row *row, void *ret_attached)
{
    struct iam_attached_policy *attached = ret_attached;

    attached->policy_id = iam_row_text(row);
    attached->name = iam_row_text(row);
    attached->arn = iam_read_policy_arn(row);
}

/* "name!owner", where owner is "own" or "aws": the account of an own policy is the entity's. */
static void bind_after(struct iam_query *q, const struct iam_entity_ref *entity,
                       struct iam_str after)
{
    size_t mark = iam_str_find(after, '!', 0);
    bool is_own = iam_str_eq(iam_str_sub(after, mark, after.len), IAM_STR("!own"));

    iam_query_key(q, iam_str_sub(after, 0, mark));
    iam_query_text(q, is_own ? entity->account : IAM_ACCOUNT_AWS);
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_attached_policy *last,
                               struct iam_str *ret)
{
    bool is_aws = iam_str_starts(last->arn, IAM_STR("arn:aws:iam::aws:"));
    struct iam_str key;

    IAM_TRY(iam_key_dup(arena, last->name, &key));
    return iam_arena_fmt(arena, ret, "%.*s!%s", IAM_STR_ARG(key), is_aws ? "aws" : "own");
}

enum iam_status iam_store_attached_list(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_entity_ref *entity,
                                        struct iam_str path_prefix, const struct iam_page *page,
                                        struct iam_attached_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    struct iam_attached_list list;

    iam_query_open(&q, txn, SQL[SQL_LIST]);
    iam_query_text(&q, entity->id);
    bind_after(&q, entity, iam_page_after(page));
    iam_query_prefix(&q, path_prefix);
    iam_query_limit(&q, page);
    IAM_TRY(
        iam_query_all(&q, arena, read_attached, sizeof(struct iam_attached_policy), page, &rows));
    list = (struct iam_attached_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (list.is_truncated) {
        IAM_TRY(next_of(arena, &list.items[list.count - 1], &list.next));
    }
    *ret = list;
    return IAM_OK;
}

enum iam_status iam_store_attached_count(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                         int64_t *ret)
{
    int64_t inline_count = 0;

    return iam_entity_count_parts(txn, entity->id, ret, &inline_count);
}

static void read_entity(struct iam_row *row, void *ret_entity)
{
    struct iam_policy_entity *entity = ret_entity;

    entity->kind = (enum iam_kind)iam_row_i64(row);
    entity->id = iam_row_text(row);
    entity->name = iam_row_text(row);
}

/* "kind!name"; whatever no list gave starts at the beginning of its kind, or of all. */
static void bind_entity_after(struct iam_query *q, struct iam_str after)
{
    size_t mark = iam_str_find(after, '!', 0);
    uint64_t kind = 0;

    if (iam_str_to_u64(iam_str_sub(after, 0, mark), IAM_KIND_ROLE, &kind) != IAM_OK) {
        kind = 0;
    }
    iam_query_int(q, (int64_t)kind);
    iam_query_key(q, iam_str_sub(after, mark + 1, after.len));
}

static enum iam_status next_entity_of(struct iam_arena *arena, const struct iam_policy_entity *last,
                                      struct iam_str *ret)
{
    struct iam_str key;

    IAM_TRY(iam_key_dup(arena, last->name, &key));
    return iam_arena_fmt(arena, ret, "%d!%.*s", (int)last->kind, IAM_STR_ARG(key));
}

enum iam_status iam_store_policy_entities(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str account, struct iam_str policy_id,
                                          const struct iam_policy_entity_filter *filter,
                                          const struct iam_page *page,
                                          struct iam_policy_entity_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;
    struct iam_policy_entity_list list;

    iam_query_open(&q, txn, SQL[SQL_ENTITIES]);
    iam_query_text(&q, policy_id);
    iam_query_text(&q, account);
    iam_query_int(&q, (int64_t)filter->usage);
    iam_query_int(&q, (int64_t)filter->kind);
    iam_query_prefix(&q, filter->path_prefix);
    bind_entity_after(&q, iam_page_after(page));
    iam_query_limit(&q, page);
    IAM_TRY(iam_query_all(&q, arena, read_entity, sizeof(struct iam_policy_entity), page, &rows));
    list = (struct iam_policy_entity_list){ rows.items, rows.count, rows.is_truncated, { 0 } };
    if (list.is_truncated) {
        IAM_TRY(next_entity_of(arena, &list.items[list.count - 1], &list.next));
    }
    *ret = list;
    return IAM_OK;
}
