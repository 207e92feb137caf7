/* SPDX-License-Identifier: Apache-2.0 */
/* The cache finds claims by the whole token and its ID, stays bounded, and forgets. */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "keeper/session_cache_int.h"

#define ID IAM_STR("ASIAIOSFODNN7EXAMPLE")

static const char FINGERPRINT[SESSION_FINGERPRINT_BYTES] = { 1, 2, 3 };

static void put(struct session_cache *c, uint64_t epoch, struct iam_str id, struct iam_str token,
                struct iam_str plain)
{
    const struct iam_str fingerprint = { FINGERPRINT, sizeof(FINGERPRINT) };
    session_cache_put(c, epoch, id, token, fingerprint, plain);
}

static bool has(struct session_cache *c, struct iam_str id, struct iam_str token, const char *plain)
{
    struct session_cached known;
    if (!session_cache_get(c, id, token, &known)) {
        return false;
    }
    assert_memory_equal(known.fingerprint, FINGERPRINT, sizeof(FINGERPRINT));
    assert_int_equal(known.len, strlen(plain));
    assert_memory_equal(known.plain, plain, known.len);
    return true;
}

static void test_found_by_the_whole_token_and_its_id(void **state)
{
    struct session_cache *c = *state;
    put(c, session_cache_epoch(c), ID, IAM_STR("token"), IAM_STR("claims"));
    assert_true(has(c, ID, IAM_STR("token"), "claims"));
    assert_false(has(c, IAM_STR("ASIAIOSFODNN7EXAMPLF"), IAM_STR("token"), ""));
    assert_false(has(c, IAM_STR("ASIAIOSFODNN7EXAMPL"), IAM_STR("token"), ""));
    assert_false(has(c, ID, IAM_STR("tokeN"), ""));
    assert_false(has(c, ID, IAM_STR("toke"), ""));
    assert_false(has(c, ID, IAM_STR("token "), ""));
    put(c, session_cache_epoch(c), ID, IAM_STR("token"), IAM_STR("other"));
    assert_true(has(c, ID, IAM_STR("token"), "other"));
}

/* Whatever memory it is made in. */
static void test_a_new_one_was_never_cleared(void **state)
{
    struct session_cache c;
    (void)state;
    memset(&c, 0xA5, sizeof(c));
    assert_ok(session_cache_init(&c, iam_heap()));
    assert_int_equal(session_cache_epoch(&c), 0);
    session_cache_done(&c);
}

static void test_clearing(void **state)
{
    struct session_cache *c = *state;
    uint64_t before = session_cache_epoch(c);
    put(c, before, ID, IAM_STR("token"), IAM_STR("claims"));
    session_cache_clear(c);
    assert_false(has(c, ID, IAM_STR("token"), ""));
    /* what was opened with keys of before comes too late */
    put(c, before, ID, IAM_STR("token"), IAM_STR("claims"));
    assert_false(has(c, ID, IAM_STR("token"), ""));
    put(c, session_cache_epoch(c), ID, IAM_STR("token"), IAM_STR("claims"));
    assert_true(has(c, ID, IAM_STR("token"), "claims"));
}

static void test_what_does_not_fit(void **state)
{
    static char text[SESSION_CACHE_TOKEN_MAX + 1];
    struct session_cache *c = *state;
    uint64_t epoch = session_cache_epoch(c);
    memset(text, 'A', sizeof(text));
    put(c, epoch, ID, (struct iam_str){ text, SESSION_CACHE_TOKEN_MAX }, IAM_STR("claims"));
    assert_true(has(c, ID, (struct iam_str){ text, SESSION_CACHE_TOKEN_MAX }, "claims"));
    put(c, epoch, ID, (struct iam_str){ text, sizeof(text) }, IAM_STR("claims"));
    assert_false(has(c, ID, (struct iam_str){ text, sizeof(text) }, ""));
    put(c, epoch, (struct iam_str){ text, SESSION_CACHE_ID_MAX + 1 }, IAM_STR("t"), IAM_STR("c"));
    assert_false(has(c, (struct iam_str){ text, SESSION_CACHE_ID_MAX + 1 }, IAM_STR("t"), ""));
    put(c, epoch, ID, IAM_STR("t"), (struct iam_str){ text, SESSION_CACHE_PLAIN_MAX + 1 });
    assert_false(has(c, ID, IAM_STR("t"), ""));
}

/* However many there are, the last one is there. */
static void test_bounded(void **state)
{
    struct session_cache *c = *state;
    for (int i = 0; i < 5000; i++) {
        char token[16];
        (void)snprintf(token, sizeof(token), "token%d", i);
        put(c, session_cache_epoch(c), ID, iam_str_c(token), iam_str_c(token));
        assert_true(has(c, ID, iam_str_c(token), token));
    }
    assert_false(has(c, ID, IAM_STR("token0"), ""));
}

static int setup(void **state)
{
    static struct session_cache c;
    *state = &c;
    return session_cache_init(&c, iam_heap()) == IAM_OK ? 0 : -1;
}

static int teardown(void **state)
{
    session_cache_done(*state);
    session_cache_done(*state); /* once more is fine */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_found_by_the_whole_token_and_its_id, setup, teardown),
        cmocka_unit_test(test_a_new_one_was_never_cleared),
        cmocka_unit_test_setup_teardown(test_clearing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
