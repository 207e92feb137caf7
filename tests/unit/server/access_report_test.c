/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reports about used services: what they say is tested end to end (last_accessed.py); here is how
 * one ends that cannot be made, and its limits.
 */
#include "server/access_report.h"

#include <stdlib.h>
#include <time.h>

#include "server/reports.h"
#include "store/access_text.h"
#include "store/service_use.h"
#include "unit/directory/fixture.h"

#define NOW_MS INT64_C(1767323045678)
#define PERIOD_MS 5
#define PATIENCE_MS 20000

static size_t fail_at; /* which allocation for a report fails; 0: none */
static size_t left;    /* until it does; 0: it has, or none does */
static bool has_failed;

static void *alloc_or_fail(void *ctx, size_t bytes)
{
    (void)ctx;
    if (left > 0 && --left == 0) {
        has_failed = true;
        return NULL;
    }
    return malloc(bytes > 0 ? bytes : 1);
}

static void free_it(void *ctx, void *p)
{
    (void)ctx;
    free(p);
}

/* In the place of the one in src/base. */
const struct iam_alloc *iam_heap(void)
{
    static const struct iam_alloc heap = { alloc_or_fail, free_it, NULL };
    return &heap;
}

static int64_t now_ms(void)
{
    return NOW_MS;
}

static bool always(void *ctx)
{
    (void)ctx;
    return true;
}

static bool never(void *ctx)
{
    (void)ctx;
    return false;
}

/* Alice, who can use s3 and an own service, and Bob, whose policy cannot be read. */
static void start(struct fixture *f)
{
    begin(f);
    add_user(f, ALICE, IAM_STR("alice"));
    add_user(f, BOB, IAM_STR("bob"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("p"), ALLOW("s3:*"));
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("q"), ALLOW("myapp:Sing"));
    put_inline(f, IAM_KIND_USER, BOB, IAM_STR("p"), BROKEN);
    commit(f);
    open_directory(f);
}

static struct iam_access_job job_about(enum iam_kind kind, struct iam_str id, const char *arn)
{
    return (struct iam_access_job){ .account = ACCOUNT,
                                    .id = IAM_STR("00000000-0000-4000-8000-000000000001"),
                                    .owner = ALICE,
                                    .kind = kind,
                                    .entity_id = id,
                                    .arn = iam_str_c(arn),
                                    .created_ms = NOW_MS };
}

static enum iam_status write_report(struct fixture *f, const struct iam_access_job *job,
                                    access_report_fn *goes_on, size_t max,
                                    struct iam_buf bufs[IAM_ACCESS_PART_COUNT])
{
    const struct access_report_options options = { .directory = f->dir,
                                                   .now_ms = NOW_MS,
                                                   .goes_on = goes_on };
    struct iam_txn *txn;
    for (size_t i = 0; i < IAM_ACCESS_PART_COUNT; i++) {
        iam_buf_init(&bufs[i], iam_heap(), max);
    }
    assert_ok(iam_store_begin(f->store, IAM_TXN_READ, &txn));
    left = fail_at;
    enum iam_status st = access_report_write(txn, job, &options, bufs);
    left = 0;
    iam_txn_rollback(txn);
    return st;
}

static void drop(struct iam_buf bufs[IAM_ACCESS_PART_COUNT])
{
    for (size_t i = 0; i < IAM_ACCESS_PART_COUNT; i++) {
        iam_buf_done(&bufs[i]);
    }
}

/* With one allocation after another failing: what is left out of a report is no report. */
static void test_without_memory(void **state)
{
    struct fixture *f = *state;
    struct iam_buf bufs[IAM_ACCESS_PART_COUNT];
    const struct iam_access_job alice =
        job_about(IAM_KIND_USER, ALICE, "arn:aws:iam::111122223333:user/alice");
    size_t n = 0;
    start(f);
    begin(f);
    put_inline(f, IAM_KIND_USER, ALICE, IAM_STR("all"), ALLOW("*"));
    commit(f);
    do {
        has_failed = false;
        fail_at = ++n;
        enum iam_status st = write_report(f, &alice, always, IAM_ACCESS_TEXT_MAX, bufs);
        drop(bufs);
        assert_int_equal(st, has_failed ? IAM_NOMEM : IAM_OK);
    } while (has_failed);
    assert_true(n > 10);
    fail_at = 0;
}

static void expect_status(struct fixture *f, const struct iam_access_job *job,
                          access_report_fn *goes_on, size_t max, enum iam_status wanted)
{
    struct iam_buf bufs[IAM_ACCESS_PART_COUNT];
    assert_int_equal(write_report(f, job, goes_on, max, bufs), wanted);
    drop(bufs);
}

