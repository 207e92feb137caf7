/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting: every permutation of few items, many items with duplicates, and the number of steps. */
#include "lib/test.h"

#include "base/sort.h"

static size_t comparisons;

static int order_of_ints(const void *a, const void *b)
{
    int x = *(const int *)a;
    int y = *(const int *)b;

    comparisons++;
    return x < y ? -1 : x > y;
}

static void assert_sorted(const void *const *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        assert_true(*(const int *)items[i - 1] <= *(const int *)items[i]);
    }
}

/* All texts of n digits of base n, which hold all permutations and all sets of duplicates. */
static void test_all_small_inputs(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 6; n++) {
        size_t total = 1;
        for (size_t k = 0; k < n; k++) {
            total *= n;
        }
        for (size_t i = 0; i < total; i++) {
            int values[6];
            const void *items[6];
            int sum = 0;
            size_t rest = i;
            for (size_t k = 0; k < n; k++) {
                values[k] = (int)(rest % n);
                rest /= n;
                items[k] = &values[k];
                sum += values[k];
            }
            iam_sort(items, n, order_of_ints);
            assert_sorted(items, n);
            for (size_t k = 0; k < n; k++) {
                sum -= *(const int *)items[k];
            }
            assert_int_equal(sum, 0);
        }
    }
}

/* Ascending, descending, all equal, few values, and scattered: never more than 2 n log2 n. */
static void test_worst_cases(void **state)
{
    (void)state;
    enum { N = 4096, LOG_N = 12 };
    static int values[N];
    static const void *items[N];
    for (int shape = 0; shape < 5; shape++) {
        for (int i = 0; i < N; i++) {
            const int BY_SHAPE[] = { i, N - i, 7, i % 3, (int)((unsigned)i * 2654435761U >> 8) };
            values[i] = BY_SHAPE[shape];
            items[i] = &values[i];
        }
        comparisons = 0;
        iam_sort(items, N, order_of_ints);
        assert_sorted(items, N);
        assert_in_range(comparisons, N - 1, 2 * N * LOG_N);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_small_inputs),
        cmocka_unit_test(test_worst_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
