/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who sent a request, and whether that caller is still valid when a queued write has its turn:
 * between the two steps of a request the tests take something away.
 */
#include "dispatch/caller.h"

#include <stdio.h>

#include "base/time.h"
#include "toy.h"

#define FORBIDDEN 403

/*
 * A write by who is accepted, then the root user makes change: the write must be refused with code.
 */
static void expect_refused_after(const struct inproc_caller *who, const char *change,
                                 const char *code)
{
    struct inproc *s = toy.server;
    struct inproc_request q = inproc_query(s, who, "iam", "Action=CreateGroup&GroupName=late");
    struct api_request r;
    struct iam_arena arena;
    iam_arena_init(&arena, iam_heap(), (size_t)1 << 20);
    inproc_open(s, &q, &arena, &r);
    assert_false(r.is_done);
    assert_true(api_request_is_write(&r));
    if (change != NULL) {
        inproc_must(s, &s->root, "iam", "%s", change);
    }
    int64_t before = inproc_last_change(s);
    api_request_run(&r);
    inproc_close(s, &r);
    iam_arena_done(&arena);
    inproc_expect(s, FORBIDDEN, code);
    assert_int_equal(inproc_last_change(s), before);
}

static const char *text_of(const char *fmt, struct iam_str value)
{
    const char *at = strstr(fmt, "%s");
    return signer_fmt(&toy.server->arena, "%.*s%.*s%s", (int)(at - fmt), fmt, IAM_STR_ARG(value),
                      at + 2)
        .p;
}

static int setup(void **state)
{
    (void)toy_setup(state);
    inproc_put_user_policy(*state, "alice", ALLOW("*"));
    return 0;
}

/* ---- a write that waited ---- */

static void test_the_key_was_deleted(void **state)
{
    (void)state;
    expect_refused_after(
        &toy.alice, text_of("Action=DeleteAccessKey&UserName=alice&AccessKeyId=%s", toy.alice.id),
        "InvalidClientTokenId");
}

static void test_the_key_was_made_inactive(void **state)
{
    (void)state;
    expect_refused_after(
        &toy.alice,
        text_of("Action=UpdateAccessKey&UserName=alice&Status=Inactive&AccessKeyId=%s",
                toy.alice.id),
        "InvalidClientTokenId");
}

static void test_the_policy_was_taken_away(void **state)
{
    (void)state;
    expect_refused_after(&toy.alice, "Action=DeleteUserPolicy&UserName=alice&PolicyName=p",
                         "AccessDenied");
}

/* The key is found, but it belongs to another owner or account, who did not send the request. */
static void test_the_key_is_somebody_elses_now(void **state)
{
    struct inproc *s = *state;
    struct inproc_request q = inproc_query(s, &toy.alice, "iam", "Action=CreateGroup&GroupName=g");
    for (int i = 0; i < 3; i++) {
        struct api_request r;
        inproc_open(s, &q, &s->arena, &r);
        assert_false(r.is_done);
        if (i == 0) {
            r.identity.principal_id = IAM_STR("AIDASOMEBODYELSE00000");
        } else if (i == 1) {
            r.identity.account = INPROC_OTHER_ACCOUNT;
        }
        api_request_run(&r);
        inproc_close(s, &r);
        if (i < 2) {
            inproc_expect(s, FORBIDDEN, "InvalidClientTokenId");
        } else {
            inproc_expect(s, 200, "<GroupName>g</GroupName>"); /* as it was */
        }
    }
}

static struct inproc_caller session_of(struct inproc *s, const char *more)
{
    struct iam_str role = inproc_role(
        s, "r", TRUST("arn:aws:iam::111122223333:user/alice", "sts:AssumeRole"), ALLOW("*"));
    return inproc_assume(s, &toy.alice, role, "session", more);
}

static void test_the_role_was_deleted(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller session = session_of(s, "");
    inproc_must(s, &session, "iam", "Action=CreateGroup&GroupName=soon");
    inproc_must(s, &s->root, "iam", "Action=DeleteRolePolicy&RoleName=r&PolicyName=p");
    expect_refused_after(&session, "Action=DeleteRole&RoleName=r", "InvalidClientTokenId");
}

/* A new role with the same name is a different role: old sessions do not belong to it. */
static void test_the_role_was_made_again(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller session = session_of(s, "");
    inproc_must(s, &s->root, "iam", "Action=DeleteRolePolicy&RoleName=r&PolicyName=p");
    inproc_must(s, &s->root, "iam", "Action=DeleteRole&RoleName=r");
    (void)session_of(s, "");
    assert_int_equal(inproc_ask(s, &session, "iam", "Action=ListUsers"), FORBIDDEN);
    inproc_expect(s, FORBIDDEN, "InvalidClientTokenId");
}

