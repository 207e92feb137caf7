/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request from its bytes to its answer: who is told what, in the form that the protocol demands.
 */
#include "dispatch/batch.h"
#include "dispatch/serve.h"

#include "toy.h"

#define FORM "application/x-www-form-urlencoded"

static int setup(void **state)
{
    (void)toy_setup(state);
    inproc_put_user_policy(*state, "alice", ALLOW("*"));
    return 0;
}

/* Sends a POST request by alice to the JSON service. */
static int run_json(const char *body)
{
    struct inproc_request q =
        inproc_make(toy.server, &toy.alice, "json", "POST", "/run", "application/json", body);
    return toy_send(&q);
}

static struct iam_str content_type_of(const struct inproc_request *q)
{
    struct inproc *s = toy.server;
    struct api_request r;
    inproc_open(s, q, &s->arena, &r);
    if (!r.is_done) {
        api_request_run(&r);
    }
    inproc_close(s, &r);
    return r.response.content_type;
}

/* ---- answers ---- */

static void test_success_in_both_protocols(void **state)
{
    (void)state;
    assert_int_equal(toy_run_as(&toy.alice, "Name=one"), 200);
    assert_true(inproc_says(toy.server, "<RunResult><Answer>done</Answer></RunResult>"));
    assert_true(inproc_says(toy.server, "<RequestId>00000000-0000-4000-8000-000000000001<"));
    assert_int_equal(run_json("{\"Name\":\"one\"}"), 200);
    assert_str(toy.server->body, "{\"Answer\":\"done\"}");
}

static void test_a_fault_in_both_protocols(void **state)
{
    (void)state;
    toy.run_status = IAM_FAULT;
    assert_int_equal(toy_run_as(&toy.alice, "Name=one"), 404);
    assert_true(inproc_says(toy.server, "<Type>Sender</Type><Code>NoSuchEntity</Code>"
                                        "<Message>The thing is not there.</Message>"));
    assert_false(inproc_says(toy.server, "done"));
    assert_int_equal(run_json("{\"Name\":\"one\"}"), 404);
    assert_true(inproc_says(toy.server, "The thing is not there."));
    assert_true(inproc_says(toy.server, "NoSuchEntity"));
    assert_false(inproc_says(toy.server, "<"));
}

static void test_a_denial_in_both_protocols(void **state)
{
    struct inproc *s = *state;
    inproc_put_user_policy(s, "alice", ALLOW("s3:*"));
    assert_int_equal(toy_run_as(&toy.alice, "Name=one"), 403);
    assert_true(inproc_says(s, "<Code>AccessDenied</Code>"));
    assert_int_equal(run_json("{\"Name\":\"one\"}"), 403);
    assert_true(inproc_says(s, "AccessDeniedException"));
    assert_true(inproc_says(s, "perform: toy:Run"));
}

static void test_content_types(void **state)
{
    struct inproc *s = *state;
    struct inproc_request q = inproc_query(s, &toy.alice, "iam", "Action=ListUsers");
    assert_str(content_type_of(&q), "text/xml");
    q = inproc_query(s, NULL, "iam", "Action=ListUsers");
    assert_str(content_type_of(&q), "text/xml");
    q = inproc_make(s, NULL, "iamd", "GET", "/.well-known/authzen-configuration", NULL, NULL);
    assert_str(content_type_of(&q), "application/json");
    q = inproc_make(s, NULL, "iamd", "GET", "/nowhere", NULL, NULL);
    assert_str(content_type_of(&q), "application/json");
}

/* A Query service answers in JSON when the client accepts JSON and not XML. */
static void test_what_the_client_accepts(void **state)
{
    static const struct {
        const char *accept;
        bool is_json;
    } rows[] = {
        {"application/json",                         true },
        { "APPLICATION/JSON; charset=utf-8",         true },
        { "text/plain, application/json;q=0.9, */*", true },
        { "text/xml, application/json",              false},
        { "text/xml",                                false},
        { "*/*",                                     false},
        { "application/jsonp",                       false},
        { "",                                        false},
    };
    struct inproc *s = *state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct inproc_request q = inproc_query(s, &toy.alice, "sts", "Action=GetCallerIdentity");
        inproc_add_header(&q, "Accept", iam_str_c(rows[i].accept));
        assert_int_equal(inproc_send(s, &q), 200);
        assert_int_equal(inproc_says(s, "{\"GetCallerIdentityResponse\":{"
                                        "\"GetCallerIdentityResult\":{"),
                         rows[i].is_json);
        assert_same_str(content_type_of(&q),
                        iam_str_c(rows[i].is_json ? "application/json" : "text/xml"));
        q = inproc_query(s, NULL, "sts", "Action=GetCallerIdentity");
        inproc_add_header(&q, "Accept", iam_str_c(rows[i].accept));
        assert_int_equal(inproc_send(s, &q), 403);
        assert_int_equal(inproc_says(s, "{\"Error\":{\"Code\":\"MissingAuthenticationToken\","),
                         rows[i].is_json);
    }
}

