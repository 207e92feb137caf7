/* SPDX-License-Identifier: Apache-2.0 */
/* Service-specific credentials: parts of a user that are found by their ID. */
#include "store/service_credential.h"

#include <stdio.h>

#include "support.h"

static struct iam_service_credential make(const char *id, const char *service, const char *login)
{
    return (struct iam_service_credential){ .id = iam_str_c(id),
                                            .service = iam_str_c(service),
                                            .login = iam_str_c(login),
                                            .secret_hash = IAM_STR("hash"),
                                            .is_active = true,
                                            .created_ms = 1000,
                                            .expires_ms = 5000 };
}

static enum iam_status add(struct fixture *f, const char *user, const char *id, const char *service,
                           const char *login)
{
    const struct iam_entity_ref ref = ref_of(IAM_KIND_USER, user);
    const struct iam_service_credential row = make(id, service, login);

    return iam_store_service_credential_add(f->txn, &ref, &row);
}

/* Two users with three credentials. */
static void fill(struct fixture *f)
{
    add_user(f, "AIDA1", "alice");
    add_user(f, "AIDA2", "bob");
    assert_ok(add(f, "AIDA1", "ACCA2", "code", "alice"));
    assert_ok(add(f, "AIDA1", "ACCA1", "cass", "alice"));
    assert_ok(add(f, "AIDA2", "ACCA3", "code", "Bob"));
    next_txn(f);
}

static void it_is_found_in_its_account(void **state)
{
    struct fixture *f = *state;
    struct iam_service_credential got;

    fill(f);
    assert_ok(iam_store_service_credential_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ACCA2"), &got));
    assert_str(got.id, "ACCA2");
    assert_str(got.user_id, "AIDA1");
    assert_str(got.user_name, "alice");
    assert_str(got.service, "code");
    assert_str(got.login, "alice");
    assert_str(got.secret_hash, "hash");
    assert_true(got.is_active);
    assert_int_equal(got.created_ms, 1000);
    assert_int_equal(got.expires_ms, 5000);
    assert_int_equal(
        iam_store_service_credential_get(f->txn, &f->arena, OTHER_ACCOUNT, IAM_STR("ACCA2"), &got),
        IAM_NOT_FOUND);
    assert_int_equal(
        iam_store_service_credential_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ACCA9"), &got),
        IAM_NOT_FOUND);
}

/* Reads the list in pages of one and expects these IDs, each with a blank after it. */
static void expect_list(struct fixture *f, struct iam_str user, struct iam_str service,
                        const char *ids)
{
    struct iam_page page = { .limit = 1, .after = iam_str_absent() };
    struct iam_service_credential_list list = { .is_truncated = true };
    char text[64] = "";

    while (list.is_truncated) {
        assert_ok(iam_store_service_credential_list(f->txn, &f->arena, ACCOUNT, user, service,
                                                    &page, &list));
        for (size_t i = 0; i < list.count; i++) {
            size_t len = strlen(text);

            (void)snprintf(text + len, sizeof(text) - len, "%.*s ", IAM_STR_ARG(list.items[i].id));
        }
        page.after = list.next;
    }
    assert_string_equal(text, ids);
}

static void lists_of_a_user_and_of_all(void **state)
{
    struct fixture *f = *state;

    fill(f);
    expect_list(f, IAM_STR("AIDA1"), iam_str_absent(), "ACCA1 ACCA2 ");
    expect_list(f, IAM_STR("AIDA1"), IAM_STR("code"), "ACCA2 ");
    expect_list(f, IAM_STR("AIDA2"), IAM_STR("cass"), "");
    expect_list(f, iam_str_absent(), iam_str_absent(), "ACCA1 ACCA2 ACCA3 ");
    expect_list(f, iam_str_absent(), IAM_STR("code"), "ACCA2 ACCA3 ");
}

static int64_t count(struct fixture *f, const char *user, struct iam_str service)
{
    int64_t n = -1;

    assert_ok(iam_store_service_credential_count(f->txn, iam_str_c(user), service, &n));
    return n;
}

static bool is_taken(struct fixture *f, const char *service, const char *login)
{
    bool taken = false;

    assert_ok(iam_store_service_login_is_taken(f->txn, ACCOUNT, iam_str_c(service),
                                               iam_str_c(login), &taken));
    return taken;
}

static void what_is_counted_and_taken(void **state)
{
    struct fixture *f = *state;

    fill(f);
    assert_int_equal(count(f, "AIDA1", iam_str_absent()), 2);
    assert_int_equal(count(f, "AIDA1", IAM_STR("code")), 1);
    assert_int_equal(count(f, "AIDA2", IAM_STR("cass")), 0);
    assert_true(is_taken(f, "code", "ALICE"));
    assert_true(is_taken(f, "code", "bob"));
    assert_false(is_taken(f, "cass", "bob"));
    assert_int_equal(add(f, "AIDA2", "ACCA4", "code", "Alice"), IAM_EXISTS);
    abandon_txn(f);
    assert_int_equal(add(f, "AIDA9", "ACCA4", "code", "carol"), IAM_NOT_FOUND);
}

static void what_is_written(void **state)
{
    struct fixture *f = *state;
    const struct iam_entity_ref alice = ref_of(IAM_KIND_USER, "AIDA1");
    const struct iam_entity_ref bob = ref_of(IAM_KIND_USER, "AIDA2");
    struct iam_service_credential row = make("ACCA2", "other", "other");
    struct iam_service_credential got;

    fill(f);
    row.is_active = false;
    row.secret_hash = IAM_STR("new");
    row.expires_ms = 9;
    assert_ok(iam_store_service_credential_update(f->txn, &alice, &row));
    assert_ok(iam_store_service_credential_get(f->txn, &f->arena, ACCOUNT, row.id, &got));
    assert_false(got.is_active);
    assert_str(got.secret_hash, "new");
    assert_str(got.service, "code");
    assert_int_equal(got.expires_ms, 5000);
    assert_int_equal(iam_store_service_credential_update(f->txn, &bob, &row), IAM_NOT_FOUND);
    assert_int_equal(iam_store_service_credential_delete(f->txn, &bob, &row), IAM_NOT_FOUND);
    assert_ok(iam_store_service_credential_delete(f->txn, &alice, &row));
    assert_int_equal(iam_store_service_credential_get(f->txn, &f->arena, ACCOUNT, row.id, &got),
                     IAM_NOT_FOUND);
}

/* The name that is shown is the user's of now; the login stays. */
static void its_user_is_renamed_and_deleted(void **state)
{
    struct fixture *f = *state;
    struct iam_service_credential got;

    fill(f);
    assert_ok(
        iam_store_user_update(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR("eve"), iam_str_absent()));
    assert_ok(iam_store_service_credential_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ACCA1"), &got));
    assert_str(got.user_name, "eve");
    assert_str(got.login, "alice");
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1")));
    expect_list(f, iam_str_absent(), iam_str_absent(), "ACCA3 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(it_is_found_in_its_account),      STORE_TEST(lists_of_a_user_and_of_all),
        STORE_TEST(what_is_counted_and_taken),       STORE_TEST(what_is_written),
        STORE_TEST(its_user_is_renamed_and_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
