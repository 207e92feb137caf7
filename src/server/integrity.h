/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper as the store's sealer, and what is said when a row does not verify: a line of the log
 * for each row, once, and readyz.
 */
#pragma once

#include <pthread.h>

#include "keeper/keeper.h"
#include "server/health.h"
#include "store/store.h"

/* LIMIT: rows that are remembered as logged; when there are more, no other is logged. */
#define INTEGRITY_ROWS_MAX 64

struct integrity {
    struct iam_keeper *keeper;         /* NULL: not yet there */
    bool (*is_over)(void);             /* NULL: MACs are made for ever */
    struct health *health;             /* NULL: nobody asks */
    pthread_mutex_t lock;              /* of the rest */
    uint64_t rows[INTEGRITY_ROWS_MAX]; /* hashes of table and key */
    size_t count;
};

/* Starts with nothing broken, and without a keeper: nothing verifies yet. health is borrowed. */
void integrity_init(struct integrity *i, struct health *health);
/* Sets the keeper, which has its ring now; borrowed for as long as i is used. */
void integrity_use(struct integrity *i, struct iam_keeper *keeper);
/*
 * Has no MAC made any more (IAM_CONFLICT) once is_over says so, which is asked for each; NULL: for
 * ever. While there is one thread.
 */
void integrity_until(struct integrity *i, bool (*is_over)(void));
/*
 * Tells whether the data directory notes that the rows of its store have MACs, in the file
 * store-sealed beside it: a store without them is then not the one that was there.
 */
bool sealed_is_noted(const char *dir);
/*
 * Gives the rows of the store in dir their MACs, unless some have one, and notes it; dir is NULL
 * for a store in memory. The sealer has its keeper. IAM_IO, with errno when the note fails; and the
 * failures of a write and of the sealer: then no row has got any, and the next call begins again.
 */
enum iam_status sealed_make(const char *dir, struct iam_store *store) IAM_MUST_USE;
/* Returns the sealer, whose ctx is i. */
struct iam_row_sealer integrity_sealer(struct integrity *i);
