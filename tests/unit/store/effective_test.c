/* SPDX-License-Identifier: Apache-2.0 */
/* Policies as decisions need them, policies without counts, and what a transaction has changed. */
#include "store/effective.h"

#include "support.h"

#define ARN IAM_STR("arn:aws:iam::111122223333:policy/ops/ReadAll")
#define NEWER IAM_STR("{\"Version\":\"2012-10-17\"}")

static void add_read_all(struct fixture *f)
{
    struct iam_managed_policy policy = policy_named("ANPA1", "ReadAll");
    const struct iam_entity_ref alice = ref_of(IAM_KIND_USER, "AIDA1");

    policy.path = IAM_STR("/ops/");
    policy.description = IAM_STR("reads");
    assert_ok(iam_store_policy_add(f->txn, &policy, DOCUMENT));
    add_user(f, "AIDA1", "alice");
    assert_ok(iam_store_policy_attach(f->txn, &alice, IAM_STR("ANPA1")));
}

static void says_the_default_version(void **state)
{
    struct fixture *f = *state;
    struct iam_effective_policy policy;
    int64_t number;

    add_read_all(f);
    assert_ok(iam_store_effective_by_id(f->txn, &f->arena, IAM_STR("ANPA1"), &policy));
    assert_str(policy.id, "ANPA1");
    assert_str(policy.account, "111122223333");
    assert_true(iam_str_eq(policy.arn, ARN));
    assert_true(iam_str_eq(policy.document, DOCUMENT));
    assert_ok(iam_store_version_add(f->txn, ACCOUNT, IAM_STR("ANPA1"), NEWER, false, 2, &number));
    assert_ok(iam_store_effective_by_arn(f->txn, &f->arena, ARN, &policy));
    assert_true(iam_str_eq(policy.document, DOCUMENT));
    assert_ok(iam_store_version_set_default(f->txn, ACCOUNT, IAM_STR("ANPA1"), number, 3));
    assert_ok(iam_store_effective_by_arn(f->txn, &f->arena, ARN, &policy));
    assert_str(policy.id, "ANPA1");
    assert_true(iam_str_eq(policy.document, NEWER));
}

static void others_are_not_found(void **state)
{
    static const char *const ARNS[] = {
        "arn:aws:iam::111122223333:policy/ReadAll",
        "arn:aws:iam::111122223333:policy/ops/readall",
        "arn:aws:iam::111122223333:role/ops/ReadAll",
        "arn:aws:iam::444455556666:policy/ops/ReadAll",
        "ReadAll",
        "",
    };
    struct fixture *f = *state;
    struct iam_effective_policy policy;

    add_read_all(f);
    assert_int_equal(iam_store_effective_by_id(f->txn, &f->arena, IAM_STR("ANPA2"), &policy),
                     IAM_NOT_FOUND);
    for (size_t i = 0; i < IAM_COUNT(ARNS); i++) {
        assert_int_equal(iam_store_effective_by_arn(f->txn, &f->arena, iam_str_c(ARNS[i]), &policy),
                         IAM_NOT_FOUND);
    }
}

/* The same policy, but without the counts. */
static void find_does_not_count(void **state)
{
    struct fixture *f = *state;
    struct iam_managed_policy got;
    struct iam_managed_policy found;

    add_read_all(f);
    assert_ok(iam_store_policy_get(f->txn, &f->arena, ACCOUNT, ARN, &got));
    assert_ok(iam_store_policy_find(f->txn, &f->arena, ACCOUNT, ARN, &found));
    assert_int_equal(got.attachment_count, 1);
    assert_int_equal(found.attachment_count, 0);
    assert_int_equal(found.boundary_count, 0);
    assert_str(found.id, "ANPA1");
    assert_str(found.description, "reads");
    assert_true(iam_str_eq(found.arn, ARN));
    assert_int_equal(found.default_version, 1);
    assert_int_equal(found.created_ms, got.created_ms);
    assert_int_equal(found.updated_ms, got.updated_ms);
    assert_int_equal(iam_store_policy_find(f->txn, &f->arena, OTHER_ACCOUNT, ARN, &found),
                     IAM_NOT_FOUND);
}

static void a_transaction_knows_of_its_changes(void **state)
{
    struct fixture *f = *state;
    struct iam_managed_policy policy;

    next_txn(f);
    assert_false(iam_txn_has_changes(f->txn));
    assert_int_equal(iam_store_policy_find(f->txn, &f->arena, ACCOUNT, ARN, &policy),
                     IAM_NOT_FOUND);
    assert_false(iam_txn_has_changes(f->txn));
    add_read_all(f);
    assert_true(iam_txn_has_changes(f->txn));
    abandon_txn(f);
    assert_false(iam_txn_has_changes(f->txn));
    assert_int_equal(iam_store_is_single(f->store),
                     iam_str_eq(iam_str_c(f->path), IAM_STR(":memory:")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(says_the_default_version),
        STORE_TEST(others_are_not_found),
        STORE_TEST(find_does_not_count),
        STORE_TEST(a_transaction_knows_of_its_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
