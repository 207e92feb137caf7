/* SPDX-License-Identifier: Apache-2.0 */
/* The space that a store keeps for a full disk, without a disk that is full. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/reserve_int.h"
#include "support.h"

/* The size that the file takes on the disk; -1: there is none. */
static long taken(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (long)st.st_blocks * 512 : -1;
}

static void it_is_made_given_up_and_made_again(void **state)
{
    char dir[64];
    char path[96];
    char file[128];
    struct iam_reserve r;

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/store.db", dir);
    snprintf(file, sizeof(file), "%s-reserve", path);
    assert_ok(iam_reserve_init(&r, path));
    assert_int_equal(taken(file), -1);
    assert_false(iam_reserve_give_up(&r));
    for (int i = 0; i < 2; i++) {
        iam_reserve_make(&r);
        assert_false(atomic_load(&r.is_short));
        assert_true(taken(file) >= (long)IAM_RESERVE_BYTES);
        assert_true(iam_reserve_give_up(&r));
        assert_true(atomic_load(&r.is_short));
        assert_int_equal(taken(file), -1);
        assert_false(iam_reserve_give_up(&r));
    }
    iam_reserve_make_some(&r);
    assert_true(taken(file) >= (long)IAM_RESERVE_BYTES);
    iam_reserve_done(&r);
    remove_dir(dir);
}

static void a_store_has_one_and_memory_has_none(void **state)
{
    char dir[64];
    char path[96];
    char file[128];
    struct iam_reserve none;

    (void)state;
    make_dir(dir);
    snprintf(path, sizeof(path), "%s/store.db", dir);
    snprintf(file, sizeof(file), "%s-reserve", path);
    struct iam_store *store = open_store(path, 0);
    assert_true(taken(file) >= (long)IAM_RESERVE_BYTES);
    assert_int_equal(iam_store_state(store), IAM_STORE_GOOD);
    assert_false(iam_store_has_made_room(store));
    iam_store_close(store);
    assert_ok(iam_reserve_init(&none, NULL));
    iam_reserve_make(&none);
    assert_false(iam_reserve_give_up(&none) || atomic_load(&none.is_short));
    iam_reserve_done(&none);
    remove_dir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_made_given_up_and_made_again),
        cmocka_unit_test(a_store_has_one_and_memory_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
