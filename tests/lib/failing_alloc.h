/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An allocator for tests: it counts, fills what it hands out with a pattern, knows what is still
 * live, and fails the Nth allocation: that one alone, or that one and all after it. torture() runs
 * a scenario with every N in turn. Header only; include lib/test.h or cmocka first.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

/* More allocations than any scenario needs; reaching it means that the scenario does not end. */
#define TORTURE_MAX_RUNS 100000

struct failing_alloc {
    struct iam_alloc alloc; /* what to hand to the code under test */
    size_t count;           /* allocations asked for so far */
    size_t fail_at;         /* the first to fail, from 1; 0 for none */
    bool is_persistent;     /* all after it fail too */
    size_t failed;          /* how many were refused */
    size_t live;            /* blocks not freed yet */
};

static inline void *failing_alloc_alloc(void *ctx, size_t bytes)
{
    struct failing_alloc *f = ctx;

    f->count++;
    if (f->fail_at != 0 &&
        (f->count == f->fail_at || (f->is_persistent && f->count > f->fail_at))) {
        f->failed++;
        return NULL;
    }
    void *p = malloc(bytes > 0 ? bytes : 1);
    if (p != NULL) {
        /* A reader of memory that was never written sees this. */
        memset(p, 0xA5, bytes > 0 ? bytes : 1);
        f->live++;
    }
    return p;
}

static inline void failing_alloc_free(void *ctx, void *p)
{
    struct failing_alloc *f = ctx;

    if (p != NULL) {
        f->live--;
        free(p);
    }
}

/* Starts f, which must not move afterwards: f->alloc points to it. */
static inline void failing_alloc_init(struct failing_alloc *f, size_t fail_at, bool is_persistent)
{
    *f = (struct failing_alloc){
        .alloc = {failing_alloc_alloc, failing_alloc_free, f},
        .fail_at = fail_at,
        .is_persistent = is_persistent,
    };
}

/*
 * Does something with alloc and frees all of it before it returns. Returns IAM_OK when it was done,
 * with the right outcome checked by the scenario itself, and IAM_NOMEM when an allocation failed.
 */
typedef enum iam_status torture_fn(const struct iam_alloc *alloc, void *ctx);

static inline size_t torture_mode(torture_fn *scenario, void *ctx, bool is_persistent)
{
    for (size_t n = 1; n < TORTURE_MAX_RUNS; n++) {
        struct failing_alloc f;
        failing_alloc_init(&f, n, is_persistent);
        enum iam_status status = scenario(&f.alloc, ctx);
        if (f.live != 0) {
            fail_msg("allocation %zu failed: %zu blocks leaked", n, f.live);
        }
        if (f.failed == 0) {
            assert_int_equal(status, IAM_OK);
            return n;
        }
        if (status != IAM_NOMEM) {
            fail_msg("allocation %zu failed: status %d instead of IAM_NOMEM", n, (int)status);
        }
    }
    fail_msg("the scenario does not come to an end");
    return 0;
}

/*
 * Runs scenario with its first, second, ... allocation failing, once alone and once with all that
 * follow, until it succeeds. Fails the test on a leak, or when the scenario returns IAM_OK despite
 * a failed allocation or anything but IAM_NOMEM. Returns the number of allocations of a good run.
 */
static inline size_t torture(torture_fn *scenario, void *ctx)
{
    size_t runs = torture_mode(scenario, ctx, false);

    assert_int_equal(torture_mode(scenario, ctx, true), runs);
    return runs - 1;
}
