/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles. The trust policy is kept exactly as given; beside it stand the principals that were
 * resolved when it was saved. INVARIANT: document and pins change together.
 */
#include "store/role.h"

#include "model/arn.h"
#include "store/entity_int.h"
#include "store/sql_int.h"

#define ROLE_COLUMNS                                                                          \
    "r.role_id, r.account_id, r.name, r.path, r.created_ms, r.trust_document, r.description," \
    " r.max_session_seconds, r.last_used_ms, r.last_used_region, r.boundary_id,"              \
    " b.account_id, b.path, b.name FROM iam_role r"                                           \
    " LEFT JOIN iam_policy b ON b.policy_id = r.boundary_id"

enum {
    SQL_ADD = IAM_SQL_OWN,
    SQL_PINS,
    SQL_PIN_ADD,
    SQL_PIN_CLEAR,
    SQL_UPDATE,
    SQL_SET_TRUST,
    SQL_SET_BOUNDARY,
    SQL_TOUCH,
    SQL_DELETE,
    SQL_COUNT
};

static const char *const SQL[SQL_COUNT] = {
    [SQL_ADD] = "INSERT INTO iam_role"
                " (role_id, account_id, name, name_key, path, created_ms, trust_document,"
                " description, max_session_seconds, boundary_id, last_used_ms)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)",
    [IAM_SQL_GET] = "SELECT " ROLE_COLUMNS " WHERE r.account_id = $1 AND r.name_key = $2",
    [IAM_SQL_GET_BY_ID] = "SELECT " ROLE_COLUMNS " WHERE r.role_id = $1",
    [IAM_SQL_LIST] = "SELECT " ROLE_COLUMNS " WHERE r.account_id = $1 AND r.name_key > $2"
                     " AND substr(r.path, 1, length(CAST($3 AS TEXT))) = $3"
                     " ORDER BY r.name_key LIMIT $4",
    [IAM_SQL_SCAN] = "SELECT " ROLE_COLUMNS " WHERE r.role_id > $1 ORDER BY r.role_id LIMIT $2",
    [SQL_PINS] = "SELECT principal_arn, unique_id FROM role_pin WHERE role_id = $1"
                 " ORDER BY principal_arn",
    [SQL_PIN_ADD] = "INSERT INTO role_pin (role_id, principal_arn, unique_id, account_id)"
                    " VALUES ($1, $2, $3, $4)",
    [SQL_PIN_CLEAR] = "DELETE FROM role_pin WHERE role_id = $1",
    [SQL_UPDATE] = "UPDATE iam_role SET description = NULLIF(COALESCE($1, description), ''),"
                   " max_session_seconds ="
                   " COALESCE(NULLIF(CAST($2 AS BIGINT), 0), max_session_seconds)"
                   " WHERE role_id = $3 AND account_id = $4",
    [SQL_SET_TRUST] = "UPDATE iam_role SET trust_document = $1"
                      " WHERE role_id = $2 AND account_id = $3",
    [SQL_SET_BOUNDARY] = "UPDATE iam_role SET boundary_id = $1"
                         " WHERE role_id = $2 AND account_id = $3",
    [SQL_TOUCH] = "UPDATE iam_role SET last_used_ms = $1, last_used_region = $2"
                  " WHERE role_id = $3 AND last_used_ms < $1",
    [SQL_DELETE] = "DELETE FROM iam_role WHERE role_id = $1 AND account_id = $2",
};

const struct iam_sql_table iam_sql_role = { "role", SQL, SQL_COUNT };

static void read_role(struct iam_row *row, void *ret_role)
{
    struct iam_role *role = ret_role;

    role->id = iam_row_text(row);
    role->account = iam_row_text(row);
    role->name = iam_row_text(row);
    role->path = iam_row_text(row);
    role->created_ms = iam_row_i64(row);
    role->trust_document = iam_row_text(row);
    role->description = iam_row_text(row);
    role->max_session_seconds = iam_row_i64(row);
    role->last_used_ms = iam_row_i64(row);
    role->last_used_region = iam_row_text(row);
    role->boundary_policy_id = iam_row_text(row);
    role->boundary_arn = iam_read_policy_arn(row);
    iam_row_fail(row, iam_arn_of(row->arena, IAM_KIND_ROLE, role->account, role->path, role->name,
                                 &role->arn));
}

static const struct iam_entity_form FORM = IAM_ENTITY_FORM(SQL, read_role, struct iam_role);

static enum iam_status add_pins(struct iam_txn *txn, const struct iam_entity_ref *role,
                                const struct iam_pinned_principal *pins, size_t pin_count)
{
    for (size_t i = 0; i < pin_count; i++) {
        struct iam_query q;

        iam_query_open(&q, txn, SQL[SQL_PIN_ADD]);
        iam_query_text(&q, role->id);
        iam_query_text(&q, pins[i].principal_arn);
        iam_query_text(&q, pins[i].unique_id);
        iam_query_text(&q, role->account);
        IAM_TRY(iam_query_run(&q, NULL));
    }
    return IAM_OK;
}

static enum iam_status clear_pins(struct iam_txn *txn, struct iam_str id)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_PIN_CLEAR]);
    iam_query_text(&q, id);
    return iam_query_run(&q, NULL);
}

