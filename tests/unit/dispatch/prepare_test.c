/* SPDX-License-Identifier: Apache-2.0 */
/* The step before the transaction of a write: for whom it runs, and what becomes of the request. */
#include "dispatch/prepare.h"

#include "toy.h"

#define CREATE "Action=CreateUser&UserName=other"

static struct {
    size_t count;
    enum iam_status status;
    bool ends_reading; /* itself, before something slow */
} preparation;

static enum iam_status prepare(struct iam_call *call, const void *in)
{
    assert_ptr_equal(in, call->input);
    assert_non_null(call->txn);
    assert_true(iam_str_is_set(call->target.arn));
    assert_null(call->prepared);
    preparation.count++;
    if (preparation.ends_reading) {
        api_end_reading(call);
        /* With one connection, another transaction can begin only when there is no other. */
        toy.server->env.catalog = &api_catalog;
        assert_int_equal(inproc_ask(toy.server, &toy.server->root, "iam", CREATE), 200);
    }
    call->prepared = &preparation;
    return preparation.status == IAM_FAULT
               ? api_fail(call, API_ERR_INVALID_INPUT, "This cannot be prepared.")
               : preparation.status;
}

/* What the handler found. */
static const void *prepared;
static api_handler_fn *handler;

static enum iam_status run(struct iam_call *call, const void *in, void *out)
{
    prepared = call->prepared;
    return handler(call, in, out);
}

static int setup(void **state)
{
    (void)toy_setup(state);
    memset(&preparation, 0, sizeof(preparation));
    prepared = NULL;
    handler = toy.rule.handler;
    toy.rule.handler = run;
    toy.rule.txn = API_TXN_WRITE;
    toy.rule.prepare = prepare;
    return 0;
}

static void test_the_handler_gets_what_was_prepared(void **state)
{
    (void)state;
    assert_int_equal(toy_run(ALLOW("toy:Run"), "Name=one"), 200);
    assert_int_equal(preparation.count, 1);
    assert_ptr_equal(prepared, &preparation);
    assert_int_equal(toy.runs, 1);
    assert_int_equal(toy.asked_count, 2); /* authorized before the preparation, and again */
}

/* The server does not work for who may not do it. */
static void test_a_denied_caller_prepares_nothing(void **state)
{
    struct inproc_request unsigned_one = inproc_make(
        toy.server, NULL, "toy", "POST", "/", "application/x-www-form-urlencoded", "Action=Run");
    (void)state;
    assert_int_equal(toy_run(ALLOW("toy:Other"), "Name=one"), 403);
    assert_true(inproc_says(toy.server, "is not authorized to perform: toy:Run"));
    assert_int_equal(toy_send(&unsigned_one), 403);
    assert_int_equal(toy_run(ALLOW("toy:Run"), "Names.member.0=one"), 400);
    assert_int_equal(preparation.count, 0);
    assert_int_equal(toy.runs, 0);
}

static void test_a_failure_ends_the_request(void **state)
{
    static const struct {
        enum iam_status status;
        int want;
    } rows[] = {
        {IAM_FAULT,   400},
        { IAM_NOMEM,  503},
        { IAM_IO,     500},
        { IAM_DENIED, 403},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        preparation.status = rows[i].status;
        assert_int_equal(toy_run(ALLOW("toy:Run"), "Name=one"), rows[i].want);
        assert_int_equal(toy.runs, 0);
    }
    assert_int_equal(preparation.count, IAM_COUNT(rows));
}

/* What was permitted when the request was prepared may be denied when it runs. */
static void test_the_decision_is_made_again(void **state)
{
    struct api_request r;
    (void)state;
    inproc_put_user_policy(toy.server, "alice", ALLOW("toy:Run"));
    toy_open(&r, "Name=one");
    assert_true(api_request_needs_preparation(&r));
    api_request_prepare(&r);
    assert_false(r.is_done);
    assert_false(api_request_needs_preparation(&r));
    assert_null(r.call.txn);
    assert_null(r.call.target.arn.p);
    toy.server->env.catalog = &api_catalog;
    inproc_put_user_policy(toy.server, "alice", ALLOW("toy:Other"));
    api_request_run(&r);
    assert_int_equal(r.response.status, 403);
    assert_int_equal(preparation.count, 1);
    assert_int_equal(toy.runs, 0);
    toy_close(&r);
}

static void test_others_write_during_the_preparation(void **state)
{
    (void)state;
    preparation.ends_reading = true;
    assert_int_equal(toy_run(ALLOW("toy:Run"), "Name=one"), 200);
    assert_int_equal(toy.runs, 1);
    assert_int_equal(
        inproc_ask(toy.server, &toy.server->root, "iam", "Action=GetUser&UserName=other"), 200);
}

/* A mistake of the caller: it runs nothing. */
static void test_nothing_runs_without_its_preparation(void **state)
{
    struct api_request r;
    struct api_request *one = &r;
    (void)state;
    inproc_put_user_policy(toy.server, "alice", ALLOW("toy:Run"));
    toy_open(&r, "Name=one");
    assert_int_equal(api_batch_run(&one, 1), 1);
    assert_int_equal(r.response.status, 500);
    assert_int_equal(toy.runs, 0);
    toy_close(&r);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_handler_gets_what_was_prepared),
        TEST(test_a_denied_caller_prepares_nothing),
        TEST(test_a_failure_ends_the_request),
        TEST(test_the_decision_is_made_again),
        TEST(test_others_write_during_the_preparation),
        TEST(test_nothing_runs_without_its_preparation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
