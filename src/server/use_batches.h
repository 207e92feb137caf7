/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Uses that are collected in memory and written together now and then, each under a key of which
 * there is one in a batch. There are two batches in turn, so that writing does not hold up
 * requests.
 */
#pragma once

#include <pthread.h>

#include "base/map.h"
#include "store/store.h"

/* Writes one use. */
typedef enum iam_status use_write_fn(struct iam_txn *txn, const void *use);

struct use_batch {
    char *uses;
    size_t count;
    struct iam_map by_key; /* the use holds the text of its key */
};

struct use_batches {
    pthread_mutex_t lock;
    size_t use_bytes;
    size_t max; /* uses in a batch */
    uint64_t seed;
    struct use_batch batches[2];
    unsigned current;
};

/* Makes room for max uses of use_bytes each, twice. After IAM_NOMEM, use_batches_done too. */
enum iam_status use_batches_init(struct use_batches *b, size_t use_bytes, size_t max,
                                 uint64_t seed) IAM_MUST_USE;
void use_batches_done(struct use_batches *b);

/* Begins and ends to collect; from any thread. What is found in between may be used in between. */
void use_batches_lock(struct use_batches *b);
void use_batches_unlock(struct use_batches *b);
/* Finds the use with that key; NULL: there is none. Between lock and unlock. */
void *use_batches_find(struct use_batches *b, struct iam_str key);
/* Returns the memory of a new use, not cleared; NULL: there is no room. Between lock and unlock. */
void *use_batches_new(struct use_batches *b);
/*
 * Adds the use that use_batches_new has returned last, under a key that it holds. False: there is
 * no memory, and it is not added.
 */
bool use_batches_add(struct use_batches *b, struct iam_str key) IAM_MUST_USE;

/*
 * Writes what was collected in one transaction, and forgets it, also when that fails: with the
 * error of write or of the store. By one thread at a time.
 */
enum iam_status use_batches_flush(struct use_batches *b, struct iam_store *store,
                                  use_write_fn *write) IAM_MUST_USE;
