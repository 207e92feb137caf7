/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: unique, listed by ID, counted; the owner of AWS managed policies stays hidden. */
#include "support.h"

static void adds_and_gets(void **state)
{
    struct fixture *f = *state;
    struct iam_account account;

    assert_ok(iam_store_account_get(f->txn, &f->arena, ACCOUNT, &account));
    assert_str(account.id, "111122223333");
    assert_str(account.name, "test");
    assert_int_equal(account.created_ms, 5);
    assert_int_equal(iam_store_account_get(f->txn, &f->arena, IAM_STR("999999999999"), &account),
                     IAM_NOT_FOUND);
    assert_int_equal(iam_store_account_get(f->txn, &f->arena, IAM_STR("aws"), &account),
                     IAM_NOT_FOUND);
}

static void refuses_a_second_one(void **state)
{
    struct fixture *f = *state;
    struct iam_account account = { .id = ACCOUNT, .name = IAM_STR("x") };

    assert_int_equal(iam_store_account_add(f->txn, &account), IAM_EXISTS);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    account.id = IAM_STR("12");
    assert_int_equal(iam_store_account_add(f->txn, &account), IAM_RANGE);
}

static void lists_in_parts(void **state)
{
    struct fixture *f = *state;
    struct iam_page page = { .limit = 1 };
    struct iam_account_list list;
    int64_t count = 0;

    assert_ok(iam_store_account_list(f->txn, &f->arena, &page, &list));
    assert_int_equal(list.count, 1);
    assert_true(list.is_truncated);
    assert_str(list.items[0].id, "111122223333");
    page.after = list.next;
    assert_ok(iam_store_account_list(f->txn, &f->arena, &page, &list));
    assert_int_equal(list.count, 1);
    assert_false(list.is_truncated);
    assert_str(list.items[0].id, "444455556666");
    assert_ok(iam_store_account_list(f->txn, &f->arena, NULL, &list));
    assert_int_equal(list.count, 2);
    assert_ok(iam_store_account_count(f->txn, &count));
    assert_int_equal(count, 2);
    page.limit = 0;
    assert_int_equal(iam_store_account_list(f->txn, &f->arena, &page, &list), IAM_RANGE);
    page.limit = 1001;
    assert_int_equal(iam_store_account_list(f->txn, &f->arena, &page, &list), IAM_RANGE);
}

static int64_t count_of(struct fixture *f, enum iam_table_id table, struct iam_str scope)
{
    int64_t count = -1;

    assert_ok(iam_table_count(f->txn, table, scope, &count));
    return count;
}

static void counts_what_it_holds(void **state)
{
    static const struct {
        enum iam_table_id table;
        int64_t count;
    } WANT[] = {
        {IAM_TABLE_USER,    2},
        { IAM_TABLE_GROUP,  1},
        { IAM_TABLE_ROLE,   1},
        { IAM_TABLE_POLICY, 1},
    };
    struct fixture *f = *state;
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, ACCOUNT);
    int64_t count;

    add_user(f, "AIDA1", "a");
    add_user(f, "AIDA2", "b");
    add_group(f, "AGPA1", "g");
    add_role(f, "AROA1", "r");
    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_access_key_add(f->txn, &key));
    for (size_t i = 0; i < IAM_COUNT(WANT); i++) {
        assert_int_equal(count_of(f, WANT[i].table, ACCOUNT), WANT[i].count);
        assert_int_equal(count_of(f, WANT[i].table, OTHER_ACCOUNT), 0);
    }
    assert_ok(iam_store_user_count(f->txn, ACCOUNT, &count));
    assert_int_equal(count, 2);
    assert_int_equal(count_of(f, IAM_TABLE_VERSION, IAM_STR("ANPA1")), 1);
    assert_int_equal(count_of(f, IAM_TABLE_ACCESS_KEY, ACCOUNT), 1);
}

static int64_t kept_of(struct fixture *f, struct iam_str account, enum iam_table_id table)
{
    int64_t count = -1;

    assert_ok(iam_entity_count(f->txn, table, account, &count));
    return count;
}

/* The counts that are kept match the rows. */
static void assert_counts_agree(struct fixture *f)
{
    static const enum iam_table_id NAMED[] = { IAM_TABLE_USER, IAM_TABLE_GROUP, IAM_TABLE_ROLE,
                                               IAM_TABLE_POLICY, IAM_TABLE_INSTANCE_PROFILE };

    for (size_t i = 0; i < IAM_COUNT(NAMED); i++) {
        assert_int_equal(kept_of(f, ACCOUNT, NAMED[i]), count_of(f, NAMED[i], ACCOUNT));
    }
}

static void keeps_the_numbers_of_entities(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key key = key_of("AKIA1", ACCOUNT, IAM_STR("AIDA1"));
    struct iam_user again = user_named("AIDA1", "a");

    assert_counts_agree(f);
    add_user(f, "AIDA1", "a");
    add_user(f, "AIDA2", "b");
    add_group(f, "AGPA1", "g");
    add_role(f, "AROA1", "r");
    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_counts_agree(f);
    assert_int_equal(kept_of(f, ACCOUNT, IAM_TABLE_USER), 2);
    assert_int_equal(kept_of(f, OTHER_ACCOUNT, IAM_TABLE_USER), 0);
    assert_int_equal(kept_of(f, IAM_STR("999999999999"), IAM_TABLE_USER), 0);
    assert_int_equal(kept_of(f, ACCOUNT, IAM_TABLE_ACCESS_KEY), 0);
    next_txn(f);
    assert_ok(iam_txn_save(f->txn));
    assert_int_equal(iam_store_user_add(f->txn, &again), IAM_EXISTS);
    assert_ok(iam_txn_undo(f->txn));
    assert_counts_agree(f);
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1"))); /* with its key */
    assert_ok(iam_store_group_delete(f->txn, ACCOUNT, IAM_STR("AGPA1")));
    assert_ok(iam_store_role_delete(f->txn, ACCOUNT, IAM_STR("AROA1")));
    assert_ok(iam_store_policy_delete(f->txn, ACCOUNT, IAM_STR("ANPA1")));
    assert_counts_agree(f);
    assert_int_equal(kept_of(f, ACCOUNT, IAM_TABLE_USER), 1);
    assert_int_equal(kept_of(f, ACCOUNT, IAM_TABLE_POLICY), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(adds_and_gets),
        STORE_TEST(refuses_a_second_one),
        STORE_TEST(lists_in_parts),
        STORE_TEST(counts_what_it_holds),
        STORE_TEST(keeps_the_numbers_of_entities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
