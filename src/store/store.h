/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: transactions over a pool of database connections. Functions of an entity family take
 * the transaction first; what they read lives in the arena that the caller passes.
 *
 * Every function may return IAM_NOMEM (also when the arena's cap is reached), IAM_IO when the
 * database fails (disk full, I/O error, lock not had in time), IAM_CORRUPT when the database is
 * damaged, and IAM_LIMIT for a name or tag key of more than 1024 bytes.
 * INVARIANT: after a writing function returned anything but IAM_OK or IAM_NOT_FOUND the transaction
 * cannot be committed any more: nothing half-written. Nothing here logs.
 */
#pragma once

#include "base/arena.h"
#include "model/entity.h"
#include "model/id.h"

#define IAM_STORE_ERROR_MAX 256

struct iam_store;
struct iam_txn;

struct iam_store_options {
    const char *path;         /* of the database file, or ":memory:" */
    unsigned max_connections; /* 1..128, 0: 8. ":memory:" has one */
    unsigned wait_ms;         /* for a connection or the write lock, 0: 5000 */
    uint64_t max_bytes;       /* of the database file, 0: what the disk holds */
};

/* A read transaction sees one state of the store, whatever is committed meanwhile. */
enum iam_txn_mode { IAM_TXN_READ, IAM_TXN_WRITE };

/*
 * Opens or creates the database and migrates its schema. options is not kept. On failure error
 * (IAM_STORE_ERROR_MAX bytes, NUL-terminated) says why and *ret is untouched: IAM_UNSUPPORTED when
 * the schema is newer than this program, IAM_IO, IAM_CORRUPT, IAM_NOMEM, IAM_RANGE for senseless
 * options.
 */
enum iam_status iam_store_open(const struct iam_store_options *options, struct iam_store **ret,
                               char error[IAM_STORE_ERROR_MAX]) IAM_MUST_USE;
/* Closes the store. All transactions must have ended. NULL is accepted. */
void iam_store_close(struct iam_store *store);
/*
 * Tells whether all of the store goes through one connection, so that there is only one transaction
 * at a time.
 */
bool iam_store_is_single(const struct iam_store *store);

/*
 * Takes a connection and starts a transaction; writers wait for each other. Waits at most wait_ms,
 * then fails with IAM_IO. A thread that holds a transaction must not begin another: with ":memory:"
 * there is one connection.
 */
enum iam_status iam_store_begin(struct iam_store *store, enum iam_txn_mode mode,
                                struct iam_txn **ret) IAM_MUST_USE;
/*
 * Ends txn in every case. IAM_OK: the changes survive a crash. IAM_CONFLICT: after an earlier
 * failure the transaction could not be committed. On any failure nothing of it remains.
 */
enum iam_status iam_txn_commit(struct iam_txn *txn) IAM_MUST_USE;
/* Ends txn, nothing of it remains. NULL is accepted. */
void iam_txn_rollback(struct iam_txn *txn);

/*
 * Parts of a write transaction, each of which can be undone without the others. They do not nest.
 * iam_txn_save begins a part, and one of the other two ends it:
 * iam_txn_keep keeps what it did; IAM_CONFLICT, with the part still open, when a failure in it
 * forbids that.
 * iam_txn_undo undoes all of it, and the transaction can go on, whatever failed in the part.
 * When one of them fails in any other way, the database has abandoned the whole transaction, and
 * only iam_txn_rollback is left.
 */
enum iam_status iam_txn_save(struct iam_txn *txn) IAM_MUST_USE;
enum iam_status iam_txn_keep(struct iam_txn *txn) IAM_MUST_USE;
enum iam_status iam_txn_undo(struct iam_txn *txn) IAM_MUST_USE;

/* LIMIT: changed entities that a transaction remembers. */
#define IAM_TXN_CHANGES_MAX 256

/* What a write transaction has changed so far, as the change feed will report it. */
struct iam_txn_changes {
    struct {
        enum iam_kind kind;
        struct iam_unique_id id;
    } items[IAM_TXN_CHANGES_MAX];
    size_t count;
    bool is_partial; /* there were more, or one with an ID that is too long: anything may have
                        changed */
};

/*
 * Returns the changes of a write transaction; an entity that was changed more than once may occur
 * more than once. What was undone is gone, but is_partial stays. Borrowed until the next change.
 */
const struct iam_txn_changes *iam_txn_changes(const struct iam_txn *txn);
/* Tells whether txn has written anything that the change feed will report. */
bool iam_txn_has_changes(const struct iam_txn *txn);
/*
 * Returns the text of the last database failure in txn, for the log; empty if there was none.
 * Borrowed.
 */
const char *iam_txn_error_text(const struct iam_txn *txn);
/*
 * Copies the text of the last failure of the store (including begin and commit); empty without one.
 */
void iam_store_error_text(struct iam_store *store, char ret[IAM_STORE_ERROR_MAX]);

/*
 * Part of a list. Lists are in the order of names, ignoring case, unless stated otherwise. after is
 * exclusive: the `next` of the previous part, or absent for the start. Where the list is in the
 * order of names, a name is accepted too. NULL for a page: the whole list.
 */
struct iam_page {
    struct iam_str after;
    size_t limit; /* 1..1000; IAM_RANGE otherwise */
};

/* What every list of the store consists of. */
struct iam_rows {
    void *items;
    size_t count;
    bool is_truncated;   /* there are more */
    struct iam_str next; /* where the list continues; set when is_truncated */
};

/* The members of a list of type. `rows` is the same memory, for the functions that fill it. */
#define IAM_LIST_OF(type)            \
    union {                          \
        struct iam_rows rows;        \
        struct {                     \
            __typeof__(type) *items; \
            size_t count;            \
            bool is_truncated;       \
            struct iam_str next;     \
        };                           \
    }
