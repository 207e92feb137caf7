/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much work a request may cause, and when writes are judged: before they wait and when they
 * run, with the time of then.
 */
#include "dispatch/work.h"

#include <stdio.h>

#include "dispatch/prepare.h"
#include "lib/inproc.h"

#define ROLES 40
#define VALUE_BYTES 45000

static struct inproc *s;
static struct iam_arena arena;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    iam_arena_init(&arena, iam_heap(), (size_t)32 << 20);
    return 0;
}

static int teardown(void **state)
{
    iam_arena_done(&arena);
    return inproc_teardown(state);
}

/* ---- decisions ---- */

/* The first takes about a tenth of the work of a request for a long value, the second all of it. */
#define COSTLY "b?"
#define TOO_COSTLY "b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?"

/* A policy of patterns with that in them. */
static const char *costly_policy(const char *part)
{
    static char text[4096];
    int n = snprintf(text, sizeof(text), "%s",
                     "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\","
                     "\"Action\":[\"s3:*\"],\"Resource\":\"*\",\"Condition\":{\"StringLike\":"
                     "{\"app:x\":[");
    for (int i = 0; i < 18; i++) {
        n += snprintf(text + n, sizeof(text) - (size_t)n, "%s\"*%s%02d*\"", i > 0 ? "," : "", part,
                      i);
    }
    (void)snprintf(text + n, sizeof(text) - (size_t)n, "]}}}]}");
    return text;
}

/* count questions about alice with a long value. */
static struct inproc_request questions(int count)
{
    static char body[VALUE_BYTES + 4096];
    static char value[VALUE_BYTES + 1];
    memset(value, 'b', VALUE_BYTES);
    int n =
        snprintf(body, sizeof(body),
                 "{\"subject\":{\"type\":\"user\",\"id\":\"arn:aws:iam::111122223333:user/alice\"},"
                 "\"action\":{\"name\":\"s3:GetObject\"},"
                 "\"resource\":{\"type\":\"t\",\"id\":\"arn:aws:s3:::a/b\"},"
                 "\"context\":{\"app:x\":\"%s\"},\"evaluations\":[",
                 value);
    for (int i = 0; i < count; i++) {
        n += snprintf(body + n, sizeof(body) - (size_t)n, "%s{}", i > 0 ? "," : "");
    }
    (void)snprintf(body + n, sizeof(body) - (size_t)n, "]}");
    return inproc_make(s, &s->root, "iamd", "POST", "/access/v1/evaluations", "application/json",
                       body);
}

static size_t count_of(const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i + strlen(part) <= s->body.len; i++) {
        n += memcmp(s->body.p + i, part, strlen(part)) == 0;
    }
    return n;
}

/* One budget for all evaluations: past it there is an error, and no decision at all. */
static void test_a_batch_that_is_too_much(void **state)
{
    (void)state;
    (void)inproc_user(s, "alice", costly_policy(COSTLY));
    struct inproc_request few = questions(1);
    assert_int_equal(inproc_send(s, &few), 200);
    assert_int_equal(count_of("\"decision\":false"), 1);
    struct inproc_request many = questions(100);
    assert_int_equal(inproc_send(s, &many), 400);
    assert_int_equal(count_of("\"decision\""), 0);
    inproc_expect(s, 400, "The evaluation takes more work than the server does for one request");
    inproc_expect(s, 400, "ValidationException");
}

/* Neither is one evaluation that is too much a denial. */
static void test_a_question_that_is_too_much(void **state)
{
    (void)state;
    (void)inproc_user(s, "alice", costly_policy(TOO_COSTLY));
    struct inproc_request q = questions(1);
    assert_int_equal(inproc_send(s, &q), 400);
    assert_int_equal(count_of("\"decision\""), 0);
    inproc_expect(s, 400, "The evaluation takes more work than the server does for one request");
}

static void test_an_ordinary_batch(void **state)
{
    (void)state;
    (void)inproc_user(s, "alice", ALLOW("s3:GetObject"));
    struct inproc_request q = questions(200);
    assert_int_equal(inproc_send(s, &q), 200);
    assert_int_equal(count_of("{\"decision\":true"), 200);
}

/* What a worker has no time for is as it was before, and is done elsewhere. */
static void test_a_short_try(void **state)
{
    struct api_request r;
    struct inproc_request q = questions(1);
    (void)state;
    (void)inproc_user(s, "alice", costly_policy(COSTLY));
    inproc_open(s, &q, &arena, &r);
    assert_false(r.is_done);
    assert_false(api_request_run_short(&r));
    assert_false(r.is_done);
    assert_false(api_request_run_short(&r));
    assert_true(api_request_run_reading(&r));
    inproc_close(s, &r);
    inproc_expect(s, 200, "\"decision\":false");
    q = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    inproc_open(s, &q, &arena, &r);
    assert_true(api_request_run_short(&r));
    inproc_close(s, &r);
    inproc_expect(s, 200, "<UserName>alice</UserName>");
}

