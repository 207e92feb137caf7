/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report about an organization, as it is shown once there is one: no account is in an
 * organization yet, so the jobs are put into the store here.
 */
#include <stdio.h>

#include "lib/inproc.h"
#include "lib/test.h"
#include "store/access_job.h"
#include "store/access_text.h"

#define JOB "00000000-0000-4000-8000-00000000000"
#define GET "Action=GetOrganizationsAccessReport&JobId=" JOB

static struct inproc *s;

static int setup(void **state)
{
    int result = inproc_setup(state);
    s = *state;
    return result;
}

static void add_job(const char *id, enum iam_kind kind, const char *text, const char *error)
{
    struct iam_str texts[IAM_ACCESS_PART_COUNT] = { iam_str_c(text), IAM_STR("") };
    struct iam_access_job job = { .account = INPROC_ACCOUNT,
                                  .id = iam_str_c(id),
                                  .owner = INPROC_ACCOUNT,
                                  .kind = kind,
                                  .entity_id = IAM_STR("o-a1b2c3d4e5/r-ab12"),
                                  .arn = IAM_STR("arn"),
                                  .created_ms = inproc_now_ms };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_access_job_ask(txn, &s->arena, &job));
    job.error_code = iam_str_c(error);
    job.error_text = error != NULL ? IAM_STR("Because.") : iam_str_absent();
    if (text != NULL || error != NULL) {
        assert_ok(iam_store_access_job_finish(txn, &s->arena, &job, inproc_now_ms,
                                              text != NULL ? texts : NULL));
    }
    assert_ok(iam_txn_commit(txn));
}

/* Asks, with more parameters, for the order of the services in the answer. */
static void expect_order(const char *more, const char *first, const char *second)
{
    char a[64];
    char b[64];
    inproc_must(s, &s->root, "iam", GET "1%s", more);
    (void)snprintf(a, sizeof(a), "<ServiceNamespace>%s<", first);
    (void)snprintf(b, sizeof(b), "<ServiceNamespace>%s<", second);
    const char *at = memmem(s->body.p, s->body.len, a, strlen(a));
    const char *then = memmem(s->body.p, s->body.len, b, strlen(b));
    assert_non_null(at);
    assert_true(then == NULL || at < then);
}

static void test_a_report(void **state)
{
    (void)state;
    add_job(JOB "1", IAM_KIND_ACCOUNT,
            "Sec2\t0\tAmazon EC2\t0\t\t\t\n"
            "Siam\t3\tIAM\t5000\to-a1b2c3d4e5/r-ab12/111122223333\tus-east-1\t\n"
            "Ss3\t1\tAmazon S3\t4000\to-a1b2c3d4e5/r-ab12/444455556666\t\t\n",
            NULL);
    inproc_must(s, &s->root, "iam", GET "1");
    assert_same_str(inproc_text(s, "JobStatus"), IAM_STR("COMPLETED"));
    assert_same_str(inproc_text(s, "NumberOfServicesAccessible"), IAM_STR("3"));
    assert_same_str(inproc_text(s, "NumberOfServicesNotAccessed"), IAM_STR("1"));
    assert_same_str(inproc_text(s, "EntityPath"), IAM_STR("o-a1b2c3d4e5/r-ab12/111122223333"));
    assert_same_str(inproc_text(s, "Region"), IAM_STR("us-east-1"));
    assert_same_str(inproc_text(s, "LastAuthenticatedTime"), IAM_STR("1970-01-01T00:00:05Z"));
    assert_same_str(inproc_text(s, "TotalAuthenticatedEntities"), IAM_STR("3"));
    expect_order("", "ec2", "iam");
    expect_order("&SortKey=SERVICE_NAMESPACE_ASCENDING", "iam", "s3");
    expect_order("&SortKey=SERVICE_NAMESPACE_DESCENDING", "s3", "iam");
    expect_order("&SortKey=LAST_AUTHENTICATED_TIME_ASCENDING", "ec2", "s3");
    expect_order("&SortKey=LAST_AUTHENTICATED_TIME_ASCENDING", "s3", "iam");
    expect_order("&SortKey=LAST_AUTHENTICATED_TIME_DESCENDING", "iam", "s3");
    expect_order("&SortKey=LAST_AUTHENTICATED_TIME_DESCENDING&MaxItems=1", "iam", "none");
    assert_same_str(inproc_text(s, "IsTruncated"), IAM_STR("true"));
    assert_false(inproc_says(s, "<ServiceNamespace>s3<"));
}

static void test_other_ends(void **state)
{
    (void)state;
    add_job(JOB "1", IAM_KIND_ACCOUNT, NULL, NULL);
    add_job(JOB "2", IAM_KIND_ACCOUNT, NULL, "ORGANIZATIONS_REPORT_ACCESS_DENIED");
    add_job(JOB "3", IAM_KIND_USER, "", NULL);
    inproc_must(s, &s->root, "iam", GET "1");
    assert_same_str(inproc_text(s, "JobStatus"), IAM_STR("IN_PROGRESS"));
    assert_same_str(inproc_text(s, "IsTruncated"), IAM_STR("false"));
    inproc_must(s, &s->root, "iam", GET "2");
    assert_same_str(inproc_text(s, "JobStatus"), IAM_STR("FAILED"));
    assert_same_str(inproc_text(s, "Code"), IAM_STR("ORGANIZATIONS_REPORT_ACCESS_DENIED"));
    assert_same_str(inproc_text(s, "Message"), IAM_STR("Because."));
    (void)inproc_ask(s, &s->root, "iam", GET "3");
    inproc_expect(s, 404, "Job " JOB "3 does not exist.");
    (void)inproc_ask(s, &s->root, "iam", "Action=GetServiceLastAccessedDetails&JobId=" JOB "1");
    inproc_expect(s, 404, "Job " JOB "1 does not exist.");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = { TEST(test_a_report), TEST(test_other_ends) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
