/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of connections and the life of a transaction. A transaction is a slot of the pool while
 * it is taken. Writers of this process queue here, so that they need not poll for the database's
 * lock. INVARIANT: a slot is used by one transaction at a time, and is released exactly once.
 */
#include "store/store.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/heap.h"
#include "store/reserve_int.h"
#include "store/sql_int.h"
#include "store/txn_int.h"

#define DEFAULT_CONNECTIONS 8
#define MAX_CONNECTIONS 192
#define DEFAULT_WAIT_MS 5000
#define MAX_SQL_BYTES (1u << 20)
/* Of the reserve that was given up, what the database gets for commits at once. */
#define ROOM_BYTES (IAM_RESERVE_BYTES / 2)
/* LIMIT: of one row as its MAC is made of it. */
#define MAX_ROW_BYTES (16u << 20)

/* A thread that waits for its turn. */
struct waiter {
    enum iam_txn_mode mode;
    struct waiter *next;
};

struct iam_store {
    pthread_mutex_t lock; /* of all below; never held while the database works */
    pthread_cond_t changed;
    const struct iam_db_driver *driver;
    char *path;
    struct iam_db_options options;
    struct iam_arena arena; /* of sql */
    const struct iam_sql *sql;
    struct iam_row_sealer sealer;
    struct iam_seals seals;
    int64_t version_before; /* of the schema; as iam_schema_migrate tells it */
    unsigned slot_count;
    bool is_single;
    bool has_writer;
    struct waiter *waiters;           /* in the order in which they came */
    struct iam_reserve reserve;       /* thread-safe by itself, as the next three */
    atomic_bool is_failed;            /* mend is due */
    atomic_bool has_made_room;        /* and nobody has asked */
    struct iam_last_error last_error; /* with a lock of its own */
    struct iam_txn_changes changes;   /* of the one writer */
    struct iam_txn slots[MAX_CONNECTIONS];
};

bool iam_txn_is_write(const struct iam_txn *txn)
{
    return txn->mode == IAM_TXN_WRITE;
}

bool iam_txn_has_changes(const struct iam_txn *txn)
{
    return txn->changes != NULL && (txn->changes->count > 0 || txn->changes->is_partial);
}

const char *iam_txn_error_text(const struct iam_txn *txn)
{
    return txn->error;
}

void iam_store_error_text(struct iam_store *store, char ret[IAM_STORE_ERROR_MAX])
{
    iam_last_error_copy(&store->last_error, ret);
}

enum iam_store_state iam_store_state(const struct iam_store *store)
{
    if (atomic_load(&store->is_failed)) {
        return IAM_STORE_FAILED;
    }
    return atomic_load(&store->reserve.is_short) ? IAM_STORE_SHORT : IAM_STORE_GOOD;
}

bool iam_store_has_made_room(struct iam_store *store)
{
    return atomic_exchange(&store->has_made_room, false);
}

void iam_store_tend(struct iam_store *store)
{
    if (atomic_load(&store->reserve.is_short)) {
        iam_reserve_make(&store->reserve);
    }
}

static void init_locks(struct iam_store *store)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&store->lock, NULL);
    iam_last_error_init(&store->last_error);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&store->changed, &attr);
    pthread_condattr_destroy(&attr);
}

static struct iam_store *store_new(const struct iam_store_options *options)
{
    const struct iam_alloc *heap = iam_heap();
    size_t path_bytes = strlen(options->path) + 1;
    struct iam_store *store = heap->alloc(heap->ctx, sizeof(*store));
    char *path = heap->alloc(heap->ctx, path_bytes);