/* A caller whose own policy takes long is denied or permitted in the end, never in between. */
static void test_the_caller_is_costly(void **state)
{
    static char value[30000];
    struct api_request r;
    struct inproc_caller alice = inproc_user(
        s, "alice",
        "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\","
        "\"Resource\":\"*\"},{\"Effect\":\"Deny\",\"Action\":\"iam:ListUsers\",\"Resource\":\"*\","
        "\"Condition\":{\"StringLike\":{\"aws:UserAgent\":\"*b?b?c*\"}}}]}");
    struct inproc_request q = inproc_query(s, &alice, "iam", "Action=ListUsers");
    (void)state;
    memset(value, 'b', sizeof(value));
    for (size_t i = 0; i < q.wire.header_count; i++) {
        if (iam_str_eq(q.headers[i].name, IAM_STR("User-Agent"))) {
            q.headers[i].value = (struct iam_str){ value, sizeof(value) };
        }
    }
    inproc_open(s, &q, &arena, &r);
    assert_false(api_request_run_short(&r));
    assert_false(r.is_done);
    assert_true(api_request_run_reading(&r));
    inproc_close(s, &r);
    inproc_expect(s, 200, "<Users>");
}

/* ---- lists ---- */

static void test_lists(void **state)
{
    static const char *const texts[] = { "Action=ListRoles", "Action=ListRoles&MaxItems=39" };
    struct api_request r;
    (void)state;
    for (int i = 0; i < ROLES; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "role-%02d", i);
        (void)inproc_role(s, name, TRUST("*", "sts:AssumeRole"), NULL);
    }
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        struct inproc_request q = inproc_query(s, &s->root, "iam", texts[i]);
        inproc_open(s, &q, &arena, &r);
        assert_false(api_request_run_short(&r));
        assert_true(api_request_run_reading(&r));
        inproc_close(s, &r);
        assert_int_equal(s->status, 200);
        assert_int_equal(count_of("<RoleName>"), i == 0 ? ROLES : ROLES - 1);
        assert_int_equal(count_of("<Marker>"), i);
    }
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=ListRoles&MaxItems=10");
    inproc_open(s, &q, &arena, &r);
    assert_true(api_request_run_short(&r));
    inproc_close(s, &r);
    assert_int_equal(count_of("<RoleName>"), 10);
}

/* ---- writes ---- */

#define CREATE "Action=CreateUser&UserName=x"

static void test_judging(void **state)
{
    struct api_request r;
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:GetUser"));
    struct inproc_request denied = inproc_query(s, &alice, "iam", CREATE);
    struct inproc_request allowed = inproc_query(s, &s->root, "iam", CREATE);
    int64_t before = inproc_last_change(s);
    (void)state;
    inproc_open(s, &denied, &arena, &r);
    assert_true(api_request_judge(&r, API_STEPS_SHORT));
    assert_true(r.is_done);
    inproc_close(s, &r);
    inproc_expect(s, 403, "is not authorized to perform: iam:CreateUser");
    inproc_open(s, &allowed, &arena, &r);
    assert_true(api_request_judge(&r, API_STEPS_SHORT));
    assert_false(r.is_done);
    assert_null(r.call.txn);
    assert_int_equal(inproc_last_change(s), before);
    api_request_run(&r);
    inproc_close(s, &r);
    inproc_expect(s, 200, "<UserName>x</UserName>");
}

/* Without the work to decide nothing is known; the writer, which has less than others, denies. */
static void test_judging_takes_work(void **state)
{
    struct api_request r;
    struct inproc_caller alice =
        inproc_user(s, "alice", ALLOW_IF("*", "{\"StringLike\":{\"aws:UserAgent\":\"*\"}}"));
    struct inproc_request q = inproc_query(s, &alice, "iam", CREATE);
    (void)state;
    inproc_open(s, &q, &arena, &r);
    assert_false(api_request_judge(&r, 10));
    assert_false(r.is_done);
    assert_true(api_request_judge(&r, API_STEPS_MAX));
    assert_false(r.is_done);
    api_request_run(&r);
    inproc_close(s, &r);
    assert_int_equal(s->status, 200);
}

/* A permission that ends while the write waits does not carry it. */
static void test_the_time_of_then(void **state)
{
    struct api_request r;
    struct inproc_caller alice =
        inproc_user(s, "alice",
                    ALLOW_IF("iam:CreateUser",
                             "{\"DateLessThan\":{\"aws:CurrentTime\":\"2026-01-02T03:04:08Z\"}}"));
    struct inproc_request q = inproc_query(s, &alice, "iam", CREATE);
    (void)state;
    for (int late = 0; late <= 1; late++) {
        inproc_now_ms = INPROC_NOW_MS;
        inproc_open(s, &q, &arena, &r);
        assert_true(api_request_judge(&r, API_STEPS_SHORT));
        assert_false(r.is_done);
        inproc_now_ms = INPROC_NOW_MS + 2999 + late;
        api_request_run(&r);
        inproc_close(s, &r);
        assert_int_equal(s->status, late ? 403 : 200);
        inproc_now_ms = INPROC_NOW_MS;
        if (!late) {
            inproc_must(s, &s->root, "iam", "Action=DeleteUser&UserName=x");
        }
    }
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=GetUser&UserName=x"), 404);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_batch_that_is_too_much),
        TEST(test_a_question_that_is_too_much),
        TEST(test_an_ordinary_batch),
        TEST(test_a_short_try),
        TEST(test_the_caller_is_costly),
        TEST(test_lists),
        TEST(test_judging),
        TEST(test_judging_takes_work),
        TEST(test_the_time_of_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
