/* SPDX-License-Identifier: Apache-2.0 */
/* Managed policies and their versions; lists with their filters. */
#include "support.h"

#include <stdio.h>

#include "store/aws_policy.h"

static void is_found_by_its_exact_arn(void **state)
{
    struct fixture *f = *state;
    struct iam_managed_policy policy = policy_named("ANPA1", "ReadAll");

    policy.path = IAM_STR("/ops/");
    policy.description = IAM_STR("reads");
    assert_ok(iam_store_policy_add(f->txn, &policy, DOCUMENT));
    assert_ok(iam_store_policy_get(f->txn, &f->arena, ACCOUNT,
                                   IAM_STR("arn:aws:iam::111122223333:policy/ops/ReadAll"),
                                   &policy));
    assert_str(policy.id, "ANPA1");
    assert_str(policy.description, "reads");
    assert_int_equal(policy.default_version, 1);
    assert_int_equal(policy.created_ms, 1000);
    assert_int_equal(policy.updated_ms, 1000);
    assert_int_equal(policy.attachment_count, 0);
    assert_ok(iam_store_policy_get_by_id(f->txn, &f->arena, ACCOUNT, IAM_STR("ANPA1"), &policy));
}

static void other_arns_find_nothing(void **state)
{
    static const char *const ARNS[] = {
        "arn:aws:iam::111122223333:policy/ReadAll",
        "arn:aws:iam::111122223333:policy/ops/readall",
        "arn:aws:iam::111122223333:policy/OPS/ReadAll",
        "arn:aws:iam::111122223333:role/ops/ReadAll",
        "arn:aws:iam::444455556666:policy/ops/ReadAll",
        "arn:aws:iam::aws:policy/ops/ReadAll",
        "ReadAll",
        "",
    };
    struct fixture *f = *state;
    struct iam_managed_policy policy = policy_named("ANPA1", "ReadAll");

    policy.path = IAM_STR("/ops/");
    assert_ok(iam_store_policy_add(f->txn, &policy, DOCUMENT));
    for (size_t i = 0; i < IAM_COUNT(ARNS); i++) {
        assert_int_equal(
            iam_store_policy_get(f->txn, &f->arena, ACCOUNT, iam_str_c(ARNS[i]), &policy),
            IAM_NOT_FOUND);
    }
    assert_int_equal(iam_store_policy_get(f->txn, &f->arena, OTHER_ACCOUNT,
                                          IAM_STR("arn:aws:iam::111122223333:policy/ops/ReadAll"),
                                          &policy),
                     IAM_NOT_FOUND);
}

static void comes_back_with_its_versions(void **state)
{
    static const struct iam_policy_version VERSIONS[] = {
        {.number = 9,  .document = IAM_STR_INIT("nine"), .created_ms = 9000},
        { .number = 4, .document = IAM_STR_INIT("four"), .created_ms = 4000},
    };
    struct fixture *f = *state;
    struct iam_managed_policy policy = policy_named("ANPA1", "ReadAll");
    struct iam_policy_version version;
    struct iam_policy_version_list list;
    int64_t number;

    policy.updated_ms = 12000;
    policy.default_version = 4;
    assert_ok(iam_store_policy_restore(f->txn, &policy, VERSIONS, IAM_COUNT(VERSIONS)));
    next_txn(f);
    assert_ok(iam_store_policy_get_by_id(f->txn, &f->arena, ACCOUNT, IAM_STR("ANPA1"), &policy));
    assert_int_equal(policy.updated_ms, 12000);
    assert_int_equal(policy.default_version, 4);
    assert_ok(iam_store_version_list(f->txn, &f->arena, policy.id, NULL, &list));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].number, 9);
    assert_int_equal(list.items[0].created_ms, 9000);
    assert_ok(iam_store_version_get_default(f->txn, &f->arena, policy.id, &version));
    assert_str(version.document, "four");
    assert_ok(iam_store_version_add(f->txn, ACCOUNT, policy.id, DOCUMENT, false, 13000, &number));
    assert_int_equal(number, 10);
}

static void does_not_come_back_without_its_default_version(void **state)
{
    static const struct iam_policy_version VERSION = { .number = 2,
                                                       .document = IAM_STR_INIT("two") };
    struct fixture *f = *state;
    struct iam_managed_policy policy = policy_named("ANPA1", "ReadAll");

    policy.default_version = 1;
    assert_int_equal(iam_store_policy_restore(f->txn, &policy, &VERSION, 1), IAM_CONFLICT);
    abandon_txn(f);
    policy.default_version = 2;
    const struct iam_policy_version twice[] = { VERSION, VERSION };
    assert_int_equal(iam_store_policy_restore(f->txn, &policy, twice, 2), IAM_EXISTS);
    abandon_txn(f);
    assert_ok(iam_store_policy_restore(f->txn, &policy, &VERSION, 1));
}