static void test_the_session_ended(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller session = session_of(s, "&DurationSeconds=900");
    struct inproc_request q = inproc_query(s, &session, "iam", "Action=CreateGroup&GroupName=g");
    struct api_request r;
    for (int late = 1; late >= 0; late--) {
        inproc_now_ms = INPROC_NOW_MS;
        inproc_open(s, &q, &s->arena, &r);
        assert_false(r.is_done);
        inproc_now_ms = INPROC_NOW_MS + INT64_C(900000) - !late;
        api_request_run(&r);
        inproc_close(s, &r);
        inproc_expect(s, late ? FORBIDDEN : 200, late ? "ExpiredToken" : "<GroupName>g");
    }
}

/*
 * The clock is set back: what had expired stays so. Requests of these tests are signed at
 * INPROC_NOW_MS, and so valid for 15 minutes more.
 */
static void test_the_clock_was_set_back(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller session = session_of(s, "&DurationSeconds=900");
    struct inproc_request its = inproc_query(s, &session, "iam", "Action=ListUsers");
    struct inproc_request captured = inproc_query(s, &s->root, "iam", "Action=ListUsers");
    assert_int_equal(inproc_send(s, &its), 200);
    assert_int_equal(inproc_send(s, &captured), 200);
    inproc_high_ms = INPROC_NOW_MS + INT64_C(900000);
    (void)inproc_send(s, &its);
    inproc_expect(s, FORBIDDEN, "ExpiredToken");
    assert_int_equal(inproc_send(s, &captured), 200);
    inproc_high_ms++;
    (void)inproc_send(s, &captured);
    inproc_expect(s, FORBIDDEN, "Signature expired");
}

/* A session that is made while the clock is behind lives as long as it should. */
static void test_a_session_made_while_the_clock_is_behind(void **state)
{
    struct inproc *s = *state;
    inproc_high_ms = INPROC_NOW_MS + INT64_C(600000);
    struct inproc_caller session = session_of(s, "&DurationSeconds=900");
    struct inproc_request its = inproc_query(s, &session, "iam", "Action=ListUsers");
    inproc_high_ms = INPROC_NOW_MS + INT64_C(900000);
    assert_int_equal(inproc_send(s, &its), 200);
}

#define DATED_POLICY                                                                        \
    "{\"Version\":\"2012-10-17\",\"Statement\":["                                           \
    "{\"Effect\":\"Allow\",\"Action\":\"iam:ListUsers\",\"Resource\":\"*\",\"Condition\":"  \
    "{\"DateLessThan\":{\"aws:CurrentTime\":\"%s\"}}},"                                     \
    "{\"Effect\":\"Allow\",\"Action\":\"iam:ListGroups\",\"Resource\":\"*\",\"Condition\":" \
    "{\"DateGreaterThan\":{\"aws:EpochTime\":\"%s\"}}}]}"

/* A permission that ends at some time, or begins, is judged by the highest time. */
static void test_dates_in_conditions_after_the_clock_was_set_back(void **state)
{
    struct inproc *s = *state;
    char date[IAM_TIME_ISO_LEN + 1];
    char text[sizeof(DATED_POLICY) + 2 * sizeof(date)];
    iam_time_to_iso(INPROC_NOW_MS + 60000, date);
    (void)snprintf(text, sizeof(text), DATED_POLICY, date, date);
    struct inproc_caller dated = inproc_user(s, "dated", text);
    struct inproc_request users = inproc_query(s, &dated, "iam", "Action=ListUsers");
    struct inproc_request groups = inproc_query(s, &dated, "iam", "Action=ListGroups");
    assert_int_equal(inproc_send(s, &users), 200);
    assert_int_equal(inproc_send(s, &groups), FORBIDDEN);
    inproc_high_ms = INPROC_NOW_MS + 120000;
    assert_int_equal(inproc_send(s, &users), FORBIDDEN);
    assert_int_equal(inproc_send(s, &groups), 200);
}

/* What is recorded has the time of the wall clock. */
static void test_what_is_made_has_the_time_of_the_wall_clock(void **state)
{
    struct inproc *s = *state;
    char date[IAM_TIME_ISO_LEN + 1];
    char text[64];
    inproc_high_ms = INPROC_NOW_MS + 120000;
    iam_time_to_iso(INPROC_NOW_MS, date);
    (void)snprintf(text, sizeof(text), "<CreateDate>%s", date);
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=CreateUser&UserName=new"), 200);
    inproc_expect(s, 200, text);
}

