/* SPDX-License-Identifier: Apache-2.0 */
/* When memory is returned; in a build without a sanitizer, that it is. */
#include "lib/test.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/memory.h"

#define MIB ((size_t)1 << 20)

/* A sanitizer has a heap of its own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_OWN_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_HEAP 1
#endif
#endif

#ifdef HAS_OWN_HEAP
static int trimmed;

/* In the place of libc's, which has nothing to return then. */
int malloc_trim(size_t pad)
{
    assert_int_equal(pad, 0);
    trimmed++;
    return 1;
}
#endif

static void after_a_wave_and_once(void **state)
{
    struct memory m = { 0 };
    (void)state;
    memory_start();
    assert_false(memory_settle(&m, 0));
    assert_false(memory_settle(&m, 100 * MIB));
    assert_false(memory_settle(&m, 60 * MIB));
    assert_true(memory_settle(&m, 20 * MIB));
    assert_false(memory_settle(&m, 20 * MIB));
    assert_true(memory_settle(&m, 0));
    assert_false(memory_settle(&m, 0));
}

/* Four MiB are a wave, which is over when a quarter is left. */
static void from_there_on(void **state)
{
    struct memory below = { 0 };
    struct memory at = { 0 };
    (void)state;
    assert_false(memory_settle(&below, 4 * MIB - 1));
    assert_false(memory_settle(&below, 0));
    assert_false(memory_settle(&at, 4 * MIB));
    assert_false(memory_settle(&at, MIB + 1));
    assert_true(memory_settle(&at, MIB));
}

/* What a server does all day is no reason to walk over the heap. */
static void not_after_small_ones(void **state)
{
    struct memory m = { 0 };
    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_false(memory_settle(&m, 3 * MIB));
        assert_false(memory_settle(&m, 0));
    }
}

#ifdef HAS_OWN_HEAP
static void it_is_asked_for_once_a_wave(void **state)
{
    struct memory m = { 0 };
    (void)state;
    trimmed = 0;
    (void)memory_settle(&m, 100 * MIB);
    assert_int_equal(trimmed, 0);
    (void)memory_settle(&m, 0);
    (void)memory_settle(&m, 0);
    assert_int_equal(trimmed, 1);
}
#else
static size_t resident_bytes(void)
{
    unsigned long size = 0;
    unsigned long resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%lu %lu", &size, &resident), 2);
    assert_int_equal(fclose(f), 0);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

/* Buffers of all sizes that a body grows through, and between them some that stay. */
static void it_goes_back_to_the_system(void **state)
{
    enum { COUNT = 1000, STAY = 50 };
    static void *pieces[COUNT];
    struct memory m = { 0 };
    size_t total = 0;
    (void)state;
    memory_start();
    size_t before = resident_bytes();
    for (size_t i = 0; i < COUNT; i++) {
        size_t bytes = (size_t)4096 << i % 9;
        pieces[i] = malloc(bytes);
        assert_non_null(pieces[i]);
        memset(pieces[i], 1, bytes);
        total += bytes;
    }
    assert_true(resident_bytes() - before >= total);
    assert_false(memory_settle(&m, total));
    for (size_t i = 0; i < COUNT; i++) {
        if (i % STAY != 0) {
            free(pieces[i]);
        }
    }
    assert_true(memory_settle(&m, 0));
    size_t after = resident_bytes();
    for (size_t i = 0; i < COUNT; i += STAY) {
        free(pieces[i]);
    }
    assert_true(after < before + total / 16);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_wave_and_once),
        cmocka_unit_test(from_there_on),
        cmocka_unit_test(not_after_small_ones),
#ifdef HAS_OWN_HEAP
        cmocka_unit_test(it_is_asked_for_once_a_wave),
#else
        cmocka_unit_test(it_goes_back_to_the_system),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
