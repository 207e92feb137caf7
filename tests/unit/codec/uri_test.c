/* SPDX-License-Identifier: Apache-2.0 */
/* Percent-encoding: every byte, and every short text from a small alphabet against a slow reader.
 */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "codec/uri.h"
#include "lib/failing_alloc.h"

static void check_encoded(struct iam_str s, bool keep_slash, const char *want)
{
    struct iam_buf b;
    struct iam_str got;

    iam_buf_init(&b, iam_heap(), 1000);
    iam_uri_encode(&b, s, keep_slash);
    assert_ok(iam_buf_finish(&b, &got));
    assert_same_str(got, iam_str_c(want));
    iam_buf_done(&b);
}

static void test_encode_every_byte(void **state)
{
    (void)state;
    static const char PLAIN[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (int i = 0; i < 256; i++) {
        char c = (char)i;
        char want[4] = { c, '\0' };
        if (i == 0 || strchr(PLAIN, c) == NULL) {
            (void)snprintf(want, sizeof(want), "%%%02X", (unsigned)i);
        }
        check_encoded((struct iam_str){ &c, 1 }, false, want);
        check_encoded((struct iam_str){ &c, 1 }, true, c == '/' ? "/" : want);
    }
}

static void test_encode(void **state)
{
    (void)state;
    check_encoded(IAM_STR(""), false, "");
    check_encoded(iam_str_absent(), false, "");
    check_encoded(IAM_STR("a b/c+d"), false, "a%20b%2Fc%2Bd");
    check_encoded(IAM_STR("a b/c+d"), true, "a%20b/c%2Bd");
    check_encoded(IAM_STR("\xE1\x88\xB4"), true, "%E1%88%B4");

    struct iam_buf b;
    struct iam_str s;
    iam_buf_init(&b, iam_heap(), 5);
    iam_uri_encode(&b, IAM_STR("a b"), false);
    assert_ok(iam_buf_finish(&b, &s));
    iam_uri_encode(&b, IAM_STR(" "), false);
    assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
    iam_buf_done(&b);
}

/* The length of what s decodes to, or -1. */
static int decode_slowly(struct iam_str s, bool plus_is_space, char *to)
{
    static const char DIGITS[] = "0123456789abcdefABCDEF";
    int n = 0;

    for (size_t i = 0; i < s.len; i++) {
        to[n] = s.p[i];
        if (s.p[i] == '%') {
            for (size_t k = i + 1; k <= i + 2; k++) {
                if (k >= s.len || s.p[k] == '\0' || strchr(DIGITS, s.p[k]) == NULL) {
                    return -1;
                }
            }
            char digits[3] = { s.p[i + 1], s.p[i + 2], '\0' };
            to[n] = (char)strtoul(digits, NULL, 16);
            i += 2;
        } else if (s.p[i] == '+' && plus_is_space) {
            to[n] = ' ';
        }
        n++;
    }
    return n;
}

static void check_decode(struct iam_arena *a, struct iam_str s, bool plus_is_space)
{
    static const struct iam_str UNTOUCHED = IAM_STR_INIT("untouched");
    struct iam_str got = UNTOUCHED;
    char want[8];
    int n = decode_slowly(s, plus_is_space, want);

    iam_arena_clear(a);
    enum iam_status status = iam_uri_decode(a, s, plus_is_space, &got);
    assert_int_equal(status, n < 0 ? IAM_SYNTAX : IAM_OK);
    if (n < 0) {
        assert_ptr_equal(got.p, UNTOUCHED.p);
        return;
    }
    assert_same_str(got, (struct iam_str){ want, (size_t)n });
    bool has_nothing_to_decode =
        iam_str_find(s, '%', 0) == s.len && (!plus_is_space || iam_str_find(s, '+', 0) == s.len);
    assert_int_equal(got.p == s.p, has_nothing_to_decode);
}

static void test_decode_all_short_texts(void **state)
{
    (void)state;
    static const char ALPHABET[] = { '%', '2', 'F', 'a', 'g', '+', '/', '\0', '\xFF' };
    struct iam_arena a;
    size_t total = 1;
    iam_arena_init(&a, iam_heap(), 1000);
    for (size_t n = 0; n <= 5; n++) {
        for (size_t i = 0; i < total; i++) {
            char text[5];
            size_t rest = i;
            for (size_t k = 0; k < n; k++) {
                text[5 - n + k] = ALPHABET[rest % sizeof(ALPHABET)];
                rest /= sizeof(ALPHABET);
            }
            check_decode(&a, (struct iam_str){ text + 5 - n, n }, false);
            check_decode(&a, (struct iam_str){ text + 5 - n, n }, true);
        }
        total *= sizeof(ALPHABET);
    }
    iam_arena_done(&a);
}

static void test_decode_inverts_encode(void **state)
{
    (void)state;
    char bytes[256];
    struct iam_buf b;
    struct iam_arena a;
    struct iam_str s;
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (char)i;
    }
    iam_buf_init(&b, iam_heap(), 1000);
    iam_arena_init(&a, iam_heap(), 2000);
    iam_uri_encode(&b, (struct iam_str){ bytes, sizeof(bytes) }, false);
    assert_ok(iam_buf_finish(&b, &s));
    assert_ok(iam_uri_decode(&a, s, true, &s));
    assert_same_str(s, (struct iam_str){ bytes, sizeof(bytes) });
    assert_ok(iam_uri_decode(&a, iam_str_absent(), true, &s));
    assert_absent(s);
    iam_buf_done(&b);
    iam_arena_done(&a);
}

static enum iam_status decode_some(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_arena a;
    struct iam_str s;

    (void)ctx;
    iam_arena_init(&a, alloc, 1000);
    enum iam_status status = iam_uri_decode(&a, IAM_STR("a%20b"), false, &s);
    if (status == IAM_OK) {
        assert_str(s, "a b");
    }
    iam_arena_done(&a);
    return status;
}

static void test_torture(void **state)
{
    (void)state;
    assert_int_equal(torture(decode_some, NULL), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode_every_byte),
        cmocka_unit_test(test_encode),
        cmocka_unit_test(test_decode_all_short_texts),
        cmocka_unit_test(test_decode_inverts_encode),
        cmocka_unit_test(test_torture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