static void expect_list(struct fixture *f, const struct iam_policy_filter *filter,
                        const char *const *names, size_t count)
{
    struct iam_page page = { .limit = 1 };
    struct iam_policy_list list;
    size_t seen = 0;

    do {
        assert_ok(iam_store_policy_list(f->txn, &f->arena, ACCOUNT, filter, &page, &list));
        for (size_t i = 0; i < list.count; i++) {
            assert_true(seen < count);
            assert_str(list.items[i].arn, names[seen++]);
        }
        page.after = list.next;
    } while (list.is_truncated);
    assert_int_equal(seen, count);
    assert_ok(iam_store_policy_list(f->txn, &f->arena, ACCOUNT, filter, NULL, &list));
    assert_int_equal(list.count, count);
}

#define OWN(name) "arn:aws:iam::111122223333:policy/" name
#define AWS(name) "arn:aws:iam::aws:policy/" name

/*
 * Own: a, A-b, x/Billing, Shared. a is attached, Shared a boundary; AWS's shared is both, and
 * x/Other a boundary.
 */
static void add_policies_to_list(struct fixture *f)
{
    struct iam_entity_ref role = ref_of(IAM_KIND_ROLE, "AROA1");
    struct iam_managed_policy foreign = policy_named("ANPA9", "foreign");
    struct iam_managed_policy billing = policy_named("ANPA4", "Billing");

    add_policy(f, "ANPA1", "a");
    add_policy(f, "ANPA2", "A-b");
    add_policy(f, "ANPA3", "Shared");
    billing.path = IAM_STR("/x/");
    assert_ok(iam_store_policy_add(f->txn, &billing, DOCUMENT));
    foreign.account = OTHER_ACCOUNT;
    assert_ok(iam_store_policy_add(f->txn, &foreign, DOCUMENT));
    add_role(f, "AROA1", "r");
    add_role(f, "AROA2", "s");
    add_user(f, "AIDA1", "u");
    assert_ok(iam_store_policy_attach(f->txn, &role, IAM_STR("ANPA1")));
    assert_ok(iam_store_policy_attach(f->txn, &role, IAM_STR(AWS("shared"))));
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, role.id, IAM_STR("ANPA3")));
    assert_ok(
        iam_store_role_set_boundary(f->txn, ACCOUNT, IAM_STR("AROA2"), IAM_STR(AWS("shared"))));
    assert_ok(
        iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR(AWS("x/Other"))));
}

static void lists_what_an_account_has(void **state)
{
    static const char *const ALL[] = { OWN("a"), OWN("A-b"), OWN("x/Billing"), OWN("Shared") };
    static const char *const EITHER[] = { OWN("a"), OWN("Shared") };
    struct fixture *f = *state;
    int64_t used = 0;

    add_policies_to_list(f);
    expect_list(f, &(struct iam_policy_filter){ 0 }, ALL, 4);
    expect_list(f, &(struct iam_policy_filter){ .path_prefix = IAM_STR("/x/") }, &ALL[2], 1);
    expect_list(f, &(struct iam_policy_filter){ .only_used = true, .usage = IAM_USAGE_PERMISSIONS },
                &ALL[0], 1);
    expect_list(f, &(struct iam_policy_filter){ .only_used = true }, EITHER, 2);
    expect_list(f, &(struct iam_policy_filter){ .usage = IAM_USAGE_BOUNDARY }, ALL, 4);
    expect_list(f, &(struct iam_policy_filter){ .only_used = true, .usage = IAM_USAGE_BOUNDARY },
                &ALL[3], 1);
    assert_ok(iam_store_policy_count_used(f->txn, ACCOUNT, &used));
    assert_int_equal(used, 2);
    assert_ok(iam_store_policy_count_used(f->txn, OTHER_ACCOUNT, &used));
    assert_int_equal(used, 0);
}

