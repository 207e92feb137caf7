/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer: what is written, its maximum, its stickiness, and every allocation failing. */
#include "lib/test.h"

#include <wchar.h>

#include "base/buf.h"
#include "base/heap.h"
#include "lib/failing_alloc.h"

static void test_empty(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str s;
    iam_buf_init(&b, iam_heap(), 100);
    assert_ok(iam_buf_finish(&b, &s));
    assert_str(s, "");
    iam_buf_add(&b, iam_str_absent());
    iam_buf_add(&b, IAM_STR(""));
    iam_buf_add_c(&b, NULL);
    iam_buf_add_hex(&b, NULL, 0);
    iam_buf_add_fmt(&b, "%s", "");
    assert_non_null(iam_buf_extend(&b, 0));
    assert_ok(iam_buf_finish(&b, &s));
    assert_str(s, "");
    /* None of that needed memory. */
    assert_null(b.p);
    iam_buf_done(&b);
    iam_buf_done(&b);
}

static void test_writers(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str s;
    iam_buf_init(&b, iam_heap(), 1000);
    iam_buf_add(&b, IAM_STR("a\0b"));
    iam_buf_add_c(&b, "c");
    iam_buf_add_char(&b, '|');
    iam_buf_add_u64(&b, 0);
    iam_buf_add_char(&b, '|');
    iam_buf_add_u64(&b, UINT64_MAX);
    iam_buf_add_char(&b, '|');
    iam_buf_add_i64(&b, INT64_MIN);
    iam_buf_add_char(&b, '|');
    iam_buf_add_i64(&b, INT64_MAX);
    iam_buf_add_char(&b, '|');
    iam_buf_add_i64(&b, -7);
    iam_buf_add_char(&b, '|');
    iam_buf_add_hex(&b, "\x00\x9A\xFF", 3);
    iam_buf_add_fmt(&b, "|%d-%s", 42, "x");
    memcpy(iam_buf_extend(&b, 2), "yz", 2);
    assert_ok(iam_buf_finish(&b, &s));
    assert_str(s, "a\0bc|0|18446744073709551615|-9223372036854775808|9223372036854775807|-7|009aff"
                  "|42-xyz");
    iam_buf_done(&b);
}

/* One byte under, at and over the maximum, in one add and in many, formatted and not. */
static void test_maximum(void **state)
{
    (void)state;
    for (size_t max = 0; max < 600; max += 7) {
        for (int how = 0; how < 3; how++) {
            struct iam_buf b;
            struct iam_str s;
            iam_buf_init(&b, iam_heap(), max);
            for (size_t i = 0; i < max; i++) {
                if (how == 0) {
                    iam_buf_add_char(&b, 'x');
                } else if (how == 1) {
                    iam_buf_add_fmt(&b, "%c", 'x');
                } else {
                    iam_buf_add(&b, IAM_STR("x"));
                }
            }
            assert_ok(iam_buf_finish(&b, &s));
            assert_int_equal(s.len, max);
            if (how == 0) {
                iam_buf_add_char(&b, 'x');
            } else if (how == 1) {
                iam_buf_add_fmt(&b, "%c", 'x');
            } else {
                iam_buf_add(&b, IAM_STR("x"));
            }
            assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
            assert_int_equal(s.len, max);
            iam_buf_done(&b);
        }
    }
}

static void test_sticky(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str s;
    iam_buf_init(&b, iam_heap(), 4);
    iam_buf_add(&b, IAM_STR("12345"));
    iam_buf_add_char(&b, 'x');
    iam_buf_add_fmt(&b, "%d", 1);
    iam_buf_add_hex(&b, "a", 1);
    assert_null(iam_buf_extend(&b, 1));
    assert_null(iam_buf_extend(&b, 0));
    assert_int_equal(b.len, 0);
    assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
    iam_buf_clear(&b);
    iam_buf_add(&b, IAM_STR("1234"));
    assert_ok(iam_buf_finish(&b, &s));
    assert_str(s, "1234");
    iam_buf_done(&b);
}

static void test_huge_lengths(void **state)
{
    (void)state;
    static const size_t SIZES[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 2 + 1,
                                    SIZE_MAX / 4 + 1 };
    for (size_t i = 0; i < IAM_COUNT(SIZES); i++) {
        struct iam_buf b;
        struct iam_str s;
        iam_buf_init(&b, iam_heap(), SIZE_MAX);
        iam_buf_add_char(&b, 'x');
        assert_null(iam_buf_extend(&b, SIZES[i]));
        assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
        iam_buf_clear(&b);
        iam_buf_add_hex(&b, "", SIZES[i]);
        assert_int_equal(iam_buf_finish(&b, &s), IAM_LIMIT);
        iam_buf_done(&b);
    }
}

/* Formatted text that just fits, just does not, or is far larger than the room that is left. */
static void test_fmt_growth(void **state)
{
    (void)state;
    static const char LONG[] = "0123456789012345678901234567890123456789";
    for (int before = 0; before < 600; before++) {
        struct iam_buf b;
        struct iam_str s;
        iam_buf_init(&b, iam_heap(), 10000);
        iam_buf_add_fmt(&b, "%*s", before, "");
        iam_buf_add_fmt(&b, "%s%s%s", LONG, LONG, LONG);
        assert_ok(iam_buf_finish(&b, &s));
        assert_int_equal(s.len, (size_t)before + 3 * (sizeof(LONG) - 1));
        assert_same_str(iam_str_sub(s, s.len - 40, 40), iam_str_c(LONG));
        iam_buf_done(&b);
    }
}

static void test_bad_format(void **state)
{
    (void)state;
    struct iam_buf b;
    struct iam_str s;
    iam_buf_init(&b, iam_heap(), 100);
    iam_buf_add_char(&b, 'x');
    /* The C locale has no such wide character. */
    iam_buf_add_fmt(&b, "%lc", (wint_t)0xD800);
    iam_buf_add_char(&b, 'y');
    assert_int_equal(iam_buf_finish(&b, &s), IAM_RANGE);
    iam_buf_done(&b);
}

static enum iam_status write_much(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_buf b;
    struct iam_str s;

    (void)ctx;
    iam_buf_init(&b, alloc, 100000);
    for (int i = 0; i < 1000; i++) {
        iam_buf_add_fmt(&b, "%d,", i);
        iam_buf_add_u64(&b, (uint64_t)i);
        iam_buf_add_char(&b, '\n');
    }
    enum iam_status status = iam_buf_finish(&b, &s);
    if (status == IAM_OK) {
        assert_int_equal(s.len, 2 * 2890 + 2 * 1000);
        assert_str(iam_str_sub(s, s.len - 8, 8), "999,999\n");
    }
    iam_buf_done(&b);
    return status;
}

static void test_torture(void **state)
{
    (void)state;
    assert_in_range(torture(write_much, NULL), 3, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),        cmocka_unit_test(test_writers),
        cmocka_unit_test(test_maximum),      cmocka_unit_test(test_sticky),
        cmocka_unit_test(test_huge_lengths), cmocka_unit_test(test_fmt_growth),
        cmocka_unit_test(test_bad_format),   cmocka_unit_test(test_torture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
