/* SPDX-License-Identifier: Apache-2.0 */
#include <time.h>

#include "lib/test.h"

#include "decide/glob.h"

/* The definition, one character at a time; depth is bounded by the short inputs below. */
static bool matches(const char *p, const char *t)
{
    if (*p == '\0') {
        return *t == '\0';
    }
    if (*p == '*') {
        return matches(p + 1, t) || (*t != '\0' && matches(p, t + 1));
    }
    return *t != '\0' && (*p == '?' || *p == *t) && matches(p + 1, t + 1);
}

/* The n-th string over the alphabet, shortest first. */
static void nth(const char *alphabet, size_t base, size_t n, char *out)
{
    size_t len = 0;
    size_t of_len = 1;
    while (n >= of_len) {
        n -= of_len;
        of_len *= base;
        len++;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = alphabet[n % base];
        n /= base;
    }
    out[len] = '\0';
}

/* All patterns of up to 6 characters against all texts of up to 6. */
static void equals_its_definition(void **state)
{
    char pattern[16];
    char text[16];
    (void)state;
    for (size_t p = 0; p < 5461; p++) {
        nth("ab*?", 4, p, pattern);
        for (size_t t = 0; t < 127; t++) {
            nth("ab", 2, t, text);
            if (iam_glob_match(iam_glob_of(iam_str_c(pattern)), iam_str_c(text)) !=
                matches(pattern, text)) {
                fail_msg("'%s' against '%s'", pattern, text);
            }
        }
    }
}

static void one_takes_a_whole_character(void **state)
{
    (void)state;
    assert_true(iam_glob_match(iam_glob_of(IAM_STR("a?b")), IAM_STR("a\xc3\xa9"
                                                                    "b")));
    assert_true(iam_glob_match(iam_glob_of(IAM_STR("?")), IAM_STR("\xf0\x9f\x94\x92")));
    assert_false(iam_glob_match(iam_glob_of(IAM_STR("??")), IAM_STR("\xc3\xa9")));
    assert_true(iam_glob_match(iam_glob_of(IAM_STR("*?b")), IAM_STR("xx\xc3\xa9"
                                                                    "b")));
    /* What is not UTF-8 counts byte by byte. */
    assert_true(iam_glob_match(iam_glob_of(IAM_STR("??")), IAM_STR("\xc3\xc3")));
    assert_true(iam_glob_match(iam_glob_of(IAM_STR("?")), IAM_STR("\xe4")));
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
        cmocka_unit_test(one_takes_a_whole_character),
        cmocka_unit_test(other_codes_make_stars_literal),
        cmocka_unit_test(hostile_patterns_end_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
