/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a transaction and its connection, for the files of this directory. */
#pragma once

#include <pthread.h>

#include "base/buf.h"
#include "store/db.h"
#include "store/store.h"

struct iam_sql;

/* The text of the last failure of a store, whose transactions share it. */
struct iam_last_error {
    pthread_mutex_t lock; /* of text */
    char text[IAM_STORE_ERROR_MAX];
};

struct iam_txn {
    struct iam_store *store;
    const struct iam_sql *sql;           /* of the store */
    const struct iam_row_sealer *sealer; /* of the store */
    struct iam_buf message;              /* what a MAC is made of; seal.c */
    struct iam_last_error *last_error;   /* of the store */
    const struct iam_db_driver *driver;
    struct iam_db *db; /* NULL: not open yet, or lost */
    enum iam_txn_mode mode;
    bool is_spoilt; /* must not be committed */
    bool met_full_disk;
    bool is_taken;
    struct iam_txn_changes *changes; /* of a write transaction; the store's own */
    size_t changes_before_part;
    char error[IAM_STORE_ERROR_MAX];
};

/* Sets an empty text. */
void iam_last_error_init(struct iam_last_error *last);
/* Frees it; nobody may use it any more. */
void iam_last_error_done(struct iam_last_error *last);
/* Keeps text, cut to what there is room for. */
void iam_last_error_set(struct iam_last_error *last, const char *text);
/* Copies the text; empty when there was no failure. */
void iam_last_error_copy(struct iam_last_error *last, char ret[IAM_STORE_ERROR_MAX]);

/* Returns the status for a database error, keeps the text for the log and rules out a commit. */
enum iam_status iam_txn_fail(struct iam_txn *txn, enum iam_db_error error) IAM_MUST_USE;
/* Returns status, which must not be IAM_OK, and makes sure that txn is not committed. */
static inline enum iam_status iam_txn_spoil(struct iam_txn *txn, enum iam_status status)
{
    txn->is_spoilt = true;
    return status;
}

/* Returns IAM_CONFLICT for a write that found a contradiction, and rules out a commit. */
static inline enum iam_status iam_txn_conflict(struct iam_txn *txn)
{
    return iam_txn_spoil(txn, IAM_CONFLICT);
}

/* Notes that txn has changed entity, for iam_txn_changes. */
void iam_txn_note(struct iam_txn *txn, const struct iam_entity_ref *entity);
/* Returns the status for a database error, without the side effects of iam_txn_fail. */
enum iam_status iam_status_of_db(enum iam_db_error error) IAM_MUST_USE;

struct iam_migration {
    int64_t version;    /* 1, 2, ... without gaps */
    const char *script; /* statements without parameters */
    /*
     * Runs after the scripts of all migrations, since it knows the newest tables only, in the same
     * transaction. NULL: nothing more to do.
     */
    enum iam_status (*then)(struct iam_txn *txn);
};

/* What is known of the MACs of rows when the schema is migrated. */
struct iam_seals {
    bool are_noted;  /* the rows have had them */
    bool come_later; /* the caller makes them: iam_store_seal */
};

/* The first version whose rows have MACs. */
#define IAM_SCHEMA_SEALED 8

/* The statements that read and record versions, ended by NULL. */
extern const char *const iam_schema_sql[];
/* The migrations that this program knows, in ascending order. */
extern const struct iam_migration iam_migrations[];
extern const size_t iam_migration_count;

/*
 * Checks that the database of txn has the schema of this program. IAM_UNSUPPORTED, or IAM_IO when
 * it cannot be read, with error.
 */
enum iam_status iam_schema_check(struct iam_txn *txn, char error[IAM_STORE_ERROR_MAX]) IAM_MUST_USE;
/*
 * Brings the database of txn, which was not begun, to the last of count migrations, in one
 * transaction. IAM_UNSUPPORTED when it is already beyond that, IAM_CORRUPT when MACs are noted and
 * it is from before them: nothing is changed. error as for iam_store_open. *ret_before is the
 * version that it had, -1 for a new one.
 */
enum iam_status iam_schema_migrate(struct iam_txn *txn, const struct iam_migration *migrations,
                                   size_t count, const struct iam_seals *seals, int64_t *ret_before,
                                   char error[IAM_STORE_ERROR_MAX]) IAM_MUST_USE;
