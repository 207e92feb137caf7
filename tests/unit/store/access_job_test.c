/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs of reports about used services: their way, their texts, and how room is made for more. */
#include "store/access_job.h"

#include <stdio.h>

#include "support.h"

#define HOUR_MS (INT64_C(3600) * 1000)

static struct iam_access_job make(const char *id, int64_t created_ms)
{
    return (struct iam_access_job){ .account = ACCOUNT,
                                    .id = iam_str_c(id),
                                    .owner = IAM_STR("AIDA1"),
                                    .kind = IAM_KIND_ROLE,
                                    .entity_id = IAM_STR("AROA1"),
                                    .arn = IAM_STR("arn:aws:iam::111122223333:role/r"),
                                    .has_actions = true,
                                    .created_ms = created_ms };
}

static enum iam_status ask(struct fixture *f, const char *id, int64_t created_ms)
{
    const struct iam_access_job job = make(id, created_ms);

    return iam_store_access_job_ask(f->txn, &f->arena, &job);
}

static void finish(struct fixture *f, const char *id, const char *services, const char *entities)
{
    const struct iam_str texts[IAM_ACCESS_PART_COUNT] = { iam_str_c(services),
                                                          iam_str_c(entities) };
    struct iam_access_job job = { 0 };

    assert_ok(iam_store_access_job_get(f->txn, &f->arena, ACCOUNT, iam_str_c(id), &job));
    assert_ok(iam_store_access_job_finish(f->txn, &f->arena, &job, 9000, texts));
}

static enum iam_status get(struct fixture *f, const char *id, struct iam_access_job *ret)
{
    return iam_store_access_job_get(f->txn, &f->arena, ACCOUNT, iam_str_c(id), ret);
}

static void assert_text(struct fixture *f, const struct iam_access_job *job,
                        enum iam_access_part part, const char *wanted)
{
    struct iam_str text;

    assert_ok(iam_store_access_job_text(f->txn, &f->arena, job, part, &text));
    assert_str(text, wanted);
}

static void a_job_is_asked_for_and_made(void **state)
{
    struct fixture *f = *state;
    struct iam_access_job_list pending = { 0 };
    struct iam_access_job job = { 0 };

    assert_ok(ask(f, "b", 2000));
    assert_ok(ask(f, "a", 1000));
    assert_int_equal(ask(f, "a", 1000), IAM_EXISTS);
    abandon_txn(f);
    assert_ok(ask(f, "b", 2000));
    assert_ok(ask(f, "a", 1000));
    next_txn(f);
    assert_ok(iam_store_access_job_pending(f->txn, &f->arena, 9, &pending));
    assert_int_equal(pending.count, 2);
    assert_str(pending.items[0].id, "a");
    assert_str(pending.items[1].account, "111122223333");
    finish(f, "a", "services of a", "");
    next_txn(f);
    assert_ok(iam_store_access_job_pending(f->txn, &f->arena, 9, &pending));
    assert_int_equal(pending.count, 1);
    assert_ok(get(f, "a", &job));
    assert_int_equal(job.completed_ms, 9000);
    assert_int_equal(job.bytes, strlen("services of a"));
    assert_int_equal(job.kind, IAM_KIND_ROLE);
    assert_str(job.owner, "AIDA1");
    assert_str(job.arn, "arn:aws:iam::111122223333:role/r");
    assert_true(job.has_actions);
    assert_false(iam_str_is_set(job.error_code));
    assert_text(f, &job, IAM_ACCESS_SERVICES, "services of a");
    assert_text(f, &job, IAM_ACCESS_ENTITIES, "");
    assert_int_equal(get(f, "c", &job), IAM_NOT_FOUND);
    assert_int_equal(iam_store_access_job_get(f->txn, &f->arena, OTHER_ACCOUNT, IAM_STR("a"), &job),
                     IAM_NOT_FOUND);
}

static void a_job_can_fail(void **state)
{
    struct fixture *f = *state;
    struct iam_access_job job = { 0 };
    struct iam_str text;

    assert_ok(ask(f, "a", 1000));
    assert_ok(get(f, "a", &job));
    job.error_code = IAM_STR("NO_SUCH_ENTITY");
    job.error_text = IAM_STR("It is gone.");
    assert_ok(iam_store_access_job_finish(f->txn, &f->arena, &job, 9000, NULL));
    assert_ok(get(f, "a", &job));
    assert_int_equal(job.completed_ms, 9000);
    assert_str(job.error_code, "NO_SUCH_ENTITY");
    assert_str(job.error_text, "It is gone.");
    assert_int_equal(iam_store_access_job_text(f->txn, &f->arena, &job, IAM_ACCESS_SERVICES, &text),
                     IAM_NOT_FOUND);
}

static void old_jobs_go(void **state)
{
    struct fixture *f = *state;
    struct iam_access_job job = { 0 };
    struct iam_access_job kept = { 0 };
    struct iam_str text;

    assert_ok(ask(f, "old", HOUR_MS));
    assert_ok(ask(f, "pending", HOUR_MS));
    assert_ok(ask(f, "young", 3 * HOUR_MS));
    finish(f, "old", "s", "e");
    finish(f, "young", "s", "e");
    assert_ok(get(f, "old", &job));
    assert_ok(ask(f, "new", 2 * HOUR_MS + IAM_ACCESS_JOB_MS));
    assert_int_equal(get(f, "old", &kept), IAM_NOT_FOUND);
    assert_int_equal(iam_store_access_job_text(f->txn, &f->arena, &job, IAM_ACCESS_ENTITIES, &text),
                     IAM_NOT_FOUND);
    assert_ok(get(f, "pending", &kept));
    assert_ok(get(f, "young", &kept));
    assert_text(f, &kept, IAM_ACCESS_ENTITIES, "e");
}

static void there_is_a_limit(void **state)
{
    struct fixture *f = *state;
    struct iam_access_job job = { 0 };
    char id[16];

    for (unsigned i = 0; i < IAM_ACCESS_JOBS_MAX; i++) {
        snprintf(id, sizeof(id), "job%04u", i);
        assert_ok(ask(f, id, 1000 + i));
    }
    assert_int_equal(ask(f, "more", 9000), IAM_LIMIT);
    finish(f, "job0007", "s", "e");
    finish(f, "job0009", "s", "e");
    assert_ok(ask(f, "more", 9000));
    assert_int_equal(get(f, "job0007", &job), IAM_NOT_FOUND);
    assert_ok(get(f, "job0009", &job));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_job_is_asked_for_and_made),
        STORE_TEST(a_job_can_fail),
        STORE_TEST(old_jobs_go),
        STORE_TEST(there_is_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
