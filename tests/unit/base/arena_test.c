/* SPDX-License-Identifier: Apache-2.0 */
/* The arena: alignment, separateness, the cap, reuse after a clear, and every allocation failing.
 */
#include "lib/test.h"

#include <stdalign.h>
#include <wchar.h>

#include "base/arena.h"
#include "base/heap.h"
#include "lib/failing_alloc.h"

static bool is_filled(const unsigned char *p, size_t n, unsigned char with)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] != with) {
            return false;
        }
    }
    return true;
}

/* Sizes around every boundary of the chunks; what is written into one is never seen in another. */
static void test_parts_are_aligned_and_apart(void **state)
{
    (void)state;
    enum { PARTS = 200 };
    static unsigned char *parts[PARTS];
    struct iam_arena a;
    iam_arena_init(&a, iam_heap(), (size_t)16 << 20);
    for (size_t i = 0; i < PARTS; i++) {
        size_t n = i % 7 == 0 ? i * 1000 : i;
        parts[i] = iam_arena_alloc(&a, n);
        assert_non_null(parts[i]);
        assert_int_equal((uintptr_t)parts[i] % alignof(max_align_t), 0);
        memset(parts[i], (int)i, n);
    }
    for (size_t i = 0; i < PARTS; i++) {
        assert_true(is_filled(parts[i], i % 7 == 0 ? i * 1000 : i, (unsigned char)i));
    }
    iam_arena_done(&a);
    iam_arena_done(&a);
}

static void test_cap(void **state)
{
    (void)state;
    struct iam_arena a;
    iam_arena_init(&a, iam_heap(), 100);
    assert_non_null(iam_arena_alloc(&a, 100));
    assert_null(iam_arena_alloc(&a, 100));
    iam_arena_done(&a);

    iam_arena_init(&a, iam_heap(), 1 << 20);
    size_t got = 0;
    while (iam_arena_alloc(&a, 1000) != NULL) {
        got += 1000;
    }
    assert_in_range(got, (1 << 20) * 98 / 100, 1 << 20);
    /* A failure takes nothing: what is left can still be allocated. */
    assert_null(iam_arena_alloc(&a, 1 << 20));
    assert_non_null(iam_arena_alloc(&a, a.max_bytes - a.used_bytes));
    assert_null(iam_arena_alloc(&a, 1));
    assert_null(iam_arena_alloc(&a, 0));
    iam_arena_done(&a);
}

static void test_no_endless_empty_parts(void **state)
{
    (void)state;
    struct iam_arena a;
    size_t n = 0;
    iam_arena_init(&a, iam_heap(), 4096);
    while (iam_arena_alloc(&a, 0) != NULL) {
        n++;
    }
    assert_int_equal(n, 4096 / alignof(max_align_t));
    iam_arena_done(&a);
}

static void test_overflow(void **state)
{
    (void)state;
    struct iam_arena a;
    iam_arena_init(&a, iam_heap(), SIZE_MAX);
    assert_null(iam_arena_alloc(&a, SIZE_MAX));
    assert_null(iam_arena_alloc(&a, SIZE_MAX - 15));
    assert_null(iam_arena_alloc(&a, SIZE_MAX / 2));
    assert_null(iam_arena_zalloc(&a, SIZE_MAX / 2, 3));
    assert_null(iam_arena_zalloc(&a, (size_t)1 << 32, (size_t)1 << 32));
    assert_int_equal(a.used_bytes, 0);
    assert_non_null(iam_arena_zalloc(&a, 0, 8));
    assert_non_null(iam_arena_zalloc(&a, 8, 0));
    iam_arena_done(&a);
}

static void test_zalloc(void **state)
{
    (void)state;
    struct failing_alloc f;
    struct iam_arena a;
    failing_alloc_init(&f, 0, false);
    iam_arena_init(&a, &f.alloc, 1 << 20);
    for (size_t i = 0; i < 100; i++) {
        const unsigned char *p = iam_arena_zalloc(&a, i, 100);
        assert_non_null(p);
        assert_true(is_filled(p, i * 100, 0));
    }
    iam_arena_done(&a);
    assert_int_equal(f.live, 0);
}

static void test_clear(void **state)
{
    (void)state;
    struct failing_alloc f;
    struct iam_arena a;
    failing_alloc_init(&f, 0, false);
    iam_arena_init(&a, &f.alloc, 1 << 20);
    iam_arena_clear(&a);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 100; i++) {
            unsigned char *p = iam_arena_alloc(&a, 300);
            assert_non_null(p);
            memset(p, round, 300);
        }
        iam_arena_clear(&a);
        assert_int_equal(a.used_bytes, 0);
        assert_int_equal(f.live, 1);
    }
    /* The kept chunk is the largest, so after some rounds no more chunks are allocated. */
    assert_in_range(f.count, 2, 60);
    size_t before = f.count;
    assert_non_null(iam_arena_alloc(&a, 4096));
    assert_int_equal(f.count, before);
    iam_arena_done(&a);
    assert_int_equal(f.live, 0);
}

/*
 * A part larger than the chunk in use: that chunk continues to be filled, and the large one is
 * kept.
 */
