/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bridge between HTTP and the API, with exchanges made by the tests. The HTTP layer's
 * functions that the bridge calls are defined here.
 */
#include "server/bridge.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/inproc.h"

#define EXCHANGES 8
#define ID_LEN 36

struct iam_http_exchange {
    struct iam_http_request request;
    struct iam_http_header headers[INPROC_HEADERS];
    struct iam_arena arena;
    bool is_secret;
    bool is_held;   /* the answer holds the client */
    int callers[2]; /* how often it was said that the caller was not, and was authenticated */
    int replies;
    int early_replies;
    int status;
    struct iam_str body;
    struct iam_str type;
    struct iam_str request_id;
    struct iam_str client_id;
    off_t audit_bytes; /* size of the audit file when the exchange was answered */
};

static struct inproc *s;
static const struct queue_options room_for_four = { .max_queued = 4 };
static struct health health;
static struct bridge bridge;
static struct iam_http_exchange exchanges[EXCHANGES];
static char audit_path[] = "/tmp/iam_bridge_XXXXXX";

static off_t audit_size(void)
{
    int fd = open(audit_path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    off_t n = lseek(fd, 0, SEEK_END);
    (void)close(fd);
    return n;
}

/* ---- in the place of src/http ---- */

const struct iam_http_request *iam_http_request(const struct iam_http_exchange *x)
{
    return &x->request;
}

struct iam_arena *iam_http_arena(struct iam_http_exchange *x)
{
    return &x->arena;
}

void iam_http_note_caller(struct iam_http_exchange *x, uint64_t caller)
{
    x->callers[caller != 0]++;
}

void iam_http_mark_secret(struct iam_http_exchange *x)
{
    x->is_secret = true;
}

static struct iam_str kept(struct iam_str text)
{
    struct iam_str copy = iam_str_absent();
    assert_ok(iam_arena_dup(&s->arena, text, &copy));
    return copy;
}

static void keep_response(struct iam_http_exchange *x, const struct iam_http_response *response)
{
    x->status = response->status;
    x->body = kept(response->body);
    x->audit_bytes = audit_size();
    for (size_t i = 0; i < response->header_count; i++) {
        const struct iam_http_header *h = &response->headers[i];
        if (iam_str_eq(h->name, IAM_STR("Content-Type"))) {
            x->type = kept(h->value);
        } else if (iam_str_eq(h->name, IAM_STR("x-amzn-RequestId"))) {
            x->request_id = kept(h->value);
        } else if (iam_str_eq(h->name, IAM_STR("X-Request-ID"))) {
            x->client_id = kept(h->value);
        }
    }
}

void iam_http_reply(struct iam_http_exchange *x, const struct iam_http_response *response)
{
    x->replies++;
    x->is_held = response->holds_client;
    keep_response(x, response);
    iam_arena_done(&x->arena);
}

void iam_http_reply_early(struct iam_http_exchange *x, const struct iam_http_response *response)
{
    x->early_replies++;
    keep_response(x, response);
}

/* ---- the rig ---- */

static int setup(void **state)
{
    inproc_wait_ms = 100000;
    (void)inproc_setup(state);
    s = *state;
    int fd = mkstemp(audit_path);
    assert_true(fd >= 0);
    (void)close(fd);
    memset(exchanges, 0, sizeof(exchanges));
    memset(&bridge, 0, sizeof(bridge));
    memset(&health, 0, sizeof(health));
    bridge.env = &s->env;
    bridge.health = &health;
    bridge.authn = &s->authn;
    bridge.is_started = true;
    const struct trail_options options = { .path = audit_path, .health = &health };
    assert_ok(trail_open(&options, &bridge.trail));
    assert_ok(bridge_start(&bridge, 1, 1));
    return 0;
}

static int teardown(void **state)
{
    lanes_stop(&bridge.lanes);
    trail_close(bridge.trail, s->env.now_ms());
    (void)unlink(audit_path);
    memcpy(audit_path + sizeof(audit_path) - 7, "XXXXXX", 6);
    return inproc_teardown(state);
}

/* Passes q to the bridge as exchange number n, in an arena of that many bytes. */
static struct iam_http_exchange *hand_in(size_t bytes, size_t n, const struct inproc_request *q)
{
    struct iam_http_exchange *x = &exchanges[n];
    *x = (struct iam_http_exchange){
        .request = {.method = q->wire.method,
                    .target = q->wire.path,
                    .path = q->wire.path,
                    .headers = x->headers,
                    .header_count = q->wire.header_count,
                    .body = q->wire.body,
                    .peer_ip = q->wire.source_ip}
    };
    for (size_t i = 0; i < q->wire.header_count; i++) {
        x->headers[i] = (struct iam_http_header){ q->headers[i].name, q->headers[i].value };
    }
    iam_arena_init(&x->arena, iam_heap(), bytes);
    bridge_handle(&bridge, x);
    return x;
}

static struct iam_http_exchange *hand(size_t n, const struct inproc_request *q)
{
    return hand_in((size_t)1 << 20, n, q);
}

static struct iam_http_exchange *get(const char *method, const char *path)
{
    struct inproc_request q = inproc_make(s, NULL, NULL, method, path, NULL, NULL);
    struct iam_http_exchange *x = hand(0, &q);
    bridge_round_end(&bridge);
    assert_int_equal(x->replies, 1);
    return x;
}

/* ---- request IDs ---- */

/* Version 4 of RFC 9562: 122 random bits, each of which varies. */
static void test_request_ids_are_random(void **state)
{
    enum { COUNT = 64 };
    static char ids[COUNT][ID_LEN];
    unsigned char all[ID_LEN] = { 0 };
    unsigned char any[ID_LEN] = { 0 };
    struct inproc_request q = inproc_query(s, NULL, "iam", "Action=ListUsers");
    (void)state;
    for (size_t n = 0; n < COUNT; n++) {
        struct iam_http_exchange *x = hand(0, &q);
        bridge_round_end(&bridge);
        assert_int_equal(x->request_id.len, ID_LEN);
        memcpy(ids[n], x->request_id.p, ID_LEN);
        assert_non_null(memmem(x->body.p, x->body.len, ids[n], ID_LEN));
        assert_int_equal(ids[n][14], '4');
        assert_non_null(strchr("89ab", ids[n][19]));
        for (size_t i = 0; i < ID_LEN; i++) {
            bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
            assert_int_equal(ids[n][i] == '-', is_dash);
            assert_true(is_dash || strchr("0123456789abcdef", ids[n][i]) != NULL);
            any[i] = (unsigned char)(any[i] | (ids[n][i] ^ ids[0][i]));
            all[i] = (unsigned char)(all[i] + (ids[n][i] != ids[0][i]));
        }
        for (size_t m = 0; m < n; m++) {
            assert_int_not_equal(memcmp(ids[m], ids[n], ID_LEN), 0);
        }
    }
    for (size_t i = 0; i < ID_LEN; i++) {
        bool is_fixed = i == 8 || i == 13 || i == 14 || i == 18 || i == 23;
        assert_int_equal(any[i] != 0, !is_fixed);
        /* A digit of 4 or 16 values: far more than a third differ from the first ID's. */
        assert_true(is_fixed || all[i] > COUNT / 3);
    }
}

static void test_the_clients_own_id(void **state)
{
    static char longest[257];
    struct inproc_request q = inproc_query(s, NULL, "iam", "Action=ListUsers");
    (void)state;
    memset(longest, 'x', sizeof(longest));
    inproc_add_header(&q, "x-request-id", IAM_STR("mine-1"));
    struct iam_http_exchange *x = hand(0, &q);
    bridge_round_end(&bridge);
    assert_str(x->client_id, "mine-1");
    assert_false(iam_str_eq(x->request_id, x->client_id));
    struct iam_authn_header *last = &q.headers[q.wire.header_count - 1];
    const size_t lengths[] = { 0, 256, 257 };
    for (size_t i = 0; i < IAM_COUNT(lengths); i++) {
        last->value = (struct iam_str){ longest, lengths[i] };
        x = hand(0, &q);
        bridge_round_end(&bridge);
        assert_int_equal(iam_str_is_set(x->client_id), lengths[i] == 256);
    }
}

/* ---- who asks ---- */

static void expect_caller(struct inproc_request *q, int failed, int authenticated)
{
    struct iam_http_exchange *x = hand(0, q);
    bridge_round_end(&bridge);
    assert_int_equal(x->replies, 1);
    assert_int_equal(x->callers[false], failed);
    assert_int_equal(x->callers[true], authenticated);
}

/* The HTTP layer is told of a caller, and of one whose request was refused; of the public nothing.
 */
static void test_callers_are_told(void **state)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    (void)state;
    expect_caller(&q, 0, 1);
    q = inproc_query(s, &s->root, "iam", "Action=GetUser&UserName=nobody");
    expect_caller(&q, 0, 1);
    q = inproc_query(s, NULL, "iam", "Action=ListUsers");
    expect_caller(&q, 1, 0);
    q = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    q.wire.body = IAM_STR("Action=ListRoles");
    expect_caller(&q, 1, 0);
    q = inproc_make(s, NULL, NULL, "GET", "/healthz", NULL, NULL);
    expect_caller(&q, 0, 0);
    q = inproc_make(s, NULL, NULL, "GET", "/.well-known/authzen-configuration", NULL, NULL);
    expect_caller(&q, 0, 0);
}