    if (store == NULL || path == NULL) {
        heap->free(heap->ctx, store);
        heap->free(heap->ctx, path);
        return NULL;
    }
    memset(store, 0, sizeof(*store));
    memcpy(path, options->path, path_bytes);
    init_locks(store);
    atomic_init(&store->is_failed, false);
    atomic_init(&store->has_made_room, false);
    iam_arena_init(&store->arena, heap, MAX_SQL_BYTES);
    store->driver = &iam_db_sqlite;
    store->path = path;
    store->options = (struct iam_db_options){
        .path = path,
        .wait_ms = options->wait_ms != 0 ? options->wait_ms : DEFAULT_WAIT_MS,
        .max_bytes = options->max_bytes,
        .max_log_pages = options->max_log_pages,
        .is_read_only = options->is_read_only,
    };
    store->is_single = store->driver->is_single(path);
    store->slot_count =
        options->max_connections != 0 ? options->max_connections : DEFAULT_CONNECTIONS;
    if (store->is_single) {
        store->slot_count = 1;
    }
    store->sealer = options->sealer;
    store->seals = (struct iam_seals){ options->is_sealed, options->seals_later };
    for (unsigned i = 0; i < store->slot_count; i++) {
        iam_buf_init(&store->slots[i].message, heap, MAX_ROW_BYTES);
    }
    return store;
}

/* Gives up the reserve when the disk is full; false: nothing is won. Outside of a transaction. */
static bool make_room(struct iam_store *store, struct iam_db *db)
{
    if (!iam_reserve_give_up(&store->reserve)) {
        return false;
    }
    /* at once: who has filled the disk may go on filling it */
    if (db != NULL) {
        store->driver->take_room(db, ROOM_BYTES);
    }
    atomic_store(&store->has_made_room, true);
    return true;
}

static enum iam_status open_first(struct iam_store *store, char error[IAM_STORE_ERROR_MAX])
{
    struct iam_db **db = &store->slots[0].db;
    enum iam_db_error result = store->driver->open(&store->options, db, error, IAM_STORE_ERROR_MAX);

    if (result == IAM_DB_FULL && make_room(store, NULL)) {
        result = store->driver->open(&store->options, db, error, IAM_STORE_ERROR_MAX);
    }
    if (result != IAM_DB_OK) {
        return iam_status_of_db(result);
    }
    struct iam_txn *txn = &store->slots[0];
    txn->db = *db;
    txn->driver = store->driver;
    txn->sql = store->sql;
    txn->sealer = &store->sealer;
    txn->last_error = &store->last_error;
    if (store->options.is_read_only) {
        return iam_schema_check(txn, error);
    }
    IAM_TRY(iam_schema_migrate(txn, iam_migrations, iam_migration_count, &store->seals,
                               &store->version_before, error));
    iam_reserve_make(&store->reserve);
    return IAM_OK;
}

enum iam_status iam_store_open(const struct iam_store_options *options, struct iam_store **ret,
                               char error[IAM_STORE_ERROR_MAX])
{
    struct iam_store *store;
    enum iam_status status;

    if (options->path == NULL || options->path[0] == '\0' ||
        options->max_connections > MAX_CONNECTIONS || options->wait_ms > INT32_MAX ||
        options->max_log_pages > INT32_MAX / 2 || options->sealer.make == NULL ||
        options->sealer.check == NULL) {
        snprintf(error, IAM_STORE_ERROR_MAX, "options of the store are out of range");
        return IAM_RANGE;
    }
    store = store_new(options);
    if (store == NULL) {
        snprintf(error, IAM_STORE_ERROR_MAX, "out of memory");
        return IAM_NOMEM;
    }
    status = iam_reserve_init(&store->reserve, store->is_single ? NULL : store->path);
    if (status == IAM_OK) {
        status = iam_sql_build(&store->arena, &store->sql);
    }
    if (status != IAM_OK) {
        snprintf(error, IAM_STORE_ERROR_MAX, "cannot build the statements of the store");
    } else {
        status = open_first(store, error);
    }
    if (status != IAM_OK) {
        iam_store_close(store);
        return status;
    }
    *ret = store;
    return IAM_OK;
}

bool iam_store_was_migrated(const struct iam_store *store, int64_t *ret_from, int64_t *ret_to)
{
    *ret_from = store->version_before;
    *ret_to = iam_migrations[iam_migration_count - 1].version;
    return *ret_from > 0 && *ret_from < *ret_to;
}

enum iam_status iam_store_open_all(struct iam_store *store, char error[IAM_STORE_ERROR_MAX])
{
    enum iam_db_error result = IAM_DB_OK;
    struct iam_db_options options = store->options;

