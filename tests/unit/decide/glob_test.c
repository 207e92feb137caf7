/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "lib/test.h"

#include "decide/glob.h"

/* The definition, one UTF-16 unit at a time; depth is bounded by the short inputs below. */
static bool matches(const uint16_t *p, const uint16_t *t)
{
    if (*p == 0) {
        return *t == 0;
    }
    if (*p == '*') {
        return matches(p + 1, t) || (*t != 0 && matches(p, t + 1));
    }
    return *t != 0 && (*p == '?' || *p == *t) && matches(p + 1, t + 1);
}

/* A character as UTF-8 and as UTF-16. */
struct letter {
    const char *utf8;
    uint16_t utf16[3];
};

struct word {
    char utf8[32];
    uint16_t utf16[16];
};

/* Writes the n-th word over the alphabet, shortest first. */
static void nth(const struct letter *alphabet, size_t base, size_t n, struct word *out)
{
    size_t len = 0;
    size_t of_len = 1;
    size_t bytes = 0;
    size_t units = 0;
    while (n >= of_len) {
        n -= of_len;
        of_len *= base;
        len++;
    }
    for (size_t i = 0; i < len; i++) {
        const struct letter *letter = &alphabet[n % base];
        n /= base;
        for (size_t k = 0; letter->utf8[k] != '\0'; k++) {
            out->utf8[bytes++] = letter->utf8[k];
        }
        for (size_t k = 0; letter->utf16[k] != 0; k++) {
            out->utf16[units++] = letter->utf16[k];
        }
    }
    out->utf8[bytes] = '\0';
    out->utf16[units] = 0;
}

static void check_all(const struct letter *in_pattern, size_t pattern_base, size_t patterns,
                      const struct letter *in_text, size_t text_base, size_t texts)
{
    struct word pattern;
    struct word text;
    for (size_t p = 0; p < patterns; p++) {
        nth(in_pattern, pattern_base, p, &pattern);
        for (size_t t = 0; t < texts; t++) {
            nth(in_text, text_base, t, &text);
            if (iam_glob_match(iam_glob_of(iam_str_c(pattern.utf8)), iam_str_c(text.utf8)) !=
                matches(pattern.utf16, text.utf16)) {
                fail_msg("'%s' against '%s'", pattern.utf8, text.utf8);
            }
        }
    }
}

/* All patterns of up to 6 characters against all texts of up to 6. */
static void equals_its_definition(void **state)
{
    static const struct letter LETTERS[] = {
        {"a",  { 'a' }},
        { "b", { 'b' }},
        { "*", { '*' }},
        { "?", { '?' }}
    };
    (void)state;
    check_all(LETTERS, 4, 5461, LETTERS, 2, 127);
}

/* The same up to 5, with characters of two, three and four bytes; two of them begin alike. */
static void equals_its_definition_in_utf16(void **state)
{
    static const struct letter LETTERS[] = {
        {"a",                 { 'a' }           },
        { "\xc3\xa9",         { 0xe9 }          },
        { "\xe2\x84\xaa",     { 0x212a }        },
        { "\xf0\x90\x90\x80", { 0xd801, 0xdc00 }},
        { "\xf0\x90\x90\xa8", { 0xd801, 0xdc28 }},
        { "*",                { '*' }           },
        { "?",                { '?' }           }
    };
    (void)state;
    check_all(LETTERS + 3, 4, 1365, LETTERS, 5, 781);
    check_all(LETTERS, 7, 2801, LETTERS, 5, 781);
}

static bool glob(const char *pattern, const char *text)
{
    return iam_glob_match(iam_glob_of(iam_str_c(pattern)), iam_str_c(text));
}

static void one_takes_a_whole_unit(void **state)
{
    (void)state;
    assert_true(glob("a?b", "a\xc3\xa9"
                            "b"));
    assert_false(glob("??", "\xc3\xa9"));
    assert_true(glob("*?b", "xx\xc3\xa9"
                            "b"));
    assert_false(glob("?", "\xf0\x9f\x94\x92"));
    assert_true(glob("??", "\xf0\x9f\x94\x92"));
    assert_false(glob("???", "\xf0\x9f\x94\x92"));
    assert_true(glob("*?", "\xf0\x9f\x94\x92"));
    assert_true(glob("?*?", "\xf0\x9f\x94\x92"));
    assert_false(glob("*?*?*?*", "\xf0\x9f\x94\x92"));
    /* What is not UTF-8 counts byte by byte. */
    assert_true(glob("??", "\xc3\xc3"));
    assert_true(glob("?", "\xe4"));
    assert_true(glob("??a", "\xf0\x9f"
                            "a"));
    assert_true(glob("???", "\xf0\x9f\x94"));
    assert_true(glob("???", "\xf0\x9f\x94\x92\x92"));
    assert_true(glob("??", "\xf8\x80")); /* no character begins so */
    assert_false(glob("?", "\xf8\x80"));
    assert_false(glob("?", "\xff\xbf"));
}

static void brackets_and_backslashes_are_literal(void **state)
{
    (void)state;
    assert_false(glob("a[b]", "ab"));
    assert_true(glob("a[b]", "a[b]"));
    assert_false(glob("[!a]", "b"));
    assert_false(glob("a\\*b", "a*b"));
    assert_true(glob("a\\*b", "a\\xb"));
    assert_false(glob("a\\?", "a?"));
    assert_true(glob("a\\?", "a\\?"));
    assert_false(glob("{a,b}", "a"));
}

static void wildcards_take_newlines(void **state)
{
    (void)state;
    assert_true(glob("a*b", "a\n\r\nb"));
    assert_true(glob("a?b", "a\nb"));
    assert_false(glob("a?b", "a\r\nb"));
    assert_true(glob("*", "\n"));
}

static void other_codes_make_stars_literal(void **state)
{
    struct iam_glob g = { IAM_STR("a*\xfe"
                                  "b"),
                          IAM_GLOB_MANY, IAM_GLOB_ONE };
    (void)state;
    assert_true(iam_glob_match(g, IAM_STR("a*xxb")));
    assert_false(iam_glob_match(g, IAM_STR("axxb")));
}

/* Patterns that make a backtracking matcher run for years. */
static void hostile_patterns_end_quickly(void **state)
{
    static char text[65536];
    static char pattern[8192];
    size_t n = 0;
    clock_t start = clock();
    (void)state;
    memset(text, 'a', sizeof(text));
    while (n + 3 < sizeof(pattern)) {
        memcpy(pattern + n, "*a*", 3);
        n += 3;
    }
    pattern[n++] = 'b';
    assert_false(iam_glob_match(iam_glob_of((struct iam_str){ pattern, n }),
                                (struct iam_str){ text, sizeof(text) }));
    /* One long run after a wildcard, which differs at its end. */
    memset(pattern, 'a', sizeof(pattern));
    pattern[0] = '*';
    pattern[sizeof(pattern) - 2] = 'b';
    pattern[sizeof(pattern) - 1] = '*';
    assert_false(iam_glob_match(iam_glob_of((struct iam_str){ pattern, sizeof(pattern) }),
                                (struct iam_str){ text, sizeof(text) }));
    assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_its_definition),
        cmocka_unit_test(equals_its_definition_in_utf16),
        cmocka_unit_test(one_takes_a_whole_unit),
        cmocka_unit_test(brackets_and_backslashes_are_literal),
        cmocka_unit_test(wildcards_take_newlines),
        cmocka_unit_test(other_codes_make_stars_literal),
        cmocka_unit_test(hostile_patterns_end_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
