/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed blobs open for their key, purpose and owner, unchanged, and for nothing else. */
#include "lib/test.h"

#include <stdlib.h>

#include "keeper/crypto_int.h"

#define OWNER IAM_STR("AKIAIOSFODNN7EXAMPLE")
#define PLAIN IAM_STR("attack at dawn")
#define SEALED_BYTES (14 + KEEPER_SEAL_OVERHEAD)

static const struct keeper_purpose_key KEY = {
    KEEPER_PURPOSE_SECRET, {1,  2, 3, 4 },
     { 7}
};

static struct iam_str bytes_of(const uint8_t *p, size_t n)
{
    return (struct iam_str){ (const char *)p, n };
}

static enum iam_status open_as(const struct keeper_purpose_key *key, struct iam_str owner,
                               const uint8_t *blob, size_t len)
{
    /* Exact allocations, so that AddressSanitizer sees a byte too much. */
    uint8_t *copy = malloc(len > 0 ? len : 1);
    uint8_t *out = malloc(len > KEEPER_SEAL_OVERHEAD ? len - KEEPER_SEAL_OVERHEAD : 1);
    memcpy(copy, blob, len);
    enum iam_status st = keeper_open(key, owner, bytes_of(copy, len), out);
    free(copy);
    free(out);
    return st;
}

static void test_round_trip(void **state)
{
    (void)state;
    uint8_t blob[SEALED_BYTES];
    uint8_t out[14];
    assert_int_equal(keeper_seal(&KEY, OWNER, PLAIN, blob), IAM_OK);
    assert_int_equal(keeper_open(&KEY, OWNER, bytes_of(blob, sizeof(blob)), out), IAM_OK);
    assert_memory_equal(out, "attack at dawn", 14);
}

static void test_limit(void **state)
{
    static char plain[KEEPER_OPENED_MAX + 1];
    static uint8_t blob[KEEPER_SEALED_MAX + 1];
    static uint8_t out[KEEPER_OPENED_MAX];
    struct iam_str longest = { plain, KEEPER_OPENED_MAX };
    struct iam_str longer = { plain, sizeof(plain) };
    (void)state;
    memset(plain, 'a', sizeof(plain));
    assert_int_equal(keeper_seal(&KEY, OWNER, longer, blob), IAM_RANGE);
    assert_int_equal(keeper_seal(&KEY, OWNER, longest, blob), IAM_OK);
    assert_int_equal(keeper_open(&KEY, OWNER, bytes_of(blob, KEEPER_SEALED_MAX), out), IAM_OK);
    assert_memory_equal(out, plain, sizeof(out));
}

static void test_never_twice_the_same(void **state)
{
    (void)state;
    uint8_t a[SEALED_BYTES];
    uint8_t b[SEALED_BYTES];
    assert_int_equal(keeper_seal(&KEY, OWNER, PLAIN, a), IAM_OK);
    assert_int_equal(keeper_seal(&KEY, OWNER, PLAIN, b), IAM_OK);
    assert_memory_not_equal(a + 5, b + 5, KEEPER_SALT_BYTES);
    assert_memory_not_equal(a + KEEPER_HEAD_BYTES, b + KEEPER_HEAD_BYTES, 14);
}

static void test_every_bit_counts(void **state)
{
    (void)state;
    uint8_t blob[SEALED_BYTES];
    assert_int_equal(keeper_seal(&KEY, OWNER, PLAIN, blob), IAM_OK);
    for (size_t i = 0; i < sizeof(blob) * 8; i++) {
        blob[i / 8] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(open_as(&KEY, OWNER, blob, sizeof(blob)), IAM_CORRUPT);
        blob[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    for (size_t len = 0; len < sizeof(blob); len++) {
        assert_int_equal(open_as(&KEY, OWNER, blob, len), IAM_CORRUPT);
    }
    assert_int_equal(open_as(&KEY, OWNER, blob, sizeof(blob)), IAM_OK);
}

static void test_nothing_unverified_is_left(void **state)
{
    (void)state;
    uint8_t blob[SEALED_BYTES];
    uint8_t out[14];
    static const uint8_t zeros[14];
    assert_int_equal(keeper_seal(&KEY, OWNER, PLAIN, blob), IAM_OK);
    blob[sizeof(blob) - 1] ^= 1;
    memset(out, 0xff, sizeof(out));
    assert_int_equal(keeper_open(&KEY, OWNER, bytes_of(blob, sizeof(blob)), out), IAM_CORRUPT);
    assert_memory_equal(out, zeros, sizeof(out));
}

/* S29: another owner, another purpose, another key or key ID: none opens it. */
static void test_bound_to_owner_purpose_and_key(void **state)
{
    (void)state;
    uint8_t blob[SEALED_BYTES];
    struct keeper_purpose_key other;
    assert_int_equal(keeper_seal(&KEY, OWNER, PLAIN, blob), IAM_OK);
    assert_int_equal(open_as(&KEY, IAM_STR("AKIAIOSFODNN7EXAMPLF"), blob, sizeof(blob)),
                     IAM_CORRUPT);
    assert_int_equal(open_as(&KEY, IAM_STR(""), blob, sizeof(blob)), IAM_CORRUPT);
    other = KEY;
    other.purpose = KEEPER_PURPOSE_SESSION;
    assert_int_equal(open_as(&other, OWNER, blob, sizeof(blob)), IAM_CORRUPT);
    other = KEY;
    other.bytes[31] ^= 1;
    assert_int_equal(open_as(&other, OWNER, blob, sizeof(blob)), IAM_CORRUPT);
    other = KEY;
    other.key_id[0] ^= 1;
    assert_int_equal(open_as(&other, OWNER, blob, sizeof(blob)), IAM_CORRUPT);
}

static void test_limits(void **state)
{
    (void)state;
    char owner[IAM_ACCESS_KEY_ID_MAX + 1];
    uint8_t blob[SEALED_BYTES];
    uint8_t empty[KEEPER_SEAL_OVERHEAD];
    memset(owner, 'A', sizeof(owner));
    assert_int_equal(keeper_seal(&KEY, (struct iam_str){ owner, sizeof(owner) }, PLAIN, blob),
                     IAM_RANGE);
    assert_int_equal(keeper_seal(&KEY, IAM_STR(""), PLAIN, blob), IAM_RANGE);
    assert_int_equal(keeper_seal(&KEY, (struct iam_str){ owner, sizeof(owner) - 1 }, PLAIN, blob),
                     IAM_OK);
    assert_int_equal(keeper_seal(&KEY, OWNER, IAM_STR(""), empty), IAM_OK);
    assert_int_equal(open_as(&KEY, OWNER, empty, sizeof(empty)), IAM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_never_twice_the_same),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_nothing_unverified_is_left),
        cmocka_unit_test(test_bound_to_owner_purpose_and_key),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
