/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts and the budget that they share, without connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "http/budget_int.h"

#define MAX_BYTES ((size_t)1 << 20)
/* What an account adds to a piece of memory. */
#define EXTRA 16

static void *take(struct iam_http_account *a, size_t bytes)
{
    return a->alloc.alloc(a->alloc.ctx, bytes);
}

static void give(struct iam_http_account *a, void *p)
{
    a->alloc.free(a->alloc.ctx, p);
}

static size_t used(struct iam_http_budget *b)
{
    return atomic_load(&b->used_bytes);
}

static void init_known(struct iam_http_account *a, struct iam_http_budget *b)
{
    iam_http_account_init(a, b);
    iam_http_account_set(a, false, IAM_HTTP_ALLOWANCE);
}

static void test_allowance(void **state)
{
    struct iam_http_budget b = { .max_bytes = 0 };
    struct iam_http_account a;
    (void)state;
    init_known(&a, &b);
    void *first = take(&a, IAM_HTTP_ALLOWANCE - EXTRA);
    assert_non_null(first);
    assert_int_equal((uintptr_t)first % 16, 0);
    memset(first, 1, IAM_HTTP_ALLOWANCE - EXTRA);
    assert_int_equal(a.held_bytes, IAM_HTTP_ALLOWANCE);
    assert_null(take(&a, 0));
    assert_null(take(&a, SIZE_MAX));
    assert_int_equal(used(&b), 0);
    give(&a, first);
    give(&a, NULL);
    assert_int_equal(a.held_bytes, 0);
    void *none = take(&a, 0);
    assert_non_null(none);
    give(&a, none);
}

static void test_charges(void **state)
{
    struct iam_http_budget b = { .max_bytes = MAX_BYTES };
    struct iam_http_account a;
    struct iam_http_account other;
    (void)state;
    init_known(&a, &b);
    init_known(&other, &b);
    void *base = take(&a, IAM_HTTP_ALLOWANCE - EXTRA - 100);
    void *small = take(&a, 100);
    assert_int_equal(used(&b), EXTRA);
    void *large = take(&other, IAM_HTTP_ALLOWANCE + MAX_BYTES - 2 * EXTRA);
    assert_non_null(large);
    assert_int_equal(used(&b), MAX_BYTES);
    assert_null(take(&a, 1));
    assert_null(take(&other, 1));
    assert_int_equal(used(&b), MAX_BYTES);
    /* What falls back into the allowance is no longer charged. */
    give(&a, base);
    assert_int_equal(used(&b), MAX_BYTES - EXTRA);
    give(&other, large);
    assert_int_equal(used(&b), 0);
    give(&a, small);
    assert_int_equal(used(&b), 0);
    assert_int_equal(a.held_bytes, 0);
}

static void *churn(void *arg)
{
    struct iam_http_budget *b = arg;
    struct iam_http_account a;
    uintptr_t most = 0;
    init_known(&a, b);
    for (int i = 0; i < 2000; i++) {
        void *p = take(&a, MAX_BYTES / 3 + IAM_HTTP_ALLOWANCE);
        void *q = take(&a, 5000);
        size_t now = used(b);
        most = now > most ? now : most;
        give(&a, p);
        give(&a, q);
    }
    return (void *)most;
}

/* Together the threads want more than there is. */
static void test_threads(void **state)
{
    struct iam_http_budget b = { .max_bytes = MAX_BYTES };
    pthread_t threads[4];
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, churn, &b), 0);
    }
    for (size_t i = 0; i < IAM_COUNT(threads); i++) {
        void *most = NULL;
        assert_int_equal(pthread_join(threads[i], &most), 0);
        assert_in_range((uintptr_t)most, MAX_BYTES / 3, MAX_BYTES);
    }
    assert_int_equal(used(&b), 0);
}

static size_t of_strangers(struct iam_http_budget *b)
{
    return atomic_load(&b->stranger_bytes);
}

/* Strangers have their part, and nobody else is kept from the rest by it. */
static void test_strangers(void **state)
{
    struct iam_http_budget b = { .max_bytes = MAX_BYTES, .max_stranger_bytes = MAX_BYTES / 4 };
    struct iam_http_account a;
    struct iam_http_account other;
    struct iam_http_account known;
    (void)state;
    iam_http_account_init(&a, &b);
    iam_http_account_init(&other, &b);
    init_known(&known, &b);
    void *p = take(&a, IAM_HTTP_STRANGER_ALLOWANCE + MAX_BYTES / 4 - EXTRA);
    assert_non_null(p);
    assert_int_equal(used(&b), MAX_BYTES / 4);
    assert_int_equal(of_strangers(&b), MAX_BYTES / 4);
    assert_null(take(&a, 1));
    assert_null(take(&other, IAM_HTTP_STRANGER_ALLOWANCE));
    assert_int_equal(used(&b), MAX_BYTES / 4);
    void *small = take(&other, IAM_HTTP_STRANGER_ALLOWANCE - EXTRA);
    assert_non_null(small);
    void *q = take(&known, IAM_HTTP_ALLOWANCE + MAX_BYTES / 2 - EXTRA);
    assert_non_null(q);
    assert_int_equal(of_strangers(&b), MAX_BYTES / 4);
    give(&a, p);
    give(&other, small);
    give(&known, q);
    assert_int_equal(used(&b), 0);
    assert_int_equal(of_strangers(&b), 0);
}

/* What was charged to a stranger is the caller's when that is known, and the other way round. */
static void test_change(void **state)
{
    struct iam_http_budget b = { .max_bytes = MAX_BYTES, .max_stranger_bytes = MAX_BYTES / 4 };
    struct iam_http_account a;
    (void)state;
    iam_http_account_init(&a, &b);
    void *p = take(&a, IAM_HTTP_STRANGER_ALLOWANCE + MAX_BYTES / 4 - EXTRA);
    size_t held = a.held_bytes;
    iam_http_account_set(&a, false, IAM_HTTP_ALLOWANCE);
    assert_int_equal(used(&b), held - IAM_HTTP_ALLOWANCE);
    assert_int_equal(of_strangers(&b), 0);
    void *q = take(&a, MAX_BYTES / 2);
    assert_non_null(q);
    held = a.held_bytes;
    /* Past the part of the strangers: nothing is taken away, and nothing more is had. */
    iam_http_account_set(&a, true, IAM_HTTP_STRANGER_ALLOWANCE);
    assert_int_equal(used(&b), held - IAM_HTTP_STRANGER_ALLOWANCE);
    assert_int_equal(of_strangers(&b), held - IAM_HTTP_STRANGER_ALLOWANCE);
    assert_null(take(&a, 1));
    give(&a, q);
    give(&a, p);
    assert_int_equal(used(&b), 0);
    assert_int_equal(of_strangers(&b), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allowance), cmocka_unit_test(test_charges),
        cmocka_unit_test(test_strangers), cmocka_unit_test(test_change),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
