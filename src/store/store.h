/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: transactions over a pool of database connections. Functions of an entity family take
 * the transaction first; what they read lives in the arena that the caller passes.
 *
 * Every function may return IAM_NOMEM (also when the arena's cap is reached), IAM_IO when the
 * database fails (disk full, I/O error, lock not had in time), IAM_CORRUPT when the database is
 * damaged or a row does not verify (its MAC is not that of what it says), and IAM_LIMIT for a name
 * or tag key of more than 1024 bytes. INVARIANT: after a writing function returned anything but
 * IAM_OK or IAM_NOT_FOUND the transaction cannot be committed any more: nothing half-written.
 * Nothing here logs.
 */
#pragma once

#include "base/arena.h"
#include "model/entity.h"
#include "model/id.h"

#define IAM_STORE_ERROR_MAX 256

struct iam_store;
struct iam_txn;

#define IAM_ROW_MAC_BYTES 32

/*
 * Who makes and checks the MACs of rows: the keeper, which this layer does not know. Called by any
 * thread that has a transaction. bytes are of any length.
 */
struct iam_row_sealer {
    /* IAM_OK, or why there is no MAC. */
    enum iam_status (*make)(void *ctx, struct iam_str bytes, uint8_t ret[IAM_ROW_MAC_BYTES]);
    /* IAM_OK when mac is that of bytes, IAM_CORRUPT when it is not; other failures as make. */
    enum iam_status (*check)(void *ctx, struct iam_str bytes, const uint8_t mac[IAM_ROW_MAC_BYTES]);
    /*
     * Told of a row that does not verify: its table and its key, printable, without any content.
     * Both are borrowed for the call. NULL: nobody is told.
     */
    void (*broken)(void *ctx, struct iam_str table, struct iam_str key);
    void *ctx;
};

struct iam_store_options {
    const char *path;             /* of the database file, or ":memory:" */
    struct iam_row_sealer sealer; /* make and check are required */
    bool is_read_only;            /* nothing is written: the schema must be this program's own */
    bool is_sealed;   /* the rows have had MACs before: a schema from before that is refused */
    bool seals_later; /* the migration to MACs leaves making them to iam_store_seal */
    unsigned max_connections; /* 1..192, 0: 8. ":memory:" has one */
    unsigned wait_ms;         /* for a connection or the write lock, 0: 5000 */
    uint64_t max_bytes;       /* of the database file, 0: what the disk holds */
    unsigned max_log_pages;   /* in the log, before they are copied to the database, 0: 1000 */
};

/* A read transaction sees one state of the store, whatever is committed meanwhile. */
enum iam_txn_mode { IAM_TXN_READ, IAM_TXN_WRITE };

/*
 * Opens or creates the database and migrates its schema. options is not kept. On failure error
 * (IAM_STORE_ERROR_MAX bytes, NUL-terminated) says why and *ret is untouched: IAM_UNSUPPORTED when
 * the schema is newer than this program, IAM_IO, IAM_CORRUPT, IAM_NOMEM, IAM_RANGE for senseless
 * options. IAM_CORRUPT too when options say is_sealed and the schema is from before MACs.
 */
enum iam_status iam_store_open(const struct iam_store_options *options, struct iam_store **ret,
                               char error[IAM_STORE_ERROR_MAX]) IAM_MUST_USE;
/*
 * Tells from which version of the schema the store was migrated when it was opened, and to which.
 * False when it was not: it is new, or had this version.
 */
bool iam_store_was_migrated(const struct iam_store *store, int64_t *ret_from, int64_t *ret_to);
/*
 * Opens every connection that the store may have, so that none has to be opened later, when
 * descriptors are used up. Each is set up, which takes about a millisecond, when it is first used:
 * most never are. Before other threads use the store. On failure error says why, as above.
 */
enum iam_status iam_store_open_all(struct iam_store *store,
                                   char error[IAM_STORE_ERROR_MAX]) IAM_MUST_USE;
/*
 * Gives every row a MAC, whatever it says: for a store whose rows have never had any. With all
 * failures of a write.
 */
enum iam_status iam_store_seal(struct iam_store *store) IAM_MUST_USE;
/*
 * Looks for damage of the database, for at most budget_ms (0: until it is done; then for references
 * to rows that are missing too), and calls fn (at most 100 times) with a text for each that is
 * found, borrowed for the call. *ret_is_done: it was looked at everywhere. The failures of a read,
 * when it cannot be looked at.
 */
enum iam_status iam_store_examine(struct iam_store *store, unsigned budget_ms,
                                  void (*fn)(void *ctx, const char *text), void *ctx,
                                  bool *ret_is_done) IAM_MUST_USE;
/* Closes the store. All transactions must have ended. NULL is accepted. */
void iam_store_close(struct iam_store *store);
/*
 * Tells whether all of the store goes through one connection, so that there is only one transaction
 * at a time.
 */
bool iam_store_is_single(const struct iam_store *store);

/* What a store can do. It can be read as long as reading does not fail. */
enum iam_store_state {
    IAM_STORE_GOOD,
    /*
     * The disk is full, and the space that was kept for that is in use: what takes rights away can
     * still be written, nothing new should be. Not ":memory:".
     */
    IAM_STORE_SHORT,
    /*
     * A commit failed, and it cannot be made sure that nothing of it remains on the disk: nothing
     * is written. Every iam_store_begin of a write tries that again first.
     */
    IAM_STORE_FAILED
};

/* Returns the state, from any thread. */
enum iam_store_state iam_store_state(const struct iam_store *store);
/*
 * Tells, once, that since the last call a full disk was met and the store has got room: what failed
 * may be tried again.
 */
bool iam_store_has_made_room(struct iam_store *store);
/* Sets space aside again while the store is short; called from time to time. */
void iam_store_tend(struct iam_store *store);

/*
 * Takes a connection and starts a transaction; writers wait for each other. Who came first is
 * first. Waits at most wait_ms, then fails with IAM_IO. A thread that holds a transaction must not
 * begin another: with ":memory:" there is one connection. A write fails with IAM_IO while the store
 * is IAM_STORE_FAILED.
 */
enum iam_status iam_store_begin(struct iam_store *store, enum iam_txn_mode mode,
                                struct iam_txn **ret) IAM_MUST_USE;
/*
 * Ends txn in every case. IAM_OK: the changes survive a crash. IAM_CONFLICT: after an earlier
 * failure the transaction could not be committed. On any failure nothing of it is in force, and
 * nothing of it remains on the disk, unless the store is IAM_STORE_FAILED then: after a crash all
 * of it may be in force, and its outcome is unknown.
 */
enum iam_status iam_txn_commit(struct iam_txn *txn) IAM_MUST_USE;
/* Ends txn, nothing of it remains. NULL is accepted. */
void iam_txn_rollback(struct iam_txn *txn);

/*
 * Gives a MAC to every row and a sum to every entity with parts, whatever they say: what is there
 * is taken for true. For rows that have never had MACs, and for a new master key after all of them
 * have been checked. The failures of a write.
 */
enum iam_status iam_store_seal_all(struct iam_txn *txn) IAM_MUST_USE;
/* Tells whether any row has a MAC, right or wrong. The failures of reading. */
enum iam_status iam_store_has_macs(struct iam_txn *txn, bool *ret) IAM_MUST_USE;

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
/* Tells whether txn can write. */
bool iam_txn_is_write(const struct iam_txn *txn);
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

/*
 * The sum of the MACs of rows, as numbers of 64 bits that wrap. Rows that are parts of an entity
 * are added up when they are read, and the entity keeps the sum of all that it has.
 */
struct iam_row_sum {
    uint64_t lanes[IAM_ROW_MAC_BYTES / 8];
};

/* Adds b to a. */
void iam_row_sum_add(struct iam_row_sum *a, const struct iam_row_sum *b);

/* What every list of the store consists of. */
struct iam_rows {
    void *items;
    size_t count;
    bool is_truncated;      /* there are more */
    struct iam_str next;    /* where the list continues; set when is_truncated */
    struct iam_row_sum sum; /* of the rows that were read, where they are parts of an entity */
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
            struct iam_row_sum sum;  \
        };                           \
    }
