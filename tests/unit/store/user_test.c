/* SPDX-License-Identifier: Apache-2.0 */
/* Users: case of names, lists, boundaries, and what is deleted with a user. */
#include "support.h"

static void names_ignore_case_and_keep_it(void **state)
{
    struct fixture *f = *state;
    struct iam_user user;

    add_user(f, "AIDA1", "Ann.Smith");
    assert_ok(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("aNN.sMITH"), &user));
    assert_str(user.name, "Ann.Smith");
    assert_str(user.arn, "arn:aws:iam::111122223333:user/Ann.Smith");
    assert_str(user.boundary_arn, NULL);
    assert_str(user.boundary_policy_id, NULL);
    assert_int_equal(user.created_ms, 1000);
    assert_int_equal(
        iam_store_user_get(f->txn, &f->arena, OTHER_ACCOUNT, IAM_STR("ann.smith"), &user),
        IAM_NOT_FOUND);
    assert_ok(iam_store_user_get_by_id(f->txn, &f->arena, IAM_STR("AIDA1"), &user));
    assert_str(user.name, "Ann.Smith");
}

static void a_name_is_taken_in_any_case(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA2", "ANN");

    add_user(f, "AIDA1", "ann");
    next_txn(f);
    user.account = OTHER_ACCOUNT;
    assert_ok(iam_store_user_add(f->txn, &user));
    user = user_named("AIDA3", "ANN");
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_EXISTS);
    assert_true(iam_txn_error_text(f->txn)[0] != '\0');
    assert_int_equal(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user),
                     IAM_CONFLICT);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    assert_int_equal(iam_store_user_get(f->txn, &f->arena, OTHER_ACCOUNT, IAM_STR("ann"), &user),
                     IAM_NOT_FOUND);
}

static void needs_its_account_and_boundary(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA1", "ann");

    user.account = IAM_STR("000000000000");
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_CONFLICT);
    abandon_txn(f);
    user = user_named("AIDA1", "ann");
    user.boundary_policy_id = IAM_STR("ANPAnone");
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_CONFLICT);
    abandon_txn(f);
    add_policy(f, "ANPA1", "p");
    user.boundary_policy_id = IAM_STR("ANPA1");
    user.account = OTHER_ACCOUNT;
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_CONFLICT);
}

static void lists_by_name_in_parts(void **state)
{
    static const char *const IDS[] = { "AIDA3", "AIDA1", "AIDA5", "AIDA2", "AIDA4" };
    static const char *const NAMES[] = { "carl", "Anna", "eve", "BERT", "a-b" };
    static const char *const WANT[] = { "a-b", "Anna", "BERT", "carl", "eve" };
    struct fixture *f = *state;
    struct iam_page page = { .limit = 2 };
    struct iam_user_list list;
    size_t seen = 0;

    for (size_t i = 0; i < IAM_COUNT(IDS); i++) {
        add_user(f, IDS[i], NAMES[i]);
    }
    do {
        assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), &page, &list));
        assert_true(list.count <= 2);
        for (size_t i = 0; i < list.count; i++) {
            assert_str(list.items[i].name, WANT[seen++]);
        }
        page.after = list.next;
    } while (list.is_truncated);
    assert_int_equal(seen, 5);
    page.after = IAM_STR("BERT");
    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), &page, &list));
    assert_str(list.items[0].name, "carl");
}

static void lists_exactly_the_limit_as_complete(void **state)
{
    struct fixture *f = *state;
    struct iam_page page = { .limit = 2 };
    struct iam_user_list list;

    add_user(f, "AIDA1", "a");
    add_user(f, "AIDA2", "b");
    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, iam_str_absent(), &page, &list));
    assert_int_equal(list.count, 2);
    assert_false(list.is_truncated);
    assert_str(list.next, NULL);
    assert_ok(
        iam_store_user_list(f->txn, &f->arena, OTHER_ACCOUNT, iam_str_absent(), &page, &list));
    assert_int_equal(list.count, 0);
}

