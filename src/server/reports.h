/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that makes the reports which were asked for, and the keys that are due
 * (token_keys.h): nobody waits for it, it lets the threads
 * of others go first, and what it has not finished is made after the next start.
 */
#pragma once

#include "directory/directory.h"
#include "keeper/keeper.h"
#include "store/store.h"

struct reports;

struct reports_options {
    struct iam_store *store;
    struct iam_directory *directory; /* what policies say; NULL where no report asks for it */
    struct iam_keeper *keeper;       /* what makes keys; NULL: none are made */
    int64_t (*now_ms)(void);         /* the wall clock */
    int64_t (*high_ms)(void);        /* the highest time; needed with keeper */
    int64_t period_ms;               /* between two looks for what is to be made; 0: a second */
};

/* Starts the thread. IAM_NOMEM, IAM_IO. */
enum iam_status reports_start(const struct reports_options *options,
                              struct reports **ret) IAM_MUST_USE;
/*
 * Ends the thread, in the middle of a report if need be, and frees it. False: it waits for a store
 * that does not answer, and goes on. Accepts NULL.
 */
bool reports_stop(struct reports *r) IAM_MUST_USE;
