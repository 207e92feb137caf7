/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lower case: every code point against what Python's Unicode data says (lower_expected.py), alone
 * and beside a sigma; texts in words. Whole random texts are the fuzz target's.
 */
#include "lib/test.h"
#include "lib/utf8.h"

#include <stdio.h>

#include "base/lower_int.h"

#define CODE_POINTS 0x110000
#define BMP 0x10000
/* Characters that only one of the two databases has: a few hundred a year; ideographs are more. */
#define MOST_UNKNOWN 20000

enum kind { KIND_NONE, KIND_CASED, KIND_IGNORED, KIND_UNKNOWN };

static uint32_t lowered[BMP][2];
static unsigned char kinds[CODE_POINTS];

static enum kind kind_named(const char *word)
{
    if (strcmp(word, "cased") == 0) {
        return KIND_CASED;
    }
    return strcmp(word, "ignored") == 0 ? KIND_IGNORED : KIND_UNKNOWN;
}

static int read_expected(void **state)
{
    FILE *f = fopen(LOWER_EXPECTED, "r");
    char word[16];
    uint32_t a;
    uint32_t b;
    size_t rows = 0;
    (void)state;
    assert_non_null(f);
    for (uint32_t c = 0; c < BMP; c++) {
        lowered[c][0] = c;
    }
    while (fscanf(f, "%15s %x %x", word, &a, &b) == 3) {
        rows++;
        if (strcmp(word, "lower") == 0) {
            assert_true(a < BMP);
            lowered[a][0] = b;
            assert_int_equal(fscanf(f, "%x", &lowered[a][1]), 1);
            continue;
        }
        assert_true(a <= b && b < CODE_POINTS);
        memset(kinds + a, (int)kind_named(word), b - a + 1);
    }
    assert_int_equal(fclose(f), 0);
    assert_true(rows > 1000);
    return 0;
}

static bool is_surrogate(uint32_t c)
{
    return c >= 0xD800 && c <= 0xDFFF;
}

/* Writes what a text is lowered to; at most 8 characters, the rest is left out. */
static size_t lower(struct iam_str text, uint32_t out[8])
{
    struct iam_lower_reader r = { text, 0, 0 };
    size_t n = 0;
    for (uint32_t c = iam_lower_next(&r); c != IAM_LOWER_END && n < 8; c = iam_lower_next(&r)) {
        out[n++] = c;
    }
    return n;
}

static size_t lower_code(uint32_t c, uint32_t out[8])
{
    char bytes[4];
    return lower((struct iam_str){ bytes, utf8_put(c, bytes) }, out);
}

static void test_every_code_point(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < CODE_POINTS; c++) {
        uint32_t out[8];
        uint32_t want = c < BMP ? lowered[c][0] : c;
        uint32_t second = c < BMP ? lowered[c][1] : 0;
        if (is_surrogate(c) || (c < BMP && kinds[c] == KIND_UNKNOWN)) {
            continue;
        }
        size_t n = lower_code(c, out);
        if (n != (second != 0 ? 2 : 1) || out[0] != want || (second != 0 && out[1] != second)) {
            fail_msg("U+%04X is lowered to U+%04X", c, out[0]);
        }
    }
}

/* Sixteen times the character against sixteen times its lower case: the lengths may differ. */
static void test_every_lower_case_is_equal(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < BMP; c++) {
        char upper[64];
        char small[128];
        size_t n = 0;
        size_t m = 0;
        if (is_surrogate(c) || kinds[c] == KIND_UNKNOWN) {
            continue;
        }
        for (size_t i = 0; i < 16; i++) {
            bool is_final = c == 0x3A3 && i == 15;
            n += utf8_put(c, upper + n);
            m += utf8_put(is_final ? 0x3C2 : lowered[c][0], small + m);
            m += lowered[c][1] != 0 ? utf8_put(lowered[c][1], small + m) : 0;
        }
        struct iam_str a = { upper, n };
        struct iam_str b = { small, m };
        if (!iam_lower_eq(a, b) || !iam_lower_eq(b, a) || !iam_lower_may_eq(a, b)) {
            fail_msg("U+%04X", c);
        }
        b.len--;
        assert_false(iam_lower_eq(a, b));
        assert_false(iam_lower_eq(b, a));
    }
}

/* Tells what the lower case of a sigma between two texts is: a final one or not. */
static bool is_final(uint32_t before, uint32_t between, uint32_t after)
{
    char bytes[16];
    uint32_t out[8];
    size_t len = utf8_put(before, bytes);
    len += between != 0 ? utf8_put(between, bytes + len) : 0;
    size_t at = lower((struct iam_str){ bytes, len }, out);
    len += utf8_put(0x3A3, bytes + len);
    len += after != 0 ? utf8_put(after, bytes + len) : 0;
    size_t n = lower((struct iam_str){ bytes, len }, out);
    assert_true(at < n && (out[at] == 0x3C2 || out[at] == 0x3C3));
    return out[at] == 0x3C2;
}