    options.is_spare = true;
    for (unsigned i = 0; i < store->slot_count && result == IAM_DB_OK; i++) {
        if (store->slots[i].db == NULL) {
            result = store->driver->open(&options, &store->slots[i].db, error, IAM_STORE_ERROR_MAX);
        }
    }
    return result == IAM_DB_OK ? IAM_OK : iam_status_of_db(result);
}

enum iam_status iam_store_seal(struct iam_store *store)
{
    struct iam_txn *txn;

    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    enum iam_status status = iam_store_seal_all(txn);
    if (status != IAM_OK) {
        iam_txn_rollback(txn);
        return status;
    }
    return iam_txn_commit(txn);
}

enum iam_status iam_store_examine(struct iam_store *store, unsigned budget_ms,
                                  void (*fn)(void *ctx, const char *text), void *ctx,
                                  bool *ret_is_done)
{
    struct iam_txn *txn;

    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_db_error error = txn->driver->examine(txn->db, budget_ms, fn, ctx, ret_is_done);
    enum iam_status status = error != IAM_DB_OK ? iam_txn_fail(txn, error) : IAM_OK;
    iam_txn_rollback(txn);
    return status;
}

static void close_connection(struct iam_store *store, struct iam_db *db)
{
    if (atomic_load(&store->is_failed)) {
        store->driver->abandon(db);
    } else {
        store->driver->close(db);
    }
}

void iam_store_close(struct iam_store *store)
{
    const struct iam_alloc *heap = iam_heap();

    if (store == NULL) {
        return;
    }
    /* the first is closed last, as who closes last copies the log: one that was set up */
    for (unsigned i = store->slot_count; i-- > 0;) {
        if (store->slots[i].db != NULL) {
            close_connection(store, store->slots[i].db);
        }
        iam_buf_done(&store->slots[i].message);
    }
    if (atomic_load(&store->reserve.is_short)) {
        iam_reserve_make_some(&store->reserve);
    }
    iam_reserve_done(&store->reserve);
    pthread_cond_destroy(&store->changed);
    pthread_mutex_destroy(&store->lock);
    iam_last_error_done(&store->last_error);
    iam_arena_done(&store->arena);
    heap->free(heap->ctx, store->path);
    heap->free(heap->ctx, store);
}

bool iam_store_is_single(const struct iam_store *store)
{
    return store->is_single;
}

static struct timespec deadline_after(unsigned wait_ms)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += wait_ms / 1000;
    t.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    if (t.tv_nsec >= 1000000000) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000;
    }
    return t;
}

/* Finds a free slot, preferably one with a connection; NULL without one. The lock is held. */
static struct iam_txn *find_slot(struct iam_store *store)
{
    struct iam_txn *unopened = NULL;

    for (unsigned i = 0; i < store->slot_count; i++) {
        struct iam_txn *slot = &store->slots[i];

        if (!slot->is_taken && slot->db != NULL) {
            return slot;
        }
        if (!slot->is_taken && unopened == NULL) {
            unopened = slot;
        }
    }
    return unopened;
}

static void join_line(struct iam_store *store, struct waiter *w)
{
    struct waiter **end = &store->waiters;

    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = w;
}

/* Has w leave. Who came after it may have let it go first, although there is room for both. */
static void leave_line(struct iam_store *store, struct waiter *w)
{
    struct waiter **at = &store->waiters;

    while (*at != w) {
        at = &(*at)->next;
    }
    *at = w->next;
    if (store->waiters != NULL && find_slot(store) != NULL) {
        pthread_cond_broadcast(&store->changed);
    }
}

/* Tells whether it is the turn of w: of those who may start now it came first. The lock is held. */
static bool may_start(const struct iam_store *store, const struct waiter *w)
{
    const struct waiter *first = store->waiters;

    while (first != NULL && first->mode == IAM_TXN_WRITE && store->has_writer) {
        first = first->next;
    }
    return first == w;
}

static struct iam_txn *take_slot(struct iam_store *store, enum iam_txn_mode mode)
{
    struct timespec deadline = deadline_after(store->options.wait_ms);
    struct waiter self = { .mode = mode };
    struct iam_txn *slot = NULL;
    int rc = 0;

