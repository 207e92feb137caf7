/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MACs of rows: the same under the same master key, in every thread and whatever was asked before;
 * of no use for other bytes or another key, which they name.
 */
#include "lib/test.h"

#include <pthread.h>

#include "base/heap.h"
#include "keeper/keeper.h"

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define BYTES IAM_STR("iam_user AIDA1 alice")

static struct iam_keeper *keeper_with(const char *key)
{
    char error[128];
    struct iam_keeper *k = NULL;
    struct iam_keeper_config config = { .alloc = iam_heap(), .key_base64 = key };
    assert_ok(iam_keeper_new(&config, &k, error, sizeof(error)));
    return k;
}

/*
 * With S = HKDF-SHA-256(master key, "iamd v1 rows secret"): the first 4 bytes of HKDF-SHA-256(S,
 * "iamd v1 rows id"), then HMAC-SHA-256 under HKDF-SHA-256(S, "iamd v1 rows"); made with another
 * library.
 */
static void known_mac(void **state)
{
    static const uint8_t want[IAM_ROW_CODE_BYTES] = { 0x0c, 0x2c, 0x5e, 0xa0, 0xad, 0x82, 0x09,
                                                      0x5a, 0x51, 0xdd, 0x37, 0x8e, 0x43, 0x66,
                                                      0x18, 0x24, 0xba, 0xf7, 0xeb, 0x94, 0x43,
                                                      0x15, 0xed, 0xa6, 0xbe, 0x2f, 0x9b, 0x7d,
                                                      0xc4, 0x03, 0xc7, 0x92 };
    struct iam_keeper *k = keeper_with(KEY_A);
    uint8_t mac[IAM_ROW_CODE_BYTES];
    (void)state;
    assert_ok(iam_keeper_row_mac(k, BYTES, mac));
    assert_memory_equal(mac, want, sizeof(mac));
    iam_keeper_free(k);
}

/* The context of the thread keeps a key: it must be that of the keeper that is asked. */
static void keepers_in_turn(void **state)
{
    struct iam_keeper *a = keeper_with(KEY_A);
    struct iam_keeper *b = keeper_with(KEY_B);
    uint8_t first[IAM_ROW_CODE_BYTES];
    uint8_t mac[IAM_ROW_CODE_BYTES];
    (void)state;
    assert_ok(iam_keeper_row_mac(a, BYTES, first));
    for (int i = 0; i < 3; i++) {
        assert_ok(iam_keeper_row_mac(b, BYTES, mac));
        assert_memory_not_equal(mac + 4, first + 4, sizeof(mac) - 4);
        assert_memory_not_equal(mac, first, 4);
        assert_int_equal(iam_keeper_check_row_mac(b, BYTES, first), IAM_CORRUPT);
        assert_ok(iam_keeper_check_row_mac(b, BYTES, mac));
        assert_ok(iam_keeper_check_row_mac(a, BYTES, first));
    }
    iam_keeper_free(a);
    a = keeper_with(KEY_B);
    assert_ok(iam_keeper_check_row_mac(a, BYTES, mac));
    iam_keeper_free(a);
    iam_keeper_free(b);
}

static void every_bit_counts(void **state)
{
    struct iam_keeper *k = keeper_with(KEY_A);
    uint8_t mac[IAM_ROW_CODE_BYTES];
    (void)state;
    assert_ok(iam_keeper_row_mac(k, BYTES, mac));
    assert_int_equal(iam_keeper_check_row_mac(k, IAM_STR("iam_user AIDA1 alicf"), mac),
                     IAM_CORRUPT);
    for (size_t i = 0; i < sizeof(mac) * 8; i++) {
        mac[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(iam_keeper_check_row_mac(k, BYTES, mac), IAM_CORRUPT);
        mac[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    assert_ok(iam_keeper_check_row_mac(k, BYTES, mac));
    iam_keeper_free(k);
}

static void *in_a_thread(void *k)
{
    uint8_t mac[IAM_ROW_CODE_BYTES];
    for (int i = 0; i < 100; i++) {
        if (iam_keeper_row_mac(k, BYTES, mac) != IAM_OK ||
            iam_keeper_check_row_mac(k, BYTES, mac) != IAM_OK) {
            return k;
        }
    }
    return NULL;
}

static void threads_have_contexts_of_their_own(void **state)
{
    struct iam_keeper *k = keeper_with(KEY_A);
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, in_a_thread, k), 0);
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    iam_keeper_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_mac),
        cmocka_unit_test(keepers_in_turn),
        cmocka_unit_test(every_bit_counts),
        cmocka_unit_test(threads_have_contexts_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
