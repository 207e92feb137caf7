/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for secrets: in no swap and no core dump, with a page before and after it that cannot be
 * touched, and wiped when it is freed. Each block takes pages of its own, so it is for a few large
 * ones.
 */
#pragma once

#include <stdatomic.h>

#include "base/base.h"

struct iam_locked_memory {
    struct iam_alloc
        alloc; /* what allocates; its context is the struct, which must stay in place */
    _Atomic bool is_incomplete; /* some block may be swapped out: RLIMIT_MEMLOCK is too small */
};

/* Sets it up. IAM_IO when libsodium cannot be used. */
enum iam_status iam_locked_memory_init(struct iam_locked_memory *m) IAM_MUST_USE;
