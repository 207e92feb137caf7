/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map against a plain array under many random changes, every allocation failing, and the
 * quality of the hash: no collisions among many similar keys, and each input bit changing about
 * half of the output bits.
 */
#include "lib/test.h"

#include <stdio.h>

#include "base/heap.h"
#include "base/map.h"
#include "lib/failing_alloc.h"

#define KEYS 500

static char names[KEYS][12];

/* xorshift64: the same numbers in every run. */
static uint64_t next_random(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static struct iam_str key_of(size_t i)
{
    return iam_str_c(names[i]);
}

static int make_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "key-%zu", i);
    }
    return 0;
}

static void check_against(const struct iam_map *m, void *const *model)
{
    size_t count = 0;
    size_t walked = 0;
    size_t pos = 0;
    struct iam_str key;
    void *value;

    for (size_t i = 0; i < KEYS; i++) {
        count += model[i] != NULL;
        assert_ptr_equal(iam_map_get(m, key_of(i)), model[i]);
    }
    assert_int_equal(m->count, count);
    while (iam_map_next(m, &pos, &key, &value)) {
        size_t i = (size_t)(key.p - names[0]) / sizeof(names[0]);
        assert_ptr_equal(model[i], value);
        walked++;
    }
    assert_int_equal(walked, count);
}

static void test_random_changes(void **state)
{
    (void)state;
    static void *model[KEYS];
    uint64_t seed = 88172645463325252U;
    struct iam_map m;
    iam_map_init(&m, iam_heap(), 12345);
    for (int step = 0; step < 40000; step++) {
        size_t i = next_random(&seed) % KEYS;
        /* Phases of growing and of shrinking. */
        bool removes = next_random(&seed) % 100 < (step / 4000 % 2 == 0 ? 35U : 65U);
        if (removes) {
            assert_ptr_equal(iam_map_remove(&m, key_of(i)), model[i]);
            model[i] = NULL;
        } else {
            void *value = &names[next_random(&seed) % KEYS];
            void *old = &old;
            assert_ok(iam_map_put(&m, key_of(i), value, &old));
            assert_ptr_equal(old, model[i]);
            model[i] = value;
        }
        if (step % 500 == 0) {
            check_against(&m, model);
        }
    }
    check_against(&m, model);
    iam_map_done(&m);
    iam_map_done(&m);
}

static void test_empty(void **state)
{
    (void)state;
    struct iam_map m;
    size_t pos = 0;
    struct iam_str key;
    void *value;
    iam_map_init(&m, iam_heap(), 0);
    assert_null(iam_map_get(&m, IAM_STR("a")));
    assert_null(iam_map_remove(&m, IAM_STR("a")));
    assert_false(iam_map_next(&m, &pos, &key, &value));
    iam_map_done(&m);
}

static void test_keys_are_bytes(void **state)
{
    (void)state;
    struct iam_map m;
    int one;
    int two;
    int three;
    iam_map_init(&m, iam_heap(), 7);
    assert_ok(iam_map_put(&m, IAM_STR("a\0b"), &one, NULL));
    assert_ok(iam_map_put(&m, IAM_STR("a\0c"), &two, NULL));
    assert_ok(iam_map_put(&m, iam_str_absent(), &three, NULL));
    assert_ptr_equal(iam_map_get(&m, IAM_STR("a\0b")), &one);
    assert_ptr_equal(iam_map_get(&m, IAM_STR("a\0c")), &two);
    assert_null(iam_map_get(&m, IAM_STR("a")));
    assert_ptr_equal(iam_map_get(&m, IAM_STR("")), &three);
    assert_ptr_equal(iam_map_remove(&m, IAM_STR("")), &three);
    assert_null(iam_map_get(&m, iam_str_absent()));
    iam_map_done(&m);
}

/* The old value may own the old key, so the entry must borrow the new one. */
static void test_replacing_takes_the_new_key(void **state)
{
    (void)state;
    struct iam_map m;
    char first[] = "key";
    char second[] = "key";
    int one;
    int two;
    void *old;
    iam_map_init(&m, iam_heap(), 7);
    assert_ok(iam_map_put(&m, iam_str_c(first), &one, &old));
    assert_null(old);
    assert_ok(iam_map_put(&m, iam_str_c(second), &two, &old));
    assert_ptr_equal(old, &one);
    memset(first, 'x', 3);
    assert_ptr_equal(iam_map_get(&m, IAM_STR("key")), &two);
    iam_map_done(&m);
}

