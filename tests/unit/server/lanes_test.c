/* SPDX-License-Identifier: Apache-2.0 */
/* On which thread requests run, who waits for whom, and what becomes of them when a thread hangs.
 */
#include "server/lanes.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/inproc.h"

#define JOBS 300
#define JOB_BYTES ((size_t)1 << 20)
#define NEVER INT64_C(1000000)
#define QUESTIONS 100

/* A request with what the bridge would keep for it. */
struct trip {
    struct lane_job job;
    struct api_request request;
    struct inproc_request from;
    struct iam_arena arena;
    _Atomic bool is_done;
    bool is_unknown;
};

static struct inproc *s;
static struct lanes lanes;
static struct health health;
static struct trip trips[JOBS];
static size_t trip_count;

static void note_done(struct lane_job *const *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct trip *t = jobs[i]->owner;
        assert_true(t->request.is_done);
        assert_false(atomic_exchange(&t->is_done, true));
    }
}

/* ---- a thread that hangs ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static bool is_closed;
static _Atomic bool is_at_gate;
static _Atomic bool is_held; /* the writer */

static void wait_at_gate(void *const *args, size_t count)
{
    (void)args;
    (void)count;
    atomic_store(&is_at_gate, true);
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
}

static void open_the_gate(void)
{
    if (is_closed) {
        is_closed = false;
        (void)pthread_mutex_unlock(&gate);
    }
}

/* ---- the rig ---- */

static int setup(void **state)
{
    inproc_wait_ms = 100000;
    (void)inproc_setup(state);
    s = *state;
    trip_count = 0;
    health = (struct health){ 0 };
    const struct lanes_options options = { .workers = 1, .seed = 1, .done = note_done };
    assert_ok(lanes_start(&lanes, &options));
    lanes.congested_ms = NEVER;
    lanes.hung_ms = NEVER;
    return 0;
}

static int teardown(void **state)
{
    open_the_gate(); /* also after a failure */
    is_held = false;
    lanes_stop(&lanes);
    for (size_t i = 0; i < trip_count; i++) {
        assert_true(trips[i].is_done);
        api_request_close(&trips[i].request);
        iam_arena_done(&trips[i].arena);
    }
    return inproc_teardown(state);
}

/* Runs a request in the lanes; its is_done tells whether it is done when this returns. */
static struct trip *go(const struct inproc_request *q)
{
    struct trip *t = &trips[trip_count++];
    assert_true(trip_count <= JOBS);
    t->from = *q;
    atomic_store(&t->is_done, false);
    t->is_unknown = false;
    iam_arena_init(&t->arena, iam_heap(), JOB_BYTES);
    inproc_open(s, &t->from, &t->arena, &t->request);
    assert_false(t->request.is_done);
    t->job = (struct lane_job){ &lanes, &t->request, t };
    if (lanes_run(&t->job)) {
        assert_true(t->request.is_done);
        atomic_store(&t->is_done, true);
    }
    return t;
}

static struct trip *ask(const struct inproc_caller *who, const char *text)
{
    struct inproc_request q = inproc_query(s, who, "iam", text);
    return go(&q);
}

static void wait_for(const struct trip *t)
{
    while (!atomic_load(&t->is_done)) {
        (void)sched_yield();
    }
}

static void assert_answer(const struct trip *t, int status, const char *part)
{
    const struct api_response *a = &t->request.response;
    assert_true(atomic_load(&t->is_done));
    assert_int_equal(a->status, status);
    assert_non_null(memmem(a->body.p, a->body.len, part, strlen(part)));
}

static void block(struct queue *q)
{
    is_closed = true;
    atomic_store(&is_at_gate, false);
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_put(q, 0, wait_at_gate, NULL));
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
}

/* ---- what takes long ---- */

static struct inproc_request long_batch(const struct inproc_caller *who)
{
    static char body[16384];
    int n = snprintf(body, sizeof(body), "%s",
                     "{\"subject\":{\"type\":\"root\",\"id\":\"arn:aws:iam::111122223333:root\"},"
                     "\"action\":{\"name\":\"s3:GetObject\"},"
                     "\"resource\":{\"type\":\"t\",\"id\":\"arn:aws:s3:::a/b\"},\"evaluations\":[");
    for (int i = 0; i < QUESTIONS; i++) {
        n += snprintf(body + n, sizeof(body) - (size_t)n, "%s{}", i > 0 ? "," : "");
    }
    (void)snprintf(body + n, sizeof(body) - (size_t)n, "]}");
    return inproc_make(s, who, "iamd", "POST", "/access/v1/evaluations", "application/json", body);
}

