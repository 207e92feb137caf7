/* SPDX-License-Identifier: Apache-2.0 */
/* The principals of a trust policy: what is pinned when it is saved, what is shown later. */
#include <stdio.h>

#include "rig.h"

#include "services/iam/trust.h"
#include "store/role.h"
#include "store/user.h"

#define ALICE "AIDAAAAAAAAAAAAAAAAAA"
#define BOB "AIDABBBBBBBBBBBBBBBBB"
#define WORKER "AROACCCCCCCCCCCCCCCCC"
#define ALICE_ARN "arn:aws:iam::111122223333:user/a/alice"
#define BOB_ARN "arn:aws:iam::444455556666:user/bob"
#define WORKER_ARN "arn:aws:iam::111122223333:role/worker"
#define SESSION_ARN "arn:aws:sts::111122223333:assumed-role/worker/s"

#define TRUST(principal)                                                                        \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":" principal \
    ",\"Action\":\"sts:AssumeRole\"}]}"
#define TRUST_AWS(arn) TRUST("{\"AWS\":\"" arn "\"}")

static int setup(void **state)
{
    (void)rig_setup(state);
    struct rig *r = *state;
    rig_add_user(r, ACCOUNT, ALICE, "/a/", "alice");
    rig_add_user(r, OTHER_ACCOUNT, BOB, "/", "bob");
    rig_add_role(r, ACCOUNT, WORKER, "/", "worker");
    return 0;
}

static struct iam_trust take(struct rig *r, const char *document)
{
    struct iam_trust trust = { 0 };
    assert_ok(iam_trust_in(&r->call, iam_str_c(document), &trust));
    return trust;
}

static void test_users_roles_and_sessions_are_pinned(void **state)
{
    struct rig *r = *state;
    struct iam_trust t = take(r, TRUST("{\"AWS\":[\"" ALICE_ARN "\",\"" BOB_ARN "\",\"" WORKER_ARN
                                       "\",\"" SESSION_ARN "\",\"" ALICE_ARN "\"]}"));
    assert_int_equal(t.pin_count, 4);
    assert_str(t.pins[0].principal_arn, ALICE_ARN);
    assert_str(t.pins[0].unique_id, ALICE);
    assert_str(t.pins[1].unique_id, BOB);
    assert_str(t.pins[2].unique_id, WORKER);
    assert_str(t.pins[3].principal_arn, SESSION_ARN);
    assert_str(t.pins[3].unique_id, WORKER);
}

static void test_what_needs_no_pin(void **state)
{
    static const char *const documents[] = {
        TRUST_AWS("*"),
        TRUST_AWS("123456789012"),
        TRUST_AWS("arn:aws:iam::999999999999:root"),
        TRUST_AWS("AIDAZZZZZZZZZZZZZZZZZ"),
        TRUST_AWS("arn:aws:sts::111122223333:federated-user/carl"),
        TRUST("{\"Service\":\"ec2.amazonaws.com\"}"),
    };
    for (size_t i = 0; i < IAM_COUNT(documents); i++) {
        assert_int_equal(take(*state, documents[i]).pin_count, 0);
    }
}

static void test_nobody_is_refused(void **state)
{
    static const char *const arns[] = {
        "arn:aws:iam::111122223333:user/nobody",
        "arn:aws:iam::111122223333:user/alice",   /* another path */
        "arn:aws:iam::111122223333:user/a/ALICE", /* another case: it would never match */
        "arn:aws:iam::444455556666:user/a/alice", /* another account */
        "arn:aws:iam::999999999999:user/a/alice", /* not held here */
        "arn:aws:iam::111122223333:role/Worker",
        "arn:aws:sts::111122223333:assumed-role/Worker/s",
        "arn:aws:sts::111122223333:assumed-role/nobody/s",
        "arn:aws:iam::111122223333:group/g",
        "arn:aws:iam::111122223333:policy/p",
        "arn:aws:s3:::bucket",
        "arn:aws-cn:iam::111122223333:root",
    };
    for (size_t i = 0; i < IAM_COUNT(arns); i++) {
        struct rig *r = *state;
        char document[512];
        char message[256];
        struct iam_trust trust = { 0 };
        (void)snprintf(document, sizeof(document), TRUST_AWS("%s"), arns[i]);
        (void)snprintf(message, sizeof(message), "Invalid principal in policy: \"AWS\":\"%s\"",
                       arns[i]);
        rig_assert_fault(r, iam_trust_in(&r->call, iam_str_c(document), &trust),
                         API_ERR_MALFORMED_POLICY_DOCUMENT, message);
        assert_null(trust.pins);
    }
}

static void test_size_is_measured_without_white_space(void **state)
{
    struct rig *r = *state;
    static char document[8192];
    struct iam_trust trust = { 0 };
    /* 2048 characters that count, and as many spaces as there is room for. */
    int n = snprintf(document, sizeof(document), "%s", TRUST_AWS("*"));
    size_t pad = sizeof(document) - 1 - (size_t)n;
    memset(document + n, ' ', pad);
    assert_ok(iam_trust_in(&r->call, (struct iam_str){ document, sizeof(document) - 1 }, &trust));
    memset(document + n, 'x', 2048 - (size_t)n + 1);
    rig_assert_fault(
        r, iam_trust_in(&r->call, (struct iam_str){ document, sizeof(document) - 1 }, &trust),
        API_ERR_LIMIT_EXCEEDED, "Cannot exceed quota for ACLSizePerRole: 2048");
}

