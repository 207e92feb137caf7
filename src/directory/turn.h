/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is to change a directory: a lock that a refresh gets before all who only load, so
 * that a crowd of strangers with unknown keys cannot hold up a write.
 */
#pragma once

#include <pthread.h>

#include "base/base.h"

struct iam_turn {
    pthread_mutex_t lock;
    pthread_cond_t given_back;
    bool is_taken;
    unsigned urgent_count; /* of those who wait */
};

/* Makes a turn that nobody has. IAM_NOMEM. */
enum iam_status iam_turn_init(struct iam_turn *turn) IAM_MUST_USE;
void iam_turn_done(struct iam_turn *turn);
/* Waits until nobody has it and, unless is_urgent, nobody urgent waits. Not recursive. */
void iam_turn_take(struct iam_turn *turn, bool is_urgent);
void iam_turn_give_back(struct iam_turn *turn);
