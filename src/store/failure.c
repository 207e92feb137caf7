/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a failure of the database becomes: a status, a text for the log, and a transaction that
 * cannot be committed. INVARIANT: the lock is never held while the database works.
 */
#include <stdio.h>

#include "store/txn_int.h"

enum iam_status iam_status_of_db(enum iam_db_error error)
{
    switch (error) {
    case IAM_DB_OK:
        return IAM_OK;
    case IAM_DB_UNIQUE:
        return IAM_EXISTS;
    case IAM_DB_CONSTRAINT:
        return IAM_CONFLICT;
    case IAM_DB_CORRUPT:
        return IAM_CORRUPT;
    case IAM_DB_NOMEM:
        return IAM_NOMEM;
    case IAM_DB_BUSY:
    case IAM_DB_FULL:
    case IAM_DB_IO:
    case IAM_DB_MISUSE:
        break;
    }
    return IAM_IO;
}

void iam_last_error_init(struct iam_last_error *last)
{
    pthread_mutex_init(&last->lock, NULL);
    last->text[0] = '\0';
}

void iam_last_error_done(struct iam_last_error *last)
{
    pthread_mutex_destroy(&last->lock);
}

void iam_last_error_set(struct iam_last_error *last, const char *text)
{
    pthread_mutex_lock(&last->lock);
    snprintf(last->text, sizeof(last->text), "%s", text);
    pthread_mutex_unlock(&last->lock);
}

void iam_last_error_copy(struct iam_last_error *last, char ret[IAM_STORE_ERROR_MAX])
{
    pthread_mutex_lock(&last->lock);
    memcpy(ret, last->text, sizeof(last->text));
    pthread_mutex_unlock(&last->lock);
}

enum iam_status iam_txn_fail(struct iam_txn *txn, enum iam_db_error error)
{
    snprintf(txn->error, sizeof(txn->error), "%s", txn->driver->error_text(txn->db));
    iam_last_error_set(txn->last_error, txn->error);
    txn->is_spoilt = true;
    txn->met_full_disk = txn->met_full_disk || error == IAM_DB_FULL;
    return iam_status_of_db(error);
}