static void test_every_code_point_beside_a_sigma(void **state)
{
    size_t unknown = 0;
    (void)state;
    for (uint32_t c = 1; c < CODE_POINTS; c++) {
        if (is_surrogate(c)) {
            continue;
        }
        if (kinds[c] == KIND_UNKNOWN) {
            unknown++;
            continue;
        }
        bool cased = kinds[c] == KIND_CASED;
        bool skipped = kinds[c] == KIND_IGNORED;
        if (is_final(c, 0, 0) != cased || is_final('a', c, 0) != (cased || skipped) ||
            is_final('a', 0, c) != !cased) {
            fail_msg("U+%04X", c);
        }
    }
    print_message("%zu characters are not in both databases\n", unknown);
    assert_true(unknown < MOST_UNKNOWN);
}

static bool eq(const char *a, const char *b)
{
    bool same = iam_lower_eq(iam_str_c(a), iam_str_c(b));
    assert_int_equal(iam_lower_eq(iam_str_c(b), iam_str_c(a)), same);
    return same;
}

static void test_ascii(void **state)
{
    (void)state;
    assert_true(eq("", ""));
    assert_true(iam_lower_eq(iam_str_absent(), IAM_STR("")));
    assert_true(eq("aZ09-_ team/Blue", "Az09-_ TEAM/bLUE"));
    assert_false(eq("a", "b"));
    assert_false(eq("a", "aa"));
    assert_false(eq("", "a"));
    assert_false(eq("", "\xC3\xA9"));
    assert_false(eq("@", "`"));
    assert_false(eq("[", "{"));
    assert_true(iam_lower_eq(IAM_STR("A\0B"), IAM_STR("a\0b")));
    assert_false(iam_lower_eq(IAM_STR("a\0b"), IAM_STR("a")));
}

/* Eight at a time are compared as one at a time. */
static void test_eight_of_each_pair(void **state)
{
    (void)state;
    for (int a = 0; a < 0x80; a++) {
        for (int b = 0; b < 0x80; b++) {
            char x[8];
            char y[8];
            memset(x, a, sizeof(x));
            memset(y, b, sizeof(y));
            assert_int_equal(iam_lower_eq((struct iam_str){ x, 8 }, (struct iam_str){ y, 8 }),
                             iam_ascii_lower((char)a) == iam_ascii_lower((char)b));
        }
    }
}

/* A byte that belongs to no character equals no character, whichever that is. */
static void test_malformed_equals_no_code_point(void **state)
{
    static const char *const BYTES[] = { "\x80", "\xBF", "\xC3", "\xE9", "\xFF" };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(BYTES); i++) {
        for (uint32_t c = 0; c < CODE_POINTS; c++) {
            char bytes[4];
            if (!is_surrogate(c) &&
                iam_lower_eq(iam_str_c(BYTES[i]), (struct iam_str){ bytes, utf8_put(c, bytes) })) {
                fail_msg("U+%04X", c);
            }
        }
    }
}

static void test_beyond_ascii(void **state)
{
    (void)state;
    assert_true(eq("K", "\xE2\x84\xAA"));        /* the sign of Kelvin */
    assert_true(eq("\xC3\x9F", "\xE1\xBA\x9E")); /* sharp s */
    assert_true(eq("\xC3\x89t\xC3\x89", "\xC3\xA9T\xC3\xA9"));
    assert_true(eq("\xC4\xB0x", "i\xCC\x87X"));  /* I with a dot above */
    assert_true(eq("\xC8\xBA", "\xE2\xB1\xA5")); /* from two bytes to three */
    assert_true(eq("\xC7\x85", "\xC7\x86"));     /* title case */
    assert_false(eq("s", "\xC5\xBF"));           /* long s */
    assert_false(eq("\xC3\x9F", "SS"));
    assert_false(eq("I", "\xC4\xB1")); /* i without a dot */
    assert_false(eq("i", "\xC4\xB0"));
    assert_false(eq("\xC3\xA9", "e\xCC\x81")); /* composed and not */
    assert_false(eq("\xCE\xBC", "\xC2\xB5"));  /* mu and the sign of micro */
    assert_false(eq("\xEF\xAC\x81", "fi"));
}

