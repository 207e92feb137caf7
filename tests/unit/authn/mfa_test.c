/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes of devices: which steps are taken, what is used up, and what two codes set. The codes are
 * made here by libcrypto's HMAC.
 */
#include "lib/test.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "authn/mfa.h"
#include "base/heap.h"
#include "keeper/seed.h"
#include "lib/row_sealer.h"
#include "store/account.h"

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define ACCOUNT IAM_STR("111122223333")
#define DEVICE IAM_STR("AMFA1")
#define SEED IAM_STR("12345678901234567890")
#define WINDOW_MS (INT64_C(3) * 60 * 1000)
/* Of the first test, far from 1970; each attempt comes a window later. */
#define FIRST_MS (INT64_C(1700000000) * 1000)

static struct iam_keeper *keeper;
static struct iam_store *store;
static struct iam_txn *txn;
static struct iam_arena arena;
static int64_t now_ms;

static int setup(void **state)
{
    char error[IAM_STORE_ERROR_MAX];
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = KEY };
    struct iam_store_options options = { .path = ":memory:", .sealer = TEST_ROW_SEALER };
    const struct iam_account account = { .id = ACCOUNT, .name = IAM_STR("a"), .created_ms = 1 };
    struct iam_mfa_device device = { .id = DEVICE,
                                     .account = ACCOUNT,
                                     .serial = IAM_STR("GAHT12345678"),
                                     .name = IAM_STR("GAHT12345678"),
                                     .form = IAM_MFA_HARDWARE,
                                     .created_ms = 1 };
    (void)state;
    now_ms = FIRST_MS;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    assert_ok(iam_keeper_new(&config, &keeper, error, sizeof(error)));
    assert_ok(iam_store_open(&options, &store, error));
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_account_add(txn, &account));
    assert_ok(iam_keeper_seal_given_seed(keeper, DEVICE, SEED, &arena, &device.sealed_seed));
    assert_ok(iam_store_mfa_device_add(txn, &device));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_txn_rollback(txn);
    iam_store_close(store);
    iam_keeper_free(keeper);
    iam_arena_done(&arena);
    return 0;
}

static struct iam_mfa_device device_now(void)
{
    struct iam_mfa_device device;
    assert_ok(iam_store_mfa_device_get_by_id(txn, &arena, DEVICE, &device));
    return device;
}

static int64_t step_now(void)
{
    return now_ms / IAM_STEP_MS;
}

