/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys of a provider's document count. */
#include "issuer.h"

static struct issuer issuer;

static int open_issuer(void **state)
{
    (void)state;
    issuer_open(&issuer);
    return 0;
}

static int close_issuer(void **state)
{
    (void)state;
    issuer_close(&issuer);
    return 0;
}

static size_t count_of(const char *member)
{
    struct iam_jwks *jwks = issuer_jwks(&issuer, &member, 1);
    size_t count = iam_jwks_count(jwks);
    iam_jwks_unref(jwks);
    return count;
}

static void test_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < ISSUER_KEY_MAX; i++) {
        assert_int_equal(count_of(issuer_jwk(&issuer, i, "\"kid\":\"a\",")), 1);
    }
}

static void test_left_out(void **state)
{
    static const char *const members[] = {
        "7",
        "{}",
        "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
        "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"\"}",
        "{\"kty\":[\"RSA\"]}",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(members); i++) {
        assert_int_equal(count_of(members[i]), 0);
    }
    assert_int_equal(count_of(issuer_jwk(&issuer, 0, "\"kid\":7,")), 0);
}

/* What is not known is told from what is broken: who reads the set may say which it was. */
static void test_kind_of_refusal(void **state)
{
    static const struct iam_json_limits limits = { 1 << 12, 4, 64 };
    static const struct {
        const char *text;
        enum iam_status status;
    } rows[] = {
        {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", IAM_UNSUPPORTED},
        { "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",    IAM_SYNTAX     },
        { "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}",                                IAM_UNSUPPORTED},
        { "{\"k\":\"c2VjcmV0\"}",                                                IAM_SYNTAX     },
        { "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",                     IAM_UNSUPPORTED},
        { "{\"kty\":\"RSA\",\"n\":\"AQAB\"}",                                    IAM_SYNTAX     },
        { "{\"kty\":\"RSA\",\"use\":\"enc\"}",                                   IAM_UNSUPPORTED},
    };
    const struct iam_json *json;
    struct iam_jwk jwk;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_ok(iam_json_read(&issuer.arena, iam_str_c(rows[i].text), &limits, &json, NULL));
        assert_int_equal(iam_jwk_read(&issuer.arena, json, &jwk), rows[i].status);
    }
}

/* Without memory there is no key, and nothing of one stays. */
static void test_small_arenas(void **state)
{
    static const struct iam_json_limits limits = { 1 << 12, 4, 64 };
    (void)state;
    for (size_t i = 0; i < ISSUER_KEY_MAX; i++) {
        const char *text = issuer_jwk(&issuer, i, "");
        const struct iam_json *json;
        enum iam_status st = IAM_NOMEM;
        assert_ok(iam_json_read(&issuer.arena, iam_str_c(text), &limits, &json, NULL));
        for (size_t cap = 0; st != IAM_OK; cap += 16) {
            struct iam_arena small;
            struct iam_jwk jwk = { .key = NULL };
            iam_arena_init(&small, iam_heap(), cap);
            st = iam_jwk_read(&small, json, &jwk);
            EVP_PKEY_free(jwk.key);
            iam_arena_done(&small);
            assert_true(st == IAM_OK || st == IAM_NOMEM);
            assert_true(cap < 8192);
        }
    }
}

/* A modulus of the given number of bytes with an exponent in base64url. */
static size_t count_rsa(size_t bytes, const char *exponent)
{
    size_t chars = bytes * 4 / 3;
    char *n = iam_arena_zalloc(&issuer.arena, chars + 1, 1);
    struct iam_str member;
    memset(n, '_', chars);
    assert_ok(iam_arena_fmt(&issuer.arena, &member, "{\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"}",
                            n, exponent));
    return count_of(member.p);
}

static void test_small_modulus(void **state)
{
    (void)state;
    assert_int_equal(count_rsa(258, "AQAB"), 1);
    assert_int_equal(count_rsa(255, "AQAB"), 0);
    assert_int_equal(count_rsa(129, "AQAB"), 0);
    assert_int_equal(count_rsa(1026, "AQAB"), 0);
}

static void test_small_exponent(void **state)
{
    (void)state;
    assert_int_equal(count_rsa(258, "Aw"), 0);
    assert_int_equal(count_rsa(258, "AQ"), 0);
    assert_int_equal(count_rsa(258, "AQAA"), 0);
}

/* A point that is on no curve. */
static void test_point_off_the_curve(void **state)
{
    const char *jwk = issuer_jwk(&issuer, 1, "");
    char *wrong = iam_arena_zalloc(&issuer.arena, strlen(jwk) + 1, 1);
    (void)state;
    memcpy(wrong, jwk, strlen(jwk));
    char *x = strstr(wrong, "\"x\":\"") + 5;
    *x = *x == 'A' ? 'B' : 'A';
    assert_int_equal(count_of(jwk), 1);
    assert_int_equal(count_of(wrong), 0);
}

static void test_documents(void **state)
{
    static const char *const texts[] = {
        "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]", "<html>", "{\"keys\":[],\"keys\":[]}"
    };
    struct iam_jwks *jwks = NULL;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_int_equal(iam_jwks_read(iam_str_c(texts[i]), &jwks), IAM_SYNTAX);
    }
    assert_ok(iam_jwks_read(IAM_STR("{\"keys\":[]}"), &jwks));
    assert_false(iam_jwks_has(jwks, IAM_STR("a")));
    assert_false(iam_jwks_has(jwks, iam_str_absent()));
    iam_jwks_unref(jwks);
    iam_jwks_unref(NULL);
}

static void test_too_many(void **state)
{
    struct iam_alloc alloc = iam_arena_allocator(&issuer.arena);
    struct iam_jwks *jwks;
    struct iam_buf b;
    struct iam_str text;
    (void)state;
    iam_buf_init(&b, &alloc, 1 << 20);
    iam_buf_add_c(&b, "{\"keys\":[1");
    for (size_t i = 0; i < IAM_JWKS_MAX_KEYS; i++) {
        iam_buf_add_c(&b, ",1");
    }
    iam_buf_add_c(&b, "]}");
    assert_ok(iam_buf_finish(&b, &text));
    assert_int_equal(iam_jwks_read(text, &jwks), IAM_LIMIT);
}

static void test_names(void **state)
{
    const char *const members[] = { issuer_jwk(&issuer, 0, "\"kid\":\"a\","),
                                    issuer_jwk(&issuer, 1, "") };
    struct iam_jwks *jwks = issuer_jwks(&issuer, members, 2);
    (void)state;
    struct iam_jwks *second = iam_jwks_ref(jwks);
    iam_jwks_unref(jwks);
    assert_true(iam_jwks_has(second, IAM_STR("a")));
    assert_false(iam_jwks_has(second, IAM_STR("")));
    assert_false(iam_jwks_has(second, IAM_STR("b")));
    assert_true(iam_jwks_has(second, iam_str_absent()));
    iam_jwks_unref(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_kind_of_refusal),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_small_modulus),
        cmocka_unit_test(test_small_exponent),
        cmocka_unit_test(test_point_off_the_curve),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, open_issuer, close_issuer);
}
