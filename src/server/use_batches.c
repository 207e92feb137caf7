/* SPDX-License-Identifier: Apache-2.0 */
#include "server/use_batches.h"

#include "base/heap.h"

enum iam_status use_batches_init(struct use_batches *b, size_t use_bytes, size_t max, uint64_t seed)
{
    bool is_whole = true;
    *b = (struct use_batches){ .use_bytes = use_bytes, .max = max, .seed = seed };
    (void)pthread_mutex_init(&b->lock, NULL);
    for (size_t i = 0; i < IAM_COUNT(b->batches); i++) {
        iam_map_init(&b->batches[i].by_key, iam_heap(), seed);
        b->batches[i].uses = iam_heap()->alloc(iam_heap()->ctx, max * use_bytes);
        is_whole = is_whole && b->batches[i].uses != NULL;
    }
    return is_whole ? IAM_OK : IAM_NOMEM;
}

void use_batches_done(struct use_batches *b)
{
    for (size_t i = 0; i < IAM_COUNT(b->batches); i++) {
        iam_map_done(&b->batches[i].by_key);
        iam_heap()->free(iam_heap()->ctx, b->batches[i].uses);
    }
    (void)pthread_mutex_destroy(&b->lock);
}

/* ---- collecting ---- */

void use_batches_lock(struct use_batches *b)
{
    (void)pthread_mutex_lock(&b->lock);
}

void use_batches_unlock(struct use_batches *b)
{
    (void)pthread_mutex_unlock(&b->lock);
}

static struct use_batch *current(struct use_batches *b)
{
    return &b->batches[b->current];
}

void *use_batches_find(struct use_batches *b, struct iam_str key)
{
    return iam_map_get(&current(b)->by_key, key);
}

void *use_batches_new(struct use_batches *b)
{
    struct use_batch *batch = current(b);
    return batch->count < b->max ? batch->uses + batch->count * b->use_bytes : NULL;
}

bool use_batches_add(struct use_batches *b, struct iam_str key)
{
    struct use_batch *batch = current(b);
    if (iam_map_put(&batch->by_key, key, batch->uses + batch->count * b->use_bytes, NULL) !=
        IAM_OK) {
        return false;
    }
    batch->count++;
    return true;
}

/* ---- writing ---- */

static enum iam_status write_batch(const struct use_batches *b, const struct use_batch *batch,
                                   struct iam_store *store, use_write_fn *write)
{
    struct iam_txn *txn;
    IAM_TRY(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    for (size_t i = 0; i < batch->count; i++) {
        enum iam_status st = write(txn, batch->uses + i * b->use_bytes);
        if (st != IAM_OK) {
            iam_txn_rollback(txn);
            return st;
        }
    }
    return iam_txn_commit(txn);
}

enum iam_status use_batches_flush(struct use_batches *b, struct iam_store *store,
                                  use_write_fn *write)
{
    use_batches_lock(b);
    struct use_batch *batch = current(b);
    b->current ^= 1u;
    use_batches_unlock(b);
    if (batch->count == 0) {
        return IAM_OK;
    }
    enum iam_status st = write_batch(b, batch, store, write);
    iam_map_done(&batch->by_key);
    iam_map_init(&batch->by_key, iam_heap(), b->seed);
    batch->count = 0;
    return st;
}
