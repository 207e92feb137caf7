/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of tokens. The sentences were recorded on AWS. */
#include "jose/claims.h"

#include "base/buf.h"
#include "base/heap.h"
#include "lib/test.h"

#define NOW 1700000000
#define TIMES "\"iat\":1700000000,\"exp\":1700000060"

static struct iam_arena arena;
static const struct iam_str clients[] = { IAM_STR_INIT("app"), IAM_STR_INIT("other") };

static enum iam_status check(const char *text, struct iam_claims *ret,
                             struct iam_claims_refusal *refusal)
{
    static const struct iam_json_limits limits = { 1 << 16, 16, 2048 };
    const struct iam_claims_rules rules = { (int64_t)NOW * 1000, clients, IAM_COUNT(clients) };
    const struct iam_json *json;
    assert_ok(iam_json_read(&arena, iam_str_c(text), &limits, &json, NULL));
    return iam_claims_check(&arena, json, &rules, ret, refusal);
}

static void expect(const char *text, enum iam_claims_fault fault, const char *message)
{
    struct iam_claims claims;
    struct iam_claims_refusal refusal;
    assert_int_equal(check(text, &claims, &refusal), IAM_DENIED);
    assert_same_str(refusal.message, iam_str_c(message));
    assert_int_equal(refusal.fault, fault);
}

static struct iam_claims take(const char *text)
{
    struct iam_claims claims;
    struct iam_claims_refusal refusal;
    assert_ok(check(text, &claims, &refusal));
    return claims;
}

#define WITH(members) "{\"iss\":\"i\"," members "}"
#define GOOD_BUT(members) WITH("\"sub\":\"s\",\"aud\":\"app\"," members)
#define FOR(audience) WITH("\"sub\":\"s\"," audience "," TIMES)

static void test_good(void **state)
{
    (void)state;
    struct iam_claims claims = take(GOOD_BUT(TIMES));
    assert_str(claims.subject, "s");
    assert_str(claims.audience, "app");
    assert_int_equal(claims.expires_s, NOW + 60);
}

/* Without memory there is no sentence, and the token is not taken. */
static void test_small_arenas(void **state)
{
    static const struct iam_json_limits limits = { 1 << 16, 16, 2048 };
    static const char *const texts[] = { GOOD_BUT("\"iat\":1,\"exp\":1"), "{}",
                                         GOOD_BUT("\"iat\":1800000000,\"exp\":1900000000"),
                                         GOOD_BUT("\"nbf\":1800000000," TIMES) };
    const struct iam_claims_rules rules = { (int64_t)NOW * 1000, clients, IAM_COUNT(clients) };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        const struct iam_json *json;
        enum iam_status st = IAM_NOMEM;
        assert_ok(iam_json_read(&arena, iam_str_c(texts[i]), &limits, &json, NULL));
        for (size_t cap = 0; st != IAM_DENIED; cap += 16) {
            struct iam_arena small;
            struct iam_claims claims;
            struct iam_claims_refusal refusal;
            iam_arena_init(&small, iam_heap(), cap);
            st = iam_claims_check(&small, json, &rules, &claims, &refusal);
            iam_arena_done(&small);
            assert_true(st == IAM_DENIED || st == IAM_NOMEM);
            assert_true(cap < 4096);
        }
    }
}

static void test_required(void **state)
{
    (void)state;
    expect("{\"sub\":\"s\",\"aud\":\"app\"," TIMES "}", IAM_CLAIMS_INVALID,
           "Missing a required claim: iss");
    expect(WITH("\"aud\":\"app\"," TIMES), IAM_CLAIMS_INVALID, "Missing a required claim: sub");
    expect(WITH("\"sub\":\"s\"," TIMES), IAM_CLAIMS_INVALID, "Missing a required claim: aud");
    expect(GOOD_BUT("\"exp\":1"), IAM_CLAIMS_INVALID, "Missing a required claim: iat");
    expect(GOOD_BUT("\"iat\":1"), IAM_CLAIMS_INVALID, "Missing a required claim: exp");
}

static void test_expired(void **state)
{
    (void)state;
    (void)take(GOOD_BUT("\"iat\":1,\"exp\":1699999701"));
    expect(GOOD_BUT("\"iat\":1,\"exp\":1699999700"), IAM_CLAIMS_EXPIRED,
           "Token expired: current date/time 1699999700 must be before the expiration date/time "
           "1699999700");
    expect(GOOD_BUT("\"iat\":1,\"exp\":-1"), IAM_CLAIMS_EXPIRED,
           "Token expired: current date/time 1699999700 must be before the expiration date/time "
           "-1");
}

static void test_issued_in_the_future(void **state)
{
    (void)state;
    (void)take(GOOD_BUT("\"iat\":1700000300,\"exp\":1800000000"));
    expect(GOOD_BUT("\"iat\":1700000301,\"exp\":1800000000"), IAM_CLAIMS_INVALID,
           "Token issued in the future: 1700000301");
}

