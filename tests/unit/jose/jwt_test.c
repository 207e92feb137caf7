/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are good, and what those try who have no key: tests/defences takes the defences out
 * one by one, and the test that is named for each must fail then.
 */
#include <openssl/hmac.h>

#include "codec/base64.h"
#include "issuer.h"

#define CLAIMS "{\"iss\":\"https://a.example\",\"sub\":\"s\"}"

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

/* Returns what becomes of a token before the set with these members. */
static enum iam_status judge(struct iam_str token, const char *const *members, size_t count)
{
    struct iam_jwt jwt;
    struct iam_jwks *jwks = issuer_jwks(&issuer, members, count);
    enum iam_status st = iam_jwt_read(&issuer.arena, token, &jwt);
    if (st == IAM_OK) {
        st = iam_jwt_verify(&jwt, jwks);
    }
    iam_jwks_unref(jwks);
    return st;
}

static enum iam_status judge_one(struct iam_str token, size_t key, const char *more)
{
    const char *member = issuer_jwk(&issuer, key, more);
    return judge(token, &member, 1);
}

static void test_every_algorithm(void **state)
{
    static const struct {
        const char *alg;
        size_t key;
    } rows[] = {
        {"RS256",  0},
        { "RS384", 0},
        { "RS512", 0},
        { "PS256", 0},
        { "ES256", 1},
        { "ES384", 2},
        { "ES512", 3},
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_str header;
        assert_ok(
            iam_arena_fmt(&issuer.arena, &header, "{\"alg\":\"%s\",\"kid\":\"k\"}", rows[i].alg));
        struct iam_str token = issuer_sign(&issuer, rows[i].key, rows[i].alg, header.p, CLAIMS);
        assert_ok(judge_one(token, rows[i].key, "\"kid\":\"k\","));
        /* of another key of that type, or another token with that signature */
        assert_int_equal(judge_one(token, (rows[i].key + 1) % ISSUER_KEY_MAX, "\"kid\":\"k\","),
                         IAM_NOT_FOUND);
        struct iam_str other = issuer_sign(&issuer, rows[i].key, rows[i].alg, header.p, "{}");
        size_t dot = token.len;
        while (token.p[dot - 1] != '.') {
            dot--;
        }
        size_t other_dot = other.len;
        while (other.p[other_dot - 1] != '.') {
            other_dot--;
        }
        const struct iam_str mixed[] = { iam_str_sub(other, 0, other_dot),
                                         iam_str_sub(token, dot, token.len) };
        assert_ok(iam_arena_join(&issuer.arena, mixed, 2, &token));
        assert_int_equal(judge_one(token, rows[i].key, "\"kid\":\"k\","), IAM_DENIED);
    }
}

static void test_alg_none(void **state)
{
    static const char *const names[] = { "none", "None", "NONE", "nOnE", "" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(names); i++) {
        struct iam_str header;
        assert_ok(iam_arena_fmt(&issuer.arena, &header, "{\"alg\":\"%s\"}", names[i]));
        assert_int_equal(judge_one(issuer_join(&issuer, header.p, CLAIMS, IAM_STR("")), 0, ""),
                         IAM_SYNTAX);
        assert_int_equal(judge_one(issuer_join(&issuer, header.p, CLAIMS, IAM_STR("x")), 0, ""),
                         IAM_SYNTAX);
    }
}

static void test_empty_signature(void **state)
{
    (void)state;
    struct iam_jwt jwt;
    struct iam_str token = issuer_join(&issuer, "{\"alg\":\"RS256\"}", CLAIMS, IAM_STR(""));
    assert_int_equal(iam_jwt_read(&issuer.arena, token, &jwt), IAM_SYNTAX);
}

/* The text of the public key, which everybody has, as a secret of HMAC. */
static void test_rs256_to_hs256(void **state)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len = sizeof(mac);
    const char *jwk = issuer_jwk(&issuer, 0, "");
    (void)state;
    struct iam_str text = issuer_join(&issuer, "{\"alg\":\"HS256\"}", CLAIMS, IAM_STR(""));
    assert_non_null(HMAC(EVP_sha256(), jwk, (int)strlen(jwk), (const unsigned char *)text.p,
                         text.len - 1, mac, &len));
    struct iam_str signature = { (const char *)mac, len };
    assert_int_equal(
        judge_one(issuer_join(&issuer, "{\"alg\":\"HS256\"}", CLAIMS, signature), 0, ""),
        IAM_SYNTAX);
}

