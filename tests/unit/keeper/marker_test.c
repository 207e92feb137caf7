/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of Markers: the same under the same master key, of no use for other bytes or another key.
 */
#include "lib/test.h"

#include "base/heap.h"
#include "keeper/digest.h"
#include "keeper/keeper.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define BYTES IAM_STR("ListUsers alice")

static struct iam_keeper *keeper_with(const char *key)
{
    char error[128];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = key };
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

static int setup(void **state)
{
    *state = keeper_with(KEY_A);
    return 0;
}

static int teardown(void **state)
{
    iam_keeper_free(*state);
    return 0;
}

/* HMAC-SHA-256 under HKDF-SHA-256(master key, "iamd v1 markers"), made with another library. */
static void test_known_code(void **state)
{
    static const uint8_t want[IAM_MARKER_CODE_BYTES] = { 0xfb, 0x4d, 0xe1, 0xfa, 0xdc, 0x06,
                                                         0x97, 0x96, 0xde, 0x21, 0x2b, 0xff,
                                                         0x84, 0xa0, 0xbd, 0x1a };
    uint8_t code[IAM_MARKER_CODE_BYTES];
    assert_ok(iam_keeper_marker_code(*state, BYTES, code));
    assert_memory_equal(code, want, sizeof(code));
}

static void test_same_after_a_restart(void **state)
{
    uint8_t code[IAM_MARKER_CODE_BYTES];
    struct iam_keeper *again = keeper_with(KEY_A);
    assert_ok(iam_keeper_marker_code(*state, BYTES, code));
    assert_ok(iam_keeper_check_marker(again, BYTES, code));
    iam_keeper_free(again);
}

static void test_nothing_for_another_master_key(void **state)
{
    uint8_t code[IAM_MARKER_CODE_BYTES];
    struct iam_keeper *other = keeper_with(KEY_B);
    assert_ok(iam_keeper_marker_code(*state, BYTES, code));
    assert_int_equal(iam_keeper_check_marker(other, BYTES, code), IAM_CORRUPT);
    iam_keeper_free(other);
}

static void test_every_bit_counts(void **state)
{
    uint8_t code[IAM_MARKER_CODE_BYTES];
    char bytes[] = "ListUsers alice";
    struct iam_str text = { bytes, sizeof(bytes) - 1 };
    assert_ok(iam_keeper_marker_code(*state, text, code));
    for (size_t i = 0; i < sizeof(code) * 8; i++) {
        code[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(iam_keeper_check_marker(*state, text, code), IAM_CORRUPT);
        code[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t i = 0; i < text.len * 8; i++) {
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1u << (i % 8)));
        assert_int_equal(iam_keeper_check_marker(*state, text, code), IAM_CORRUPT);
        bytes[i / 8] = (char)(bytes[i / 8] ^ (1u << (i % 8)));
    }
    assert_ok(iam_keeper_check_marker(*state, text, code));
    assert_int_equal(iam_keeper_check_marker(*state, iam_str_sub(text, 0, text.len - 1), code),
                     IAM_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_known_code, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_for_another_master_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_bit_counts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