/* ---- how it is told ---- */

static void test_the_json_protocols_have_other_names(void **state)
{
    static const char body[] = "{\"subject\":{\"type\":\"user\",\"id\":\"a\"},\"action\":{\"name\":"
                               "\"a:b\"},\"resource\":{\"type\":\"t\",\"id\":\"i\"}}";
    struct inproc *s = *state;
    struct inproc_caller wrong = toy.alice;
    struct inproc_caller unknown = toy.alice;
    wrong.secret = IAM_STR("not-the-secret-0123456789");
    unknown.id = IAM_STR("AKIANOBODYNOBODYNOBO");
    const struct {
        const struct inproc_caller *who;
        const char *query;
        const char *json;
    } cases[] = {
        {NULL,      "MissingAuthenticationToken", "MissingAuthenticationTokenException"},
        { &wrong,   "SignatureDoesNotMatch",      "InvalidSignatureException"          },
        { &unknown, "InvalidClientTokenId",       "UnrecognizedClientException"        },
    };
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        struct inproc_request q = inproc_query(s, cases[i].who, "iam", "Action=ListUsers");
        (void)inproc_send(s, &q);
        inproc_expect(s, FORBIDDEN, cases[i].query);
        assert_false(inproc_says(s, "Exception"));
        q = inproc_make(s, cases[i].who, "iamd", "POST", "/access/v1/evaluation",
                        "application/json", body);
        assert_in_range(inproc_send(s, &q), 400, 403);
        assert_true(inproc_says(s, cases[i].json));
    }
}

/* A signature for one service is not valid for another (S02). */
static void test_signed_for_another_service(void **state)
{
    struct inproc *s = *state;
    (void)inproc_ask(s, &toy.alice, "sts", "Action=ListUsers&Version=2010-05-08");
    inproc_expect(s, FORBIDDEN, "SignatureDoesNotMatch");
}

/* Recorded: IAM's answer goes on with the text that was to be signed, that of STS ends before it.
 */
static void test_what_a_wrong_signature_is_told(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller wrong = toy.alice;
    wrong.secret = IAM_STR("not-the-secret-0123456789");
    assert_int_equal(inproc_ask(s, &wrong, "iam", "Action=ListUsers"), FORBIDDEN);
    assert_true(inproc_says(s, "Consult the service documentation for details.\n\nThe Canonical "
                               "String for this request should have been\n"));
    assert_int_equal(inproc_ask(s, &wrong, "sts", "Action=GetCallerIdentity"), FORBIDDEN);
    assert_true(inproc_says(
        s, "<Message>The request signature we calculated does not match the signature you "
           "provided. Check your AWS Secret Access Key and signing method. Consult the service "
           "documentation for details.</Message>"));
}

/* ---- public operations and those that bring evidence ---- */

static void test_public_looks_at_no_signature(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller wrong = toy.alice;
    wrong.secret = IAM_STR("not-the-secret-0123456789");
    toy.rule.access = API_ACCESS_PUBLIC;
    struct inproc_request q = inproc_query(s, &wrong, "toy", "Action=Run&Version=2001-02-03");
    assert_int_equal(toy_send(&q), 200);
    q = inproc_query(s, NULL, "toy", "Action=Run&Version=2001-02-03");
    assert_int_equal(toy_send(&q), 200);
}

static void test_evidence_is_unsigned_or_verified(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller wrong = toy.alice;
    wrong.secret = IAM_STR("not-the-secret-0123456789");
    toy.rule.access = API_ACCESS_EVIDENCE;
    struct inproc_request q = inproc_query(s, NULL, "toy", "Action=Run&Version=2001-02-03");
    assert_int_equal(toy_send(&q), FORBIDDEN); /* nobody verifies it */
    toy.rule.verify = toy_vouch;
    assert_int_equal(toy_send(&q), FORBIDDEN); /* no role lets it in */
    assert_int_equal(toy.runs, 0);
    toy_open_door();
    assert_int_equal(toy_send(&q), 200);
    assert_int_equal(toy.runs, 1);
    toy_open_door();
    assert_int_equal(toy_run_as(&toy.alice, ""), 200); /* by her policy and the role's */
    assert_int_equal(toy.runs, 1);
    toy.target.view = NULL;
    assert_int_equal(toy_run_as(&wrong, ""), FORBIDDEN);
    assert_int_equal(toy.runs, 0);
}

