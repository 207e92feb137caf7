/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is, the feed before everything else, and the look-ups.
 * INVARIANT: dir->state and what readers see of it change only under the write lock, by the thread
 * that has the turn; a look-up holds the read lock until it has its reference. While is_ready is
 * false every look-up fails.
 * INVARIANT: what is loaded is read in a transaction whose snapshot the state has caught up with.
 */
#include "directory/directory.h"

#include <pthread.h>

#include "directory/load.h"
#include "directory/turn.h"
#include "store/change.h"

/* LIMIT: the changes that are applied at once. */
#define FEED_MAX_BYTES ((size_t)16 << 20)

struct iam_directory {
    struct iam_pool *pool;
    struct iam_store *store;
    struct iam_catalogue *catalogue;
    size_t max_bytes;
    struct iam_turn turn;
    pthread_rwlock_t lock;
    struct iam_dir_state *state;
    atomic_bool is_ready;
    struct iam_dir_counters counters;
};

/* ---- a visit: the turn and a transaction ----------------------------------------------- */

struct visit {
    struct iam_directory *dir;
    struct iam_txn *own; /* to be ended; NULL: the caller's is used */
    struct iam_txn *txn;
    struct iam_dir_state *forgotten; /* freed at the end: it may be large */
};

/*
 * Takes the turn and begins a transaction. A snapshot must not be older than the state, so the turn
 * comes first. Where there is one connection, the transaction comes first, as the thread that has
 * the connection may be waiting for the turn; nobody can commit in between then.
 */
static enum iam_status visit_open(struct iam_directory *dir, struct iam_txn *held, bool is_urgent,
                                  struct visit *ret)
{
    struct visit v = { .dir = dir };
    bool is_single = iam_store_is_single(dir->store);
    enum iam_status st = IAM_OK;

    if (is_single && held == NULL) {
        IAM_TRY(iam_store_begin(dir->store, IAM_TXN_READ, &v.own));
    }
    iam_turn_take(&dir->turn, is_urgent);
    if (!is_single) {
        st = iam_store_begin(dir->store, IAM_TXN_READ, &v.own);
    }
    if (st != IAM_OK) {
        iam_turn_give_back(&dir->turn);
        return st;
    }
    v.txn = v.own != NULL ? v.own : held;
    *ret = v;
    return IAM_OK;
}

static void visit_close(struct visit *v)
{
    iam_turn_give_back(&v->dir->turn);
    iam_txn_rollback(v->own);
    iam_dir_state_free(v->forgotten);
}

static void pass_init(struct iam_directory *dir, struct iam_dir_pass *pass, struct iam_txn *txn)
{
    iam_dir_pass_init(pass, dir->pool, dir->state, txn);
    pass->catalogue = dir->catalogue;
    pass->lock = &dir->lock;
    pass->counters = &dir->counters;
}

/* Forgets everything: seq is where the feed goes on. */
static enum iam_status forget_all(struct visit *visit, struct iam_dir_pass *pass, int64_t seq)
{
    struct iam_directory *dir = visit->dir;
    struct iam_dir_state *fresh;

    IAM_TRY(iam_dir_state_new(dir->pool, seq, &fresh));
    visit->forgotten = dir->state;
    pthread_rwlock_wrlock(&dir->lock);
    dir->state = fresh;
    pthread_rwlock_unlock(&dir->lock);
    pass->state = fresh;
    return IAM_OK;
}

/* Brings the state up to the transaction. Once in a visit. */
static enum iam_status catch_up(struct visit *visit, struct iam_dir_pass *pass)
{
    struct iam_dir_suspects suspects;
    struct iam_arena arena;
    int64_t seq = 0;

    iam_arena_init(&arena, &pass->pool->alloc, FEED_MAX_BYTES);
    enum iam_status st = iam_dir_apply_feed(pass, &arena, &seq, &suspects);
    if (st == IAM_OK) {
        iam_dir_renew_all(pass, &suspects);
    }
    iam_arena_done(&arena);
    return st == IAM_CONFLICT ? forget_all(visit, pass, seq) : st;
}

