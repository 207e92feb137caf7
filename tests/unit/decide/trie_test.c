/* SPDX-License-Identifier: Apache-2.0 */
#include "base/heap.h"
#include "lib/test.h"

#include "base/sort.h"
#include "decide/trie.h"

#define MAX_KEYS 400

static uint32_t seed = 1;

static uint32_t next_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static int order(const void *a, const void *b)
{
    const struct iam_str *x = a;
    const struct iam_str *y = b;
    return iam_str_cmp(*x, *y);
}

/* Every key that is a prefix of the text is found exactly once, and no other. */
static void check(const struct iam_trie *trie, const struct iam_str *keys, size_t count,
                  struct iam_str text)
{
    unsigned found[MAX_KEYS] = { 0 };
    struct iam_trie_walk walk = iam_trie_start(trie, text);
    const struct iam_trie_node *n;
    while ((n = iam_trie_next(&walk)) != NULL) {
        for (uint32_t i = 0; i < n->item_count; i++) {
            found[n->first_item + i]++;
            assert_int_equal(keys[n->first_item + i].len, text.len - walk.rest.len);
        }
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i], iam_str_starts(text, keys[i]) ? 1 : 0);
    }
}

static void random_round(size_t count, unsigned letters)
{
    static char bytes[MAX_KEYS][12];
    struct iam_str keys[MAX_KEYS];
    struct iam_str sorted[MAX_KEYS];
    const void *pointers[MAX_KEYS];
    struct iam_arena arena;
    struct iam_trie trie;
    for (size_t i = 0; i < count; i++) {
        size_t len = next_random() % 12;
        for (size_t k = 0; k < len; k++) {
            bytes[i][k] = (char)(next_random() % letters + 0x60);
        }
        keys[i] = (struct iam_str){ bytes[i], len };
        pointers[i] = &keys[i];
    }
    iam_sort(pointers, count, order);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = *(const struct iam_str *)pointers[i];
    }
    iam_arena_init(&arena, iam_heap(), 1u << 20);
    assert_ok(iam_trie_build(&arena, &arena, sorted, count, &trie));
    for (size_t i = 0; i < 200; i++) {
        char text[16];
        size_t len = next_random() % sizeof(text);
        for (size_t k = 0; k < len; k++) {
            text[k] = (char)(next_random() % letters + 0x60);
        }
        check(&trie, sorted, count, (struct iam_str){ text, len });
    }
    for (size_t i = 0; i < count; i++) {
        check(&trie, sorted, count, sorted[i]);
    }
    iam_arena_done(&arena);
}

static void finds_every_prefix_and_no_other(void **state)
{
    (void)state;
    for (size_t count = 1; count <= MAX_KEYS; count += 19) {
        random_round(count, 2);
        random_round(count, 4);
        random_round(count, 100);
    }
}

static void an_empty_trie_finds_nothing(void **state)
{
    struct iam_trie trie;
    struct iam_arena arena;
    (void)state;
    iam_arena_init(&arena, iam_heap(), 4096);
    assert_ok(iam_trie_build(&arena, &arena, NULL, 0, &trie));
    struct iam_trie_walk walk = iam_trie_start(&trie, IAM_STR("x"));
    assert_null(iam_trie_next(&walk));
    iam_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_prefix_and_no_other),
        cmocka_unit_test(an_empty_trie_finds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