static void lists_uses_of_aws_policies(void **state)
{
    struct fixture *f = *state;
    struct iam_aws_use_list list;
    struct iam_aws_counts counts;

    add_policies_to_list(f);
    assert_ok(iam_store_aws_uses(f->txn, &f->arena, ACCOUNT, &list));
    assert_int_equal(list.count, 2);
    assert_str(list.items[0].arn, AWS("shared"));
    assert_true(list.items[0].attached == 1 && list.items[0].bounding == 1);
    assert_str(list.items[1].arn, AWS("x/Other"));
    assert_true(list.items[1].attached == 0 && list.items[1].bounding == 1);
    assert_ok(iam_store_aws_uses(f->txn, &f->arena, OTHER_ACCOUNT, &list));
    assert_int_equal(list.count, 0);
    assert_ok(iam_store_aws_count(f->txn, ACCOUNT, IAM_STR(AWS("shared")), &counts));
    assert_true(counts.attachments == 1 && counts.boundaries == 1);
    assert_ok(iam_store_aws_count(f->txn, ACCOUNT, IAM_STR(AWS("x/Other")), &counts));
    assert_true(counts.attachments == 0 && counts.boundaries == 1);
    assert_ok(iam_store_aws_count(f->txn, ACCOUNT, IAM_STR(AWS("Other")), &counts));
    assert_true(counts.attachments == 0 && counts.boundaries == 0);
    assert_ok(iam_store_aws_count(f->txn, OTHER_ACCOUNT, IAM_STR(AWS("shared")), &counts));
    assert_true(counts.attachments == 0 && counts.boundaries == 0);
}

static void lists_many_uses(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref user = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_aws_use_list list;

    add_user(f, "AIDA1", "u");
    for (int i = 0; i < 40; i++) {
        char arn[64];
        snprintf(arn, sizeof(arn), AWS("p%02d"), i);
        assert_ok(iam_store_policy_attach(f->txn, &user, iam_str_c(arn)));
    }
    assert_ok(iam_store_aws_uses(f->txn, &f->arena, ACCOUNT, &list));
    assert_int_equal(list.count, 40);
    assert_str(list.items[17].arn, AWS("p17"));
    assert_str(list.items[39].arn, AWS("p39"));
}

static void a_list_continues_after_a_name(void **state)
{
    struct fixture *f = *state;
    struct iam_page page = { .after = IAM_STR("SHARED"), .limit = 10 };
    struct iam_policy_filter filter = { 0 };
    struct iam_policy_list list;

    add_policies_to_list(f);
    assert_ok(iam_store_policy_list(f->txn, &f->arena, ACCOUNT, &filter, &page, &list));
    assert_int_equal(list.count, 0);
    page.after = IAM_STR("A-b");
    assert_ok(iam_store_policy_list(f->txn, &f->arena, ACCOUNT, &filter, &page, &list));
    assert_int_equal(list.count, 2);
}

static void counts_are_of_the_account_that_asks(void **state)
{
    struct fixture *f = *state;
    struct iam_managed_policy policy;
    struct iam_policy_list list;

    add_policies_to_list(f);
    assert_ok(iam_store_policy_get_by_id(f->txn, &f->arena, ACCOUNT, IAM_STR("ANPA3"), &policy));
    assert_int_equal(policy.boundary_count, 1);
    assert_int_equal(policy.attachment_count, 0);
    assert_ok(
        iam_store_policy_get_by_id(f->txn, &f->arena, OTHER_ACCOUNT, IAM_STR("ANPA3"), &policy));
    assert_int_equal(policy.boundary_count, 0);
    assert_ok(iam_store_policy_scan(f->txn, &f->arena, NULL, &list));
    assert_int_equal(list.count, 5);
    assert_int_equal(list.items[0].attachment_count, 1);
    assert_int_equal(list.items[2].boundary_count, 1);
}

static void version_numbers_are_never_reused(void **state)
{
    struct fixture *f = *state;
    struct iam_str id = IAM_STR("ANPA1");
    struct iam_policy_version version;
    int64_t number = 0;
    int64_t count = 0;

    add_policy(f, "ANPA1", "p");
    assert_ok(
        iam_store_version_add(f->txn, ACCOUNT, id, IAM_STR("{\"2\":2}"), false, 2000, &number));
    assert_int_equal(number, 2);
    assert_ok(iam_store_version_delete(f->txn, ACCOUNT, id, 2));
    assert_ok(
        iam_store_version_add(f->txn, ACCOUNT, id, IAM_STR("{\"3\":3}"), true, 3000, &number));
    assert_int_equal(number, 3);
    assert_int_equal(iam_store_version_get(f->txn, &f->arena, id, 2, &version), IAM_NOT_FOUND);
    assert_ok(iam_store_version_get(f->txn, &f->arena, id, 3, &version));
    assert_true(version.is_default);
    assert_str(version.document, "{\"3\":3}");
    assert_int_equal(version.created_ms, 3000);
    assert_ok(iam_store_version_get(f->txn, &f->arena, id, 1, &version));
    assert_false(version.is_default);
    assert_ok(iam_store_version_count(f->txn, id, &count));
    assert_int_equal(count, 2);
}