/* ---- the server's own routes ---- */

static void test_health(void **state)
{
    (void)state;
    assert_int_equal(get("GET", "/healthz")->status, 200);
    assert_str(exchanges[0].body, "ok\n");
    assert_int_equal(get("HEAD", "/readyz")->status, 200);
    (void)health_set(&health, HEALTH_DRAINING, true);
    assert_int_equal(get("GET", "/readyz")->status, 503);
    assert_str(exchanges[0].body, "not ready\nauthenticates: stopping\ndecides: stopping\n"
                                  "writes: stopping\nrecords: stopping\n");
    assert_int_equal(get("GET", "/healthz")->status, 200);
    assert_int_equal(get("POST", "/healthz")->status, 404);
    assert_int_equal(get("GET", "/healthz/")->status, 404);
    (void)health_set(&health, HEALTH_DRAINING, false);
    assert_int_equal(get("GET", "/readyz")->status, 200);
    assert_str(exchanges[0].body,
               "ready\nauthenticates: ok\ndecides: ok\nwrites: ok\nrecords: ok\n");
    bridge.is_started = false;
    assert_int_equal(get("GET", "/healthz")->status, 503);
    assert_str(exchanges[0].body, "starting\n");
}

/* ---- requests of the API ---- */

/* The requests wait for the end of the round; the records are in the file before the answers. */
static void test_reads_are_answered_when_the_round_ends(void **state)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    struct inproc_request bad = inproc_query(s, NULL, "iam", "Action=ListUsers");
    (void)state;
    (void)hand(0, &q);
    (void)hand(1, &bad);
    assert_int_equal(exchanges[0].replies + exchanges[1].replies, 0);
    assert_int_equal(audit_size(), 0);
    bridge_round_end(&bridge);
    assert_int_equal(exchanges[0].replies, 1);
    assert_int_equal(exchanges[0].status, 200);
    assert_str(exchanges[0].type, "text/xml");
    assert_int_equal(exchanges[1].replies, 1);
    assert_int_equal(exchanges[1].status, 403);
    assert_true(exchanges[0].audit_bytes > 0);
    assert_int_equal(exchanges[0].audit_bytes, audit_size());
    bridge_round_end(&bridge); /* no answer is left to send */
    assert_int_equal(exchanges[0].replies + exchanges[1].replies, 2);
}

