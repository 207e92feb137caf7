/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a transaction: one can be undone without the others, whatever failed in it. */
#include <stdio.h>

#include "store/txn_int.h"
#include "support.h"

static int64_t count_users(struct iam_txn *txn)
{
    int64_t users;

    assert_ok(iam_store_user_count(txn, ACCOUNT, &users));
    return users;
}

static bool has_user(struct fixture *f, const char *id)
{
    struct iam_user user;

    return iam_store_user_get_by_id(f->txn, &f->arena, iam_str_c(id), &user) == IAM_OK;
}

static void a_part_is_undone_alone(void **state)
{
    struct fixture *f = *state;

    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA1", "a");
    assert_ok(iam_txn_keep(f->txn));
    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA2", "b");
    assert_int_equal(count_users(f->txn), 2);
    assert_ok(iam_txn_undo(f->txn));
    assert_int_equal(count_users(f->txn), 1);
    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA3", "c");
    assert_ok(iam_txn_keep(f->txn));
    next_txn(f);
    assert_true(has_user(f, "AIDA1"));
    assert_false(has_user(f, "AIDA2"));
    assert_true(has_user(f, "AIDA3"));
}

/* What would prevent the commit of a transaction only prevents keeping the part. */
static void a_failure_stays_in_its_part(void **state)
{
    struct fixture *f = *state;
    struct iam_user again = user_named("AIDA1", "again");

    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA1", "a");
    assert_ok(iam_txn_keep(f->txn));
    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA2", "b");
    assert_int_equal(iam_store_user_add(f->txn, &again), IAM_EXISTS);
    assert_int_equal(iam_txn_keep(f->txn), IAM_CONFLICT);
    assert_ok(iam_txn_undo(f->txn));
    next_txn(f);
    assert_true(has_user(f, "AIDA1"));
    assert_false(has_user(f, "AIDA2"));
}

static void a_failure_before_forbids_a_part(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA1", "a");

    add_user(f, "AIDA1", "a");
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_EXISTS);
    assert_int_equal(iam_txn_save(f->txn), IAM_CONFLICT);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_READ);
    assert_int_equal(iam_txn_save(f->txn), IAM_CONFLICT);
}

static void an_open_part_goes_with_the_rollback(void **state)
{
    struct fixture *f = *state;

    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA1", "a");
    abandon_txn(f);
    assert_int_equal(count_users(f->txn), 0);
    assert_ok(iam_txn_save(f->txn)); /* nothing of the old one is left open */
    assert_ok(iam_txn_keep(f->txn));
}

/* Some failures (no memory, a full disk) make the database roll everything back by itself. */
static void a_lost_transaction_cannot_go_on(void **state)
{
    struct fixture *f = *state;
    struct iam_user user = user_named("AIDA2", "b");

    add_user(f, "AIDA1", "a");
    assert_ok(iam_txn_save(f->txn));
    assert_int_equal(f->txn->driver->exec(f->txn->db, "ROLLBACK"), IAM_DB_OK);
    assert_int_not_equal(iam_txn_undo(f->txn), IAM_OK);
    assert_int_equal(iam_store_user_add(f->txn, &user), IAM_CONFLICT);
    assert_int_equal(iam_txn_save(f->txn), IAM_CONFLICT);
    assert_int_equal(iam_txn_commit(f->txn), IAM_CONFLICT);
    f->txn = begin(f->store, IAM_TXN_WRITE);
    assert_int_equal(count_users(f->txn), 0);
}

static void a_lost_transaction_keeps_nothing(void **state)
{
    struct fixture *f = *state;

    assert_ok(iam_txn_save(f->txn));
    assert_int_equal(f->txn->driver->exec(f->txn->db, "ROLLBACK"), IAM_DB_OK);
    assert_int_not_equal(iam_txn_keep(f->txn), IAM_OK);
    assert_int_not_equal(iam_txn_undo(f->txn), IAM_OK);
    abandon_txn(f);
    assert_int_equal(f->txn->driver->exec(f->txn->db, "ROLLBACK"), IAM_DB_OK);
    assert_int_not_equal(iam_txn_save(f->txn), IAM_OK);
}