static void the_default_version_moves(void **state)
{
    struct fixture *f = *state;
    struct iam_str id = IAM_STR("ANPA1");
    struct iam_policy_version version;
    struct iam_managed_policy policy;
    int64_t number = 0;

    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_version_add(f->txn, ACCOUNT, id, IAM_STR("{}"), false, 2000, &number));
    assert_ok(iam_store_version_get_default(f->txn, &f->arena, id, &version));
    assert_int_equal(version.number, 1);
    assert_ok(iam_store_version_set_default(f->txn, ACCOUNT, id, 2, 4000));
    assert_ok(iam_store_version_get_default(f->txn, &f->arena, id, &version));
    assert_int_equal(version.number, 2);
    assert_str(version.document, "{}");
    assert_ok(iam_store_policy_get_by_id(f->txn, &f->arena, ACCOUNT, id, &policy));
    assert_int_equal(policy.default_version, 2);
    assert_int_equal(policy.updated_ms, 4000);
    assert_int_equal(iam_store_version_set_default(f->txn, ACCOUNT, id, 9, 5000), IAM_NOT_FOUND);
    assert_int_equal(iam_store_version_set_default(f->txn, OTHER_ACCOUNT, id, 1, 5000),
                     IAM_NOT_FOUND);
    next_txn(f);
    assert_int_equal(iam_store_version_delete(f->txn, ACCOUNT, id, 9), IAM_NOT_FOUND);
    assert_int_equal(iam_store_version_delete(f->txn, ACCOUNT, id, 2), IAM_CONFLICT);
}

static void versions_are_listed_newest_first(void **state)
{
    struct fixture *f = *state;
    struct iam_str id = IAM_STR("ANPA1");
    struct iam_page page = { .limit = 2 };
    struct iam_policy_version_list list;
    int64_t number = 0;

    add_policy(f, "ANPA1", "p");
    for (int i = 0; i < 2; i++) {
        assert_ok(iam_store_version_add(f->txn, ACCOUNT, id, DOCUMENT, false, 2000, &number));
    }
    assert_ok(iam_store_version_list(f->txn, &f->arena, id, &page, &list));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].number, 3);
    assert_str(list.items[0].document, NULL);
    assert_true(list.is_truncated);
    page.after = list.next;
    assert_ok(iam_store_version_list(f->txn, &f->arena, id, &page, &list));
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].number, 1);
    assert_true(list.items[0].is_default);
    page.after = IAM_STR("nonsense");
    assert_int_equal(iam_store_version_list(f->txn, &f->arena, id, &page, &list), IAM_RANGE);
    assert_int_equal(iam_store_version_add(f->txn, OTHER_ACCOUNT, id, DOCUMENT, false, 1, &number),
                     IAM_NOT_FOUND);
}

static void is_deleted_only_when_unused(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref role = ref_of(IAM_KIND_ROLE, "AROA1");
    struct iam_str id = IAM_STR("ANPA1");
    struct iam_managed_policy policy;

    add_policy(f, "ANPA1", "p");
    add_role(f, "AROA1", "r");
    assert_ok(iam_store_policy_attach(f->txn, &role, id));
    next_txn(f);
    assert_int_equal(iam_store_policy_delete(f->txn, ACCOUNT, id), IAM_CONFLICT);
    abandon_txn(f);
    assert_ok(iam_store_policy_detach(f->txn, &role, id));
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, role.id, id));
    next_txn(f);
    assert_int_equal(iam_store_policy_delete(f->txn, ACCOUNT, id), IAM_CONFLICT);
    abandon_txn(f);
    assert_ok(iam_store_role_set_boundary(f->txn, ACCOUNT, role.id, iam_str_absent()));
    assert_int_equal(iam_store_policy_delete(f->txn, OTHER_ACCOUNT, id), IAM_NOT_FOUND);
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, id));
    next_txn(f);
    assert_int_equal(iam_store_policy_get_by_id(f->txn, &f->arena, ACCOUNT, id, &policy),
                     IAM_NOT_FOUND);
    add_policy(f, "ANPA2", "P");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(is_found_by_its_exact_arn),
        STORE_TEST(other_arns_find_nothing),
        STORE_TEST(comes_back_with_its_versions),
        STORE_TEST(does_not_come_back_without_its_default_version),
        STORE_TEST(lists_what_an_account_has),
        STORE_TEST(lists_uses_of_aws_policies),
        STORE_TEST(lists_many_uses),
        STORE_TEST(a_list_continues_after_a_name),
        STORE_TEST(counts_are_of_the_account_that_asks),
        STORE_TEST(version_numbers_are_never_reused),
        STORE_TEST(the_default_version_moves),
        STORE_TEST(versions_are_listed_newest_first),
        STORE_TEST(is_deleted_only_when_unused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
