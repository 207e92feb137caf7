/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys in keeping: for whom they open, their limits, and that a rotation takes them along.
 */
#include "lib/test.h"

#include "base/heap.h"
#include "keeper/keeper.h"
#include "keeper/private_key.h"
#include "keeper/rotation.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ID IAM_STR("ASCAEXAMPLE")
#define KEY IAM_STR("-----BEGIN PRIVATE KEY-----")

static struct iam_keeper *keeper;
static struct iam_arena arena;

static int setup(void **state)
{
    char error[128];
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = KEY_A };
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return iam_keeper_new(&config, &keeper, error, sizeof(error)) == IAM_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}

static struct iam_str seal(struct iam_str key)
{
    struct iam_str sealed;
    assert_ok(iam_keeper_seal_private_key(keeper, ID, key, &arena, &sealed));
    return sealed;
}

static void rotate(void)
{
    char error[128];
    struct iam_rotation *r = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = KEY_B };
    assert_ok(iam_rotation_new(keeper, &config, 2, &r, error, sizeof(error)));
    assert_ok(iam_rotation_commit(r, true));
    iam_rotation_free(r);
}

static void test_for_whom_it_opens(void **state)
{
    struct iam_str sealed = seal(KEY);
    struct iam_str secret;
    char copy[256];
    (void)state;
    assert_ok(iam_keeper_check_private_key(keeper, ID, sealed));
    assert_int_equal(iam_keeper_check_private_key(keeper, IAM_STR("OTHER"), sealed), IAM_CORRUPT);
    assert_null(memmem(sealed.p, sealed.len, KEY.p, KEY.len));
    /* neither is it a secret access key, nor the other way round */
    assert_int_equal(iam_keeper_check_secret(keeper, ID, sealed), IAM_CORRUPT);
    assert_ok(iam_keeper_seal_given_secret(keeper, ID, IAM_STR("wJalrXUtnFEMI/K7MDENG"), &arena,
                                           &secret));
    assert_int_equal(iam_keeper_check_private_key(keeper, ID, secret), IAM_CORRUPT);
    assert_true(sealed.len < sizeof(copy));
    for (size_t i = 0; i < sealed.len; i++) {
        memcpy(copy, sealed.p, sealed.len);
        copy[i] ^= 1;
        assert_int_equal(
            iam_keeper_check_private_key(keeper, ID, (struct iam_str){ copy, sealed.len }),
            IAM_CORRUPT);
    }
}

static void test_limits(void **state)
{
    static char text[IAM_PRIVATE_KEY_MAX + 1] = { 'k' };
    struct iam_str sealed = iam_str_absent();
    (void)state;
    sealed = seal((struct iam_str){ text, IAM_PRIVATE_KEY_MAX });
    assert_ok(iam_keeper_check_private_key(keeper, ID, sealed));
    assert_int_equal(iam_keeper_seal_private_key(keeper, ID, (struct iam_str){ text, sizeof(text) },
                                                 &arena, &sealed),
                     IAM_RANGE);
    assert_int_equal(iam_keeper_seal_private_key(keeper, ID, IAM_STR(""), &arena, &sealed),
                     IAM_RANGE);
    for (size_t len = 0; len < 80; len++) {
        assert_int_equal(iam_keeper_check_private_key(keeper, ID, (struct iam_str){ text, len }),
                         IAM_CORRUPT);
    }
}

static void test_a_rotation(void **state)
{
    struct iam_str sealed = seal(KEY);
    struct iam_str again = iam_str_absent();
    (void)state;
    assert_int_equal(iam_keeper_reseal_private_key(keeper, ID, sealed, &arena, &again), IAM_EXISTS);
    assert_absent(again);
    rotate();
    assert_ok(iam_keeper_check_private_key(keeper, ID, sealed));
    assert_int_equal(
        iam_keeper_reseal_private_key(keeper, IAM_STR("OTHER"), sealed, &arena, &again),
        IAM_CORRUPT);
    assert_ok(iam_keeper_reseal_private_key(keeper, ID, sealed, &arena, &again));
    iam_keeper_drop_generation(keeper, 1);
    assert_int_equal(iam_keeper_check_private_key(keeper, ID, sealed), IAM_CORRUPT);
    assert_ok(iam_keeper_check_private_key(keeper, ID, again));
    assert_int_equal(again.len, sealed.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_for_whom_it_opens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_rotation, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