/* A key of another type under the name that the header has, and the other way round. */
static void test_key_of_another_type(void **state)
{
    struct iam_str token =
        issuer_sign(&issuer, 1, "ES256", "{\"alg\":\"ES256\",\"kid\":\"k\"}", CLAIMS);
    const char *const both[] = { issuer_jwk(&issuer, 0, "\"kid\":\"k\","),
                                 issuer_jwk(&issuer, 1, "\"kid\":\"k\",") };
    (void)state;
    assert_int_equal(judge_one(token, 0, "\"kid\":\"k\","), IAM_NOT_FOUND);
    assert_int_equal(judge_one(token, 2, "\"kid\":\"k\","), IAM_NOT_FOUND);
    assert_ok(judge(token, both, 2));
}

/* PS256 with a key that its provider uses for RS256 alone. */
static void test_key_for_another_algorithm(void **state)
{
    struct iam_str token = issuer_sign(&issuer, 0, "PS256", "{\"alg\":\"PS256\"}", CLAIMS);
    (void)state;
    assert_ok(judge_one(token, 0, "\"alg\":\"PS256\","));
    assert_int_equal(judge_one(token, 0, "\"alg\":\"RS256\","), IAM_NOT_FOUND);
}

static void test_key_for_another_use(void **state)
{
    struct iam_str token = issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", CLAIMS);
    (void)state;
    assert_ok(judge_one(token, 0, "\"use\":\"sig\",\"key_ops\":[\"sign\",\"verify\"],"));
    assert_int_equal(judge_one(token, 0, "\"use\":\"enc\","), IAM_NOT_FOUND);
    assert_int_equal(judge_one(token, 0, "\"key_ops\":[\"encrypt\"],"), IAM_NOT_FOUND);
    assert_int_equal(judge_one(token, 0, "\"key_ops\":\"verify\","), IAM_NOT_FOUND);
    assert_int_equal(judge_one(token, 0, "\"d\":\"AQAB\","), IAM_NOT_FOUND);
}

/* A name is compared with names, and nothing else is done with it. */
static void test_kid_is_a_name(void **state)
{
    static const char *const kids[] = { "../../../../dev/null",
                                        "/dev/null",
                                        "https://attacker.example/jwks",
                                        "' OR 1=1 --",
                                        "k\\u0000",
                                        "K",
                                        "" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(kids); i++) {
        struct iam_str header;
        assert_ok(
            iam_arena_fmt(&issuer.arena, &header, "{\"alg\":\"RS256\",\"kid\":\"%s\"}", kids[i]));
        struct iam_str token = issuer_sign(&issuer, 0, "RS256", header.p, CLAIMS);
        assert_int_not_equal(judge_one(token, 0, "\"kid\":\"k\","), IAM_OK);
        assert_int_not_equal(judge_one(token, 0, ""), IAM_OK);
    }
    struct iam_str number =
        issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\",\"kid\":7}", CLAIMS);
    assert_int_equal(judge_one(number, 0, "\"kid\":\"7\","), IAM_SYNTAX);
}

/* The attacker's own key, in the header or at an address that the header has. */
static void test_keys_in_the_header(void **state)
{
    const char *const forms[] = {
        "{\"alg\":\"ES256\",\"jwk\":%s}",
        "{\"alg\":\"ES256\",\"jku\":\"https://attacker.example/jwks\",\"x-none\":%s}",
        "{\"alg\":\"ES256\",\"x5u\":\"https://attacker.example/cert\",\"x-none\":%s}",
        "{\"alg\":\"ES256\",\"x5c\":[\"MIIB\"],\"x-none\":%s}",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        const char *jwk = issuer_jwk(&issuer, 1, "");
        struct iam_str header;
        const char *mark = strstr(forms[i], "%s");
        struct iam_str parts[] = {
            {forms[i], (size_t)(mark - forms[i])},
            iam_str_c(jwk), iam_str_c(mark + 2)
        };
        assert_ok(iam_arena_join(&issuer.arena, parts, 3, &header));
        struct iam_str token = issuer_sign(&issuer, 1, "ES256", header.p, CLAIMS);
        assert_int_equal(judge_one(token, 0, ""), IAM_NOT_FOUND);
        assert_ok(judge_one(token, 1, ""));
    }
}

static void test_extensions_are_refused(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"RS256\",\"crit\":[\"exp\"],\"exp\":1}",
        "{\"alg\":\"RS256\",\"crit\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(headers); i++) {
        assert_int_equal(judge_one(issuer_sign(&issuer, 0, "RS256", headers[i], CLAIMS), 0, ""),
                         IAM_SYNTAX);
    }
}