static void filters_by_path_prefix(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA1", "a");
    struct iam_user_list list;

    user.path = IAM_STR("/x%_/y/");
    assert_ok(iam_store_user_add(f->txn, &user));
    user = user_named("AIDA2", "b");
    user.path = IAM_STR("/X%_/");
    assert_ok(iam_store_user_add(f->txn, &user));
    user = user_named("AIDA3", "c");
    user.path = IAM_STR("/xabc/");
    assert_ok(iam_store_user_add(f->txn, &user));
    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/x%_/"), NULL, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].arn, "arn:aws:iam::111122223333:user/x%_/y/a");
    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/"), NULL, &list));
    assert_int_equal(list.count, 3);
    assert_ok(iam_store_user_list(f->txn, &f->arena, ACCOUNT, IAM_STR("/x"), NULL, &list));
    assert_int_equal(list.count, 2);
}

static void scans_all_accounts_by_id(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA2", "z");
    struct iam_page page = { .limit = 2 };
    struct iam_user_list list;

    user.account = OTHER_ACCOUNT;
    assert_ok(iam_store_user_add(f->txn, &user));
    add_user(f, "AIDA3", "a");
    add_user(f, "AIDA1", "y");
    assert_ok(iam_store_user_scan(f->txn, &f->arena, &page, &list));
    assert_str(list.items[0].id, "AIDA1");
    assert_str(list.items[1].id, "AIDA2");
    assert_true(list.is_truncated);
    page.after = list.next;
    assert_ok(iam_store_user_scan(f->txn, &f->arena, &page, &list));
    assert_int_equal(list.count, 1);
    assert_str(list.items[0].id, "AIDA3");
}

static void renames_and_moves(void **state)
{
    struct fixture *f = *state;
    struct iam_user user;
    struct iam_str none = iam_str_absent();

    add_user(f, "AIDA1", "ann");
    add_user(f, "AIDA2", "bob");
    assert_ok(iam_store_user_update(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR("ANN"), none));
    assert_ok(iam_store_user_update(f->txn, ACCOUNT, IAM_STR("AIDA1"), none, IAM_STR("/p/")));
    assert_ok(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user));
    assert_str(user.arn, "arn:aws:iam::111122223333:user/p/ANN");
    assert_ok(
        iam_store_user_update(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR("eve"), IAM_STR("/")));
    assert_int_equal(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user),
                     IAM_NOT_FOUND);
    assert_int_equal(
        iam_store_user_update(f->txn, OTHER_ACCOUNT, IAM_STR("AIDA1"), IAM_STR("x"), none),
        IAM_NOT_FOUND);
    next_txn(f);
    assert_int_equal(iam_store_user_update(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR("BOB"), none),
                     IAM_EXISTS);
}

static void has_a_boundary(void **state)
{
    struct fixture *f = *state;
    struct iam_user user;

    add_user(f, "AIDA1", "ann");
    add_policy(f, "ANPA1", "limits");
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR("ANPA1")));
    assert_ok(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user));
    assert_str(user.boundary_policy_id, "ANPA1");
    assert_str(user.boundary_arn, "arn:aws:iam::111122223333:policy/limits");
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA1"),
                                          IAM_STR("arn:aws:iam::aws:policy/job/Limits")));
    assert_ok(iam_store_user_get_by_id(f->txn, &f->arena, IAM_STR("AIDA1"), &user));
    assert_str(user.boundary_policy_id, NULL);
    assert_str(user.boundary_arn, "arn:aws:iam::aws:policy/job/Limits");
    assert_str(user.aws_boundary_arn, "arn:aws:iam::aws:policy/job/Limits");
    assert_ok(iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA1"), iam_str_absent()));
    assert_ok(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user));
    assert_str(user.boundary_arn, NULL);
    assert_int_equal(
        iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDAx"), IAM_STR("ANPA1")),
        IAM_NOT_FOUND);
    assert_int_equal(
        iam_store_user_set_boundary(f->txn, ACCOUNT, IAM_STR("AIDA1"), IAM_STR("ANPAx")),
        IAM_CONFLICT);
}