static enum iam_status fill_map(const struct iam_alloc *alloc, void *ctx)
{
    struct iam_map m;
    enum iam_status status = IAM_OK;
    size_t n = 0;

    (void)ctx;
    iam_map_init(&m, alloc, 99);
    while (status == IAM_OK && n < KEYS) {
        status = iam_map_put(&m, key_of(n), names[n], NULL);
        n += status == IAM_OK;
    }
    /* A failed put changed nothing. */
    assert_int_equal(m.count, n);
    for (size_t i = 0; i < KEYS; i++) {
        assert_ptr_equal(iam_map_get(&m, key_of(i)), i < n ? names[i] : NULL);
    }
    iam_map_done(&m);
    return status;
}

static void test_torture(void **state)
{
    (void)state;
    assert_int_equal(torture(fill_map, NULL), 7);
}

static void test_hash_depends_on_all(void **state)
{
    (void)state;
    char text[64];
    memset(text, 0, sizeof(text));
    for (size_t n = 1; n <= sizeof(text); n++) {
        uint64_t h = iam_hash((struct iam_str){ text, n }, 1);
        assert_true(h != iam_hash((struct iam_str){ text, n - 1 }, 1));
        assert_true(h != iam_hash((struct iam_str){ text, n }, 2));
        for (size_t bit = 0; bit < 8 * n; bit++) {
            text[bit / 8] ^= (char)(1 << bit % 8);
            assert_true(h != iam_hash((struct iam_str){ text, n }, 1));
            text[bit / 8] ^= (char)(1 << bit % 8);
        }
    }
    assert_true(iam_hash(iam_str_absent(), 5) == iam_hash(IAM_STR(""), 5));
}

/* On average over many keys, every input bit changes about half of the output bits. */
static void test_hash_avalanche(void **state)
{
    (void)state;
    enum { ROUNDS = 2000 };
    static const size_t LENGTHS[] = { 1, 3, 4, 7, 8, 12, 16, 17, 20, 33 };
    uint64_t random = 42;
    for (size_t l = 0; l < IAM_COUNT(LENGTHS); l++) {
        size_t n = LENGTHS[l];
        for (size_t bit = 0; bit < 8 * n; bit++) {
            unsigned changed = 0;
            for (int i = 0; i < ROUNDS; i++) {
                uint64_t text[5];
                for (size_t k = 0; k < IAM_COUNT(text); k++) {
                    text[k] = next_random(&random);
                }
                uint64_t seed = next_random(&random);
                uint64_t before = iam_hash((struct iam_str){ (const char *)text, n }, seed);
                text[bit / 64] ^= (uint64_t)1 << bit % 64;
                uint64_t after = iam_hash((struct iam_str){ (const char *)text, n }, seed);
                changed += (unsigned)__builtin_popcountll(before ^ after);
            }
            assert_in_range(changed / (ROUNDS / 100), 3100, 3300);
        }
    }
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Keys that differ little: no two hashes are equal, and the low bits spread over the slots. */
static void test_hash_of_similar_keys(void **state)
{
    (void)state;
    enum { COUNT = 100000, BUCKETS = 1024 };
    static uint64_t hashes[COUNT];
    static unsigned buckets[BUCKETS];
    for (size_t i = 0; i < COUNT; i++) {
        char key[32];
        int n = snprintf(key, sizeof(key), "AKIA%016zu", i);
        hashes[i] = iam_hash((struct iam_str){ key, (size_t)n }, 0);
        buckets[hashes[i] % BUCKETS]++;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        assert_in_range(buckets[i], 40, 170);
    }
    qsort(hashes, COUNT, sizeof(hashes[0]), compare_u64);
    for (size_t i = 1; i < COUNT; i++) {
        assert_true(hashes[i - 1] != hashes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_changes), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_keys_are_bytes), cmocka_unit_test(test_replacing_takes_the_new_key),
        cmocka_unit_test(test_torture),        cmocka_unit_test(test_hash_depends_on_all),
        cmocka_unit_test(test_hash_avalanche), cmocka_unit_test(test_hash_of_similar_keys),
    };
    return cmocka_run_group_tests(tests, make_names, NULL);
}
