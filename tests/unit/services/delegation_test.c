/* SPDX-License-Identifier: Apache-2.0 */
/* Delegation requests from one account to another: who sees them, and who never does. */
#include "lib/inproc.h"

#define ID "DelegationRequestId="
#define OTHER "444455556666"
#define DAY_MS (INT64_C(86400) * 1000)

static struct inproc *s;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    return 0;
}

/* Has the other account ask; more is further parameters. Returns the ID. */
static const char *ask(const char *more)
{
    static int number;
    inproc_must(s, &s->other_root, "iam",
                "Action=CreateDelegationRequest&Description=d&RequestorWorkflowId=flow-%d"
                "&SessionDuration=300&NotificationChannel=arn:aws:sns:us-east-1:" OTHER ":t"
                "&Permissions.PolicyTemplateArn=arn:aws:iam::aws:delegation-template/acme/Setup"
                "&Permissions.Parameters.member.1.Name=bucketName"
                "&Permissions.Parameters.member.1.Values.member.1=b%s",
                ++number, more);
    struct iam_str id = inproc_text(s, "DelegationRequestId");
    return inproc_form(s, signer_fmt(&s->arena, "%.*s", IAM_STR_ARG(id)).p);
}

static void expect(const struct inproc_caller *who, const char *verb, const char *id, int status)
{
    int got = inproc_ask(s, who, "iam", "Action=%sDelegationRequest&" ID "%s", verb, id);
    if (got != status) {
        fail_msg("%s: %d %.*s", verb, got, IAM_STR_ARG(s->body));
    }
}

static void test_without_an_account_it_is_who_takes_it(void **state)
{
    struct inproc_caller nobody = inproc_user(s, "nobody", NULL);
    struct inproc_caller alice = inproc_user(s, "alice", ALLOW("iam:*"));
    const char *id = ask("");
    (void)state;
    expect(&nobody, "Get", id, 200);
    expect(&s->other_root, "Get", id, 200);
    expect(&nobody, "Associate", id, 403);
    expect(&alice, "Associate", id, 200);
    expect(&alice, "Get", id, 200);
    inproc_expect(s, 200, "<OwnerAccountId>111122223333</OwnerAccountId>");
    inproc_expect(s, 200, "<RequestorId>" OTHER "</RequestorId>");
    expect(&nobody, "Get", id, 403);
    /* for the account that has asked it is gone, as for any other one */
    expect(&s->other_root, "Get", id, 404);
    expect(&s->other_root, "Reject", id, 404);
    expect(&s->other_root, "Accept", id, 404);
    inproc_must(s, &s->other_root, "iam", "Action=ListDelegationRequests");
    assert_false(inproc_says(s, "<member>"));
    inproc_must(s, &alice, "iam", "Action=ListDelegationRequests");
    assert_true(inproc_says(s, id));
}

static void test_with_an_account_it_is_nobody_elses(void **state)
{
    struct inproc_caller nobody = inproc_user(s, "nobody", NULL);
    const char *own = ask("&OwnerAccountId=111122223333");
    const char *back = ask("&OwnerAccountId=" OTHER);
    (void)state;
    expect(&nobody, "Get", own, 200);
    expect(&s->other_root, "Get", own, 404);
    expect(&s->other_root, "Associate", own, 404);
    expect(&s->root, "Get", back, 404);
    expect(&nobody, "Get", back, 403);
    expect(&s->root, "Associate", own, 200);
    expect(&nobody, "Get", own, 403);
}

static void test_another_accounts_template(void **state)
{
    (void)state;
    int got =
        inproc_ask(s, &s->root, "iam",
                   "Action=CreateDelegationRequest&Description=d&RequestorWorkflowId=theirs"
                   "&SessionDuration=300&NotificationChannel=arn:aws:sns:us-east-1:" OTHER ":t"
                   "&Permissions.PolicyTemplateArn="
                   "arn:aws:iam::aws:delegation-template/acme/SetupOther");
    assert_int_equal(got, 400);
    inproc_expect(s, 400, "cannot be found");
}

static void set_time(int64_t ms)
{
    inproc_now_ms = ms;
    inproc_sign_ms = ms;
}

/* What nobody has taken expires after a day, and is shown for 30 days more. */
static void test_what_expired_is_shown_for_30_days(void **state)
{
    const char *id = ask("");
    (void)state;
    set_time(INPROC_NOW_MS + 31 * DAY_MS);
    (void)ask("");
    expect(&s->other_root, "Get", id, 200);
    inproc_expect(s, 200, "<State>EXPIRED</State>");
    set_time(INPROC_NOW_MS + 31 * DAY_MS + 1);
    (void)ask("");
    expect(&s->other_root, "Get", id, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_without_an_account_it_is_who_takes_it, setup,
                                        inproc_teardown),
        cmocka_unit_test_setup_teardown(test_with_an_account_it_is_nobody_elses, setup,
                                        inproc_teardown),
        cmocka_unit_test_setup_teardown(test_another_accounts_template, setup, inproc_teardown),
        cmocka_unit_test_setup_teardown(test_what_expired_is_shown_for_30_days, setup,
                                        inproc_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