static enum iam_status add_row(struct iam_txn *txn, const struct iam_role *role)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_ADD]);
    iam_query_text(&q, role->id);
    iam_query_text(&q, role->account);
    iam_query_text(&q, role->name);
    iam_query_key(&q, role->name);
    iam_query_text(&q, role->path);
    iam_query_int(&q, role->created_ms);
    iam_query_text(&q, role->trust_document);
    iam_query_text(&q, role->description);
    iam_query_int(&q, role->max_session_seconds);
    iam_query_text(&q, role->boundary_policy_id);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_role_add(struct iam_txn *txn, const struct iam_role *role,
                                   const struct iam_pinned_principal *pins, size_t pin_count)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, role->account, role->id);

    IAM_TRY(iam_policy_check_usable(txn, role->account, role->boundary_policy_id));
    IAM_TRY(add_row(txn, role));
    IAM_TRY(add_pins(txn, &ref, pins, pin_count));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_role_get(struct iam_txn *txn, struct iam_arena *arena,
                                   struct iam_str account, struct iam_str name,
                                   struct iam_role *ret)
{
    return iam_entity_get(txn, arena, &FORM, account, name, ret);
}

enum iam_status iam_store_role_get_by_id(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str id, struct iam_role *ret)
{
    return iam_entity_get_by_id(txn, arena, &FORM, id, ret);
}

static struct iam_role_list list_of(const struct iam_entity_rows *rows)
{
    return (struct iam_role_list){ rows->items, rows->count, rows->is_truncated, rows->next };
}

enum iam_status iam_store_role_list(struct iam_txn *txn, struct iam_arena *arena,
                                    struct iam_str account, struct iam_str path_prefix,
                                    const struct iam_page *page, struct iam_role_list *ret)
{
    struct iam_entity_rows rows;

    IAM_TRY(iam_entity_list(txn, arena, &FORM, account, path_prefix, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

enum iam_status iam_store_role_scan(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_page *page, struct iam_role_list *ret)
{
    struct iam_entity_rows rows;

    IAM_TRY(iam_entity_scan(txn, arena, &FORM, page, &rows));
    *ret = list_of(&rows);
    return IAM_OK;
}

static void read_pin(struct iam_row *row, void *ret_pin)
{
    struct iam_pinned_principal *pin = ret_pin;

    pin->principal_arn = iam_row_text(row);
    pin->unique_id = iam_row_text(row);
}

enum iam_status iam_store_role_pins(struct iam_txn *txn, struct iam_arena *arena, struct iam_str id,
                                    struct iam_pin_list *ret)
{
    struct iam_query q;
    struct iam_rows rows;

    iam_query_open(&q, txn, SQL[SQL_PINS]);
    iam_query_text(&q, id);
    IAM_TRY(iam_query_all(&q, arena, read_pin, sizeof(struct iam_pinned_principal), NULL, &rows));
    *ret = (struct iam_pin_list){ rows.items, rows.count };
    return IAM_OK;
}

enum iam_status iam_store_role_update(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id, struct iam_str description,
                                      int64_t max_session_seconds)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, account, id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_UPDATE]);
    iam_query_text(&q, description);
    iam_query_int(&q, max_session_seconds);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_role_set_trust(struct iam_txn *txn, struct iam_str account,
                                         struct iam_str id, struct iam_str document,
                                         const struct iam_pinned_principal *pins, size_t pin_count)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, account, id);
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_SET_TRUST]);
    iam_query_text(&q, document);
    IAM_TRY(iam_entity_run(&q, &ref, IAM_CHANGE_PUT));
    IAM_TRY(clear_pins(txn, id));
    return add_pins(txn, &ref, pins, pin_count);
}

enum iam_status iam_store_role_set_boundary(struct iam_txn *txn, struct iam_str account,
                                            struct iam_str id, struct iam_str policy_id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, account, id);
    struct iam_query q;

    IAM_TRY(iam_policy_check_usable(txn, account, policy_id));
    iam_query_open(&q, txn, SQL[SQL_SET_BOUNDARY]);
    iam_query_text(&q, policy_id);
    return iam_entity_run(&q, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_role_touch(struct iam_txn *txn, struct iam_str id, int64_t used_ms,
                                     struct iam_str region)
{
    struct iam_query q;

    iam_query_open(&q, txn, SQL[SQL_TOUCH]);
    iam_query_int(&q, used_ms);
    iam_query_text(&q, region);
    iam_query_text(&q, id);
    return iam_query_run(&q, NULL);
}

enum iam_status iam_store_role_parts(struct iam_txn *txn, struct iam_str id,
                                     struct iam_role_parts *ret)
{
    struct iam_role_parts parts = { 0 };

    IAM_TRY(iam_entity_count_parts(txn, id, &parts.attached_policies, &parts.inline_policies));
    *ret = parts;
    return IAM_OK;
}

enum iam_status iam_store_role_delete(struct iam_txn *txn, struct iam_str account,
                                      struct iam_str id)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_ROLE, account, id);
    struct iam_query q;

    IAM_TRY(iam_entity_check(txn, &ref));
    IAM_TRY(iam_entity_delete_parts(txn, &ref));
    IAM_TRY(clear_pins(txn, id));
    iam_query_open(&q, txn, SQL[SQL_DELETE]);
    return iam_entity_run(&q, &ref, IAM_CHANGE_DELETE);
}
