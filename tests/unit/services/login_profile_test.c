/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of users: what is kept of them, and what the password policy says. */
#include "lib/inproc.h"

#include <sodium.h>

#include "dispatch/prepare.h"
#include "store/user.h"

#define CREATE "Action=CreateLoginProfile&UserName=alice&Password="
#define UPDATE "Action=UpdateLoginProfile&UserName=alice&Password="

static struct inproc *s;

static int setup(void **state)
{
    (void)inproc_setup(state);
    s = *state;
    (void)inproc_user(s, "alice", NULL);
    return 0;
}

static struct iam_login_profile profile_of(const char *name)
{
    struct iam_login_profile profile = { 0 };
    struct iam_user user;
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_READ, &txn));
    assert_ok(iam_store_user_get(txn, &s->arena, INPROC_ACCOUNT, iam_str_c(name), &user));
    assert_ok(iam_store_login_profile_get(txn, &s->arena, user.id, &profile));
    iam_txn_rollback(txn);
    return profile;
}

static bool is_password(const char *password)
{
    return crypto_pwhash_str_verify(profile_of("alice").password_hash.p, password,
                                    strlen(password)) == 0;
}

static void test_the_stored_hash_verifies(void **state)
{
    (void)state;
    inproc_must(s, &s->root, "iam", CREATE "Correct-horse-1");
    assert_true(is_password("Correct-horse-1"));
    assert_false(is_password("Correct-horse-2"));
    assert_int_equal(profile_of("alice").created_ms, INPROC_NOW_MS);
    inproc_must(s, &s->root, "iam", UPDATE "%%C3%%9Cber+den+9+Wolken");
    assert_true(is_password("\xc3\x9c"
                            "ber den 9 Wolken"));
    inproc_must(s, &s->root, "iam", "Action=UpdateLoginProfile&UserName=alice");
    assert_true(is_password("\xc3\x9c"
                            "ber den 9 Wolken"));
}

#define REQUIREMENT "Password should have at least one "
#define MORE(n) "Password should meet " n " more of the following requirements: "

/* SPEC: messages.tsv of AWS: the sentences were recorded; that the first one is told is ours. */
static void test_the_default_policy(void **state)
{
    static const struct {
        const char *password;
        const char *message; /* NULL: permitted */
    } rows[] = {
        {"a",                        "Password should have a minimum length of 8"                           },
        { "Abc123!",                 "Password should have a minimum length of 8"                           },
        { "%C3%84bc123!",            "Password should have a minimum length of 8"                           },
        { "abcdefgh",
         MORE("2") REQUIREMENT "uppercase letter, " REQUIREMENT "number, " REQUIREMENT "symbol<"            },
        { "abcdefg1",                MORE("1") REQUIREMENT "uppercase letter, " REQUIREMENT "symbol<"       },
        { "ABCDEFG1",                MORE("1") REQUIREMENT "lowercase letter, " REQUIREMENT "symbol<"       },
        { "ABCDefgh",                MORE("1") REQUIREMENT "number, " REQUIREMENT "symbol<"                 },
        { "++++++++",                MORE("3") REQUIREMENT "uppercase letter, " REQUIREMENT
                                            "lowercase letter, " REQUIREMENT "number, "},
        { "%7E%7E%7E%7Eabc1",        MORE("1") REQUIREMENT "uppercase letter, " REQUIREMENT "symbol<"       },
        { "%C3%84%C3%96%C3%9Cabc12", MORE("1") REQUIREMENT "uppercase letter"                               },
        { "Account-1",               "Password should not be identical to the account name"                 },
        { "account-1",               NULL                                                                   },
        { "ABCDefg1",                NULL                                                                   },
        { "abcdef1%21",              NULL                                                                   },
        { "%7C%7C%7C%7CABC1",        NULL                                                                   },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        int status = inproc_ask(s, &s->root, "iam", CREATE "%s", rows[i].password);
        if (rows[i].message == NULL) {
            assert_int_equal(status, 200);
            inproc_must(s, &s->root, "iam", "Action=DeleteLoginProfile&UserName=alice");
        } else {
            inproc_expect(s, 400, "<Code>PasswordPolicyViolation</Code>");
            inproc_expect(s, 400, rows[i].message);
        }
    }
    inproc_must(s, &s->root, "iam", CREATE "Correct-horse-1");
    assert_int_equal(inproc_ask(s, &s->root, "iam", UPDATE "abcdefg1"), 400);
    assert_true(inproc_says(s, "<Code>PasswordPolicyViolation</Code>"));
    assert_true(is_password("Correct-horse-1"));
}

