/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads into a directory, by a thread of its own and in small steps, whom it is likely to be asked
 * for: the owners of the access keys and the roles that were used last. So decisions go on for them
 * when the store is away.
 */
#pragma once

#include "directory/directory.h"

struct iam_warm;

/*
 * Starts the thread; it ends by itself when all who were used are warm, when the directory holds
 * half of what it may, or when the store fails. Borrows all until iam_warm_stop. IAM_NOMEM, IAM_IO.
 */
enum iam_status iam_warm_start(const struct iam_alloc *alloc, struct iam_store *store,
                               struct iam_directory *dir, struct iam_warm **ret) IAM_MUST_USE;
/* Ends the thread after the step that it is in, and frees it. Accepts NULL. */
void iam_warm_stop(struct iam_warm *warm);
/* Waits until the thread has ended by itself. For tests. */
void iam_warm_wait(struct iam_warm *warm);