/* The worker is free at once, and does what is short itself. */
static void test_a_long_call_holds_up_nobody(void **state)
{
    struct inproc_request batch = long_batch(&s->root);
    (void)state;
    block(lanes.slow);
    const struct trip *t = go(&batch);
    assert_false(t->is_done);
    assert_answer(ask(&s->root, "Action=ListUsers"), 200, "<Users");
    open_the_gate();
    wait_for(t);
    assert_answer(t, 200, "{\"evaluations\":[{\"decision\":true");
    struct iam_str body = t->request.response.body;
    size_t decisions = 0;
    for (size_t i = 0; (i = iam_str_find(body, '{', i)) < body.len; i++) {
        decisions += iam_str_starts(iam_str_sub(body, i, body.len), IAM_STR("{\"decision\":true"));
    }
    assert_int_equal(decisions, QUESTIONS);
}

static void test_a_caller_has_a_share_of_the_slow_lane(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iamd:Evaluate"));
    struct inproc_request batch = long_batch(&s->root);
    struct inproc_request other = long_batch(&alice);
    (void)state;
    block(lanes.slow);
    for (int i = 0; i < 4; i++) {
        assert_false(go(&batch)->is_done);
    }
    assert_answer(go(&batch), 429, "Rate exceeded");
    const struct trip *t = go(&other);
    assert_false(t->is_done);
    assert_answer(ask(&s->root, "Action=ListUsers"), 200, "<Users"); /* what is short goes on */
    open_the_gate();
    wait_for(t);
    assert_answer(t, 200, "evaluations");
}

/* Opens a request, and returns whether it is turned away before it is read. */
static bool is_turned_away(const struct inproc_request *q)
{
    struct trip *t = &trips[trip_count++];
    t->from = *q;
    atomic_store(&t->is_done, true);
    iam_arena_init(&t->arena, iam_heap(), JOB_BYTES);
    inproc_open(s, &t->from, &t->arena, &t->request);
    t->job = (struct lane_job){ &lanes, &t->request, t };
    return lanes_turn_away(&t->job);
}

/* Only calls of the kind and the caller that would be refused anyway. */
static void test_what_is_turned_away_unread(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iamd:Evaluate"));
    struct inproc_request batch = long_batch(&s->root);
    struct inproc_request other = long_batch(&alice);
    struct inproc_request list = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    struct inproc_request write = inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=x");
    (void)state;
    wait_for(go(&batch));
    assert_false(is_turned_away(&batch));
    block(lanes.slow);
    for (int i = 0; i < 4; i++) {
        assert_false(go(&batch)->is_done);
    }
    assert_true(is_turned_away(&batch));
    assert_answer(&trips[trip_count - 1], 429, "Rate exceeded");
    assert_false(is_turned_away(&other));
    assert_false(is_turned_away(&list));
    assert_false(is_turned_away(&write));
    open_the_gate();
}

/* A page of more rows than a worker has time for, and the same list again, short. */
static void test_what_took_long_is_not_tried_again(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        inproc_must(s, &s->root, "iam", "Action=CreateUser&UserName=u%d", i);
    }
    assert_true(ask(&s->root, "Action=ListUsers&MaxItems=20")->is_done);
    const struct trip *t = ask(&s->root, "Action=ListUsers&MaxItems=50");
    wait_for(t);
    assert_answer(t, 200, "<IsTruncated>false</IsTruncated>");
    assert_answer(t, 200, "<UserName>u39</UserName>");
    block(lanes.slow);
    t = ask(&s->root, "Action=ListUsers&MaxItems=1");
    assert_false(t->is_done);
    assert_true(ask(&s->root, "Action=ListGroups")->is_done);
    open_the_gate();
    wait_for(t);
    assert_true(ask(&s->root, "Action=ListUsers&MaxItems=1")->is_done);
}

/* ---- what takes long to read ---- */

static void open_late(void *owner)
{
    struct trip *t = owner;
    inproc_open(s, &t->from, &t->arena, &t->request);
}

static struct trip *go_late(const struct inproc_request *q, bool *ret_taken)
{
    struct trip *t = &trips[trip_count++];
    t->from = *q;
    atomic_store(&t->is_done, false);
    iam_arena_init(&t->arena, iam_heap(), JOB_BYTES);
    t->job = (struct lane_job){ &lanes, &t->request, t, open_late };
    *ret_taken = lanes_open_later(&t->job, q->wire.source_ip);
    return t;
}

