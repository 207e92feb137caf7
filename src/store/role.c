/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles: what is not in their table. The trust policy is kept exactly as given, together with the
 * principals that were resolved when it was saved. INVARIANT: document and pins change together.
 */
#include "store/role.h"

#include "store/table_int.h"

enum { SQL_TOUCH, SQL_END };

const char *const iam_role_sql[] = {
    [SQL_TOUCH] = "UPDATE iam_role SET last_used_ms = $1, last_used_region = $2"
                  " WHERE role_id = $3 AND last_used_ms < $1",
    [SQL_END] = NULL,
};

static enum iam_status add_pins(struct iam_txn *txn, const struct iam_entity_ref *role,
                                const struct iam_pinned_principal *pins, size_t pin_count)
{
    for (size_t i = 0; i < pin_count; i++) {
        IAM_TRY(iam_table_write(txn, IAM_TABLE_PIN, IAM_SQL_INSERT, role, &pins[i]));
    }
    return IAM_OK;
}

enum iam_status iam_store_role_add(struct iam_txn *txn, const struct iam_role *role,
                                   const struct iam_pinned_principal *pins, size_t pin_count)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, role->account, role->id);

    IAM_TRY(iam_table_add(txn, IAM_TABLE_ROLE, NULL, role));
    return add_pins(txn, &ref, pins, pin_count);
}

enum iam_status iam_store_role_pins(struct iam_txn *txn, struct iam_arena *arena, struct iam_str id,
                                    struct iam_pin_list *ret)
{
    return iam_table_list(txn, arena, IAM_TABLE_PIN, id, iam_str_absent(), NULL, &ret->rows);
}

enum iam_status iam_store_role_update(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id, struct iam_str description,
                                      int64_t max_session_seconds)
{
    const struct iam_role row = { .id = id,
                                  .account = account,
                                  .description = description,
                                  .max_session_seconds = max_session_seconds };

    return iam_table_update(txn, IAM_TABLE_ROLE, NULL, &row);
}

enum iam_status iam_store_role_set_trust(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str id, struct iam_str document,
                                         const struct iam_pinned_principal *pins, size_t pin_count)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, account, id);
    const struct iam_role row = { .id = id, .account = account, .trust_document = document };

    IAM_TRY(iam_table_update(txn, IAM_TABLE_ROLE, NULL, &row));
    IAM_TRY(iam_part_clear(txn, IAM_TABLE_PIN, &ref));
    return add_pins(txn, &ref, pins, pin_count);
}

enum iam_status iam_store_role_touch(struct iam_txn *txn, struct iam_str id, int64_t used_ms,
                                     struct iam_str region)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_ROLE, SQL_TOUCH);
    iam_query_int(&q, used_ms);
    iam_query_text(&q, region);
    iam_query_text(&q, id);
    return iam_query_run(&q, NULL);
}
