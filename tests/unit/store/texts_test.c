/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of texts in one column: what is written is read back, and nothing else is read. */
#include "store/texts.h"

#include "base/heap.h"
#include "support.h"

static struct iam_arena arena;

static int setup(void **state)
{
    (void)state;
    iam_arena_init(&arena, iam_heap(), 1 << 16);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    iam_arena_done(&arena);
    return 0;
}

static void lists_come_back(void **state)
{
    static const struct iam_str TEXTS[] = {
        IAM_STR_INIT("one"),     IAM_STR_INIT(""),  IAM_STR_INIT("3:two5:three"),
        IAM_STR_INIT("a\nb\0c"), IAM_STR_INIT(":"), IAM_STR_INIT("one"),
    };
    struct iam_str list;
    struct iam_str *texts;
    size_t count;

    (void)state;
    for (size_t n = 0; n <= IAM_COUNT(TEXTS); n++) {
        assert_ok(iam_texts_join(&arena, TEXTS, n, &list));
        assert_ok(iam_texts_split(&arena, list, &texts, &count));
        assert_int_equal(count, n);
        for (size_t i = 0; i < n; i++) {
            assert_true(iam_str_eq(texts[i], TEXTS[i]));
        }
    }
    assert_ok(iam_texts_join(&arena, TEXTS, 2, &list));
    assert_str(list, "3:one0:");
}

static void what_is_no_list_is_corrupt(void **state)
{
    static const char *const WRONG[] = {
        "3",    "3:", "3:on",     "x",    ":",           "-1:",
        " 1:a", "1a", "2:ab3:ab", "1:ab", "9999999999:", "18446744073709551616:a",
    };
    struct iam_str *texts;
    size_t count;

    (void)state;
    for (size_t i = 0; i < IAM_COUNT(WRONG); i++) {
        if (iam_texts_split(&arena, iam_str_c(WRONG[i]), &texts, &count) != IAM_CORRUPT) {
            fail_msg("read as a list: %s", WRONG[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_come_back),
        cmocka_unit_test(what_is_no_list_is_corrupt),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