/* ---- what has changed ---------------------------------------------------------------- */

static void assert_change(const struct fixture *f, size_t at, enum iam_kind kind, const char *id)
{
    const struct iam_txn_changes *c = iam_txn_changes(f->txn);

    assert_true(at < c->count);
    assert_int_equal(c->items[at].kind, kind);
    assert_str(iam_id_str(&c->items[at].id), id);
}

static void changes_are_remembered(void **state)
{
    struct fixture *f = *state;
    struct iam_entity_ref group = ref_of(IAM_KIND_GROUP, "AGPA1");
    struct iam_tag tag = { IAM_STR("k"), IAM_STR("v") };

    assert_int_equal(iam_txn_changes(f->txn)->count, 0); /* not those of the transaction before */
    add_user(f, "AIDA1", "a");
    add_group(f, "AGPA1", "g");
    assert_ok(iam_store_tag_put(
        f->txn, &(struct iam_entity_ref){ IAM_KIND_USER, ACCOUNT, IAM_STR("AIDA1") }, &tag, 1));
    assert_ok(iam_store_member_add(f->txn, ACCOUNT, group.id, IAM_STR("AIDA1")));
    assert_false(iam_txn_changes(f->txn)->is_partial);
    assert_int_equal(iam_txn_changes(f->txn)->count, 5);
    assert_change(f, 0, IAM_KIND_USER, "AIDA1");
    assert_change(f, 1, IAM_KIND_GROUP, "AGPA1");
    assert_change(f, 2, IAM_KIND_USER, "AIDA1");
    assert_change(f, 3, IAM_KIND_GROUP, "AGPA1");
    assert_change(f, 4, IAM_KIND_USER, "AIDA1");
    next_txn(f);
    assert_int_equal(iam_txn_changes(f->txn)->count, 0);
}

static void undone_changes_are_forgotten(void **state)
{
    struct fixture *f = *state;

    assert_ok(iam_txn_save(f->txn));
    add_user(f, "AIDA1", "a");
    assert_ok(iam_txn_keep(f->txn));
    assert_ok(iam_txn_save(f->txn));
    assert_ok(iam_store_user_delete(f->txn, ACCOUNT, IAM_STR("AIDA1")));
    add_user(f, "AIDA2", "b");
    assert_ok(iam_txn_undo(f->txn));
    assert_int_equal(iam_txn_changes(f->txn)->count, 1);
    assert_change(f, 0, IAM_KIND_USER, "AIDA1");
}

static void too_many_changes_are_told(void **state)
{
    struct fixture *f = *state;
    char id[16];

    for (int i = 0; i <= IAM_TXN_CHANGES_MAX; i++) {
        assert_false(iam_txn_changes(f->txn)->is_partial);
        snprintf(id, sizeof(id), "AIDA%d", i);
        add_user(f, id, id);
    }
    assert_true(iam_txn_changes(f->txn)->is_partial);
    assert_int_equal(iam_txn_changes(f->txn)->count, IAM_TXN_CHANGES_MAX);
    next_txn(f);
    assert_false(iam_txn_changes(f->txn)->is_partial);
}

static void an_id_that_is_too_long_is_told(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key key = key_of("AKIAGIVENBYTHEOPERATOR000", ACCOUNT, ACCOUNT);

    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_true(iam_txn_changes(f->txn)->is_partial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_part_is_undone_alone),
        STORE_TEST(a_failure_stays_in_its_part),
        STORE_TEST(a_failure_before_forbids_a_part),
        STORE_TEST(an_open_part_goes_with_the_rollback),
        STORE_TEST(a_lost_transaction_cannot_go_on),
        STORE_TEST(a_lost_transaction_keeps_nothing),
        STORE_TEST(changes_are_remembered),
        STORE_TEST(undone_changes_are_forgotten),
        STORE_TEST(too_many_changes_are_told),
        STORE_TEST(an_id_that_is_too_long_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