static void test_a_write_is_answered_by_the_writer(void **state)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=late");
    (void)state;
    (void)hand(0, &q);
    lanes_stop(&bridge.lanes);
    assert_int_equal(exchanges[0].replies, 1);
    assert_int_equal(exchanges[0].status, 200);
    assert_int_equal(exchanges[0].audit_bytes, audit_size());
    assert_true(audit_size() > 0);
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=GetUser&UserName=late"), 200);
}

/* ---- a thread that hangs ---- */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static _Atomic bool is_at_gate;

/* As a hash that takes very long, or a disk. */
static void wait_at_gate(void *const *args, size_t count)
{
    (void)args;
    (void)count;
    atomic_store(&is_at_gate, true);
    (void)pthread_mutex_lock(&gate);
    (void)pthread_mutex_unlock(&gate);
}

/* Lets everything that is queued be done. */
static void open_the_gate(void)
{
    (void)pthread_mutex_unlock(&gate);
    lanes_stop(&bridge.lanes);
}

/* ---- a writer that hangs ---- */

static pthread_t opener;

/* Tells the time, to the writer only when the gate is open. */
static int64_t now_behind_the_gate(void)
{
    if (!pthread_equal(pthread_self(), opener)) {
        wait_at_gate(NULL, 0);
    }
    return inproc_now_ms;
}

