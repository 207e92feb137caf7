/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka with the headers that it wants before it, and the assertions that slices need. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/* The slice holds exactly the bytes of the literal; an absent slice equals nothing. */
#define assert_str(actual, literal) assert_slice((actual), IAM_STR(literal), __FILE__, __LINE__)
/* Two slices hold the same bytes, and both are set. The second may be a compound literal. */
#define assert_same_str(actual, ...) assert_slice((actual), (__VA_ARGS__), __FILE__, __LINE__)
#define assert_absent(actual) assert_null((actual).p)
#define assert_ok(status) assert_int_equal((status), IAM_OK)

static inline void assert_slice(struct iam_str actual, struct iam_str expected, const char *file,
                                int line)
{
    if (!iam_str_is_set(actual) || !iam_str_is_set(expected) || !iam_str_eq(actual, expected)) {
        print_error("\"%.*s\" (%zu bytes) instead of \"%.*s\" (%zu bytes)\n", IAM_STR_ARG(actual),
                    actual.len, IAM_STR_ARG(expected), expected.len);
        _fail(file, line);
    }
}
