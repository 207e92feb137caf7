/* SPDX-License-Identifier: Apache-2.0 */
/* Policy documents on their way in and out, and the fault of a call. */
#include "lib/test.h"

#include "base/heap.h"
#include "dispatch/call.h"

#define DOCUMENT                                                                              \
    "{ \"Version\": \"2012-10-17\", \"Statement\": {\"Effect\":\"Allow\",\"Action\":\"a:b\"," \
    "\"Resource\":\"*\"} }"
#define DOCUMENT_CHARS 85

static struct iam_arena arena;
static struct iam_call call;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), (size_t)8 << 20);
    call = (struct iam_call){ .arena = &arena };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static void expect_fault(enum iam_status st, enum api_error error, const char *message)
{
    assert_int_equal(st, IAM_FAULT);
    assert_true(api_fault_is_set(&call.fault));
    assert_int_equal(call.fault.error, error);
    assert_same_str(call.fault.message, iam_str_c(message));
    call.fault = (struct api_fault){ 0 };
}

/* ---- documents ---- */

static void test_what_is_counted(void **state)
{
    (void)state;
    assert_int_equal(iam_quota_document_chars(IAM_STR(" {\t\"a\"\n:\r1 }")), 7);
    assert_int_equal(iam_quota_document_chars(IAM_STR("")), 0);
    assert_false(api_is_over_size(100, 100, 100));
    assert_true(api_is_over_size(101, 101, 100));
    /* White space does not count, within reason. */
    assert_false(api_is_over_size(100, 800, 100));
    assert_true(api_is_over_size(100, 808, 100));
}

static void test_a_document_that_is_well(void **state)
{
    struct iam_policy *policy = NULL;
    (void)state;
    assert_int_equal(iam_quota_document_chars(IAM_STR(DOCUMENT)), DOCUMENT_CHARS);
    assert_ok(api_check_document(&call, IAM_POLICY_IDENTITY, IAM_STR(DOCUMENT), DOCUMENT_CHARS));
    assert_ok(api_check_document(&call, IAM_POLICY_IDENTITY, IAM_STR(DOCUMENT), SIZE_MAX));
    assert_ok(api_read_document(&call, IAM_POLICY_IDENTITY, IAM_STR(DOCUMENT), &policy));
    assert_non_null(policy);
    iam_policy_unref(policy);
    assert_false(api_fault_is_set(&call.fault));
}

static void test_a_document_that_is_none(void **state)
{
    static const char *const bad[] = { "", "{", "[]", "{\"Version\":\"2012-10-17\"} x",
                                       "{\"Version\":\"1999-01-01\",\"Statement\":[]}" };
    struct iam_policy *policy = NULL;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(bad); i++) {
        call.fault = (struct api_fault){ 0 };
        assert_int_equal(
            api_check_document(&call, IAM_POLICY_IDENTITY, iam_str_c(bad[i]), SIZE_MAX), IAM_FAULT);
        assert_int_equal(call.fault.error, API_ERR_MALFORMED_POLICY_DOCUMENT);
        /* The client reads AWS's sentence alone; where and why is for the audit trail. */
        assert_str(call.fault.message, "Syntax errors in policy.");
        assert_non_null(memmem(call.explanation.p, call.explanation.len, " -- ", 4));
        assert_non_null(memmem(call.explanation.p, call.explanation.len, "(line 1, column", 15));
        assert_int_equal(api_read_document(&call, IAM_POLICY_IDENTITY, iam_str_c(bad[i]), &policy),
                         IAM_FAULT);
        assert_null(policy);
    }
    /* What one kind of policy may contain, another may not. */
    static const char with_principal[] = "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":"
                                         "\"Allow\",\"Principal\":\"*\",\"Action\":\"a:b\","
                                         "\"Resource\":\"*\"}}";
    assert_int_equal(
        api_check_document(&call, IAM_POLICY_IDENTITY, iam_str_c(with_principal), SIZE_MAX),
        IAM_FAULT);
}

static void test_a_document_that_is_too_large(void **state)
{
    (void)state;
    expect_fault(
        api_check_document(&call, IAM_POLICY_IDENTITY, IAM_STR(DOCUMENT), DOCUMENT_CHARS - 1),
        API_ERR_LIMIT_EXCEEDED, "Cannot exceed quota for PolicySize: 84");
}

static void test_a_document_that_goes_out(void **state)
{
    struct iam_str out;
    (void)state;
    assert_ok(api_encode_document(&call, IAM_STR("{ \"a-b_c.d~\":\"/\xc3\xa4\"}"), &out));
    assert_str(out, "%7B%20%22a-b_c.d~%22%3A%22%2F%C3%A4%22%7D");
}

static void test_memory_runs_out(void **state)
{
    struct iam_arena small;
    struct iam_str out;
    struct iam_policy *policy = NULL;
    (void)state;
    iam_arena_init(&small, iam_heap(), 0);
    call.arena = &small;
    assert_int_equal(api_read_document(&call, IAM_POLICY_IDENTITY, IAM_STR(DOCUMENT), &policy),
                     IAM_NOMEM);
    assert_int_equal(api_encode_document(&call, IAM_STR(DOCUMENT), &out), IAM_NOMEM);
    assert_false(api_fault_is_set(&call.fault));
    /* The code remains when there is no room for the message. */
    expect_fault(api_fail(&call, API_ERR_NO_SUCH_ENTITY, "%200s", "words"), API_ERR_NO_SUCH_ENTITY,
                 "");
    iam_arena_done(&small);
}

/* ---- faults ---- */

static void test_a_fault(void **state)
{
    (void)state;
    expect_fault(
        api_fail(&call, API_ERR_NO_SUCH_ENTITY, "The %s %.*s is not there.", "user", 3, "annabel"),
        API_ERR_NO_SUCH_ENTITY, "The user ann is not there.");
    /* The last one counts. */
    expect_fault(api_fail(&call, API_ERR_INVALID_INPUT, "no"), API_ERR_INVALID_INPUT, "no");
}

static void test_a_message_that_is_too_long(void **state)
{
    static char longest[4096];
    (void)state;
    memset(longest, 'x', 4095);
    expect_fault(api_fail(&call, API_ERR_INVALID_INPUT, "%s", longest), API_ERR_INVALID_INPUT,
                 longest);
    expect_fault(api_fail(&call, API_ERR_INVALID_INPUT, "%sx", longest), API_ERR_INVALID_INPUT,
                 longest);
}

/* That memory is short is nothing that is wrong with the document. */
static void test_a_document_without_memory(void **state)
{
    enum iam_status st = IAM_NOMEM;
    size_t failures = 0;
    (void)state;
    for (size_t bytes = 0; st != IAM_OK; bytes += 64, failures++) {
        struct iam_arena small;
        struct iam_policy *policy = NULL;
        struct iam_call poor = { .arena = &small };
        iam_arena_init(&small, iam_heap(), bytes);
        st = api_read_document(&poor, IAM_POLICY_IDENTITY, IAM_STR(DOCUMENT), &policy);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        assert_false(api_fault_is_set(&poor.fault));
        iam_policy_unref(policy);
        iam_arena_done(&small);
    }
    assert_true(failures > 3);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_counted),
        TEST(test_a_document_that_is_well),
        TEST(test_a_document_without_memory),
        TEST(test_a_document_that_is_none),
        TEST(test_a_document_that_is_too_large),
        TEST(test_a_document_that_goes_out),
        TEST(test_memory_runs_out),
        TEST(test_a_fault),
        TEST(test_a_message_that_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