static void test_unencoded_payload_is_refused(void **state)
{
    struct iam_str token =
        issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\",\"b64\":false}", CLAIMS);
    (void)state;
    assert_int_equal(judge_one(token, 0, ""), IAM_SYNTAX);
}

static void test_duplicate_members(void **state)
{
    (void)state;
    assert_int_equal(judge_one(issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}",
                                           "{\"sub\":\"a\",\"sub\":\"b\"}"),
                               0, ""),
                     IAM_SYNTAX);
    assert_int_equal(
        judge_one(issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\",\"alg\":\"none\"}", CLAIMS),
                  0, ""),
        IAM_SYNTAX);
    assert_int_equal(judge_one(issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}",
                                           "{\"sub\":\"a\",\"\\u0073ub\":\"b\"}"),
                               0, ""),
                     IAM_SYNTAX);
}

/* The same bytes in another spelling are another text, which nobody has signed. */
static void test_strict_base64(void **state)
{
    struct iam_str token = issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", CLAIMS);
    const struct iam_str padded[] = { token, IAM_STR("=") };
    const struct iam_str spaced[] = { token, IAM_STR("\n") };
    const struct iam_str more[] = { token, IAM_STR(".AAAA") };
    struct iam_str text;
    (void)state;
    assert_ok(judge_one(token, 0, ""));
    assert_ok(iam_arena_join(&issuer.arena, padded, 2, &text));
    assert_int_equal(judge_one(text, 0, ""), IAM_SYNTAX);
    assert_ok(iam_arena_join(&issuer.arena, spaced, 2, &text));
    assert_int_equal(judge_one(text, 0, ""), IAM_SYNTAX);
    assert_ok(iam_arena_join(&issuer.arena, more, 2, &text));
    assert_int_equal(judge_one(text, 0, ""), IAM_SYNTAX);
    assert_int_equal(judge_one(iam_str_sub(token, 0, token.len - 1), 0, ""), IAM_SYNTAX);
    /* The last of the 342 digits has four bits that belong to no byte. */
    char *spare = iam_arena_zalloc(&issuer.arena, token.len + 1, 1);
    memcpy(spare, token.p, token.len);
    spare[token.len - 1]++;
    assert_int_equal(judge_one((struct iam_str){ spare, token.len }, 0, ""), IAM_SYNTAX);
}

/* Makes an object with a member of len letters. */
static struct iam_str long_object(size_t len)
{
    char *letters = iam_arena_zalloc(&issuer.arena, len + 1, 1);
    struct iam_str text;
    memset(letters, 'a', len);
    assert_ok(iam_arena_fmt(&issuer.arena, &text, "{\"alg\":\"RS256\",\"x\":\"%s\"}", letters));
    return text;
}

static void test_huge_token(void **state)
{
    struct iam_jwt jwt;
    char *text = iam_arena_zalloc(&issuer.arena, IAM_JWT_MAX_BYTES + 1, 1);
    (void)state;
    struct iam_str small = issuer_sign(&issuer, 0, "RS256", long_object(3900).p, CLAIMS);
    assert_ok(judge_one(small, 0, ""));
    struct iam_str large = issuer_sign(&issuer, 0, "RS256", long_object(4100).p, CLAIMS);
    assert_int_equal(judge_one(large, 0, ""), IAM_LIMIT);
    struct iam_str claims = long_object(15500);
    struct iam_str whole = issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", claims.p);
    assert_int_equal(judge_one(whole, 0, ""), IAM_LIMIT);
    memset(text, 'a', IAM_JWT_MAX_BYTES + 1);
    assert_int_equal(
        iam_jwt_read(&issuer.arena, (struct iam_str){ text, IAM_JWT_MAX_BYTES + 1 }, &jwt),
        IAM_LIMIT);
}

