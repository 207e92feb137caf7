/* SPDX-License-Identifier: Apache-2.0 */
#include "model/token_key.h"

#include "base/heap.h"
#include "lib/test.h"

#define NOW (IAM_TOKEN_KEY_AGE_MS * 10)
#define KEY(kid, alg, made)                                               \
    {                                                                     \
        .id = IAM_STR_INIT(kid), .account = IAM_STR_INIT("111122223333"), \
        .algorithm = IAM_TOKEN_##alg, .created_ms = (made)                \
    }

static void test_names(void **state)
{
    char id[IAM_TOKEN_KEY_ID_MAX];
    enum iam_token_algorithm algorithm = IAM_TOKEN_RS256;
    (void)state;
    assert_true(iam_token_algorithm_of(IAM_STR("ES384"), &algorithm));
    assert_int_equal(algorithm, IAM_TOKEN_ES384);
    assert_true(iam_token_algorithm_of(IAM_STR("RS256"), &algorithm));
    assert_int_equal(algorithm, IAM_TOKEN_RS256);
    assert_str(iam_token_algorithm_name(algorithm), "RS256");
    static const char *const none[] = { "", "rs256", "ES256", "none", "RS2560" };
    for (size_t i = 0; i < IAM_COUNT(none); i++) {
        assert_false(iam_token_algorithm_of(iam_str_c(none[i]), &algorithm));
    }
    iam_token_key_id(IAM_TOKEN_RS256, 0, id);
    assert_string_equal(id, "RSA_0");
    iam_token_key_id(IAM_TOKEN_ES384, 12, id);
    assert_string_equal(id, "EC384_12");
    const struct iam_token_key key = { .id = iam_str_c(id) };
    assert_int_equal(iam_token_key_number(&key), 12);
}

/* What is due, what signs and what is over, at a time since the first of two keys was made. */
static void test_life(void **state)
{
    const struct iam_token_key keys[] = {
        KEY("RSA_3", RS256, NOW),
        KEY("RSA_4", RS256, NOW + IAM_TOKEN_KEY_AGE_MS),
        KEY("EC384_9", ES384, NOW),
    };
    static const struct {
        int64_t after_ms; /* the second key was made */
        size_t signs;
        bool is_over;
    } cases[] = {
        {0,                                                  0, false},
        { IAM_TOKEN_KEY_LEAD_MS - 1,                         0, false},
        { IAM_TOKEN_KEY_LEAD_MS,                             1, false},
        { IAM_TOKEN_KEY_LEAD_MS + IAM_TOKEN_KEY_REST_MS - 1, 1, false},
        { IAM_TOKEN_KEY_LEAD_MS + IAM_TOKEN_KEY_REST_MS,     1, true },
    };
    unsigned number = 0;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(cases); i++) {
        int64_t now = NOW + IAM_TOKEN_KEY_AGE_MS + cases[i].after_ms;
        assert_ptr_equal(iam_token_key_signing(keys, 3, IAM_TOKEN_RS256, now),
                         &keys[cases[i].signs]);
        assert_ptr_equal(iam_token_key_signing(keys, 3, IAM_TOKEN_ES384, now), &keys[2]);
        assert_int_equal(iam_token_key_is_over(keys, 3, &keys[0], now), cases[i].is_over);
        assert_false(iam_token_key_is_over(keys, 3, &keys[1], now));
        assert_false(iam_token_key_is_over(keys, 3, &keys[2], now));
        assert_false(iam_token_key_is_due(keys, 3, IAM_TOKEN_RS256, now, &number));
        assert_true(iam_token_key_is_due(keys, 3, IAM_TOKEN_ES384, now, &number));
        assert_int_equal(number, 10);
    }
    assert_true(
        iam_token_key_is_due(keys, 3, IAM_TOKEN_RS256, NOW + 2 * IAM_TOKEN_KEY_AGE_MS, &number));
    assert_int_equal(number, 5);
}

/* The first keys sign at once, and an account without any gets number 0. */
static void test_first(void **state)
{
    const struct iam_token_key keys[] = { KEY("RSA_0", RS256, NOW) };
    unsigned number = 7;
    (void)state;
    assert_ptr_equal(iam_token_key_signing(keys, 1, IAM_TOKEN_RS256, NOW), &keys[0]);
    assert_ptr_equal(iam_token_key_signing(keys, 1, IAM_TOKEN_RS256, NOW - 1), &keys[0]);
    assert_null(iam_token_key_signing(keys, 1, IAM_TOKEN_ES384, NOW));
    assert_true(iam_token_key_is_due(keys, 1, IAM_TOKEN_ES384, NOW, &number));
    assert_int_equal(number, 0);
    assert_false(iam_token_key_is_due(keys, 1, IAM_TOKEN_RS256, NOW, &number));
}

/* Two keys of one instant: the one with the higher number is the newer one, as a number. */
static void test_ties(void **state)
{
    const struct iam_token_key keys[] = { KEY("RSA_10", RS256, NOW), KEY("RSA_9", RS256, NOW) };
    int64_t late = NOW + IAM_TOKEN_KEY_LEAD_MS + IAM_TOKEN_KEY_REST_MS;
    (void)state;
    assert_ptr_equal(iam_token_key_signing(keys, 2, IAM_TOKEN_RS256, late), &keys[0]);
    assert_true(iam_token_key_is_over(keys, 2, &keys[1], late));
    assert_false(iam_token_key_is_over(keys, 2, &keys[0], late));
}

static void test_owner(void **state)
{
    const struct iam_token_key key = KEY("RSA_0", RS256, NOW);
    struct iam_arena arena;
    struct iam_str owner;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 10);
    assert_ok(iam_token_key_owner(&arena, &key, &owner));
    assert_str(owner, "111122223333/RSA_0");
    iam_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_life),  cmocka_unit_test(test_first),
        cmocka_unit_test(test_ties),  cmocka_unit_test(test_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