static void test_what_a_hung_writer_is_at(void **state)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=late");
    (void)state;
    opener = pthread_self();
    atomic_store(&is_at_gate, false);
    s->env.now_ms = now_behind_the_gate;
    (void)pthread_mutex_lock(&gate);
    (void)hand(0, &q);
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
    assert_false(lanes_watch(&bridge.lanes, &health));
    assert_int_equal(exchanges[0].early_replies, 0);
    bridge.lanes.hung_ms = 1;
    assert_false(lanes_settle(&bridge.lanes));
    assert_true(lanes_watch(&bridge.lanes, &health));
    assert_true(lanes_watch(&bridge.lanes, &health)); /* that is not said twice */
    assert_int_equal(exchanges[0].early_replies, 1);
    assert_int_equal(exchanges[0].status, 503);
    assert_str(exchanges[0].type, "text/xml");
    assert_int_equal(exchanges[0].request_id.len, ID_LEN);
    assert_non_null(strstr(exchanges[0].body.p, "The outcome of the request is unknown"));
    assert_int_equal(exchanges[0].replies, 0);
    assert_int_equal(audit_size(), 0);
    open_the_gate();
    assert_int_equal(exchanges[0].replies, 1);
    assert_int_equal(exchanges[0].status, 200);
    assert_true(audit_size() > 0); /* with what became of it */
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=GetUser&UserName=late"), 200);
}

/* ---- a trail that is required ---- */

/* Opens the trail again as one that is required, with a file that grows no more. */
static void require_full_trail(struct rlimit *ret_old)
{
    const struct trail_options options = { .path = audit_path,
                                           .is_required = true,
                                           .health = &health };
    struct rlimit full;
    trail_close(bridge.trail, s->env.now_ms());
    assert_ok(trail_open(&options, &bridge.trail));
    bridge.lanes.trail = bridge.trail;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, ret_old), 0);
    full = *ret_old;
    full.rlim_cur = (rlim_t)audit_size();
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
}

static void test_an_answer_without_a_record_is_withheld(void **state)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    struct rlimit old;
    (void)state;
    require_full_trail(&old);
    (void)hand(0, &q);
    bridge_round_end(&bridge);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(exchanges[0].replies, 1);
    assert_int_equal(exchanges[0].status, 503);
    assert_non_null(strstr(exchanges[0].body.p, "cannot be recorded"));
    assert_null(strstr(exchanges[0].body.p, "ListUsersResult"));
    assert_false(health_is_ready(&health));
}

/* What was committed before that showed is answered as done; nothing is begun after it. */
static void test_a_change_is_not_begun_without_a_trail(void **state)
{
    struct inproc_request first =
        inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=one");
    struct inproc_request next = inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=two");
    struct rlimit old;
    (void)state;
    require_full_trail(&old);
    (void)hand(0, &first);
    lanes_stop(&bridge.lanes);
    assert_ok(bridge_start(&bridge, 1, 1));
    assert_false(trail_takes_records(bridge.trail));
    (void)hand(1, &next);
    bridge_round_end(&bridge);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(exchanges[0].status, 200);
    assert_int_equal(exchanges[1].status, 503);
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=GetUser&UserName=one"), 200);
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=GetUser&UserName=two"), 404);
    trail_keep(bridge.trail, s->env.now_ms());
    assert_true(health_is_ready(&health));
}

