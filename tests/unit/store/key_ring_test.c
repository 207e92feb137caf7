/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of keys and their sealed secrets; a secret that is sealed again. */
#include "store/key_ring.h"

#include "support.h"

static struct iam_key_wrap wrap_of(const char *master, int64_t generation, int64_t rotation)
{
    return (struct iam_key_wrap){
        .master_id = iam_str_c(master),
        .generation = generation,
        .rotation = rotation,
        .sealed = {"a\0b", 3}
    };
}

static void add_wrap(struct fixture *f, const char *master, int64_t generation, int64_t rotation)
{
    struct iam_key_wrap wrap = wrap_of(master, generation, rotation);

    assert_ok(iam_store_wrap_add(f->txn, &wrap));
}

static struct iam_key_generation_list generations(struct fixture *f)
{
    struct iam_key_generation_list list = { 0 };

    assert_ok(iam_store_generation_list(f->txn, &f->arena, &list));
    return list;
}

static struct iam_key_wrap_list wraps(struct fixture *f)
{
    struct iam_key_wrap_list list = { 0 };

    assert_ok(iam_store_wrap_list(f->txn, &f->arena, &list));
    return list;
}

static void the_life_of_a_generation(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(generations(f).count, 0);
    assert_ok(iam_store_generation_add(f->txn, 1, 100));
    assert_ok(iam_store_generation_add(f->txn, 2, 200));
    assert_ok(iam_store_generation_retire(f->txn, 2, 200));
    assert_ok(iam_store_generation_add(f->txn, 3, 300));
    assert_ok(iam_store_generation_retire(f->txn, 3, 300));
    assert_ok(iam_store_generation_clear(f->txn, 3));
    next_txn(f);

    struct iam_key_generation_list list = generations(f);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.items[0].created_ms, 100);
    assert_int_equal(list.items[0].retired_ms, 200);
    assert_int_equal(list.items[1].retired_ms, 300);
    assert_int_equal(list.items[2].retired_ms, 0);
    assert_true(list.items[0].is_clear && list.items[1].is_clear);
    assert_false(list.items[2].is_clear);

    assert_ok(iam_store_generation_delete(f->txn, 1));
    assert_int_equal(generations(f).count, 2);
    assert_int_equal(iam_store_generation_delete(f->txn, 1), IAM_NOT_FOUND);
}

static void wraps_are_of_a_master_key(void **state)
{
    struct fixture *f = *state;

    assert_ok(iam_store_generation_add(f->txn, 1, 100));
    assert_ok(iam_store_generation_add(f->txn, 2, 200));
    add_wrap(f, "bb", 1, 1);
    add_wrap(f, "bb", 2, 1);
    add_wrap(f, "aa", 2, 2);
    add_wrap(f, "aa", 1, 2);

    struct iam_key_wrap_list list = wraps(f);
    assert_int_equal(list.count, 4);
    assert_str(list.items[0].master_id, "bb");
    assert_int_equal(list.items[1].generation, 2);
    assert_str(list.items[2].master_id, "aa");
    assert_int_equal(list.items[2].generation, 1);
    assert_true(iam_str_eq(list.items[3].sealed, (struct iam_str){ "a\0b", 3 }));

    assert_ok(iam_store_wrap_keep(f->txn, IAM_STR("aa")));
    list = wraps(f);
    assert_int_equal(list.count, 2);
    assert_str(list.items[0].master_id, "aa");
    assert_ok(iam_store_generation_delete(f->txn, 1));
    assert_int_equal(wraps(f).count, 1);
}

static void a_wrap_needs_its_generation_and_is_unique(void **state)
{
    struct fixture *f = *state;
    struct iam_key_wrap wrap = wrap_of("aa", 7, 1);

    assert_int_not_equal(iam_store_wrap_add(f->txn, &wrap), IAM_OK);
    abandon_txn(f);
    assert_ok(iam_store_generation_add(f->txn, 7, 100));
    assert_ok(iam_store_wrap_add(f->txn, &wrap));
    assert_int_equal(iam_store_wrap_add(f->txn, &wrap), IAM_EXISTS);
}

static void a_secret_is_sealed_again(void **state)
{
    struct fixture *f = *state;
    struct iam_access_key key = { .id = IAM_STR("AKIA1"),
                                  .account = ACCOUNT,
                                  .owner_id = ACCOUNT,
                                  .is_active = true,
                                  .created_ms = 5,
                                  .sealed_secret = IAM_STR("old") };
    struct iam_access_key read;
    int64_t before = 0;
    int64_t after = 0;

    assert_ok(iam_store_access_key_add(f->txn, &key));
    assert_ok(iam_store_access_key_set_active(f->txn, ACCOUNT, ACCOUNT, key.id, false));
    assert_ok(iam_store_access_key_get(f->txn, &f->arena, key.id, &read));
    assert_str(read.sealed_secret, "old"); /* activating it keeps the secret */
    assert_ok(iam_store_change_last(f->txn, &before));
    assert_ok(iam_store_access_key_reseal(f->txn, &read, IAM_STR("new")));
    assert_ok(iam_store_change_last(f->txn, &after));
    assert_int_equal(after, before + 1);
    assert_ok(iam_store_access_key_get(f->txn, &f->arena, key.id, &read));
    assert_str(read.sealed_secret, "new");
    assert_false(read.is_active);
    assert_int_equal(read.created_ms, 5);
    assert_ok(iam_store_access_key_delete(f->txn, ACCOUNT, ACCOUNT, key.id));
    assert_int_equal(iam_store_access_key_reseal(f->txn, &read, IAM_STR("x")), IAM_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(the_life_of_a_generation),
        STORE_TEST(wraps_are_of_a_master_key),
        STORE_TEST(a_wrap_needs_its_generation_and_is_unique),
        STORE_TEST(a_secret_is_sealed_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