/* It is opened in the slow lane, and a write goes on from there to the writer. */
static void test_what_is_opened_later(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", NULL);
    struct inproc_request requests[] = {
        inproc_query(s, &s->root, "iam", "Action=ListUsers"),
        inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=x"),
        inproc_query(s, &alice, "iam", "Action=CreateUser&UserName=y"),
        inproc_query(s, NULL, "iam", "Action=ListUsers"),
    };
    static const int statuses[] = { 200, 200, 403, 403 };
    struct trip *sent[IAM_COUNT(statuses)];
    bool taken;
    (void)state;
    block(lanes.slow);
    for (size_t i = 0; i < IAM_COUNT(statuses); i++) {
        sent[i] = go_late(&requests[i], &taken);
        assert_true(taken);
    }
    (void)go_late(&requests[0], &taken); /* the fifth from there */
    assert_false(taken);
    iam_arena_done(&trips[--trip_count].arena);
    open_the_gate();
    for (size_t i = 0; i < IAM_COUNT(statuses); i++) {
        wait_for(sent[i]);
        assert_int_equal(sent[i]->request.response.status, statuses[i]);
    }
}

/* ---- writes ---- */

#define CREATE "Action=CreateUser&UserName=x"

/* Who may not write is told so by the worker, while the others wait. */
static void test_a_denied_write_waits_for_nobody(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:GetUser"));
    (void)state;
    block(lanes.writer);
    for (int i = 0; i < 20; i++) {
        assert_answer(ask(&alice, CREATE), 403, "is not authorized to perform: iam:CreateUser");
    }
    const struct trip *t = ask(&s->root, CREATE);
    assert_false(t->is_done);
    open_the_gate();
    wait_for(t);
    assert_answer(t, 200, "<UserName>x</UserName>");
}

/* Whose last write succeeded is judged by the writer alone, while that is quick. */
static void test_who_is_judged_first(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:CreateUser"));
    (void)state;
    const struct trip *t = ask(&alice, CREATE);
    wait_for(t);
    assert_answer(t, 200, "<UserName>x</UserName>");
    inproc_put_user_policy(s, "alice", ALLOW("iam:GetUser"));
    block(lanes.writer);
    t = ask(&alice, CREATE);
    assert_false(t->is_done);
    lanes.congested_ms = 0;
    assert_answer(ask(&alice, CREATE), 403, "AccessDenied");
    lanes.congested_ms = NEVER;
    open_the_gate();
    wait_for(t);
    assert_answer(t, 403, "AccessDenied");
    block(lanes.writer);
    assert_answer(ask(&alice, CREATE), 403, "AccessDenied"); /* what the last one was */
    open_the_gate();
}

static void test_a_caller_has_a_share_of_the_writer(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:*"));
    (void)state;
    block(lanes.writer);
    for (int i = 0; i < 256; i++) {
        assert_false(ask(&s->root, CREATE)->is_done);
    }
    assert_answer(ask(&s->root, CREATE), 400, "<Code>Throttling</Code>");
    assert_false(ask(&alice, CREATE)->is_done);
    open_the_gate();
}

/* ---- evidence of strangers ---- */

#define ARN "arn%3Aaws%3Aiam%3A%3A111122223333%3A"
#define SIGN_ON                                                          \
    "Action=AssumeRoleWithSAML&Version=2011-06-15&RoleArn=" ARN "role/x" \
    "&PrincipalArn=" ARN "saml-provider/x&SAMLAssertion=eHh4eA=="

static struct trip *sign_on(const char *source)
{
    struct inproc_request q =
        inproc_make(s, NULL, "sts", "POST", "/", "application/x-www-form-urlencoded", SIGN_ON);
    q.wire.source_ip = iam_str_c(source);
    return go(&q);
}

/* It is looked at where nobody else waits, and a source has a share of that. */
static void test_evidence_has_a_lane_of_its_own(void **state)
{
    (void)state;
    block(lanes.evidence);
    const struct trip *t = sign_on("192.0.2.1");
    assert_false(t->is_done);
    assert_answer(ask(&s->root, "Action=ListUsers"), 200, "<Users");
    const struct trip *write = ask(&s->root, CREATE);
    wait_for(write);
    assert_answer(write, 200, "<UserName>x</UserName>");
    for (int i = 1; i < 64; i++) {
        assert_false(sign_on("192.0.2.1")->is_done);
    }
    assert_answer(sign_on("192.0.2.1"), 400, "<Message>Rate exceeded</Message>");
    assert_false(sign_on("192.0.2.2")->is_done);
    open_the_gate();
    wait_for(t);
    assert_answer(t, 400, "<Code>InvalidIdentityToken</Code>");
}

