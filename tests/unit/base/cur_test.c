/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursor's contract on every input of up to four characters from a small alphabet, at every
 * starting position: a read consumes exactly what it returns, or nothing and writes nothing.
 */
#include "lib/test.h"

#include "base/cur.h"

static const char ALPHABET[] = { 'a', ':', '0', '9', '\0' };

typedef void check_fn(struct iam_cur start);

/* Calls check for every text of up to four characters and every place in it. */
static void for_all_inputs(check_fn *check)
{
    size_t total = 1;

    for (size_t n = 0; n <= 4; n++) {
        for (size_t i = 0; i < total; i++) {
            /* At the end of its array, so that a sanitizer sees a read of one byte more. */
            char text[4];
            size_t rest = i;
            for (size_t k = 0; k < n; k++) {
                text[4 - n + k] = ALPHABET[rest % sizeof(ALPHABET)];
                rest /= sizeof(ALPHABET);
            }
            for (size_t at = 0; at <= n; at++) {
                check((struct iam_cur){ text + 4 - n + at, text + 4 });
            }
        }
        total *= sizeof(ALPHABET);
    }
}

static void assert_unmoved(const struct iam_cur *c, const struct iam_cur *start)
{
    assert_ptr_equal(c->p, start->p);
    assert_ptr_equal(c->end, start->end);
}

static void check_char(struct iam_cur start)
{
    for (size_t i = 0; i < sizeof(ALPHABET); i++) {
        struct iam_cur c = start;
        bool want = start.p != start.end && *start.p == ALPHABET[i];
        assert_int_equal(iam_cur_char(&c, ALPHABET[i]), want);
        assert_ptr_equal(c.p, start.p + want);
        assert_ptr_equal(c.end, start.end);
    }
}

static void check_lit(struct iam_cur start)
{
    static const struct iam_str LITERALS[] = { IAM_STR_INIT(""),    IAM_STR_INIT("a"),
                                               IAM_STR_INIT("a:"),  IAM_STR_INIT("0\0"),
                                               IAM_STR_INIT("aaa"), IAM_STR_INIT("aaaaa") };
    for (size_t i = 0; i < IAM_COUNT(LITERALS); i++) {
        struct iam_cur c = start;
        size_t n = LITERALS[i].len;
        bool want = n <= (size_t)(start.end - start.p) && memcmp(start.p, LITERALS[i].p, n) == 0;
        assert_int_equal(iam_cur_lit(&c, LITERALS[i]), want);
        assert_ptr_equal(c.p, start.p + (want ? n : 0));
    }
}

static void check_take(struct iam_cur start)
{
    static const size_t SIZES[] = { 0, 1, 2, 3, 4, 5, SIZE_MAX };
    for (size_t i = 0; i < IAM_COUNT(SIZES); i++) {
        struct iam_cur c = start;
        struct iam_str got = IAM_STR("untouched");
        if (iam_cur_take(&c, SIZES[i], &got)) {
            assert_ptr_equal(got.p, start.p);
            assert_int_equal(got.len, SIZES[i]);
            assert_ptr_equal(c.p, start.p + SIZES[i]);
            assert_true(c.p <= c.end);
        } else {
            assert_true(SIZES[i] > iam_cur_left(&start));
            assert_unmoved(&c, &start);
            assert_str(got, "untouched");
        }
    }
}

static void check_until(struct iam_cur start)
{
    static const size_t LIMITS[] = { 0, 1, 2, 3, 4, SIZE_MAX };
    size_t left = iam_cur_left(&start);
    size_t at = 0;

    while (at < left && start.p[at] != ':') {
        at++;
    }
    for (size_t i = 0; i < IAM_COUNT(LIMITS); i++) {
        struct iam_cur c = start;
        struct iam_str got = IAM_STR("untouched");
        bool want = at < left && at <= LIMITS[i];
        assert_int_equal(iam_cur_until(&c, ':', LIMITS[i], &got), want);
        if (want) {
            assert_ptr_equal(got.p, start.p);
            assert_int_equal(got.len, at);
            assert_ptr_equal(c.p, start.p + at + 1);
        } else {
            assert_unmoved(&c, &start);
            assert_str(got, "untouched");
        }
    }
}

static void check_digits(struct iam_cur start)
{
    for (size_t max = 0; max <= 5; max++) {
        struct iam_cur c = start;
        uint64_t got = 12345678;
        uint64_t want = 0;
        size_t n = 0;
        while (n < max && start.p + n != start.end && start.p[n] >= '0' && start.p[n] <= '9') {
            want = want * 10 + (uint64_t)(start.p[n] - '0');
            n++;
        }
        assert_int_equal(iam_cur_digits(&c, max, &got), n > 0);
        assert_ptr_equal(c.p, start.p + n);
        assert_int_equal(got, n > 0 ? want : 12345678);
    }
}

static void test_char(void **state)
{
    (void)state;
    for_all_inputs(check_char);
}

static void test_lit(void **state)
{
    (void)state;
    for_all_inputs(check_lit);
}

static void test_take(void **state)
{
    (void)state;
    for_all_inputs(check_take);
}

static void test_until(void **state)
{
    (void)state;
    for_all_inputs(check_until);
}

static void test_digits(void **state)
{
    (void)state;
    for_all_inputs(check_digits);
}

static void test_large_numbers(void **state)
{
    (void)state;
    uint64_t v = 1;
    struct iam_cur c = iam_cur_of(IAM_STR("18446744073709551615x"));
    assert_true(iam_cur_digits(&c, 100, &v));
    assert_true(v == UINT64_MAX);
    assert_int_equal(iam_cur_left(&c), 1);

    v = 1;
    struct iam_cur start = iam_cur_of(IAM_STR("18446744073709551616"));
    c = start;
    assert_false(iam_cur_digits(&c, 100, &v));
    assert_unmoved(&c, &start);
    assert_int_equal(v, 1);
    assert_true(iam_cur_digits(&c, 19, &v));
    assert_true(v == UINT64_C(1844674407370955161));
}

static void test_absent(void **state)
{
    (void)state;
    struct iam_cur c = iam_cur_of(iam_str_absent());
    struct iam_str s;
    uint64_t v;
    assert_true(iam_cur_at_end(&c));
    assert_int_equal(iam_cur_left(&c), 0);
    assert_false(iam_cur_char(&c, 'a'));
    assert_false(iam_cur_lit(&c, IAM_STR("a")));
    assert_true(iam_cur_lit(&c, IAM_STR("")));
    assert_false(iam_cur_take(&c, 1, &s));
    assert_false(iam_cur_until(&c, ':', 9, &s));
    assert_false(iam_cur_digits(&c, 9, &v));
    assert_true(iam_cur_at_end(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_char),   cmocka_unit_test(test_lit),
        cmocka_unit_test(test_take),   cmocka_unit_test(test_until),
        cmocka_unit_test(test_digits), cmocka_unit_test(test_large_numbers),
        cmocka_unit_test(test_absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