static void make_room(struct iam_directory *dir)
{
    if (atomic_load(&dir->pool->bytes) <= dir->max_bytes) {
        return;
    }
    pthread_rwlock_wrlock(&dir->lock);
    size_t dropped = iam_dir_clock_evict(dir->state, dir->max_bytes);
    pthread_rwlock_unlock(&dir->lock);
    atomic_fetch_add_explicit(&dir->counters.evicted, dropped, memory_order_relaxed);
}

/* ---- refresh ------------------------------------------------------------------------- */

static void set_ready(struct iam_directory *dir, bool is_ready)
{
    pthread_rwlock_wrlock(&dir->lock);
    atomic_store(&dir->is_ready, is_ready);
    pthread_rwlock_unlock(&dir->lock);
}

/* Closes the directory. */
static void close_doors(struct iam_directory *dir)
{
    iam_turn_take(&dir->turn, true);
    set_ready(dir, false);
    iam_turn_give_back(&dir->turn);
}

/* Applies the feed in a visit of its own and opens the directory. */
static enum iam_status refresh(struct iam_directory *dir)
{
    struct iam_dir_pass pass;
    struct visit visit;

    IAM_TRY(visit_open(dir, NULL, true, &visit));
    pass_init(dir, &pass, visit.txn);
    enum iam_status st = catch_up(&visit, &pass);
    iam_dir_pass_done(&pass);
    if (st == IAM_OK && !atomic_load(&dir->is_ready)) {
        set_ready(dir, true);
    }
    visit_close(&visit);
    return st;
}

enum iam_status iam_directory_refresh(struct iam_directory *dir)
{
    enum iam_status st = refresh(dir);

    if (st != IAM_OK) {
        close_doors(dir);
    }
    return st;
}

static void apply_changes(struct iam_directory *dir, const struct iam_txn_changes *changes)
{
    iam_turn_take(&dir->turn, true);
    pthread_rwlock_wrlock(&dir->lock);
    iam_dir_apply_changes(dir->state, changes);
    pthread_rwlock_unlock(&dir->lock);
    iam_turn_give_back(&dir->turn);
}

void iam_directory_committed(struct iam_directory *dir, const struct iam_txn_changes *changes)
{
    if (refresh(dir) == IAM_OK) {
        return;
    }
    apply_changes(dir, changes);
    /* once more at once: what failed may have been one allocation */
    enum iam_status again = refresh(dir);
    (void)again; /* every look-up that reads the store applies the feed first */
}

bool iam_directory_is_ready(const struct iam_directory *dir)
{
    return atomic_load(&dir->is_ready);
}

/* ---- life ---------------------------------------------------------------------------- */

/* Makes a lock that prefers writers: look-ups, however many, must not keep a refresh waiting. */
static enum iam_status init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    IAM_ENSURE(pthread_rwlockattr_init(&attr) == 0, IAM_NOMEM);
    (void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    int err = pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    return err == 0 ? IAM_OK : IAM_NOMEM;
}

static enum iam_status init_locks(struct iam_directory *dir)
{
    IAM_TRY(iam_turn_init(&dir->turn));
    enum iam_status st = init_lock(&dir->lock);
    if (st != IAM_OK) {
        iam_turn_done(&dir->turn);
    }
    return st;
}

static void free_parts(struct iam_directory *dir)
{
    iam_dir_state_free(dir->state);
    pthread_rwlock_destroy(&dir->lock);
    iam_turn_done(&dir->turn);
    dir->pool->alloc.free(dir->pool->alloc.ctx, dir);
}

/* Reads where the feed begins: what is loaded later is at least as new. */
static enum iam_status read_seq(struct iam_store *store, int64_t *ret)
{
    struct iam_txn *txn;

    IAM_TRY(iam_store_begin(store, IAM_TXN_READ, &txn));
    enum iam_status st = iam_store_change_last(txn, ret);
    iam_txn_rollback(txn);
    return st;
}

static enum iam_status open_in(struct iam_pool *pool, const struct iam_directory_options *options,
                               struct iam_directory **ret)
{
    struct iam_directory *dir = pool->alloc.alloc(pool->alloc.ctx, sizeof(*dir));
    int64_t seq = 0;
    IAM_ENSURE(dir != NULL, IAM_NOMEM);

