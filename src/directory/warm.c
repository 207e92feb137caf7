/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First all access keys and roles are gone through, part by part, for those that were used last;
 * then these are looked up, the latest first. Between two steps the thread sleeps for as long as a
 * step takes about, so that it takes at most half a processor, and no transaction is open.
 */
#include "directory/warm.h"

#include <pthread.h>
#include <time.h>

#include "directory/recent.h"
#include "store/access_key.h"
#include "store/role.h"

/* Of a part: its transaction stays short. */
#define PART_LENGTH 200
#define PART_MAX_BYTES ((size_t)64 << 20)
#define PAUSE_NS 2000000
/* LIMIT: of those that are remembered; 5 MB. */
#define RECENT_MAX 100000
#define NEXT_MAX 64

struct iam_warm {
    const struct iam_alloc *alloc;
    struct iam_store *store;
    struct iam_directory *dir;
    struct iam_arena arena;
    struct iam_recent recent;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping;
    bool is_done;
};

/* ---- steps ----------------------------------------------------------------------------- */

/* Waits a little; false when the thread is to end. */
static bool pause_step(struct iam_warm *w)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += PAUSE_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&w->lock);
    while (!w->is_stopping && pthread_cond_timedwait(&w->changed, &w->lock, &until) == 0) {
    }
    bool goes_on = !w->is_stopping;
    pthread_mutex_unlock(&w->lock);
    return goes_on;
}

/* Notes who was used in one part; *ret_next is absent when it was the last. */
typedef enum iam_status part_fn(struct iam_warm *w, struct iam_txn *txn,
                                const struct iam_page *page, struct iam_str *ret_next);

static enum iam_status note_keys(struct iam_warm *w, struct iam_txn *txn,
                                 const struct iam_page *page, struct iam_str *ret_next)
{
    struct iam_access_key_list list;

    IAM_TRY(iam_store_access_key_scan(txn, &w->arena, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_recent_note(&w->recent, IAM_RECENT_KEY, list.items[i].id, list.items[i].last_used_ms);
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status note_roles(struct iam_warm *w, struct iam_txn *txn,
                                  const struct iam_page *page, struct iam_str *ret_next)
{
    struct iam_role_list list;

    IAM_TRY(iam_store_role_scan(txn, &w->arena, page, &list));
    for (size_t i = 0; i < list.count; i++) {
        iam_recent_note(&w->recent, IAM_RECENT_ROLE, list.items[i].id, list.items[i].last_used_ms);
    }
    *ret_next = list.is_truncated ? list.next : iam_str_absent();
    return IAM_OK;
}

static enum iam_status note_part(struct iam_warm *w, part_fn *note, const struct iam_page *page,
                                 struct iam_str *ret_next)
{
    struct iam_txn *txn;

    iam_arena_clear(&w->arena);
    IAM_TRY(iam_store_begin(w->store, IAM_TXN_READ, &txn));
    enum iam_status st = note(w, txn, page, ret_next);
    iam_txn_rollback(txn);
    return st;
}

/* Goes through all parts; false when the thread is to end. */
static bool note_all(struct iam_warm *w, part_fn *note)
{
    struct iam_page page = { .limit = PART_LENGTH };
    char after[NEXT_MAX];
    struct iam_str next;

    do {
        if (note_part(w, note, &page, &next) != IAM_OK || next.len > sizeof(after)) {
            return false;
        }
        if (iam_str_is_set(next)) {
            memcpy(after, next.p, next.len);
            page.after = (struct iam_str){ after, next.len };
        }
        if (!pause_step(w)) {
            return false;
        }
    } while (iam_str_is_set(next));
    return true;
}

/* ---- looking up ------------------------------------------------------------------------ */

static bool has_room(struct iam_directory *dir)
{
    struct iam_directory_stats stats;

    iam_directory_stats(dir, &stats);
    return stats.bytes < stats.max_bytes / 2;
}

/* Looks one up; false when the store does not answer. That it does not exist is an answer. */
static bool look_up(struct iam_warm *w, const struct iam_recent_one *one)
{
    struct iam_directory_key key;
    const struct iam_view *view = NULL;
    enum iam_status st;

    if (one->kind == IAM_RECENT_KEY) {
        iam_arena_clear(&w->arena);
        st = iam_directory_key(w->dir, NULL, iam_id_str(&one->id), &w->arena, &key);
    } else {
        st = iam_directory_by_id(w->dir, NULL, iam_id_str(&one->id), &view);
    }
    iam_view_unref(view);
    return st == IAM_OK || st == IAM_NOT_FOUND;
}

static void run(struct iam_warm *w)
{
    if (!note_all(w, note_keys) || !note_all(w, note_roles)) {
        return;
    }
    iam_recent_sort(&w->recent);
    for (size_t i = 0; i < w->recent.count; i++) {
        if (!has_room(w->dir) || !look_up(w, &w->recent.items[i]) || !pause_step(w)) {
            return;
        }
    }
}

static void *thread_main(void *arg)
{
    struct iam_warm *w = arg;

    run(w);
    iam_recent_done(&w->recent);
    iam_arena_done(&w->arena);
    pthread_mutex_lock(&w->lock);
    w->is_done = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------ */

static void release(struct iam_warm *w)
{
    iam_recent_done(&w->recent);
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    w->alloc->free(w->alloc->ctx, w);
}

static void init_locks(struct iam_warm *w)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->changed, &attr);
    pthread_condattr_destroy(&attr);
}

enum iam_status iam_warm_start(const struct iam_alloc *alloc, struct iam_store *store,
                               struct iam_directory *dir, struct iam_warm **ret)
{
    struct iam_warm *w = alloc->alloc(alloc->ctx, sizeof(*w));
    IAM_ENSURE(w != NULL, IAM_NOMEM);

    *w = (struct iam_warm){ .alloc = alloc, .store = store, .dir = dir };
    iam_arena_init(&w->arena, alloc, PART_MAX_BYTES);
    iam_recent_init(&w->recent, alloc, RECENT_MAX);
    init_locks(w);
    if (pthread_create(&w->thread, NULL, thread_main, w) != 0) {
        release(w);
        return IAM_IO;
    }
    *ret = w;
    return IAM_OK;
}

void iam_warm_stop(struct iam_warm *w)
{
    if (w == NULL) {
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->is_stopping = true;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
    (void)pthread_join(w->thread, NULL);
    release(w);
}

void iam_warm_wait(struct iam_warm *w)
{
    pthread_mutex_lock(&w->lock);
    while (!w->is_done) {
        pthread_cond_wait(&w->changed, &w->lock);
    }
    pthread_mutex_unlock(&w->lock);
}
