/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock, the look-ups, and how a refresh ends.
 * INVARIANT: the maps of dir->state change only under the write lock; a look-up holds the read lock
 * until it has its reference. While is_ready is false nothing is found.
 */
#include "directory/directory.h"

#include <pthread.h>

#include "directory/pass_int.h"

struct iam_directory {
    const struct iam_alloc *alloc;
    struct iam_store *store;
    uint64_t seed;
    pthread_rwlock_t lock;
    struct iam_dir_state *state; /* NULL until something was loaded */
    atomic_bool is_ready;
    bool must_reload; /* a pass failed half-way; the refreshing thread's own */
};

/* ---- refresh ------------------------------------------------------------------------- */

static void close_doors(struct iam_directory *dir)
{
    pthread_rwlock_wrlock(&dir->lock);
    atomic_store(&dir->is_ready, false);
    pthread_rwlock_unlock(&dir->lock);
}

/* Fills an empty state that nobody sees yet. */
static enum iam_status fill_state(struct iam_directory *dir, struct iam_dir_state *state)
{
    struct iam_dir_pass pass;
    struct iam_txn *txn;

    IAM_TRY(iam_store_begin(dir->store, IAM_TXN_READ, &txn));
    iam_dir_pass_init(&pass, state, txn);
    enum iam_status st = iam_dir_load(&pass);
    iam_txn_rollback(txn);
    if (st == IAM_OK) {
        st = iam_dir_pass_build(&pass);
    }
    if (st == IAM_OK) {
        st = iam_dir_pass_commit(&pass);
    }
    iam_dir_pass_done(&pass);
    return st;
}

static enum iam_status reload(struct iam_directory *dir)
{
    struct iam_dir_state *fresh;

    IAM_TRY(iam_dir_state_new(dir->alloc, dir->seed, &fresh));
    enum iam_status st = fill_state(dir, fresh);
    if (st != IAM_OK) {
        iam_dir_state_free(fresh);
        return st;
    }
    pthread_rwlock_wrlock(&dir->lock);
    struct iam_dir_state *old = dir->state;
    dir->state = fresh;
    atomic_store(&dir->is_ready, true);
    pthread_rwlock_unlock(&dir->lock);
    dir->must_reload = false;
    iam_dir_state_free(old);
    return IAM_OK;
}

/* Shows what the pass built; a commit that fails closes before anybody can look. */
static enum iam_status commit(struct iam_directory *dir, struct iam_dir_pass *pass)
{
    pthread_rwlock_wrlock(&dir->lock);
    enum iam_status st = iam_dir_pass_commit(pass);
    atomic_store(&dir->is_ready, st == IAM_OK);
    pthread_rwlock_unlock(&dir->lock);
    return st;
}

/* IAM_CONFLICT: load everything. */
static enum iam_status apply_changes(struct iam_directory *dir)
{
    struct iam_dir_pass pass;
    struct iam_txn *txn;

    IAM_TRY(iam_store_begin(dir->store, IAM_TXN_READ, &txn));
    iam_dir_pass_init(&pass, dir->state, txn);
    enum iam_status st = iam_dir_read_changes(&pass);
    iam_txn_rollback(txn);
    if (st == IAM_OK) {
        st = iam_dir_pass_build(&pass);
    }
    if (st == IAM_OK) {
        st = commit(dir, &pass);
    }
    dir->must_reload = st != IAM_OK;
    iam_dir_pass_done(&pass);
    return st;
}

enum iam_status iam_directory_refresh(struct iam_directory *dir)
{
    enum iam_status st = dir->must_reload ? IAM_CONFLICT : apply_changes(dir);

    if (st == IAM_CONFLICT) {
        st = reload(dir);
    }
    if (st != IAM_OK) {
        close_doors(dir);
    }
    return st;
}

bool iam_directory_is_ready(const struct iam_directory *dir)
{
    return atomic_load(&dir->is_ready);
}

/* ---- life ---------------------------------------------------------------------------- */

/* A steady stream of look-ups must not keep a refresh waiting. */
static enum iam_status init_lock(pthread_rwlock_t *lock)
{
    pthread_rwlockattr_t attr;

