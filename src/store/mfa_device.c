/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MFA devices: what is not in their table. INVARIANT: the owner of a device is a user of its
 * account, or the account itself for the root user.
 */
#include "store/mfa_device.h"

#include "store/table_int.h"

enum { SQL_VIRTUAL, SQL_OF_OWNER, SQL_HOW_MANY, SQL_USED, SQL_SET_STATE, SQL_END };

const char *const iam_mfa_device_sql[] = {
    [SQL_VIRTUAL] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.form = 1"
                    " AND t.name_key > $2"
                    " AND ($3 = 0 OR ($3 = 1) = (t.owner_id IS NOT NULL))"
                    " ORDER BY t.name_key LIMIT $4",
    [SQL_OF_OWNER] = "SELECT @columns FROM @from WHERE t.account_id = $1 AND t.owner_id = $2"
                     " AND (t.enabled_ms, t.device_id) > ($3, $4)"
                     " ORDER BY t.enabled_ms, t.device_id LIMIT $5",
    [SQL_HOW_MANY] = "SELECT COUNT(*) FROM mfa_device WHERE account_id = $1 AND owner_id = $2",
    [SQL_USED] = "SELECT COUNT(*) FROM mfa_device"
                 " WHERE account_id = $1 AND owner_id IS NOT NULL",
    [SQL_SET_STATE] = "UPDATE mfa_device SET owner_id = $1, enabled_ms = $2, drift_steps = $3,"
                      " pair_step = $4, used_step = $5, used_mask = $6"
                      " WHERE device_id = $7 AND account_id = $8",
    [SQL_END] = NULL,
};

_Static_assert(IAM_MFA_VIRTUAL == 1 && IAM_MFA_HARDWARE == 2 && IAM_MFA_FIDO == 3,
               "stored, and named in the queries");
_Static_assert(IAM_MFA_ANY == 0 && IAM_MFA_ASSIGNED == 1, "as the query has them");

enum iam_status iam_store_mfa_device_add(struct iam_txn *txn, const struct iam_mfa_device *device)
{
    struct iam_mfa_device row = *device;

    row.owner_id = iam_str_absent();
    row.enabled_ms = 0;
    row.drift_steps = 0;
    row.pair_step = 0;
    row.used_step = 0;
    row.used_mask = 0;
    return iam_table_add(txn, IAM_TABLE_MFA_DEVICE, NULL, &row);
}

static enum iam_status next_by_name(struct iam_arena *arena, const struct iam_shape *shape,
                                    const void *last, struct iam_str *ret)
{
    (void)shape;
    return iam_key_dup(arena, ((const struct iam_mfa_device *)last)->name, ret);
}

static enum iam_status next_by_date(struct iam_arena *arena, const struct iam_shape *shape,
                                    const void *last, struct iam_str *ret)
{
    const struct iam_mfa_device *item = last;

    (void)shape;
    return iam_dated_next(arena, item->enabled_ms, item->id, ret);
}

enum iam_status iam_store_mfa_device_list_virtual(struct iam_txn *txn, struct iam_arena *arena,
                                                  struct iam_str account,
                                                  enum iam_mfa_assignment assignment,
                                                  const struct iam_page *page,
                                                  struct iam_mfa_device_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_MFA_DEVICE, SQL_VIRTUAL);
    iam_query_text(&q, account);
    iam_query_key(&q, iam_page_after(page));
    iam_query_int(&q, assignment);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_MFA_DEVICE].shape, page, next_by_name,
                          &ret->rows);
}

enum iam_status iam_store_mfa_device_list_of(struct iam_txn *txn, struct iam_arena *arena,
                                             struct iam_str account, struct iam_str owner_id,
                                             const struct iam_page *page,
                                             struct iam_mfa_device_list *ret)
{
    struct iam_query q;
    int64_t enabled_ms = 0;
    struct iam_str id;

    IAM_TRY(iam_dated_start(iam_page_after(page), &enabled_ms, &id));
    iam_table_open_own(&q, txn, IAM_TABLE_MFA_DEVICE, SQL_OF_OWNER);
    iam_query_text(&q, account);
    iam_query_text(&q, owner_id);
    iam_query_int(&q, enabled_ms);
    iam_query_text(&q, id);
    return iam_query_page(&q, arena, &iam_tables[IAM_TABLE_MFA_DEVICE].shape, page, next_by_date,
                          &ret->rows);
}

enum iam_status iam_store_mfa_device_count_of(struct iam_txn *txn, struct iam_str account,
                                              struct iam_str owner_id, int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_MFA_DEVICE, SQL_HOW_MANY);
    iam_query_text(&q, account);
    iam_query_text(&q, owner_id);
    return iam_query_i64(&q, ret);
}

enum iam_status iam_store_mfa_device_count_used(struct iam_txn *txn, struct iam_str account,
                                                int64_t *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_MFA_DEVICE, SQL_USED);
    iam_query_text(&q, account);
    return iam_query_i64(&q, ret);
}

/* Checks that the device's owner, if it has one, exists. */
static enum iam_status check_owner(struct iam_txn *txn, const struct iam_mfa_device *device)
{
    bool is_root = iam_str_eq(device->owner_id, device->account);
    struct iam_entity_ref owner =
        iam_ref(is_root ? IAM_KIND_ACCOUNT : IAM_KIND_USER, device->account, device->owner_id);
    enum iam_status status = IAM_OK;

    if (iam_str_is_set(device->owner_id)) {
        status = iam_table_exists(txn, is_root ? IAM_TABLE_ACCOUNT : IAM_TABLE_USER, &owner, NULL);
    }
    return status == IAM_NOT_FOUND ? iam_txn_conflict(txn) : status;
}

static enum iam_status write_state(struct iam_txn *txn, const struct iam_mfa_device *device)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_MFA_DEVICE, SQL_SET_STATE);
    iam_query_text(&q, device->owner_id);
    iam_query_int(&q, device->enabled_ms);
    iam_query_int(&q, device->drift_steps);
    iam_query_int(&q, device->pair_step);
    iam_query_int(&q, device->used_step);
    iam_query_int(&q, device->used_mask);
    iam_query_text(&q, device->id);
    iam_query_text(&q, device->account);
    return iam_query_run_found(&q);
}

enum iam_status iam_store_mfa_device_set_state(struct iam_txn *txn,
                                               const struct iam_mfa_device *device)
{
    struct iam_entity_ref ref = iam_ref(IAM_KIND_MFA_DEVICE, device->account, device->id);

    IAM_TRY(check_owner(txn, device));
    IAM_TRY(iam_row_hold(txn, IAM_TABLE_MFA_DEVICE, &ref, NULL, NULL));
    IAM_TRY(write_state(txn, device));
    IAM_TRY(iam_row_reseal(txn, IAM_TABLE_MFA_DEVICE, &ref, NULL, NULL));
    return iam_change_record(txn, &ref, IAM_CHANGE_PUT);
}

enum iam_status iam_store_mfa_device_reseal(struct iam_txn *txn,
                                            const struct iam_mfa_device *device,
                                            struct iam_str sealed_seed)
{
    struct iam_mfa_device row = *device;

    row.sealed_seed = sealed_seed;
    return iam_table_update(txn, IAM_TABLE_MFA_DEVICE, NULL, &row);
}
