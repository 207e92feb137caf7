/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which managed policies users, groups and roles have, and who has a given policy. INVARIANT: an
 * attachment joins an entity with a policy of its own account; those of AWS are in aws_policy.c.
 */
#include <stdlib.h>

#include "model/arn.h"
#include "store/aws_policy_int.h"
#include "store/known_int.h"
#include "store/policy.h"
#include "store/table_int.h"

/*
 * Selects the entities of one kind that use policy $1 in account $2; kinds are those of enum
 * iam_kind. has: the attachment of the policy. is_bounded: the entity has it as boundary.
 */
#define USES_IN(kind, table, id, has, is_bounded)                                             \
    "SELECT " kind " AS kind, e." id " AS entity_id, e.name AS name, e.name_key AS name_key," \
    " e.path AS path,"                                                                        \
    " CASE WHEN EXISTS (SELECT 1 FROM " has " AND a.entity_id = e." id ") THEN 1 ELSE 0 END"  \
    " AS attached, CASE WHEN " is_bounded " THEN 1 ELSE 0 END AS bounded"                     \
    " FROM " table " e WHERE e.account_id = $2"

#define ENTITIES(has, boundary)                                                                                                  \
    "SELECT kind, entity_id, name FROM (" USES_IN("2", "iam_user", "user_id", has, "e." boundary " = $1") " UNION ALL " USES_IN( \
        "3", "iam_group", "group_id", has,                                                                                       \
        "1 = 0") " UNION ALL " USES_IN("4", "iam_role", "role_id", has,                                                          \
                                       "e." boundary                                                                             \
                                       " = $1") ") AS q"                                                                         \
                                                " WHERE ((attached = 1 AND $3 <> 2) OR (bounded = 1 AND $3 <> 1))"               \
                                                " AND ($4 = 0 OR kind = $4)"                                                     \
                                                " AND substr(path, 1, length(CAST($5 AS TEXT))) = $5"                            \
                                                " AND (kind > $6 OR (kind = $6 AND name_key > $7))"                              \
                                                " ORDER BY kind, name_key LIMIT $8"

enum { SQL_LIST, SQL_ENTITIES, SQL_AWS_ENTITIES, SQL_END };

const char *const iam_attachment_sql[] = {
    [SQL_LIST] = "SELECT @columns FROM @from WHERE t.entity_id = $1 AND p.name_key || '!1' > $2"
                 " AND substr(p.path, 1, length(CAST($3 AS TEXT))) = $3"
                 " ORDER BY p.name_key LIMIT $4",
    [SQL_ENTITIES] = ENTITIES("attachment a WHERE a.policy_id = $1", "boundary_id"),
    [SQL_AWS_ENTITIES] = ENTITIES("aws_attachment a WHERE a.policy_arn = $1", "aws_boundary"),
    [SQL_END] = NULL,
};

enum iam_status iam_store_policy_attach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy)
{
    const struct iam_attached_policy row = { .policy_id = policy };
    enum iam_status status;

    if (iam_arn_is_aws_policy(policy)) {
        return iam_aws_attach(txn, entity, policy);
    }
    IAM_TRY(iam_part_check(txn, IAM_TABLE_ATTACHMENT, entity));
    IAM_ENSURE(policy.len > 0, iam_txn_conflict(txn));
    IAM_TRY(iam_policy_check_usable(txn, entity->account, policy));
    status = iam_table_exists(txn, IAM_TABLE_ATTACHMENT, entity, &row);
    if (status != IAM_NOT_FOUND) {
        return status;
    }
    IAM_TRY(iam_table_write(txn, IAM_TABLE_ATTACHMENT, IAM_SQL_INSERT, entity, &row));
    return iam_change_record(txn, entity, IAM_CHANGE_PUT);
}

enum iam_status iam_store_policy_detach(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                        struct iam_str policy)
{
    const struct iam_attached_policy row = { .policy_id = policy };

    if (iam_arn_is_aws_policy(policy)) {
        return iam_aws_detach(txn, entity, policy);
    }
    return iam_table_delete(txn, IAM_TABLE_ATTACHMENT, entity, &row);
}

enum iam_status iam_store_attached_count(struct iam_txn *txn, const struct iam_entity_ref *entity,
                                         int64_t *ret)
{
    int64_t own;
    int64_t aws;

    IAM_TRY(iam_table_count(txn, IAM_TABLE_ATTACHMENT, entity->id, &own));
    IAM_TRY(iam_table_count(txn, IAM_TABLE_AWS_ATTACHMENT, entity->id, &aws));
    *ret = own + aws;
    return IAM_OK;
}

/*
 * Makes the place after which a list continues: "name!1" of an own policy, "name!2" of one of AWS;
 * '!' sorts before every character of a name. A plain name means after both.
 */
static enum iam_status place_of(struct iam_arena *arena, struct iam_str after, struct iam_str *ret)
{
    if (after.len == 0 || iam_str_find(after, '!', 0) < after.len) {
        *ret = after;
        return IAM_OK;
    }
    return iam_arena_fmt(arena, ret, "%.*s!3", IAM_STR_ARG(after));
}

/* Lists at most limit of the account's own, as iam_aws_attached_list does those of AWS. */
static enum iam_status list_own(struct iam_txn *txn, struct iam_arena *arena,
                                const struct iam_entity_ref *entity, struct iam_str path_prefix,
                                struct iam_str after, size_t limit, struct iam_rows *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ATTACHMENT, SQL_LIST);
    iam_query_text(&q, entity->id);
    iam_query_key(&q, after);
    iam_query_prefix(&q, path_prefix);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_ATTACHMENT].shape, limit, ret);
}