/* ---- our own failures ---- */

/* The client learns only that it was not at fault; the log says what went wrong. */
static void test_what_failed_is_for_the_log(void **state)
{
    static const enum iam_status failures[] = { IAM_IO,       IAM_CORRUPT,  IAM_UNSUPPORTED,
                                                IAM_RANGE,    IAM_CONFLICT, IAM_SYNTAX,
                                                IAM_NOT_FOUND };
    struct inproc *s = *state;
    for (size_t i = 0; i < IAM_COUNT(failures); i++) {
        struct api_request r;
        toy.run_status = failures[i];
        toy_open(&r, "Name=one");
        api_request_run(&r);
        assert_true(r.log_error.len > 0 || failures[i] == IAM_IO || failures[i] == IAM_CORRUPT);
        toy_close(&r);
        inproc_expect(s, 500, "<Code>ServiceFailure</Code>");
        if (r.log_error.len > 0) {
            assert_null(memmem(s->body.p, s->body.len, r.log_error.p, r.log_error.len));
        }
        assert_int_equal(run_json("{}"), 500);
        assert_true(inproc_says(s, "InternalServerException"));
        assert_false(inproc_says(s, "done"));
    }
    toy.run_status = IAM_NOMEM;
    assert_int_equal(toy_run_as(&toy.alice, ""), 503);
    toy.run_status = IAM_DENIED;
    assert_int_equal(toy_run_as(&toy.alice, ""), 403);
    assert_int_equal(run_json("{}"), 403);
}

/* A handler that returns IAM_FAULT without a fault is a failure of ours, not an empty answer. */
static void test_a_fault_that_says_nothing(void **state)
{
    struct api_request r;
    (void)state;
    toy.resolve_status = IAM_FAULT;
    assert_int_equal(toy_run_as(&toy.alice, "Name=one"), 500);
    toy_open(&r, "Name=one");
    api_request_refuse(&r, API_ERR_SERVICE_UNAVAILABLE, "Busy.");
    assert_true(r.is_done);
    toy_close(&r);
    inproc_expect(toy.server, 503, "<Message>Busy.</Message>");
}

static void test_an_answer_that_is_too_large(void **state)
{
    static char large[(8 << 20) + 1];
    (void)state;
    memset(large, 'x', sizeof(large));
    toy.answer = (struct iam_str){ large, 8 << 20 };
    assert_int_equal(toy_run_as(&toy.alice, ""), 500);
    assert_int_equal(run_json("{}"), 500);
    assert_in_range(toy.server->body.len, 1, 1000);
    toy.answer.len = 7 << 20;
    assert_int_equal(toy_run_as(&toy.alice, ""), 200);
    assert_true(toy.server->body.len > toy.answer.len);
}

/* The answer for a write that another thread is still at is a new one; the request has none yet. */
static void test_an_outcome_that_is_unknown(void **state)
{
    struct inproc *s = *state;
    struct api_response told = { 0 };
    struct api_request r;
    toy_open(&r, "Name=one");
    api_request_tell_unknown(&r, &s->arena, &told);
    assert_int_equal(told.status, 503);
    assert_str(told.content_type, "text/xml");
    assert_non_null(
        memmem(told.body.p, told.body.len, "The outcome of the request is unknown", 37));
    assert_non_null(memmem(told.body.p, told.body.len, INPROC_REQUEST_ID.p, INPROC_REQUEST_ID.len));
    assert_false(r.is_done);
    assert_absent(r.response.body);
    api_request_run(&r);
    toy_close(&r);
    assert_int_equal(s->status, 200);
}

/* ---- input ---- */