/* Each sigma of the first text in lower case, as the second has it. */
static void test_sigma(void **state)
{
    static const char *const SAME[][2] = {
        {"\xCE\xA3",                   "\xCF\x83"                 },
        { "\xCE\x9F\xCE\xA3",          "\xCE\xBF\xCF\x82"         },
        { "\xCE\x9F\xCE\xA3\xCE\x91",  "\xCE\xBF\xCF\x83\xCE\xB1" },
        { "A\xCE\xA3\xCE\xA3",         "a\xCF\x83\xCF\x82"        },
        { "A\xCE\xA3 B\xCE\xA3",       "a\xCF\x82 b\xCF\x82"      },
        { "A\xCE\xA3'B",               "a\xCF\x83'b"              },
        { "A'\xCE\xA3",                "a'\xCF\x82"               },
        { "A..:^\xCE\xA3'",            "a..:^\xCF\x82'"           },
        { "A1\xCE\xA3",                "a1\xCF\x83"               },
        { "A\xCE\xA3"
          "1B",               "a\xCF\x82"
          "1b"                            },
        { "A \xCE\xA3",                "a \xCF\x83"               },
        { "A\xCC\x81\xCE\xA3\xCC\x81", "a\xCC\x81\xCF\x82\xCC\x81"},
        { "\xCA\xB0\xCE\xA3",          "\xCA\xB0\xCF\x82"         }, /* cased and ignored: U+02B0 */
        { "A\xCE\xA3\xCA\xB0",         "a\xCF\x83\xCA\xB0"        },
        { "\xC4\xB0\xCE\xA3",          "i\xCC\x87\xCF\x82"        },
    };
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(SAME); i++) {
        if (!eq(SAME[i][0], SAME[i][1])) {
            fail_msg("%s, %s", SAME[i][0], SAME[i][1]);
        }
    }
    assert_false(eq("\xCE\xA3", "\xCF\x82"));
    assert_false(eq("\xCE\x9F\xCE\xA3", "\xCE\xBF\xCF\x83"));
    assert_false(eq("\xCF\x83", "\xCF\x82"));
}

static void test_above_the_bmp(void **state)
{
    (void)state;
    assert_true(eq("\xF0\x90\x90\x80", "\xF0\x90\x90\x80"));
    assert_false(eq("\xF0\x90\x90\x80", "\xF0\x90\x90\xA8"));
    assert_true(eq("A\xCE\xA3\xF0\x90\x90\x80", "a\xCF\x83\xF0\x90\x90\x80"));
    assert_true(eq("\xF0\x90\x90\x80\xCE\xA3", "\xF0\x90\x90\x80\xCF\x82"));
    assert_true(eq("\xF0\x9F\x98\x80\xCE\xA3", "\xF0\x9F\x98\x80\xCF\x83"));
}

static void test_malformed(void **state)
{
    (void)state;
    assert_true(eq("A\xE9z", "a\xE9Z"));
    assert_false(eq("\xE9", "\xC3\xA9")); /* a byte is no character */
    assert_false(eq("\xC9", "\xE9"));
    assert_true(eq("\xC3K\x84", "\xC3k\x84"));
    assert_false(eq("\xE2\x84", "\xE2\x84\xAA"));
    assert_false(eq("\xE2\x84", "k"));
    assert_false(eq("\xC1\x81", "a")); /* an overlong A */
    assert_false(eq("\xED\xA0\x81\xED\xB0\x80", "\xF0\x90\x90\x80"));
    /* Neither cased nor ignored. */
    assert_true(eq("A\xFF\xCE\xA3", "a\xFF\xCF\x83"));
    assert_true(eq("A\xCE\xA3\x80\x42", "a\xCF\x82\x80\x62"));
}

static void test_may_be_equal(void **state)
{
    (void)state;
    assert_true(iam_lower_may_eq(IAM_STR(""), iam_str_absent()));
    assert_false(iam_lower_may_eq(IAM_STR(""), IAM_STR("a")));
    assert_false(iam_lower_may_eq(IAM_STR("a"), IAM_STR("b")));
    assert_false(iam_lower_may_eq(IAM_STR("a"), IAM_STR("aaaaaaaa")));
    assert_true(iam_lower_may_eq(IAM_STR("aB"), IAM_STR("Ab")));
    assert_true(iam_lower_may_eq(IAM_STR("k"), IAM_STR("\xE2\x84\xAA")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_point),
        cmocka_unit_test(test_every_lower_case_is_equal),
        cmocka_unit_test(test_every_code_point_beside_a_sigma),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_eight_of_each_pair),
        cmocka_unit_test(test_malformed_equals_no_code_point),
        cmocka_unit_test(test_beyond_ascii),
        cmocka_unit_test(test_sigma),
        cmocka_unit_test(test_above_the_bmp),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_may_be_equal),
    };
    return cmocka_run_group_tests(tests, read_expected, NULL);
}