static void test_deep_claims(void **state)
{
    static const char claims[] = "{\"a\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}";
    (void)state;
    assert_int_equal(
        judge_one(issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", claims), 0, ""),
        IAM_LIMIT);
}

/* SPEC: CVE-2022-21449: a signature of zeros, which some have taken for any text. */
static void test_zero_signature(void **state)
{
    static const char zeros[64];
    (void)state;
    struct iam_str token = issuer_join(&issuer, "{\"alg\":\"ES256\"}", CLAIMS,
                                       (struct iam_str){ zeros, sizeof(zeros) });
    assert_int_equal(judge_one(token, 1, ""), IAM_DENIED);
}

/* A signature of another width: shorter, longer, and one that is good but for what follows it. */
static void test_width_of_signature(void **state)
{
    struct iam_str token = issuer_sign(&issuer, 1, "ES256", "{\"alg\":\"ES256\"}", CLAIMS);
    struct iam_jwt jwt;
    (void)state;
    assert_ok(iam_jwt_read(&issuer.arena, token, &jwt));
    const struct iam_str parts[] = { jwt.signature, IAM_STR("more") };
    assert_ok(iam_arena_join(&issuer.arena, parts, 2, &jwt.signature));
    token = issuer_join(&issuer, "{\"alg\":\"ES256\"}", CLAIMS, jwt.signature);
    assert_int_equal(judge_one(token, 1, ""), IAM_DENIED);
    for (size_t len = 1; len < 140; len++) {
        static const char ones[140] = { 1, 1, 1 };
        token = issuer_join(&issuer, "{\"alg\":\"ES256\"}", CLAIMS, (struct iam_str){ ones, len });
        assert_int_equal(judge_one(token, 1, ""), IAM_DENIED);
    }
}

static void test_not_a_token(void **state)
{
    static const char *const texts[] = { "",       ".",        "..",          "a.b",    "a.b.c.d.e",
                                         "e30..x", "e30.e30.", "e30.e30.e30", "[].[].x" };
    struct iam_jwt jwt;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_int_equal(iam_jwt_read(&issuer.arena, iam_str_c(texts[i]), &jwt), IAM_SYNTAX);
    }
}

/* Without memory no token is read. */
static void test_small_arenas(void **state)
{
    struct iam_str token = issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", CLAIMS);
    enum iam_status st = IAM_NOMEM;
    (void)state;
    for (size_t cap = 0; st != IAM_OK; cap += 16) {
        struct iam_arena small;
        struct iam_jwt jwt;
        iam_arena_init(&small, iam_heap(), cap);
        st = iam_jwt_read(&small, token, &jwt);
        iam_arena_done(&small);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        assert_true(cap < 65536);
    }
}

/* Claims that are no object, and numbers and texts where others belong. */
static void test_forms(void **state)
{
    static const char *const headers[] = {
        "[]", "\"RS256\"", "{}", "{\"alg\":256}", "{\"alg\":[\"RS256\"]}", "{\"alg\":\"rs256\"}"
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(headers); i++) {
        assert_int_equal(judge_one(issuer_sign(&issuer, 0, "RS256", headers[i], CLAIMS), 0, ""),
                         IAM_SYNTAX);
    }
    assert_int_equal(
        judge_one(issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", "[]"), 0, ""),
        IAM_SYNTAX);
}

/* Without a name there must be one key that it can be; with two of one name there is no saying. */
static void test_which_key(void **state)
{
    struct iam_str token = issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\"}", CLAIMS);
    struct iam_str named =
        issuer_sign(&issuer, 0, "RS256", "{\"alg\":\"RS256\",\"kid\":\"b\"}", CLAIMS);
    const char *const twice[] = { issuer_jwk(&issuer, 0, "\"kid\":\"b\","),
                                  issuer_jwk(&issuer, 0, "\"kid\":\"b\",") };
    const char *const two[] = { issuer_jwk(&issuer, 0, "\"kid\":\"a\","),
                                issuer_jwk(&issuer, 0, "\"kid\":\"b\",") };
    (void)state;
    assert_ok(judge(named, two, 2));
    assert_int_equal(judge(token, two, 2), IAM_NOT_FOUND);
    assert_int_equal(judge(named, twice, 2), IAM_NOT_FOUND);
    assert_ok(judge(token, two, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_algorithm),
        cmocka_unit_test(test_alg_none),
        cmocka_unit_test(test_empty_signature),
        cmocka_unit_test(test_rs256_to_hs256),
        cmocka_unit_test(test_key_of_another_type),
        cmocka_unit_test(test_key_for_another_algorithm),
        cmocka_unit_test(test_key_for_another_use),
        cmocka_unit_test(test_kid_is_a_name),
        cmocka_unit_test(test_keys_in_the_header),
        cmocka_unit_test(test_extensions_are_refused),
        cmocka_unit_test(test_unencoded_payload_is_refused),
        cmocka_unit_test(test_duplicate_members),
        cmocka_unit_test(test_strict_base64),
        cmocka_unit_test(test_huge_token),
        cmocka_unit_test(test_deep_claims),
        cmocka_unit_test(test_zero_signature),
        cmocka_unit_test(test_width_of_signature),
        cmocka_unit_test(test_not_a_token),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_which_key),
    };
    return cmocka_run_group_tests(tests, open_issuer, close_issuer);
}
