/* SPDX-License-Identifier: Apache-2.0 */
#include "store/password.h"

#include "store/table_int.h"

enum { SQL_NEWEST, SQL_END };

const char *const iam_password_sql[] = {
    [SQL_NEWEST] =
        "SELECT @columns FROM @from WHERE t.user_id = $1 ORDER BY t.number DESC LIMIT $2",
    [SQL_END] = NULL,
};

enum iam_status iam_store_old_passwords(struct iam_txn *txn, struct iam_arena *arena,
                                        struct iam_str user_id, size_t limit,
                                        struct iam_old_password_list *ret)
{
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_PASSWORD_HISTORY, SQL_NEWEST);
    iam_query_text(&q, user_id);
    return iam_query_rows(&q, arena, &iam_tables[IAM_TABLE_PASSWORD_HISTORY].shape, limit,
                          &ret->rows);
}

/* Adds a password to those that the user had before, and forgets the oldest. */
static enum iam_status remember(struct iam_txn *txn, struct iam_arena *arena,
                                const struct iam_entity_ref *user, struct iam_str hash,
                                int64_t keep)
{
    struct iam_old_password_list old = { 0 };
    struct iam_old_password row = { .password_hash = hash };

    IAM_ENSURE(keep >= 0 && keep <= IAM_PASSWORDS_REMEMBERED_MAX, IAM_RANGE);
    IAM_TRY(iam_store_old_passwords(txn, arena, user->id, IAM_PASSWORDS_REMEMBERED_MAX + 1, &old));
    row.number = old.count > 0 ? old.items[0].number + 1 : 1;
    for (size_t i = keep > 0 ? (size_t)keep - 1 : 0; i < old.count; i++) {
        IAM_TRY(iam_table_delete(txn, IAM_TABLE_PASSWORD_HISTORY, user, &old.items[i]));
    }
    return keep > 0 ? iam_table_add(txn, IAM_TABLE_PASSWORD_HISTORY, user, &row) : IAM_OK;
}

/* Remembers the password that user has. */
static enum iam_status remember_own(struct iam_txn *txn, struct iam_arena *arena,
                                    const struct iam_entity_ref *user, int64_t keep)
{
    struct iam_login_profile own;

    IAM_TRY(iam_store_login_profile_get(txn, arena, user->id, &own));
    return remember(txn, arena, user, own.password_hash, keep);
}

enum iam_status iam_store_password_replace(struct iam_txn *txn, struct iam_arena *arena,
                                           const struct iam_entity_ref *user,
                                           const struct iam_login_profile *profile, int64_t now_ms,
                                           int64_t keep)
{
    const struct iam_password_change change = { .changed_ms = now_ms };

    IAM_TRY(remember_own(txn, arena, user, keep));
    IAM_TRY(iam_store_login_profile_update(txn, user, profile));
    enum iam_status status = iam_store_password_change_update(txn, user, &change);
    return status == IAM_NOT_FOUND ? iam_store_password_change_add(txn, user, &change) : status;
}

enum iam_status iam_store_password_remove(struct iam_txn *txn, struct iam_arena *arena,
                                          const struct iam_entity_ref *user, int64_t keep)
{
    IAM_TRY(remember_own(txn, arena, user, keep));
    enum iam_status status = iam_store_password_change_delete(txn, user);
    IAM_ENSURE(status == IAM_OK || status == IAM_NOT_FOUND, status);
    return iam_store_login_profile_delete(txn, user);
}

enum iam_status iam_store_password_since(struct iam_txn *txn, struct iam_arena *arena,
                                         struct iam_str user_id,
                                         const struct iam_login_profile *profile, int64_t *ret_ms)
{
    struct iam_password_change change;
    enum iam_status status = iam_store_password_change_get(txn, arena, user_id, &change);

    IAM_ENSURE(status == IAM_OK || status == IAM_NOT_FOUND, status);
    *ret_ms = iam_password_since(profile, status == IAM_OK ? &change : NULL);
    return IAM_OK;
}
