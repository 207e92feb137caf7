/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of the passwords that a user had before. */
#include "store/password.h"

#include <stdio.h>

#include "support.h"

#define USER "AIDA1"

static struct iam_entity_ref user(void)
{
    return ref_of(IAM_KIND_USER, USER);
}

static void give_password(struct fixture *f)
{
    const struct iam_login_profile first = { .created_ms = 1000,
                                             .password_hash = IAM_STR("$1"),
                                             .is_reset_required = true };
    const struct iam_entity_ref ref = user();

    add_user(f, USER, "u");
    assert_ok(iam_store_login_profile_add(f->txn, &ref, &first));
}

static enum iam_status replace(struct fixture *f, const char *hash, int64_t now_ms, int64_t keep)
{
    const struct iam_login_profile next = { .password_hash = iam_str_c(hash) };
    const struct iam_entity_ref ref = user();

    return iam_store_password_replace(f->txn, &f->arena, &ref, &next, now_ms, keep);
}

/* The hashes that are kept, the newest first, each with a blank after it. */
static void expect_old(struct fixture *f, const char *hashes)
{
    struct iam_old_password_list list = { 0 };
    char text[256] = "";

    assert_ok(iam_store_old_passwords(f->txn, &f->arena, IAM_STR(USER), 100, &list));
    for (size_t i = 0; i < list.count; i++) {
        size_t len = strlen(text);

        (void)snprintf(text + len, sizeof(text) - len, "%.*s ",
                       IAM_STR_ARG(list.items[i].password_hash));
        assert_true(i == 0 || list.items[i].number < list.items[i - 1].number);
    }
    assert_string_equal(text, hashes);
}

static int64_t since(struct fixture *f)
{
    struct iam_login_profile profile;
    int64_t ms = 0;

    assert_ok(iam_store_login_profile_get(f->txn, &f->arena, IAM_STR(USER), &profile));
    assert_ok(iam_store_password_since(f->txn, &f->arena, IAM_STR(USER), &profile, &ms));
    return ms;
}

static void as_many_as_are_kept(void **state)
{
    struct fixture *f = *state;

    give_password(f);
    assert_int_equal(since(f), 1000);
    assert_ok(replace(f, "$2", 2000, 2));
    expect_old(f, "$1 ");
    assert_ok(replace(f, "$3", 3000, 2));
    next_txn(f);
    expect_old(f, "$2 $1 ");
    assert_ok(replace(f, "$4", 4000, 2));
    expect_old(f, "$3 $2 ");
    assert_int_equal(since(f), 4000);
    assert_ok(replace(f, "$5", 5000, 1));
    expect_old(f, "$4 ");
    assert_ok(replace(f, "$6", 6000, 0));
    expect_old(f, "");
    assert_ok(replace(f, "$7", 7000, IAM_PASSWORDS_REMEMBERED_MAX));
    expect_old(f, "$6 ");
}

static void what_is_replaced(void **state)
{
    struct fixture *f = *state;
    struct iam_login_profile profile;

    give_password(f);
    assert_ok(replace(f, "$2", 2000, 1));
    assert_ok(iam_store_login_profile_get(f->txn, &f->arena, IAM_STR(USER), &profile));
    assert_str(profile.password_hash, "$2");
    assert_int_equal(profile.created_ms, 1000);
    assert_false(profile.is_reset_required);
    assert_int_equal(replace(f, "$3", 3000, IAM_PASSWORDS_REMEMBERED_MAX + 1), IAM_RANGE);
    assert_int_equal(replace(f, "$3", 3000, -1), IAM_RANGE);
}

/* The passwords before stay with the user; when the last one was set does not. */
static void a_password_that_is_taken_away(void **state)
{
    struct fixture *f = *state;
    const struct iam_entity_ref ref = user();
    const struct iam_login_profile again = { .created_ms = 9000, .password_hash = IAM_STR("$9") };

    add_user(f, USER, "u");
    assert_int_equal(replace(f, "$2", 2000, 1), IAM_NOT_FOUND);
    assert_int_equal(iam_store_password_remove(f->txn, &f->arena, &ref, 1), IAM_NOT_FOUND);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR(USER)));
    give_password(f);
    assert_ok(replace(f, "$2", 2000, 5));
    assert_ok(iam_store_password_remove(f->txn, &f->arena, &ref, 5));
    expect_old(f, "$2 $1 ");
    assert_ok(iam_store_login_profile_add(f->txn, &ref, &again));
    assert_int_equal(since(f), 9000);
    assert_ok(iam_store_password_remove(f->txn, &f->arena, &ref, 0));
    expect_old(f, "");
}

static void all_of_it_goes_with_the_user(void **state)
{
    struct fixture *f = *state;
    struct iam_password_change change;

    give_password(f);
    assert_ok(replace(f, "$2", 2000, 5));
    assert_ok(iam_store_password_change_get(f->txn, &f->arena, IAM_STR(USER), &change));
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR(USER)));
    expect_old(f, "");
    assert_int_equal(iam_store_password_change_get(f->txn, &f->arena, IAM_STR(USER), &change),
                     IAM_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(as_many_as_are_kept),
        STORE_TEST(what_is_replaced),
        STORE_TEST(a_password_that_is_taken_away),
        STORE_TEST(all_of_it_goes_with_the_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