static void test_an_input_that_is_none(void **state)
{
    struct inproc *s = *state;
    assert_int_equal(run_json("{\"Name\":"), 400);
    assert_true(inproc_says(s, "SerializationException"));
    assert_true(inproc_says(s, "line 1, column 9"));
    assert_int_equal(run_json("[]"), 400);
    assert_int_equal(run_json("{\"Nome\":\"x\"}"), 400);
    assert_int_equal(run_json(""), 200); /* as an empty object */
    assert_int_equal(toy_run_as(&toy.alice, "Count=x"), 400);
    assert_int_equal(toy_run_as(&toy.alice, "Name=a&Name=b"), 404);
    assert_true(inproc_says(s, "MalformedQueryString"));
}

static void test_limits_of_json(void **state)
{
    struct inproc *s = *state;
    static char deep[256] = "{\"Name\":";
    static char wide[70000 * 2 + 32] = "{\"Names\":[";
    size_t n = strlen(deep);
    memset(deep + n, '[', 40);
    assert_int_equal(run_json(deep), 400);
    assert_true(inproc_says(s, "SerializationException"));
    n = strlen(wide);
    for (size_t i = 0; i < 70000; i++) {
        wide[n++] = '1';
        wide[n++] = ',';
    }
    wide[n - 1] = ']';
    wide[n] = '}';
    assert_int_equal(run_json(wide), 400);
    assert_true(inproc_says(s, "SerializationException"));
}

/* If there are several headers with one name, none is used. */
static void test_headers_that_are_given_twice(void **state)
{
    struct inproc *s = *state;
    struct api_request r;
    struct inproc_request q = inproc_query(s, &toy.alice, "iam", "Action=ListUsers");
    inproc_add_header(&q, "Referer", IAM_STR("https://a.example/"));
    inproc_open(s, &q, &s->arena, &r);
    assert_str(r.call.origin.user_agent, "test/1");
    assert_str(r.call.origin.referer, "https://a.example/");
    inproc_close(s, &r);
    inproc_add_header(&q, "USER-AGENT", IAM_STR("other/1"));
    inproc_add_header(&q, "referer", IAM_STR("https://b.example/"));
    inproc_open(s, &q, &s->arena, &r);
    assert_absent(r.call.origin.user_agent);
    assert_absent(r.call.origin.referer);
    inproc_close(s, &r);
}

/* ---- who is told ---- */

/* Unauthenticated clients learn nothing about operations and inputs. */
static void test_strangers_are_told_nothing(void **state)
{
    static const char *const forms[] = { "Action=ListUsers",
                                         "Action=Nothing",
                                         "Action=Nothing&Version=1999-09-09",
                                         "Action=CreateUser&UserName=%2F",
                                         "Action=CreateUser",
                                         "Version=2010-05-08",
                                         "Action=ListUsers&Action=GetUser",
                                         "a=%zz" };
    struct inproc *s = *state;
    struct inproc_caller wrong = toy.alice;
    wrong.secret = IAM_STR("not-the-secret-0123456789");
    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        struct inproc_request q = inproc_query(s, NULL, "iam", forms[i]);
        (void)inproc_send(s, &q);
        inproc_expect(s, 403, "<Code>MissingAuthenticationToken</Code>");
        q = inproc_query(s, &wrong, "iam", forms[i]);
        (void)inproc_send(s, &q);
        inproc_expect(s, 403, "<Code>SignatureDoesNotMatch</Code>");
        q = inproc_query(s, &toy.alice, "iam", forms[i]);
        (void)inproc_send(s, &q);
        assert_true((s->status == 200) == (i == 0));
        assert_true(i == 0 || s->status == 400 || s->status == 404);
    }
}

/* Without permission, a missing entity and an existing one look the same. */
static void test_the_denied_do_not_learn_what_exists(void **state)
{
    struct inproc *s = *state;
    struct iam_str there;
    inproc_put_user_policy(s, "alice", ALLOW("s3:*"));
    inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=xx");
    assert_int_equal(inproc_ask(s, &toy.alice, "iam", "Action=GetUser&UserName=xx"), 403);
    there = s->body;
    inproc_must(s, &s->root, "iam", "Action=DeleteUser&UserName=xx");
    assert_int_equal(inproc_ask(s, &toy.alice, "iam", "Action=GetUser&UserName=xx"), 403);
    assert_same_str(s->body, there);
}

/* ---- transactions ---- */

static struct iam_txn *seen;

static enum iam_status look(struct iam_call *call, const void *in, void *out)
{
    (void)in;
    (void)out;
    seen = call->txn;
    return IAM_OK;
}