static void test_not_yet(void **state)
{
    (void)state;
    (void)take(GOOD_BUT("\"nbf\":1700000300," TIMES));
    expect(GOOD_BUT("\"nbf\":1700000301," TIMES), IAM_CLAIMS_INVALID,
           "Token not yet valid: current date/time 1700000300 must be after or equal to the "
           "not-before date/time 1700000301");
}

static void test_forms_of_times(void **state)
{
    static const char *const forms[] = { "null", "1.5",  "1e9", "\"soon\"",
                                         "\"\"", "true", "[1]", "99999999999999999999" };
    (void)state;
    (void)take(GOOD_BUT("\"nbf\":\"1\",\"iat\":\"1700000000\",\"exp\":\"1700000060\""));
    for (size_t i = 0; i < IAM_COUNT(forms); i++) {
        static const char *const texts[] = { GOOD_BUT("\"iat\":1,\"exp\":%s"),
                                             GOOD_BUT("\"exp\":1800000000,\"iat\":%s"),
                                             GOOD_BUT(TIMES ",\"nbf\":%s") };
        for (size_t j = 0; j < IAM_COUNT(texts); j++) {
            const char *mark = strstr(texts[j], "%s");
            const struct iam_str parts[] = {
                {texts[j], (size_t)(mark - texts[j])},
                iam_str_c(forms[i]), iam_str_c(mark + 2)
            };
            struct iam_str text;
            assert_ok(iam_arena_join(&arena, parts, 3, &text));
            expect(text.p, IAM_CLAIMS_INVALID, "Invalid timestamp in token claims.");
        }
    }
}

/* Beyond 2^53 not every reader of JSON reads the same number. */
static void test_largest_times(void **state)
{
    (void)state;
    assert_true(take(GOOD_BUT("\"iat\":1,\"exp\":9007199254740992")).expires_s == INT64_C(1) << 53);
    (void)take(GOOD_BUT("\"iat\":1,\"exp\":1800000000,\"nbf\":-9007199254740992"));
    expect(GOOD_BUT("\"iat\":1,\"exp\":9007199254740993"), IAM_CLAIMS_INVALID,
           "Invalid timestamp in token claims.");
    expect(GOOD_BUT("\"iat\":1,\"exp\":1800000000,\"nbf\":-9007199254740993"), IAM_CLAIMS_INVALID,
           "Invalid timestamp in token claims.");
}

/* ---- for whom ---- */

