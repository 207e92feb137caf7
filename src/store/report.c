/* SPDX-License-Identifier: Apache-2.0 */
#include "store/report.h"

#include "store/table_int.h"

enum { SQL_PENDING, SQL_END };

const char *const iam_report_sql[] = {
    [SQL_PENDING] = "SELECT account_id FROM credential_report WHERE is_pending = 1"
                    " ORDER BY account_id LIMIT $1",
    [SQL_END] = NULL,
};

enum iam_status iam_store_report_ask(struct iam_txn *txn, struct iam_arena *arena,
                                     const struct iam_entity_ref *account)
{
    const struct iam_credential_report asked = { .is_pending = true };
    struct iam_credential_report report;
    enum iam_status status = iam_store_credential_report_get(txn, arena, account->id, &report);

    if (status == IAM_NOT_FOUND) {
        return iam_store_credential_report_add(txn, account, &asked);
    }
    IAM_TRY(status);
    return report.is_pending ? IAM_OK : iam_store_credential_report_update(txn, account, &asked);
}

enum iam_status iam_store_report_pending(struct iam_txn *txn, struct iam_arena *arena, size_t limit,
                                         struct iam_account_id_list *ret)
{
    static const struct iam_column ID[] = {
        {NULL, IAM_COL_TEXT, 0, 0}
    };
    static const struct iam_shape SHAPE = IAM_SHAPE(ID, struct iam_str);
    struct iam_query q;

    iam_table_open_own(&q, txn, IAM_TABLE_REPORT, SQL_PENDING);
    return iam_query_rows(&q, arena, &SHAPE, limit, &ret->rows);
}

static enum iam_status put_text(struct iam_txn *txn, const struct iam_entity_ref *account,
                                struct iam_str content)
{
    const struct iam_credential_report_text row = { .content = content };
    enum iam_status status = iam_store_credential_report_text_update(txn, account, &row);

    return status == IAM_NOT_FOUND ? iam_store_credential_report_text_add(txn, account, &row)
                                   : status;
}

enum iam_status iam_store_report_finish(struct iam_txn *txn, const struct iam_entity_ref *account,
                                        struct iam_str content, int64_t made_ms)
{
    struct iam_credential_report report = { .is_pending = false };

    if (iam_str_is_set(content)) {
        report.generated_ms = made_ms;
        report.bytes = (int64_t)content.len;
        IAM_TRY(put_text(txn, account, content));
    }
    return iam_store_credential_report_update(txn, account, &report);
}
