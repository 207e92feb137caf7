/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8: every code point, every pair of bytes, and every sequence of three and four bytes from the
 * bytes at which the rules change, each against an independent decoder.
 */
#include "lib/test.h"
#include "lib/utf8.h"

/* By decoding, encoding again, and comparing: nothing here knows ranges of bytes. */
static bool is_valid_slowly(const char *p, size_t n)
{
    size_t at = 0;

    while (at < n) {
        unsigned char first = (unsigned char)p[at];
        size_t len = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        uint32_t c = len == 1 ? first : first & (0xFFU >> (len + 1));
        char again[4];
        if (at + len > n) {
            return false;
        }
        for (size_t i = 1; i < len; i++) {
            c = c << 6 | ((unsigned char)p[at + i] & 63U);
        }
        if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || utf8_put(c, again) != len ||
            memcmp(again, p + at, len) != 0) {
            return false;
        }
        at += len;
    }
    return true;
}

static void test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x110010; c++) {
        char bytes[4];
        size_t n = utf8_put(c, bytes);
        bool want = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
        struct iam_str s = { bytes, n };
        if (iam_utf8_is_valid(s) != want || iam_utf8_first(s) != (want ? n : 0)) {
            fail_msg("U+%X", c);
        }
        if (want) {
            assert_int_equal(iam_utf8_count(s), 1);
        }
    }
}

static void test_every_pair(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 0x10000; i++) {
        char bytes[2] = { (char)(i >> 8), (char)i };
        if (iam_utf8_is_valid((struct iam_str){ bytes, 2 }) != is_valid_slowly(bytes, 2)) {
            fail_msg("%04X", i);
        }
    }
}

static void test_boundaries(void **state)
{
    (void)state;
    static const unsigned char EDGES[] = { 0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
                                           0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
                                           0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF };
    size_t k = IAM_COUNT(EDGES);
    for (size_t i = 0; i < k * k * k * k; i++) {
        char b[4] = { (char)EDGES[i % k], (char)EDGES[i / k % k], (char)EDGES[i / k / k % k],
                      (char)EDGES[i / k / k / k] };
        for (size_t n = 3; n <= 4; n++) {
            if (iam_utf8_is_valid((struct iam_str){ b, n }) != is_valid_slowly(b, n)) {
                fail_msg("sequence %zu of length %zu", i, n);
            }
        }
    }
}

/* The eight-byte steps: a bad byte at every place of texts of every length. */
static void test_bad_byte_anywhere(void **state)
{
    (void)state;
    char text[40];
    for (size_t n = 1; n <= sizeof(text); n++) {
        memset(text, 'a', sizeof(text));
        assert_true(iam_utf8_is_valid((struct iam_str){ text, n }));
        for (size_t at = 0; at < n; at++) {
            text[at] = (char)0xFF;
            assert_false(iam_utf8_is_valid((struct iam_str){ text, n }));
            text[at] = 'a';
        }
    }
}

static void test_count(void **state)
{
    (void)state;
    assert_int_equal(iam_utf8_count(IAM_STR("")), 0);
    assert_int_equal(iam_utf8_count(iam_str_absent()), 0);
    assert_int_equal(iam_utf8_count(IAM_STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80")), 4);
    assert_true(iam_utf8_is_valid(iam_str_absent()));
    assert_int_equal(iam_utf8_first(IAM_STR("")), 0);
}

static void test_clip_cuts_between_characters(void **state)
{
    const struct iam_str s = IAM_STR("a\xC3\xA4\xF0\x9F\x98\x80");
    (void)state;
    assert_str(iam_utf8_clip(s, 0), "");
    assert_str(iam_utf8_clip(s, 1), "a");
    assert_str(iam_utf8_clip(s, 2), "a");
    assert_str(iam_utf8_clip(s, 3), "a\xC3\xA4");
    assert_str(iam_utf8_clip(s, 6), "a\xC3\xA4");
    assert_same_str(iam_utf8_clip(s, 7), s);
    assert_same_str(iam_utf8_clip(s, 100), s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_every_pair),
        cmocka_unit_test(test_boundaries),
        cmocka_unit_test(test_bad_byte_anywhere),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_clip_cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