    *dir = (struct iam_directory){
        .pool = pool,
        .store = options->store,
        .catalogue = options->catalogue,
        .max_bytes = options->max_bytes != 0 ? options->max_bytes : SIZE_MAX,
    };
    atomic_init(&dir->is_ready, true);
    enum iam_status st = init_locks(dir);
    if (st != IAM_OK) {
        pool->alloc.free(pool->alloc.ctx, dir);
        return st;
    }
    st = read_seq(dir->store, &seq);
    if (st == IAM_OK) {
        st = iam_dir_state_new(pool, seq, &dir->state);
    }
    if (st != IAM_OK) {
        free_parts(dir);
        return st;
    }
    *ret = dir;
    return IAM_OK;
}

enum iam_status iam_directory_new(const struct iam_directory_options *options,
                                  struct iam_directory **ret)
{
    struct iam_pool *pool;

    IAM_TRY(iam_pool_new(options->alloc, options->seed, &pool));
    enum iam_status st = open_in(pool, options, ret);
    if (st != IAM_OK) {
        iam_pool_leave(pool);
    }
    return st;
}

void iam_directory_free(struct iam_directory *dir)
{
    if (dir == NULL) {
        return;
    }
    struct iam_pool *pool = dir->pool;
    free_parts(dir);
    iam_pool_leave(pool);
}

void iam_directory_stats(struct iam_directory *dir, struct iam_directory_stats *ret)
{
    const struct iam_dir_counters *c = &dir->counters;

    pthread_rwlock_rdlock(&dir->lock);
    *ret = (struct iam_directory_stats){
        .bytes = atomic_load(&dir->pool->bytes),
        .max_bytes = dir->max_bytes,
        .principals = dir->state->counts[IAM_DIR_VIEW],
        .keys = dir->state->counts[IAM_DIR_KEY],
        .policies = dir->state->counts[IAM_DIR_POLICY],
        .groups = dir->state->counts[IAM_DIR_GROUP],
        .read_principals = atomic_load(&c->read_principals),
        .built_views = atomic_load(&c->built_views),
        .evicted = atomic_load(&c->evicted),
        .refreshed_policies = atomic_load(&c->refreshed_policies),
    };
    pthread_rwlock_unlock(&dir->lock);
}

/* ---- look-ups ------------------------------------------------------------------------ */

/* Tells whether nothing has to be loaded; *ret is the outcome then. */
static bool look(struct iam_directory *dir, struct iam_dir_want *want, enum iam_status *ret)
{
    bool is_done = true;

    pthread_rwlock_rdlock(&dir->lock);
    *ret = IAM_IO;
    if (atomic_load_explicit(&dir->is_ready, memory_order_relaxed)) {
        is_done = iam_dir_take(dir->state, want, ret);
    }
    pthread_rwlock_unlock(&dir->lock);
    return is_done;
}

/* Loads and takes what another thread has not loaded meanwhile. The turn is held. */
static enum iam_status load(struct iam_directory *dir, struct iam_dir_pass *pass,
                            struct iam_dir_want *want)
{
    enum iam_status st;

    if (look(dir, want, &st)) {
        return st;
    }
    IAM_TRY(iam_dir_load(pass, want));
    IAM_ENSURE(iam_dir_take(pass->state, want, &st), IAM_CORRUPT);
    return st;
}

/*
 * Answers without the store: another thread has loaded the same meanwhile, or the view only has to
 * be built. IAM_CONFLICT: it must be read.
 */
static enum iam_status load_from_memory(struct iam_directory *dir, struct iam_dir_want *want)
{
    struct iam_dir_pass pass;

    iam_turn_take(&dir->turn, false);
    pass_init(dir, &pass, NULL);
    enum iam_status st = load(dir, &pass, want);
    iam_dir_pass_done(&pass);
    iam_turn_give_back(&dir->turn);
    return st;
}

static enum iam_status load_from_store(struct iam_directory *dir, struct iam_txn *held,
                                       struct iam_dir_want *want)
{
    struct iam_dir_pass pass;
    struct visit visit;

    IAM_TRY(visit_open(dir, held, false, &visit));
    pass_init(dir, &pass, visit.txn);
    enum iam_status st = atomic_load(&dir->is_ready) ? catch_up(&visit, &pass) : IAM_IO;
    if (st == IAM_OK) {
        st = load(dir, &pass, want);
    }
    iam_dir_pass_done(&pass);
    make_room(dir);
    visit_close(&visit);
    return st;
}