    pthread_mutex_lock(&store->lock);
    join_line(store, &self);
    for (;;) {
        slot = may_start(store, &self) ? find_slot(store) : NULL;
        if (slot != NULL || rc == ETIMEDOUT) {
            break;
        }
        rc = pthread_cond_timedwait(&store->changed, &store->lock, &deadline);
    }
    if (slot != NULL) {
        slot->is_taken = true;
        store->has_writer = store->has_writer || mode == IAM_TXN_WRITE;
    }
    leave_line(store, &self);
    pthread_mutex_unlock(&store->lock);
    return slot;
}

static void give_back(struct iam_txn *txn)
{
    struct iam_store *store = txn->store;

    pthread_mutex_lock(&store->lock);
    txn->is_taken = false;
    if (txn->mode == IAM_TXN_WRITE) {
        store->has_writer = false;
    }
    pthread_cond_broadcast(&store->changed);
    pthread_mutex_unlock(&store->lock);
}

/* Removes what a failed commit has left; until that is done nothing is written. */
static enum iam_db_error mend(struct iam_store *store, struct iam_db *db)
{
    enum iam_db_error error = store->driver->mend(db);

    atomic_store(&store->is_failed, error != IAM_DB_OK);
    return error;
}

static enum iam_status start(struct iam_store *store, struct iam_txn *txn)
{
    enum iam_db_error error = IAM_DB_OK;
    bool is_write = txn->mode == IAM_TXN_WRITE;

    if (txn->db == NULL) {
        error = store->driver->open(&store->options, &txn->db, txn->error, sizeof(txn->error));
        if (error != IAM_DB_OK) {
            iam_last_error_set(&store->last_error, txn->error);
            txn->met_full_disk = error == IAM_DB_FULL;
            return iam_status_of_db(error);
        }
    }
    if (is_write && atomic_load(&store->is_failed)) {
        error = mend(store, txn->db);
    }
    if (error == IAM_DB_OK) {
        error = store->driver->begin(txn->db, is_write);
    }
    return error != IAM_DB_OK ? iam_txn_fail(txn, error) : IAM_OK;
}

/* Makes room after a transaction that has met a full disk and has ended. */
static void leave_full_disk(struct iam_txn *txn)
{
    if (txn->met_full_disk) {
        txn->met_full_disk = false;
        (void)make_room(txn->store, txn->db);
    }
}

/* Releases the slot of a transaction that has ended. */
static void end(struct iam_txn *txn)
{
    leave_full_disk(txn);
    give_back(txn);
}

/*
 * Keeps the log short after a commit, which is as good without. While the store is short it is
 * emptied each time, so that it does not need more than the room it has.
 */
static void tidy(struct iam_txn *txn)
{
    enum iam_db_error error =
        txn->driver->tidy(txn->db, iam_store_state(txn->store) == IAM_STORE_SHORT);

    if (error != IAM_DB_OK) {
        iam_last_error_set(txn->last_error, txn->driver->error_text(txn->db));
        txn->met_full_disk = error == IAM_DB_FULL;
        leave_full_disk(txn);
        (void)mend(txn->store, txn->db);
    }
}

enum iam_status iam_store_begin(struct iam_store *store, enum iam_txn_mode mode,
                                struct iam_txn **ret)
{
    struct iam_txn *txn = take_slot(store, mode);
    enum iam_status status;

    if (txn == NULL) {
        iam_last_error_set(&store->last_error,
                           "no connection or write lock within the time to wait");
        return IAM_IO;
    }
    txn->store = store;
    txn->sql = store->sql;
    txn->sealer = &store->sealer;
    txn->last_error = &store->last_error;
    txn->driver = store->driver;
    txn->mode = mode;
    txn->is_spoilt = false;
    txn->met_full_disk = false;
    txn->error[0] = '\0';
    if (mode == IAM_TXN_WRITE) {
        txn->changes = &store->changes;
        txn->changes->count = 0;
        txn->changes->is_partial = false;
        txn->changes_before_part = 0;
    }
    status = start(store, txn);
    if (status != IAM_OK) {
        end(txn);
        return status;
    }
    *ret = txn;
    return IAM_OK;
}