static void test_audience_as_text_and_list(void **state)
{
    (void)state;
    assert_str(take(FOR("\"aud\":[\"app\"]")).audience, "app");
    assert_str(take(FOR("\"aud\":\"other\"")).audience, "other");
    expect(FOR("\"aud\":[\"app\",\"other\"]"), IAM_CLAIMS_INVALID,
           "Token audience contains more than one audience while authorized party is not present");
    expect(FOR("\"aud\":[]"), IAM_CLAIMS_INVALID, "Claim is not allowed to be empty: aud");
    expect(FOR("\"aud\":[7]"), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
    expect(FOR("\"aud\":7"), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
    expect(FOR("\"aud\":null"), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
}

/* A list of count audiences for a token whose azp is ours. */
static enum iam_status check_audiences(size_t count)
{
    struct iam_alloc alloc = iam_arena_allocator(&arena);
    struct iam_claims claims;
    struct iam_claims_refusal refusal;
    struct iam_buf b;
    struct iam_str text;
    iam_buf_init(&b, &alloc, 1 << 16);
    iam_buf_add_c(&b, "{\"iss\":\"i\",\"sub\":\"s\",\"azp\":\"app\"," TIMES ",\"aud\":[\"x\"");
    for (size_t i = 1; i < count; i++) {
        iam_buf_add_c(&b, ",\"x\"");
    }
    iam_buf_add(&b, IAM_STR("]}\0"));
    assert_ok(iam_buf_finish(&b, &text));
    return check(text.p, &claims, &refusal);
}

static void test_most_audiences(void **state)
{
    (void)state;
    assert_ok(check_audiences(IAM_CLAIMS_MAX_AUDIENCES));
    assert_int_equal(check_audiences(IAM_CLAIMS_MAX_AUDIENCES + 1), IAM_DENIED);
}

/* Every type that a claim can have: what is one value has a text, and nothing else has. */
static void test_text_of_a_claim(void **state)
{
    static const struct iam_json_limits limits = { 1 << 12, 4, 64 };
    static const struct {
        const char *claim;
        const char *text;
    } rows[] = {
        {"\"a\"",    "a"    },
        { "\"\"",    ""     },
        { "42",      "42"   },
        { "-1.50",   "-1.50"},
        { "true",    "true" },
        { "false",   "false"},
        { "null",    NULL   },
        { "[\"a\"]", NULL   },
        { "{}",      NULL   },
    };
    const struct iam_json *json;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        assert_ok(iam_json_read(&arena, iam_str_c(rows[i].claim), &limits, &json, NULL));
        struct iam_str text = iam_claim_text(json);
        if (rows[i].text == NULL) {
            assert_absent(text);
        } else {
            assert_same_str(text, iam_str_c(rows[i].text));
        }
    }
    assert_absent(iam_claim_text(NULL));
}

/* The issuer is found before anything is proven: it must be a text. */
static void test_issuer(void **state)
{
    static const struct iam_json_limits limits = { 1 << 12, 4, 64 };
    static const struct {
        const char *claims;
        const char *message; /* NULL: there is one */
    } rows[] = {
        {"{\"iss\":\"https://a.example\"}", NULL                           },
        { "{\"sub\":\"s\"}",                "Missing a required claim: iss"},
        { "{\"iss\":7}",                    IAM_SAYS_NOT_VALIDATED         },
        { "{\"iss\":[\"https://a\"]}",      IAM_SAYS_NOT_VALIDATED         },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        struct iam_claims_refusal refusal;
        struct iam_str issuer;
        const struct iam_json *json;
        assert_ok(iam_json_read(&arena, iam_str_c(rows[i].claims), &limits, &json, NULL));
        enum iam_status st = iam_claims_issuer(json, &issuer, &refusal);
        if (rows[i].message == NULL) {
            assert_ok(st);
            assert_str(issuer, "https://a.example");
        } else {
            assert_int_equal(st, IAM_DENIED);
            assert_int_equal(refusal.fault, IAM_CLAIMS_INVALID);
            assert_same_str(refusal.message, iam_str_c(rows[i].message));
        }
    }
}

static void test_another_audience(void **state)
{
    (void)state;
    expect(FOR("\"aud\":\"App\""), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
    expect(FOR("\"aud\":\"\""), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
    expect(FOR("\"aud\":[\"nobody\"]"), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
}

static void test_authorized_party(void **state)
{
    (void)state;
    struct iam_claims claims = take(FOR("\"aud\":[\"x\",\"y\"],\"azp\":\"app\""));
    assert_str(claims.audience, "app");
    assert_str(claims.first_audience, "x");
    expect(FOR("\"aud\":\"app\",\"azp\":\"nobody\""), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
    expect(FOR("\"aud\":\"app\",\"azp\":\"\""), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
    expect(FOR("\"aud\":\"app\",\"azp\":[\"app\"]"), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
}

static void test_any_audience(void **state)
{
    static const struct iam_json_limits limits = { 1 << 16, 16, 2048 };
    const struct iam_claims_rules rules = { .now_ms = (int64_t)NOW * 1000 };
    struct iam_claims_refusal refusal;
    struct iam_claims claims;
    const struct iam_json *json;
    (void)state;
    assert_ok(iam_json_read(&arena, IAM_STR(FOR("\"aud\":\"whatever\"")), &limits, &json, NULL));
    assert_ok(iam_claims_check(&arena, json, &rules, &claims, &refusal));
    /* An account that has registered no audience takes none. */
    const struct iam_claims_rules none = { .now_ms = rules.now_ms, .client_ids = clients };
    assert_int_equal(iam_claims_check(&arena, json, &none, &claims, &refusal), IAM_DENIED);
}

/* ---- who ---- */

static void test_subject(void **state)
{
    (void)state;
    assert_str(take(WITH("\"aud\":\"app\",\"sub\":\"\"," TIMES)).subject, "");
    assert_str(take(WITH("\"aud\":\"app\",\"sub\":42," TIMES)).subject, "42");
    expect(WITH("\"aud\":\"app\",\"sub\":null," TIMES), IAM_CLAIMS_UNKNOWN,
           "Unknown error validating third-party token");
    expect(WITH("\"aud\":\"app\",\"sub\":[\"s\"]," TIMES), IAM_CLAIMS_INVALID,
           IAM_SAYS_NOT_VALIDATED);
    expect(WITH("\"aud\":\"app\",\"sub\":true," TIMES), IAM_CLAIMS_INVALID, IAM_SAYS_NOT_VALIDATED);
}

static int open_arena(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_expired),
        cmocka_unit_test(test_issued_in_the_future),
        cmocka_unit_test(test_not_yet),
        cmocka_unit_test(test_forms_of_times),
        cmocka_unit_test(test_largest_times),
        cmocka_unit_test(test_audience_as_text_and_list),
        cmocka_unit_test(test_most_audiences),
        cmocka_unit_test(test_text_of_a_claim),
        cmocka_unit_test(test_issuer),
        cmocka_unit_test(test_another_audience),
        cmocka_unit_test(test_authorized_party),
        cmocka_unit_test(test_any_audience),
        cmocka_unit_test(test_subject),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
