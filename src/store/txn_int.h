/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a transaction and its connection, for the files of this directory. */
#pragma once

#include "store/db.h"
#include "store/store.h"

struct iam_txn {
    struct iam_store *store;
    const struct iam_db_driver *driver;
    struct iam_db *db; /* NULL: not open yet, or lost */
    enum iam_txn_mode mode;
    bool is_spoilt; /* must not be committed */
    bool has_changes;
    bool is_taken;
    char error[IAM_STORE_ERROR_MAX];
};

/* The status for a database error; keeps the text for the log and spoils the transaction. */
enum iam_status iam_txn_fail(struct iam_txn *txn, enum iam_db_error error) IAM_MUST_USE;
/* Without the side effects. */
enum iam_status iam_status_of_db(enum iam_db_error error) IAM_MUST_USE;

struct iam_migration {
    int64_t version;    /* 1, 2, ... without gaps */
    const char *script; /* statements without parameters */
};

/* What this program knows, ascending. */
extern const struct iam_migration iam_migrations[];
extern const size_t iam_migration_count;

/*
 * Brings the database to the last of count migrations, in one transaction. IAM_UNSUPPORTED when it
 * is beyond that already: nothing is changed. error as for iam_store_open.
 */
enum iam_status iam_schema_migrate(const struct iam_db_driver *driver, struct iam_db *db,
                                   const struct iam_migration *migrations, size_t count,
                                   char error[IAM_STORE_ERROR_MAX]) IAM_MUST_USE;
