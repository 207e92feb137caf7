/* SPDX-License-Identifier: Apache-2.0 */
/* The latest of many uses, in bounded memory. */
#pragma once

#include "model/id.h"

enum iam_recent_kind { IAM_RECENT_KEY, IAM_RECENT_ROLE };

struct iam_recent_one {
    int64_t used_ms;
    struct iam_unique_id id;
    enum iam_recent_kind kind;
};

/* A heap, the earliest use on top, until it is sorted. */
struct iam_recent {
    const struct iam_alloc *alloc;
    struct iam_recent_one *items;
    size_t count;
    size_t cap;
    size_t max;
};

/* Prepares r, which keeps at most max uses; nothing is allocated yet. */
void iam_recent_init(struct iam_recent *r, const struct iam_alloc *alloc, size_t max);
void iam_recent_done(struct iam_recent *r);
/*
 * Notes a use; used_ms 0: there was none. One that is earlier than all when max are kept is not
 * kept, and so is one for which there is no memory, or whose ID is longer than IDs are.
 */
void iam_recent_note(struct iam_recent *r, enum iam_recent_kind kind, struct iam_str id,
                     int64_t used_ms);
/* Brings items into the order of use, the latest first. Nothing is noted afterwards. */
void iam_recent_sort(struct iam_recent *r);
