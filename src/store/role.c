/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles: what is not in their table. The trust policy is kept exactly as given; beside it are the
 * principals that were resolved when it was saved. INVARIANT: document and pins change together.
 */
#include "store/role.h"

#include "store/table_int.h"

enum { SQL_PARTS, SQL_TOUCH, SQL_END };

const char *const iam_role_sql[] = {
    [SQL_PARTS] = "SELECT (SELECT COUNT(*) FROM attachment WHERE entity_id = $1),"
                  " (SELECT COUNT(*) FROM inline_policy WHERE entity_id = $1),"
                  " (SELECT COUNT(*) FROM instance_profile WHERE role_id = $1)",
    [SQL_TOUCH] = "UPDATE iam_role SET last_used_ms = $1, last_used_region = $2"
                  " WHERE role_id = $3 AND last_used_ms < $1",
    [SQL_END] = NULL,
};

static enum iam_status add_pins(struct iam_txn *txn, const struct iam_entity_ref *role,
                                const struct iam_pinned_principal *pins, size_t pin_count)
{
    for (size_t i = 0; i < pin_count; i++) {
        IAM_TRY(iam_table_write(txn, &iam_table_pin, IAM_SQL_INSERT, role, &pins[i]));
    }
    return IAM_OK;
}

enum iam_status iam_store_role_add(struct iam_txn *txn, const struct iam_role *role,
                                   const struct iam_pinned_principal *pins, size_t pin_count)
{
    struct iam_entity_ref ref = iam_ref(IAM_ENTITY_ROLE, role->account, role->id);

    IAM_TRY(iam_table_add(txn, &iam_table_role, NULL, role));
    return add_pins(txn, &ref, pins, pin_count);
}

enum iam_status iam_store_role_pins(struct iam_txn *txn, struct iam_arena *arena, struct iam_str id,
                                    struct iam_pin_list *ret)
{
    return iam_table_list(txn, arena, &iam_table_pin, id, iam_str_absent(), NULL, &ret->rows);
}

enum iam_status iam_store_role_update(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id, struct iam_str description,
                                      int64_t max_session_seconds)
{
    const struct iam_role row = { .id = id,
                                  .account = account,
                                  .description = description,
                                  .max_session_seconds = max_session_seconds };

    return iam_table_update(txn, &iam_table_role, NULL, &row);
}

enum iam_status iam_store_role_set_trust(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str id, struct iam_str document,
                                         const struct iam_pinned_principal *pins, size_t pin_count)
{
    struct iam_entity_ref ref = iam_ref(IAM_ENTITY_ROLE, account, id);
    const struct iam_role row = { .id = id, .account = account, .trust_document = document };

    IAM_TRY(iam_table_update(txn, &iam_table_role, NULL, &row));
    IAM_TRY(iam_part_clear(txn, &iam_table_pin, &ref));
    return add_pins(txn, &ref, pins, pin_count);
}

enum iam_status iam_store_role_set_boundary(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str id, struct iam_str policy_id)
{
    const struct iam_role row = { .id = id,
                                  .account = account,
                                  .boundary_policy_id = iam_text_or_empty(policy_id) };

    return iam_table_update(txn, &iam_table_role, NULL, &row);
}

enum iam_status iam_store_role_touch(struct iam_txn *txn, struct iam_str id, int64_t used_ms,
                                     struct iam_str region)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, &iam_table_role, SQL_TOUCH);
    iam_query_int(&q, used_ms);
    iam_query_text(&q, region);
    iam_query_text(&q, id);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_role_parts(struct iam_txn *txn, struct iam_str id,
                                     struct iam_role_parts *ret)
{
    static const struct iam_column COLUMNS[] = {
        IAM_INT(NULL, 0, struct iam_role_parts, attached_policies),
        IAM_INT(NULL, 0, struct iam_role_parts, inline_policies),
        IAM_INT(NULL, 0, struct iam_role_parts, instance_profiles),
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(COLUMNS, struct iam_role_parts);
    struct iam_query q;

    iam_table_open_own(&q, txn, &iam_table_role, SQL_PARTS);
    iam_query_text(&q, id);
    return iam_query_one(&q, NULL, &SHAPE, ret);
}
