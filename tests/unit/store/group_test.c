/* SPDX-License-Identifier: Apache-2.0 */
/* Groups and memberships. */
#include "support.h"

static void names_ignore_case_and_keep_it(void **state)
{
    struct fixture *f = *state;
    struct iam_group group = group_named("AGPA2", "DEV");

    add_group(f, "AGPA1", "Dev");
    assert_ok(iam_store_group_get(f->txn, &f->arena, ACCOUNT, IAM_STR("dEV"), &group));
    assert_str(group.name, "Dev");
    assert_str(group.arn, "arn:aws:iam::111122223333:group/Dev");
    assert_ok(iam_store_group_get_by_id(f->txn, &f->arena, IAM_STR("AGPA1"), &group));
    assert_str(group.name, "Dev");
    group = group_named("AGPA2", "DEV");
    assert_int_equal(iam_store_group_add(f->txn, &group), IAM_EXISTS);
}

static void lists_and_scans(void **state)
{
    struct fixture *f = *state;
    struct iam_group group = group_named("AGPA1", "zeta");
    struct iam_page page = { .limit = 1 };
    struct iam_group_list list;

    group.path = IAM_STR("/teams/");
    assert_ok(iam_store_group_add(f->txn, &group));
    add_group(f, "AGPA2", "Alpha");
    assert_ok(iam_store_group_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), &page, &list));
    assert_str(list.items[0].name, "Alpha");
    assert_true(list.is_truncated);
    page.after = list.next;
    assert_ok(iam_store_group_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), &page, &list));
    assert_str(list.items[0].arn, "arn:aws:iam::111122223333:group/teams/zeta");
    assert_false(list.is_truncated);
    assert_ok(iam_store_group_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/teams"), NULL, &list));
    assert_int_equal(list.count, 1);
    page.after = iam_str_absent();
    assert_ok(iam_store_group_scan(f->txn, &f->arena, &page, &list));
    assert_str(list.items[0].id, "AGPA1");
    assert_str(list.next, "AGPA1");
}

static void renames_and_moves(void **state)
{
    struct fixture *f = *state;
    struct iam_group group;
    struct iam_str none = iam_str_absent();

    add_group(f, "AGPA1", "a");
    add_group(f, "AGPA2", "b");
    assert_ok(
        iam_store_group_update(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("C"), IAM_STR("/x/")));
    assert_ok(iam_store_group_get(f->txn, &f->arena, ACCOUNT, IAM_STR("c"), &group));
    assert_str(group.arn, "arn:aws:iam::111122223333:group/x/C");
    assert_int_equal(iam_store_group_update(f->txn, ACCOUNT, IAM_STR("AGPAx"), IAM_STR("d"), none),
                     IAM_NOT_FOUND);
    assert_int_equal(iam_store_group_update(f->txn, ACCOUNT, IAM_STR("AGPA2"), IAM_STR("c"), none),
                     IAM_EXISTS);
}

static void members_come_and_go(void **state)
{
    struct fixture *f = *state;
    struct iam_page page = { .limit = 1 };
    struct iam_user_list users;
    struct iam_group_list groups;

    add_group(f, "AGPA1", "dev");
    add_group(f, "AGPA2", "Ops");
    add_user(f, "AIDA1", "zoe");
    add_user(f, "AIDA2", "Al");
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA2")));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA2"), IAM_STR("AIDA1")));
    assert_ok(iam_store_group_members(f->txn, &f->arena, IAM_STR("AGPA1"), &page, &users));
    assert_str(users.items[0].name, "Al");
    page.after = users.next;
    assert_ok(iam_store_group_members(f->txn, &f->arena, IAM_STR("AGPA1"), &page, &users));
    assert_str(users.items[0].name, "zoe");
    assert_false(users.is_truncated);
    assert_ok(iam_store_user_groups(f->txn, &f->arena, IAM_STR("AIDA1"), NULL, &groups));
    assert_int_equal(groups.count, 2);
    assert_str(groups.items[0].name, "dev");
    assert_str(groups.items[1].name, "Ops");
    assert_ok(iam_store_member_remove(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_int_equal(iam_store_member_remove(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")),
                     IAM_NOT_FOUND);
}

static void membership_stays_in_an_account(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA9", "eve");

    user.account = OTHER_ACCOUNT;
    assert_ok(iam_store_user_add(f->txn, &user));
    add_group(f, "AGPA1", "dev");
    add_user(f, "AIDA1", "ann");
    next_txn(f);
    assert_int_equal(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA9")),
                     IAM_CONFLICT);
    abandon_txn(f);
    assert_int_equal(
        iam_store_member_add(f->txn, OTHER_ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA9")),
        IAM_CONFLICT);
    abandon_txn(f);
    assert_int_equal(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDAx")),
                     IAM_CONFLICT);
    abandon_txn(f);
    assert_int_equal(
        iam_store_member_add(f->txn, OTHER_ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")),
        IAM_CONFLICT);
}

static void is_deleted_with_all_its_parts(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref ref = ref_of(IAM_KIND_GROUP, "AGPA1");
    struct iam_entity_parts parts;
    struct iam_group_list groups;

    add_group(f, "AGPA1", "dev");
    add_user(f, "AIDA1", "a");
    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_ok(iam_store_policy_attach(f->txn, &ref, IAM_STR("ANPA1")));
    assert_ok(iam_store_inline_put(f->txn, &ref, IAM_STR("i"), DOCUMENT));
    assert_ok(iam_store_parts(f->txn, ref.id, &parts));
    assert_int_equal(parts.members, 1);
    assert_int_equal(parts.attached_policies, 1);
    assert_int_equal(parts.inline_policies, 1);
    assert_int_equal(iam_store_group_delete(f->txn, OTHER_ACCOUNT, ref.id), IAM_NOT_FOUND);
    assert_ok(iam_store_group_delete(f->txn, ACCOUNT, ref.id));
    assert_ok(iam_store_parts(f->txn, ref.id, &parts));
    assert_int_equal(parts.members + parts.attached_policies + parts.inline_policies, 0);
    assert_ok(iam_store_user_groups(f->txn, &f->arena, IAM_STR("AIDA1"), NULL, &groups));
    assert_int_equal(groups.count, 0);
    assert_int_equal(iam_store_group_delete(f->txn, ACCOUNT, ref.id), IAM_NOT_FOUND);
    next_txn(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(names_ignore_case_and_keep_it),
        STORE_TEST(lists_and_scans),
        STORE_TEST(renames_and_moves),
        STORE_TEST(members_come_and_go),
        STORE_TEST(membership_stays_in_an_account),
        STORE_TEST(is_deleted_with_all_its_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
