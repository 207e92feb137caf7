/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that all tables have: what they refuse, and what an update leaves alone. */
#include "store/table_int.h"
#include "support.h"

static void a_part_belongs_to_the_kinds_that_have_it(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref policy = ref_of(IAM_KIND_POLICY, "ANPA1");
    struct iam_entity_ref key = ref_of(IAM_KIND_ACCESS_KEY, "AKIA1");
    struct iam_access_key row = key_of("AKIA1", ACCOUNT, ACCOUNT);
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };

    add_policy(f, "ANPA1", "p");
    assert_ok(iam_store_access_key_add(f->txn, &row));
    assert_int_equal(iam_store_inline_put(f->txn, &policy, IAM_STR("n"), DOCUMENT), IAM_NOT_FOUND);
    assert_int_equal(iam_store_tag_put(f->txn, &key, &tag, 1), IAM_NOT_FOUND);
    assert_ok(iam_store_tag_put(f->txn, &policy, &tag, 1));
    policy.account = OTHER_ACCOUNT;
    assert_int_equal(iam_store_tag_put(f->txn, &policy, &tag, 1), IAM_NOT_FOUND);
}

static void an_update_keeps_what_is_absent(void **state)
{
    struct fixture *f = *state;
    struct iam_role role = { .id = IAM_STR("AROA1"), .account = ACCOUNT };

    add_role(f, "AROA1", "r");
    role.description = IAM_STR("text");
    assert_ok(iam_table_update(f->txn, IAM_TABLE_ROLE, NULL, &role));
    role.description = iam_str_absent();
    assert_ok(iam_table_update(f->txn, IAM_TABLE_ROLE, NULL, &role));
    assert_ok(iam_store_role_get_by_id(f->txn, &f->arena, role.id, &role));
    assert_str(role.name, "r");
    assert_str(role.description, "text");
    assert_int_equal(role.max_session_seconds, 3600);
    role.account = OTHER_ACCOUNT;
    assert_int_equal(iam_table_update(f->txn, IAM_TABLE_ROLE, NULL, &role), IAM_NOT_FOUND);
}

static void counts_what_is_in_scope(void **state)
{
    struct fixture *f = *state;
    struct iam_user other = user_named("AIDA3", "a");
    int64_t count = 0;

    add_user(f, "AIDA1", "a");
    add_user(f, "AIDA2", "b");
    other.account = OTHER_ACCOUNT;
    assert_ok(iam_store_user_add(f->txn, &other));
    assert_ok(iam_table_count(f->txn, IAM_TABLE_USER, ACCOUNT, &count));
    assert_int_equal(count, 2);
}

static void a_statement_that_there_is_not_is_refused(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key key;

    assert_int_equal(
        iam_table_get(f->txn, &f->arena, IAM_TABLE_ACCESS_KEY, ACCOUNT, IAM_STR("x"), &key),
        IAM_UNSUPPORTED);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
}

static void nothing_deletes_all_of_an_account(void **state)
{
    struct fixture *f = *state;

    for (enum iam_table_id t = 0; t < IAM_TABLE_COUNT; t++) {
        const struct iam_column *scope = iam_shape_column(&iam_tables[t].shape, IAM_COL_SCOPE);

        if (scope == NULL || (scope->flags & IAM_COL_ACCOUNT) != 0) {
            assert_null(iam_sql_text(f->txn->sql, t, IAM_SQL_CLEAR));
        }
    }
    assert_null(iam_sql_text(f->txn->sql, IAM_TABLE_USER, IAM_SQL_CLEAR));
    assert_non_null(iam_sql_text(f->txn->sql, IAM_TABLE_TAG, IAM_SQL_CLEAR));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_part_belongs_to_the_kinds_that_have_it),
        STORE_TEST(an_update_keeps_what_is_absent),
        STORE_TEST(counts_what_is_in_scope),
        STORE_TEST(a_statement_that_there_is_not_is_refused),
        STORE_TEST(nothing_deletes_all_of_an_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