/* Reads the answer into a state of its own: what held has changed is not for others to see. */
static enum iam_status load_apart(struct iam_directory *dir, struct iam_txn *held,
                                  struct iam_dir_want *want)
{
    struct iam_dir_state *state;
    struct iam_dir_pass pass;

    IAM_TRY(iam_dir_state_new(dir->pool, 0, &state));
    iam_dir_pass_init(&pass, dir->pool, state, held);
    pass.catalogue = dir->catalogue;
    pass.counters = &dir->counters;
    enum iam_status st = iam_dir_load(&pass, want);
    if (st == IAM_OK && !iam_dir_take(state, want, &st)) {
        st = IAM_CORRUPT;
    }
    iam_dir_pass_done(&pass);
    iam_dir_state_free(state);
    return st;
}

static bool is_apart(const struct iam_directory *dir, const struct iam_txn *held)
{
    return held != NULL && iam_store_is_single(dir->store) && iam_txn_has_changes(held);
}

static enum iam_status look_up(struct iam_directory *dir, struct iam_txn *held,
                               struct iam_dir_want *want)
{
    enum iam_status st;

    if (look(dir, want, &st)) {
        return st;
    }
    if (is_apart(dir, held)) {
        return load_apart(dir, held, want);
    }
    st = load_from_memory(dir, want);
    return st == IAM_CONFLICT ? load_from_store(dir, held, want) : st;
}

enum iam_status iam_directory_by_id(struct iam_directory *dir, struct iam_txn *held,
                                    struct iam_str id, const struct iam_view **ret)
{
    struct iam_dir_want want = { .kind = IAM_DIR_WANT_ID, .name = id };

    IAM_TRY(look_up(dir, held, &want));
    *ret = want.view;
    return IAM_OK;
}

enum iam_status iam_directory_by_arn(struct iam_directory *dir, struct iam_txn *held,
                                     struct iam_str arn, const struct iam_view **ret)
{
    struct iam_dir_want want = { .kind = IAM_DIR_WANT_ARN, .name = arn };

    IAM_TRY(look_up(dir, held, &want));
    *ret = want.view;
    return IAM_OK;
}

enum iam_status iam_directory_key(struct iam_directory *dir, struct iam_txn *held,
                                  struct iam_str access_key_id, struct iam_arena *arena,
                                  struct iam_directory_key *ret)
{
    struct iam_dir_want want = { .kind = IAM_DIR_WANT_ACCESS_KEY,
                                 .name = access_key_id,
                                 .arena = arena };

    IAM_TRY(look_up(dir, held, &want));
    *ret = want.key;
    return IAM_OK;
}

enum iam_status iam_directory_origin(struct iam_directory *dir, struct iam_txn *held,
                                     const struct iam_session *session, struct iam_arena *arena)
{
    struct iam_dir_want key = { .kind = IAM_DIR_WANT_ACCESS_KEY,
                                .name = session->parent_key_id,
                                .arena = arena };
    struct iam_dir_want provider = { .kind = IAM_DIR_WANT_PROVIDER,
                                     .name = session->provider_id,
                                     .account = session->account };

    if (iam_str_is_set(key.name)) {
        IAM_TRY(look_up(dir, held, &key));
        IAM_ENSURE(key.key.is_active && iam_str_eq(key.key.owner_id, session->issuer_id) &&
                       iam_str_eq(key.key.account, session->account),
                   IAM_NOT_FOUND);
    }
    return iam_str_is_set(provider.name) ? look_up(dir, held, &provider) : IAM_OK;
}

enum iam_status iam_directory_managed_policy(struct iam_directory *dir, struct iam_txn *held,
                                             struct iam_str arn, struct iam_unique_id *ret_id,
                                             struct iam_policy **ret)
{
    struct iam_dir_want want = { .kind = IAM_DIR_WANT_POLICY, .name = arn };

    IAM_TRY(look_up(dir, held, &want));
    *ret_id = want.policy_id;
    *ret = want.policy;
    return IAM_OK;
}