static void test_transactions(void **state)
{
    static const enum api_txn all[] = { API_TXN_NONE, API_TXN_READ, API_TXN_WRITE };
    (void)state;
    toy.rule.handler = look;
    for (size_t i = 0; i < IAM_COUNT(all); i++) {
        struct api_request r;
        seen = NULL;
        toy.rule.txn = all[i];
        toy_open(&r, "");
        assert_int_equal(api_request_is_write(&r), all[i] == API_TXN_WRITE);
        api_request_run(&r);
        assert_int_equal(seen != NULL, all[i] != API_TXN_NONE);
        assert_null(r.call.txn);
        toy_close(&r);
        assert_int_equal(toy.server->status, 200);
    }
    toy.rule.txn = (enum api_txn)99;
    assert_int_equal(toy_run_as(&toy.alice, ""), 500);
}

/* What the handler wrote is undone when the answer is not a success. */
static enum iam_status write_and_fail(struct iam_call *call, const void *in, void *out)
{
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };
    const struct iam_entity_ref ref = { IAM_KIND_USER, call->caller->account,
                                        call->caller->principal_id };
    (void)in;
    (void)out;
    IAM_TRY(iam_store_tag_put(call->txn, &ref, &tag, 1));
    return toy.run_status == IAM_FAULT ? api_fail(call, API_ERR_NO_SUCH_ENTITY, "No.")
                                       : toy.run_status;
}

static void test_a_write_that_fails_changes_nothing(void **state)
{
    static const enum iam_status failures[] = { IAM_FAULT, IAM_IO, IAM_NOMEM, IAM_DENIED, IAM_OK };
    struct inproc *s = *state;
    toy.rule.handler = write_and_fail;
    toy.rule.txn = API_TXN_WRITE;
    for (size_t i = 0; i < IAM_COUNT(failures); i++) {
        toy.run_status = failures[i];
        int64_t before = inproc_last_change(s);
        int status = toy_run_as(&toy.alice, "");
        bool is_changed = inproc_last_change(s) != before;
        assert_int_equal(status == 200, failures[i] == IAM_OK);
        assert_int_equal(is_changed, failures[i] == IAM_OK);
    }
}

/*
 * The directory has no memory for a change. Whichever allocation fails, the write is answered with
 * success exactly when it was made, and what it took away no longer counts then.
 */
static void test_a_refresh_that_fails(void **state)
{
    struct inproc *s = *state;
    struct inproc_request q =
        inproc_query(s, &s->root, "iam", "Action=DeleteUserPolicy&UserName=alice&PolicyName=p");
    bool has_failed = true;
    for (size_t n = 1; has_failed; n++) {
        assert_in_range(n, 1, 1000);
        inproc_put_user_policy(s, "alice", ALLOW("*"));
        assert_int_equal(inproc_ask(s, &toy.alice, "iam", "Action=ListUsers"), 200);
        s->heap.count = 0;
        s->heap.failed = 0;
        s->heap.fail_at = n;
        int status = inproc_send(s, &q);
        has_failed = s->heap.failed > 0;
        assert_int_equal(status, 200);
        assert_true(iam_directory_is_ready(s->directory));
        assert_int_not_equal(inproc_ask(s, &toy.alice, "iam", "Action=ListUsers"), 200);
        assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=ListUsers"), 200);
        s->heap.fail_at = 0;
        assert_int_equal(inproc_ask(s, &toy.alice, "iam", "Action=ListUsers"), 403);
        assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=ListUsers"), 200);
    }
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_success_in_both_protocols),
        TEST(test_a_fault_in_both_protocols),
        TEST(test_a_denial_in_both_protocols),
        TEST(test_content_types),
        TEST(test_what_the_client_accepts),
        TEST(test_what_failed_is_for_the_log),
        TEST(test_a_fault_that_says_nothing),
        TEST(test_an_answer_that_is_too_large),
        TEST(test_an_outcome_that_is_unknown),
        TEST(test_an_input_that_is_none),
        TEST(test_limits_of_json),
        TEST(test_headers_that_are_given_twice),
        TEST(test_strangers_are_told_nothing),
        TEST(test_the_denied_do_not_learn_what_exists),
        TEST(test_transactions),
        TEST(test_a_write_that_fails_changes_nothing),
        TEST(test_a_refresh_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
