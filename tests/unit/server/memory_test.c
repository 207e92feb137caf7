/* SPDX-License-Identifier: Apache-2.0 */
/* When memory is returned; that it is, tests/e2e/cases/strangers.py measures. */
#include "lib/test.h"

#include "server/memory.h"

#define MIB ((size_t)1 << 20)

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_wave_and_once),
        cmocka_unit_test(not_after_small_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