static void test_how_it_ends(void **state)
{
    struct fixture *f = *state;
    const struct iam_access_job alice =
        job_about(IAM_KIND_USER, ALICE, "arn:aws:iam::111122223333:user/alice");
    const struct iam_access_job broken =
        job_about(IAM_KIND_USER, BOB, "arn:aws:iam::111122223333:user/bob");
    const struct iam_access_job gone =
        job_about(IAM_KIND_ROLE, ROLE, "arn:aws:iam::111122223333:role/r");
    const struct iam_access_job no_group =
        job_about(IAM_KIND_GROUP, GROUP, "arn:aws:iam::111122223333:group/g");
    const struct iam_access_job no_policy =
        job_about(IAM_KIND_POLICY, POLICY, "arn:aws:iam::111122223333:policy/p");
    start(f);
    expect_status(f, &alice, always, IAM_ACCESS_TEXT_MAX, IAM_OK);
    expect_status(f, &alice, always, 10, IAM_LIMIT);
    expect_status(f, &broken, always, IAM_ACCESS_TEXT_MAX, IAM_CORRUPT);
    expect_status(f, &gone, always, IAM_ACCESS_TEXT_MAX, IAM_NOT_FOUND);
    expect_status(f, &no_group, always, IAM_ACCESS_TEXT_MAX, IAM_NOT_FOUND);
    expect_status(f, &no_policy, always, IAM_ACCESS_TEXT_MAX, IAM_NOT_FOUND);
    expect_status(f, &alice, never, IAM_ACCESS_TEXT_MAX, IAM_CONFLICT);
}

static void test_what_it_says(void **state)
{
    struct fixture *f = *state;
    const struct iam_access_job alice =
        job_about(IAM_KIND_USER, ALICE, "arn:aws:iam::111122223333:user/alice");
    const struct iam_service_use use = { .service = IAM_STR("s3"),
                                         .action = IAM_STR(""),
                                         .used_ms = NOW_MS - IAM_SERVICE_USE_MS };
    struct iam_buf bufs[IAM_ACCESS_PART_COUNT];
    start(f);
    begin(f);
    assert_ok(iam_store_service_use_put(f->txn, ALICE, &use));
    commit(f);
    assert_ok(write_report(f, &alice, always, IAM_ACCESS_TEXT_MAX, bufs));
    assert_same_str(((struct iam_str){ bufs[0].p, bufs[0].len }),
                    IAM_STR("Smyapp\t0\tmyapp\t0\t\t\t\n"
                            "Ss3\t1\tAmazon S3\t1732763045678\t"
                            "arn:aws:iam::111122223333:user/alice\t\t\n"));
    assert_same_str(((struct iam_str){ bufs[1].p, bufs[1].len }),
                    IAM_STR("E0\tAIDA2222222222222ALIC\tarn:aws:iam::111122223333:user/alice\t"
                            "alice\t/\t\nUs3\t0\t1732763045678\t\n"));
    drop(bufs);
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void ask(struct fixture *f, const struct iam_access_job *job)
{
    begin(f);
    assert_ok(iam_store_access_job_ask(f->txn, &f->arena, job));
    commit(f);
}

static struct iam_access_job kept_job(struct fixture *f, struct iam_str id)
{
    struct iam_access_job job = { 0 };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(f->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_access_job_get(txn, &f->arena, ACCOUNT, id, &job));
    iam_txn_rollback(txn);
    return job;
}

static void expect_made(struct fixture *f, struct iam_access_job job, const char *id,
                        const char *error)
{
    const struct timespec moment = { .tv_nsec = 2000000 };
    job.id = iam_str_c(id);
    ask(f, &job);
    for (int ms = 0; kept_job(f, job.id).completed_ms == 0; ms += 2) {
        assert_true(ms < PATIENCE_MS);
        (void)nanosleep(&moment, NULL);
    }
    job = kept_job(f, job.id);
    assert_true(iam_str_eq(job.error_code, iam_str_c(error)));
    assert_int_equal(job.completed_ms, NOW_MS);
    assert_true(iam_str_is_set(job.error_text) == (error != NULL));
    assert_true((job.bytes > 0) == (error == NULL));
}

/* What cannot be made fails for good, and holds up nobody. */
static void test_the_thread(void **state)
{
    struct fixture *f = *state;
    struct reports *r = NULL;
    const struct iam_access_job alice =
        job_about(IAM_KIND_USER, ALICE, "arn:aws:iam::111122223333:user/alice");
    const struct iam_access_job broken =
        job_about(IAM_KIND_USER, BOB, "arn:aws:iam::111122223333:user/bob");
    const struct iam_access_job gone =
        job_about(IAM_KIND_ROLE, ROLE, "arn:aws:iam::111122223333:role/r");
    start(f);
    const struct reports_options options = {
        .store = f->store, .directory = f->dir, .now_ms = now_ms, .period_ms = PERIOD_MS
    };
    ask(f, &alice); /* before the thread is there, as after a restart */
    assert_ok(reports_start(&options, &r));
    expect_made(f, gone, "gone", "NoSuchEntity");
    expect_made(f, broken, "broken", "ServiceFailure");
    expect_made(f, alice, "alice", NULL);
    assert_int_equal(kept_job(f, alice.id).completed_ms, NOW_MS);
    assert_true(reports_stop(r));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup_on_disk, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_how_it_ends),
        TEST(test_without_memory),
        TEST(test_what_it_says),
        TEST(test_the_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