    IAM_ENSURE(pthread_rwlockattr_init(&attr) == 0, IAM_NOMEM);
    (void)pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    int err = pthread_rwlock_init(lock, &attr);
    pthread_rwlockattr_destroy(&attr);
    return err == 0 ? IAM_OK : IAM_NOMEM;
}

enum iam_status iam_directory_new(const struct iam_alloc *alloc, struct iam_store *store,
                                  uint64_t seed, struct iam_directory **ret)
{
    struct iam_directory *dir = alloc->alloc(alloc->ctx, sizeof(*dir));
    IAM_ENSURE(dir != NULL, IAM_NOMEM);

    *dir = (struct iam_directory){ .alloc = alloc, .store = store, .seed = seed };
    atomic_init(&dir->is_ready, false);
    enum iam_status st = init_lock(&dir->lock);
    if (st != IAM_OK) {
        alloc->free(alloc->ctx, dir);
        return st;
    }
    st = reload(dir);
    if (st != IAM_OK) {
        iam_directory_free(dir);
        return st;
    }
    *ret = dir;
    return IAM_OK;
}

void iam_directory_free(struct iam_directory *dir)
{
    if (dir == NULL) {
        return;
    }
    iam_dir_state_free(dir->state);
    pthread_rwlock_destroy(&dir->lock);
    dir->alloc->free(dir->alloc->ctx, dir);
}

/* ---- look-ups ------------------------------------------------------------------------ */

/* Takes the read lock. False, and no lock, while the directory is closed. */
static bool enter(struct iam_directory *dir)
{
    pthread_rwlock_rdlock(&dir->lock);
    if (!atomic_load_explicit(&dir->is_ready, memory_order_relaxed)) {
        pthread_rwlock_unlock(&dir->lock);
        return false;
    }
    return true;
}

/* Gives the lock back, with a reference to view, which may be NULL. */
static const struct iam_view *leave(struct iam_directory *dir, struct iam_dir_view *view)
{
    if (view != NULL) {
        atomic_fetch_add_explicit(&view->ref_count, 1, memory_order_relaxed);
    }
    pthread_rwlock_unlock(&dir->lock);
    return view != NULL ? &view->view : NULL;
}

const struct iam_view *iam_directory_by_id(struct iam_directory *dir, struct iam_str id)
{
    return enter(dir) ? leave(dir, iam_map_get(&dir->state->ids, id)) : NULL;
}

const struct iam_view *iam_directory_by_arn(struct iam_directory *dir, struct iam_str arn)
{
    return enter(dir) ? leave(dir, iam_map_get(&dir->state->arns, arn)) : NULL;
}

static enum iam_status copy_key(const struct iam_directory_key *key, struct iam_arena *arena,
                                struct iam_directory_key *ret)
{
    struct iam_directory_key copy = { .is_active = key->is_active };

    IAM_TRY(iam_arena_dup(arena, key->account, &copy.account));
    IAM_TRY(iam_arena_dup(arena, key->owner_id, &copy.owner_id));
    IAM_TRY(iam_arena_dup(arena, key->sealed_secret, &copy.sealed_secret));
    *ret = copy;
    return IAM_OK;
}

enum iam_status iam_directory_key(struct iam_directory *dir, struct iam_str access_key_id,
                                  struct iam_arena *arena, struct iam_directory_key *ret)
{
    enum iam_status st = IAM_NOT_FOUND;

    IAM_ENSURE(enter(dir), IAM_NOT_FOUND);
    const struct iam_dir_key *key = iam_map_get(&dir->state->keys, access_key_id);
    if (key != NULL && iam_map_get(&dir->state->ids, key->key.owner_id) != NULL) {
        st = copy_key(&key->key, arena, ret);
    }
    pthread_rwlock_unlock(&dir->lock);
    return st;
}

struct iam_policy *iam_directory_managed_policy(struct iam_directory *dir, struct iam_str arn)
{
    if (!enter(dir)) {
        return NULL;
    }
    const struct iam_dir_policy *record = iam_map_get(&dir->state->policy_arns, arn);
    struct iam_policy *policy =
        record != NULL && record->visible != NULL ? iam_policy_ref(record->visible) : NULL;
    pthread_rwlock_unlock(&dir->lock);
    return policy;
}