/* Merges two lists by name, an own policy before one of AWS, into at most limit. */
static enum iam_status merge(struct iam_arena *arena, const struct iam_rows *own,
                             const struct iam_rows *aws, size_t limit, struct iam_rows *ret)
{
    const struct iam_attached_policy *a = own->items;
    const struct iam_attached_policy *b = aws->items;
    size_t count = own->count + aws->count;
    size_t i = 0;
    size_t j = 0;

    count = count < limit ? count : limit;
    struct iam_attached_policy *items = iam_arena_zalloc(arena, count + 1, sizeof(*items));
    IAM_ENSURE(items != NULL, IAM_NOMEM);
    for (size_t n = 0; n < count; n++) {
        bool is_own =
            j == aws->count || (i < own->count && iam_str_cmp_nocase(a[i].name, b[j].name) <= 0);
        items[n] = is_own ? a[i++] : b[j++];
    }
    *ret = (struct iam_rows){ .items = items, .count = count, .sum = own->sum };
    ret->is_truncated = own->is_truncated || aws->is_truncated || i < own->count || j < aws->count;
    iam_row_sum_add(&ret->sum, &aws->sum);
    return IAM_OK;
}

static enum iam_status set_next(struct iam_arena *arena, struct iam_rows *rows)
{
    const struct iam_attached_policy *items = rows->items;
    struct iam_str key;

    if (!rows->is_truncated) {
        return IAM_OK;
    }
    const struct iam_attached_policy *last = &items[rows->count - 1];
    IAM_TRY(iam_key_dup(arena, last->name, &key));
    return iam_arena_fmt(arena, &rows->next, "%.*s!%d", IAM_STR_ARG(key),
                         iam_str_is_set(last->policy_id) ? 1 : 2);
}

enum iam_status iam_store_attached_list(struct iam_txn *txn, struct iam_arena *arena,
                                        const struct iam_entity_ref *entity,
                                        struct iam_str path_prefix, const struct iam_page *page,
                                        struct iam_attached_list *ret)
{
    struct iam_str after;
    size_t limit;
    struct iam_rows own;
    struct iam_rows aws;
    struct iam_rows all;

    IAM_TRY(iam_page_limit(page, &limit));
    IAM_TRY(place_of(arena, iam_page_after(page), &after));
    IAM_TRY(list_own(txn, arena, entity, path_prefix, after, limit, &own));
    IAM_TRY(iam_aws_attached_list(txn, arena, entity, path_prefix, after, limit, &aws));
    IAM_TRY(merge(arena, &own, &aws, limit, &all));
    IAM_TRY(set_next(arena, &all));
    ret->rows = all;
    return IAM_OK;
}

static int by_name(const void *a, const void *b)
{
    return iam_str_cmp_nocase(((const struct iam_attached_policy *)a)->name,
                              ((const struct iam_attached_policy *)b)->name);
}

/* Adds to the account's own what their policies say, and makes the order of the list. */
static enum iam_status name_policies(struct iam_known *policies, struct iam_rows *own)
{
    struct iam_attached_policy *items = own->items;

    for (size_t i = 0; i < own->count; i++) {
        const void *found;

        IAM_TRY(iam_known_get(policies, items[i].policy_id, &found));
        items[i].name = ((const struct iam_managed_policy *)found)->name;
        items[i].arn = ((const struct iam_managed_policy *)found)->arn;
    }
    if (own->count > 1) {
        qsort(items, own->count, sizeof(*items), by_name);
    }
    return IAM_OK;
}

enum iam_status iam_store_attached_lists(struct iam_txn *txn, struct iam_arena *arena,
                                         const struct iam_owners *owners, struct iam_lists *ret)
{
    struct iam_known policies;
    struct iam_lists own;
    struct iam_lists aws;

    IAM_TRY(iam_table_lists(txn, arena, IAM_TABLE_ATTACHMENT_FACTS, owners, &own));
    IAM_TRY(iam_table_lists(txn, arena, IAM_TABLE_AWS_ATTACHMENT, owners, &aws));
    iam_known_init(&policies, txn, arena, IAM_TABLE_POLICY_FACTS);
    for (size_t i = 0; i < owners->count; i++) {
        IAM_TRY(name_policies(&policies, &own.of[i]));
        IAM_TRY(merge(arena, &own.of[i], &aws.of[i], SIZE_MAX, &ret->of[i]));
    }
    return IAM_OK;
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
                                          struct iam_str account, struct iam_str policy,
                                          const struct iam_policy_entity_filter *filter,
                                          const struct iam_page *page,
                                          struct iam_policy_entity_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ATTACHMENT,
                       iam_arn_is_aws_policy(policy) ? SQL_AWS_ENTITIES : SQL_ENTITIES);
    iam_query_text(&q, policy);
    iam_query_text(&q, account);
    iam_query_int(&q, (int64_t)filter->usage);
    iam_query_int(&q, (int64_t)filter->kind);
    iam_query_prefix(&q, filter->path_prefix);
    bind_entity_after(&q, iam_page_after(page));
    return iam_query_page(&q, arena, &ENTITY, page, next_entity_of, &ret->rows);
}