/* A user with one of everything. */
static void add_user_with_parts(struct fixture *f)
{
    struct iam_entity_ref ref = ref_of(IAM_KIND_USER, "AIDA1");
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, IAM_STR("AIDA1"));
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };

    add_user(f, "AIDA1", "ann");
    add_group(f, "AGPA1", "dev");
    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, IAM_STR("AGPA1"), IAM_STR("AIDA1")));
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_ok(iam_store_policy_attach(f->txn, &ref, IAM_STR("ANPA1")));
    assert_ok(iam_store_inline_put(f->txn, &ref, IAM_STR("i"), DOCUMENT));
    assert_ok(iam_store_tag_put(f->txn, &ref, &tag, 1));
}

static void counts_its_parts(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_parts parts;

    add_user_with_parts(f);
    assert_ok(iam_store_parts(f->txn, IAM_STR("AIDA1"), &parts));
    assert_int_equal(parts.access_keys, 1);
    assert_int_equal(parts.groups, 1);
    assert_int_equal(parts.attached_policies, 1);
    assert_int_equal(parts.inline_policies, 1);
    assert_ok(iam_store_parts(f->txn, IAM_STR("AIDAx"), &parts));
    assert_int_equal(
        parts.access_keys + parts.groups + parts.attached_policies + parts.inline_policies, 0);
}

static void is_deleted_with_all_its_parts(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_parts parts;
    struct iam_access_key key;
    struct iam_user user;
    int64_t tags = 1;
    struct iam_entity_ref ref = ref_of(IAM_KIND_USER, "AIDA1");

    add_user_with_parts(f);
    assert_int_equal(iam_store_user_delete(f->txn, OTHER_ACCOUNT, IAM_STR("AIDA1")), IAM_NOT_FOUND);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1")));
    assert_int_equal(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1")), IAM_NOT_FOUND);
    next_txn(f);
    assert_int_equal(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user),
                     IAM_NOT_FOUND);
    assert_ok(iam_store_parts(f->txn, IAM_STR("AIDA1"), &parts));
    assert_int_equal(
        parts.access_keys + parts.groups + parts.attached_policies + parts.inline_policies, 0);
    assert_int_equal(iam_store_access_key_get(f->txn, &f->arena, IAM_STR("AKIA1"), &key),
                     IAM_NOT_FOUND);
    assert_ok(iam_store_tag_count(f->txn, &ref, &tags));
    assert_int_equal(tags, 0);
}

static void refuses_a_name_beyond_all_limits(void **state)
{
    struct fixture *f = *state;
    char name[2000];
    struct iam_user user;

    memset(name, 'a', sizeof(name));
    assert_int_equal(iam_store_user_get(f->txn, &f->arena, ACCOUNT,
                                        (struct iam_str){ name, sizeof(name) }, &user),
                     IAM_LIMIT);
    user = user_named("AIDA1", "x");
    user.name = (struct iam_str){ name, sizeof(name) };
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_LIMIT);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = NULL;
}

static void a_full_arena_is_no_harm(void **state)
{
    struct fixture *f = *state;
    struct iam_alloc alloc = iam_arena_allocator(&f->arena);
    struct iam_user user;
    struct iam_arena small;

    add_user(f, "AIDA1", "ann");
    for (size_t max = 0; max < 200; max += 8) {
        enum iam_status status;

        iam_arena_init(&small, &alloc, max);
        status = iam_store_user_get(f->txn, &small, ACCOUNT, IAM_STR("ann"), &user);
        assert_true(status == IAM_OK || status == IAM_NOMEM || status == IAM_LIMIT);
        assert_true(max > 0 || status != IAM_OK);
        iam_arena_done(&small);
    }
    next_txn(f);
    assert_ok(iam_store_user_get(f->txn, &f->arena, ACCOUNT, IAM_STR("ann"), &user));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(names_ignore_case_and_keep_it),
        STORE_TEST(a_name_is_taken_in_any_case),
        STORE_TEST(needs_its_account_and_boundary),
        STORE_TEST(lists_by_name_in_parts),
        STORE_TEST(lists_exactly_the_limit_as_complete),
        STORE_TEST(filters_by_path_prefix),
        STORE_TEST(scans_all_accounts_by_id),
        STORE_TEST(renames_and_moves),
        STORE_TEST(has_a_boundary),
        STORE_TEST(counts_its_parts),
        STORE_TEST(is_deleted_with_all_its_parts),
        STORE_TEST(refuses_a_name_beyond_all_limits),
        STORE_TEST(a_full_arena_is_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