/* ---- out ---- */

static struct iam_str shown(struct rig *r, const char *document)
{
    struct iam_role role = { 0 };
    struct iam_str text;
    struct iam_trust t = take(r, document);
    assert_ok(iam_store_role_set_trust(r->call.txn, ACCOUNT, IAM_STR(WORKER), iam_str_c(document),
                                       t.pins, t.pin_count));
    assert_ok(iam_store_user_delete(r->call.txn, ACCOUNT, IAM_STR(ALICE)));
    assert_ok(iam_store_role_get_by_id(r->call.txn, &r->arena, IAM_STR(WORKER), &role));
    assert_ok(iam_trust_out(&r->call, &role, &text));
    return text;
}

/* What api_encode_document makes of text. */
static struct iam_str encoded(struct rig *r, const char *text)
{
    struct iam_str out;
    assert_ok(api_encode_document(&r->call, iam_str_c(text), &out));
    return out;
}

#define AROUND(who, condition)                                                                \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\","         \
    "\"Principal\":{\"AWS\":[\"" WORKER_ARN "\"," who "],\"Service\":\"ec2.amazonaws.com\"}," \
    "\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:PrincipalArn\":"    \
    "\"" condition "\"}}},{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":" who "},"              \
    "\"Action\":\"sts:AssumeRole\"}]}"

static void test_the_gone_are_shown_by_id(void **state)
{
    struct rig *r = *state;
    /* Escapes are another spelling of the same principal; a condition is left alone. */
    struct iam_str text =
        shown(r, AROUND("\"arn:aws:iam::111122223333:user\\/a\\u002falice\"", ALICE_ARN));
    assert_same_str(text, encoded(r, AROUND("\"" ALICE "\"", ALICE_ARN)));
}

static void test_a_new_entity_of_the_name_is_not_shown(void **state)
{
    struct rig *r = *state;
    struct iam_role role = { 0 };
    struct iam_str text = shown(r, TRUST_AWS(ALICE_ARN));
    rig_add_user(r, ACCOUNT, "AIDADDDDDDDDDDDDDDDDD", "/a/", "alice");
    assert_ok(iam_store_role_get_by_id(r->call.txn, &r->arena, IAM_STR(WORKER), &role));
    assert_ok(iam_trust_out(&r->call, &role, &text));
    assert_same_str(text, encoded(r, TRUST_AWS(ALICE)));
}

/* As it was recorded: the members in one order, a list of one as what is in it, no white space. */
static void test_documents_come_back_in_one_order(void **state)
{
    struct rig *r = *state;
    static const char document[] =
        " { \"Statement\" : {\"Condition\":{\"StringEquals\":{\"aws:username\":[\"a\"],"
        "\"sts:ExternalId\":[\"x\",\"y\"]}},\n\t\"Action\":[\"sts:AssumeRole\"],\"Principal\":"
        "{\"Service\":[\"ec2.amazonaws.com\"],\"AWS\":[\"" WORKER_ARN "\",\"*\"]},"
        "\"Effect\":\"Allow\",\"Sid\":\"a\"},\"Id\":\"i\",\"Version\" : \"2012-10-17\"}\n";
    static const char expected[] =
        "{\"Version\":\"2012-10-17\",\"Id\":\"i\",\"Statement\":[{\"Sid\":\"a\",\"Effect\":\"Allow\","
        "\"Principal\":{\"Service\":\"ec2.amazonaws.com\",\"AWS\":[\"" WORKER_ARN "\",\"*\"]},"
        "\"Action\":\"sts:AssumeRole\",\"Condition\":{\"StringEquals\":{\"aws:username\":\"a\","
        "\"sts:ExternalId\":[\"x\",\"y\"]}}}]}";
    assert_same_str(shown(r, document), encoded(r, expected));
}

/* A document without a Version gets none, and two statements stay as they are. */
static void test_nothing_is_added(void **state)
{
    struct rig *r = *state;
    static const char document[] =
        "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},"
        "\"NotAction\":[\"sts:TagSession\"]},{\"Effect\":\"Allow\",\"Principal\":"
        "{\"AWS\":[]},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]}]}";
    static const char expected[] =
        "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},"
        "\"NotAction\":\"sts:TagSession\"},{\"Effect\":\"Allow\",\"Principal\":"
        "{\"AWS\":[]},\"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]}]}";
    assert_same_str(shown(r, document), encoded(r, expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_users_roles_and_sessions_are_pinned, setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_needs_no_pin, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_nobody_is_refused, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_size_is_measured_without_white_space, setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_the_gone_are_shown_by_id, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_new_entity_of_the_name_is_not_shown, setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_documents_come_back_in_one_order, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_added, setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
