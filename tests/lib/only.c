/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of each unit test: with IAM_TEST=NAME in the environment, only the test of that name is run.
 * tests/defences asks each test by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void choose(void)
{
    const char *name = getenv("IAM_TEST");
    if (name != NULL) {
        cmocka_set_test_filter(name);
    }
}