/* In every chunk, whatever follows: nothing of what was handed out is left. */
static void test_wipe(void **state)
{
    (void)state;
    unsigned char *parts[100];
    struct iam_arena a;
    iam_arena_init(&a, iam_heap(), 1 << 20);
    iam_arena_wipe(&a);
    for (size_t i = 0; i < IAM_COUNT(parts); i++) {
        parts[i] = iam_arena_alloc(&a, 100 * i);
        assert_non_null(parts[i]);
        memset(parts[i], 's', 100 * i);
    }
    size_t used = a.used_bytes;
    iam_arena_wipe(&a);
    assert_int_equal(a.used_bytes, used);
    for (size_t i = 0; i < IAM_COUNT(parts); i++) {
        assert_true(is_filled(parts[i], 100 * i, 0));
    }
    assert_non_null(iam_arena_alloc(&a, 1));
    iam_arena_done(&a);
}

static void test_oversized_part(void **state)
{
    (void)state;
    struct failing_alloc f;
    struct iam_arena a;
    failing_alloc_init(&f, 0, false);
    iam_arena_init(&a, &f.alloc, 1 << 20);
    const char *small = iam_arena_alloc(&a, 16);
    assert_non_null(iam_arena_alloc(&a, 100000));
    assert_ptr_equal(iam_arena_alloc(&a, 16), small + 16);
    assert_int_equal(f.count, 2);
    iam_arena_clear(&a);
    assert_int_equal(f.live, 1);
    assert_non_null(iam_arena_alloc(&a, 100000));
    assert_int_equal(f.count, 2);
    /* Now the chunk in use is full, so the next one takes its place. */
    assert_non_null(iam_arena_alloc(&a, 200000));
    assert_int_equal(f.count, 3);
    iam_arena_done(&a);
    assert_int_equal(f.live, 0);
}

static void test_dup_and_fmt(void **state)
{
    (void)state;
    struct iam_arena a;
    struct iam_str s = IAM_STR("old");
    char original[] = "text";
    iam_arena_init(&a, iam_heap(), 4096);
    assert_ok(iam_arena_dup(&a, (struct iam_str){ original, 4 }, &s));
    original[0] = 'X';
    assert_str(s, "text");
    assert_int_equal(s.p[4], '\0');
    assert_ok(iam_arena_dup(&a, IAM_STR(""), &s));
    assert_str(s, "");
    assert_ok(iam_arena_dup(&a, iam_str_absent(), &s));
    assert_absent(s);
    assert_ok(iam_arena_fmt(&a, &s, "%s-%d", "a", 7));
    assert_str(s, "a-7");
    assert_int_equal(s.p[3], '\0');
    s = IAM_STR("old");
    assert_int_equal(iam_arena_fmt(&a, &s, "%*s", 5000, ""), IAM_NOMEM);
    assert_int_equal(iam_arena_dup(&a, (struct iam_str){ "x", SIZE_MAX }, &s), IAM_NOMEM);
    /* The C locale has no such wide character. */
    assert_int_equal(iam_arena_fmt(&a, &s, "%lc", (wint_t)0xD800), IAM_RANGE);
    assert_str(s, "old");
    iam_arena_done(&a);
}

static void test_join(void **state)
{
    const struct iam_str parts[] = { IAM_STR("arn:"), iam_str_absent(), IAM_STR(""),
                                     IAM_STR("iam") };
    const struct iam_str endless[] = {
        IAM_STR("x"), {"y", SIZE_MAX}
    };
    struct iam_arena a;
    struct iam_str s;

    (void)state;
    iam_arena_init(&a, iam_heap(), 64);
    assert_int_equal(iam_arena_join(&a, parts, IAM_COUNT(parts), &s), IAM_OK);
    assert_int_equal(s.len, 7);
    assert_string_equal(s.p, "arn:iam");
    assert_int_equal(iam_arena_join(&a, NULL, 0, &s), IAM_OK);
    assert_int_equal(s.len, 0);
    assert_string_equal(s.p, "");
    assert_int_equal(iam_arena_join(&a, endless, IAM_COUNT(endless), &s), IAM_NOMEM);
    assert_string_equal(s.p, "");
    iam_arena_done(&a);
}

static void test_as_allocator(void **state)
{
    (void)state;
    struct iam_arena a;
    iam_arena_init(&a, iam_heap(), 64);
    struct iam_alloc alloc = iam_arena_allocator(&a);
    void *p = alloc.alloc(alloc.ctx, 64);
    assert_non_null(p);
    alloc.free(alloc.ctx, p);
    alloc.free(alloc.ctx, NULL);
    assert_null(alloc.alloc(alloc.ctx, 1));
    iam_arena_done(&a);
}

static enum iam_status fill(struct iam_arena *a)
{
    struct iam_str s;

    for (int i = 0; i < 200; i++) {
        IAM_TRY(iam_arena_fmt(a, &s, "item %d %*s", i, i * 3, ""));
        IAM_TRY(iam_arena_dup(a, IAM_STR("text"), &s));
        IAM_ENSURE(iam_arena_zalloc(a, 10, (size_t)i * 4) != NULL, IAM_NOMEM);
    }
    return IAM_OK;
}

static enum iam_status use_arena(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_arena a;

    (void)ctx;
    iam_arena_init(&a, alloc, (size_t)4 << 20);
    enum iam_status status = fill(&a);
    if (status == IAM_OK) {
        iam_arena_clear(&a);
        status = fill(&a);
    }
    iam_arena_done(&a);
    return status;
}

static void test_torture(void **state)
{
    (void)state;
    assert_in_range(torture(use_arena, NULL), 6, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_aligned_and_apart),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_no_endless_empty_parts),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_zalloc),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_oversized_part),
        cmocka_unit_test(test_dup_and_fmt),
        cmocka_unit_test(test_join),
        cmocka_unit_test(test_as_allocator),
        cmocka_unit_test(test_torture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
