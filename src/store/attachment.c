/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which managed policies users, groups and roles have, and who has a given policy. INVARIANT: an
 * attachment joins an entity with a policy of its own account or of AWS.
 */
#include "store/policy.h"
#include "store/table_int.h"

/*
 * Selects the entities of one kind that use policy $1 in account $2; kinds are those of enum
 * iam_kind.
 */
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

enum { SQL_LIST, SQL_ENTITIES, SQL_END };

const char *const iam_attachment_sql[] = {
    [SQL_LIST] =
        "SELECT @columns FROM @from WHERE t.entity_id = $1 AND (p.name_key, p.account_id) > ($2, $3)"
        " AND substr(p.path, 1, length(CAST($4 AS TEXT))) = $4"
        " ORDER BY p.name_key, p.account_id LIMIT $5",
    [SQL_ENTITIES] = "SELECT kind, entity_id, name FROM (" USES_BY_USERS
                     " UNION ALL " USES_BY_GROUPS " UNION ALL " USES_BY_ROLES ") AS q"
                     " WHERE ((attached = 1 AND $3 <> 2) OR (bounded = 1 AND $3 <> 1))"
                     " AND ($4 = 0 OR kind = $4)"
                     " AND substr(path, 1, length(CAST($5 AS TEXT))) = $5"
                     " AND (kind > $6 OR (kind = $6 AND name_key > $7))"
                     " ORDER BY kind, name_key LIMIT $8",
    [SQL_END] = NULL,
};

enum iam_status iam_store_policy_attach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy_id)
{
    const struct iam_attached_policy row = { .policy_id = policy_id };
    enum iam_status status;

    IAM_TRY(iam_part_check(txn, IAM_TABLE_ATTACHMENT, entity));
    IAM_ENSURE(policy_id.len > 0, iam_txn_conflict(txn));
    IAM_TRY(iam_policy_check_usable(txn, entity->account, policy_id));
    status = iam_table_exists(txn, IAM_TABLE_ATTACHMENT, entity, &row);
    if (status != IAM_NOT_FOUND) {
        return status;
    }
    IAM_TRY(iam_table_write(txn, IAM_TABLE_ATTACHMENT, IAM_SQL_INSERT, entity, &row));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_policy_detach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy_id)
{
    const struct iam_attached_policy row = { .policy_id = policy_id };

    return iam_table_delete(txn, IAM_TABLE_ATTACHMENT, entity, &row);
}

/* Binds "name!owner", where owner is "own" or "aws": an own policy is of the entity's account. */
static void bind_after(struct iam_query *q, const struct iam_entity_ref *entity,
                       struct iam_str after)
{
    size_t mark = iam_str_find(after, '!', 0);
    bool is_own = iam_str_eq(iam_str_sub(after, mark, after.len), IAM_STR("!own"));

    iam_query_key(q, iam_str_sub(after, 0, mark));
    iam_query_text(q, is_own ? entity->account : IAM_ACCOUNT_AWS);
}

static enum iam_status next_of(struct iam_arena *arena, const struct iam_shape *shape,
                               const void *last, struct iam_str *ret)
{
    const struct iam_attached_policy *item = last;
    bool is_aws = iam_str_starts(item->arn, IAM_STR("arn:" IAM_PARTITION ":iam::aws:"));
    struct iam_str key;

    (void)shape;
    IAM_TRY(iam_key_dup(arena, item->name, &key));
    return iam_arena_fmt(arena, ret, "%.*s!%s", IAM_STR_ARG(key), is_aws ? "aws" : "own");
}

enum iam_status iam_store_attached_list(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_entity_ref *entity,
                                        struct iam_str path_prefix, const struct iam_page *page,
                                        struct iam_attached_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ATTACHMENT, SQL_LIST);
    iam_query_text(&q, entity->id);
    bind_after(&q, entity, iam_page_after(page));
    iam_query_prefix(&q, path_prefix);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_ATTACHMENT].shape, page, next_of,
                          &ret->rows);
}

static const struct iam_column ENTITY_COLUMNS[] = {
    {NULL, IAM_COL_ENUM, 0, offsetof(struct iam_policy_entity, kind)},
    IAM_TEXT(NULL, 0, struct iam_policy_entity, id),
    IAM_TEXT(NULL, 0, struct iam_policy_entity, name),
};

static const struct iam_shape ENTITY = IAM_SHAPE(ENTITY_COLUMNS, struct iam_policy_entity);

/*
 * Binds "kind!name"; a text that no list has returned starts at the beginning of its kind, or of
 * all.
 */
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

static enum iam_status next_entity_of(struct iam_arena *arena, const struct iam_shape *shape,
                                      const void *last, struct iam_str *ret)
{
    const struct iam_policy_entity *item = last;
    struct iam_str key;

    (void)shape;
    IAM_TRY(iam_key_dup(arena, item->name, &key));
    return iam_arena_fmt(arena, ret, "%d!%.*s", (int)item->kind, IAM_STR_ARG(key));
}

enum iam_status iam_store_policy_entities(struct iam_txn *txn, struct iam_arena *arena,
                                          struct iam_str account, struct iam_str policy_id,
                                          const struct iam_policy_entity_filter *filter,
                                          const struct iam_page *page,
                                          struct iam_policy_entity_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ATTACHMENT, SQL_ENTITIES);
    iam_query_text(&q, policy_id);
    iam_query_text(&q, account);
    iam_query_int(&q, (int64_t)filter->usage);
    iam_query_int(&q, (int64_t)filter->kind);
    iam_query_prefix(&q, filter->path_prefix);
    bind_entity_after(&q, iam_page_after(page));
    return iam_query_page(&q, arena, &ENTITY, page, next_entity_of, &ret->rows);
}