static struct iam_str code_at(int64_t step)
{
    uint8_t counter[8];
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct iam_str code;
    for (size_t i = 0; i < sizeof(counter); i++) {
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    assert_non_null(HMAC(EVP_sha1(), SEED.p, (int)SEED.len, counter, sizeof(counter), mac, &len));
    const uint8_t *p = mac + (mac[len - 1] & 15);
    unsigned value = ((p[0] & 127u) << 24) | ((unsigned)p[1] << 16) | ((unsigned)p[2] << 8) | p[3];
    assert_ok(iam_arena_fmt(&arena, &code, "%06u", value % 1000000));
    return code;
}

/* Asks for the code of a step from now, in a window of its own. */
static enum iam_status check(int64_t offset)
{
    struct iam_mfa_device device = device_now();
    return iam_mfa_check(txn, keeper, &device, code_at(step_now() + offset), now_ms);
}

static void later(void)
{
    now_ms += WINDOW_MS;
}

static void two_steps_either_way(void **state)
{
    (void)state;
    for (int64_t offset = -4; offset <= 4; offset++) {
        later();
        assert_int_equal(check(offset), offset >= -2 && offset <= 2 ? IAM_OK : IAM_DENIED);
    }
}

static void a_used_code_is_refused(void **state)
{
    (void)state;
    later();
    assert_ok(check(1));
    assert_int_equal(check(1), IAM_DENIED);
    /* older ones that were not used still work, once */
    assert_ok(check(-1));
    assert_int_equal(check(-1), IAM_DENIED);
    assert_ok(check(0));
    assert_int_equal(check(1), IAM_DENIED);
    assert_int_equal(check(0), IAM_DENIED);
    assert_ok(check(2));
}

static void what_is_rolled_back_is_not_used(void **state)
{
    (void)state;
    later();
    assert_ok(iam_txn_commit(txn));
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(check(0));
    iam_txn_rollback(txn);
    assert_ok(iam_store_begin(store, IAM_TXN_WRITE, &txn));
    assert_ok(check(0));
}

static void long_after_only_the_last_is_known(void **state)
{
    (void)state;
    later();
    assert_ok(check(0));
    int64_t used = step_now();
    for (int i = 0; i < 30; i++) {
        later();
    }
    assert_ok(check(0));
    struct iam_mfa_device device = device_now();
    assert_int_equal(device.used_step, step_now());
    assert_int_equal(device.used_mask, 1);
    /* a clock that was set far back does not make old codes new ones */
    now_ms = used * IAM_STEP_MS;
    later();
    assert_int_equal(check(0), IAM_DENIED);
}

static enum iam_status pair(int64_t first, int64_t second)
{
    struct iam_mfa_device device = device_now();
    enum iam_status st = iam_mfa_check_pair(keeper, &device, code_at(step_now() + first),
                                            code_at(step_now() + second), now_ms);
    if (st == IAM_OK) {
        assert_ok(iam_store_mfa_device_set_state(txn, &device));
    }
    return st;
}

static void a_pair_is_in_a_row(void **state)
{
    (void)state;
    later();
    assert_int_equal(pair(0, 0), IAM_DENIED);
    assert_int_equal(pair(1, 0), IAM_DENIED);
    assert_int_equal(pair(0, 2), IAM_DENIED);
    assert_ok(pair(0, 1));
}

/* SPEC: recorded on AWS: the second code from 998 steps before to 1000 after the time. */
static void the_window_of_a_pair(void **state)
{
    static const struct {
        int64_t second;
        enum iam_status want;
    } ROWS[] = {
        {-999,  IAM_DENIED},
        { -998, IAM_OK    },
        { 1000, IAM_OK    },
        { 1001, IAM_DENIED}
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(ROWS); i++) {
        struct iam_mfa_device device = device_now();
        later();
        assert_int_equal(iam_mfa_check_pair(keeper, &device,
                                            code_at(step_now() + ROWS[i].second - 1),
                                            code_at(step_now() + ROWS[i].second), now_ms),
                         ROWS[i].want);
    }
}

static void a_pair_sets_the_clock(void **state)
{
    (void)state;
    later();
    assert_int_equal(check(500), IAM_DENIED);
    assert_ok(pair(499, 500));
    assert_int_equal(device_now().drift_steps, 500);
    /* the codes of a pair are not used up */
    assert_ok(check(500));
    assert_ok(check(499));
    assert_int_equal(check(500), IAM_DENIED);
    assert_int_equal(check(0), IAM_DENIED);
    later();
    assert_ok(check(501));
    /* and from there again */
    assert_ok(pair(1498, 1499));
    later();
    assert_ok(pair(700, 701) == IAM_DENIED ? IAM_OK : IAM_CONFLICT);
}

static void a_pair_is_later_than_the_last(void **state)
{
    (void)state;
    later();
    assert_ok(pair(0, 1));
    assert_int_equal(pair(0, 1), IAM_DENIED);
    assert_int_equal(pair(-1, 0), IAM_DENIED);
    assert_int_equal(pair(1, 2), IAM_DENIED);
    assert_ok(pair(2, 3));
}

static void attempts_of_all_kinds_count_together(void **state)
{
    (void)state;
    later();
    for (int i = 0; i < 4; i++) {
        assert_int_equal(check(50), IAM_DENIED);
        assert_int_equal(pair(0, 0), IAM_DENIED);
    }
    assert_ok(check(0));
    assert_int_equal(check(1), IAM_LIMIT);
    assert_int_equal(pair(0, 1), IAM_LIMIT);
    later();
    assert_ok(check(1));
}

static void a_device_without_a_seed(void **state)
{
    struct iam_mfa_device device = { .id = DEVICE, .account = ACCOUNT };
    (void)state;
    later();
    assert_int_equal(iam_mfa_check(txn, keeper, &device, IAM_STR("123456"), now_ms), IAM_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_steps_either_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_used_code_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_rolled_back_is_not_used, setup, teardown),
        cmocka_unit_test_setup_teardown(long_after_only_the_last_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pair_is_in_a_row, setup, teardown),
        cmocka_unit_test_setup_teardown(the_window_of_a_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pair_sets_the_clock, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pair_is_later_than_the_last, setup, teardown),
        cmocka_unit_test_setup_teardown(attempts_of_all_kinds_count_together, setup, teardown),
        cmocka_unit_test_setup_teardown(a_device_without_a_seed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