/* It is opened by another thread, and wiped, as it may hold a secret. */
static void test_a_large_body(void **state)
{
    static char text[LANES_SHORT_BODY + 64];
    int n = snprintf(text, sizeof(text), "Action=ListUsers&x=");
    memset(text + n, 'x', sizeof(text) - 1 - (size_t)n);
    struct inproc_request q = inproc_query(s, &s->root, "iam", text);
    (void)state;
    (void)hand(0, &q);
    bridge_round_end(&bridge);
    assert_true(exchanges[0].is_secret);
    lanes_stop(&bridge.lanes);
    assert_int_equal(exchanges[0].replies, 1);
    assert_int_equal(exchanges[0].status, 200);
    assert_int_equal(exchanges[0].audit_bytes, audit_size());
    assert_true(audit_size() > 0);
}

/* ---- requests that are prepared ---- */

#define PASSWORD "Correct-horse-1"
#define CREATE_PROFILE "Action=CreateLoginProfile&UserName=alice&Password=" PASSWORD

static void block_the_preparer(void)
{
    atomic_store(&is_at_gate, false);
    (void)pthread_mutex_lock(&gate);
    assert_ok(queue_put(bridge.lanes.preparer, 0, wait_at_gate, NULL));
    while (!atomic_load(&is_at_gate)) {
        (void)sched_yield();
    }
}

static void test_a_slow_preparation_holds_up_nobody(void **state)
{
    struct inproc_request read = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    (void)state;
    (void)inproc_user(s, "alice", NULL);
    struct inproc_request slow = inproc_query(s, &s->root, "iam", CREATE_PROFILE);
    struct inproc_request write = inproc_query(s, &s->root, "iam", "Action=CreateUser&UserName=b");
    block_the_preparer();
    (void)hand(0, &slow);
    assert_true(exchanges[0].is_secret);
    (void)hand(1, &read);
    bridge_round_end(&bridge);
    assert_int_equal(exchanges[1].status, 200);
    assert_false(exchanges[1].is_secret);
    (void)hand(2, &write);
    queue_stop(bridge.lanes.writer); /* is done with it */
    assert_int_equal(exchanges[2].status, 200);
    assert_ok(queue_new(&room_for_four, &bridge.lanes.writer));
    assert_int_equal(exchanges[0].replies, 0);
    open_the_gate();
    assert_int_equal(exchanges[0].replies, 1);
    assert_int_equal(exchanges[0].status, 200);
    assert_int_equal(exchanges[0].audit_bytes, audit_size());
}

static void test_what_waits_for_preparation_is_bounded(void **state)
{
    (void)state;
    (void)inproc_user(s, "alice", NULL);
    struct inproc_request slow = inproc_query(s, &s->root, "iam", CREATE_PROFILE);
    queue_stop(bridge.lanes.preparer);
    assert_ok(queue_new(&room_for_four, &bridge.lanes.preparer));
    block_the_preparer();
    for (size_t n = 0; n < 5; n++) {
        (void)hand(n, &slow);
    }
    bridge_round_end(&bridge);
    for (size_t n = 0; n < 4; n++) {
        assert_int_equal(exchanges[n].replies, 0);
    }
    assert_int_equal(exchanges[4].replies, 1);
    assert_int_equal(exchanges[4].status, 400);
    assert_non_null(strstr(exchanges[4].body.p, "<Code>Throttling</Code>"
                                                "<Message>Rate exceeded</Message>"));
    assert_true(exchanges[4].is_held);
    open_the_gate();
    assert_int_equal(exchanges[0].status, 200);
    assert_false(exchanges[0].is_held);
    for (size_t n = 1; n < 4; n++) {
        assert_int_equal(exchanges[n].replies, 1);
        assert_int_equal(exchanges[n].status, 409);
        assert_false(exchanges[n].is_held);
    }
}

