/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory that is closed says nothing about anybody: every caller is told to try again,
 * whatever was asked for, and never that a key or a token is bad, which a client would believe.
 */
#include "lib/inproc.h"

static struct {
    struct inproc_caller alice;
    struct inproc_caller session;
    struct iam_str role;
} world;

static int setup(void **state)
{
    struct inproc *s;

    assert_int_equal(inproc_setup(state), 0);
    s = *state;
    world.alice = inproc_user(s, "alice", ALLOW("*"));
    world.role = inproc_role(s, "worker", TRUST("111122223333", "sts:AssumeRole"), ALLOW("*"));
    world.session = inproc_assume(s, &world.alice, world.role, "session", "");
    return 0;
}

/* While a transaction has the only connection the feed cannot be read. */
static void close_directory(struct inproc *s)
{
    struct iam_txn *txn;

    assert_ok(iam_store_begin(s->store, IAM_TXN_READ, &txn));
    assert_int_equal(iam_directory_refresh(s->directory), IAM_IO);
    iam_txn_rollback(txn);
    assert_false(iam_directory_is_ready(s->directory));
}

/* A question of each kind; fails the test unless all are answered with the status. */
static void ask_all(struct inproc *s, int status, const char *part)
{
    static const char evaluation[] =
        "{\"subject\":{\"type\":\"user\",\"id\":\"arn:aws:iam::111122223333:user/alice\"},"
        "\"action\":{\"name\":\"iam:ListUsers\"},\"resource\":{\"type\":\"any\",\"id\":\"*\"}}";
    const struct inproc_caller *callers[] = { &s->root, &world.alice, &world.session };

    for (size_t i = 0; i < IAM_COUNT(callers); i++) {
        (void)inproc_ask(s, callers[i], "iam", "Action=ListUsers");
        inproc_expect(s, status, part);
        (void)inproc_ask(s, callers[i], "iam",
                         "Action=TagUser&UserName=alice"
                         "&Tags.member.1.Key=k&Tags.member.1.Value=v");
        inproc_expect(s, status, part);
        (void)inproc_ask(s, callers[i], "sts", "Action=GetCallerIdentity");
        inproc_expect(s, status, part);
        struct inproc_request q = inproc_make(
            s, callers[i], "iamd", "POST", "/access/v1/evaluation", "application/json", evaluation);
        assert_int_equal(inproc_send(s, &q), status);
    }
    (void)inproc_ask(s, &world.alice, "sts", "Action=AssumeRole&RoleArn=%.*s&RoleSessionName=again",
                     IAM_STR_ARG(world.role));
    inproc_expect(s, status, part);
}

static void nobody_is_told_that_credentials_are_bad(void **state)
{
    struct inproc *s = *state;

    ask_all(s, 200, "Response");
    close_directory(s);
    ask_all(s, 503, "ServiceUnavailable");
    assert_ok(iam_directory_refresh(s->directory));
    ask_all(s, 200, "Response");
}

/* Closed after the request was accepted, before it runs. */
static void nor_when_a_write_is_about_to_run(void **state)
{
    struct inproc *s = *state;
    struct inproc_request q =
        inproc_query(s, &world.alice, "iam", "Action=CreateUser&UserName=new");
    struct iam_arena arena;
    struct api_request r;

    iam_arena_init(&arena, iam_heap(), (size_t)32 << 20);
    inproc_open(s, &q, &arena, &r);
    assert_false(r.is_done);
    close_directory(s);
    api_request_run(&r);
    inproc_close(s, &r);
    iam_arena_done(&arena);
    inproc_expect(s, 503, "ServiceUnavailable");
    assert_ok(iam_directory_refresh(s->directory));
    assert_int_equal(inproc_ask(s, &s->root, "iam", "Action=GetUser&UserName=new"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_is_told_that_credentials_are_bad, setup,
                                        inproc_teardown),
        cmocka_unit_test_setup_teardown(nor_when_a_write_is_about_to_run, setup, inproc_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
