/* SPDX-License-Identifier: Apache-2.0 */
/* See breaking.h. */
#include "breaking.h"

#include "lib/test.h"
#include "store/txn_int.h"

void run_sql(struct iam_txn *txn, const char *sql)
{
    assert_int_equal(txn->driver->exec(txn->db, sql), IAM_DB_OK);
}

void break_txn(struct iam_txn *txn)
{
    run_sql(txn, "ROLLBACK");
}

void break_commit(struct iam_txn *txn)
{
    run_sql(txn, "PRAGMA defer_foreign_keys = ON;"
                 "INSERT INTO membership (group_id, user_id, account_id)"
                 " VALUES ('no', 'no', 'no')");
}

void note_changes(struct iam_txn *txn, const struct iam_entity_ref *a,
                  const struct iam_entity_ref *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        iam_txn_note(txn, i % 2 == 0 ? a : b);
    }
}