/* Renewing an unsigned write leaves it without a caller. */
static void test_evidence_in_a_write(void **state)
{
    struct inproc *s = *state;
    toy.rule.access = API_ACCESS_EVIDENCE;
    toy.rule.txn = API_TXN_WRITE;
    toy.rule.verify = toy_vouch;
    toy_open_door();
    struct inproc_request q = inproc_query(s, NULL, "toy", "Action=Run&Version=2001-02-03");
    assert_int_equal(toy_send(&q), 200);
    assert_int_equal(toy.runs, 1);
}

/* ---- uses are noted ---- */

static struct {
    size_t count;
    char key[64];
    char service[16];
    char region[32];
} noted;

static void note(void *ctx, const struct iam_identity *caller, struct iam_str service,
                 struct iam_str region, int64_t now_ms)
{
    assert_ptr_equal(ctx, &noted);
    assert_int_equal(now_ms, INPROC_NOW_MS);
    noted.count++;
    (void)snprintf(noted.key, sizeof(noted.key), "%.*s", IAM_STR_ARG(caller->access_key_id));
    (void)snprintf(noted.service, sizeof(noted.service), "%.*s", IAM_STR_ARG(service));
    (void)snprintf(noted.region, sizeof(noted.region), "%.*s", IAM_STR_ARG(region));
}

static void test_a_use_is_noted_when_it_is_verified(void **state)
{
    struct inproc *s = *state;
    struct inproc_caller wrong = toy.alice;
    wrong.secret = IAM_STR("not-the-secret-0123456789");
    s->env.note_use = note;
    s->env.note_use_ctx = &noted;
    s->region = IAM_STR("eu-west-1");
    noted.count = 0;
    (void)inproc_ask(s, &wrong, "iam", "Action=ListUsers");
    assert_int_equal(noted.count, 0);
    /* Denied, but the key was used all the same. SPEC: IAM User Guide, "access key last used". */
    inproc_must(s, &s->root, "iam", "Action=DeleteUserPolicy&UserName=alice&PolicyName=p");
    noted.count = 0;
    assert_int_equal(inproc_ask(s, &toy.alice, "iam", "Action=ListUsers"), FORBIDDEN);
    assert_int_equal(noted.count, 1);
    assert_same_str(iam_str_c(noted.key), toy.alice.id);
    assert_string_equal(noted.service, "iam");
    assert_string_equal(noted.region, "eu-west-1");
}

static struct {
    size_t count;
    char text[128];
} used;

static void note_service(void *ctx, const struct api_service_use *use, int64_t now_ms)
{
    assert_ptr_equal(ctx, &used);
    assert_int_equal(now_ms, INPROC_NOW_MS);
    assert_int_equal(use->context_count, 0);
    used.count++;
    (void)snprintf(used.text, sizeof(used.text), "%.*s %.*s:%.*s %.*s",
                   IAM_STR_ARG(use->principal_id), IAM_STR_ARG(use->service),
                   IAM_STR_ARG(use->action), IAM_STR_ARG(use->region));
}

static void test_the_service_is_noted(void **state)
{
    struct inproc *s = *state;
    char wanted[128];
    s->env.note_service = note_service;
    s->env.note_service_ctx = &used;
    s->region = IAM_STR("eu-west-1");
    used.count = 0;
    (void)inproc_ask(s, &s->root, "iam", "Action=NoSuchOperation");
    assert_int_equal(used.count, 0);
    inproc_must(s, &s->root, "iam", "Action=ListUsers");
    assert_int_equal(used.count, 1);
    (void)snprintf(wanted, sizeof(wanted), "%.*s iam:ListUsers eu-west-1",
                   IAM_STR_ARG(INPROC_ACCOUNT));
    assert_string_equal(used.text, wanted);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, toy_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_key_was_deleted),
        TEST(test_the_key_was_made_inactive),
        TEST(test_the_policy_was_taken_away),
        TEST(test_the_key_is_somebody_elses_now),
        TEST(test_the_role_was_deleted),
        TEST(test_the_role_was_made_again),
        TEST(test_the_clock_was_set_back),
        TEST(test_a_session_made_while_the_clock_is_behind),
        TEST(test_dates_in_conditions_after_the_clock_was_set_back),
        TEST(test_what_is_made_has_the_time_of_the_wall_clock),
        TEST(test_the_session_ended),
        TEST(test_the_json_protocols_have_other_names),
        TEST(test_signed_for_another_service),
        TEST(test_what_a_wrong_signature_is_told),
        TEST(test_public_looks_at_no_signature),
        TEST(test_evidence_is_unsigned_or_verified),
        TEST(test_evidence_in_a_write),
        TEST(test_a_use_is_noted_when_it_is_verified),
        TEST(test_the_service_is_noted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