/* Rolls back. A connection that cannot even do that is lost; closing it rolls back too. */
static void roll_back(struct iam_txn *txn)
{
    if (txn->driver->rollback(txn->db) != IAM_DB_OK && !txn->store->is_single) {
        txn->driver->abandon(txn->db);
        txn->db = NULL;
    }
}

/* Undoes a commit that failed: nobody is told before nothing of it remains, if that can be done. */
static void undo_commit(struct iam_txn *txn, enum iam_db_error error)
{
    bool is_refused = error == IAM_DB_CONSTRAINT || error == IAM_DB_UNIQUE;

    roll_back(txn);
    if (is_refused) {
        return;
    }
    leave_full_disk(txn);
    if (txn->db == NULL) {
        atomic_store(&txn->store->is_failed, true);
    } else if (mend(txn->store, txn->db) != IAM_DB_OK) {
        iam_last_error_set(txn->last_error, "a commit failed and cannot be taken back");
    }
}

enum iam_status iam_txn_commit(struct iam_txn *txn)
{
    enum iam_status status = IAM_CONFLICT;
    enum iam_db_error error;

    if (txn->is_spoilt) {
        iam_txn_rollback(txn);
        return status;
    }
    error = txn->driver->commit(txn->db);
    if (error != IAM_DB_OK) {
        status = iam_txn_fail(txn, error);
        undo_commit(txn, error);
    } else {
        status = IAM_OK;
        tidy(txn);
    }
    end(txn);
    return status;
}

void iam_txn_rollback(struct iam_txn *txn)
{
    if (txn == NULL) {
        return;
    }
    roll_back(txn);
    end(txn);
}

/* ---- parts of a transaction ---------------------------------------------------------- */

enum iam_status iam_txn_save(struct iam_txn *txn)
{
    if (txn->mode != IAM_TXN_WRITE || txn->is_spoilt) {
        return IAM_CONFLICT;
    }
    enum iam_db_error error = txn->driver->save(txn->db);
    if (error != IAM_DB_OK) {
        return iam_txn_fail(txn, error);
    }
    txn->changes_before_part = txn->changes->count;
    return IAM_OK;
}

enum iam_status iam_txn_keep(struct iam_txn *txn)
{
    if (txn->is_spoilt) {
        return IAM_CONFLICT;
    }
    enum iam_db_error error = txn->driver->keep(txn->db);
    return error != IAM_DB_OK ? iam_txn_fail(txn, error) : IAM_OK;
}

enum iam_status iam_txn_undo(struct iam_txn *txn)
{
    enum iam_db_error error = txn->driver->undo(txn->db);
    if (error != IAM_DB_OK) {
        return iam_txn_fail(txn, error);
    }
    txn->changes->count = txn->changes_before_part;
    txn->is_spoilt = false;
    return IAM_OK;
}

static bool is_last_noted(const struct iam_txn_changes *c, const struct iam_entity_ref *entity)
{
    return c->count > 0 && c->items[c->count - 1].kind == entity->kind &&
           iam_str_eq(iam_id_str(&c->items[c->count - 1].id), entity->id);
}

void iam_txn_note(struct iam_txn *txn, const struct iam_entity_ref *entity)
{
    struct iam_txn_changes *c = txn->changes;

    /* a new entity is often changed again at once: its tags, its boundary */
    if (c->count > txn->changes_before_part && is_last_noted(c, entity)) {
        return;
    }
    if (c->count == IAM_TXN_CHANGES_MAX || entity->id.len > IAM_ID_MAX) {
        c->is_partial = true;
        return;
    }
    c->items[c->count].kind = entity->kind;
    c->items[c->count].id = (struct iam_unique_id){ .len = (uint8_t)entity->id.len };
    memcpy(c->items[c->count].id.text, entity->id.p, entity->id.len);
    c->count++;
}

const struct iam_txn_changes *iam_txn_changes(const struct iam_txn *txn)
{
    return txn->changes;
}
