/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf into an arena. Kept apart from arena.c, so that a library without stdio can use the rest.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 0))) static enum iam_status
add_vfmt(struct iam_arena *a, struct iam_str *ret, const char *fmt, va_list measure, va_list write)
{
    int n = vsnprintf(NULL, 0, fmt, measure);

    IAM_ENSURE(n >= 0, IAM_RANGE);
    char *p = iam_arena_alloc(a, (size_t)n + 1);
    IAM_ENSURE(p != NULL, IAM_NOMEM);
    (void)vsnprintf(p, (size_t)n + 1, fmt, write);
    *ret = (struct iam_str){ p, (size_t)n };
    return IAM_OK;
}

enum iam_status iam_arena_fmt(struct iam_arena *a, struct iam_str *ret, const char *fmt, ...)
{
    va_list measure;
    va_list write;

    va_start(measure, fmt);
    va_start(write, fmt);
    enum iam_status status = add_vfmt(a, ret, fmt, measure, write);
    va_end(write);
    va_end(measure);
    return status;
}