/* ---- preparations ---- */

#define PREPARED "Action=CreateLoginProfile&UserName=alice&Password=Correct-horse-1"

static void test_preparations(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", NULL);
    (void)state;
    block(lanes.preparer);
    assert_answer(ask(&alice, PREPARED), 403, "AccessDenied");
    for (int i = 0; i < 64; i++) {
        assert_false(ask(&s->root, PREPARED)->is_done);
    }
    assert_answer(ask(&s->root, PREPARED), 400, "<Message>Rate exceeded</Message>");
    open_the_gate();
}

/* ---- a writer that hangs ---- */

static void let_it_hang(void)
{
    lanes.hung_ms = 2;
    while (queue_busy_ms(lanes.writer) < lanes.hung_ms) {
        (void)sched_yield();
    }
}

/* Tells the time; to the writer, once the first request is done, only when it is not held. */
static int64_t now_if_not_held(void)
{
    while (trips[0].is_done && is_held) {
        is_at_gate = true;
        (void)sched_yield();
    }
    return inproc_now_ms;
}

static void note_unknown(struct lane_job *job)
{
    struct trip *t = job->owner;
    t->is_unknown = true;
}

/* Of two that wait together the first is done, and the second, which it concerns, hangs. */
static void test_a_writer_that_hangs_at_the_second(void **state)
{
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:*"));
    (void)state;
    lanes.unknown = note_unknown;
    block(lanes.writer);
    const struct trip *first =
        ask(&s->root, "Action=TagUser&UserName=alice&Tags.member.1.Key=k&Tags.member.1.Value=v");
    const struct trip *second = ask(&alice, CREATE);
    is_at_gate = false;
    is_held = true;
    s->env.now_ms = now_if_not_held;
    open_the_gate();
    while (!is_at_gate) {
        (void)sched_yield();
    }
    let_it_hang();
    assert_true(lanes_watch(&lanes, &health));
    assert_true(second->is_unknown);
    assert_false(first->is_unknown);
    assert_answer(first, 200, "<TagUserResponse");
    assert_false(second->is_done);
    is_held = false;
    wait_for(second);
    assert_answer(second, 200, "<UserName>x</UserName>");
}

static void assert_writes(const char *what)
{
    char text[512];
    struct iam_buf b;
    struct iam_str said;
    struct iam_alloc alloc = iam_arena_allocator(&s->arena);
    (void)snprintf(text, sizeof(text), "\nwrites: %s\n", what);
    iam_buf_init(&b, &alloc, sizeof(text));
    health_describe(&health, &b);
    assert_ok(iam_buf_finish(&b, &said));
    assert_non_null(memmem(said.p, said.len, text, strlen(text)));
}

static void test_what_waits_for_a_hung_writer(void **state)
{
    struct trip *waiting[3];
    (void)state;
    assert_false(lanes_watch(&lanes, &health));
    block(lanes.writer);
    for (int i = 0; i < 3; i++) {
        waiting[i] = ask(&s->root, CREATE);
    }
    assert_false(lanes_watch(&lanes, &health));
    assert_false(waiting[0]->is_done);
    let_it_hang();
    assert_true(lanes_watch(&lanes, &health));
    for (int i = 0; i < 3; i++) {
        assert_answer(waiting[i], 503, "The server cannot store changes at the moment");
    }
    assert_writes("the writer hangs");
    assert_answer(ask(&s->root, CREATE), 503, "<Code>ServiceUnavailable</Code>");
    assert_answer(ask(&s->root, "Action=ListUsers"), 200, "<Users"); /* reads go on */
    open_the_gate();
    lanes.hung_ms = NEVER;
    assert_false(lanes_watch(&lanes, &health));
    assert_writes("ok");
    const struct trip *t = ask(&s->root, CREATE);
    wait_for(t); /* it comes after them: none of them was carried out */
    assert_answer(t, 200, "<UserName>x</UserName>");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_a_long_call_holds_up_nobody),
        TEST(test_a_caller_has_a_share_of_the_slow_lane),
        TEST(test_what_is_turned_away_unread),
        TEST(test_what_took_long_is_not_tried_again),
        TEST(test_what_is_opened_later),
        TEST(test_a_denied_write_waits_for_nobody),
        TEST(test_who_is_judged_first),
        TEST(test_a_caller_has_a_share_of_the_writer),
        TEST(test_evidence_has_a_lane_of_its_own),
        TEST(test_preparations),
        TEST(test_what_waits_for_a_hung_writer),
        TEST(test_a_writer_that_hangs_at_the_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