static void test_a_preparation_that_fails_is_answered(void **state)
{
    struct inproc_request weak =
        inproc_query(s, &s->root, "iam",
                     "Action=CreateLoginProfile&UserName=alice&Password=" PASSWORD
                     "&PasswordResetRequired=maybe");
    (void)state;
    (void)inproc_user(s, "alice", NULL);
    (void)hand(0, &weak); /* already the first step refuses it */
    bridge_round_end(&bridge);
    assert_int_equal(exchanges[0].status, 400);
    assert_true(exchanges[0].is_secret);
    weak = inproc_query(s, &s->root, "iam",
                        "Action=CreateLoginProfile&UserName=alice&Password=password");
    (void)hand(1, &weak);
    lanes_stop(&bridge.lanes);
    assert_int_equal(exchanges[1].status, 400);
    assert_non_null(strstr(exchanges[1].body.p, "<Code>PasswordPolicyViolation</Code>"));
    assert_int_equal(exchanges[1].audit_bytes, audit_size());
}

/* A request that does not fit its arena is answered and recorded. */
static void test_an_arena_that_is_too_small(void **state)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    (void)state;
    for (size_t bytes = 0; bytes < 16384; bytes += 512) {
        off_t before = audit_size();
        struct iam_http_exchange *x = hand_in(bytes, 0, &q);
        bridge_round_end(&bridge);
        assert_int_equal(x->replies, 1);
        assert_true(x->status == 200 || x->status == 413 || x->status == 500 || x->status == 503);
        /*
         * Without memory for the request itself nothing was looked at, so there is nothing to
         * record.
         */
        assert_true(audit_size() > before || iam_str_eq(x->body, IAM_STR("out of memory\n")));
    }
    assert_int_equal(exchanges[0].status, 200);
}

/* Whom the server could not serve has not failed to prove who it is. */
static void test_a_failure_of_ours_is_no_bad_request(void **state)
{
    struct inproc_request q =
        inproc_query(s, NULL, "sts",
                     "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::111122223333:role/r"
                     "&RoleSessionName=me&WebIdentityToken=header.claims.signature");
    bool is_failed = false;
    (void)state;
    for (size_t bytes = 0; bytes < 4096; bytes += 256) {
        struct iam_http_exchange *x = hand_in(bytes, 0, &q);
        bridge_round_end(&bridge);
        assert_int_equal(x->replies, 1);
        assert_true(x->status < 500 || x->callers[false] == 0);
        is_failed = is_failed || x->status >= 500;
    }
    assert_true(is_failed);
}

/* ---- errors of the HTTP layer ---- */

static void test_errors_are_xml(void **state)
{
    struct iam_http_response response;
    (void)state;
    bridge_error(&bridge, &s->arena, 431, "<too & large>", &response);
    assert_int_equal(response.status, 431);
    assert_str(response.body, "<ErrorResponse><Error><Type>Sender</Type><Code>BadRequest</Code>"
                              "<Message>&lt;too &amp; large&gt;</Message></Error></ErrorResponse>");
    bridge_error(&bridge, &s->arena, 503, "busy", &response);
    assert_non_null(memmem(response.body.p, response.body.len, "ServiceUnavailable", 18));
    struct iam_arena none;
    iam_arena_init(&none, iam_heap(), 0);
    bridge_error(&bridge, &none, 400, "bad", &response);
    assert_int_equal(response.status, 400);
    assert_int_equal(response.body.len, 0);
    iam_arena_done(&none);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_callers_are_told),
        TEST(test_request_ids_are_random),
        TEST(test_the_clients_own_id),
        TEST(test_health),
        TEST(test_reads_are_answered_when_the_round_ends),
        TEST(test_a_write_is_answered_by_the_writer),
        TEST(test_what_a_hung_writer_is_at),
        TEST(test_an_answer_without_a_record_is_withheld),
        TEST(test_a_change_is_not_begun_without_a_trail),
        TEST(test_a_large_body),
        TEST(test_a_slow_preparation_holds_up_nobody),
        TEST(test_what_waits_for_preparation_is_bounded),
        TEST(test_a_preparation_that_fails_is_answered),
        TEST(test_an_arena_that_is_too_small),
        TEST(test_a_failure_of_ours_is_no_bad_request),
        TEST(test_errors_are_xml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
