/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shared by content. The table does not keep anything alive: the last who lets go takes it
 * out, so that nothing is left of documents that nobody has any more.
 *
 * INVARIANT: an entry of a table is freed by the thread that took its last reference away, after
 * it has removed it from the table under the lock; until then a thread that finds it there
 * without references treats it as absent.
 */
#include "directory/pool.h"

static struct iam_shared *try_ref(struct iam_shared *shared)
{
    size_t refs = atomic_load_explicit(&shared->refs, memory_order_relaxed);

    while (refs > 0) {
        if (atomic_compare_exchange_weak_explicit(&shared->refs, &refs, refs + 1,
                                                  memory_order_relaxed, memory_order_relaxed)) {
            return shared;
        }
    }
    return NULL;
}

/* Returns a reference, or NULL. The lock is held. */
static struct iam_shared *find(struct iam_pool *pool, enum iam_shared_kind kind, struct iam_str key)
{
    struct iam_shared *found = iam_map_get(&pool->tables[kind], key);

    return found != NULL ? try_ref(found) : NULL;
}

static struct iam_shared *find_locked(struct iam_pool *pool, enum iam_shared_kind kind,
                                      struct iam_str key)
{
    pthread_mutex_lock(&pool->lock);
    struct iam_shared *found = find(pool, kind, key);
    pthread_mutex_unlock(&pool->lock);
    return found;
}

/* Frees what is in no table. */
static void dispose(struct iam_shared *shared)
{
    struct iam_pool *pool = shared->pool;

    iam_policy_unref(shared->policy);
    iam_policy_set_unref(shared->set);
    pool->alloc.free(pool->alloc.ctx, shared);
}

/* Adds it to its table, whose memory counts too. The lock is held. */
static enum iam_status put(struct iam_shared *shared)
{
    struct iam_pool *pool = shared->pool;
    struct iam_map *table = &pool->tables[shared->kind];
    size_t before = table->cap;

    IAM_TRY(iam_map_put(table, shared->key, shared, NULL));
    atomic_fetch_add_explicit(&pool->bytes, (table->cap - before) * sizeof(struct iam_map_slot),
                              memory_order_relaxed);
    return IAM_OK;
}

/* Moves shared in; *ret is another one when a thread was faster with the same. */
static enum iam_status add(struct iam_shared *shared, struct iam_shared **ret)
{
    struct iam_pool *pool = shared->pool;
    enum iam_status st = IAM_OK;

    pthread_mutex_lock(&pool->lock);
    struct iam_shared *found = find(pool, shared->kind, shared->key);
    if (found == NULL) {
        st = put(shared);
    }
    pthread_mutex_unlock(&pool->lock);
    if (found != NULL || st != IAM_OK) {
        dispose(shared);
    }
    IAM_TRY(st);
    *ret = found != NULL ? found : shared;
    return IAM_OK;
}

/* Allocates one with key_bytes of room after the struct. */
static struct iam_shared *shared_new(struct iam_pool *pool, enum iam_shared_kind kind,
                                     size_t key_bytes)
{
    struct iam_shared *s = pool->alloc.alloc(pool->alloc.ctx, sizeof(*s) + key_bytes);

    if (s != NULL) {
        *s = (struct iam_shared){ .pool = pool, .kind = kind };
        atomic_init(&s->refs, 1);
    }
    return s;
}

/* Moves policy in. */
static enum iam_status add_document(struct iam_pool *pool, enum iam_shared_kind kind,
                                    struct iam_policy *policy, struct iam_shared **ret)
{
    struct iam_shared *s = shared_new(pool, kind, 0);

    if (s == NULL) {
        iam_policy_unref(policy);
        return IAM_NOMEM;
    }
    s->policy = policy;
    s->key = iam_policy_text(policy);
    return add(s, ret);
}

enum iam_status iam_shared_document(struct iam_pool *pool, enum iam_policy_kind kind,
                                    struct iam_str text, struct iam_shared **ret)
{
    enum iam_shared_kind table = kind == IAM_POLICY_TRUST ? IAM_SHARED_TRUST : IAM_SHARED_IDENTITY;
    struct iam_shared *found = find_locked(pool, table, text);
    struct iam_policy *policy = NULL;

    if (found == NULL) {
        enum iam_status st = iam_policy_parse(&pool->alloc, kind, text, &policy, NULL);
        IAM_ENSURE(st != IAM_NOMEM, IAM_NOMEM);
        if (st == IAM_OK) {
            return add_document(pool, table, policy, ret);
        }
    }
    *ret = found;
    return IAM_OK;
}

/* Moves set in. */
static enum iam_status add_set(struct iam_pool *pool, struct iam_str key,
                               struct iam_policy_set *set, struct iam_shared **ret)
{
    struct iam_shared *s = shared_new(pool, IAM_SHARED_SET, key.len);

    if (s == NULL) {
        iam_policy_set_unref(set);
        return IAM_NOMEM;
    }
    s->set = set;
    s->key = (struct iam_str){ (const char *)(s + 1), key.len };
    if (key.len > 0) {
        memcpy(s + 1, key.p, key.len);
    }
    return add(s, ret);
}

enum iam_status iam_shared_set(struct iam_pool *pool, struct iam_str key,
                               const struct iam_set_entry *entries, size_t count,
                               struct iam_shared **ret)
{
    struct iam_shared *found = find_locked(pool, IAM_SHARED_SET, key);
    struct iam_policy_set *set;

    if (found != NULL) {
        *ret = found;
        return IAM_OK;
    }
    IAM_TRY(iam_policy_set_new(&pool->alloc, entries, count, &set));
    return add_set(pool, key, set, ret);
}

struct iam_shared *iam_shared_ref(struct iam_shared *shared)
{
    atomic_fetch_add_explicit(&shared->refs, 1, memory_order_relaxed);
    return shared;
}

void iam_shared_unref(struct iam_shared *shared)
{
    if (shared == NULL || atomic_fetch_sub_explicit(&shared->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    struct iam_pool *pool = shared->pool;
    struct iam_map *table = &pool->tables[shared->kind];
    pthread_mutex_lock(&pool->lock);
    if (iam_map_get(table, shared->key) == shared) {
        (void)iam_map_remove(table, shared->key);
    }
    pthread_mutex_unlock(&pool->lock);
    dispose(shared);
}