/* Authorization comes first, then whether there is such a user, then what the password is like. */
static void test_the_order_of_the_checks(void **state)
{
    struct inproc_caller nobody = inproc_user(s, "nobody", NULL);
    struct inproc_caller maker = inproc_user(s, "maker", ALLOW("iam:*"));
    (void)state;
    assert_int_equal(inproc_ask(s, &nobody, "iam", CREATE "weak"), 403);
    assert_int_equal(
        inproc_ask(s, &nobody, "iam", "Action=CreateLoginProfile&UserName=none&Password=weak"),
        403);
    assert_int_equal(
        inproc_ask(s, &maker, "iam", "Action=CreateLoginProfile&UserName=none&Password=weak"), 404);
    assert_int_equal(inproc_ask(s, &maker, "iam", CREATE "weak"), 400);
    assert_int_equal(inproc_ask(s, &maker, "iam", UPDATE "weak"), 404);
    assert_int_equal(inproc_ask(s, &maker, "iam", CREATE "Correct-horse-1"), 200);
    assert_int_equal(inproc_ask(s, &maker, "iam", CREATE "Correct-horse-1"), 409);
    assert_int_equal(inproc_ask(s, &maker, "iam", UPDATE "weak"), 400);
}

/* Has alice's password changed, and does what between asks for after it was compared. */
static int update_with(const char *between)
{
    struct inproc_request q = inproc_query(s, &s->root, "iam", UPDATE "Battery-2-staple");
    struct iam_arena arena;
    struct api_request r;
    iam_arena_init(&arena, iam_heap(), (size_t)32 << 20);
    inproc_open(s, &q, &arena, &r);
    assert_true(api_request_needs_preparation(&r));
    api_request_prepare(&r);
    assert_false(r.is_done);
    inproc_must(s, &s->root, "iam", "%s", between);
    api_request_run(&r);
    inproc_close(s, &r);
    iam_arena_done(&arena);
    return s->status;
}

/* What a password was compared with is looked at again when it is stored. */
static void test_what_changes_while_a_password_is_compared(void **state)
{
    (void)state;
    inproc_must(s, &s->root, "iam", CREATE "Correct-horse-1");
    inproc_must(s, &s->root, "iam", "Action=UpdateAccountPasswordPolicy&PasswordReusePrevention=2");
    (void)update_with(UPDATE "Correct-horse-3");
    inproc_expect(s, 409, "<Code>EntityTemporarilyUnmodifiable</Code>");
    assert_true(is_password("Correct-horse-3"));
    (void)update_with("Action=UpdateAccountPasswordPolicy&MinimumPasswordLength=17");
    inproc_expect(s, 400, "<Code>PasswordPolicyViolation</Code>");
    assert_true(is_password("Correct-horse-3"));
    inproc_must(s, &s->root, "iam", "Action=UpdateAccountPasswordPolicy&PasswordReusePrevention=2");
    assert_int_equal(update_with("Action=GetUser&UserName=alice"), 200);
    assert_true(is_password("Battery-2-staple"));
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, inproc_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_stored_hash_verifies),
        TEST(test_the_default_policy),
        TEST(test_the_order_of_the_checks),
        TEST(test_what_changes_while_a_password_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
