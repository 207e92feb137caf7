/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each part of the server is made with each of its allocations failing in turn: it is made, or it
 * says so, and nothing is left.
 */
#include "lib/test.h"

#include "lib/failing_alloc.h"

#include "base/heap.h"
#include "server/audit.h"
#include "server/issuers.h"
#include "server/lanes.h"
#include "server/last_used.h"
#include "server/queue.h"
#include "server/reports.h"
#include "server/service_uses.h"
#include "server/strangers.h"
#include "server/trail.h"

static const struct iam_alloc *heap;

/* In the place of the one in src/base. */
const struct iam_alloc *iam_heap(void)
{
    return heap;
}

static enum iam_status make_audit(const struct iam_alloc *alloc, void *ctx)
{
    struct audit *a;
    (void)ctx;
    heap = alloc;
    IAM_TRY(audit_open("/dev/null", &a));
    audit_close(a);
    return IAM_OK;
}

static enum iam_status make_issuers(const struct iam_alloc *alloc, void *ctx)
{
    const struct issuers_options options = { .seed = 1 };
    struct issuers *s;
    (void)ctx;
    heap = alloc;
    IAM_TRY(issuers_start(&options, &s));
    issuers_stop(s);
    return IAM_OK;
}

static enum iam_status make_lanes(const struct iam_alloc *alloc, void *ctx)
{
    const struct lanes_options options = { .workers = 1, .seed = 1 };
    struct lanes l = { 0 };
    (void)ctx;
    heap = alloc;
    lanes_stop(&l); /* as a server does that has not come so far */
    enum iam_status st = lanes_start(&l, &options);
    lanes_stop(&l);
    lanes_stop(&l);
    return st;
}

static enum iam_status make_last_used(const struct iam_alloc *alloc, void *ctx)
{
    struct last_used *l;
    (void)ctx;
    heap = alloc;
    IAM_TRY(last_used_new(1, &l));
    last_used_free(l);
    return IAM_OK;
}

static enum iam_status make_queue(const struct iam_alloc *alloc, void *ctx)
{
    const struct queue_options options = { .max_queued = 1 };
    struct queue *q;
    (void)ctx;
    heap = alloc;
    IAM_TRY(queue_new(&options, &q));
    queue_stop(q);
    return IAM_OK;
}

static enum iam_status make_service_uses(const struct iam_alloc *alloc, void *ctx)
{
    struct service_uses *u;
    (void)ctx;
    heap = alloc;
    IAM_TRY(service_uses_new(1, &u));
    service_uses_free(u);
    return IAM_OK;
}

static enum iam_status make_strangers(const struct iam_alloc *alloc, void *ctx)
{
    struct strangers *s;
    (void)ctx;
    heap = alloc;
    IAM_TRY(strangers_new(1, &s));
    strangers_free(s);
    return IAM_OK;
}

static enum iam_status make_trail(const struct iam_alloc *alloc, void *ctx)
{
    struct health health = { 0 };
    const struct trail_options options = { .path = "/dev/null", .health = &health };
    struct trail *t;
    (void)ctx;
    heap = alloc;
    IAM_TRY(trail_open(&options, &t));
    trail_close(t, 1);
    return IAM_OK;
}

static void each_allocation_may_fail(void **state)
{
    static torture_fn *const PARTS[] = { make_audit,     make_issuers, make_lanes,
                                         make_last_used, make_queue,   make_service_uses,
                                         make_strangers, make_trail };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(PARTS); i++) {
        assert_true(torture(PARTS[i], NULL) > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
