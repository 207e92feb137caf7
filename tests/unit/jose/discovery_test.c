/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/discovery.h"

#include "base/heap.h"
#include "lib/test.h"

static struct iam_arena arena;

static enum iam_status read_it(const char *text, const char *issuer, struct iam_str *ret)
{
    return iam_discovery_read(&arena, iam_str_c(text), iam_str_c(issuer), ret);
}

#define KEYS ",\"jwks_uri\":\"https://keys.example/jwks\"}"

static void test_good(void **state)
{
    struct iam_str url;
    (void)state;
    assert_ok(read_it("{\"issuer\":\"https://a.example/x\",\"more\":[1]" KEYS,
                      "https://a.example/x", &url));
    assert_str(url, "https://keys.example/jwks");
}

/* The document of one issuer is not that of another, however alike the two are. */
static void test_another_issuer(void **state)
{
    static const char *const issuers[] = { "https://a.example/x/", "https://a.example",
                                           "https://A.example/x", "http://a.example/x", "" };
    struct iam_str url;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(issuers); i++) {
        assert_int_equal(read_it("{\"issuer\":\"https://a.example/x\"" KEYS, issuers[i], &url),
                         IAM_DENIED);
    }
}

static void test_where_keys_are(void **state)
{
    static const char *const urls[] = {
        "http://keys.example/jwks", "file:///etc/passwd",         "",
        "//keys.example/",          "https://user@keys.example/", "https://keys.example/a b",
        "HTTPS://keys.example"
    };
    struct iam_str url;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(urls); i++) {
        struct iam_str text;
        assert_ok(iam_arena_fmt(&arena, &text,
                                "{\"issuer\":\"https://a.example\",\"jwks_uri\":\"%s\"}", urls[i]));
        assert_int_equal(read_it(text.p, "https://a.example", &url), IAM_DENIED);
    }
}

/* A URL of len characters. */
static enum iam_status read_long(size_t len)
{
    char *url = iam_arena_zalloc(&arena, len + 1, 1);
    struct iam_str text;
    struct iam_str found;
    memset(url, 'a', len);
    memcpy(url, "https://", 8);
    assert_ok(iam_arena_fmt(&arena, &text, "{\"issuer\":\"i\",\"jwks_uri\":\"%s\"}", url));
    enum iam_status st = read_it(text.p, "i", &found);
    if (st == IAM_OK) {
        assert_same_str(found, iam_str_c(url));
    }
    return st;
}

static void test_longest_url(void **state)
{
    (void)state;
    assert_ok(read_long(IAM_DISCOVERY_MAX_URL));
    assert_int_equal(read_long(IAM_DISCOVERY_MAX_URL + 1), IAM_DENIED);
}

/* Every byte that JSON lets through as it is: a URL has the visible ones but for a few. */
static void test_characters_of_a_url(void **state)
{
    (void)state;
    for (unsigned c = ' '; c < 0x80; c++) {
        bool is_escape = c == '"' || c == '\\';
        bool is_good = c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}@", (int)c) == NULL;
        struct iam_str text;
        struct iam_str url;
        assert_ok(iam_arena_fmt(&arena, &text, "{\"issuer\":\"i\",\"jwks_uri\":\"https://k/%s%c\"}",
                                is_escape ? "\\" : "", (char)c));
        assert_int_equal(read_it(text.p, "i", &url), is_good ? IAM_OK : IAM_DENIED);
    }
}

/* Without memory nothing is found. */
static void test_small_arenas(void **state)
{
    struct iam_str text = IAM_STR("{\"issuer\":\"i\",\"jwks_uri\":\"https://k/\"}");
    enum iam_status st = IAM_NOMEM;
    (void)state;
    for (size_t cap = 0; st != IAM_OK; cap += 16) {
        struct iam_arena small;
        struct iam_str url;
        iam_arena_init(&small, iam_heap(), cap);
        st = iam_discovery_read(&small, text, IAM_STR("i"), &url);
        iam_arena_done(&small);
        assert_true(st == IAM_OK || st == IAM_NOMEM);
        assert_true(cap < 65536);
    }
}

static void test_no_document(void **state)
{
    static const char *const texts[] = { "",
                                         "[]",
                                         "<html>",
                                         "{\"issuer\":\"https://a.example\"}",
                                         "{\"issuer\":7,\"jwks_uri\":\"https://k\"}",
                                         "{\"jwks_uri\":\"https://k\"}" };
    struct iam_str url;
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(texts); i++) {
        assert_int_equal(read_it(texts[i], "https://a.example", &url), IAM_SYNTAX);
    }
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
        cmocka_unit_test(test_another_issuer),
        cmocka_unit_test(test_where_keys_are),
        cmocka_unit_test(test_longest_url),
        cmocka_unit_test(test_characters_of_a_url),
        cmocka_unit_test(test_small_arenas),
        cmocka_unit_test(test_no_document),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
